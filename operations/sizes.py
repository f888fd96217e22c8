"""Say what so many items can show: how large a shift of a mix is by chance, and which fall of a share could be seen."""

import math
from collections.abc import Sequence
from typing import Final

from operations.distributions import chi_square_quantile

_EVIDENCE: Final = math.log(3650)
"""Nats that a daily look needs where one false alarm in ten years is borne."""


def psi(current: Sequence[float], reference: Sequence[float]) -> float | None:
    """Give the population stability index of two mixes, both as counts of the same categories; ``None`` for no items.

    It is the divergence of Jeffreys (1946), sum of (p - q) ln(p / q). Half an item is added to each category, so that
    one that is new or gone does not make it infinite.
    """
    n, m = math.fsum(current), math.fsum(reference)
    if n <= 0 or m <= 0:
        return None
    half = len(current) / 2
    pairs = [((a + 0.5) / (n + half), (b + 0.5) / (m + half)) for a, b in zip(current, reference, strict=True)]
    return math.fsum((p - q) * math.log(p / q) for p, q in pairs)


def psi_cut(k: int, n: float, m: float, tail: float) -> float:
    """Give the index that two samples of one mix of ``k`` categories, n and m items, exceed with the chance ``tail``.

    Chi-square of k - 1 degrees of freedom times 1/n + 1/m (Yurdakul and Naranjo, Statistical properties of the
    population stability index, Journal of Risk Model Validation 2020). Fixed cuts such as 0.1 know nothing of n.
    """
    return chi_square_quantile(tail, k - 1) * (1 / n + 1 / m) if k > 1 else 0.0


def smallest_drop(share: float, items: float) -> float | None:
    """Give the fall from a share that so many items can show; ``None`` where even a fall to nothing would not show.

    No method needs fewer than ln(1 / rate of false alarms) / KL(after, before) items (Lorden, Procedures for reacting
    to a change in distribution, Annals of Mathematical Statistics 1971); the rate is one in ten years of daily looks.
    A share is not known closer to 1 than by half an item.
    """
    before = min(share, 1 - 0.5 / items) if items > 0.5 else 0.0
    if before <= 0 or items * _divergence(0.0, before) < _EVIDENCE:
        return None
    low, high = 0.0, before
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if items * _divergence(middle, before) >= _EVIDENCE else (low, middle)
    return share - low


def _divergence(after: float, before: float) -> float:
    """Give Kullback and Leibler's divergence of one item that passes with ``after`` from one with ``before``."""
    fails = (1 - after) * math.log((1 - after) / (1 - before))
    return fails + after * math.log(after / before) if after else fails
