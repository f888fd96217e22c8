"""Give the tails of the distributions that judgements rest on; the standard library has the normal one only.

Formulas are those of the NIST Digital Library of Mathematical Functions: the incomplete beta function by the continued
fraction 8.17.22, the incomplete gamma function by the series 8.7.1 and the continued fraction 8.9.2, both fractions
evaluated after Lentz; large gamma functions cancel in pairs, so only what Stirling's formula leaves of them (5.11.1) is
computed. Tests hold them to nine digits of scipy.
"""

import math
from collections.abc import Iterable
from itertools import chain, count, islice
from typing import Final

_TINY: Final = 1e-100
_ENOUGH: Final = 1e-15
_MOST: Final = 100_000


def beta_cdf(x: float, a: float, b: float) -> float:
    """Give the share of a Beta(a, b) distribution that lies under ``x``; a and b are positive."""
    return _beta(x, 1 - x, a, b)


def binomial_cdf(k: int, n: int, p: float) -> float:
    """Give the chance of at most ``k`` of ``n`` where each has the chance ``p``."""
    if k < 0:
        return 0.0
    return 1.0 if k >= n else _beta(1 - p, p, n - k, k + 1)


def student_tail(t: float, freedom: float) -> float:
    """Give the chance that Student's t of so many degrees of freedom is above ``t``."""
    whole = freedom + t * t
    half = _beta(freedom / whole, t * t / whole, freedom / 2, 0.5) / 2
    return half if t >= 0 else 1 - half


def student_quantile(tail: float, freedom: float) -> float:
    """Give the value above which Student's t lies with the chance ``tail``, 0 < tail < 1."""
    if tail > 0.5:
        return -student_quantile(1 - tail, freedom)
    low, high = 0.0, 1.0
    while student_tail(high, freedom) > tail:
        low, high = high, high * 2
    while high - low > 1e-12 * (1 + high):
        middle = (low + high) / 2
        low, high = (middle, high) if student_tail(middle, freedom) > tail else (low, middle)
    return (low + high) / 2


def normal_tail(z: float) -> float:
    """Give the chance that a standard normal value is above ``z``."""
    return math.erfc(z / math.sqrt(2)) / 2


def chi_square_tail(x: float, freedom: float) -> float:
    """Give the chance that chi-square of so many degrees of freedom is above ``x``."""
    return _gamma(freedom / 2, x / 2)[1]


def chi_square_quantile(tail: float, freedom: float) -> float:
    """Give the value above which chi-square lies with the chance ``tail``, 0 < tail < 1."""

    def is_under(x: float) -> bool:
        below, above = _gamma(freedom / 2, x / 2)
        return above > tail if tail < 0.5 else below < 1 - tail

    low, high = 0.0, freedom + 10.0
    while is_under(high):
        high *= 2
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if is_under(middle) else (low, middle)
    return (low + high) / 2


def _beta(x: float, rest: float, a: float, b: float) -> float:
    """Give the share of Beta(a, b) under ``x``; the rest comes along, too small perhaps to be seen in x."""
    if x <= 0 or rest <= 0:
        return float(x > 0)
    # each side converges fast below its own middle
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_part(rest, x, b, a)
    return _beta_part(x, rest, a, b)


def _beta_part(x: float, rest: float, a: float, b: float) -> float:
    both = a + b
    power = a * math.log(x * (both / a)) + b * math.log(rest * (both / b))
    left = _left_by_stirling(both) - _left_by_stirling(a) - _left_by_stirling(b)
    front = math.exp(power + left) * math.sqrt(b / (math.tau * a * both))

    def above(step: int) -> float:
        m = step // 2
        if step % 2:
            return -(a + m) * (both + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))

    return front * _fraction(chain([(1.0, 1.0)], ((above(step), 1.0) for step in count(1))))


def _gamma(a: float, x: float) -> tuple[float, float]:
    """Give the shares of a Gamma(a) distribution under and above ``x``, the smaller of them to its last digit."""
    if x <= 0:
        return 0.0, 1.0
    front = math.exp(a * math.log(x / a) + (a - x) - _left_by_stirling(a)) * math.sqrt(a / math.tau)
    if x >= a + 1:
        terms = ((-i * (i - a), x + 1 - a + 2 * i) for i in count(1))
        above = front * _fraction(chain([(1.0, x + 1 - a)], terms))
        return 1 - above, above
    term = total = 1 / a
    place = a
    while term > total * _ENOUGH:
        place += 1
        term *= x / place
        total += term
    return front * total, 1 - front * total


def _left_by_stirling(z: float) -> float:
    """Give the logarithm of the gamma function less ``(z - 1/2) ln z - z + ln(2 pi)/2``."""
    if z < 10:
        return math.lgamma(z) - (z - 0.5) * math.log(z) + z - math.log(math.tau) / 2
    square = z * z
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / z


def _fraction(parts: Iterable[tuple[float, float]]) -> float:
    """Give a continued fraction, a1/(b1 + a2/(b2 + ...)), as far as it goes or changes anything."""
    found, before, behind = _TINY, _TINY, 0.0
    for above, below in islice(parts, _MOST):
        behind = 1 / _away(below + above * behind)
        before = _away(below + above / before)
        found *= before * behind
        if abs(before * behind - 1) < _ENOUGH:
            break
    return found


def _away(value: float) -> float:
    """Keep a divisor away from zero, as Lentz's method asks."""
    return value if abs(value) > _TINY else _TINY
