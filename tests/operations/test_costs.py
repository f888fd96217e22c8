"""The month's money: so far, and where it goes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from operations.costs import Month, month_start, months, next_month, spend
from operations.outlook import Outlook
from operations.settings import System
from store.records import Basis
from tests.operations.stores import NOW, Store, charge

DAY = timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0)
BUDGET = Decimal(300)
OUTLOOK = Outlook("quantiles", 270.0, 300.0, 360.0)


def month(store: Store, now: datetime = NOW, basis: Basis = "gateway_estimate") -> Month | None:
    store.described([System("bot", "Ada", cost_basis=basis)])
    store.refreshed()
    return months(store.session, now).get("bot")


def test_no_charge_is_no_month(store: Store) -> None:
    assert month(store) is None


def test_the_month_so_far_is_the_sum_of_its_own_charges(store: Store) -> None:
    store.collected(*(charge(MIDNIGHT - DAY * ago, "1.1") for ago in range(40)))
    found = month(store)
    assert found is not None
    assert (found.cost, found.provenance) == (Decimal("25.3"), "estimated")
    assert found.newest == NOW


def test_last_months_charges_alone_leave_this_month_unknown(store: Store) -> None:
    store.collected(*(charge(month_start(NOW) - DAY * ago, "10") for ago in range(1, 5)))
    found = month(store)
    assert found is not None
    assert (found.cost, found.newest) == (None, month_start(NOW))


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
    assert spend(month(store), OUTLOOK, budget, "gateway_estimate").pace is None


@pytest.mark.parametrize(("basis", "days"), [("gateway_estimate", 3), ("invoice", 40)])
def test_invoices_may_come_later(basis: str, days: int) -> None:
    assert spend(None, None, BUDGET, basis).allowed_age == timedelta(days=days)
    assert spend(None, None, BUDGET, basis).budget == BUDGET


def test_what_is_known_of_the_month_stands_beside_the_budget(store: Store) -> None:
    store.collected(*(charge(MIDNIGHT - DAY * ago, "10") for ago in range(1, 40)))
    found = spend(month(store), OUTLOOK, BUDGET, "gateway_estimate")
    assert (found.cost, found.budget, found.newest) == (Decimal(220), BUDGET, MIDNIGHT)
    assert found.pace == Outlook("quantiles", 0.9, 1.0, 1.2)


def test_while_it_is_too_early_there_is_no_pace(store: Store) -> None:
    store.collected(*(charge(MIDNIGHT - DAY * ago, "10") for ago in range(1, 40)))
    assert spend(month(store), None, BUDGET, "gateway_estimate").pace is None


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
