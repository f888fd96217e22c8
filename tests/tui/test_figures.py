"""Figures fit their columns, and what is not known is a dash and never a zero."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.screen_store import NOW
from tui import figures


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "now"), (59, "now"), (60, "1m"), (7199, "119m"), (7200, "2h"), (72 * 3600 - 1, "71h"), (72 * 3600, "3d"), (-59, "now"), (-300, "+5m")],
)  # fmt: skip
def test_ages_step_by_minutes_hours_and_days(seconds: int, text: str) -> None:
    assert figures.ago(NOW - timedelta(seconds=seconds), NOW) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(59, "under a minute"), (60, "1 min"), (7199, "119 min"), (7200, "2 h"), (72 * 3600, "3 days")],
)
def test_sentences_say_ages_in_words(seconds: int, text: str) -> None:
    assert figures.spoken(NOW - timedelta(seconds=seconds), NOW) == text


def test_what_is_not_known_is_a_dash_and_not_a_zero() -> None:
    assert {
        figures.ago(None, NOW), figures.clock(None), figures.short(None), figures.count(None), figures.seconds(None),
        figures.share(None), figures.money(None, "USD"), figures.quantity(None, "s"), figures.measure(None, "ratio", "1"),
    } == {"-"}  # fmt: skip
    assert figures.spoken(None, NOW) == "an unknown time"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.71, "0.71"), (0.0005, "0.001"), (0.0004, "4e-4"), (9.99, "9.99"), (10.04, "10"), (12.34, "12.3"), (999.4, "999"),
     (999.6, "1.00k"), (12_345, "12.3k"), (5_000_000, "5.00M"), (7e9, "7.00G"), (8e12, "8.00T"), (-0.5, "-0.50")],
)  # fmt: skip
def test_numbers_keep_three_digits(value: float, text: str) -> None:
    assert figures.short(value) == text


@given(st.floats(min_value=0, max_value=9.9e14))
def test_a_number_fits_five_cells(value: float) -> None:
    assert len(figures.short(value)) <= 5


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (7, "7"), (999, "999"), (1000, "1.00k"), (None, "-")])
def test_things_are_counted_whole(value: int | None, text: str) -> None:
    assert figures.count(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.0s"), (0.64, "640ms"), (0.9996, "1.0s"), (2.1, "2.1s"), (9.96, "10s"), (119, "119s"), (120, "2m"), (7200, "2h"), (300_000, "3d")],
)  # fmt: skip
def test_latencies_carry_their_unit(value: float, text: str) -> None:
    assert figures.seconds(value) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0%"), (0.003, "0.3%"), (0.12, "12%"), (1.04, "104%")])
def test_shares_are_percentages(value: float, text: str) -> None:
    assert figures.share(value) == text


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [("0", "USD", "$0"), ("4.5", "USD", "$4.50"), ("41", "EUR", "€41"), ("8123.4", "USD", "$8.12k"), ("12", "CHF", "CHF 12")],
)  # fmt: skip
def test_money_carries_its_currency(amount: str, currency: str, text: str) -> None:
    assert figures.money(Decimal(amount), currency) == text


@pytest.mark.parametrize(
    ("value", "stat", "unit", "text"),
    [(0.05, "ratio", "1", "5.0%"), (2.0, "p95", "s", "2.0s"), (12.0, "sum", "USD", "$12"), (0.71, "avg", "1", "0.71")],
)
def test_a_metric_is_written_by_its_stat_and_unit(value: float, stat: str, unit: str, text: str) -> None:
    assert figures.measure(value, stat, unit) == text


def test_things_are_counted_in_words() -> None:
    assert (figures.plural(1, "source"), figures.plural(2, "source")) == ("1 source", "2 sources")
    assert figures.plural(2, "breach", "breaches") == "2 breaches"
