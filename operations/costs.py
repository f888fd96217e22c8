"""Say what systems cost this month, each by its own basis, beside their budgets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from operations.health import Spend

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from operations.outlook import Outlook
    from operations.rows import CostRow
    from store.database import Reader

_LOOK_BACK: Final = timedelta(days=40)
_ALLOWED: Final = {"invoice": timedelta(days=40)}
_ALLOWED_ELSE: Final = timedelta(days=3)

_MONTHS: Final = """
select
    system, min(provenance) as provenance, max(least(last_charge, $now)) as newest,
    sum(amount) filter (where charge_day >= $month) as cost
from cost_board
where charge_day >= $since and first_charge <= $now
group by system
"""

_DAYS: Final = """
select charge_day as day, basis, provenance, amount, currency, lines
from cost_days
where system = $system and charge_day >= $since
order by day desc, basis, currency
"""


@dataclass(frozen=True, slots=True)
class Month:
    """What is known of one system's month."""

    system: str
    provenance: str
    newest: datetime
    cost: Decimal | None


def months(reader: Reader, now: datetime) -> Mapping[str, Month]:
    """Give the month so far of every system with a charge in the last weeks, by its own basis and currency."""
    month = month_start(now)
    values = {"month": month.date(), "since": (month - _LOOK_BACK).date(), "now": now}
    return {row.system: row for row in reader.rows(Month, _MONTHS, values)}


def days(reader: Reader, system: str, since: datetime) -> tuple[CostRow, ...]:
    """Give what a system cost day by day, every basis on its own row."""
    from operations.rows import CostRow  # late: the first read needs no other screen's rows

    return tuple(reader.rows(CostRow, _DAYS, {"system": system, "since": since.date()}))


def spend(month: Month | None, outlook: Outlook | None, budget: Decimal | None, basis: str) -> Spend:
    """Put a month, and where it ends, beside its budget."""
    allowed = _ALLOWED.get(basis, _ALLOWED_ELSE)
    if month is None:
        return Spend(budget=budget, allowed_age=allowed)
    pace = outlook.over(float(budget)) if outlook is not None and budget else None
    return Spend(month.cost, budget, pace, month.newest, allowed)


@lru_cache(maxsize=8)
def month_start(now: datetime) -> datetime:
    """Give the first moment of the month, in UTC as charges are."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(now: datetime) -> datetime:
    """Give the first moment of the month after."""
    return month_start(month_start(now) + timedelta(days=32))
