"""Find prices that moved: what a unit of a model costs a system by its charges, steady before and steady since."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Final

from operations.told import day_of
from store.database import Reader

_REACH: Final = timedelta(days=30)
_STEADY: Final = 0.005
_MOVED: Final = 0.01
_BEFORE, _SINCE = 3, 2

# One row per system and thing that is charged by the unit: the price of a unit on each whole day, oldest first.
_PRICES: Final = """
with days as (
    select
        source, system, basis, model, token_type, consumed_unit, billing_currency,
        charge_period_start::date - date '1970-01-01' as day,
        (sum(coalesce(list_cost, effective_cost, billed_cost)) / sum(consumed_quantity))::double as price
    from costs
    where consumed_quantity > 0 and model <> '' and charge_category = 'Usage'
        and charge_period_start >= $since and charge_period_end <= $until
        and list_contains($systems::varchar[], system)
    group by all
    having sum(coalesce(list_cost, effective_cost, billed_cost)) > 0
)
select
    system, trim(concat_ws(' ', model, token_type)) as subject, concat_ws('/', billing_currency, consumed_unit) as unit,
    list(day order by day) as days, list(price order by day) as prices
from days
group by source, system, basis, model, token_type, consumed_unit, billing_currency
order by system, subject, unit, source, basis
"""


@dataclass(frozen=True, slots=True)
class _Priced:
    system: str
    subject: str
    unit: str
    days: tuple[int, ...]
    prices: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PriceStep:
    """A price that moved: of what, from what to what in words, on which day, and when it was last charged."""

    system: str
    subject: str
    before: str
    after: str
    since: date
    seen: datetime


def prices(reader: Reader, systems: Sequence[str], now: datetime) -> Iterator[PriceStep]:
    """Give the newest step of every price, each thing that is charged once a system."""
    params = {"since": now - _REACH, "until": now, "systems": list(systems)}
    told: set[tuple[str, str]] = set()
    for each in reader.rows(_Priced, _PRICES, params):
        place = step(each.prices)
        if place is None or (each.system, each.subject) in told:
            continue
        told.add((each.system, each.subject))
        before, after = median(each.prices[place - _BEFORE : place]), median(each.prices[place:])
        seen = datetime.combine(day_of(each.days[-1]), datetime.min.time(), now.tzinfo) + timedelta(days=1)
        old, new = (f"{each.subject} {price:.4g} {each.unit}" for price in (before, after))
        yield PriceStep(each.system, each.subject, old, new, day_of(each.days[place]), seen)


def step(found: Sequence[float]) -> int | None:
    """Give the place at which the newest price begins; ``None`` where it did not move, or nothing is steady.

    A price is steady when its days lie within half a percent of each other: three before, and two or more since. What
    a discount or a mix of tiers does to a price moves it from day to day, and is no step.
    """
    place = len(found)
    while place and _is_near(found[place - 1], found[-1], _STEADY):
        place -= 1
    if place < _BEFORE or len(found) - place < _SINCE:
        return None
    before = found[place - _BEFORE : place]
    is_steady = all(_is_near(price, before[-1], _STEADY) for price in before)
    return place if is_steady and not _is_near(before[-1], found[-1], _MOVED) else None


def _is_near(price: float, other: float, part: float) -> bool:
    return abs(price - other) <= part * other
