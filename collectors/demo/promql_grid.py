"""Place the steps of a query on the scrape times of the database and fold the samples of a window."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

Column = list[float | None]
LOOKBACK: Final = 300.0


class Places:
    """Numbered samples: the numbers and, worked out once for all series, how they fall into hours."""

    __slots__ = ("numbers", "pairs")

    def __init__(self, numbers: list[int], per_hour: int) -> None:
        """Take the numbers; those before the first sample are read as the first."""
        self.numbers = numbers
        self.pairs = [divmod(number, per_hour) if number > 0 else (0, 0) for number in numbers]


class Sampled(Protocol):
    """What is needed of a series here."""

    @property
    def begins(self) -> int:
        """Give the number of its first sample."""
        ...

    def values(self, places: Places) -> list[float]:
        """Give the values of numbered samples."""
        ...


@dataclass(frozen=True, slots=True)
class Span:
    """The samples of a window for each step: first and last place, and how far they are from its borders.

    ``first > last`` where the window holds no sample; ``factor`` extrapolates an increase to the whole window.
    ``chained`` says that each window begins where the one before ended, so that its first sample is known already.
    """

    window: float
    grid: "Grid"
    first: Places
    last: Places
    factor: list[float]
    lead: list[float]
    trail: list[float]
    chained: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """The steps of a query, over samples taken every ``interval`` seconds since ``origin`` and none after ``now``.

    ``known`` remembers what was evaluated for these steps: two percentiles of one histogram are asked in a row.
    """

    times: list[float]
    origin: float
    interval: float
    now: float
    known: dict[object, object] = field(default_factory=dict, compare=False)

    def places(self, numbers: list[int]) -> Places:
        """Give samples by their numbers."""
        return Places(numbers, int(3600 // self.interval))

    def newest(self, offset: float) -> Places:
        """Give the place of the newest sample of each step, -1 when it is older than five minutes."""
        last = math.floor((self.now - self.origin) / self.interval)
        places = [min(math.floor((time - offset - self.origin) / self.interval), last) for time in self.times]
        return self.places(
            [
                place if time - offset - (self.origin + place * self.interval) <= LOOKBACK else -1
                for place, time in zip(places, self.times, strict=True)
            ]
        )

    def span(self, window: float, offset: float) -> Span:
        """Find the samples of the window that ends at each step."""
        newest = math.floor((self.now - self.origin) / self.interval)
        ends = [step - offset - self.origin for step in self.times]
        first = [max(math.ceil((end - window) / self.interval), 0) for end in ends]
        last = [min(math.floor(end / self.interval), newest) for end in ends]
        lead = [place * self.interval - end + window for place, end in zip(first, ends, strict=True)]
        trail = [end - place * self.interval for place, end in zip(last, ends, strict=True)]
        factor = [
            _extrapolation(until - since, before, after, self.interval)
            for since, until, before, after in zip(first, last, lead, trail, strict=True)
        ]
        chained = first[1:] == last[:-1]
        return Span(window, self, self.places(first), self.places(last), factor, lead, trail, chained)


def rates(name: str, series: Sampled, span: Span) -> Column:
    """Give ``rate``, ``increase`` or ``delta`` of a series at each step."""
    scale = 1 / span.window if name == "rate" else 1.0
    if series.begins:
        return _born_within(series, span, scale, is_counter=name != "delta")
    newer = series.values(span.last)
    if span.chained:
        older = [*series.values(span.grid.places(span.first.numbers[:1])), *newer[:-1]]
    else:
        older = series.values(span.first)
    rows = zip(older, newer, span.factor, strict=True)
    return [(new - old) * factor * scale if factor else None for old, new, factor in rows]


def over_time(name: str, series: Sampled, span: Span) -> Column:
    """Fold all samples of the window at each step."""
    fold = _FOLDS[name]
    folded: Column = []
    for first, last in zip(span.first.numbers, span.last.numbers, strict=True):
        values = series.values(span.grid.places(list(range(max(first, series.begins), last + 1))))
        folded.append(fold(values) if values else None)
    return folded


def _born_within(series: Sampled, span: Span, scale: float, *, is_counter: bool) -> Column:
    """Follow a counter that begins inside the history: it is not taken below zero before its first sample."""
    firsts = [max(number, series.begins) for number in span.first.numbers]
    older, newer = series.values(span.grid.places(firsts)), series.values(span.last)
    interval = span.grid.interval
    column: Column = []
    for step, (first, last) in enumerate(zip(firsts, span.last.numbers, strict=True)):
        grown = newer[step] - older[step]
        lead = span.lead[step] + (first - span.first.numbers[step]) * interval
        if is_counter and grown > 0:
            lead = min(lead, (last - first) * interval * older[step] / grown)
        factor = _extrapolation(last - first, lead, span.trail[step], interval)
        column.append(grown * factor * scale if factor else None)
    return column


def _extrapolation(steps: int, lead: float, trail: float, interval: float) -> float:
    """Give the factor from the sampled stretch to the window, with the limits of Prometheus 2.42."""
    if steps < 1:
        return 0.0
    sampled = steps * interval
    near = interval * 1.1
    return (sampled + (lead if lead < near else interval / 2) + (trail if trail < near else interval / 2)) / sampled


_FOLDS: Final[dict[str, Callable[[list[float]], float]]] = {
    "avg_over_time": lambda values: sum(values) / len(values),
    "min_over_time": min,
    "max_over_time": max,
    "sum_over_time": sum,
    "count_over_time": lambda values: float(len(values)),
    "last_over_time": lambda values: values[-1],
}
