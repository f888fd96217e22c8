"""Forecast where the month of every system ends, once a collection: a millisecond each is too long for a tick."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from operations.costs import month_start, next_month
from operations.forecast import EARLIEST, REACH, month_end
from operations.outlook import Outlook
from store.database import Reader
from store.records import Forecast

_DAY: Final = timedelta(days=1)

# One row per system by its own basis and currency; days are counted from today, which is day 0.
_CHARGED: Final = """
with charged as (
    select
        system, charge_period_start::date - $today as day, sum(amount)::double as amount,
        min(charge_period_start) as first_charge, max(charge_period_end) as last_charge,
        bool_or(charge_period_end - charge_period_start > interval 1 day) as is_long
    from judged_costs
    where charge_period_start >= $since and charge_period_start <= $now
    group by all
)
select
    system, list(day order by day) as days, list(amount order by day) as amounts, min(first_charge) as first_charge,
    max(last_charge) as last_charge, bool_or(is_long and last_charge > $month) as has_long
from charged
group by system
order by system
"""


@dataclass(frozen=True, slots=True)
class _Charged:
    """What one system was charged by day; ``has_long`` where a charge for more than a day reaches into this month."""

    system: str
    days: tuple[int, ...]
    amounts: tuple[float, ...]
    first_charge: datetime
    last_charge: datetime
    has_long: bool


def month_ends(reader: Reader, now: datetime) -> Iterator[Forecast]:
    """Give the forecast of each system of which it is not too early to say; bases and currencies are never added."""
    today, month = now.astimezone(UTC).date(), month_start(now)
    since = today - timedelta(days=REACH)
    for charged in reader.rows(_Charged, _CHARGED, {"today": today, "since": since, "now": now, "month": month}):
        found = (_by_rate if charged.has_long else _by_day)(charged, now)
        if found is not None:
            yield Forecast(charged.system, month.date(), found.method, found.low, found.middle, found.high)


def _by_day(charged: _Charged, now: datetime) -> Outlook | None:
    """Forecast from complete days: those up to yesterday, as far as charges are known; the others cost nothing."""
    known = dict(zip(charged.days, charged.amounts, strict=True))
    last = min(-1, charged.days[-1])
    days = [known.get(day, 0.0) for day in range(charged.days[0], last + 1)]
    today, begins, ends = (moment.date() for moment in (now.astimezone(UTC), month_start(now), next_month(now)))
    ahead = (ends - today).days - 1 - last
    return month_end(days, ahead, (ends - begins).days, known.get(0, 0.0))


def _by_rate(charged: _Charged, now: datetime) -> Outlook | None:
    """Forecast from charges for more than a day, which tell no days apart: nothing more comes, or all goes on so."""
    begins, ends = month_start(now), next_month(now)
    first = (begins.date() - now.astimezone(UTC).date()).days
    spent = sum(amount for day, amount in zip(charged.days, charged.amounts, strict=True) if day >= first)
    observed = charged.last_charge - max(begins, charged.first_charge)
    if observed < EARLIEST * _DAY or not spent:
        return None
    rate = spent * max(1.0, (ends - begins) / observed)
    return Outlook("scenarios", spent, rate, rate)
