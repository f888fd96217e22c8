"""Figures and lengths of time as people read them."""

from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from operations.words import compared, counted, figure, length, span, subject


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (4.8, "s", "4.8 s"),
        (0.71, "1", "0.71"),
        (0.71, "", "0.71"),
        (1200.0, "{token}", "1200 token"),
        (0.0, "1", "0"),
        (123456.7, "1", "123457"),
        (3_599.0, "s", "3599 s"),
        (1_004_000.0, "s", "11d 14h"),
        (0.00001234, "1", "0.00001234"),
        (1e20, "1", "1e+20"),
        (1e-9, "s", "1e-09 s"),
        (-2.5, "1", "-2.5"),
        (41.5, "USD", "41.5 USD"),
    ],
)
def test_a_figure_reads_as_people_write_it(value: float, unit: str, words: str) -> None:
    assert figure(value, unit) == words


@pytest.mark.parametrize(
    ("value", "limit", "words"),
    [
        (4.8, 4.0, ("4.8", "4")),
        (4.00001, 4.0, ("4.00001", "4")),
        (0.79999, 0.8, ("0.79999", "0.8")),
        (4.0, 4.0, ("4", "4")),
        (123456.0, 123457.0, ("123456", "123457")),
    ],
)
def test_a_value_and_a_limit_look_different_when_they_are(value: float, limit: float, words: tuple[str, str]) -> None:
    assert compared(value, limit) == words


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_different_values_never_look_equal(value: int, limit: int) -> None:
    assume(value != limit)
    left, right = compared(value / 1000, limit / 1000)
    assert left != right


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0s"), (0, "0s"), (59, "59s"), (60, "1m"), (3_599, "59m"), (3_600, "1h"), (3_660, "1h 1m"),
        (86_399, "23h 59m"), (86_400, "1d"), (90_000, "1d 1h"), (89_999, "1d"),
    ],
)  # fmt: skip
def test_a_length_of_time_reads_in_its_largest_units(seconds: int, words: str) -> None:
    assert length(timedelta(seconds=seconds)) == words


def test_a_window_reads_as_it_is_configured() -> None:
    assert span(5_400) == "1h30m"


@pytest.mark.parametrize(("number", "words"), [(0, "0 breaches"), (1, "1 breach"), (2, "2 breaches")])
def test_counts_agree_with_their_noun(number: int, words: str) -> None:
    assert counted(number, "breach", "breaches") == words
    assert counted(2, "rule") == "2 rules"


@pytest.mark.parametrize(
    ("metric", "stat", "words"),
    [
        ("cost", "sum", "cost"),
        ("evaluation:golden/quality", "avg", "golden/quality"),
        ("latency", "p95", "p95 of latency"),
        ("errors", "sum", "errors"),
    ],
)
def test_a_sentence_names_what_a_rule_measures(metric: str, stat: str, words: str) -> None:
    assert subject(metric, stat) == words


@pytest.mark.parametrize(
    ("value", "limit", "words"),
    [
        (1_004_000.0, 604_800.0, ("11d 14h", "7d")),
        (604_801.0, 604_800.0, ("604801 s", "604800 s")),
        (4_000.0, 10.0, ("1h 6m", "10 s")),
    ],
)
def test_long_times_are_compared_in_days_unless_only_seconds_tell_them_apart(
    value: float, limit: float, words: tuple[str, str]
) -> None:
    assert compared(value, limit, "s") == words
