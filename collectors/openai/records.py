"""Turn OpenAI's answers into cost lines, samples and the dates of models."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from collectors.answers import moment, raw, rows, table, text, whole
from collectors.base import Answer, Source
from collectors.names import REQUEST_LIMIT, REQUESTS, TOKEN_LIMIT, TOKEN_TYPE, TOKEN_USAGE
from collectors.openai.settings import Settings
from collectors.reports import Bucket, Labels, Row, buckets, read
from collectors.shape import counted, priced
from store.errors import SourceError
from store.records import CostLine, ModelDates, Parsed, Rejected, Sample

PROVIDER: Final = "openai"

_SETTLED_ON: Final = 6
_UTC: Final = ZoneInfo("UTC")
_MODEL: Final = "gen_ai.request.model"
_ZERO: Final = re.compile(r"-?0E-[0-9]+")  # how a 128-bit decimal writes nothing: 0E-6176
_OPERATIONS: Final[Mapping[str, str]] = {"completions": "chat"}
_TOKENS: Final[Mapping[str, str]] = {
    "input_tokens": "input",
    "input_cached_tokens": "cache_read",
    "input_cache_write_tokens": "cache_write",
    "input_audio_tokens": "input_audio",
    "output_tokens": "output",
    "output_audio_tokens": "output_audio",
}
"""Counts of a usage row; ``input_tokens`` includes the cached and the audio ones, as ``output_tokens`` does."""
_KINDS: Final[Mapping[str, str]] = {
    "input": "input",
    "cached_input": "cache_read",
    "input_cached": "cache_read",
    "cache_read": "cache_read",
    "input_cache_write": "cache_write",
    "cache_write": "cache_write",
    "output": "output",
}
_LIMITS: Final[Mapping[str, tuple[str, str]]] = {
    "max_requests_per_1_minute": (REQUEST_LIMIT, "{request}"),
    "max_requests_per_1_day": ("llmops.limit.requests_per_day", "{request}"),
    "max_tokens_per_1_minute": (TOKEN_LIMIT, "{token}"),
    "batch_1_day_max_input_tokens": ("llmops.limit.batch_tokens_per_day", "{token}"),
}


def settled_at(day: datetime) -> datetime:
    """Give when a day's costs are taken as final: on the sixth of the month after."""
    following = day.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=31)
    return following.replace(day=_SETTLED_ON)


def costs(page: Row, source: Source, settings: Settings, answer: Answer) -> Iterator[Parsed]:
    """Give one cost line per day and row."""
    for bucket in buckets(page, "start_time", "end_time", "s"):
        if isinstance(bucket, Rejected):
            yield bucket
            continue
        is_final = answer.window.end >= settled_at(bucket.start)
        yield from read(bucket.rows, source, partial(_cost, bucket=bucket, settings=settings, is_final=is_final))


def usage(page: Row, source: Source, settings: Settings, answer: Answer) -> Iterator[Parsed]:
    """Give the requests and tokens of each row; a bucket that is still open is left to the next run."""
    for bucket in buckets(page, "start_time", "end_time", "s"):
        if isinstance(bucket, Rejected):
            yield bucket
        elif bucket.end <= answer.window.end:
            yield from read(bucket.rows, source, partial(_used, bucket=bucket, settings=settings, report=answer.about))


def limits(page: Row, source: Source, settings: Settings, answer: Answer) -> Iterator[Parsed]:
    """Give the limits of each model of one project as they are now."""
    project = {"project_id": answer.name}
    make = partial(_limits, settings=settings, now=answer.window.now)
    yield from read(rows(page.get("data"), "data"), source, make, project)


def models(page: Row, settings: Settings) -> Iterator[Parsed]:
    """Give the dates of each model."""
    for entry in rows(page.get("data"), "data"):
        try:
            row = table(entry, "data[]")
            name = text(row.get("id"), "id")
            if settings.is_wanted(name):
                yield ModelDates(PROVIDER, name, _released(row), retires_on=_day(row.get("shutdown_date")))
        except SourceError as error:
            yield Rejected(str(error), raw(entry))


def _cost(
    row: Row, labels: Labels, system: str, *, bucket: Bucket, settings: Settings, is_final: bool
) -> Iterator[CostLine]:
    amount = table(row.get("amount"), "amount")
    item = labels.get("line_item", "")
    model, kind = _charged(item)
    quantity = row.get("quantity")
    yield CostLine(
        system=system,
        basis="provider_usage",
        charge_period_start=bucket.start,
        charge_period_end=bucket.end,
        line=", ".join([*(f"{name}={labels[name]}" for name in settings.by if name in labels), item]),
        billing_currency=text(amount.get("currency") or "usd", "amount.currency").upper(),
        billed_cost=priced(_dollars(amount.get("value")), "amount.value"),
        service_provider_name="OpenAI",
        service_name=item,
        model=model,
        token_type=kind,
        consumed_quantity=None if quantity is None else counted(quantity, "quantity"),
        consumed_unit=labels.get("quantity_unit", ""),
        is_final=is_final,
    )


def _dollars(value: object) -> object:
    """Give an amount as it came: a number, text, or the long way to write nothing."""
    return 0 if isinstance(value, str | Decimal) and _ZERO.fullmatch(str(value)) else value


def _charged(item: str) -> tuple[str, str]:
    """Read model and kind of token from a line item such as ``some-model, input_tokens``."""
    model, _, counted_as = item.rpartition(", ")
    kind = _KINDS.get(counted_as.replace(" ", "_").removesuffix("_tokens"), "")
    return (model, kind) if kind else ("", "")


def _used(
    row: Row, labels: Labels, system: str, *, bucket: Bucket, settings: Settings, report: str
) -> Iterator[Sample]:
    dims = {_MODEL: labels["model"]} if "model" in labels else {}
    dims["gen_ai.operation.name"] = _OPERATIONS.get(report, report)
    dims |= {name: labels[name] for name in settings.by if name in labels}
    requests = whole(row.get("num_model_requests"), "num_model_requests", low=0)
    yield Sample(system, REQUESTS, "sum", bucket.end, requests, "{request}", None, bucket.period, dims)
    for name, kind in _TOKENS.items():
        if row.get(name) is not None:
            tokens = whole(row[name], name, low=0)
            held = {**dims, TOKEN_TYPE: kind}
            yield Sample(system, TOKEN_USAGE, "sum", bucket.end, tokens, "{token}", None, bucket.period, held)


def _limits(row: Row, labels: Labels, system: str, *, settings: Settings, now: datetime) -> Iterator[Sample]:
    model = text(row.get("model"), "model")
    for name, (metric, unit) in _LIMITS.items():
        if settings.is_wanted(model) and row.get(name) is not None:
            dims = {_MODEL: model, "project_id": labels["project_id"]}
            yield Sample(system, metric, "last", now, whole(row[name], name, low=0), unit, dims=dims)


def _released(row: Row) -> date | None:
    created = whole(row.get("created"), "created", low=0)
    return moment(created, "created", unit="s").date() if created else None


def _day(value: object) -> date | None:
    return None if value is None else moment(value, "shutdown_date", zone=_UTC).astimezone(UTC).date()
