"""Every tail of every distribution is that of scipy, to nine digits, from the middle out to 1e-280."""

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import special, stats

from operations.distributions import (
    _fraction,
    beta_cdf,
    binomial_cdf,
    chi_square_quantile,
    chi_square_tail,
    normal_tail,
    student_tail,
)

SHAPES = (0.25, 0.5, 1, 1.5, 3, 10, 50, 333, 1e3, 1e4, 1e5)
FREEDOMS = (0.5, 1, 2, 3.3, 9, 27, 100, 1e3, 1e4, 1e5)
TAILS = (1e-300, 1e-100, 1e-30, 1e-9, 1e-3, 0.05, 0.5, 0.9, 0.999, 1 - 1e-9)
FAR = 1e-250  # beyond, scipy's own beta function gives 0 for what is not


def exponent(low: float, high: float) -> st.SearchStrategy[float]:
    """Draw a magnitude evenly, so that small ones come as often as large ones."""
    return st.floats(math.log(low), math.log(high)).map(math.exp)


def same(found: float, expected: float) -> bool:
    return found == pytest.approx(expected, rel=1e-9, abs=FAR)


@pytest.mark.parametrize("a", SHAPES)
@pytest.mark.parametrize("x", [0, 1e-12, 1e-6, 1e-3, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999, 1 - 1e-9, 1])
def test_beta_agrees_with_scipy(x: float, a: float) -> None:
    for b in SHAPES:
        assert same(beta_cdf(x, a, b), special.betainc(a, b, x)), b


@settings(max_examples=150)
@given(st.floats(0, 1, allow_subnormal=False), exponent(0.25, 1e5), exponent(0.25, 1e5))
def test_beta_agrees_with_scipy_anywhere(x: float, a: float, b: float) -> None:
    assert same(beta_cdf(x, a, b), special.betainc(a, b, x))


@settings(max_examples=150)
@given(st.floats(0.5, 2), exponent(1, 1e5), exponent(1, 1e5))
def test_beta_agrees_with_scipy_near_its_own_mean_where_large_terms_cancel(off: float, a: float, b: float) -> None:
    x = min(a / (a + b) * off, 1.0)
    assert same(beta_cdf(x, a, b), special.betainc(a, b, x))


@pytest.mark.parametrize("x", [-1.0, -1e-300, 0.0])
def test_no_share_of_beta_lies_under_0_and_all_of_it_under_1(x: float) -> None:
    assert beta_cdf(x, 2, 3) == 0
    assert beta_cdf(1 - x, 2, 3) == 1


@pytest.mark.parametrize("n", [1, 2, 5, 20, 100, 1000, 100_000])
@pytest.mark.parametrize("p", [1e-9, 1e-3, 0.02, 0.1, 0.5, 0.9, 0.98, 0.999])
def test_binomial_agrees_with_scipy(n: int, p: float) -> None:
    for k in {0, 1, n // 10, n // 2, int(0.9 * n), n - 1}:
        assert same(binomial_cdf(k, n, p), stats.binom.cdf(k, n, p)), k


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_less_than_none_of_n_is_impossible_and_at_most_all_of_n_certain(p: float) -> None:
    assert binomial_cdf(-1, 10, p) == 0
    assert binomial_cdf(10, 10, p) == 1
    assert binomial_cdf(12, 10, p) == 1


def test_certain_chances_leave_no_doubt_of_a_count() -> None:
    assert binomial_cdf(3, 10, 0.0) == 1
    assert binomial_cdf(3, 10, 1.0) == 0


@pytest.mark.parametrize("freedom", FREEDOMS)
def test_student_agrees_with_scipy(freedom: float) -> None:
    # scipy.stats.t.sf(1e-8, 1) is off in the ninth digit: 0.5 - 1e-8/pi is what it should be; see the next test
    for t in (-50, -8, -1, -0.1, 0, 0.1, 0.5, 1, 2, 5, 8, 12, 30, 100, 1e4, 1e8):
        assert same(student_tail(t, freedom), stats.t.sf(t, freedom)), t


@example(1e-8)
@given(st.floats(-1e6, 1e6))
def test_student_of_one_degree_is_cauchy_down_to_the_smallest_t(t: float) -> None:
    assert same(student_tail(t, 1), math.atan2(1, t) / math.pi)


@settings(max_examples=150)
@given(st.floats(-60, 60), exponent(1.01, 1e5))
def test_student_agrees_with_scipy_anywhere(t: float, freedom: float) -> None:
    assert same(student_tail(t, freedom), special.stdtr(freedom, -t))


@given(st.floats(0, 1e300), exponent(0.5, 1e5))
def test_the_two_sides_of_student_make_one(t: float, freedom: float) -> None:
    assert student_tail(t, freedom) + student_tail(-t, freedom) == pytest.approx(1, abs=1e-15)


@given(st.floats(-8, 37))
def test_normal_agrees_with_scipy_out_to_1e_300(z: float) -> None:
    assert normal_tail(z) == pytest.approx(stats.norm.sf(z), rel=1e-9)


@pytest.mark.parametrize("freedom", FREEDOMS)
def test_chi_square_agrees_with_scipy(freedom: float) -> None:
    for x in (0, 1e-9, 1e-3, 0.1, 1, 10, 100, 1000, 1300, 1e4, 1e5, 1.02e5, 1.05e5, 2e5):
        assert same(chi_square_tail(x, freedom), stats.chi2.sf(x, freedom)), x


@settings(max_examples=150)
@given(st.floats(0.3, 3), exponent(0.5, 1e5))
def test_chi_square_agrees_with_scipy_around_its_mean(off: float, freedom: float) -> None:
    assert same(chi_square_tail(off * freedom, freedom), stats.chi2.sf(off * freedom, freedom))


def test_all_of_chi_square_lies_above_what_is_negative() -> None:
    assert chi_square_tail(-1, 3) == 1


@pytest.mark.parametrize("freedom", FREEDOMS)
@pytest.mark.parametrize("tail", TAILS)
def test_the_quantile_of_chi_square_agrees_with_scipy(tail: float, freedom: float) -> None:
    assert chi_square_quantile(tail, freedom) == pytest.approx(special.chdtri(freedom, tail), rel=1e-9)


@given(exponent(1e-280, 0.999), exponent(0.5, 1e5))
def test_the_tail_of_a_quantile_is_the_one_that_was_asked_for(tail: float, freedom: float) -> None:
    # where chi-square is narrow, the last digit of its value moves the fifth from last of the tail
    assert chi_square_tail(chi_square_quantile(tail, freedom), freedom) == pytest.approx(tail, rel=1e-7)


def test_a_fraction_goes_as_far_as_it_is_written_or_as_it_changes_anything() -> None:
    assert _fraction([(1, 2), (1, 3)]) == pytest.approx(3 / 7, rel=1e-15)
    assert _fraction([(1, 1)] * 1000) == pytest.approx((math.sqrt(5) - 1) / 2, rel=1e-15)


def test_a_fraction_passes_through_a_divisor_of_zero() -> None:
    assert _fraction([(1, 1), (-1, 1), (1, 1)]) == pytest.approx(1 / (1 - 1 / 2))
