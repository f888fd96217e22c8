"""Find points that stand out by how rare they are in their series' own history.

This does not page: even the best detector of points is wrong about each series every few weeks, and a portfolio has
thousands. It ranks what is worth a look; the rule that guards spend is in ``operations.hourly``.
"""

import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from statistics import median
from typing import Final

QUIET: Final = timedelta(hours=12)
"""After an alarm nothing alarms for so long: one event is told once."""

_WEEK: Final = 168

_WARM: Final = 48  # points that only tell the size of ordinary values
_SEASON: Final = 4  # points of a slot that are asked before the slot is
_REMEMBERED: Final = 1_000  # points of a slot that are remembered
_MAD: Final = 1.4826
_FLOOR: Final = 0.02  # a deviation under this share of the value is none
_HOUR: Final = 3_600


def alarms(scored: Iterable[tuple[datetime, float]], limit: float, quiet: timedelta = QUIET) -> Iterator[datetime]:
    """Give the times at which a score reaches the limit, each followed by quiet."""
    last: datetime | None = None
    for seen, score in scored:
        if score >= limit and (last is None or seen - last >= quiet):
            last = seen
            yield seen


class Surprise:
    """How rare each point of a series is beside its own past, asked point by point: it never looks ahead.

    Three things are scored, each by the chance that its own history gives to something as far out: how far the point is
    from the median of its hour (of weekdays and of weekends), how far the last hour's points are together, and how much
    they differ. The score is the sum of their logarithms, in nats.
    """

    def __init__(self, step: timedelta) -> None:
        """Take the usual time between points."""
        each = max(step.total_seconds(), 1.0)
        week = max(_WEEK, int(_WEEK * _HOUR / each))
        self._unit = 0.0
        self._first: list[tuple[datetime, float]] = []
        self._seasons: dict[tuple[bool, int], _Lately] = {}
        self._level, self._deviations = _Lately(week), _Lately(week)
        self._recent: deque[float] = deque(maxlen=max(3, int(_HOUR / each)))
        self._far, self._high, self._low, self._restless = _Tail(), _Tail(), _Tail(), _Tail()

    def score(self, seen: datetime, value: float) -> float:
        """Take the next point and give its score; 0 while too little is known."""
        if self._unit:
            return self._scored(seen, value)
        self._first.append((seen, value))
        if len(self._first) == _WARM:
            self._unit = median(abs(early) for _, early in self._first) or 1.0
            for point in self._first:
                self._scored(*point)
        return 0.0

    def _scored(self, seen: datetime, value: float) -> float:
        shown = math.asinh(value / self._unit)  # a logarithm that knows zero and what is under it
        off = self._deviation(seen, shown)
        recent = self._recent
        recent.append(off)
        mean = math.fsum(recent) / len(recent)
        spread = math.sqrt(math.fsum((each - mean) ** 2 for each in recent) / len(recent))
        level = mean * math.sqrt(len(recent))
        return (
            self._far.nats(abs(off))
            + max(self._high.nats(level), self._low.nats(-level))
            + self._restless.nats(math.log(1e-3 + spread))
        )

    def _deviation(self, seen: datetime, shown: float) -> float:
        """Give how far a point is from what is usual, in robust deviations of the last week."""
        season = self._seasons.setdefault((seen.weekday() >= 5, seen.hour), _Lately(_REMEMBERED))
        usual = season.median() if len(season) >= _SEASON else self._level.median() if len(self._level) else shown
        off = shown - usual
        scale = max(_MAD * self._deviations.median(), _FLOOR) if len(self._deviations) else _FLOOR
        self._deviations.add(abs(off))
        self._level.add(shown)
        season.add(shown)
        return off / scale


class _Lately:
    """The last so many values, in order of size as well."""

    def __init__(self, most: int) -> None:
        self._came: deque[float] = deque()
        self._sorted: list[float] = []
        self._most = most

    def __len__(self) -> int:
        return len(self._sorted)

    def add(self, value: float) -> None:
        self._came.append(value)
        insort(self._sorted, value)
        if len(self._came) > self._most:
            del self._sorted[bisect_left(self._sorted, self._came.popleft())]

    def median(self) -> float:
        half = len(self._sorted)
        return (self._sorted[half // 2] + self._sorted[(half - 1) // 2]) / 2


class _Tail:
    """The history of one quantity, and how little chance it gives to a value: by rank, and beyond it by decay."""

    _BURN = 50
    _QUANTILE = 0.97
    _LEAST = 0.3  # the decay of values that hardly differ, in robust deviations
    _EVERY = 10

    def __init__(self) -> None:
        self._sorted: list[float] = []
        self._from, self._decay = math.inf, self._LEAST

    def nats(self, value: float) -> float:
        """Give minus the logarithm of the chance of a value as large, then remember it."""
        known = len(self._sorted)
        found = 0.0
        if known >= self._BURN:
            if known % self._EVERY == 0:
                self._fit()
            if value > self._from:
                found = -math.log(1 - self._QUANTILE) + (value - self._from) / self._decay
            else:
                found = -math.log(max(1 - bisect_left(self._sorted, value) / (known + 1), 1 - self._QUANTILE))
        insort(self._sorted, value)
        return found

    def _fit(self) -> None:
        """Take the mean of what exceeds the quantile: exceedances over a high level fade exponentially."""
        top = self._sorted[int(len(self._sorted) * self._QUANTILE) :]
        self._from = top[0]
        self._decay = max(math.fsum(top) / len(top) - top[0], self._LEAST)
