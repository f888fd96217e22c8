"""Hold the runs of a signal of a system: what a collection, a suite or a day said of it, oldest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Key = tuple[str, str]
"""A signal and, where it has several, one of its dimensions (a topic, an outcome, a slice); else ``""``."""


@dataclass(frozen=True, slots=True)
class Track:
    """One signal, run by run.

    ``count``: ``values`` of ``counts`` items. ``log`` and ``plain``: a quantity, positive or any. ``name``: ``texts``,
    such as the model that answers. ``days`` is the last day of data that each run rests on, each later than the one
    before; a run of no items says nothing.
    """

    form: Literal["count", "log", "plain", "name"]
    days: Sequence[date]
    values: Sequence[float] = ()
    counts: Sequence[float] = ()
    texts: Sequence[str] = ()

    def passes(self) -> list[float]:
        """Give the values of a count, each held inside 0..n whatever a source says."""
        return [min(max(k, 0.0), n) for k, n in zip(self.values, self.counts, strict=True)]


@dataclass(frozen=True, slots=True)
class History:
    """Everything known of one system: its tracks with their sources, and the days of the changes that were recorded.

    ``refs`` are the versions that recorded changes name, each with the day from which on it is on record.
    """

    system: str
    tracks: Mapping[Key, Track]
    changes: Sequence[date] = ()
    sources: Mapping[Key, str] = field(default_factory=dict)
    refs: Sequence[tuple[date, str]] = ()

    def dims(self, signal: str) -> list[Key]:
        """Give the tracks of a signal."""
        return [key for key in self.tracks if key[0] == signal]
