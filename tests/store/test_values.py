"""Lengths of time, confirmations and currencies read what people write and refuse the rest in words."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.values import Confirm, Currency, Duration, shown


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("1h30m", 5_400),
        ("90d", 7_776_000),
        ("2w", 1_209_600),
        ("1w1d1h1m1s", 694_861),
        ("0s", 0),
    ],
)
def test_a_duration_is_the_sum_of_its_parts(text: str, seconds: int) -> None:
    assert Duration.from_toml(text).seconds == seconds
    assert Duration.from_toml(text).delta == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value", ["", "5", 5, 5.0, True, "5 m", "m5", "30m1h", "1.5h", "-5m", "5M", "\u0665m", [], {}, "5m\n"]
)
def test_what_is_no_duration_is_refused_with_an_example(value: object) -> None:
    with pytest.raises(ValueError, match=r'expected a length of time such as "90s", .*, found '):
        Duration.from_toml(value)


def test_a_duration_longer_than_a_century_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 100 years"):
        Duration.from_toml("999999999w")


@given(st.integers(min_value=0, max_value=100 * 366 * 86_400))
def test_a_duration_reads_back_what_it_writes(seconds: int) -> None:
    assert Duration.from_toml(str(Duration(seconds))) == Duration(seconds)


def test_durations_are_ordered_by_length() -> None:
    assert Duration(1) < Duration(2)


@pytest.mark.parametrize(("text", "hits", "of"), [("2 of 3", 2, 3), ("1 of 1", 1, 1)])
def test_a_confirmation_names_hits_and_windows(text: str, hits: int, of: int) -> None:
    assert Confirm.from_toml(text) == Confirm(hits, of)
    assert str(Confirm(hits, of)) == text


@pytest.mark.parametrize("value", ["3 of 2", "0 of 3"])
def test_a_confirmation_that_could_never_come_true_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="n between 1 and m"):
        Confirm.from_toml(value)


@pytest.mark.parametrize("value", [2, "2/3", "two of three", "", None])
def test_what_is_no_confirmation_is_refused_with_an_example(value: object) -> None:
    with pytest.raises(ValueError, match='such as "2 of 3"'):
        Confirm.from_toml(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (False, "false"), (3, "3"), ("a\x1b", "'a\\x1b'"), ([1], "a list"), ({"a": 1}, "a table")],
)
def test_found_values_are_described_on_one_line(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize("value", ["", "eur", "EURO", "US$", "EUR\n", "\u0395UR", 978, None, ["EUR"]])
def test_what_has_not_the_form_of_a_currency_is_refused_with_an_example(value: object) -> None:
    with pytest.raises(ValueError, match=r'expected three capital letters such as "EUR" \(ISO 4217\), found '):
        Currency.from_toml(value)


def test_a_currency_is_its_code() -> None:
    assert Currency.from_toml("CHF") == "CHF"


def test_a_long_value_is_cut_in_messages() -> None:
    assert shown("x" * 5_000) == f"'{'x' * 39}... (5002 characters)"
