"""The month's money: so far, and where it goes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from operations.costs import Month, month_start, months, next_month, pace, spend
from operations.settings import System
from store.records import Basis
from tests.operations.stores import NOW, Store, charge

DAY = timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0)
BUDGET = Decimal(300)


def month(store: Store, now: datetime = NOW, basis: Basis = "gateway_estimate") -> Month | None:
    store.described([System("bot", "Ada", cost_basis=basis)])
    store.refreshed()
    return months(store.session, now).get("bot")


def forecast(store: Store, now: datetime = NOW) -> float | None:
    found = month(store, now)
    assert found is not None
    return pace(found, BUDGET, now)


def test_no_charge_is_no_month(store: Store) -> None:
    assert month(store) is None


def test_the_month_so_far_is_the_sum_of_its_own_charges(store: Store) -> None:
    store.collected(*(charge(MIDNIGHT - DAY * ago, "1.1") for ago in range(40)))
    found = month(store)
    assert found is not None
    assert (found.cost, found.provenance) == (Decimal("25.3"), "estimated")
    assert found.newest == NOW
    assert found.observed == NOW


def test_at_an_even_rate_the_forecast_is_the_months_budget(store: Store) -> None:
    store.collected(*(charge(MIDNIGHT - DAY * ago, "10") for ago in range(1, 40)))
    assert forecast(store) == pytest.approx(1.0)


def test_todays_charge_counts_for_the_part_of_the_day_that_is_over(store: Store) -> None:
    store.collected(*(charge(MIDNIGHT - DAY * ago, "10") for ago in range(1, 40)), charge(MIDNIGHT, "5"))
    assert forecast(store) == pytest.approx(1.0)


@pytest.mark.parametrize(("days", "known"), [(4, False), (5, True)])
def test_before_five_observed_days_it_is_too_early(store: Store, days: int, *, known: bool) -> None:
    now = month_start(NOW) + DAY * days
    store.collected(*(charge(now - DAY * ago, "10") for ago in range(1, days + 3)), now=now)
    assert (forecast(store, now) is not None) is known


def test_a_system_first_seen_in_the_month_is_forecast_from_its_own_days(store: Store) -> None:
    store.collected(*(charge(MIDNIGHT - DAY * ago, "10") for ago in range(1, 11)))
    found = month(store)
    assert found is not None
    assert found.cost == 100
    assert pace(found, BUDGET, NOW) == pytest.approx(1.0)


def test_a_charge_for_the_whole_month_is_its_own_forecast(store: Store) -> None:
    begins = month_start(NOW)
    line = charge(begins, "300", basis="invoice", charge_period_end=next_month(NOW))
    store.collected(line)
    found = month(store, basis="invoice")
    assert found is not None
    assert (found.provenance, found.observed, found.newest) == ("invoiced", next_month(NOW), NOW)
    assert pace(found, BUDGET, NOW) == pytest.approx(1.0)


def test_last_months_charges_alone_leave_this_month_unknown(store: Store) -> None:
    store.collected(*(charge(month_start(NOW) - DAY * ago, "10") for ago in range(1, 5)))
    found = month(store)
    assert found is not None
    assert (found.cost, found.observed, found.newest) == (None, None, month_start(NOW))
    assert pace(found, BUDGET, NOW) is None


def test_other_bases_and_currencies_are_left_out(store: Store) -> None:
    store.collected(
        charge(MIDNIGHT - DAY, "10"), charge(MIDNIGHT - DAY, "99", basis="invoice"),
        charge(MIDNIGHT - DAY, "99", billing_currency="EUR", line="eur"),
    )  # fmt: skip
    found = month(store)
    assert found is not None
    assert found.cost == 10


@pytest.mark.parametrize("budget", [None, Decimal(0)])
def test_without_a_budget_there_is_no_pace(store: Store, budget: Decimal | None) -> None:
    store.collected(*(charge(MIDNIGHT - DAY * ago, "10") for ago in range(1, 40)))
    found = month(store)
    assert found is not None
    assert pace(found, budget, NOW) is None


@pytest.mark.parametrize(("basis", "days"), [("gateway_estimate", 3), ("invoice", 40)])
def test_invoices_may_come_later(basis: str, days: int) -> None:
    assert spend(None, BUDGET, basis, NOW).allowed_age == timedelta(days=days)
    assert spend(None, BUDGET, basis, NOW).budget == BUDGET


def test_what_is_known_of_the_month_stands_beside_the_budget(store: Store) -> None:
    store.collected(*(charge(MIDNIGHT - DAY * ago, "10") for ago in range(1, 40)))
    found = spend(month(store), BUDGET, "gateway_estimate", NOW)
    assert (found.cost, found.budget, found.newest) == (Decimal(220), BUDGET, MIDNIGHT)
    assert found.pace == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("now", "begins", "ends"),
    [
        (
            datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
            datetime(2026, 12, 1, tzinfo=UTC),
            datetime(2027, 1, 1, tzinfo=UTC),
        ),
        (datetime(2028, 2, 1, tzinfo=UTC), datetime(2028, 2, 1, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
    ],
)
def test_months_begin_at_midnight_utc(now: datetime, begins: datetime, ends: datetime) -> None:
    assert (month_start(now), next_month(now)) == (begins, ends)
