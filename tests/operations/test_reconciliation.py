"""The bases of a system's charges stand beside the one that counts, and are never added."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from operations import costs
from operations.reconciliation import bases
from operations.rows import BasisRow
from operations.settings import System
from tests.operations.stores import NOW, Store, charge

DAY = timedelta(days=1)
TODAY = NOW.replace(hour=0)
FIRST = NOW.replace(day=1, hour=0)
BOT = System("bot", "Ada", cost_basis="provider_usage")


def reconciled(store: Store) -> tuple[BasisRow, ...]:
    return bases(store.session, "bot", costs.days(store.session, "bot", NOW - 31 * DAY), NOW)


def test_each_basis_and_currency_has_its_total_and_its_ratio_to_the_judged_one(store: Store) -> None:
    store.described([BOT])
    store.collected(
        charge(FIRST, "30", basis="provider_usage"),
        charge(TODAY, "50", basis="provider_usage"),
        charge(FIRST, "88", basis="invoice"),
        charge(FIRST, "60"),
        charge(FIRST, "70", basis="provider_usage", billing_currency="EUR", line="e"),
    )
    found = reconciled(store)
    assert [(row.basis, row.currency, row.total, row.ratio) for row in found] == [
        ("provider_usage", "USD", Decimal(80), 1.0),
        ("gateway_estimate", "USD", Decimal(60), 0.75),
        ("invoice", "USD", Decimal(88), 1.1),
        ("provider_usage", "EUR", Decimal(70), None),
    ]
    assert [row.is_judged for row in found] == [True, False, False, False]
    assert [row.provenance for row in found] == ["estimated", "estimated", "invoiced", "estimated"]
    assert (found[0].lines, found[0].newest) == (2, TODAY.date())


def test_days_of_other_months_are_left_out(store: Store) -> None:
    store.described([BOT])
    store.collected(
        charge(FIRST - DAY, "1000", basis="provider_usage"),
        charge(FIRST, "10", basis="provider_usage"),
        charge(TODAY + DAY, "1000", basis="provider_usage"),
    )
    (row,) = reconciled(store)
    assert row.total == Decimal(10)


def test_a_judged_basis_without_charges_is_not_known_and_not_absent(store: Store) -> None:
    store.described([replace(BOT, cost_basis="invoice")])
    store.collected(charge(FIRST, "10"))
    judged, other = reconciled(store)
    assert (judged.basis, judged.total, judged.ratio, judged.lines, judged.newest) == ("invoice", None, None, 0, None)
    assert (other.total, other.ratio) == (Decimal(10), None)


def test_nothing_is_compared_with_zero(store: Store) -> None:
    store.described([BOT])
    store.collected(charge(FIRST, "0", basis="provider_usage"), charge(FIRST, "10"))
    assert [(row.total, row.ratio) for row in reconciled(store)] == [(Decimal(0), None), (Decimal(10), None)]
