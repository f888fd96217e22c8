"""Every interval of a difference is that of scipy to nine digits, is the same seen from either side, and keeps its words."""

import math
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from operations.comparisons import Comparison, Score, Terms, newcombe, paired, paired_means, tango, unpaired, welch

TERMS = Terms()
LEVELS = (0.001, 0.025, 0.05, 0.2)


def same(found: float, expected: float) -> bool:
    return found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def _likeliest(better: int, worse: int, n: int, difference: float) -> float:
    """Find the likeliest share that got worse where the difference is given, by the slope of the likelihood alone."""
    low, high = max(0.0, -difference), (1 - difference) / 2

    def slope(share: float) -> float:
        found = worse / share if worse else 0.0
        found += better / (share + difference) if better else 0.0
        return found - (2 * (n - better - worse) / (1 - 2 * share - difference) if better + worse < n else 0.0)

    inside = 1e-14
    if slope(low + inside) <= 0:
        return low
    return float(high if slope(high - inside) >= 0 else optimize.brentq(slope, low + inside, high - inside, xtol=1e-16))


def _score_bound(better: int, worse: int, n: int, z: float) -> float:
    def off(difference: float) -> float:
        share = _likeliest(better, worse, n, difference)
        error = math.sqrt(n * (2 * share + difference * (1 - difference)))
        return (better - worse - n * difference) / error + z

    return float(optimize.brentq(off, (better - worse) / n + 1e-9, 0.9999, xtol=1e-15))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("better", "worse", "n"),
    [(0, 0, 2), (0, 0, 400), (1, 0, 20), (0, 1, 20), (3, 9, 50), (9, 3, 50), (40, 60, 100), (5, 14, 400), (700, 650, 2000)],
)  # fmt: skip
def test_the_paired_interval_is_where_scipy_finds_that_the_score_test_refuses(
    better: int, worse: int, n: int, level: float
) -> None:
    z = stats.norm.isf(level)
    low, high = tango(better, worse, n, z)
    assert same(high, _score_bound(better, worse, n, z))
    assert same(-low, _score_bound(worse, better, n, z))


@pytest.mark.parametrize(("better", "worse", "n"), [(3, 9, 50), (14, 2, 400), (1, 6, 20)])
def test_the_paired_interval_touches_no_difference_exactly_at_mcnemars_statistic(
    better: int, worse: int, n: int
) -> None:
    z = abs(better - worse) / math.sqrt(better + worse)
    assert same(min(abs(end) for end in tango(better, worse, n, z)), 0)


def test_a_difference_of_everything_is_not_known_to_be_that() -> None:
    low, high = tango(5, 0, 5, 1.6448536)
    assert high == 1
    assert 0 < low < 1


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_the_paired_interval_is_the_same_seen_from_either_side_and_holds_the_difference(
    better: int, worse: int, rest: int
) -> None:
    n = better + worse + rest + 2
    low, high = tango(better, worse, n, TERMS.z)
    assert tango(worse, better, n, TERMS.z) == (-high, -low)
    assert -1 <= low <= (better - worse) / n <= high <= 1


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("k", "n", "k2", "n2"), [(0, 2, 2, 2), (92, 100, 87, 100), (400, 400, 399, 400), (7, 20, 9, 33)]
)
def test_the_unpaired_interval_is_made_of_scipys_wilson_intervals(
    k: int, n: int, k2: int, n2: int, level: float
) -> None:
    before, after = (
        stats.binomtest(*each).proportion_ci(1 - 2 * level, method="wilson") for each in ((k, n), (k2, n2))
    )
    p, q = k / n, k2 / n2
    low, high = newcombe(Score(p, n), Score(q, n2), stats.norm.isf(level))
    assert same(low, q - p - math.sqrt((q - after.low) ** 2 + (before.high - p) ** 2))
    assert same(high, q - p + math.sqrt((after.high - q) ** 2 + (p - before.low) ** 2))


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 50), st.integers(1, 50))
def test_the_unpaired_interval_is_the_same_seen_from_either_side(a: int, b: int, more: int, more2: int) -> None:
    first, second = Score(a / (a + more), a + more), Score(b / (b + more2), b + more2)
    low, high = newcombe(first, second, TERMS.z)
    assert newcombe(second, first, TERMS.z) == pytest.approx((-high, -low), abs=1e-15)


def _drawn(n: int, middle: float, by: float, seed: int) -> list[float]:
    rng = Random(seed)  # noqa: S311  # repeatable, not secret
    return [min(max(rng.gauss(middle, by), 0.0), 1.0) for _ in range(n)]


def _score(values: Sequence[float]) -> Score:
    return Score(float(stats.tmean(values)), len(values), float(stats.sem(values)))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("n", "n2"), [(2, 2), (20, 35), (400, 50)])
def test_welchs_interval_is_that_of_scipy(n: int, n2: int, level: float) -> None:
    current, new = _drawn(n, 0.7, 0.1, 1), _drawn(n2, 0.65, 0.2, 2)
    expected = stats.ttest_ind(new, current, equal_var=False).confidence_interval(1 - 2 * level)
    found = welch(_score(current), _score(new), Terms(level))
    assert same(found[0], expected.low)
    assert same(found[1], expected.high)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("n", [2, 3, 20, 400])
def test_the_paired_interval_of_scores_is_that_of_scipy(n: int, level: float) -> None:
    current, new = _drawn(n, 0.7, 0.1, 1), _drawn(n, 0.65, 0.2, 2)
    expected = stats.ttest_rel(new, current).confidence_interval(1 - 2 * level)
    found = paired(current, new, Terms(level))
    assert found is not None
    assert same(found.low, expected.low)
    assert same(found.high, expected.high)
    assert found.method == "paired"


@pytest.mark.parametrize("level", LEVELS)
def test_the_level_is_scipys_normal_quantile(level: float) -> None:
    assert same(Terms(level).z, stats.norm.isf(level))


def test_cases_that_all_changed_alike_leave_as_much_doubt_as_cases_that_could_have_changed_unseen() -> None:
    unseen = tango(0, 0, 20, TERMS.z)[1]
    assert paired_means([0.0] * 20, TERMS) == (-unseen, unseen)
    assert paired_means([-0.5] * 20, TERMS) == (-0.5 - unseen, -0.5 + unseen)
    assert paired_means([0.95] * 3, TERMS)[1] == 1


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_cases_compare_nothing(n: int) -> None:
    assert paired([1.0] * n, [0.0] * n, TERMS) is None
    assert unpaired(Score(1.0, n), Score(0.5, 100), TERMS) is None
    assert unpaired(Score(0.5, 100), Score(1.0, n), TERMS) is None


def test_two_cases_compare_and_say_next_to_nothing() -> None:
    found = paired([1.0, 1.0], [1.0, 1.0], TERMS)
    assert found is not None
    assert found.state(0.02) == "inconclusive"
    assert found.smallest_drop is None


@pytest.mark.parametrize(
    ("score", "is_share"),
    [
        (Score(0.9, 100), True),
        (Score(1.0, 20, 0.0), True),
        (Score(0.9, 100, (0.09 / 99) ** 0.5), True),
        (Score(0.9, 100, (0.09 / 100) ** 0.5), True),
        (Score(0.9, 100, 0.01), False),
    ],
)
def test_a_score_is_taken_as_yes_or_no_where_its_spread_is_that_or_not_known(score: Score, *, is_share: bool) -> None:
    assert score.is_share == is_share


def test_means_are_compared_by_welch_only_where_both_errors_are_known() -> None:
    known, unknown = Score(0.8, 50, 0.01), Score(0.8, 50)
    assert [found.method for pair in ((known, known), (known, unknown)) if (found := unpaired(*pair, TERMS))] == [
        "welch", "two-proportion",
    ]  # fmt: skip


def _cases(both: int, worse: int, better: int, neither: int) -> tuple[list[float], list[float]]:
    current = [1.0] * both + [1.0] * worse + [0.0] * better + [0.0] * neither
    return current, [1.0] * both + [0.0] * worse + [1.0] * better + [0.0] * neither


def test_the_same_suite_says_more_where_its_cases_match() -> None:
    matched = paired(*_cases(360, 4, 4, 32), TERMS)
    apart = unpaired(Score(0.91, 400), Score(0.91, 400), TERMS)
    assert matched is not None
    assert apart is not None
    assert (matched.state(0.02), apart.state(0.02)) == ("pass", "inconclusive")
    assert matched.smallest_drop is not None
    assert apart.smallest_drop is not None
    assert matched.smallest_drop < apart.smallest_drop


def _compared(difference: float, low: float, high: float) -> Comparison:
    return Comparison("paired", 100, 100, 0.9, 0.9 + difference, difference, low, high, None)


@pytest.mark.parametrize(
    ("difference", "low", "high", "state"),
    [
        (0.0, -0.0199, 0.02, "pass"),
        (0.0, -0.02, 0.02, "inconclusive"),
        (-0.01, -0.015, -0.005, "pass"),
        (-0.02, -0.03, -0.01, "inconclusive"),
        (0.88 - 0.9, -0.03, -0.01, "inconclusive"),  # -0.020000000000000018 in floats, which is not over the margin
        (-0.03, -0.05, -0.01, "fail"),
        (-0.03, -0.06, 0.0, "inconclusive"),
        (-0.05, -0.06, -0.04, "fail"),
        (0.05, -0.02, 0.12, "inconclusive"),
    ],
)
def test_it_passes_fails_or_nobody_knows(difference: float, low: float, high: float, state: str) -> None:
    assert _compared(difference, low, high).state(0.02) == state


@pytest.mark.parametrize("n", [20, 50, 200, 400, 5000])
def test_more_cases_see_smaller_drops_and_never_one_inside_the_margin(n: int) -> None:
    shares = [
        found.smallest_drop for each in (n, 2 * n) if (found := unpaired(Score(0.9, each), Score(0.9, each), TERMS))
    ]
    means = [
        found.smallest_drop
        for each in (n, 2 * n)
        if (found := unpaired(Score(0.9, each, 0.2 / each**0.5), Score(0.9, each, 0.2 / each**0.5), TERMS))
    ]
    for small, large in (shares, means):
        assert small is not None
        assert large is not None
        assert 0.02 < large < small < 1


def test_a_mean_so_uncertain_that_no_drop_would_show_says_so() -> None:
    found = unpaired(Score(0.5, 2, 0.3), Score(0.5, 2, 0.3), TERMS)
    assert found is not None
    assert (found.method, found.smallest_drop) == ("welch", None)


def test_the_smallest_drop_is_the_textbook_one_where_the_margin_does_not_bind() -> None:
    found = unpaired(Score(0.9, 200), Score(0.9, 200), Terms(margin=0.0))
    assert found is not None
    assert found.smallest_drop is not None
    after = 0.9 - found.smallest_drop
    pooled = (0.9 + after) / 2
    n = (
        stats.norm.isf(0.05) * math.sqrt(2 * pooled * (1 - pooled))
        + stats.norm.isf(0.2) * math.sqrt(0.09 + after * (1 - after))
    ) ** 2 / found.smallest_drop**2
    assert n == pytest.approx(200, rel=1e-6)
