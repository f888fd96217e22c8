"""Baselines: which runs they take, how noisy they find them, and that what they once held never changes."""

import math
from dataclasses import replace
from statistics import fmean, stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.baselines import PRIOR, RUNS, Baseline, freeze, fresh, frozen_runs, logit, settled, weight
from operations.tracks import Track
from tests.operations.runs import cents, counts, day, drawn, logs, names, passes, plain, wobbling


def frozen(track: Track, runs: int = RUNS, *, is_suite: bool = False, least: float = 0.0) -> Baseline:
    found = freeze(track, 0, runs, is_suite=is_suite, least=least)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("known", "taken"),
    [(0, 0), (1, 0), (6, 0), (7, 0), (8, 7), (14, 7), (15, 14), (28, 14), (29, 28), (30, 28), (400, 28)],
)
def test_a_baseline_takes_the_longest_stretch_that_leaves_a_run_to_judge(known: int, taken: int) -> None:
    assert frozen_runs(known) == taken


# It never rolls


@settings(max_examples=60)
@given(passes(28), passes(12))
def test_runs_of_counts_that_come_later_never_change_a_baseline(track: Track, later: Track) -> None:
    longer = counts([*track.values, *later.values], [*track.counts, *later.counts])
    assert freeze(longer, 0, RUNS) == freeze(track, 0, RUNS)


@settings(max_examples=60)
@given(st.lists(cents(), min_size=28, max_size=28), st.lists(st.floats(-1e9, 1e9), max_size=12))
def test_runs_of_values_that_come_later_never_change_a_baseline(values: list[float], later: list[float]) -> None:
    for make in (logs, plain):
        assert freeze(make([*values, *later]), 0, RUNS) == freeze(make(values), 0, RUNS)


# Counts


def test_a_few_items_a_run_stay_counts_with_the_days_and_the_share_they_had() -> None:
    track = counts(drawn(0.9, 20, 28), 20)
    baseline = frozen(track)
    assert (baseline.form, baseline.runs, baseline.first, baseline.last) == ("count", 28, day(0), day(27))
    assert (baseline.k, baseline.n) == (sum(track.values), 560)
    assert baseline.usual == sum(track.values) / 560


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("n", [5, 20])
def test_runs_that_differ_by_chance_alone_have_a_dispersion_of_about_one(share: float, n: int) -> None:
    found = [frozen(counts(drawn(share, n, 28, seed), n), is_suite=True) for seed in range(60)]
    assert fmean(each.phi for each in found) == pytest.approx(1, abs=0.12)


def test_days_that_differ_by_more_than_chance_are_judged_by_their_logit() -> None:
    share = [0.5, 0.9] * 14
    baseline = frozen(counts([20 * each for each in share], 20))
    assert baseline.form == "logit"
    assert baseline.phi > 1.5
    assert baseline.between > 0
    assert baseline.usual == pytest.approx(0.7)


def test_the_same_questions_with_the_same_result_are_less_noisy_than_chance_but_not_without_noise() -> None:
    track = counts([18] * 28, 20)
    least = 28 * 0.25 / (20 * 0.9 * 0.1)
    assert frozen(track, is_suite=True).phi == pytest.approx((PRIOR + least) / (PRIOR + 27))
    assert frozen(track).phi == 1


@pytest.mark.parametrize("k", [0, 50])
def test_all_or_nothing_day_after_day_is_as_noisy_as_chance_and_stays_a_count(k: int) -> None:
    baseline = frozen(counts([k] * 28, 50), is_suite=True)
    assert baseline.form == "count"
    assert baseline.phi == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(("rarer", "form"), [(9, "count"), (10, "logit")])
def test_ten_items_a_run_on_the_rarer_side_make_a_logit_as_good_as_normal(rarer: int, form: str) -> None:
    for k in (rarer, 200 - rarer):
        assert frozen(counts([k] * 28, 200)).form == form


def test_a_logit_has_the_spread_of_counting_and_what_days_add_to_it() -> None:
    track = counts(drawn(0.5, 400, 28), 400)
    baseline = frozen(track)
    shown = [logit(k, 400) for k in track.values]
    assert baseline.level == pytest.approx(fmean(shown))
    assert baseline.chance == pytest.approx(1 / (400 * 0.25), rel=0.01)
    drawn_in = (PRIOR * baseline.chance + 27 * stdev(shown) ** 2) / (PRIOR + 27)
    assert baseline.spread == pytest.approx(math.sqrt(drawn_in), rel=1e-3)
    assert baseline.prior == PRIOR


def test_runs_of_no_items_are_as_if_they_were_not() -> None:
    with_none = counts([*drawn(0.9, 20, 27), 0], [*[20.0] * 27, 0.0])
    baseline = frozen(with_none)
    assert (baseline.n, baseline.runs) == (540, 28)
    assert baseline.phi == frozen(counts(drawn(0.9, 20, 27), 20), 27).phi
    assert freeze(counts([0] * 28, 0), 0, 28) is None


def test_a_source_that_counts_more_passes_than_items_or_fewer_than_none_is_held_in() -> None:
    assert frozen(counts([30, -5] * 14, 20)) == frozen(counts([20, 0] * 14, 20))


def test_two_runs_are_too_few_for_the_spread_of_a_logit() -> None:
    assert freeze(counts([100, 100], 200), 0, 2) is None


def test_a_run_of_half_the_items_tells_half_as_much_where_chance_is_all_and_as_much_where_days_are() -> None:
    assert weight(0.01, 0.0, 200, 100) == 0.5
    assert weight(0.01, 0.0, 200, 200) == 1
    assert weight(1e-9, 1.0, 200, 100) == pytest.approx(1)
    assert weight(0.01, 0.0, 200, 0) == 0


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_log_odds_turn_their_sign_with_what_is_counted(k: int, more: int) -> None:
    assert logit(k, k + more) == pytest.approx(-logit(more, k + more), abs=1e-12)


# Values


def test_a_positive_quantity_is_frozen_by_its_logarithm_and_shown_in_its_unit() -> None:
    values = [math.exp(value) for value in wobbling(1, 0.1, 28)]
    baseline = frozen(logs(values))
    assert baseline.form == "log"
    assert baseline.usual == pytest.approx(math.exp(fmean(map(math.log, values))), rel=0.01)
    assert baseline.highest == max(values)


@pytest.mark.parametrize("odd", [0.0, -1.0])
def test_a_quantity_that_was_not_always_positive_is_taken_as_it_is(odd: float) -> None:
    assert frozen(logs([*wobbling(5, 1, 27), odd])).form == "plain"


def test_level_and_spread_are_those_of_the_runs() -> None:
    values = [1.0, 3, 2, 4, 2, 3, 1] * 4
    baseline = frozen(plain(values))
    assert baseline.level == pytest.approx(fmean(values))
    assert baseline.spread == pytest.approx(stdev(values))


@pytest.mark.parametrize(("least", "spread"), [(0.0, pytest.approx(0.7e-9)), (0.002, 0.002)])
def test_no_spread_is_believed_under_the_least(least: float, spread: object) -> None:
    assert frozen(plain([0.7] * 28), least=least).spread == spread


def test_what_never_moved_has_the_same_small_spread_in_any_unit() -> None:
    assert frozen(logs([1.0] * 28)).spread == frozen(logs([512.0] * 28)).spread == 1e-9
    assert frozen(plain([0.0] * 28)).spread == 1e-12


def _remembering(memory: float, seed: int) -> list[float]:
    """Draw 28 runs of noise that has long forgotten its beginning."""
    out = [0.0]
    for shock in wobbling(0, 1, 78, seed):
        out.append(memory * out[-1] + shock)
    return out[-28:]


@pytest.mark.parametrize("memory", [0.3, 0.4, 0.5, 0.6])
def test_the_memory_found_is_on_average_the_one_that_was_there(memory: float) -> None:
    found = [frozen(plain(_remembering(memory, seed))).memory for seed in range(200)]
    assert fmean(found) == pytest.approx(memory, abs=0.04)  # uncorrected it would be 0.08 to 0.12 less


def test_memory_is_never_under_0_or_over_its_limit() -> None:
    assert frozen(plain([0.0, 1.0] * 14)).memory == 0
    assert frozen(plain(list(map(float, range(28))))).memory == 0.8
    assert frozen(plain([0.0, 1.0, 2.0, 3.0]), 4).memory == 0
    assert frozen(plain([3.0] * 28)).memory == 0


def test_too_few_values_are_no_baseline() -> None:
    assert freeze(plain([1.0, 2.0]), 0, 2) is None
    assert freeze(plain([]), 0, 0) is None
    assert frozen(plain([1.0, 2.0, 4.0]), 3).runs == 3


def test_names_are_frozen_as_those_that_were_seen() -> None:
    baseline = frozen(names(["b", "a", "b", "c"]), 3)
    assert (baseline.ids, baseline.runs, baseline.last) == (("a", "b"), 3, day(2))


# Outliers


ONES = [1.0] * 6


def test_a_value_out_alone_is_held_in_and_a_pair_on_one_side_is_not() -> None:
    assert settled([0, 9, 0, 9, 8, 0], ONES, 0, 4) == [0, 4, 0, 9, 8, 0]
    assert settled([0, -9, 0, 0, 0, -9], ONES, 0, 4) == [0, -4, 0, 0, 0, -4]
    assert settled([0, 9, -9, 0, 0, 0], ONES, 0, 4) == [0, 4, -4, 0, 0, 0]


def test_as_the_newest_a_first_value_out_is_held_in_whatever_follows() -> None:
    assert fresh([0, 9, 0, 9, 8, 7], ONES, 0, 4) == [0, 4, 0, 4, 8, 7]


def test_a_value_that_tells_little_may_be_further_out() -> None:
    assert settled([7.9, 0, 8.1, 0, 0, 0], [0.25] * 6, 0, 4) == [7.9, 0, 8, 0, 0, 0]


def test_a_width_of_nothing_holds_nothing_in() -> None:
    assert settled([0, 9, 0, 0, 0, 0], ONES, 0, 0) == [0, 9, 0, 0, 0, 0]


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=30), st.data())
def test_no_place_depends_on_more_than_its_next_neighbour(values: list[float], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(values)))
    ones = [1.0] * len(values)
    assert fresh(values[:cut], ones[:cut], 0, 4) == fresh(values, ones, 0, 4)[:cut]
    assert settled(values[:cut], ones[:cut], 0, 4)[:-1] == settled(values, ones, 0, 4)[: cut - 1]


def test_one_wild_run_does_not_widen_a_baseline() -> None:
    calm = plain(wobbling(5, 0.1, 28))
    wild = replace(calm, values=[*calm.values[:10], 500.0, *calm.values[11:]])
    assert frozen(wild).spread < 1.5 * frozen(calm).spread
