"""Say what systems cost this month, each by its own basis: so far, and where the month goes at this rate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from operations.health import Spend

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from operations.rows import CostRow
    from store.database import Reader

EARLIEST_FORECAST: Final = timedelta(days=5)
"""Before this much of a month is observed, a forecast would be a guess."""

_LOOK_BACK: Final = timedelta(days=40)
_ALLOWED: Final = {"invoice": timedelta(days=40)}
_ALLOWED_ELSE: Final = timedelta(days=3)

# A charge of a day or less is known only up to now; a longer one is charged as a whole.
_MONTHS: Final = """
select
    system, min(provenance) as provenance, min(first_charge) as first_charge,
    max(least(last_charge, $now)) as newest,
    sum(amount) filter (where charge_day >= $month) as cost,
    max(case when is_long then last_charge else least(last_charge, $now) end) filter (where charge_day >= $month)
        as observed
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
    first_charge: datetime
    newest: datetime
    cost: Decimal | None
    observed: datetime | None


def months(reader: Reader, now: datetime) -> Mapping[str, Month]:
    """Give the month so far of every system with a charge in the last weeks, by its own basis and currency."""
    month = month_start(now)
    values = {"month": month.date(), "since": (month - _LOOK_BACK).date(), "now": now}
    return {row.system: row for row in reader.rows(Month, _MONTHS, values)}


def days(reader: Reader, system: str, since: datetime) -> tuple[CostRow, ...]:
    """Give what a system cost day by day, every basis on its own row."""
    from operations.rows import CostRow  # late: the first read needs no other screen's rows

    return tuple(reader.rows(CostRow, _DAYS, {"system": system, "since": since.date()}))


def spend(month: Month | None, budget: Decimal | None, basis: str, now: datetime) -> Spend:
    """Put a month beside its budget."""
    allowed = _ALLOWED.get(basis, _ALLOWED_ELSE)
    if month is None:
        return Spend(budget=budget, allowed_age=allowed)
    return Spend(month.cost, budget, pace(month, budget, now), month.newest, allowed)


def pace(month: Month, budget: Decimal | None, now: datetime) -> float | None:
    """Forecast the month by its run rate, as a share of the budget; ``None`` while it is too early to say."""
    if not budget or month.cost is None or month.observed is None:
        return None
    begins = month_start(now)
    observed = month.observed - max(begins, month.first_charge)
    if observed < EARLIEST_FORECAST:
        return None
    forecast = float(month.cost) * ((next_month(now) - begins) / observed)
    return forecast / float(budget)


@lru_cache(maxsize=8)
def month_start(now: datetime) -> datetime:
    """Give the first moment of the month, in UTC as charges are."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(now: datetime) -> datetime:
    """Give the first moment of the month after."""
    return month_start(month_start(now) + timedelta(days=32))
