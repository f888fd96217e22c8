"""Turn Anthropic's answers into cost lines, samples and the dates of models."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Final

from collectors.answers import moment, money, raw, rows, table, text, whole
from collectors.anthropic.settings import Settings
from collectors.base import Answer, Source
from collectors.names import REQUEST_LIMIT, REQUESTS, TOKEN_LIMIT, TOKEN_TYPE, TOKEN_USAGE
from collectors.reports import Bucket, Labels, Row, buckets, read
from collectors.shape import priced
from store.errors import SourceError
from store.records import CostLine, ModelDates, Parsed, Rejected, Sample

PROVIDER: Final = "anthropic"
SETTLING: Final = timedelta(days=3)

_CENT: Final = Decimal("0.01")
_MODEL: Final = "gen_ai.request.model"
_NOBODY: Final[Mapping[str, str]] = {"workspace_id": "default", "api_key_id": "none"}
"""What null means where rows are split: the default workspace, and the console, which has no key."""
_PARTS: Final = ("description", "cost_type", "model", "token_type", "service_tier", "context_window", "inference_geo")
_KINDS: Final[Mapping[str, str]] = {
    "uncached_input_tokens": "input",
    "cache_read_input_tokens": "cache_read",
    "cache_creation.ephemeral_5m_input_tokens": "cache_write",
    "cache_creation.ephemeral_1h_input_tokens": "cache_write",
    "output_tokens": "output",
}
_LIMITS: Final[Mapping[str, tuple[str, str, str]]] = {
    "requests_per_minute": (REQUEST_LIMIT, "{request}", ""),
    "tokens_per_minute": (TOKEN_LIMIT, "{token}", ""),
    "input_tokens_per_minute": (TOKEN_LIMIT, "{token}", "input"),
    "input_tokens_per_minute_cache_aware": (TOKEN_LIMIT, "{token}", "input_uncached"),
    "output_tokens_per_minute": (TOKEN_LIMIT, "{token}", "output"),
    "tokens_per_day": ("llmops.limit.tokens_per_day", "{token}", ""),
}
"""Limiters by metric, unit and kind of token; a cache-aware one leaves out what is read from the cache."""


def costs(page: Row, source: Source, settings: Settings, answer: Answer) -> Iterator[Parsed]:
    """Give one cost line per day and row; cents become dollars here."""
    until = _fresh_until(page, answer)
    for bucket in _buckets(page, settings, "cost"):
        if isinstance(bucket, Rejected):
            yield bucket
            continue
        is_final = bucket.end + SETTLING <= until
        make = partial(_cost, bucket=bucket, settings=settings, is_final=is_final)
        yield from read(bucket.rows, source, make, _nobody(settings))


def usage(page: Row, source: Source, settings: Settings, answer: Answer) -> Iterator[Parsed]:
    """Give requests and tokens of each row; a bucket that is open or not yet counted is left to the next run."""
    until = _fresh_until(page, answer)
    for bucket in _buckets(page, settings, "usage"):
        if isinstance(bucket, Rejected):
            yield bucket
        elif bucket.end <= until:
            make = partial(_used, bucket=bucket, settings=settings)
            yield from read(bucket.rows, source, make, _nobody(settings))


def limits(page: Row, source: Source, settings: Settings, answer: Answer) -> Iterator[Parsed]:
    """Give the limits of one workspace, or of the whole organisation, as they are now."""
    make = partial(_limits, settings=settings, now=answer.window.now)
    yield from read(
        rows(page.get("data"), "data"), source, make, {"workspace_id": answer.name} if answer.name else None
    )


def models(page: Row, settings: Settings) -> Iterator[Parsed]:
    """Give the dates of each model."""
    for entry in rows(page.get("data"), "data"):
        try:
            row = table(entry, "data[]")
            name = text(row.get("id"), "id")
            if settings.is_wanted(name):
                released, deprecated, retired = (
                    _day(row, key) for key in ("created_at", "deprecated_at", "retires_at")
                )
                yield ModelDates(PROVIDER, name, released, deprecated, retired)
        except SourceError as error:
            yield Rejected(str(error), raw(entry))


def _fresh_until(page: Row, answer: Answer) -> datetime:
    """Give the time up to which the answer knows: the analytics reports say when they were last counted."""
    refreshed = page.get("data_refreshed_at")
    end = answer.window.end
    return end if refreshed is None else min(end, moment(refreshed, "data_refreshed_at"))


def _nobody(settings: Settings) -> Labels:
    return {name: _NOBODY[name] for name in settings.by}


def _buckets(page: Row, settings: Settings, measures: str) -> Iterator[Bucket | Rejected]:
    """Give buckets in one form: the analytics reports have flat rows, with groups and measures beside each other."""
    if settings.api == "admin":
        yield from buckets(page, "starting_at", "ending_at")
        return
    flat: list[Mapping[str, object]] = []
    for entry in rows(page.get("data"), "data"):
        try:
            row = table(entry, "data[]")
            results = [{**table(row.get("group"), "group"), **table(row.get(measures), measures)}]
            flat.append({**row, "results": results})
        except SourceError as error:
            yield Rejected(str(error), raw(entry))
    yield from buckets({"data": flat}, "starting_at", "ending_at")


def _cost(
    row: Row, labels: Labels, system: str, *, bucket: Bucket, settings: Settings, is_final: bool
) -> Iterator[CostLine]:
    split = (f"{name}={labels[name]}" for name in settings.by)
    listed = row.get("list_amount")
    yield CostLine(
        system=system,
        basis="provider_usage",
        charge_period_start=bucket.start,
        charge_period_end=bucket.end,
        line=", ".join([*split, *(labels[name] for name in _PARTS if name in labels)]),
        billing_currency=labels.get("currency", "USD"),
        effective_cost=_dollars(row.get("amount"), "amount"),
        list_cost=None if listed is None else _dollars(listed, "list_amount"),
        service_provider_name="Anthropic",
        service_name=labels.get("description") or labels.get("cost_type", ""),
        model=labels.get("model", ""),
        token_type=_KINDS.get(labels.get("token_type", ""), ""),
        is_final=is_final,
    )


def _dollars(cents: object, where: str) -> Decimal:
    return priced(money(cents, where) * _CENT, where)


def _used(row: Row, labels: Labels, system: str, *, bucket: Bucket, settings: Settings) -> Iterator[Sample]:
    dims = {_MODEL: labels["model"]} if "model" in labels else {}
    dims |= {"gen_ai.operation.name": "chat"} | {name: labels[name] for name in settings.by}
    if row.get("requests") is not None:
        requests = whole(row["requests"], "requests", low=0)
        yield Sample(system, REQUESTS, "sum", bucket.end, requests, "{request}", None, bucket.period, dims)
    for kind, tokens in _tokens(row).items():
        held = {**dims, TOKEN_TYPE: kind}
        yield Sample(system, TOKEN_USAGE, "sum", bucket.end, tokens, "{token}", None, bucket.period, held)


def _tokens(row: Row) -> dict[str, int]:
    """Count tokens by kind; the vendor keeps cached input apart, here ``input`` is all of it."""
    created = table(row.get("cache_creation"), "cache_creation")
    written = sum(
        whole(created.get(name), f"cache_creation.{name}", low=0)
        for name in ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
    )
    uncached, cached, output = (
        whole(row.get(name), name, low=0)
        for name in ("uncached_input_tokens", "cache_read_input_tokens", "output_tokens")
    )
    return {"input": uncached + cached + written, "cache_read": cached, "cache_write": written, "output": output}


def _limits(row: Row, labels: Labels, system: str, *, settings: Settings, now: datetime) -> Iterator[Sample]:
    group = row.get("group_type")  # until 2026 the group was but its type
    kind = text(table(row.get("group"), "group").get("type") if group is None else group, "group.type")
    names = [text(name, "models[]") for name in rows(row.get("models") or [], "models")]
    wanted = (
        [{_MODEL: name} for name in names if settings.is_wanted(name)] if kind == "model_group" else [{"group": kind}]
    )
    split = {"workspace_id": labels["workspace_id"]} if "workspace_id" in labels else {}
    for entry in rows(row.get("limits"), "limits"):
        limit = table(entry, "limits[]")
        value = whole(limit.get("value"), "limits[].value", low=0)
        if found := _LIMITS.get(text(limit.get("type"), "limits[].type")):
            metric, unit, tokens = found
            also = split | ({TOKEN_TYPE: tokens} if tokens else {})
            yield from (Sample(system, metric, "last", now, value, unit, dims=dims | also) for dims in wanted)


def _day(row: Row, name: str) -> date | None:
    """Give a day; nothing is announced with null, and a release that is not known is the epoch."""
    found = row.get(name)
    return None if found is None or str(found).startswith("1970") else moment(found, name).date()
