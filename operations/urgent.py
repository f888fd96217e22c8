"""Judge what need not wait for its day to be over: an hour that costs several times what it usually does."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from operations.detection import Day, Settings, Watched
from operations.detectors.cost_creep import HOUR, MODE, judge, spikes
from operations.evidence import Bench
from operations.findings import midnight
from operations.given import Given
from operations.hourly import peaks
from operations.told import Told, day_of, track
from operations.tracks import History, Track
from store.database import Reader

__all__ = ["MODE", "now_judged", "todays_hours"]

_EMPTY: Final = Track("hour", ())


def todays_hours(reader: Reader, given: Sequence[Given], now: datetime, systems: Sequence[str]) -> dict[str, Told]:
    """Give the hour of today that stands out most, of each system that tells of its hours."""
    whole = now.replace(minute=0, second=0, microsecond=0)
    return {each.system: each for each in peaks(reader, given, midnight(now.date()), whole, systems)}


def now_judged(watched: Watched, history: History, told: Told | None, settings: Settings, limit: float) -> Day | None:
    """Judge the day that is not over by its hours alone; ``None`` where none stands out.

    The day is judged once more as a whole when it is over, and finds the same.
    """
    if told is None:
        return None
    live, day = _with(history, track(told)), day_of(told.days[-1])
    bench = Bench(live, watched.baselines, limit)
    if not any(spikes(bench, settings.FM7, day)):
        return None
    said = {MODE: tuple(judge(bench, settings.FM7, day, watched.episodes.since.get(MODE)))}
    return Day(day, bench, said, watched.episodes.step(day, said, (), limit))


def _with(history: History, today: Track) -> History:
    """Add the hours of today to a history."""
    key = (HOUR, "")
    before = history.tracks.get(key, _EMPTY)
    whole = Track(
        "hour",
        [*before.days, *today.days],
        [*before.values, *today.values],
        [*before.counts, *today.counts],
        [*before.texts, *today.texts],
    )
    return replace(history, tracks={**history.tracks, key: whole})
