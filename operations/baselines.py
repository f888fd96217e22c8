"""Freeze what a signal was: the runs before the last approved change, or the first that were seen; they never roll.

A rolling baseline absorbs slow decay. Counts stay counts while chance explains how their days differ, so that n is
honest; where days hold many items, or differ by more, their logit is taken and a run is the unit. Positive quantities
are judged by their logarithm, so that a rise by half weighs as much as a fall by a third.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from operator import mul
from statistics import median
from typing import Final, Literal

from operations.tracks import Track

Form = Literal["count", "logit", "log", "plain"]

RUNS: Final = 28
"""Runs that a full baseline holds; with fewer a detector is degraded."""

STEPS: Final = (RUNS, 14, 7)
"""Lengths that a baseline may have: the longest that leaves a run to judge."""

PRIOR: Final = 8.0
"""Runs' worth of belief that a share is exactly as noisy as counting makes it."""

_ROUGH: Final = 1.5  # dispersion above which days differ by more than chance
_MANY: Final = 10.0  # items on the rarer side of a run from which on its logit is as good as normal
_MAD: Final = 1.4826
_OUTLIER: Final = 4.0
_MEMORY: Final = 0.8
_BELIEVED: Final = 0.3  # memory that noise beyond counting is believed to have before it is seen
_BELIEF: Final = 14.0  # runs' worth of that belief


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a signal was in so many runs from ``first`` to ``last``.

    ``k`` of ``n`` items with dispersion ``phi`` (1 is pure chance) for shares; ``level``, ``spread`` of a run and
    ``memory`` (the share of one run's noise found in the next) in the scale of ``form``. ``middle`` and ``width`` say
    where ordinary runs lie. ``chance`` and ``between`` are the variances of a run's logit by counting, and beyond it.
    ``highest`` is the largest value seen, in the signal's own unit; ``ids`` the names seen, of signals that are names.
    """

    form: Form
    runs: int
    first: date
    last: date
    k: float = 0.0
    n: float = 0.0
    phi: float = 1.0
    level: float = 0.0
    spread: float = 0.0
    memory: float = 0.0
    prior: float = 0.0
    middle: float = 0.0
    width: float = 0.0
    chance: float = 0.0
    between: float = 0.0
    highest: float = 0.0
    ids: tuple[str, ...] = ()

    @property
    def usual(self) -> float:
        """The level in the signal's own unit."""
        return self.k / self.n if self.n else natural(self.form, self.level)

    @property
    def beyond(self) -> float:
        """The share of a run's variance that counting alone does not explain: all of it, where nothing is counted."""
        return 1 - min(self.chance / self.spread**2, 1.0) if self.spread else 1.0

    @property
    def believed(self) -> float:
        """The memory to reckon with: that found, drawn towards a usual one, since so few runs often miss one."""
        usual = _BELIEVED * self.beyond
        return (self.memory * self.runs + usual * _BELIEF) / (self.runs + _BELIEF)


def natural(form: Form, level: float) -> float:
    """Turn the level of a quantity back into the signal's own unit."""
    return math.exp(level) if form == "log" else level


def frozen_runs(runs: int) -> int:
    """Say how many of the first runs a baseline takes where so many are known; 0 where there are too few."""
    return next((step for step in STEPS if runs > step), 0)


def freeze(track: Track, start: int, stop: int, *, least: float = 0.0, is_suite: bool = False) -> Baseline | None:
    """Freeze the runs of a track from one place to before another; ``None`` where they say nothing.

    ``least`` is the smallest spread believed of a value. The same questions asked again differ by less than chance, so
    that only suites may have a dispersion under 1.
    """
    days, values = track.days[start:stop], track.values[start:stop]
    if track.texts:
        return Baseline("plain", len(days), days[0], days[-1], ids=tuple(sorted(set(track.texts[start:stop]))))
    if track.form == "count":
        return _of_counts(days, track.passes()[start:stop], track.counts[start:stop], is_suite=is_suite)
    form: Form = "log" if track.form == "log" and min(values, default=0) > 0 else "plain"
    shown = [math.log(value) for value in values] if form == "log" else list(values)
    found = _of_values(form, days, shown, [1.0] * len(shown), least)
    return found and replace(found, highest=max(values))


def logit(k: float, n: float) -> float:
    """Give the log odds of ``k`` in ``n``, half an item added to each side so that none is infinite."""
    return math.log((k + 0.5) / (n - k + 0.5))


def _of_counts(days: Sequence[date], k: Sequence[float], n: Sequence[float], *, is_suite: bool) -> Baseline | None:
    """Freeze counts; the dispersion is Pearson's, drawn towards 1.

    A quarter of one item squared is the least mean variance, but where chance alone gives less (all passes, say) that.
    """
    counted = [(a, b) for a, b in zip(k, n, strict=True) if b > 0]
    if not counted:
        return None
    passes, total = map(math.fsum, zip(*counted, strict=True))
    share = passes / total
    half = 0.5 / max(total, 1.0)
    inside = min(max(share, half), 1 - half)
    variance = inside * (1 - inside)
    off = math.fsum((a - b * share) ** 2 / (b * variance) for a, b in counted)
    least = math.fsum(min(0.25 / (b * variance), 1.0) for _, b in counted)
    runs = len(k)
    phi = (PRIOR + max(off, least)) / (PRIOR + len(counted) - 1)
    if phi <= _ROUGH and min(passes, total - passes) / runs < _MANY:
        return Baseline("count", runs, days[0], days[-1], passes, total, phi if is_suite else max(phi, 1.0))
    chance = runs / (variance * total)
    shown = [logit(a, b) for a, b in counted]
    even = _of_values("logit", days, shown, [1.0] * len(shown), 0.0, chance)
    if even is None:
        return None
    between = max(even.spread**2 - chance, 0.0)
    weights = [weight(chance, between, total / runs, b) for _, b in counted]
    found = _of_values("logit", days, shown, weights, 0.0, chance)
    return found and replace(found, runs=runs, k=passes, n=total, phi=phi, chance=chance, between=between)


def weight(chance: float, between: float, usual: float, n: float) -> float:
    """Say how much a run of ``n`` items tells beside one of the usual number; fewer items hold more chance."""
    return (between + chance) / (between + chance * usual / n) if n > 0 else 0.0


def _of_values(
    form: Form,
    days: Sequence[date],
    values: Sequence[float],
    weights: Sequence[float],
    least: float,
    chance: float = 0.0,
) -> Baseline | None:
    """Freeze values with their spread and memory, isolated outliers held in.

    Where counting alone explains a variance (``chance``, else 0), the one found is drawn towards it. The memory is the
    lag-1 autocorrelation with its small-sample bias, (1 + 4 r) / runs (Marriott and Pope 1954), added back, 0 to 0.8.
    """
    runs = len(values)
    if runs < 3:
        return None
    middle = median(values)
    width = _OUTLIER * _MAD * median(abs(value - middle) for value in values)
    held = settled(values, weights, middle, width)
    level = math.fsum(map(mul, held, weights)) / math.fsum(weights)
    off = [(value - level) * math.sqrt(weight) for value, weight in zip(held, weights, strict=True)]
    squares = math.fsum(map(mul, off, off))
    floor = max(least, 1e-9 * abs(level) if form == "plain" else 1e-9, 1e-12)
    prior = PRIOR if chance else 0.0
    spread = max(math.sqrt((prior * chance + squares) / (prior + runs - 1)), floor)
    memory = 0.0
    if squares > floor * floor:
        lagged = math.fsum(a * b for a, b in pairwise(off)) / squares
        memory = min(max((lagged * runs + 1) / (runs - 4), 0.0), _MEMORY) if runs > 4 else 0.0
    return Baseline(
        form, runs, days[0], days[-1],
        level=level, spread=spread, memory=memory, prior=prior, middle=middle, width=width,
    )  # fmt: skip


def settled(values: Sequence[float], weights: Sequence[float], middle: float, width: float) -> list[float]:
    """Hold isolated outliers in at four robust deviations; two neighbours out on one side are a level, not outliers."""
    out = fresh(values, weights, middle, width)
    side = _sides(middle, width)
    for place, ((value, here), (following, there)) in enumerate(pairwise(zip(values, weights, strict=True))):
        if side(value, here) and side(value, here) == side(following, there):
            out[place] = value
    return out


def fresh(values: Sequence[float], weights: Sequence[float], middle: float, width: float) -> list[float]:
    """Do the same as each run was seen when it was the newest, before its next neighbour was known."""
    out = list(values)
    side, before = _sides(middle, width), 0
    for place, (value, weight) in enumerate(zip(values, weights, strict=True)):
        here = side(value, weight)
        if here and here != before:
            out[place] = middle + here * width / math.sqrt(weight)
        before = here
    return out


def _sides(middle: float, width: float) -> Callable[[float, float], int]:
    """Make the question on which side a run is out: -1, 1 or, inside, 0; a width of 0 holds nothing in."""

    def side(value: float, weight: float) -> int:
        if not width or abs(value - middle) * math.sqrt(weight) <= width:
            return 0
        return 1 if value > middle else -1

    return side
