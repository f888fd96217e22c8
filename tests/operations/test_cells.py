"""Cells: what each detector can see, with the reason; nothing that is missing, old, short or small is ever armed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.baselines import Baseline
from operations.cells import cells, is_stale
from operations.detection import DETECTORS, frozen
from operations.signals import SIGNALS
from operations.tracks import History, Key, Track
from store.detection_records import Cell, Sight

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
YESTERDAY = date(2026, 11, 22)
NEEDS = {detector.MODE: detector.NEEDS for detector in DETECTORS}


def run_days(runs: int, ago: int = 1, every: int = 1) -> tuple[date, ...]:
    """Give the days of so many runs, the last so many days ago."""
    last = NOW.date() - timedelta(days=ago)
    return tuple(last - timedelta(days=every * place) for place in reversed(range(runs)))


def track(signal: str, runs: int = 40, n: float = 400.0, **when: int) -> Track:
    """Make runs of a signal that go on as they were."""
    days, form = run_days(runs, **when), SIGNALS[signal].form
    if form == "name":
        return Track("name", days, texts=("north-1",) * runs)
    if form == "hour":
        return Track("hour", days, (2.0,) * runs, (1.5,) * runs, ("14:00Z",) * runs)
    values = [(0.1 * n if form == "count" else 2.0) + place % 3 for place in range(runs)]
    return Track(form, days, values, (n,) * runs if form == "count" else ())


def seen(
    tracks: Mapping[Key, Track], baselines: Mapping[Key, Baseline] | None = None, now: datetime = NOW
) -> dict[str, Cell]:
    """Give the cells by mode; without baselines those that the tracks have earned."""
    if baselines is None:
        found = {key: frozen(key, each, len(each.days)) for key, each in tracks.items()}
        baselines = {key: each for key, each in found.items() if each is not None}
    return {cell.mode: cell for cell in cells(History("bot", tracks), baselines, DETECTORS, now)}


def keyed(*signals: str, **fields: int) -> dict[Key, Track]:
    return {(signal, ""): track(signal, **fields) for signal in signals}


WHOLE = keyed(*SIGNALS)
BASELINES = {key: each for key, its in WHOLE.items() if (each := frozen(key, its, len(its.days))) is not None}
INPUTS = sorted({(mode, signal) for mode, needs in NEEDS.items() for need in needs for signal in need})


def test_with_every_signal_every_detector_is_armed_and_says_what_it_sees() -> None:
    found = seen(WHOLE)
    assert {cell.state for cell in found.values()} == {"armed"}
    assert found["FM8"].reason == "sees tool_empty, outcome, confirmed"
    assert (found["FM8"].remedy, found["FM8"].newest, found["FM8"].judged) == ("", YESTERDAY, NOW)


def test_a_system_without_any_history_is_blind_in_all_and_told_what_would_help() -> None:
    found = seen({})
    assert {cell.state for cell in found.values()} == {"blind"}
    assert found["FM2"].reason == "no source gives topic or uncovered"
    assert found["FM2"].remedy == f"topic or uncovered: {SIGNALS['topic'].gives}"
    assert (found["FM2"].signals, found["FM2"].newest) == ("", None)


# Silence is never health


@pytest.mark.parametrize(("mode", "signal"), INPUTS)
@pytest.mark.parametrize("ago", [5, 46, 500, None])
def test_an_input_that_is_taken_away_from_an_armed_detector_disarms_it_with_the_reason(
    mode: str, signal: str, ago: int | None
) -> None:
    tracks = {**WHOLE, (signal, ""): track(signal, ago=ago)} if ago else {**WHOLE}
    if ago is None:
        del tracks[signal, ""]
    before, cell = seen(WHOLE)[mode], seen(tracks, BASELINES)[mode]
    assert before.state == "armed"
    assert cell.state in {"degraded", "blind"}
    assert f"{signal}: nothing {'any more' if ago is None else f'for {ago} days'}" in cell.reason
    assert f"{signal}: see the Collection screen" in cell.remedy


@given(st.data())
def test_whatever_is_taken_away_no_detector_that_lost_something_stays_armed(data: st.DataObject) -> None:
    kept = data.draw(st.sets(st.sampled_from(sorted(SIGNALS))))
    old = data.draw(st.sets(st.sampled_from(sorted(kept)))) if kept else set()
    tracks = {**keyed(*kept - old), **keyed(*old, ago=9)}
    for mode, cell in seen(tracks, BASELINES).items():
        lost = [signal for need in NEEDS[mode] for signal in need if signal not in kept - old]
        assert (cell.state == "armed") == (not lost)
        assert cell.reason
        assert bool(cell.remedy) == bool(lost)


@given(st.sets(st.sampled_from(sorted(SIGNALS))))
def test_a_detector_is_armed_if_each_need_is_served_and_blind_if_none_is(kept: set[str]) -> None:
    for mode, cell in seen(keyed(*kept)).items():
        served = [bool(kept & set(need)) for need in NEEDS[mode]]
        assert cell.state == ("armed" if all(served) else "degraded" if any(served) else "blind")
        missing = [" or ".join(need) for need, it in zip(NEEDS[mode], served, strict=True) if not it]
        assert [names for names in missing if f"no source gives {names}" not in cell.reason] == []


def test_a_signal_that_never_was_there_is_not_missed_where_another_serves() -> None:
    assert seen(keyed("model_id", "golden_pass"))["FM1"].state == "armed"


def test_nothing_about_a_cell_is_ever_ok() -> None:
    assert set(get_args(Sight)) == {"armed", "degraded", "blind"}
    for runs, n, ago in product((1, 3, 9, 40), (0.5, 30.0, 400.0), (1, 30)):
        for cell in seen(keyed(*SIGNALS, runs=runs, ago=ago) | {("block", ""): track("block", runs, n)}).values():
            assert " ok" not in f" {cell.reason} {cell.remedy} {cell.state}"


# Old


@pytest.mark.parametrize(
    ("every", "ago", "stale"),
    [(1, 3, False), (1, 4, True), (7, 17, False), (7, 18, True), (30, 75, False), (30, 76, True)],
)
def test_a_track_is_stale_by_its_own_rhythm_three_days_at_least(every: int, ago: int, *, stale: bool) -> None:
    assert is_stale(track("golden_pass", 20, ago=ago, every=every), NOW.date()) == stale


@pytest.mark.parametrize(("ago", "stale"), [(3, False), (4, True)])
def test_a_track_of_one_run_has_no_rhythm_yet(ago: int, *, stale: bool) -> None:
    assert is_stale(track("golden_pass", 1, ago=ago), NOW.date()) == stale


def test_one_pause_does_not_change_the_rhythm_and_old_runs_say_nothing_of_it() -> None:
    days = (*run_days(20, ago=200, every=30), *run_days(14, ago=20), *run_days(2, ago=4))
    assert is_stale(Track("plain", days, (1.0,) * len(days)), NOW.date())


# Short


@pytest.mark.parametrize(
    ("runs", "state", "words"),
    [
        (1, "blind", "refusal: 1 run, more than 7 are needed"),
        (7, "blind", "refusal: 7 runs, more than 7 are needed"),
        (8, "degraded", "refusal: baseline of 7 runs, 28 are wanted"),
        (15, "degraded", "refusal: baseline of 14 runs, 28 are wanted"),
        (28, "degraded", "refusal: baseline of 14 runs, 28 are wanted"),
        (29, "armed", "sees refusal, benign_canary_refused"),
    ],
)
def test_too_few_runs_are_blind_and_a_short_baseline_degrades(runs: int, state: str, words: str) -> None:
    cell = seen(keyed("refusal", "benign_canary_refused", runs=runs))["FM6"]
    assert cell.state == state
    assert cell.reason.startswith(words)
    assert cell.remedy == (
        "" if state == "armed" else "refusal: wait for more runs; benign_canary_refused: wait for more runs"
    )


@pytest.mark.parametrize(("runs", "state"), [(1, "degraded"), (2, "armed")])
def test_a_name_is_known_from_its_second_run_on(runs: int, state: str) -> None:
    cell = seen({**keyed("canary_pass"), ("model_id", ""): track("model_id", runs)})["FM1"]
    assert cell.state == state
    assert ("model_id: 1 run, more than 1 are needed" in cell.reason) == (runs == 1)


@pytest.mark.parametrize("signal", ["model_id", "golden_pass"])
def test_a_signal_that_came_while_a_breach_is_open_waits_for_its_baseline_and_says_so(signal: str) -> None:
    tracks = keyed("model_id", "golden_pass")
    held = {key: BASELINES[key] for key in tracks if key[0] != signal}
    cell = seen(tracks, held)["FM1"]
    assert cell.state == "degraded"
    assert cell.reason == f"{signal}: no baseline is frozen while a breach is open"
    assert cell.remedy == f"{signal}: see to the breach first"


def test_a_signal_that_is_new_does_not_disarm_where_another_serves() -> None:
    assert (
        seen({**keyed("block", "benign_canary_refused"), ("refusal", ""): track("refusal", 3)})["FM6"].state == "armed"
    )


# Small


@pytest.mark.parametrize(
    ("signal", "n", "words"),
    [
        ("block", 49, "block: 49 items a run, 50 are wanted"), ("block", 50, ""),
        ("benign_canary_refused", 19, "benign_canary_refused: 19 items a run, 20 are wanted"),
        ("benign_canary_refused", 20, ""),
    ],
)  # fmt: skip
def test_few_items_a_run_degrade(signal: str, n: float, words: str) -> None:
    cell = seen({**keyed("block", "benign_canary_refused"), (signal, ""): track(signal, n=n)})["FM6"]
    assert cell.state == ("degraded" if words else "armed")
    assert cell.reason == (words or "sees block, benign_canary_refused")
    assert cell.remedy == (f"{signal}: evaluate more" if words else "")


def test_the_last_week_says_how_many_items_a_run_has() -> None:
    few = replace(track("block"), counts=(400.0,) * 36 + (10.0,) * 4)
    assert "block: 10 items a run" in seen({**keyed("benign_canary_refused"), ("block", ""): few})["FM6"].reason


def test_a_share_whose_n_is_not_known_degrades() -> None:
    shares = Track("plain", run_days(40), [0.1 + place % 3 / 100 for place in range(40)])
    cell = seen({**keyed("benign_canary_refused"), ("refusal", ""): shares})["FM6"]
    assert (cell.state, cell.reason) == ("degraded", "refusal: its n is not known")
    assert cell.remedy == "refusal: collect the number of items with it"


# Several tracks of one signal


def _judged_by(**ago: int) -> dict[Key, Track]:
    return {("golden_pass", f"golden/q by {judge}"): track("golden_pass", ago=days) for judge, days in ago.items()}


def test_the_best_of_the_tracks_of_a_signal_speaks_for_it() -> None:
    assert seen({**keyed("model_id"), **_judged_by(old=9, new=1)})["FM1"].state == "armed"
    cell = seen({**keyed("model_id"), **_judged_by(one=9, two=9)})["FM1"]
    assert cell.reason == "golden_pass (golden/q by one): nothing for 9 days"


def test_a_track_that_is_still_short_speaks_before_one_that_stopped() -> None:
    short: Iterable[tuple[Key, Track]] = [(("golden_pass", "golden/q by new"), track("golden_pass", 3))]
    cell = seen({**keyed("model_id"), **_judged_by(old=9), **dict(short)})["FM1"]
    assert cell.reason == "golden_pass (golden/q by new): 3 runs, more than 7 are needed"
