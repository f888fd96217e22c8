"""Give what is left to spend, and what was spent today so far.

Credits are prepaid for the account as a whole: where they end, every system behind it stops. Of several keys of one
system the one with the least left speaks, so that its limit and remainder belong together. The day so far is a line of
its own; the next day's activity of that day takes its place.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from collectors.answers import Doubtful, find, money, need, number, raw, rows, table, text
from collectors.base import Source
from collectors.openrouter.activity import COSTS, DAY, VENDOR, labels_of
from collectors.shape import priced, strings
from store.records import Basis, CostLine, Parsed, Rejected, Sample, Unrouted

_NOTHING: Final = Decimal(0)
_FIELDS: Final = ("workspace_id", "disabled", "limit", "limit_remaining", *(name for _, name in COSTS.values()))


@dataclass(frozen=True, slots=True)
class _Limit:
    limit: float
    remaining: float


def key_of(value: object) -> dict[str, object]:
    """Take of a key what is needed; the answer holds its name, its hash and its maker too."""
    row = table(value, "keys[]")
    return {name: row[name] for name in _FIELDS if name in row}


def credits_left(body: Mapping[str, object], source: Source, now: datetime) -> Iterator[Sample | Unrouted]:
    """Give the account's remaining credits to every system that has a workspace of it."""
    slugs = strings(body.get("workspaces"))
    bought, used = (number(need(body, "credits", "data", name), name) for name in ("total_credits", "total_usage"))
    for system in {source.system_of(labels_of(each, slugs)) for each in slugs or {"": ""}}:
        if system is None:
            yield Unrouted(f"credits of the account (no label {source.route.label})")
            continue
        yield from _budget(system, "account", _Limit(bought, bought - used), now)


def keys(body: Mapping[str, object], source: Source, now: datetime) -> Iterator[Parsed]:
    """Give the tightest limit of a system's keys and what all of its keys spent since midnight."""
    slugs = strings(body.get("workspaces"))
    tightest: dict[str, _Limit] = {}
    spent: defaultdict[tuple[str, str, Basis], Decimal] = defaultdict(Decimal)
    for entry in rows(body.get("keys"), "keys"):
        row = table(entry, "keys[]")
        workspace = text(find(row, "workspace_id") or "", "workspace_id")
        try:
            limit = _limit(row)
            costs = {basis: money(row.get(name), name, low=_NOTHING) for basis, (_, name) in COSTS.items()}
        except Doubtful as error:
            yield Rejected(str(error), raw(row))
            continue
        labels = labels_of(workspace, slugs)
        system = source.system_of(labels)
        if system is None:
            yield Unrouted(labels.get(source.route.label, f"no label {source.route.label}"))
            continue
        if limit:
            tightest[system] = min(tightest.get(system, limit), limit, key=lambda each: each.remaining)
        for basis, cost in costs.items():
            spent[system, workspace, basis] += cost
    for system, limit in tightest.items():
        yield from _budget(system, "key", limit, now)
    for (system, workspace, basis), cost in spent.items():
        if cost:
            yield _today(system, workspace, basis, cost, now)


def _limit(row: Mapping[str, object]) -> _Limit | None:
    """Read a key's own limit; ``None`` when it has none, or is not in use."""
    if find(row, "limit") is None or find(row, "disabled") is True:
        return None
    remaining = number(row.get("limit_remaining"), "limit_remaining", text_ok=True)
    return _Limit(number(row["limit"], "limit", text_ok=True, low=0), remaining)


def _budget(system: str, scope: str, budget: _Limit, now: datetime) -> Iterator[Sample]:
    """Write a budget; OpenRouter refuses calls beyond each of them."""
    dims = {"scope": scope}
    yield Sample(system, "llmops.budget.limit", "last", now, budget.limit, "USD", dims=dims)
    yield Sample(system, "llmops.budget.remaining", "last", now, budget.remaining, "USD", dims=dims)
    yield Sample(system, "llmops.budget.enforced", "last", now, 1.0, "1", dims=dims)


def _today(system: str, workspace: str, basis: Basis, cost: Decimal, now: datetime) -> CostLine:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return CostLine(
        system=system,
        basis=basis,
        charge_period_start=midnight,
        charge_period_end=midnight + DAY,
        line=f"workspace={workspace}, the day so far",
        effective_cost=priced(cost, "cost"),
        service_provider_name=VENDOR if basis == "provider_usage" else "",
    )
