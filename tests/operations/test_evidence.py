"""The bench: what a signal, several together or a changed name say on a day, with only what was known then."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from operations.detection import frozen
from operations.evidence import EVENT, Bench, Evidence, Watch
from operations.tracks import Key, Track
from tests.operations.runs import counts, day, drawn, history, logs, names, wobbling

LIMIT = 8.0
STEADY = drawn(0.9, 20, 28)


def bench(tracks: Mapping[str | Key, Track], changes: list[date] | None = None) -> Bench:
    """Make a bench with the baselines that all runs would give."""
    made = history(tracks, changes or ())
    baselines = {key: frozen(key, track, len(track.days)) for key, track in made.tracks.items()}
    return Bench(made, {key: baseline for key, baseline in baselines.items() if baseline}, LIMIT)


def fallen(runs: int = 5, k: int = 5) -> Track:
    return counts([*STEADY, *[k] * runs], 20)


# One signal


def test_the_strongest_window_speaks_with_the_level_the_usual_and_the_n_behind_it() -> None:
    made = bench({"grounded": counts([*STEADY, 18, 18, 2, 2], 20)})
    (found,) = made.found(Watch("grounded", "down"), day(31), None)
    assert (found.kind, found.signal, found.length) == ("scan", "grounded", 2)
    assert (found.value, found.usual, found.n) == (0.1, made.baselines["grounded", ""].usual, 40)
    assert found.score == max(
        map(abs, made.scores(("grounded", ""), Watch("grounded", "down"), day(31), None).values())
    )
    assert found.margin == found.score - LIMIT


def test_a_signal_louder_by_nature_has_a_limit_of_its_own() -> None:
    (found,) = bench({"grounded": fallen()}).found(Watch("grounded", "down", 1.5), day(32), None)
    assert found.limit == LIMIT + 1.5


def test_one_of_many_tracks_must_speak_louder_by_the_logarithm_of_their_number() -> None:
    tracks: dict[str | Key, Track] = {("topic", name): fallen() for name in "abc"}
    tracks["topic", "new"] = counts([1, 2], 20)
    found = list(bench(tracks).found(Watch("topic", "down"), day(32), None))
    assert [each.dim for each in found] == ["a", "b", "c"]
    assert {each.limit for each in found} == {LIMIT + math.log(3)}


def test_a_day_knows_only_the_runs_up_to_it() -> None:
    made = bench({"grounded": fallen()})
    watch = Watch("grounded", "down")
    assert list(made.found(watch, day(27), None)) == []
    first, second = (next(iter(made.found(watch, day(place), None))) for place in (28, 29))
    assert (first.length, second.length) == (1, 2)
    assert first.score < second.score


def test_runs_up_to_what_was_handled_do_not_speak_again() -> None:
    made = bench({"grounded": fallen()})
    (found,) = made.found(Watch("grounded", "down"), day(32), day(30))
    assert (found.length, found.n) == (2, 40)
    assert list(made.found(Watch("grounded", "down"), day(32), day(32))) == []
    assert made.scores(("grounded", ""), Watch("grounded", "down"), day(32), day(1)).keys() == {1, 2, 3, 5}


@pytest.mark.parametrize(("value", "speaks"), [(109.9, False), (110.1, True), (90.8, True), (91.0, False)])
def test_a_change_smaller_than_matters_is_quiet_however_sure(value: float, *, speaks: bool) -> None:
    made = bench({"unit_cost": logs([*[100.0, 100.1] * 14, *[value] * 3])})
    usual = made.baselines["unit_cost", ""].usual
    assert usual == pytest.approx(100.05, rel=1e-3)
    found = [each for each in made.found(Watch("unit_cost", "both", least=1.1), day(30), None) if each.margin > 0]
    assert bool(found) == speaks
    assert any(each.margin > 0 for each in made.found(Watch("unit_cost", "both"), day(30), None))


def test_the_window_that_matters_speaks_where_a_surer_one_does_not_matter() -> None:
    made = bench({"unit_cost": logs([*[100.0, 100.1] * 14, *[108.0] * 4, 111.5])})
    watch = Watch("unit_cost", "up", least=1.1, holds_outliers=False)
    (found,) = made.found(watch, day(32), None)
    assert found.length == 1
    assert found.score < max(made.scores(("unit_cost", ""), watch, day(32), None).values())


# Several


PAIR = (Watch("schema_valid", "down", 1.0), Watch("finish_length", "up", 0.5))


def test_signals_that_move_together_are_summed_over_one_window_against_one_limit() -> None:
    made = bench(
        {
            "schema_valid": counts([*STEADY, 15, 14, 15], 20),
            "finish_length": counts([*[20 - k for k in STEADY], 6, 6, 7], 20),
        }
    )
    found = {each.length: each for each in made.together(PAIR, day(30), None, 2.0)}
    for length, each in found.items():
        parts = [abs(made.scores((watch.signal, ""), watch, day(30), None)[length]) for watch in PAIR]
        assert each.score == pytest.approx(sum(parts))
        assert each.limit == LIMIT + 1.0 + 2.0
        assert set(each.signals) == {"schema_valid", "finish_length"}
        assert each.signal == each.signals[0]
    assert found[3].usual == made.baselines[found[3].signal, ""].usual
    assert found[3].n == 60


@pytest.mark.parametrize("other", [counts([2, 2], 20), counts([*[2] * 28, 2, 2, 2], 20), None])
def test_one_signal_alone_is_not_together(other: Track | None) -> None:
    tracks: dict[str | Key, Track] = {"schema_valid": fallen()}
    if other is not None:
        tracks["finish_length"] = other
    assert list(bench(tracks).together(PAIR, day(32), None, 1.0)) == []


def test_of_many_tracks_the_loudest_counts_less_the_logarithm_of_their_number() -> None:
    tracks: dict[str | Key, Track] = {("outcome", name): counts([*STEADY, 17], 20) for name in "ab"}
    tracks["outcome", "c"], tracks["tool_empty"] = counts([*STEADY, 4], 20), counts([*STEADY, 6], 20)
    made = bench(tracks)
    watches = (Watch("outcome", "down"), Watch("tool_empty", "down"))
    (found,) = made.together(watches, day(28), None, 1.0)
    loudest, beside = (
        abs(made.scores(key, Watch(key[0], "down"), day(28), None)[1]) for key in (("outcome", "c"), ("tool_empty", ""))
    )
    assert found.score == pytest.approx(loudest - math.log(3) + beside)
    assert (found.signal, found.dim) == ("outcome", "c")


def test_nothing_to_hear_together_is_nothing() -> None:
    assert list(bench({}).together(PAIR, day(28), None, 1.0)) == []


# Names


def changed(texts: list[str], changes: list[date] | None = None, at: int | None = None) -> list[Evidence]:
    return list(
        bench({"model_id": names(texts)}, changes).changed("model_id", day(len(texts) - 1 if at is None else at))
    )


def test_a_new_name_without_a_record_is_a_fact_and_says_what_became_what_and_since_when() -> None:
    (found,) = changed([*["a"] * 30, "b", "b"])
    assert (found.kind, found.signal, found.margin, found.length) == ("event", "model_id", EVENT, 2)
    assert found.words == "a -> b with no recorded change"


@pytest.mark.parametrize(
    ("off", "is_heard"), [(-3, True), (-2, False), (-1, False), (0, False), (1, False), (2, False), (3, True)]
)
def test_a_new_name_is_quiet_with_a_record_two_days_off_and_heard_with_one_three_days_off(
    off: int, *, is_heard: bool
) -> None:
    assert bool(changed([*["a"] * 30, *["b"] * 6], [day(30 + off)])) == is_heard


def test_a_record_of_tomorrow_is_not_known_today() -> None:
    assert changed([*["a"] * 30, *["b"] * 3], [day(31)], at=30)
    assert not changed([*["a"] * 30, *["b"] * 3], [day(31)], at=31)


@pytest.mark.parametrize(
    ("ref", "recorded", "is_heard"), [("b", 50, False), ("b", 60, True), ("c", 50, True), ("v-b", 50, True)]
)
def test_a_record_that_names_it_is_one_however_late_from_its_day_on(ref: str, recorded: int, *, is_heard: bool) -> None:
    track = names([*["a"] * 30, *["b"] * 30])
    made = replace(history({"model_id": track}), refs={ref: day(recorded)})
    baseline = frozen(("model_id", ""), track, 29)
    assert baseline is not None
    found = list(Bench(made, {("model_id", ""): baseline}, LIMIT).changed("model_id", day(59)))
    assert bool(found) == is_heard


@pytest.mark.parametrize("texts", [["a"] * 31, [*["a", "b"] * 14, "a", "b"], ["a"], ["a", "b"] * 2, []])
def test_names_that_the_baseline_has_or_that_have_no_baseline_yet_are_quiet(texts: list[str]) -> None:
    assert changed(texts) == [] or texts == ["a", "b"] * 2


def test_the_second_run_of_a_name_may_already_differ_from_the_first() -> None:
    assert changed(["a", "b"])
    assert not changed(["a", "a"])
    assert changed(["a", "b"], at=0) == []
    assert changed(["a", "b"], at=-1) == []


@pytest.mark.parametrize(("recorded", "is_heard"), [(40, False), (None, True), (10, True), (102, False), (103, True)])
def test_a_name_older_than_what_is_known_is_taken_for_recorded_if_anything_since_the_baseline_is(
    recorded: int | None, *, is_heard: bool
) -> None:
    baseline = frozen(("model_id", ""), names(["a"] * 30), 30)
    assert baseline is not None
    known = Track("name", [day(place) for place in range(100, 110)], texts=["b"] * 10)
    made = history({"model_id": known}, [] if recorded is None else [day(recorded)])
    found = list(Bench(made, {("model_id", ""): baseline}, LIMIT).changed("model_id", day(109)))
    assert bool(found) == is_heard
    assert all(each.words == "a -> b with no recorded change" for each in found)


# Runs


def test_the_newest_run_is_the_last_up_to_a_day() -> None:
    made = bench({"index_age_h": logs([5.0, 6.0])})
    assert made.newest(("index_age_h", ""), day(0)) == (day(0), 5.0)
    assert made.newest(("index_age_h", ""), day(9)) == (day(1), 6.0)
    assert made.newest(("index_age_h", ""), day(-1)) is None
    assert made.newest(("grounded", ""), day(9)) is None


@pytest.mark.parametrize("turn", [1, -1])
def test_evidence_knows_where_the_level_broke_even_if_a_shorter_window_spoke(turn: int) -> None:
    made = bench({"latency_p50": logs([*wobbling(100, 1, 40), *[100 + turn * 5.0] * 8])})
    (found,) = (each for each in made.found(Watch("latency_p50", "both"), day(47), None) if each.margin > 0)
    assert found.length == 7
    assert made.stretch(found, day(47)).begins == 40
    assert made.place(found, day(47)) == 48
