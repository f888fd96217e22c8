"""Each detector: every way in which it can speak, both sides of every limit, and that the harmless way is quiet."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Literal

import pytest

from operations.detection import DETECTORS, Settings, frozen
from operations.detectors import (
    contract,
    cost_creep,
    grounding,
    guardrails,
    query_shift,
    retrieval,
    swallowed_errors,
    vendor_change,
)
from operations.evidence import EVENT, Bench, Evidence, Watch
from operations.signals import SIGNALS
from operations.tracks import Key, Track
from tests.operations.runs import counts, day, history, logs, names, plain

LIMIT = 8.0
LAST = 32
Way = Literal["up", "down"]

SCANNED: list[tuple[ModuleType, str, Way, float]] = [
    (vendor_change, "canary_pass", "down", 0.0),
    (vendor_change, "canary_pass", "up", 1.0),
    (vendor_change, "golden_pass", "down", 0.0),
    (vendor_change, "canary_chars_p50", "up", 1.0),
    (vendor_change, "canary_chars_p50", "down", 1.0),
    (vendor_change, "canary_class", "up", 1.0),
    (vendor_change, "canary_class", "down", 1.0),
    (vendor_change, "canary_changed", "up", 1.0),
    (vendor_change, "canary_changed", "down", 1.0),
    (query_shift, "topic", "up", 1.0),
    (query_shift, "uncovered", "up", 1.0),
    (grounding, "grounded", "down", 0.0),
    (retrieval, "retrieval_empty", "up", 1.0),
    (retrieval, "top_sim_p50", "down", 1.0),
    (contract, "schema_valid", "down", 1.0),
    (contract, "finish_length", "up", 1.0),
    (guardrails, "block", "up", 1.0),
    (guardrails, "block", "down", 1.0),
    (guardrails, "refusal", "up", 1.0),
    (guardrails, "refusal", "down", 1.0),
    (guardrails, "benign_canary_refused", "up", 1.0),
    (cost_creep, "unit_cost", "up", 1.0),
    (cost_creep, "tokens_in_p50", "up", 1.0),
    (cost_creep, "calls_per_task", "up", 1.0),
    (swallowed_errors, "tool_empty", "up", 1.0),
    (swallowed_errors, "outcome", "up", 1.0),
    (swallowed_errors, "outcome", "down", 1.0),
    (swallowed_errors, "confirmed", "down", 1.0),
]
"""Every signal that speaks by itself: in which direction, and by how much louder than the portfolio's limit."""

TOGETHER: list[tuple[ModuleType, tuple[str, Way], tuple[str, Way], float]] = [
    (vendor_change, ("canary_pass", "down"), ("golden_pass", "down"), 0.0),
    (grounding, ("grounded", "down"), ("thumbs_down", "up"), 0.0),
    (retrieval, ("retrieval_empty", "up"), ("top_sim_p50", "down"), 1.0),
    (contract, ("schema_valid", "down"), ("finish_length", "up"), 1.0),
    (cost_creep, ("unit_cost", "up"), ("tokens_in_p50", "up"), 1.0),
    (swallowed_errors, ("tool_empty", "up"), ("outcome", "down"), 1.0),
]
"""Every pair of which neither alone is loud enough, with the larger extra of the two."""

STRONG = 1.0


def moved(signal: str, way: Way, strength: float) -> Track:
    """Make 28 ordinary runs and 5 that moved: a strength of 1 is unmistakable, 0 is none."""
    sign = 1 if way == "up" else -1
    if SIGNALS[signal].form == "count":
        return counts([*[7, 8] * 14, *[7.5 + sign * 7.5 * strength] * 5], 15)
    if SIGNALS[signal].form == "log":
        return logs([*[99.0, 101.0] * 14, *[100 * math.exp(sign * 0.6 * strength)] * 5])
    return plain([*[0.79, 0.81] * 14, *[0.8 + sign * 0.15 * strength] * 5])


def bench(tracks: Mapping[str | Key, Track], limit: float = LIMIT) -> Bench:
    made = history(tracks)
    baselines = {key: frozen(key, track, len(track.days)) for key, track in made.tracks.items()}
    return Bench(made, {key: baseline for key, baseline in baselines.items() if baseline}, limit)


def judged(
    detector: ModuleType, tracks: Mapping[str | Key, Track], last: int = LAST, limit: float = LIMIT
) -> list[Evidence]:
    found: Iterator[Evidence] = detector.judge(bench(tracks, limit), detector.Settings(), day(last), None)
    return list(found)


def loud(found: list[Evidence]) -> list[str]:
    return [each.signal for each in found if each.margin > 0]


# One signal


@pytest.mark.parametrize(("detector", "signal", "way", "extra"), SCANNED)
def test_a_signal_that_moved_the_harmful_way_is_heard(
    detector: ModuleType, signal: str, way: Way, extra: float
) -> None:
    (found,) = judged(detector, {signal: moved(signal, way, STRONG)})
    assert (found.kind, found.signal, found.limit) == ("scan", signal, LIMIT + extra)
    assert found.margin > 0
    assert found.value is not None
    assert found.usual is not None
    assert (found.value > found.usual) == (way == "up")


@pytest.mark.parametrize(("detector", "signal", "way", "extra"), SCANNED)
@pytest.mark.parametrize(("off", "is_heard"), [(-0.001, True), (0.001, False)])
def test_a_signal_is_heard_over_its_limit_and_quiet_under_it(
    detector: ModuleType, signal: str, way: Way, extra: float, off: float, *, is_heard: bool
) -> None:
    tracks: dict[str | Key, Track] = {signal: moved(signal, way, STRONG)}
    (found,) = judged(detector, tracks)
    assert bool(loud(judged(detector, tracks, limit=found.score - extra + off))) == is_heard


TURNED: dict[Way, Way] = {"up": "down", "down": "up"}
HARMFUL = {(detector.MODE, signal, way) for detector, signal, way, _ in SCANNED}
HARMLESS = [
    (detector, signal, TURNED[way])
    for detector, signal, way, _ in SCANNED
    if (detector.MODE, signal, TURNED[way]) not in HARMFUL
]


@pytest.mark.parametrize(("detector", "signal", "way"), HARMLESS)
def test_the_harmless_way_says_nothing(detector: ModuleType, signal: str, way: Way) -> None:
    assert judged(detector, {signal: moved(signal, way, STRONG)}) == []


@pytest.mark.parametrize(("detector", "signal", "way", "extra"), SCANNED)
def test_a_signal_that_did_not_move_is_quiet(detector: ModuleType, signal: str, way: Way, extra: float) -> None:
    assert loud(judged(detector, {signal: moved(signal, way, 0.0)}, limit=1.0 - extra)) == []


@pytest.mark.parametrize(("detector", "signal", "way", "extra"), SCANNED)
def test_nothing_is_said_of_a_signal_with_too_few_runs_for_a_baseline(
    detector: ModuleType, signal: str, way: Way, extra: float
) -> None:
    track = moved(signal, way, STRONG)
    short = replace(track, days=track.days[:7], values=track.values[26:], counts=track.counts[26:])
    assert judged(detector, {signal: short}) == []


@pytest.mark.parametrize(
    ("signal", "detector"), [("topic", query_shift), ("outcome", swallowed_errors), ("canary_class", vendor_change)]
)
def test_the_one_of_many_that_grew_is_named_and_had_to_be_louder(signal: str, detector: ModuleType) -> None:
    tracks: dict[str | Key, Track] = {(signal, name): moved(signal, "up", 0.0) for name in "abc"}
    tracks[signal, "refunds"] = moved(signal, "up", STRONG)
    (found,) = (each for each in judged(detector, tracks) if each.margin > 0)
    assert (found.dim, found.limit) == ("refunds", LIMIT + 1 + math.log(4))


# Several signals


@pytest.mark.parametrize(("detector", "first", "second", "extra"), TOGETHER)
def test_two_signals_that_are_quiet_alone_are_heard_together(
    detector: ModuleType, first: tuple[str, Way], second: tuple[str, Way], extra: float
) -> None:
    tracks: dict[str | Key, Track] = {signal: _moderate(signal, way) for signal, way in (first, second)}
    found = judged(detector, tracks)
    assert loud([each for each in found if each.kind == "scan"]) == []
    best = max((each for each in found if each.kind == "together"), key=lambda each: each.score)
    assert best.limit == LIMIT + extra + 1.0
    assert best.margin > 0
    assert set(best.signals) == {first[0], second[0]}
    total = best.score - extra - 1.0
    assert loud([each for each in judged(detector, tracks, limit=total - 0.001) if each.kind == "together"])
    assert not loud([each for each in judged(detector, tracks, limit=total + 0.001) if each.kind == "together"])


def _moderate(signal: str, way: Way) -> Track:
    """Move a signal to a score of about 7."""
    tries = (moved(signal, way, place / 400) for place in range(400, 0, -1))
    made = (bench({signal: track}) for track in tries)
    for each in made:
        scan = max(map(abs, _scores(each, signal)), default=0.0)
        if scan < 7.5:
            assert scan > 6
            return each.history.tracks[signal, ""]
    raise AssertionError(signal)


def _scores(made: Bench, signal: str) -> Iterator[float]:
    yield from made.scores((signal, ""), Watch(signal, "both"), day(LAST), None).values()


def test_complaints_alone_are_no_worse_answers() -> None:
    assert judged(grounding, {"thumbs_down": moved("thumbs_down", "up", STRONG)}) == []


# FM1: behaviour of ordinary traffic


@pytest.mark.parametrize("signal", ["tokens_out_p50", "latency_p50"])
def test_one_median_of_ordinary_traffic_is_no_changed_model(signal: str) -> None:
    assert judged(vendor_change, {signal: moved(signal, "up", STRONG)}) == []
    beside = "latency_p50" if signal == "tokens_out_p50" else "tokens_out_p50"
    assert judged(vendor_change, {signal: moved(signal, "up", STRONG), beside: moved(beside, "up", 0.0)}) == []


@pytest.mark.parametrize("ways", [("up", "up"), ("up", "down"), ("down", "down")])
def test_two_medians_of_ordinary_traffic_that_leave_are_a_changed_model(ways: tuple[Way, Way]) -> None:
    tracks: dict[str | Key, Track] = {
        "tokens_out_p50": moved("tokens_out_p50", ways[0], STRONG),
        "latency_p50": moved("latency_p50", ways[1], STRONG),
    }
    (found,) = judged(vendor_change, tracks)
    assert (found.kind, found.limit) == ("together", LIMIT + 7.5)
    assert found.signals == ("tokens_out_p50", "latency_p50")
    assert found.margin > 0
    for off, count in ((-0.001, 1), (0.001, 0)):
        assert len(loud(judged(vendor_change, tracks, limit=found.score - 7.5 + off))) == count


def test_a_second_median_counts_only_if_it_left_clearly() -> None:
    tracks: dict[str | Key, Track] = {
        "tokens_out_p50": moved("tokens_out_p50", "up", STRONG),
        "latency_p50": _moderate("latency_p50", "up"),
    }
    made = bench(tracks)
    score = max(map(abs, _scores(made, "latency_p50")))
    for each, heard in ((score - 0.001, 1), (score + 0.001, 0)):
        settings = vendor_change.Settings(each=each)
        assert len(list(vendor_change.judge(made, settings, day(LAST), None))) == heard


# Facts


@pytest.mark.parametrize(
    ("detector", "signal"), [(vendor_change, "model_id"), (vendor_change, "fingerprint"), (contract, "prompt_version")]
)
def test_a_name_that_changed_without_a_record_is_heard_at_once(detector: ModuleType, signal: str) -> None:
    (found,) = judged(detector, {signal: names([*["a"] * LAST, "b"])})
    assert (found.kind, found.signal, found.margin) == ("event", signal, EVENT)
    assert judged(detector, {signal: names(["a"] * (LAST + 1))}) == []


@pytest.mark.parametrize(("through", "is_heard"), [(0, False), (1, True)])
def test_one_attack_that_got_through_is_heard_without_any_baseline(through: int, *, is_heard: bool) -> None:
    found = judged(guardrails, {"red_team_passed": counts([0, 3, through], 20)})
    assert [(each.signal, each.margin, each.value) for each in found] == (
        [("red_team_passed", EVENT, 1)] if is_heard else []
    )
    assert judged(guardrails, {"red_team_passed": counts([1], 20)}, last=-1) == []


@pytest.mark.parametrize(("hours", "is_heard"), [(24.0, False), (36.0, False), (36.1, True)])
def test_an_index_is_too_old_over_one_and_a_half_times_the_oldest_it_used_to_get(
    hours: float, *, is_heard: bool
) -> None:
    track = logs([*[6.0, 24.0] * 14, *[hours] * 3])
    found = judged(retrieval, {"index_age_h": track})
    assert bool(found) == is_heard
    for each in found:
        assert (each.kind, each.margin, each.value, each.usual) == ("age", EVENT, 36.1, 24.0)
        assert each.words == "36.1 h old, over 36.0 h: 1.5 times the oldest it used to get"


def test_the_age_of_an_index_is_not_held_against_itself() -> None:
    assert judged(retrieval, {"index_age_h": logs([*[6.0] * 20, 99.0, *[6.0] * 9])}, last=20) == []
    assert judged(retrieval, {"index_age_h": logs([99.0, 6.0])}) == []
    assert judged(retrieval, {"index_age_h": logs([*[6.0] * 28, 99.0])}, last=-1) == []


# Changes that do not matter


@pytest.mark.parametrize("signal", ["unit_cost", "tokens_in_p50", "calls_per_task"])
@pytest.mark.parametrize(("factor", "is_heard"), [(1.09, False), (1.11, True)])
def test_a_cost_that_rose_by_less_than_a_tenth_is_quiet_however_sure(
    signal: str, factor: float, *, is_heard: bool
) -> None:
    found = judged(cost_creep, {signal: logs([*[99.0, 101.0] * 14, *[100 * factor] * 5])})
    assert bool(loud(found)) == is_heard


@pytest.mark.parametrize("signal", ["block", "refusal"])
@pytest.mark.parametrize(("share", "is_heard"), [(0.24, False), (0.26, True), (0.165, False), (0.155, True)])
def test_a_block_rate_that_moved_by_less_than_a_quarter_is_quiet_however_sure(
    signal: str, share: float, *, is_heard: bool
) -> None:
    found = judged(guardrails, {signal: counts([*[1980, 2020] * 14, *[10_000 * share] * 5], 10_000)})
    assert bool(loud(found)) == is_heard


# All of them


@pytest.mark.parametrize("detector", DETECTORS)
def test_a_detector_needs_only_signals_that_exist_and_is_silent_without_any(detector: ModuleType) -> None:
    assert {signal for need in detector.NEEDS for signal in need} <= SIGNALS.keys()
    assert judged(detector, {}) == []


def test_detectors_stand_in_the_order_of_their_modes_each_with_settings_of_its_own() -> None:
    modes = [detector.MODE for detector in DETECTORS]
    assert modes == [f"FM{number}" for number in range(1, 9)]
    assert all(getattr(Settings(), detector.MODE) == detector.Settings() for detector in DETECTORS)


def test_every_signal_is_heard_by_a_detector() -> None:
    heard = {signal for detector in DETECTORS for need in detector.NEEDS for signal in need}
    heard |= {signal for _, signal, _, _ in SCANNED} | {"tokens_out_p50", "latency_p50", "red_team_passed"}
    assert heard == SIGNALS.keys()
