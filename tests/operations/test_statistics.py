"""Intervals, and the rounding that keeps sums honest."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from operations.statistics import around, rounded, spread, wilson


@pytest.mark.parametrize(
    ("passes", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.27753279),
        (10, 10, 0.72246721, 1.0),
        (5, 10, 0.23659309, 0.76340691),
        (90, 100, 0.82563434, 0.94477086),
        (1, 1, 0.20654931, 1.0),
    ],
)
def test_wilson_gives_the_published_interval(passes: float, n: int, low: float, high: float) -> None:
    assert wilson(passes, n) == pytest.approx((low, high), abs=1e-7)


@given(st.integers(1, 100_000), st.floats(0, 1))
def test_wilson_agrees_with_scipy(n: int, share: float) -> None:
    passes = round(share * n)
    expected = stats.binomtest(passes, n).proportion_ci(method="wilson")
    assert wilson(passes, n) == pytest.approx((expected.low, expected.high), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("n", [0, -1])
def test_nothing_counted_has_no_interval(n: int) -> None:
    assert wilson(0, n) is None


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_the_wilson_interval_holds_the_share_and_stays_inside_0_and_1(n: int, share: float) -> None:
    found = wilson(share * n, n)
    assert found is not None
    low, high = found
    assert 0 <= low <= min(1, max(0, share * n / n)) <= high <= 1


@given(st.integers(1, 1000), st.floats(0, 1))
def test_more_cases_make_the_wilson_interval_narrower(n: int, share: float) -> None:
    few, many = wilson(share * n, n), wilson(share * n * 4, n * 4)
    assert few is not None
    assert many is not None
    assert many[1] - many[0] < few[1] - few[0]


def test_a_share_outside_0_and_1_is_held_inside() -> None:
    assert wilson(11, 10) == wilson(10, 10)


def test_a_known_standard_error_gives_the_normal_interval() -> None:
    assert around(0.5, 0.1) == pytest.approx((0.30400360, 0.69599640))


def test_one_run_says_nothing_of_spread() -> None:
    assert spread([0.9]) is None
    assert spread([]) is None


def test_two_runs_have_the_wide_interval_of_one_degree_of_freedom() -> None:
    assert spread([0.8, 1.0]) == pytest.approx((0.9 - 12.706205 * 0.1, 0.9 + 12.706205 * 0.1))


@pytest.mark.parametrize(("runs", "t"), [(31, 2.042272), (32, 2.039513), (61, 2.000298), (121, 1.979930)])
def test_many_runs_use_students_quantile_beyond_the_table_too(runs: int, t: float) -> None:
    values = [0.0, 1.0] * (runs // 2) + ([0.5] if runs % 2 else [])
    found = spread(values)
    assert found is not None
    mean = math.fsum(values) / runs
    deviation = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (runs - 1))
    assert found[1] - mean == pytest.approx(t * deviation / math.sqrt(runs), rel=1e-4)


def test_a_weighted_mean_of_equal_values_is_that_value() -> None:
    assert (0.8 * 2 + 0.8 * 5) / 7 != 0.8
    assert rounded((0.8 * 2 + 0.8 * 5) / 7) == 0.8


@given(st.floats(-1e12, 1e12))
def test_rounding_twice_is_rounding_once(value: float) -> None:
    assert rounded(rounded(value)) == rounded(value)
    assert rounded(value) == pytest.approx(value, rel=1e-11)
