"""Give the tightest budget of each system: its limit, what is left, and whether the proxy stops at it.

A ``max_budget`` is enforced: the proxy refuses calls beyond it. A ``soft_budget`` only sends an alert. Of several
budgets of one system the one with the least left counts, so that limit and remainder belong together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from collectors.answers import Doubtful, find, number, raw, rows, table
from collectors.base import Source
from collectors.litellm.owners import aliases_of, labels_of
from store.records import Parsed, Rejected, Sample, Unrouted


@dataclass(frozen=True, slots=True)
class _Budget:
    limit: float
    spent: float | None
    is_enforced: bool

    @property
    def remaining(self) -> float | None:
        """Say what is left; below zero where calls under way went past it."""
        return None if self.spent is None else self.limit - self.spent

    @property
    def tightness(self) -> tuple[bool, float]:
        """Sort budgets, the one with the least left first and those of unknown spend last."""
        return self.remaining is None, self.limit if self.remaining is None else self.remaining


def budgets(body: Mapping[str, object], source: Source, now: datetime) -> Iterator[Parsed]:
    """Give samples of the budgets of teams and of keys as they are now."""
    teams = rows(body.get("teams"), "teams")
    aliases = aliases_of(teams)
    tightest: dict[tuple[str, str], _Budget] = {}
    for scope, entries in (("team", teams), ("key", rows(body.get("keys"), "keys"))):
        for entry in entries:
            row = table(entry, f"{scope}s[]")
            try:
                budget = _budget(row)
            except Doubtful as error:
                yield Rejected(str(error), raw({name: value for name, value in row.items() if name != "key_alias"}))
                continue
            if budget is None:
                continue
            labels = labels_of(row, aliases)
            system = source.system_of(labels)
            if system is None:
                yield Unrouted(labels.get(source.route.label, f"no label {source.route.label}"))
                continue
            tightest[system, scope] = min(
                tightest.get((system, scope), budget), budget, key=lambda each: each.tightness
            )
    for (system, scope), budget in tightest.items():
        yield from _samples(system, scope, budget, now)


def _budget(row: Mapping[str, object]) -> _Budget | None:
    """Read the budget of a row, or of the tier that the row belongs to; ``None`` when it has none."""
    tier = find(row, "litellm_budget_table")
    spent = find(row, "spend")
    known = None if spent is None else number(spent, "spend", text_ok=True, low=0)
    for name in ("max_budget", "soft_budget"):
        limit = find(row, name) if find(row, name) is not None else find(tier, name)
        if limit is not None:
            return _Budget(number(limit, name, text_ok=True, low=0), known, is_enforced=name == "max_budget")
    return None


def _samples(system: str, scope: str, budget: _Budget, now: datetime) -> Iterator[Sample]:
    dims = {"scope": scope}
    yield Sample(system, "llmops.budget.limit", "last", now, budget.limit, "USD", dims=dims)
    yield Sample(system, "llmops.budget.enforced", "last", now, float(budget.is_enforced), "1", dims=dims)
    if budget.remaining is not None:
        yield Sample(system, "llmops.budget.remaining", "last", now, budget.remaining, "USD", dims=dims)
