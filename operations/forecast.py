"""Say where a month's cost ends: what its days cost so far, and what the days to come will.

The middle is the weekday profile times the level of the last fortnight, moved on by half the usual weekly drift. How
far it may be off is learnt from how far the same forecast, made on earlier days, was off: errors of overlapping days
look many and tell little, so Student's t counts only the stretches that do not overlap.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from statistics import fmean, median
from typing import Final

from operations.distributions import student_quantile
from operations.outlook import Outlook

NEEDS: Final = 56
"""Days of history under which there are no quantiles, only scenarios."""

EARLIEST: Final = 5
"""Observed days of a month under which a month without that much history is not forecast at all."""

REACH: Final = 52 * 7
"""Days of history that a forecast rests on: a whole year knows how far off it is in each season."""

_WEEK: Final = 7
_PROFILE: Final = 17 * _WEEK  # days that the weekday profile and the drift rest on
_LEVEL: Final = 14
_FIRST: Final = 28  # days known to the earliest of the past forecasts that are held against what came
_STEP: Final = 5  # days between past forecasts: any weekday begins one, and a fifth of the work
_HORIZONS: Final = (7, 14, 21)

_quantile: Final = lru_cache(256)(student_quantile)


@dataclass(frozen=True, slots=True)
class Rest:
    """What days to come will cost: Student's t of so many degrees of freedom around a middle."""

    middle: float
    spread: float
    freedom: int

    def at(self, share: float) -> float:
        """Give the cost that is not exceeded with this chance, 0 < share < 1."""
        return self.middle - self.spread * _quantile(share, self.freedom)


def month_end(days: Sequence[float], ahead: int, length: int, today: float = 0.0) -> Outlook | None:
    """Say where a month of ``length`` days ends; ``None`` while it is too early.

    ``days`` are the complete days, oldest first, a day without a charge being 0; the last lies ``ahead`` days before
    the month's last one. The day after it has cost ``today`` so far.
    """
    observed = max(0, min(len(days), length - ahead))
    spent = math.fsum(days[len(days) - observed :])
    found = rest(days, ahead, max(0, ahead - length), today) if len(days) >= NEEDS else None
    if found is not None:
        least = min(spent + today, spent + found.middle)
        low, middle, high = (spent + found.at(share) for share in (0.1, 0.5, 0.9))
        return Outlook("quantiles", max(low, least), middle, high)
    if observed < EARLIEST:
        return None
    stretch = _WEEK if len(days) >= 2 * _WEEK else 1
    known = [0.0, *accumulate(days)]
    rates = [(known[end] - known[end - stretch]) / stretch for end in range(stretch, len(known))]
    low, middle, high = (
        spent + max(today, rate) + rate * (ahead - 1) for rate in (min(rates), spent / observed, max(rates))
    )
    return Outlook("scenarios", min(low, middle), middle, max(middle, high))


def rest(days: Sequence[float], ahead: int, skipped: int = 0, today: float = 0.0) -> Rest | None:
    """Forecast the sum of the next ``ahead`` days but for those skipped, from 56 complete days or more.

    The first of them costs at least what it has cost already. ``None`` where no past forecast can be held against what
    came, as of a system that has slept until now.
    """
    history = _History(days[-REACH:])
    errors = {horizon: found for horizon in _HORIZONS if (found := history.errors(horizon))}
    if len(errors) < len(_HORIZONS):
        return None
    each = history.expected(history.length, ahead)
    each[0] = max(each[0], today)
    spreads = {horizon: math.sqrt(fmean(error * error for error in found)) for horizon, found in errors.items()}
    near = min((horizon for horizon in _HORIZONS if horizon >= ahead), default=_HORIZONS[-1])
    middle = math.fsum(each[skipped:])
    return Rest(middle, abs(middle) * _widened(spreads, ahead), max(1, (history.length - _FIRST) // near))


def _widened(spreads: dict[int, float], ahead: int) -> float:
    """Give the relative spread of a sum of days between the horizons; fewer days than a week average out less."""
    first, last = _HORIZONS[0], _HORIZONS[-1]
    if ahead <= first:
        return spreads[first] * math.sqrt(first / ahead)
    if ahead >= last:
        return spreads[last]
    below, above = next(pair for pair in pairwise(_HORIZONS) if ahead <= pair[1])
    part = (ahead - below) / (above - below)
    return spreads[below] * (1 - part) + spreads[above] * part


class _History:
    """Days of cost, and the forecast that could have been made after any of them; it never looks further."""

    def __init__(self, days: Sequence[float]) -> None:
        self.length = len(days)
        self._days = days
        self._sums = [0.0, *accumulate(days)]
        around = [0.0] * self.length
        for place in range(3, self.length - 3):
            around[place] = (self._sums[place + 4] - self._sums[place - 3]) / _WEEK
        self._ratios = [
            day / mean if mean > 0 else None for day, mean in zip(days, around, strict=True)
        ]  # of the centred week, which is known three days later
        self._made: dict[int, list[float]] = {}

    def errors(self, horizon: int) -> list[float]:
        """Give by what share the sums of so many days differed from what was expected of them."""
        found = []
        for until in range(_FIRST, self.length - horizon + 1, _STEP):
            if until not in self._made:
                self._made[until] = self.expected(until, _HORIZONS[-1])
            expected = math.fsum(self._made[until][:horizon])
            if expected > 0:
                found.append((self._sums[until + horizon] - self._sums[until]) / expected - 1)
        return found

    def expected(self, until: int, ahead: int) -> list[float]:
        """Give the cost of each of the next days, from the days before place ``until`` alone."""
        profile = self._profile(until)
        flat = [self._days[place] / profile[place % _WEEK] for place in range(until - _LEVEL, until)
                if profile[place % _WEEK] > 0]  # fmt: skip
        level, drift = median(flat), self._drift(until)
        middle = (_LEVEL + 1) / 2  # from the middle of the fortnight to the first day to come
        return [
            level * profile[(until + day) % _WEEK] * math.exp(drift * (day + middle) / _WEEK) for day in range(ahead)
        ]

    def _profile(self, until: int) -> list[float]:
        """Give what each weekday costs beside the mean of its week; the seven add up to seven."""
        found = []
        first = max(0, until // _WEEK * _WEEK - _PROFILE)
        for weekday in range(_WEEK):
            ratios = [ratio for ratio in self._ratios[first + weekday : until - 3 : _WEEK] if ratio is not None]
            found.append(median(ratios) if ratios else 1.0)
        total = math.fsum(found)
        return [ratio * _WEEK / total for ratio in found] if total > 0 else [1.0] * _WEEK

    def _drift(self, until: int) -> float:
        """Give half the usual growth from week to week, as a logarithm."""
        ends = range(max(until % _WEEK, until - _PROFILE) + _WEEK, until + 1, _WEEK)
        weeks = [self._sums[end] - self._sums[end - _WEEK] for end in ends]
        steps = [math.log(after / before) for before, after in pairwise(weeks) if before > 0 and after > 0]
        return median(steps) / 2 if steps else 0.0
