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
    such as the model that answers. ``hour``: ``values`` of the hour in ``texts`` beside its usual ``counts``; no text
    where that is not known. ``days`` is the last day of data that each run rests on, each later than the one
    before; a run of no items says nothing.
    """

    form: Literal["count", "log", "plain", "name", "hour"]
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

    ``refs`` says of what changes lead to (a model, a version) since when that is on record, ``labels`` what is to be
    called the change of a day.
    """

    system: str
    tracks: Mapping[Key, Track]
    changes: Sequence[date] = ()
    sources: Mapping[Key, str] = field(default_factory=dict)
    refs: Mapping[str, date] = field(default_factory=dict)
    labels: Mapping[date, str] = field(default_factory=dict)

    def dims(self, signal: str) -> list[Key]:
        """Give the tracks of a signal."""
        return [key for key in self.tracks if key[0] == signal]
