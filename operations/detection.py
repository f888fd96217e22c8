"""Run the eight detectors over the history of systems, day by day, each day with only what was known then."""

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import ModuleType
from typing import Any, Final

from operations.baselines import Baseline, freeze, frozen_runs
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
_RATE: Final = 0.057  # false alarms a series-year at a limit of 7.5, and their fall by one nat (docs/detection.md)
_AT: Final = 7.5
LEAST: Final = 7.5
"""The limit under which no portfolio goes, however small."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[detection]``: how many false alarms a week the portfolio can bear, and each detector's own."""

    alarms_per_week: float = 2.0
    detectors: Mapping[str, Any] = field(default_factory=dict)

    def of(self, detector: ModuleType) -> Any:
        """Give the settings of one detector."""
        return self.detectors.get(detector.MODE) or detector.Settings()


def limit_for(series: int, alarms_per_week: float) -> float:
    """Derive the score at which a primary signal alarms from what the portfolio can bear."""
    return max(LEAST, _AT + math.log(_RATE * max(series, 1) * WEEK / alarms_per_week))


def expected(series: int, limit: float) -> float:
    """Give the false alarms a week to expect of so many series at a limit."""
    return _RATE * math.exp(_AT - limit) * series * WEEK


def first_baselines(history: History, day: date | None = None) -> dict[Key, Baseline]:
    """Freeze the first runs of every track, those up to a day where one is given."""
    found: dict[Key, Baseline] = {}
    for key, track in history.tracks.items():
        known = len(track.days) if day is None else bisect_right(track.days, day)
        baseline = frozen(key, track, known)
        if baseline is not None:
            found[key] = baseline
    return found


def frozen(key: Key, track: Track, known: int) -> Baseline | None:
    """Freeze the first of so many known runs of a track; a name is one that the first run has."""
    signal = SIGNALS[key[0]]
    runs = frozen_runs(known) or int(signal.form == "name" and known > 1)
    return freeze(track, 0, runs, least=signal.least, is_suite=signal.is_suite) if runs else None


def spoken(bench: Bench, settings: Settings, day: date, since: Mapping[str, date]) -> dict[str, tuple[Evidence, ...]]:
    """Ask every detector what speaks for its mode on a day."""
    return {
        detector.MODE: tuple(detector.judge(bench, settings.of(detector), day, since.get(detector.MODE)))
        for detector in DETECTORS
    }


def alarms(history: History, settings: Settings, limit: float) -> Iterator[Alarm]:
    """Give the alarms of one system over its whole history, in order; none rests on a later day."""
    episodes = Episodes(history.system)
    days = sorted({day for track in history.tracks.values() for day in track.days})
    bench, lengths = Bench(history, {}, limit), tuple[int, ...]()
    for day in days:
        known = tuple(frozen_runs(bisect_right(track.days, day)) for track in history.tracks.values())
        if known != lengths and not episodes.opened:  # what is being asked about must not become the measure
            bench, lengths = Bench(history, first_baselines(history, day), limit), known
        yield from episodes.step(day, spoken(bench, settings, day, episodes.since), limit)
