"""Give a number what makes it believable: intervals for shares and means, and rounding that survives summation."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Final

Interval = tuple[float, float]

_Z95: Final = 1.959963984540054
_DIGITS: Final = 12

# Student's t, two-sided 95%, by degrees of freedom 1..30; above, Fisher's expansion is exact to four digits.
_T95: Final = (
    12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139,
    2.200985, 2.178813, 2.160369, 2.144787, 2.131450, 2.119905, 2.109816, 2.100922, 2.093024, 2.085963,
    2.079614, 2.073873, 2.068658, 2.063899, 2.059539, 2.055529, 2.051831, 2.048407, 2.045230, 2.042272,
)  # fmt: skip


def wilson(passes: float, n: int, z: float = _Z95) -> Interval | None:
    """Give the Wilson interval of a share of ``passes`` in ``n``; ``None`` when nothing was counted.

    ``passes`` may be fractional (a share times its n) and is held inside 0..n.
    """
    if n <= 0:
        return None
    share = min(max(passes / n, 0.0), 1.0)
    shrink = 1 + z * z / n
    middle = (share + z * z / (2 * n)) / shrink
    half = z / shrink * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))


def around(mean: float, stderr: float) -> Interval:
    """Give the normal interval of a mean whose standard error is known."""
    return mean - _Z95 * stderr, mean + _Z95 * stderr


def spread(values: Sequence[float]) -> Interval | None:
    """Give the t interval of the mean of a few runs; one run alone says nothing about spread."""
    if len(values) < 2:
        return None
    half = _t95(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    mean = fmean(values)
    return mean - half, mean + half


def rounded(value: float) -> float:
    """Drop the digits that summation invents, so that the value compared is the value shown.

    ``(0.8 * 2 + 0.8 * 5) / 7`` is 0.7999999999999999 in floats and would breach a floor of 0.8.
    """
    return float(f"{value:.{_DIGITS}g}")


def _t95(freedom: int) -> float:
    if freedom <= len(_T95):
        return _T95[freedom - 1]
    z3, z5 = _Z95**3, _Z95**5
    return _Z95 + (z3 + _Z95) / (4 * freedom) + (5 * z5 + 16 * z3 + 3 * _Z95) / (96 * freedom**2)
