"""Turn points of many streams into one series a system: what happened in each step of time, whoever counted it.

A cumulative stream is read as differences, so that processes which start, stop and restart add up. The first reading of
a stream that began earlier has nothing to be compared with: its step is left out rather than counted short.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from collectors.base import Source, Window
from collectors.names import DIMENSIONS, ERRORS, MEANINGS, REQUESTS, Meaning, plain
from collectors.otlp.histograms import Tally
from collectors.otlp.lines import Point
from store.records import Sample, Stat, Unrouted

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_QUANTILES: Final[tuple[tuple[Stat, float], ...]] = (("p50", 0.5), ("p95", 0.95))
_SECONDS: Final = {"ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_HISTOGRAMS: Final = ("histogram", "exponentialHistogram")

Part = Literal["buckets", "count", "total", "level", "failed"]


@dataclass(frozen=True, slots=True)
class Key:
    """What must agree to be added up: the metric and how it is read, the system, the kept dimensions, the step."""

    metric: str
    part: Part
    unit: str
    system: str
    dims: tuple[tuple[str, str], ...]
    step: datetime
    merge: Literal["sum", "max", "min"] = "sum"


@dataclass(slots=True)
class Series:
    """All series of an answer."""

    source: Source
    window: Window
    step: timedelta
    dims: tuple[str, ...]
    steps: dict[Key, Tally] = field(default_factory=dict)
    levels: dict[Key, dict[str, float]] = field(default_factory=dict)
    gaps: set[Key] = field(default_factory=set)
    before: dict[str, tuple[Point, Tally]] = field(default_factory=dict)

    def take(self, points: Iterable[tuple[Point, Tally]]) -> Iterator[Unrouted]:
        """Add points up, in the order of their time; one that no system claims is counted."""
        label = self.source.route.label
        for point, tally in sorted(points, key=lambda each: each[0].seen):
            routed = point.attributes.get(label) if label else None
            system = self.source.system_of({} if routed is None else {label: routed})
            if system is None:
                yield Unrouted(f"no label {label}" if routed is None else routed)
            else:
                self._take(point, tally, system)

    def samples(self) -> Iterator[Sample]:
        """Give what each whole step of the window brought."""
        for key, tally in self.steps.items():
            if key not in self.gaps and self._is_whole(key):
                yield from self._counted(key, tally)
        for key, streams in self.levels.items():
            if self._is_whole(key):
                yield self._sample(key, "last", _merged(key, list(streams.values())), None, period=0)

    def _take(self, point: Point, tally: Tally, system: str) -> None:
        increase = None if point.form == "gauge" else self._increase(point, tally)
        step = _EPOCH + (point.seen - _EPOCH) // self.step * self.step
        for meaning, part in meanings(point):
            scale = meaning.scale * (_SECONDS.get(point.unit, 1.0) if meaning.unit == "s" else 1.0)
            dims = self._dims(point, meaning)
            key = Key(meaning.metric, part, meaning.unit, system, dims, step, meaning.merge)
            if part == "level":
                self.levels.setdefault(key, {})[point.attributes.identity] = tally.total * scale
            elif increase is None:
                self.gaps.add(key)
            else:
                is_meant = part != "failed" or point.attributes.get("error.type")
                self.steps.setdefault(key, Tally()).add(increase.scaled(scale) if is_meant else Tally())

    def _increase(self, point: Point, tally: Tally) -> Tally | None:
        """Give what a stream counted since its reading before, nothing where that is not known."""
        stream = f"{point.name} {point.attributes.identity}"
        held = self.before.get(stream)
        self.before[stream] = (point, tally)
        if not point.is_cumulative:
            was_sent_twice = held is not None and (held[0].start, held[0].seen) == (point.start, point.seen)
            return Tally() if was_sent_twice else tally
        if held is not None:
            return tally.since(held[1]) if held[0].start == point.start else tally
        began = point.start or _EPOCH
        return tally if began >= self.window.start and point.seen - began <= self.step else None

    def _dims(self, point: Point, meaning: Meaning) -> tuple[tuple[str, str], ...]:
        found = {DIMENSIONS.get(name, name): point.attributes.get(name) for name in (*meaning.keep, *self.dims)}
        return tuple(sorted({**{name: value for name, value in found.items() if value}, **meaning.dims}.items()))

    def _is_whole(self, key: Key) -> bool:
        return self.window.start <= key.step and key.step + self.step <= self.window.end

    def _counted(self, key: Key, tally: Tally) -> Iterator[Sample]:
        if key.part == "buckets":
            n = round(tally.count)
            for stat, share in _QUANTILES:
                if (found := tally.quantile(share)) is not None:
                    yield self._sample(key, stat, found[0], n, is_floor=found[1])
            if n and not tally.buckets:
                yield self._sample(key, "avg", tally.total / n, n)
        elif key.part == "failed":
            requests = self.steps[replace(key, metric=REQUESTS, part="count")].count
            yield self._sample(key, "sum", tally.count, None)
            if requests:
                ratio = replace(key, metric="llmops.error_ratio", unit="1")
                yield self._sample(ratio, "ratio", tally.count / requests, round(requests))
        else:
            yield self._sample(key, "sum", tally.count if key.part == "count" else tally.total, None)

    def _sample(
        self, key: Key, stat: Stat, value: float, n: int | None, *, period: int | None = None, is_floor: bool = False
    ) -> Sample:
        length = round(self.step.total_seconds()) if period is None else period
        seen = key.step + self.step
        return Sample(key.system, key.metric, stat, seen, value + 0.0, key.unit, n, length, dict(key.dims), is_floor)


def _merged(key: Key, values: list[float]) -> float:
    if key.merge == "sum":
        return sum(values)
    return max(values) if key.merge == "max" else min(values)


def meanings(point: Point) -> Iterator[tuple[Meaning, Part]]:
    """Say what a point means, under the names that Prometheus would give to its metric."""
    base = plain(point.name)
    for name in dict.fromkeys((base, f"{base}_seconds")):
        if point.form in _HISTOGRAMS:
            yield from _of_histogram(name)
        else:
            total = f"{name}_total" if f"{name}_total" in MEANINGS else name
            meaning = MEANINGS.get(total)
            if meaning is not None and meaning.reads == "counter" and point.is_monotonic:
                yield meaning, "total"
            elif meaning is not None and meaning.reads == "gauge":
                yield meaning, "level"


def _of_histogram(name: str) -> Iterator[tuple[Meaning, Part]]:
    meaning = MEANINGS.get(name)
    if meaning is not None and meaning.reads == "histogram":
        yield meaning, "buckets"
    if f"{name}_sum" in MEANINGS:
        yield MEANINGS[f"{name}_sum"], "total"
    counted = MEANINGS.get(f"{name}_count")
    if counted is not None:
        yield counted, "count"
        yield replace(counted, metric=ERRORS), "failed"
