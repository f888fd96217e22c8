"""Compare the scores of two versions: the difference with its interval, and the smallest drop that it would have shown.

Everything is on a scale from 0 to 1 on which more is better, and every difference is new less current. Intervals are
one-sided at the stated level on either side, so that "above its lower end" errs as often as was agreed. Tests hold each
to nine digits of scipy.

Sources: for the same cases with a yes or no, the score interval of Tango (Equivalence test and confidence interval for
the difference in proportions for the paired-sample design, Statistics in Medicine 17, 1998), at no difference the test
of McNemar; for the same cases with a score, Student's t of the differences; for different cases, the hybrid of two
Wilson intervals (Newcombe, Interval estimation for the difference between independent proportions, method 10,
Statistics in Medicine 17, 1998); where only means and their errors are known, the t of Welch (Biometrika 34, 1947).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev
from typing import Final, Literal

from operations.distributions import student_quantile
from operations.statistics import Interval, rounded, wilson

Method = Literal["paired", "two-proportion", "welch"]
State = Literal["pass", "fail", "inconclusive"]

_NARROW: Final = 1e-9
_BINARY: Final = 0.01


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed before anyone looks: the chance of error on one side, the drop that is borne, the power wanted."""

    level: float = 0.05
    margin: float = 0.02
    power: float = 0.8

    @property
    def z(self) -> float:
        """The normal quantile of the level."""
        return NormalDist().inv_cdf(1 - self.level)


@dataclass(frozen=True, slots=True)
class Score:
    """What is known of a run without its cases: a share or mean from 0 to 1 of ``n``, and its standard error."""

    value: float
    n: int
    stderr: float | None = None

    @property
    def is_share(self) -> bool:
        """Whether each case must be taken as a yes or no.

        It is where no other spread is known: no value from 0 to 1 spreads wider than a yes or no of the same mean
        (Bhatia and Davis 2000), so that the interval is too wide at worst. An error of 0 says that all cases scored the
        same, not that the next one must.
        """
        if not self.stderr:
            return True
        widest = self.value * (1 - self.value)
        return any(abs(self.stderr**2 * items - widest) <= _BINARY * widest for items in (self.n - 1, self.n))


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the new version scores against the current one, and the smallest drop that would have been called a fail."""

    method: Method
    n_current: int
    n_new: int
    current: float
    new: float
    difference: float
    low: float
    high: float
    smallest_drop: float | None

    def state(self, margin: float) -> State:
        """Judge by non-inferiority.

        Pass: a drop over the margin is ruled out. Fail: the drop is over the margin and no chance. Else nobody knows.
        """
        if self.low > -margin:
            return "pass"
        return "fail" if self.high < 0 and rounded(self.difference) < -margin else "inconclusive"


def paired(current: Sequence[float], new: Sequence[float], terms: Terms) -> Comparison | None:
    """Compare scores of the same cases, in the same order; ``None`` for fewer than two."""
    n = len(current)
    if n < 2:
        return None
    before, after = fmean(current), fmean(new)
    changes = [b - a for a, b in zip(current, new, strict=True)]
    worse, better = sum(each < 0 for each in changes), sum(each > 0 for each in changes)
    if {*current, *new} <= {0.0, 1.0}:
        low, high = tango(better, worse, n, terms.z)
        smallest = _smallest(_paired_errors((worse + better + 1) / (n + 2), n), terms, before)
    else:
        low, high = paired_means(changes, terms)
        smallest = _smallest_of_mean(stdev(changes) / math.sqrt(n), n - 1, terms)
    return Comparison("paired", n, n, before, after, after - before, low, high, smallest)


def unpaired(current: Score, new: Score, terms: Terms) -> Comparison | None:
    """Compare scores of different cases; ``None`` where either side has fewer than two."""
    if min(current.n, new.n) < 2:
        return None
    if current.is_share or new.is_share:
        method: Method = "two-proportion"
        low, high = newcombe(current, new, terms.z)
        smallest = _smallest(_unpaired_errors(current, new.n), terms, current.value)
    else:
        method = "welch"
        low, high = welch(current, new, terms)
        smallest = _smallest_of_mean(*_welch_error(current, new), terms)
    difference = new.value - current.value
    return Comparison(method, current.n, new.n, current.value, new.value, difference, low, high, smallest)


def tango(better: int, worse: int, n: int, z: float) -> Interval:
    """Give Tango's score interval of the difference of two shares of the same ``n`` cases.

    ``better`` cases failed before and pass now, ``worse`` passed and fail.
    """
    return -_tango_high(worse, better, n, z), _tango_high(better, worse, n, z)


def newcombe(current: Score, new: Score, z: float) -> Interval:
    """Give Newcombe's hybrid score interval of the difference of two independent shares."""
    low_c, high_c = wilson(current.value * current.n, current.n, z) or (0.0, 1.0)
    low_n, high_n = wilson(new.value * new.n, new.n, z) or (0.0, 1.0)
    difference = new.value - current.value
    down = math.hypot(new.value - low_n, high_c - current.value)
    return difference - down, difference + math.hypot(high_n - new.value, current.value - low_c)


def welch(current: Score, new: Score, terms: Terms) -> Interval:
    """Give Welch's interval of the difference of two means whose standard errors are known."""
    error, freedom = _welch_error(current, new)
    half = student_quantile(terms.level, freedom) * error
    difference = new.value - current.value
    return difference - half, difference + half


def paired_means(changes: Sequence[float], terms: Terms) -> Interval:
    """Give Student's interval of the mean change of the same cases.

    Where all changed alike there is no spread to learn from; then as many cases as could have changed unseen, by
    Tango's interval of none of n, may have changed by the whole scale.
    """
    n, mean = len(changes), fmean(changes)
    spread = stdev(changes)
    if spread <= _NARROW:
        unseen = tango(0, 0, n, terms.z)[1]
        return max(mean - unseen, -1.0), min(mean + unseen, 1.0)
    half = student_quantile(terms.level, n - 1) * spread / math.sqrt(n)
    return mean - half, mean + half


def _tango_high(better: int, worse: int, n: int, z: float) -> float:
    """Find the largest difference that the score test does not refuse."""
    low, high = (better - worse) / n, 1.0
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if _tango_score(better, worse, n, middle) > -z else (low, middle)
    return low


def _tango_score(better: int, worse: int, n: int, difference: float) -> float:
    """Give the score statistic of a difference; the share that got worse is the likeliest one under it."""
    a = 2 * n
    b = -better - worse + (2 * n - better + worse) * difference
    c = -worse * difference * (1 - difference)
    root = math.sqrt(max(b * b - 4 * a * c, 0.0))
    share = -2 * c / (b + root) if b > 0 else (root - b) / (2 * a)
    variance = n * (2 * share + difference * (1 - difference))
    gap = better - worse - n * difference
    return gap / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, gap)


def _welch_error(current: Score, new: Score) -> tuple[float, float]:
    """Give the standard error of the difference of two means, and its degrees of freedom (Satterthwaite 1946)."""
    parts = [((each.stderr or 0.0) ** 2, each.n - 1) for each in (current, new)]
    variance = sum(part for part, _ in parts)
    return math.sqrt(variance), variance**2 / sum(part**2 / freedom for part, freedom in parts)


_Errors = Callable[[float], tuple[float, float]]


def _paired_errors(changed: float, n: int) -> _Errors:
    """Give the standard errors of a paired difference where nothing and where a drop is true.

    The share of cases that change is the one seen, half an unseen one added to each side, and the drop on top of it
    (Connor, Sample size for testing differences in proportions for the paired-sample design, Biometrics 43, 1987).
    """

    def errors(drop: float) -> tuple[float, float]:
        share = min(changed + drop, 1.0)
        return math.sqrt(share / n), math.sqrt(max(share - drop * drop, 0.0) / n)

    return errors


def _unpaired_errors(current: Score, n_new: int) -> _Errors:
    """Give the standard errors of an unpaired difference where nothing and where a drop is true (Fleiss 1981).

    The current share is not known closer to 0 or 1 than by half an item.
    """
    n, half = current.n, 0.5 / current.n
    before = min(max(current.value, half), 1 - half)

    def errors(drop: float) -> tuple[float, float]:
        after = max(before - drop, 0.0)
        pooled = (before * n + after * n_new) / (n + n_new)
        null = pooled * (1 - pooled) * (1 / n + 1 / n_new)
        return math.sqrt(null), math.sqrt(before * (1 - before) / n + after * (1 - after) / n_new)

    return errors


def _smallest(errors: _Errors, terms: Terms, most: float) -> float | None:
    """Give the smallest drop that would be called a fail with the power wanted; ``None`` where ``most`` would not."""
    surely = NormalDist().inv_cdf(terms.power)

    def is_seen(drop: float) -> bool:
        null, alternative = errors(drop)
        return drop - max(terms.margin, terms.z * null) >= surely * alternative

    low, high = 0.0, most
    if not is_seen(high):
        return None
    while high - low > _NARROW:
        middle = (low + high) / 2
        low, high = (low, middle) if is_seen(middle) else (middle, high)
    return high


def _smallest_of_mean(error: float, freedom: float, terms: Terms) -> float | None:
    """Give the smallest drop of a mean that would be called a fail; a drop over the whole scale is none."""
    level, power = (student_quantile(tail, freedom) for tail in (terms.level, 1 - terms.power))
    drop = max(terms.margin, level * error) + power * error
    return drop if drop <= 1 else None
