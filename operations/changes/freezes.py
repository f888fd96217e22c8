"""Say which systems take no change now: their month's money is spent, or a critical breach is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from operations.changes.ledger import Entry
from operations.changes.settings import Settings
from operations.costs import month_start
from operations.modes import PREFIX
from store.database import Reader
from store.ledger import PROPOSER

_SPENT: Final = """
select s.name as system, s.monthly_budget as budget, s.currency, sum(c.amount) as cost
from judged_cost_days c
join systems s on s.name = c.system
where c.charge_day >= $month and s.monthly_budget is not null
group by all
having sum(c.amount) >= s.monthly_budget
"""
_BREACHED: Final = """
select
    system, count(*) as breaches,
    arg_min(if(starts_with(rule, $prefix), coalesce(nullif(mode_title, ''), mode), rule), (since, breach_id)) as title
from open_breaches
where severity = 'critical' and silenced_until is null
group by system
"""


@dataclass(frozen=True, slots=True)
class _Spent:
    system: str
    budget: Decimal
    currency: str
    cost: Decimal


@dataclass(frozen=True, slots=True)
class _Breached:
    system: str
    breaches: int
    title: str


def frozen_for(entry: Entry, frozen: Mapping[str, str], settings: Settings) -> str:
    """Say why a change waits while its system is frozen; nothing where its class need not, or it is a way back."""
    is_free = entry.requester == PROPOSER or entry.change_class in settings.freeze_exceptions
    return "" if is_free else frozen.get(entry.system, "")


def freezes(reader: Reader, settings: Settings, now: datetime) -> Mapping[str, str]:
    """Give the systems that are frozen now, each with the reason."""
    found: dict[str, str] = {}
    if "breach" in settings.freeze:
        for each in reader.rows(_Breached, _BREACHED, {"prefix": PREFIX}):
            more = f" and {each.breaches - 1} more" if each.breaches > 1 else ""
            found[each.system] = f"a critical breach is open: {each.title}{more}"
    if "budget" in settings.freeze:
        for spent in reader.rows(_Spent, _SPENT, {"month": month_start(now).date()}):
            words = f"the month's budget is spent: {spent.cost:.2f} of {spent.budget:.2f} {spent.currency}"
            found[spent.system] = "; ".join(filter(None, (found.get(spent.system, ""), words)))
    exceptions = set(settings.freeze_exceptions)
    return {system: words for system, words in found.items() if system not in exceptions}
