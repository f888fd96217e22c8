"""Turn a finished day's activity into cost lines and sums.

``usage`` is what OpenRouter takes from the prepaid credits, by its own meter: ``provider_usage``, because here it is
the vendor. It is no invoice (that is the purchase of credits) and no estimate from a price list. What calls with one's
own key of another vendor cost is an estimate of that vendor's bill, and a line of its own: ``gateway_estimate``.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from collectors.answers import Doubtful, find, moment, money, need, raw, rows, table, text, whole
from collectors.base import Source
from collectors.names import REQUESTS, TOKEN_TYPE
from collectors.shape import counted, priced, strings
from store.records import Basis, CostLine, Parsed, Rejected, Sample, Unrouted

DAY: Final = timedelta(days=1)
VENDOR: Final = "OpenRouter"
UTC_ZONE: Final = ZoneInfo("UTC")
COSTS: Final[Mapping[Basis, tuple[str, str]]] = {
    "provider_usage": ("usage", "usage_daily"),
    "gateway_estimate": ("byok_usage_inference", "byok_usage_daily"),
}
"""Where a cost of each basis stands, in a day's activity and in a key's day so far."""

_FINAL: Final = timedelta(days=2)
_NOTHING: Final = Decimal(0)
_TOKENS: Final = {
    "prompt_tokens": "input",
    "completion_tokens": "output",
    "cached_tokens": "cache_read",
    "reasoning_tokens": "reasoning",
}
_COUNTS: Final = ("requests", *_TOKENS)


@dataclass(frozen=True, slots=True)
class _Row:
    """What one endpoint of one model did on one day for one workspace."""

    day: datetime
    workspace: str
    model: str
    dated_model: str
    endpoint: str
    host: str
    costs: Mapping[Basis, Decimal]
    counts: Mapping[str, int]


def labels_of(workspace: str, slugs: Mapping[str, str]) -> dict[str, str]:
    """Give the labels of a workspace: its id and, where it is known, its slug."""
    found = {"workspace_id": workspace, "workspace": slugs.get(workspace, "")}
    return {name: value for name, value in found.items() if value}


def activity(body: Mapping[str, object], source: Source, now: datetime) -> Iterator[Parsed]:
    """Give a cost line an endpoint, and a system's requests and tokens of the day."""
    slugs = strings(body.get("workspaces"))
    days: defaultdict[tuple[str, datetime], dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COUNTS, 0))
    for entry in rows(need(body, "activity", "data"), "data"):
        try:
            row = _row(table(entry, "data[]"))
        except Doubtful as error:
            yield Rejected(str(error), raw(entry))
            continue
        labels = labels_of(row.workspace, slugs) | {"model": row.model, "provider": row.host}
        system = source.system_of(labels)
        if system is None:
            yield Unrouted(labels.get(source.route.label, f"no label {source.route.label}"))
            continue
        for name, count in row.counts.items():
            days[system, row.day][name] += count
        yield from _lines(row, system, now)
    for (system, day), counts in days.items():
        yield from _sums(system, day, counts)


def _row(entry: Mapping[str, object]) -> _Row:
    return _Row(
        day=moment(entry.get("date"), "date", zone=UTC_ZONE),
        workspace=text(find(entry, "workspace_id") or "", "workspace_id"),
        model=text(entry.get("model"), "model"),
        dated_model=text(entry.get("model_permaslug"), "model_permaslug"),
        endpoint=text(entry.get("endpoint_id"), "endpoint_id"),
        host=text(entry.get("provider_name"), "provider_name"),
        costs={basis: money(entry.get(name), name, low=_NOTHING) for basis, (name, _) in COSTS.items()},
        counts={name: whole(find(entry, name) or 0, name, low=0) for name in _COUNTS},
    )


def _lines(row: _Row, system: str, now: datetime) -> Iterator[CostLine]:
    """Give what was paid here and, where there is any, what was paid elsewhere."""
    for basis, cost in row.costs.items():
        if cost or basis == "provider_usage":
            yield CostLine(
                system=system,
                basis=basis,
                charge_period_start=row.day,
                charge_period_end=row.day + DAY,
                line=f"workspace={row.workspace}, model={row.dated_model}, endpoint={row.endpoint}",
                effective_cost=priced(cost, "cost"),
                service_provider_name=VENDOR if basis == "provider_usage" else row.host,
                service_name=row.host,
                model=row.model,
                consumed_quantity=counted(row.counts["prompt_tokens"] + row.counts["completion_tokens"], "tokens"),
                consumed_unit="{token}",
                is_final=row.day + DAY + _FINAL <= now,
            )


def _sums(system: str, day: datetime, counts: Mapping[str, int]) -> Iterator[Sample]:
    seen, period = day + DAY, int(DAY.total_seconds())
    yield Sample(system, REQUESTS, "sum", seen, counts["requests"], "{request}", period=period)
    for name, kind in _TOKENS.items():
        dims = {TOKEN_TYPE: kind}
        yield Sample(system, "gen_ai.client.token.usage", "sum", seen, counts[name], "{token}", None, period, dims)
