"""The run of all detectors over a history: no day knows of a later one, whatever is missing, named or resumed."""

from dataclasses import replace
from datetime import date, timedelta
from math import e, inf, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.baselines import Baseline
from operations.detection import LEAST, WEEK, Settings, Watched, advance, alarms, expected, frozen, limit_for
from operations.episodes import Alarm, Episodes
from operations.tracks import History, Key, Track
from tests.operations.runs import counts, day, drawn, history, logs, names, plain, wobbling

LIMIT = 8.0


def found(known: History) -> list[Alarm]:
    return list(alarms(known, Settings(), LIMIT))


def until(known: History, last: date) -> History:
    """Cut a history after a day; records that are made later are not known either."""
    tracks = {key: _between(track, date.min, last) for key, track in known.tracks.items()}
    return replace(known, tracks=tracks, changes=[change for change in known.changes if change <= last])


def _between(track: Track, first: date, last: date) -> Track:
    return _taken(track, [place for place, each in enumerate(track.days) if first <= each <= last])


def _taken(track: Track, kept: list[int]) -> Track:
    """Give some of the runs of a track."""
    return replace(
        track,
        days=[track.days[place] for place in kept],
        values=[track.values[place] for place in kept] if track.values else (),
        counts=[track.counts[place] for place in kept] if track.counts else (),
        texts=[track.texts[place] for place in kept] if track.texts else (),
    )


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw a system that breaks in some of its signals, with gaps, missing days, names, topics and records."""
    length = draw(st.integers(20, 70))
    seed = draw(st.integers(0, 10_000))
    breaks = draw(st.integers(10, 65))
    mends = breaks + draw(st.integers(3, 40))
    bad = draw(st.sets(st.integers(0, 9)))

    def level(place: int, here: int, usual: float, broken: float) -> float:
        return broken if here in bad and breaks <= place < mends else usual

    def share(here: int, usual: float, broken: float, n: int) -> Track:
        good, poor = drawn(usual, n, length, seed + here), drawn(broken, n, length, seed + here)
        return counts([level(place, here, good[place], poor[place]) for place in range(length)], n)

    def quantity(here: int, usual: float, broken: float) -> list[float]:
        noise = wobbling(1, 0.02, length, seed + here)
        return [level(place, here, usual, broken) * noise[place] for place in range(length)]

    whole: dict[Key, Track] = {
        ("canary_pass", ""): share(0, 0.9, 0.5, 30),
        ("grounded", ""): share(1, 0.9, 0.8, 60),
        ("thumbs_down", ""): share(1, 0.05, 0.1, 60),
        ("topic", "a"): share(2, 0.1, 0.3, 50),
        ("topic", "b"): share(3, 0.5, 0.7, 50),
        ("unit_cost", ""): logs(quantity(4, 0.01, 0.014)),
        ("latency_p50", ""): logs(quantity(5, 2, 1)),
        ("tokens_out_p50", ""): logs(quantity(5, 300, 500)),
        ("top_sim_p50", ""): plain(quantity(6, 0.8, 0.7)),
        ("index_age_h", ""): logs(quantity(7, 24, 80)),
        ("model_id", ""): names(["m1" if level(place, 8, 0, 1) == 0 else "m2" for place in range(length)]),
        ("red_team_passed", ""): counts([level(place, 9, 0, 1) for place in range(length)], 20),
    }
    gone = draw(st.tuples(st.integers(0, 70), st.integers(0, 20)))
    tracks = {
        key: _thinned(track, draw(st.sets(st.integers(0, 70), max_size=12)), gone) for key, track in whole.items()
    }
    kept = draw(st.sets(st.sampled_from(sorted(tracks)), min_size=1))
    changes = draw(st.lists(st.integers(0, 70).map(day), max_size=3))
    return History("bot", {key: tracks[key] for key in tracks if key in kept}, changes)


def _thinned(track: Track, missing: set[int], gone: tuple[int, int]) -> Track:
    absent = {day(place) for place in missing} | {day(gone[0] + place) for place in range(gone[1])}
    return _taken(track, [place for place, each in enumerate(track.days) if each not in absent])


# No look-ahead


@settings(max_examples=40)
@given(histories(), st.integers(0, 75))
def test_the_alarms_of_a_history_cut_at_a_day_are_those_of_the_whole_up_to_that_day(known: History, cut: int) -> None:
    assert found(until(known, day(cut))) == [alarm for alarm in found(known) if alarm.day <= day(cut)]


@settings(max_examples=40)
@given(histories(), st.sets(st.integers(0, 75), max_size=4))
def test_going_on_where_one_stopped_finds_what_one_run_finds(known: History, stops: set[int]) -> None:
    watched, resumed = Watched(Episodes("bot")), list[Alarm]()
    for stop in [*sorted(stops), 1000]:
        passed = advance(watched, until(known, day(stop)), Settings(), LIMIT)
        resumed += [each.alarm for each in passed if each.alarm is not None]
    assert resumed == found(known)


@settings(max_examples=40)
@given(histories())
def test_the_order_of_tracks_changes_neither_alarms_nor_scores(known: History) -> None:
    turned = replace(known, tracks=dict(reversed(list(known.tracks.items()))))
    assert [_plainly(alarm) for alarm in found(turned)] == [_plainly(alarm) for alarm in found(known)]


def _plainly(alarm: Alarm) -> tuple[object, ...]:
    told = sorted((each.kind, each.signal, each.dim, round(each.margin, 6)) for each in alarm.evidence)
    return alarm.day, alarm.mode, alarm.also, told


@settings(max_examples=40)
@given(histories())
def test_every_alarm_rests_on_finite_evidence_of_which_the_first_is_over_its_limit(known: History) -> None:
    for alarm in found(known):
        assert alarm.system == "bot"
        assert any(each.margin > 0 for each in alarm.evidence)
        assert all(-inf < each.margin < inf for each in alarm.evidence)


@settings(max_examples=40)
@given(histories(), st.integers(0, 75))
def test_a_full_baseline_is_the_same_from_then_on(known: History, cut: int) -> None:
    watched = Watched(Episodes("bot"))
    list(advance(watched, until(known, day(cut)), Settings(), LIMIT))
    full = {key: baseline for key, baseline in watched.baselines.items() if baseline.runs == 28}
    list(advance(watched, known, Settings(), LIMIT))
    assert {key: watched.baselines[key] for key in full} == full


# Lengths of baselines


def _baseline(track: Track, known: int, signal: str = "grounded") -> Baseline | None:
    return frozen((signal, ""), track, known)


@pytest.mark.parametrize(
    ("known", "runs"), [(0, 0), (1, 0), (7, 0), (8, 7), (14, 7), (15, 14), (28, 14), (29, 28), (60, 28)]
)
def test_a_baseline_grows_from_7_to_14_to_28_runs_and_leaves_one_to_judge(known: int, runs: int) -> None:
    baseline = _baseline(counts(drawn(0.9, 20, 60), 20), known)
    assert (baseline.runs if baseline else 0) == runs


@pytest.mark.parametrize(("known", "runs"), [(0, 0), (1, 0), (2, 1), (7, 1), (8, 7), (29, 28)])
def test_a_name_needs_one_run_before_the_one_to_judge(known: int, runs: int) -> None:
    baseline = _baseline(names(["a"] * 60), known, "model_id")
    assert (baseline.runs if baseline else 0) == runs


@pytest.mark.parametrize(("runs", "is_heard"), [(7, False), (8, True), (15, True), (29, True)])
def test_a_collapse_is_heard_from_the_first_run_after_the_shortest_baseline_on(runs: int, *, is_heard: bool) -> None:
    track = counts([*drawn(0.9, 30, runs - 1), 2], 30)
    assert [alarm.day for alarm in found(history({"grounded": track}))] == ([day(runs - 1)] if is_heard else [])


def test_a_suite_and_a_least_spread_are_those_of_the_signal() -> None:
    same = counts([18] * 28, 20)
    suite, traffic = _baseline(same, 29, "canary_pass"), _baseline(same, 29)
    similar = _baseline(plain([0.8] * 30), 29, "top_sim_p50")
    assert suite is not None
    assert traffic is not None
    assert similar is not None
    assert suite.phi < traffic.phi == 1
    assert similar.spread == 0.002


def test_what_is_being_asked_about_does_not_become_the_measure() -> None:
    track = counts([*drawn(0.9, 30, 10), *[3] * 60], 30)
    watched = Watched(Episodes("bot"))
    opened = [each.alarm for each in advance(watched, history({"grounded": track}), Settings(), LIMIT) if each.alarm]
    assert [alarm.day for alarm in opened] == [day(10)]
    assert watched.baselines["grounded", ""].runs == 7
    assert list(watched.episodes.opened) == ["FM3"]


def test_a_full_baseline_stays_where_only_later_runs_are_still_read_and_a_new_signal_comes() -> None:
    track = counts(drawn(0.9, 60, 120), 60)
    watched = Watched(Episodes("bot"))
    list(advance(watched, until(history({"grounded": track}), day(60)), Settings(), LIMIT))
    full = watched.baselines["grounded", ""]
    later = {
        "grounded": _between(track, day(40), day(119)),
        "unit_cost": _between(logs(wobbling(1, 0.03, 120)), day(70), day(119)),
    }
    list(advance(watched, history(later), Settings(), LIMIT))
    assert watched.baselines["grounded", ""] == full
    assert watched.baselines["unit_cost", ""].first == day(70)


# Episodes over histories


def test_a_system_that_stays_as_it_was_is_never_reported() -> None:
    tracks = {"grounded": counts(drawn(0.9, 100, 200), 100), "unit_cost": logs(wobbling(1, 0.03, 200))}
    assert found(history(tracks)) == []
    assert found(history({})) == []


def test_a_breach_does_not_close_because_its_data_stopped_while_others_go_on() -> None:
    fallen = counts([*drawn(0.9, 60, 30), *[30] * 3], 60)
    watched = Watched(Episodes("bot"))
    list(advance(watched, history({"grounded": fallen, "unit_cost": logs(wobbling(1, 0.03, 120))}), Settings(), LIMIT))
    assert watched.day == day(119)
    assert list(watched.episodes.opened) == ["FM3"]


def test_a_breach_that_began_to_calm_does_not_close_on_days_without_a_run() -> None:
    recovered = counts([*drawn(0.9, 60, 30), 36, *drawn(0.9, 60, 30, 3)], 60)
    watched = Watched(Episodes("bot"))
    passed = advance(watched, history({"grounded": recovered}), Settings(), LIMIT)
    calm = next(each.day for each in passed if watched.episodes.calm.get("FM3") == 1)
    stopped = _between(recovered, day(0), calm)
    again = Watched(Episodes("bot"))
    list(advance(again, history({"grounded": stopped, "unit_cost": logs(wobbling(1, 0.03, 120))}), Settings(), LIMIT))
    assert list(again.episodes.opened) == ["FM3"]


def test_a_breach_closes_when_all_is_as_before_and_opens_again_on_later_runs_alone() -> None:
    good, bad = drawn(0.9, 60, 160), drawn(0.5, 60, 160)
    track = counts([*good[:30], *bad[30:36], *good[36:110], *bad[110:116], *good[116:]], 60)
    first, second = found(history({"grounded": track}))
    assert (first.day, second.day) == (day(30), day(110))
    assert second.evidence[0].length == 1


def test_a_vendors_change_that_is_recorded_is_no_breach_and_one_that_is_not_is() -> None:
    texts = names([*["m1"] * 40, *["m2"] * 20])
    assert [(alarm.day, alarm.mode) for alarm in found(history({"model_id": texts}))] == [(day(40), "FM1")]
    assert found(history({"model_id": texts}, [day(39)])) == []


def test_emptied_retrieval_is_named_before_the_ungrounded_answers_it_makes() -> None:
    tracks = {
        "retrieval_empty": counts([*drawn(0.1, 50, 40), *drawn(0.6, 50, 10)], 50),
        "grounded": counts([*drawn(0.9, 50, 40), *drawn(0.3, 50, 10)], 50),
    }
    (alarm,) = found(history(tracks))
    assert (alarm.day, alarm.mode, alarm.also) == (day(40), "FM4", ("FM3",))
    assert {each.signal for each in alarm.evidence} == {"retrieval_empty", "grounded"}


# What a portfolio can bear


@pytest.mark.parametrize("series", [0, 1, 300])
def test_no_portfolio_is_so_small_that_its_limit_goes_under_the_least(series: int) -> None:
    assert limit_for(series, 2.0) == LEAST


@pytest.mark.parametrize("series", [4000, 8000, 100_000])
@pytest.mark.parametrize("bearable", [0.5, 2.0])
def test_at_its_limit_a_portfolio_is_expected_to_give_the_false_alarms_it_can_bear(
    series: int, bearable: float
) -> None:
    assert expected(series, limit_for(series, bearable)) == pytest.approx(bearable)


def test_a_nat_more_divides_the_false_alarms_by_what_was_counted() -> None:
    assert expected(8000, 9.0) / expected(8000, 10.0) == pytest.approx(e**0.465)
    assert limit_for(80_000, 0.2) - limit_for(8000, 0.2) == pytest.approx(log(10) / 0.465)
    assert expected(1, 7.5) == pytest.approx(0.055 * WEEK)
    assert pytest.approx(timedelta(days=7) / timedelta(days=365.25)) == WEEK
