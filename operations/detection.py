"""Run the eight detectors over the history of systems, day by day, each day with only what was known then."""

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import ModuleType
from typing import Final

from operations.anchors import accepted
from operations.baselines import RUNS, Baseline, freeze, frozen_runs
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
from operations.episodes import Alarm, Episodes
from operations.evidence import Bench, Evidence
from operations.signals import SIGNALS
from operations.tracks import History, Key, Track

DETECTORS: Final[tuple[ModuleType, ...]] = (
    vendor_change, query_shift, grounding, retrieval, contract, guardrails, cost_creep, swallowed_errors,
)  # fmt: skip
"""The detectors in the order of their modes."""

WEEK: Final = 7 / 365.25
_RATE: Final = 0.055  # false alarms a series-year at a limit of 7.5, counted where nothing is wrong (docs/detection.md)
_AT: Final = 7.5
_FALL: Final = 0.465  # by how much the logarithm of that rate falls for each nat
LEAST: Final = 7.5
"""The limit under which no portfolio goes, however small."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[detection]``: how many false alarms a week the portfolio can bear, and each detector's own."""

    alarms_per_week: float = 2.0
    FM1: vendor_change.Settings = field(default_factory=vendor_change.Settings)
    FM2: query_shift.Settings = field(default_factory=query_shift.Settings)
    FM3: grounding.Settings = field(default_factory=grounding.Settings)
    FM4: retrieval.Settings = field(default_factory=retrieval.Settings)
    FM5: contract.Settings = field(default_factory=contract.Settings)
    FM6: guardrails.Settings = field(default_factory=guardrails.Settings)
    FM7: cost_creep.Settings = field(default_factory=cost_creep.Settings)
    FM8: swallowed_errors.Settings = field(default_factory=swallowed_errors.Settings)


def scanned(history: History) -> int:
    """Count the series of a system: all that is known of it but names and single hours."""
    return sum(track.form not in {"name", "hour"} for track in history.tracks.values())


def limit_for(series: int, alarms_per_week: float) -> float:
    """Derive the score at which a primary signal alarms from what the portfolio can bear."""
    return max(LEAST, _AT + math.log(_RATE * max(series, 1) * WEEK / alarms_per_week) / _FALL)


def expected(series: int, limit: float) -> float:
    """Give the false alarms a week to expect of so many series at a limit."""
    return _RATE * math.exp((_AT - limit) * _FALL) * series * WEEK


def frozen(key: Key, track: Track, known: int, start: int = 0) -> Baseline | None:
    """Freeze the first of so many known runs of a track from a place on; a name is one that the first run has."""
    signal, runs = SIGNALS[key[0]], _frozen_runs(key, known)
    return freeze(track, start, start + runs, least=signal.least, is_suite=signal.is_suite) if runs else None


def spoken(bench: Bench, settings: Settings, day: date, since: Mapping[str, date]) -> dict[str, tuple[Evidence, ...]]:
    """Ask every detector what speaks for its mode on a day."""
    return {
        detector.MODE: tuple(detector.judge(bench, getattr(settings, detector.MODE), day, since.get(detector.MODE)))
        for detector in DETECTORS
    }


@dataclass(slots=True)
class Watched:
    """What is known of one system as its days pass: its episodes and its baselines, up to a day.

    ``disputed`` are the modes whose alarm somebody called true: no change makes these accepted.
    """

    episodes: Episodes
    baselines: dict[Key, Baseline] = field(default_factory=dict)
    day: date | None = None
    disputed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Day:
    """One day as the detectors saw it: what spoke for each mode, and the alarm that opened, if any.

    ``accepted`` are the modes that closed because a recorded change explains them, with the day of that change.
    """

    day: date
    bench: Bench
    spoken: Mapping[str, tuple[Evidence, ...]]
    alarm: Alarm | None
    accepted: Mapping[str, date] = field(default_factory=dict)


def advance(watched: Watched, history: History, settings: Settings, limit: float) -> Iterator[Day]:
    """Go through the days that are new, in order, each with only what was known then; ``watched`` is brought along."""
    passed, bench = watched.day, None
    ran: defaultdict[date, set[str]] = defaultdict(set)
    for (signal, _), track in history.tracks.items():
        for day in track.days:
            ran[day].add(signal)
    for day in sorted(day for day in ran if passed is None or day > passed):
        if grown := _grown(watched, history, day):
            watched.baselines = {**watched.baselines, **grown}
            bench = None
        bench = bench or Bench(history, watched.baselines, limit)
        said = spoken(bench, settings, day, watched.episodes.since)
        watched.day = day
        alarm = watched.episodes.step(day, said, ran[day], limit)
        explained = accepted(bench, watched.episodes, watched.disputed, said, day)
        for mode, (_, renewed) in explained.items():
            watched.episodes.close(mode, day)
            watched.baselines = {**watched.baselines, **renewed}
        yield Day(day, bench, said, alarm, {mode: change for mode, (change, _) in explained.items()})
        bench = None if explained else bench


def alarms(history: History, settings: Settings, limit: float) -> Iterator[Alarm]:
    """Give the alarms of one system over its whole history, in order; none rests on a later day."""
    for day in advance(Watched(Episodes(history.system)), history, settings, limit):
        if day.alarm is not None:
            yield day.alarm


def _grown(watched: Watched, history: History, day: date) -> dict[Key, Baseline]:
    """Freeze tracks that have enough runs for their first baseline, or for a longer one than they have.

    While a mode is open only what appeared since gets one: what is being asked about must not become the measure.
    """
    held, found = watched.baselines, dict[Key, Baseline]()
    since = min(watched.episodes.opened.values(), default=None)
    for key, track in history.tracks.items():
        before = held.get(key)
        if (before and before.runs >= RUNS) or (since is not None and (before or track.days[0] <= since)):
            continue
        start = bisect_left(track.days, before.first) if before else 0
        known = bisect_right(track.days, day) - start
        longer = _frozen_runs(key, known) > (before.runs if before else 0)
        baseline = frozen(key, track, known, start) if longer else None
        if baseline is not None:
            found[key] = baseline
    return found


def _frozen_runs(key: Key, known: int) -> int:
    """Say how many of so many known runs a baseline takes; of what is no quantity one run is enough."""
    return frozen_runs(known) or int(SIGNALS[key[0]].form in {"name", "hour"} and known > 1)
