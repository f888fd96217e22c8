"""Charges judged through a real store: day windows, one basis, one currency."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from operations.settings import System, Threshold
from store.values import Confirm, Duration
from tests.operations.stores import NOW, Store, charge

DAY = timedelta(days=1)
TODAY = NOW.replace(hour=0)
BOT = System("bot", "Ada", tier=2)
RULE = Threshold(
    "spend", "cost", "above", warning=100.0, critical=200.0, stat="sum", confirm=Confirm(1, 1), domain="costs"
)  # fmt: skip


def day(ago: int) -> datetime:
    return TODAY - DAY * ago


def test_a_days_charges_are_summed_without_floats(store: Store) -> None:
    store.collected(*(charge(day(1), "33.4", line=str(line)) for line in range(3)))
    verdict = store.verdict(RULE, BOT)
    assert (verdict.value, verdict.state, verdict.unit, verdict.n) == (100.2, "warning", "USD", 3)
    assert verdict.note == "cost 100.2 USD over 100 USD in a window of 1d, n=3"


def test_a_day_that_is_not_over_is_not_counted(store: Store) -> None:
    store.collected(charge(day(1), "50"), charge(day(0), "999"))
    assert store.verdict(RULE, BOT).value == 50


def test_days_confirm_each_other(store: Store) -> None:
    store.collected(charge(day(1), "150"), charge(day(2), "50"), charge(day(3), "150"))
    verdict = store.verdict(replace(RULE, confirm=Confirm(2, 3)), BOT)
    assert (verdict.state, verdict.value) == ("warning", 150)


def test_a_day_without_a_charge_is_blind_not_zero(store: Store) -> None:
    store.collected(charge(day(1), "150"), charge(day(3), "50"))
    verdict = store.verdict(replace(RULE, confirm=Confirm(2, 3)), BOT)
    assert verdict.state == "unknown"


def test_a_window_in_hours_is_a_day_and_longer_ones_are_whole_days(store: Store) -> None:
    store.collected(*(charge(day(ago), "10") for ago in range(1, 8)))
    assert store.verdict(replace(RULE, window=Duration(3600)), BOT).value == 10
    assert store.verdict(replace(RULE, window=Duration(86_401)), BOT).value == 20
    assert store.verdict(replace(RULE, window=Duration(7 * 86_400)), BOT).value == 70


def test_a_sum_below_a_limit_needs_all_its_days(store: Store) -> None:
    below = replace(RULE, direction="below", warning=500.0, critical=None, window=Duration(7 * 86_400))
    store.collected(*(charge(day(ago), "10") for ago in range(1, 5)))
    assert store.verdict(below, BOT).state == "unknown"
    store.collected(*(charge(day(ago), "10") for ago in range(5, 8)))
    assert store.verdict(below, BOT).state == "warning"


def test_only_the_systems_own_basis_counts(store: Store) -> None:
    store.collected(charge(day(1), "50"), charge(day(1), "70", basis="invoice"))
    assert store.verdict(RULE, BOT).value == 50
    assert store.verdict(RULE, replace(BOT, cost_basis="invoice")).value == 70


def test_a_monthly_invoice_makes_the_window_a_month(store: Store) -> None:
    month = charge(datetime(2026, 10, 1, tzinfo=NOW.tzinfo), "3100", basis="invoice")
    store.collected(replace(month, charge_period_end=datetime(2026, 11, 1, tzinfo=NOW.tzinfo)))
    verdict = store.verdict(RULE, replace(BOT, cost_basis="invoice"))
    assert (verdict.value, verdict.state) == (3100, "critical")
    assert "in a window of 31d" in verdict.note


def test_currencies_are_never_added(store: Store) -> None:
    store.collected(charge(day(1), "50"), charge(day(1), "50", line="other", billing_currency="EUR"))
    verdict = store.verdict(RULE, BOT)
    assert (verdict.state, verdict.note) == ("unknown", "costs in EUR and USD are never added")


def test_a_rule_may_look_at_one_source_model_service_or_token_type(store: Store) -> None:
    store.collected(
        charge(day(1), "1"),
        charge(day(1), "2", line="m", model="large"),
        charge(day(1), "4", line="s", service_name="chat"),
        charge(day(1), "8", line="t", token_type="output"),
    )
    store.collected(charge(day(1), "16"), source="other")
    assert store.verdict(RULE, BOT).value == 31
    assert store.verdict(replace(RULE, source="other"), BOT).value == 16
    assert store.verdict(replace(RULE, dims={"model": "large"}), BOT).value == 2
    assert store.verdict(replace(RULE, dims={"service_name": "chat"}), BOT).value == 4
    assert store.verdict(replace(RULE, dims={"token_type": "output"}), BOT).value == 8


@pytest.mark.parametrize(("ago", "state"), [(4, "ok"), (5, "unknown")])
def test_old_costs_are_unknown(store: Store, ago: int, state: str) -> None:
    store.collected(charge(day(ago), "50"))
    assert store.verdict(RULE, BOT, NOW.replace(hour=0)).state == state


def test_the_best_amount_that_a_source_states_is_judged(store: Store) -> None:
    stated = charge(day(1), "0", effective_cost=None, list_cost=Decimal(9))
    silent = charge(day(1), "0", effective_cost=None, line="no amount")
    store.collected(stated, silent)
    verdict = store.verdict(RULE, BOT)
    assert (verdict.value, verdict.n) == (9, 1)


def test_no_cost_known_is_unknown(store: Store) -> None:
    verdict = store.verdict(RULE, BOT)
    assert (verdict.state, verdict.note) == ("unknown", "no data for cost")
