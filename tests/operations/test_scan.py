"""The one statistic: it is the likelihood ratio or the t that it claims to be, and obeys the laws that follow."""

import math
from dataclasses import replace
from statistics import fmean, stdev

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from operations.baselines import PRIOR, Baseline, freeze
from operations.scan import REACH, WINDOWS, Scan, Side, ratio
from operations.tracks import Track
from tests.operations.runs import cents, counts, day, drawn, logs, passes, plain, wobbling

SIDES = st.sampled_from(("up", "down", "both"))
LENGTHS = st.sampled_from(WINDOWS[:6])
TURNED: dict[Side, Side] = {"up": "down", "down": "up", "both": "both"}


def frozen(track: Track, *, is_suite: bool = False, least: float = 0.0) -> Baseline:
    found = freeze(track, 0, 28, is_suite=is_suite, least=least)
    assert found is not None
    return found


def scores(track: Track, baseline: Baseline, side: Side = "both") -> list[float]:
    """Give the score of every window that ends at any run after the baseline."""
    scan = Scan(track, baseline, side)
    return [score for until in range(29, len(track.days) + 1) for score in scan.scores(until, 28).values()]


def near(found: list[float], expected: list[float]) -> bool:
    return found == pytest.approx(expected, rel=1e-6, abs=1e-6)


# What the score is


@given(st.integers(1, 500), st.integers(1, 20_000), st.floats(0, 1), st.floats(0, 1))
def test_the_ratio_is_that_of_binomial_likelihoods(n: int, base_n: int, share: float, base_share: float) -> None:
    k, base_k = round(n * share), round(base_n * base_share)
    both = (k + base_k) / (n + base_n)
    apart = stats.binom.logpmf(k, n, k / n) + stats.binom.logpmf(base_k, base_n, base_k / base_n)
    as_one = stats.binom.logpmf(k, n, both) + stats.binom.logpmf(base_k, base_n, both)
    assert ratio(k, n, base_k, base_n) == pytest.approx(apart - as_one, rel=1e-7, abs=1e-7)


@given(st.integers(1, 500), st.integers(1, 500), st.integers(0, 10))
def test_equal_shares_have_no_ratio_and_it_is_never_negative(n: int, more: int, k: int) -> None:
    k = min(k, n)
    assert 0 <= ratio(k, n, k * more, n * more) < 1e-9


def test_few_failures_among_a_thousand_million_items_keep_their_digits() -> None:
    assert ratio(1e9 - 16, 1e9, 1e9, 1e9) == pytest.approx(16 * math.log(2), rel=1e-6)


def test_more_items_than_floats_can_count_make_no_error() -> None:
    assert 0 <= ratio(1e17 - 16, 1e17, 1e17, 1e17) < 100


@pytest.mark.parametrize("k", [0, 30, 90, 100])
def test_the_score_of_a_count_is_its_ratio_over_the_dispersion_with_students_freedom(k: int) -> None:
    track = counts([*drawn(0.9, 20, 28, 3), k / 5], 20)
    baseline = frozen(track)
    assert baseline.form == "count"
    assert baseline.phi > 1
    expected = 2 * ratio(k / 5, 20, baseline.k, baseline.n) / baseline.phi
    freedom = 27 + PRIOR
    assert abs(Scan(track, baseline, "both").score(29, 1)) == pytest.approx(
        freedom / 2 * math.log1p(expected / freedom)
    )


@pytest.mark.parametrize("length", WINDOWS)
@pytest.mark.parametrize("shift", [-3.0, -0.5, 0.5, 4.0])
def test_the_score_of_a_value_is_students_own_likelihood_ratio(length: int, shift: float) -> None:
    before = [-1.0, 1.0, 0.5, -0.5] * 7  # no run remembers the one before, none is out
    after = [5 + shift + 0.01 * place for place in range(length)]
    track = plain([5 + value for value in before] + after)
    baseline = frozen(track)
    assert (baseline.memory, baseline.runs) == (0.0, 28)
    memory = 0.3 * 14 / (28 + 14)  # none was found, some is usual
    t = (fmean(after) - 5) / (stdev(before) * math.sqrt(_of_mean(length, memory) + _of_mean(28, memory)))
    freedom = min(27 * (1 - memory) / (1 + memory), 4 / _of_mean(length, memory))
    # log density at 0 less at t is (N + 1)/2 ln(1 + t^2/N)
    expected = (stats.t.logpdf(0, freedom) - stats.t.logpdf(t, freedom)) * freedom / (freedom + 1)
    score = Scan(track, baseline, "both", holds_outliers=False).score(28 + length, length)
    assert score == pytest.approx(math.copysign(expected, shift), rel=1e-9)


@pytest.mark.parametrize("memory", [0.0, 0.2, 0.5, 0.8])
@pytest.mark.parametrize("length", [1, 2, 7, 28])
def test_memory_widens_a_mean_as_the_sum_of_all_covariances_says(length: int, memory: float) -> None:
    track = plain([0.0] * 28 + [2.0] * length)
    baseline = Baseline("plain", 28, day(0), day(27), spread=1.5, memory=memory)
    memory = (28 * memory + 14 * 0.3) / (28 + 14)
    t_squared = 4 / (1.5**2 * (_of_mean(length, memory) + _of_mean(28, memory)))
    freedom = min(27 * (1 - memory) / (1 + memory), 4 / _of_mean(length, memory))
    expected = freedom / 2 * math.log1p(t_squared / freedom)
    assert Scan(track, baseline, "both").score(28 + length, length) == pytest.approx(expected, rel=1e-9)


def test_the_strongest_memory_of_the_fewest_runs_leaves_two_degrees_of_freedom() -> None:
    track = plain([0.0] * 3 + [1e9])
    baseline = Baseline("plain", 3, day(0), day(2), spread=1.0, memory=0.8)
    of_baseline = _of_mean(3, (3 * 0.8 + 14 * 0.3) / (3 + 14))
    assert Scan(track, baseline, "both").score(4, 1) == pytest.approx(math.log1p((1e9**2 / (1 + of_baseline)) / 2))


def _of_mean(runs: int, memory: float) -> float:
    """Give the variance of a mean of runs as the sum of all their covariances."""
    return sum(memory ** abs(a - b) for a in range(runs) for b in range(runs)) / runs**2


def test_one_wild_day_proves_less_than_the_same_shift_over_many() -> None:
    baseline = Baseline("plain", 28, day(0), day(27), spread=1.0)
    wild = Scan(plain([0.0] * 28 + [8.0]), baseline, "both").score(29, 1)
    steady = Scan(plain([0.0] * 28 + [8.0 / 14**0.5] * 14), baseline, "both").score(42, 14)
    assert wild < 6
    assert steady > 9


@pytest.mark.parametrize(("between", "tails"), [(0.0, False), (1.0, True)])
def test_what_counting_explains_has_no_wild_days(between: float, *, tails: bool) -> None:
    chance = 0.04
    baseline = Baseline(
        "logit", 28, day(0), day(27), k=1400, n=2800, spread=math.sqrt(chance + between), prior=PRIOR,
        chance=chance, between=between,
    )  # fmt: skip
    assert baseline.beyond == pytest.approx(between / (chance + between))
    track = counts([50.0] * 28 + [90.0])
    score = Scan(track, baseline, "both", holds_outliers=False).score(29, 1)
    assert (score < 7) == tails


# Laws


@settings(max_examples=60)
@given(st.lists(cents(), min_size=40, max_size=40), st.sampled_from((1e-3, 0.01, 7.25, 100.0, 1000.0, 1e9)), SIDES)
def test_a_positive_quantity_scores_the_same_in_any_unit(values: list[float], factor: float, side: Side) -> None:
    first, second = logs(values), logs([value * factor for value in values])
    assert near(scores(first, frozen(first), side), scores(second, frozen(second), side))


@settings(max_examples=60)
@given(
    st.lists(cents(-100_000), min_size=40, max_size=40),
    st.sampled_from((1e-3, 3.5, 1e6)),
    st.sampled_from((0.0, -273.15, 1e4)),
    SIDES,
)
def test_a_plain_quantity_scores_the_same_on_any_scale(
    values: list[float], factor: float, offset: float, side: Side
) -> None:
    assume(len(set(values[:28])) > 1)
    first, second = plain(values), plain([value * factor + offset * factor for value in values])
    assert near(scores(first, frozen(first), side), scores(second, frozen(second), side))


@settings(max_examples=60)
@given(st.lists(cents(-100_000), min_size=40, max_size=40), SIDES)
def test_a_mirrored_quantity_falls_as_loudly_as_it_rose(values: list[float], side: Side) -> None:
    first, second = plain(values), plain([-value for value in values])
    mirrored = scores(second, frozen(second), TURNED[side])
    assert near(scores(first, frozen(first), side), [-score for score in mirrored])


@settings(max_examples=60)
@given(track=passes(), side=SIDES, is_suite=st.booleans())
def test_failures_counted_in_place_of_passes_score_the_same_with_the_side_turned(
    track: Track, side: Side, *, is_suite: bool
) -> None:
    turned = replace(track, values=[n - k for k, n in zip(track.values, track.counts, strict=True)])
    assume(sum(track.counts[:28]) > 0)
    first, second = freeze(track, 0, 28, is_suite=is_suite), freeze(turned, 0, 28, is_suite=is_suite)
    assert (first is None) == (second is None)
    if first and second:
        assert near(scores(track, first, side), [-score for score in scores(turned, second, TURNED[side])])


@given(st.integers(0, 400), st.integers(0, 400), LENGTHS)
def test_a_run_of_counts_split_in_two_scores_the_same_in_windows_that_hold_both(k: int, more: int, length: int) -> None:
    before = drawn(0.9, 20, 28)
    whole = counts([*before, k, *[17.0] * 9], [*[20.0] * 28, float(k + more), *[20.0] * 9])
    halves = counts(
        [*before, k // 2, k - k // 2, *[17.0] * 9],
        [*[20.0] * 28, float(more // 2 + k // 2), float(more - more // 2 + k - k // 2), *[20.0] * 9],
    )
    baseline = frozen(whole)
    assert baseline == frozen(halves)
    one, two = Scan(whole, baseline, "both"), Scan(halves, baseline, "both")
    for until in range(29, 29 + length):
        assert one.score(until, until - 28) == pytest.approx(two.score(until + 1, until - 27), rel=1e-9, abs=1e-12)


@settings(max_examples=60)
@given(passes(), st.integers(29, 39), SIDES)
def test_no_window_knows_of_later_runs_of_counts(track: Track, until: int, side: Side) -> None:
    baseline = freeze(track, 0, 28)
    assume(baseline is not None)
    assert baseline is not None
    _knows_nothing_later(track, baseline, until, side)


@settings(max_examples=60)
@given(st.lists(cents() | st.just(5.0), min_size=40, max_size=40), st.integers(29, 39), SIDES)
def test_no_window_knows_of_later_runs_of_values(values: list[float], until: int, side: Side) -> None:
    track = logs(values)
    _knows_nothing_later(track, frozen(track), until, side)


def _knows_nothing_later(track: Track, baseline: Baseline, until: int, side: Side) -> None:
    cut = replace(track, days=track.days[:until], values=track.values[:until], counts=track.counts[:until])
    full, known = Scan(track, baseline, side), Scan(cut, baseline, side)
    assert known.scores(until, 28) == full.scores(until, 28)
    assert [known.level(until, length) for length in (1, 3)] == [full.level(until, length) for length in (1, 3)]
    assert known.stretch(until, 28).begins == full.stretch(until, 28).begins


@settings(max_examples=80)
@given(
    values=st.lists(st.floats(-1e150, 1e150), min_size=29, max_size=40),
    least=st.floats(0, 1e150),
    holds=st.booleans(),
)
def test_no_finite_value_makes_a_score_that_is_not_finite(values: list[float], least: float, *, holds: bool) -> None:
    for track in (plain(values), logs([abs(value) + 1e-300 for value in values[:28]] + values[28:])):
        scan = Scan(track, frozen(track, least=least), "both", holds_outliers=holds)
        assert all(map(math.isfinite, scan.scores(len(values), 28).values()))
        assert math.isfinite(scan.level(len(values), 1).value)


@settings(max_examples=80)
@given(
    st.lists(st.floats(-1e15, 1e15), min_size=40, max_size=40),
    st.lists(st.just(0.0) | st.floats(1e-3, 1e15), min_size=40, max_size=40),
)
def test_no_count_however_wrong_makes_a_score_that_is_not_finite(k: list[float], n: list[float]) -> None:
    track = counts(k, n)
    baseline = freeze(track, 0, 28)
    if baseline is not None:
        assert all(map(math.isfinite, scores(track, baseline)))
        level = Scan(track, baseline, "both").level(40, 5)
        assert 0 <= level.value <= 1


# Cases at the edges


@pytest.mark.parametrize(
    "track",
    [
        counts(drawn(0.9, 20, 28), 20),
        counts(drawn(0.5, 400, 28), 400),
        logs(wobbling(5, 0.2, 28)),
        plain(wobbling(5, 0.2, 28)),
    ],
)
def test_a_window_on_the_level_of_its_baseline_scores_about_nothing(track: Track) -> None:
    baseline = frozen(track)
    if track.form == "count":
        whole = replace(
            track,
            values=[*track.values, baseline.k / baseline.runs],
            counts=[*track.counts, baseline.n / baseline.runs],
            days=[*track.days, day(28)],
        )
    else:
        whole = replace(track, values=[*track.values, baseline.usual], days=[*track.days, day(28)])
    assert abs(Scan(whole, baseline, "both").score(29, 1)) < 0.01


@pytest.mark.parametrize("per_run", [20, 400])
def test_a_window_of_no_items_says_nothing_whatever_the_form(per_run: int) -> None:
    before = drawn(0.5 if per_run > 100 else 0.9, per_run, 28)
    track = counts([*before, 0, 0], [float(per_run)] * 28 + [0.0, 0.0])
    baseline = frozen(track)
    assert baseline.form == ("logit" if per_run > 100 else "count")
    scan = Scan(track, baseline, "both")
    assert scan.scores(30, 28) == {1: 0.0, 2: 0.0}
    assert scan.level(30, 2).n == 0
    assert scan.level(30, 2).value == baseline.usual


@pytest.mark.parametrize(
    ("before", "after", "form"), [(50, 0, "count"), (50, 25, "count"), (0, 25, "count"), (0, 50, "count")]
)
def test_a_share_that_was_all_or_nothing_for_weeks_and_breaks_is_heard_at_once(
    before: int, after: int, form: str
) -> None:
    track = counts([*[before] * 28, after], 50)
    baseline = frozen(track)
    assert baseline.form == form
    assert abs(Scan(track, baseline, "both").score(29, 1)) > 20


@pytest.mark.parametrize("k", [0, 50])
def test_a_share_that_is_still_all_or_nothing_scores_nothing(k: int) -> None:
    track = counts([k] * 40, 50)
    assert set(map(abs, scores(track, frozen(track)))) == {0.0}


@pytest.mark.parametrize(("side", "score"), [("up", 0), ("down", -1), ("both", -1)])
def test_a_move_to_the_harmless_side_scores_nothing(side: Side, score: int) -> None:
    for track in (counts([*drawn(0.9, 20, 28), 3], 20), plain([*wobbling(5, 0.1, 28), 4])):
        found = Scan(track, frozen(track), side).score(29, 1)
        assert (found == 0) == (score == 0)
        assert found <= 0


def test_windows_are_no_longer_than_the_runs_there_are_to_judge() -> None:
    track = plain(wobbling(0, 1, 33))
    scan = Scan(track, frozen(track), "both")
    assert tuple(scan.scores(28, 28)) == ()
    assert tuple(scan.scores(29, 28)) == (1,)
    assert tuple(scan.scores(33, 28)) == (1, 2, 3, 5)


def test_runs_up_to_a_day_are_those_that_rest_on_no_later_data() -> None:
    scan = Scan(plain([1.0, 2, 3]), Baseline("plain", 1, day(0), day(0), spread=1.0), "both")
    assert [scan.until(day(place)) for place in (-1, 0, 1, 9)] == [0, 1, 2, 3]


def test_a_beginning_is_found_where_the_level_broke() -> None:
    track = plain([*wobbling(5, 0.1, 40), *wobbling(6, 0.1, 12, 2)])
    assert Scan(track, frozen(track), "both").stretch(52, 28).begins == 40


def test_a_beginning_is_looked_for_in_42_runs_at_most_and_in_none_where_there_are_none() -> None:
    track = plain([*wobbling(5, 0.1, 28), *wobbling(9, 0.1, 60, 2)])
    scan = Scan(track, frozen(track), "both")
    assert scan.stretch(88, 28).begins == 88 - REACH
    assert scan.stretch(28, 28).begins == 28


def test_the_level_of_a_window_is_in_the_signals_own_unit_with_the_n_behind_it() -> None:
    shares = counts([*drawn(0.5, 400, 28), 300, 100], 400)
    found = Scan(shares, frozen(shares), "both").level(30, 2)
    assert (found.value, found.n) == (0.5, 800)
    seconds = logs([*wobbling(2, 0.01, 28), 2, 8])
    level = Scan(seconds, frozen(seconds), "both", holds_outliers=False).level(30, 2)
    assert level.value == pytest.approx(4)
    assert level.n == 2


def test_one_run_out_is_held_in_and_a_second_shows_that_the_first_was_a_level() -> None:
    track = plain([*wobbling(5, 0.1, 28), 50, 50])
    baseline = frozen(track)
    scan = Scan(track, baseline, "both")
    assert scan.level(29, 1).value == pytest.approx(baseline.middle + baseline.width)
    assert scan.level(30, 2).value == pytest.approx(50)
    assert Scan(track, baseline, "both", holds_outliers=False).level(29, 1).value == pytest.approx(50)


@pytest.mark.parametrize("gone", [0.0, -3.0])
def test_a_positive_quantity_that_falls_to_nothing_counts_as_a_thousandth_of_what_it_was(gone: float) -> None:
    track = logs([*wobbling(5, 0.1, 28), gone, gone])
    level = Scan(track, frozen(track), "both").level(30, 1)
    assert level.value == pytest.approx(5e-3, rel=0.02)


@pytest.mark.parametrize("far", [1e150, -1e150])
def test_what_never_moved_and_then_leaves_the_range_of_squares_has_a_finite_score(far: float) -> None:
    track = plain([*[0.0] * 28, far, far])
    score = Scan(track, frozen(track), "both").score(30, 2)
    assert math.isfinite(score)
    assert math.copysign(1, score) == math.copysign(1, far)


def test_a_run_of_few_items_says_less_than_one_of_many_with_the_same_share() -> None:
    before = drawn(0.5, 400, 28)
    found = []
    for n in (40.0, 400.0, 4000.0):
        track = counts([*before, 0.65 * n], [*[400.0] * 28, n])
        found.append(Scan(track, frozen(track), "both", holds_outliers=False).score(29, 1))
    assert 0 < 2 * found[0] < found[1] < found[2]
