"""Time a detection pass as live judging does it, and the replay of a year and more."""

import time
from datetime import timedelta

from bench.detection.measure import BUDGET, Effort, Row
from bench.detection.portfolio import KEYS, START, history
from operations.baselines import RUNS, Baseline
from operations.detection import Settings, alarms, frozen, limit_for, spoken
from operations.evidence import Bench
from operations.scan import REACH
from operations.tracks import History, Key, Track

_SEED = 7
_DAYS = 400


def rows(effort: Effort) -> list[Row]:
    """Give the seconds of a pass and of a replay."""
    limit = limit_for(effort.systems * len(KEYS), BUDGET)
    days = RUNS + REACH  # what lies between the baseline and the last runs is not loaded
    loaded = [_loaded(history(_SEED, number, days)) for number in range(effort.systems)]
    size = f"{effort.systems} systems x {len(KEYS)} metrics, one process"
    passed = min(_pass(loaded, limit, days) for _ in range(3))
    replayed = _replay(limit, effort.replayed) * effort.systems / effort.replayed
    basis = f"{size}; baselines known, the last {REACH} runs loaded; process time, the best of 3"
    return [
        Row("speed: one detection pass", passed, basis, 3, 1, "s", is_more_better=False),
        Row(
            f"speed: replay of {_DAYS} days, day by day", replayed,
            f"{size}; process time of {effort.replayed} systems, scaled", unit="s", is_more_better=False,
        ),
    ]  # fmt: skip


def _loaded(whole: History) -> tuple[History, dict[Key, Baseline]]:
    """Cut a history to what live judging loads: the last runs, and the baselines of the first."""
    baselines = {key: frozen(key, track, len(track.days)) for key, track in whole.tracks.items()}
    tracks = {
        key: Track(track.form, track.days[RUNS:], track.values[RUNS:], track.counts[RUNS:])
        for key, track in whole.tracks.items()
    }
    return History(whole.system, tracks), {key: each for key, each in baselines.items() if each is not None}


def _pass(loaded: list[tuple[History, dict[Key, Baseline]]], limit: float, days: int) -> float:
    day, begun = START + timedelta(days=days), time.process_time()
    for cut, baselines in loaded:
        spoken(Bench(cut, baselines, limit), Settings(), day, {})
    return time.process_time() - begun


def _replay(limit: float, systems: int) -> float:
    wholes = [history(_SEED, number, _DAYS) for number in range(systems)]
    begun = time.process_time()
    for whole in wholes:
        list(alarms(whole, Settings(), limit))
    return time.process_time() - begun
