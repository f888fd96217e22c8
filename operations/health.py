"""Say how a system is, by domain and as a whole: worst first, and what nobody evaluates is unknown, never ok."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from operations.portfolio_rows import DOMAINS, Domain
from operations.words import counted, length

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from operations.outlook import Outlook
    from store.records import State

RANK: Final[Mapping[State, int]] = {"critical": 0, "warning": 1, "unknown": 2, "ok": 3}

WAITING_LIMIT: Final = 5
"""Working days that a change may wait before it warns."""

UNWATCHED: Final = timedelta(days=3)
"""So long after the last judging nothing is known to be watched."""


@dataclass(frozen=True, slots=True)
class Health:
    """A state with the reason in words."""

    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What the rules of one domain say of a system, with the words and the failure mode of the worst.

    Rules that fail while their breach is silenced count as ``silenced`` alone.
    """

    rules: int = 0
    critical: int = 0
    warning: int = 0
    unknown: int = 0
    note: str = ""
    mode: str = ""
    silenced: int = 0


@dataclass(frozen=True, slots=True)
class Spend:
    """What a system cost this month so far, by its own basis; ``pace`` is where it ends, over the budget."""

    cost: Decimal | None = None
    budget: Decimal | None = None
    pace: Outlook | None = None
    newest: datetime | None = None
    allowed_age: timedelta = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the health of one system is read from."""

    tallies: Mapping[str, Tally] = field(default_factory=dict)
    critical_unacknowledged: int = 0
    critical_breaches: int = 0
    critical_silenced: int = 0
    warning_unacknowledged: int = 0
    silenced: int = 0
    failed_sources: tuple[str, ...] = ()
    overdue_sources: tuple[str, ...] = ()
    spend: Spend = field(default_factory=Spend)
    pending_changes: int = 0
    oldest_change: datetime | None = None
    has_changes: bool = False
    has_evaluations: bool = False


def health(facts: Facts, now: datetime) -> dict[Domain, Health]:
    """Say how a system is in each of the five domains."""
    return {
        "monitoring": _monitoring(facts),
        "incidents": _incidents(facts),
        "costs": _costs(facts, now),
        "changes": _changes(facts, now),
        "evaluation": _evaluation(facts),
    }


def worst(states: Iterable[Health]) -> Health:
    """Roll up: critical, warning, unknown, ok, in this order; nothing at all is unknown."""
    return min(states, key=lambda each: RANK[each.state], default=Health("unknown", "no rule"))


def rolled_up(domains: Mapping[Domain, Health]) -> Health:
    """Give the worst domain, named; of equals the first in the domains' own order."""
    name = min(DOMAINS, key=lambda each: RANK[domains[each].state])
    found = domains[name]
    return Health(found.state, f"{name}: {found.reason}")


def working_days(since: datetime, until: datetime) -> int:
    """Count the working days (Monday to Friday, UTC) that have passed in full between two times."""
    whole = (until - since) // timedelta(days=1)
    weeks, rest = divmod(max(0, whole), 7)
    later = sum((since + timedelta(days=day + 1)).weekday() < 5 for day in range(rest))
    return weeks * 5 + later


def _by_rules(tally: Tally) -> Health:
    """Say what the rules of a domain say together."""
    if not tally.rules:
        return Health("unknown", "no rule")
    counts: tuple[tuple[State, int, str], ...] = (
        ("critical", tally.critical, "critical"),
        ("warning", tally.warning, "in warning"),
        ("warning", tally.silenced, "silenced"),
        ("unknown", tally.unknown, "cannot tell"),
    )
    for state, count, words in counts:
        if count:
            return Health(state, f"{tally.note} ({count} of {counted(tally.rules, 'rule')} {words})")
    return Health("ok", f"{counted(tally.rules, 'rule')} kept")


def _monitoring(facts: Facts) -> Health:
    by_rules = _by_rules(facts.tallies.get("monitoring", Tally()))
    if facts.failed_sources:
        return worst([by_rules, Health("unknown", f"collection failed: {', '.join(facts.failed_sources)}")])
    if facts.overdue_sources:
        return worst([by_rules, Health("unknown", f"collection overdue: {', '.join(facts.overdue_sources)}")])
    return by_rules


def _incidents(facts: Facts) -> Health:
    """Read open breaches; a silenced one waits for nobody and is not ok.

    Where no rule can tell, nobody would notice an incident.
    """
    found = [_by_rules(facts.tallies["incidents"])] if "incidents" in facts.tallies else []
    able = sum(tally.rules - tally.unknown for tally in facts.tallies.values())
    if facts.critical_unacknowledged:
        found.append(Health("critical", f"{_breaches(facts.critical_unacknowledged, 'critical ')} not acknowledged"))
    elif facts.critical_breaches:
        found.append(Health("warning", f"{_breaches(facts.critical_breaches, 'critical ')} {_taken(facts)}"))
    elif facts.warning_unacknowledged:
        found.append(Health("warning", f"{_breaches(facts.warning_unacknowledged)} not acknowledged"))
    elif facts.silenced:
        found.append(Health("warning", f"{_breaches(facts.silenced)} silenced"))
    elif able:
        found.append(Health("ok", "no open breach waits"))
    else:
        found.append(Health("unknown", "no rule can tell whether there is one"))
    return worst(found)


def _taken(facts: Facts) -> str:
    if facts.critical_silenced == facts.critical_breaches:
        return "silenced"
    return "acknowledged or silenced" if facts.critical_silenced else "acknowledged"


def _breaches(number: int, kind: str = "") -> str:
    return counted(number, f"{kind}breach", f"{kind}breaches")


def _costs(facts: Facts, now: datetime) -> Health:
    spend, tally = facts.spend, facts.tallies.get("costs")
    found = [] if tally is None else [_by_rules(tally)]
    if spend.budget is not None:
        found.append(_by_budget(spend, spend.budget, now))
    if not found:
        return Health("unknown", "no rule and no budget")
    return worst(found)


def _by_budget(spend: Spend, budget: Decimal, now: datetime) -> Health:
    if spend.newest is None:
        return Health("unknown", "no cost known")
    if now - spend.newest > spend.allowed_age:
        return Health("unknown", f"costs known up to {length(now - spend.newest)} ago only")
    if spend.cost is not None and spend.cost > budget:
        return Health("critical", "the month's budget is spent")
    if spend.pace is None:
        return Health("ok", "within budget; too early to forecast")
    return _by_pace(spend.pace)


def _by_pace(pace: Outlook) -> Health:
    """Read a forecast: more likely than not over budget warns, all but surely over it is critical."""
    is_sure = pace.method == "quantiles"
    of = "P10-P90" if is_sure else "scenarios"
    words = f"pace {pace.middle:.0%} of the month's budget ({of} {100 * pace.low:.0f}-{pace.high:.0%})"
    if is_sure and pace.low > 1:
        return Health("critical", words)
    return Health("warning" if pace.middle > 1 else "ok", words)


def _changes(facts: Facts, now: datetime) -> Health:
    found = [_by_rules(facts.tallies["changes"])] if "changes" in facts.tallies else []
    if facts.oldest_change is not None and working_days(facts.oldest_change, now) > WAITING_LIMIT:
        waiting = length(now - facts.oldest_change)
        found.append(Health("warning", f"{counted(facts.pending_changes, 'change')} waiting, the oldest for {waiting}"))
    elif facts.has_changes:
        waits = f"{counted(facts.pending_changes, 'change')} waiting" if facts.pending_changes else "no change waits"
        found.append(Health("ok", waits))
    elif not found:
        found.append(Health("unknown", "no source shows changes"))
    return worst(found)


def _evaluation(facts: Facts) -> Health:
    tally = facts.tallies.get("evaluation", Tally())
    if not tally.rules and not facts.has_evaluations:
        return Health("unknown", "not evaluated")
    return _by_rules(tally)
