"""Say how far a system's signals stand from their baselines on a day: what detectors ask, and what they answer."""

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from operations.baselines import Baseline
from operations.scan import Level, Scan, Side, Stretch
from operations.tracks import History, Key, Track

EVENT: Final = 5.0
"""What a fact counts over any limit, in nats: a changed id needs no statistics."""

NEAR: Final = 2.0
"""Nats under the limit from which on a mode is a candidate."""

BESIDE: Final = timedelta(days=2)
"""How far from a change its record may lie."""

_SPEAKS: Final = 1.0
"""The least score with which a signal counts as one of several that move together."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One signal that a detector scans: the side of harm, and by how much more than others it must speak.

    ``least`` is the smallest change that matters, as a factor on the baseline (1: any).
    """

    signal: str
    side: Side
    extra: float = 0.0
    least: float = 1.0
    holds_outliers: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a failure mode: the score over its limit, in nats, and the window that says so.

    ``margin`` is ``score - limit``: above 0 it alarms. ``length`` counts runs. ``value`` and ``usual`` are in the
    signal's own unit, ``n`` is what stands behind the value. ``words`` says what a scan cannot.
    """

    kind: Literal["scan", "together", "event", "age"]
    signal: str
    dim: str = ""
    score: float = 0.0
    limit: float = 0.0
    length: int = 0
    value: float | None = None
    usual: float | None = None
    n: float | None = None
    words: str = ""
    signals: tuple[str, ...] = ()

    @property
    def margin(self) -> float:
        """How far the score lies over its limit."""
        return self.score - self.limit


class Bench:
    """One system with its baselines: scans are made once and asked for any day, with only what was known then.

    ``since`` is asked from the detector's own last alarm on: what was handled is not found again.
    """

    def __init__(self, history: History, baselines: Mapping[Key, Baseline], limit: float) -> None:
        """Take what is known of a system, and the score at which a primary signal alarms."""
        self.history = history
        self.baselines = baselines
        self.limit = limit
        self._scans: dict[tuple[Key, Side, bool], Scan] = {}
        self._asked: dict[tuple[Key, Side, bool, int, int], Mapping[int, float]] = {}

    def scan(self, key: Key, watch: Watch) -> Scan:
        """Give the scan of one track that has a baseline and is no name."""
        kind = (key, watch.side, watch.holds_outliers)
        if kind not in self._scans:
            track = self.history.tracks[key]
            self._scans[kind] = Scan(track, self.baselines[key], watch.side, holds_outliers=watch.holds_outliers)
        return self._scans[kind]

    def scores(self, key: Key, watch: Watch, day: date, since: date | None) -> Mapping[int, float]:
        """Give the score of every window of a track that ends at its newest run, after its baseline."""
        scan = self.scan(key, watch)
        until, first = scan.until(day), self._first(key, since)
        asked = (key, watch.side, watch.holds_outliers, until, first)
        if asked not in self._asked:
            self._asked[asked] = scan.scores(until, first)
        return self._asked[asked]

    def _first(self, key: Key, since: date | None) -> int:
        """Give the place of the first run that may speak: after the baseline and after what was handled."""
        after = max(self.baselines[key].last, since) if since else self.baselines[key].last
        return bisect_right(self.history.tracks[key].days, after)

    def found(self, watch: Watch, day: date, since: date | None) -> Iterator[Evidence]:
        """Give the strongest window of each track of a signal; one of many tracks must speak louder."""
        keys = self._with_baseline(watch.signal)
        limit = self.limit + watch.extra + math.log(max(len(keys), 1))
        for key in keys:
            scan = self.scan(key, watch)
            until = scan.until(day)
            spoken = [(abs(score), -length) for length, score in self.scores(key, watch, day, since).items() if score]
            for score, length in sorted(spoken, reverse=True):
                level = scan.level(until, -length)
                if _matters(level, self.baselines[key], watch.least):
                    yield _evidence(key, self.baselines[key], level, score, limit, -length)
                    break

    def together(self, watches: tuple[Watch, ...], day: date, since: date | None, step: float) -> Iterator[Evidence]:
        """Give the window in which several signals speak most as one; each more raises the limit by ``step``."""
        present = [(watch, keys) for watch in watches if (keys := self._with_baseline(watch.signal))]
        limit = self.limit + max((watch.extra for watch, _ in present), default=0.0) + step * (len(present) - 1)
        sums: dict[int, list[tuple[float, Key]]] = {}
        for watch, keys in present:
            of_many = math.log(len(keys))
            best: dict[int, tuple[float, Key]] = {}
            for key in keys:
                for length, score in self.scores(key, watch, day, since).items():
                    best[length] = max(best.get(length, (0.0, key)), (abs(score) - of_many, key))
            for length, part in best.items():
                sums.setdefault(length, []).append(part)
        for length, parts in sorted(sums.items(), key=lambda each: -sum(score for score, _ in each[1])):
            speaking = [key for score, key in sorted(parts, reverse=True) if score > _SPEAKS]
            if len(speaking) > 1:
                total = sum(score for score, _ in parts)
                names = tuple(signal for signal, _ in speaking)
                level = self._level(speaking[0], day, length)
                usual = self.baselines[speaking[0]].usual
                yield Evidence(
                    "together", *speaking[0], total, limit, length, level.value, usual, level.n, signals=names
                )
                return

    def changed(self, signal: str, day: date) -> Iterator[Evidence]:
        """Give a name that is not one of the baseline's and came without a recorded change within two days."""
        for key in self.history.dims(signal):
            track, baseline = self.history.tracks[key], self.baselines.get(key)
            until = bisect_right(track.days, day)
            if baseline is None or not until or track.texts[until - 1] in baseline.ids:
                continue
            name, begun = track.texts[until - 1], _begun(track, until)
            if track.days[begun] <= baseline.last or self._is_recorded(track, begun, baseline, day):
                continue
            before = track.texts[begun - 1] if begun else ", ".join(baseline.ids)
            words = f"{before} -> {name} with no recorded change"
            yield Evidence("event", signal, key[1], EVENT, 0.0, until - begun, words=words)

    def newest(self, key: Key, day: date) -> tuple[date, float] | None:
        """Give the newest run of a track up to a day."""
        track = self.history.tracks.get(key)
        until = self.until(key, day) if track else 0
        return (track.days[until - 1], track.values[until - 1]) if track and until else None

    def until(self, key: Key, day: date) -> int:
        """Give the place after the last run of a track, up to a day."""
        return bisect_right(self.history.tracks[key].days, day)

    def place(self, each: Evidence, day: date) -> int:
        """Do the same for the track of a piece of evidence."""
        return self.until((each.signal, each.dim), day)

    def stretch(self, each: Evidence, day: date) -> Stretch:
        """Say at which places what a scan found may begin, of all lengths."""
        key = (each.signal, each.dim)
        rises = each.value is not None and each.usual is not None and each.value >= each.usual
        scan = self.scan(key, Watch(each.signal, "up" if rises else "down"))
        return scan.stretch(scan.until(day), self._first(key, None))

    def _level(self, key: Key, day: date, length: int) -> Level:
        """Give what a track that speaks is in its last runs."""
        scan = next(scan for (known, _, _), scan in self._scans.items() if known == key)
        return scan.level(scan.until(day), length)

    def _with_baseline(self, signal: str) -> list[Key]:
        return [key for key in self.history.dims(signal) if key in self.baselines]

    def _is_recorded(self, track: Track, begun: int, baseline: Baseline, day: date) -> bool:
        """Say whether a change is recorded near where a name begins, or anywhere before if no other name is known.

        One that says itself that it leads to this name may be recorded at any time.
        """
        last = track.days[begun] + BESIDE
        first = track.days[begun] - BESIDE if begun else baseline.last
        is_told = self.history.refs.get(track.texts[begun], date.max) <= day
        return is_told or any(first <= change <= min(last, day) for change in self.history.changes)


def _begun(track: Track, until: int) -> int:
    """Give the place at which the newest name first stood without a break."""
    place = until - 1
    while place and track.texts[place - 1] == track.texts[until - 1]:
        place -= 1
    return place


def _matters(level: Level, baseline: Baseline, least: float) -> bool:
    """Say whether a change is large enough to matter, whatever its significance."""
    if least <= 1:
        return True
    usual = baseline.usual
    return level.value >= usual * least or level.value * least <= usual


def _evidence(key: Key, baseline: Baseline, level: Level, score: float, limit: float, length: int) -> Evidence:
    return Evidence("scan", key[0], key[1], score, limit, length, level.value, baseline.usual, level.n)
