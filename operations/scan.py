"""Ask whether the newest runs of a signal still are what its frozen baseline was: one statistic, one kind of threshold.

For each window of the last 1 to 28 runs the two-sample likelihood ratio against the baseline is taken, in nats, with
the signal's own dispersion and, because that is only estimated, in the form that Student's t gives it:
``N/2 ln(1 + t^2/N)``. A window of few runs of a quantity has the tails of few runs, so that one wild day is no proof.
The largest is the score; ``e`` to the score is the odds against chance before looking.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Final, Literal

from operations.baselines import PRIOR, Baseline, fresh, logit, natural, settled, weight
from operations.tracks import Track

WINDOWS: Final = (1, 2, 3, 5, 7, 10, 14, 21, 28)
"""Lengths in runs that are asked after each run."""

REACH: Final = 42
"""The longest stretch, in runs, in which a beginning is looked for once something was found."""

_NEARLY: Final = 1.92
_CERTAIN: Final = 1e300  # the largest square of t: beyond, floats would make it infinite
_TAILS: Final = 4.0  # degrees of freedom of one run's noise beyond counting: days stray further than normal noise would

Side = Literal["up", "down", "both"]


@dataclass(frozen=True, slots=True)
class Level:
    """What a signal is in a window: in its own unit, with the n behind it (items of a share, else runs)."""

    value: float
    n: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """Places of the run at which something begins: the earliest that may be, the likeliest, the latest."""

    earliest: int
    begins: int
    latest: int


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a window lies from the baseline in its scale, its standard error, and the degrees of freedom of that."""

    moved: float
    error: float
    freedom: float


class Scan:
    """The runs of one track against its baseline, asked run by run.

    Scores are above 0 where the window rises, under 0 where it falls, and 0 where it moved the harmless way.
    """

    def __init__(self, track: Track, baseline: Baseline, side: Side, *, holds_outliers: bool = True) -> None:
        """Take the runs, oldest first, what they are held against and the side on which harm lies."""
        self.track = track
        self.baseline = baseline
        self._side = side
        if track.form == "count":
            self._k = [0.0, *accumulate(track.passes())]
            self._n = [0.0, *accumulate(track.counts)]
        if baseline.form == "count":
            self._freedom = [baseline.runs - 1 + PRIOR] * (REACH + 1)
            return
        self._each = _weights(baseline, track)
        shown = _shown(baseline, track)
        width = baseline.width if holds_outliers else 0.0
        held = settled(shown, self._each, baseline.middle, width)
        self._off = [value - baseline.level for value in fresh(shown, self._each, baseline.middle, width)]
        self._weights = [0.0, *accumulate(self._each)]
        self._sums = [
            0.0,
            *accumulate((value - baseline.level) * each for value, each in zip(held, self._each, strict=True)),
        ]
        memory = baseline.believed
        fading = (1 - memory) / (1 + memory)
        freedom = max((baseline.runs - 1 + baseline.prior) * fading, 2.0)
        self._of_window = [_of_mean(max(length, 1), memory) for length in range(REACH + 1)]
        self._freedom = [min(freedom, _TAILS / max(variance * baseline.beyond, 0.01)) for variance in self._of_window]
        self._of_baseline = _of_mean(baseline.runs, memory)

    def until(self, day: date) -> int:
        """Give the place after the last run that rests on data up to a day."""
        return bisect_right(self.track.days, day)

    def score(self, until: int, length: int) -> float:
        """Give the score of the window of so many runs that ends before place ``until``."""
        of_window = self._counted if self.baseline.form == "count" else self._valued
        t_squared, rises = of_window(until, length)
        if (self._side == "up" and not rises) or (self._side == "down" and rises):
            return 0.0
        freedom = self._freedom[length]
        found = freedom / 2 * math.log1p(t_squared / freedom)
        return found if rises else -found

    def scores(self, until: int, since: int) -> Mapping[int, float]:
        """Give the score of every window that begins at or after place ``since``."""
        return {length: self.score(until, length) for length in WINDOWS if length <= until - since}

    def level(self, until: int, length: int) -> Level:
        """Give what the signal is in a window."""
        if self.track.form == "count":
            k, n = self._of(until, length)
            return Level(k / n if n > 0 else self.baseline.usual, n)
        return Level(natural(self.baseline.form, self.baseline.level + self._shift(until, length)[0]), length)

    def stretch(self, until: int, since: int) -> Stretch:
        """Say at which places what the newest runs show may begin: all beginnings nearly as likely as the best one.

        Those within 1.92 nats of it are a 95% profile-likelihood interval.
        """
        scores = {until - length: abs(self.score(until, length)) for length in range(1, min(REACH, until - since) + 1)}
        if not scores:
            return Stretch(since, since, since)
        best = max(scores, key=lambda place: scores[place])
        near = [place for place, score in scores.items() if score >= scores[best] - _NEARLY]
        return Stretch(min(near), best, max(near))

    def shift(self, until: int, length: int) -> Shift | None:
        """Give how far a window of a quantity, or of a share judged by its logit, lies from the baseline.

        ``None`` where it weighs nothing. What ``score`` rests on; counts have no scale of their own.
        """
        base = self.baseline
        moved, total = self._shift(until, length)
        if total <= 0:
            return None
        fading = length * self._of_window[length] / total + self._of_baseline
        return Shift(moved, base.spread * math.sqrt(fading), self._freedom[length])

    def _counted(self, until: int, length: int) -> tuple[float, bool]:
        base = self.baseline
        k, n = self._of(until, length)
        if n <= 0:
            return 0.0, True
        return 2 * ratio(k, n, base.k, base.n) / base.phi, k * base.n > base.k * n

    def _of(self, until: int, length: int) -> tuple[float, float]:
        """Give how many of how many a window holds; differences of long sums may say a hair more than all."""
        n = self._n[until] - self._n[until - length]
        return min(self._k[until] - self._k[until - length], n), n

    def _valued(self, until: int, length: int) -> tuple[float, bool]:
        shift = self.shift(until, length)
        if shift is None:
            return 0.0, True
        t = shift.moved / shift.error
        return min(t * t, _CERTAIN), t > 0

    def _shift(self, until: int, length: int) -> tuple[float, float]:
        """Give how far a window's weighted mean lies from the baseline, and its weight.

        The last run counts as it was when it was the newest.
        """
        last = self._each[until - 1]
        total = self._weights[until - 1] - self._weights[until - length] + last
        moved = self._sums[until - 1] - self._sums[until - length] + self._off[until - 1] * last
        return (moved / total if total > 0 else 0.0), total


def ratio(k: float, n: float, base_k: float, base_n: float) -> float:
    """Give the two-sample log-likelihood ratio of two shares, in nats: 0 where they are equal."""
    both, passes, fails = n + base_n, k + base_k, (n - k) + (base_n - base_k)
    cells = (
        (k, n * passes),
        (n - k, n * fails),
        (base_k, base_n * passes),
        (base_n - base_k, base_n * fails),
    )
    return max(math.fsum(seen * math.log(seen * both / expected) for seen, expected in cells if seen > 0), 0.0)


def _of_mean(runs: int, memory: float) -> float:
    """Give the variance of a mean of runs whose noise fades by ``memory`` from run to run, in units of one run's."""
    if memory == 0:
        return 1 / runs
    faded = memory * (1 - memory**runs) / (runs * (1 - memory))
    return ((1 + memory) / (1 - memory) - 2 * faded / (1 - memory)) / runs


def _weights(baseline: Baseline, track: Track) -> list[float]:
    """Give what each run tells beside a usual one."""
    if baseline.form != "logit":
        return [1.0] * len(track.days)
    usual = baseline.n / baseline.runs
    return [weight(baseline.chance, baseline.between, usual, n) for n in track.counts]


def _shown(baseline: Baseline, track: Track) -> list[float]:
    """Give the runs in the scale that the baseline is judged in."""
    if baseline.form == "logit":
        return [logit(k, n) for k, n in zip(track.passes(), track.counts, strict=True)]
    if baseline.form == "log":
        least = 1e-3 * baseline.usual
        return [math.log(max(value, least)) for value in track.values]
    return list(track.values)
