"""Where the month of each system ends, from its charges as they are stored."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from operations.costs import month_start, next_month
from operations.month_ends import month_ends
from operations.settings import System
from store.records import Basis, Forecast
from tests.operations.stores import NOW, Store, charge

DAY = timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0)


def forecast(store: Store, now: datetime = NOW, basis: Basis = "gateway_estimate") -> Forecast | None:
    store.described([System("bot", "Ada", cost_basis=basis)])
    return next(month_ends(store.session, now), None)


def ends(found: Forecast | None) -> Sequence[float]:
    assert found is not None
    return found.low, found.middle, found.high


def test_no_charge_is_no_forecast(store: Store) -> None:
    assert forecast(store) is None


@pytest.mark.parametrize("now", [NOW, MIDNIGHT, MIDNIGHT + DAY - timedelta(microseconds=1)])
@pytest.mark.parametrize("known", [20, 56])
def test_at_an_even_rate_the_month_ends_at_so_much_a_day(store: Store, now: datetime, known: int) -> None:
    store.collected(*(charge(MIDNIGHT - DAY * ago, "10") for ago in range(1, known + 1)))
    found = forecast(store, now)
    assert found is not None
    assert found.method == ("quantiles" if known >= 56 else "scenarios")
    assert ends(found) == pytest.approx([10.0 * min(30, 30 - (22 - known))] * 3)


@pytest.mark.parametrize(
    ("now", "length"),
    [
        (datetime(2027, 2, 1, 0, tzinfo=UTC), 28),
        (datetime(2027, 2, 28, 23, tzinfo=UTC), 28),
        (datetime(2028, 2, 10, 7, tzinfo=UTC), 29),
        (datetime(2026, 11, 30, 1, tzinfo=UTC), 30),
        (datetime(2026, 12, 31, 1, tzinfo=UTC), 31),
        (datetime(2027, 1, 1, 1, tzinfo=UTC), 31),
    ],
)
def test_every_month_has_its_own_length(store: Store, now: datetime, length: int) -> None:
    midnight = now.replace(hour=0)
    store.collected(*(charge(midnight - DAY * ago, "10") for ago in range(1, 70)), now=now)
    found = forecast(store, now)
    assert found is not None
    assert found.month == month_start(now).date()
    assert found.middle == pytest.approx(10.0 * length)


def test_a_time_of_another_zone_is_the_same_time(store: Store) -> None:
    store.collected(*(charge(MIDNIGHT - DAY * ago, "10") for ago in range(1, 70)))
    east = datetime.fromisoformat("2026-12-01T05:00:00+09:00")  # still November in UTC
    found = forecast(store, east)
    assert found is not None
    assert found.month == month_start(NOW).date()


def test_what_today_costs_so_far_takes_nothing_from_the_forecast(store: Store) -> None:
    store.collected(*(charge(MIDNIGHT - DAY * ago, "10") for ago in range(1, 70)))
    before = forecast(store)
    store.collected(charge(MIDNIGHT, "4"))
    assert forecast(store) == before
    store.collected(charge(MIDNIGHT, "25"))
    found = forecast(store)
    assert found is not None
    assert found.middle == pytest.approx(315)


def test_a_day_between_charges_costs_nothing(store: Store) -> None:
    store.collected(*(charge(MIDNIGHT - DAY * ago, "10") for ago in range(1, 70) if ago != 5))
    found = forecast(store)
    assert found is not None
    assert found.middle == pytest.approx(290)
    assert found.low < 290 < found.high


def test_days_whose_charges_are_not_known_yet_are_forecast(store: Store) -> None:
    store.collected(*(charge(MIDNIGHT - DAY * ago, "10") for ago in range(4, 70)))
    found = forecast(store)
    assert found is not None
    assert found.middle == pytest.approx(300)


def test_charges_that_end_before_the_month_still_tell_where_it_ends(store: Store) -> None:
    now = datetime(2026, 11, 4, 12, tzinfo=UTC)
    store.collected(*(charge(month_start(now) - DAY * ago, "10") for ago in range(3, 70)), now=now)
    found = forecast(store, now)
    assert found is not None
    assert found.middle == pytest.approx(300)


def test_bases_and_currencies_are_never_added(store: Store) -> None:
    for ago in range(1, 70):
        store.collected(
            charge(MIDNIGHT - DAY * ago, "10"), charge(MIDNIGHT - DAY * ago, "99", basis="invoice"),
            charge(MIDNIGHT - DAY * ago, "99", billing_currency="EUR", line="eur"),
        )  # fmt: skip
    found = forecast(store)
    assert found is not None
    assert found.middle == pytest.approx(300)


def test_charges_older_than_a_year_say_nothing(store: Store) -> None:
    old = [charge(MIDNIGHT - DAY * ago, "1000") for ago in range(365, 395)]
    store.collected(*old, *(charge(MIDNIGHT - DAY * ago, "10") for ago in range(1, 365)))
    assert ends(forecast(store)) == pytest.approx([300] * 3)


def test_a_charge_for_the_whole_month_is_its_own_forecast(store: Store) -> None:
    store.collected(charge(month_start(NOW), "300", basis="invoice", charge_period_end=next_month(NOW)))
    assert forecast(store, basis="invoice") == Forecast("bot", month_start(NOW).date(), "scenarios", 300, 300, 300)


def test_a_charge_for_a_part_of_the_month_goes_on_at_its_rate_or_ends(store: Store) -> None:
    begins = month_start(NOW)
    store.collected(charge(begins, "50", basis="invoice", charge_period_end=begins + DAY * 5))
    assert ends(forecast(store, basis="invoice")) == pytest.approx([50, 300, 300])


def test_a_charge_for_less_than_five_days_is_too_early(store: Store) -> None:
    begins = month_start(NOW)
    store.collected(charge(begins, "40", basis="invoice", charge_period_end=begins + DAY * 4))
    assert forecast(store, basis="invoice") is None


def test_long_charges_of_earlier_months_alone_are_no_forecast(store: Store) -> None:
    begins = month_start(NOW)
    store.collected(charge(begins - DAY * 30, "300", basis="invoice", charge_period_end=begins + DAY * 10))
    assert forecast(store, basis="invoice") is None


def test_each_system_has_a_forecast_of_its_own(store: Store) -> None:
    for ago in range(1, 70):
        line = charge(MIDNIGHT - DAY * ago, "10")
        store.collected(line, charge(MIDNIGHT - DAY * ago, "20", system="other"))
    store.described([System("bot", "Ada"), System("other", "Ada")])
    found = list(month_ends(store.session, NOW))
    assert [(each.system, round(each.middle)) for each in found] == [("bot", 300), ("other", 600)]


def test_money_scales_everything(store: Store) -> None:
    def of(factor: int) -> Sequence[float]:
        usual = Random(1)  # noqa: S311 - noise
        store.collected(*(charge(MIDNIGHT - DAY * ago, str(usual.randrange(10, 20) * factor)) for ago in range(1, 70)))
        return ends(forecast(store))

    once = of(1)
    assert once[0] < once[1] < once[2]
    assert of(3) == pytest.approx([3 * amount for amount in once])
