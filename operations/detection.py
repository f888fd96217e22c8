"""Run the eight detectors over the history of systems, day by day, each day with only what was known then."""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import ModuleType
from typing import Final

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


def frozen(key: Key, track: Track, known: int) -> Baseline | None:
    """Freeze the first of so many known runs of a track; a name is one that the first run has."""
    signal, runs = SIGNALS[key[0]], _frozen_runs(key, known)
    return freeze(track, 0, runs, least=signal.least, is_suite=signal.is_suite) if runs else None


def spoken(bench: Bench, settings: Settings, day: date, since: Mapping[str, date]) -> dict[str, tuple[Evidence, ...]]:
    """Ask every detector what speaks for its mode on a day."""
    return {
        detector.MODE: tuple(detector.judge(bench, getattr(settings, detector.MODE), day, since.get(detector.MODE)))
        for detector in DETECTORS
    }


@dataclass(slots=True)
class Watched:
    """What is known of one system as its days pass: its episodes and its baselines, up to a day."""

    episodes: Episodes
    baselines: dict[Key, Baseline] = field(default_factory=dict)
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One day as the detectors saw it: what spoke for each mode, and the alarm that opened, if any."""

    day: date
    bench: Bench
    spoken: Mapping[str, tuple[Evidence, ...]]
    alarm: Alarm | None


def advance(watched: Watched, history: History, settings: Settings, limit: float) -> Iterator[Day]:
    """Go through the days that are new, in order, each with only what was known then; ``watched`` is brought along."""
    passed, bench = watched.day, None
    ran: defaultdict[date, set[str]] = defaultdict(set)
    for (signal, _), track in history.tracks.items():
        for day in track.days:
            ran[day].add(signal)
    for day in sorted(day for day in ran if passed is None or day > passed):
        # what is being asked about must not become the measure
        if not watched.episodes.opened and _has_grown(watched.baselines, history, day):
            watched.baselines = {**watched.baselines, **_grown(watched.baselines, history, day)}
            bench = None
        bench = bench or Bench(history, watched.baselines, limit)
        said = spoken(bench, settings, day, watched.episodes.since)
        watched.day = day
        yield Day(day, bench, said, watched.episodes.step(day, said, ran[day], limit))


def alarms(history: History, settings: Settings, limit: float) -> Iterator[Alarm]:
    """Give the alarms of one system over its whole history, in order; none rests on a later day."""
    for day in advance(Watched(Episodes(history.system)), history, settings, limit):
        if day.alarm is not None:
            yield day.alarm


def _has_grown(held: Mapping[Key, Baseline], history: History, day: date) -> bool:
    """Say whether a track has enough runs for its first baseline, or for a longer one than it has."""
    return any(
        (key not in held or held[key].runs < RUNS) and _wanted(key, track, day) > (held[key].runs if key in held else 0)
        for key, track in history.tracks.items()
    )


def _grown(held: Mapping[Key, Baseline], history: History, day: date) -> dict[Key, Baseline]:
    found: dict[Key, Baseline] = {}
    for key, track in history.tracks.items():
        if key not in held or held[key].runs < RUNS:
            baseline = frozen(key, track, bisect_right(track.days, day))
            if baseline is not None:
                found[key] = baseline
    return found


def _wanted(key: Key, track: Track, day: date) -> int:
    """Say how many runs a baseline of what is known on a day would take."""
    return _frozen_runs(key, bisect_right(track.days, day))


def _frozen_runs(key: Key, known: int) -> int:
    """Say how many of so many known runs a baseline takes; of what is no quantity one run is enough."""
    return frozen_runs(known) or int(SIGNALS[key[0]].form in {"name", "hour"} and known > 1)
