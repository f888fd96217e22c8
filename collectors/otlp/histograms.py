"""Read histograms, explicit and exponential, subtract and add them, and find percentiles inside their buckets."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from typing import Final

from collectors.answers import number, rows, table, whole

Bucket = tuple[float, float]
"""The edges of a bucket; the upper one belongs to it."""

_MOST_BUCKETS: Final = 10_000


@dataclass(slots=True)
class Tally:
    """What was counted: how many, their sum, and how many in each bucket; of plain numbers the sum alone."""

    count: float = 0.0
    total: float = 0.0
    buckets: Counter[Bucket] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """Add what another one counted."""
        self.count += other.count
        self.total += other.total
        self.buckets.update(other.buckets)

    def since(self, earlier: "Tally") -> "Tally":
        """Give what was counted since an earlier reading; a smaller one says that counting began anew."""
        held: Counter[Bucket] = Counter()
        for edges, n in earlier.buckets.items():
            held[self._around(edges)] += n
        is_anew = self.count < earlier.count or self.total < earlier.total
        if is_anew or any(self.buckets[edges] < n for edges, n in held.items()):
            return self
        left = Counter({edges: n - held[edges] for edges, n in self.buckets.items()})
        return Tally(self.count - earlier.count, self.total - earlier.total, left)

    def _around(self, edges: Bucket) -> Bucket:
        """Find the bucket that holds another one: an exponential histogram joins its buckets when they become many."""
        if edges in self.buckets:
            return edges
        return next((each for each in self.buckets if each[0] <= edges[0] and edges[1] <= each[1]), edges)

    def scaled(self, scale: float) -> "Tally":
        """Give the same in another unit."""
        buckets = Counter({(lower * scale, upper * scale): n for (lower, upper), n in self.buckets.items()})
        return Tally(self.count, self.total * scale, buckets)

    def quantile(self, share: float) -> tuple[float, bool] | None:
        """Give a percentile by linear interpolation, and whether it is a floor: the last bucket has no upper edge."""
        everything = sum(self.buckets.values())
        rank, below = share * everything, 0.0
        for lower, upper in sorted(self.buckets):
            inside = self.buckets[lower, upper]
            if inside > 0 and below + inside >= rank:
                if upper == inf:
                    return lower, True
                return lower + (upper - lower) * (rank - below) / inside, False
            below += inside
        return None


def tally_of(form: str, body: Mapping[str, object]) -> Tally:
    """Read what a point counted."""
    if form in ("sum", "gauge"):
        found = body.get("asInt") if body.get("asDouble") is None else body.get("asDouble")
        return Tally(0.0, number(found, "the point's value", text_ok=True))
    count = float(whole(body.get("count", 0), "count", text_ok=True, low=0))
    total = number(body.get("sum", 0), "sum", text_ok=True)
    buckets = _explicit(body) if form == "histogram" else _exponential(body)
    return Tally(count, total, Counter(dict(buckets)))


def _explicit(body: Mapping[str, object]) -> Iterator[tuple[Bucket, int]]:
    bounds = [number(each, "explicitBounds[]", text_ok=True) for each in _listed(body, "explicitBounds")]
    counts = _counts(body)
    edges = [min(0.0, *bounds[:1]) if bounds else 0.0, *bounds, inf]
    yield from zip(pairwise(edges), counts, strict=False)


def _exponential(body: Mapping[str, object]) -> Iterator[tuple[Bucket, int]]:
    """Bucket ``i`` reaches from ``base ** i`` to ``base ** (i + 1)``, and base is ``2 ** (2 ** -scale)``."""
    power = 2.0 ** -whole(body.get("scale", 0), "scale", low=-32, high=32)
    if zero := whole(body.get("zeroCount", 0), "zeroCount", text_ok=True, low=0):
        yield (0.0, number(body.get("zeroThreshold", 0), "zeroThreshold", text_ok=True, low=0)), zero
    positive = table(body.get("positive") or {}, "positive")
    offset = whole(positive.get("offset", 0), "positive.offset")
    for place, count in enumerate(_counts(positive), offset):
        yield (_power(place * power), _power((place + 1) * power)), count


def _counts(body: Mapping[str, object]) -> list[int]:
    return [whole(each, "bucketCounts[]", text_ok=True, low=0) for each in _listed(body, "bucketCounts")]


def _listed(body: Mapping[str, object], key: str) -> list[object]:
    return rows(body.get(key) or [], key)[:_MOST_BUCKETS]


def _power(exponent: float) -> float:
    return float(2.0 ** max(-1_000.0, min(1_000.0, exponent)))
