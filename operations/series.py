"""Choose the series that speak for a rule: one source, one period, the exact dimensions where a series has them.

Several sources or periods of one metric would count the same requests twice, so exactly one is taken: the first by
name of those that are fresh. A rule that wants another one names its ``source``.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from operations.rules import Rule
from operations.settings import Threshold
from operations.thresholds import Evidence, stale_after
from store.database import Reader

RATIOS: Final = {
    "llmops.error_ratio": ("llmops.errors", "llmops.requests"),
    "llmops.cost_per_request": ("llmops.cost", "llmops.requests"),
}
"""Metrics that are made of two sums, so that windows can be merged: (numerator, denominator)."""

_QUERY: Final = """
select series_id, source, system, metric, stat, unit, period, dims, seen
from latest_values
where stat not in ('counter', 'bucket') and $system in ('', system)
"""
_GAUGE: Final = "last"
_FROM_GAUGES: Final = frozenset({"avg", "min", "max"})


@dataclass(frozen=True, slots=True)
class Series:
    """One series that could speak, with the time of its newest sample."""

    series_id: int
    source: str
    system: str
    metric: str
    stat: str
    unit: str
    period: int
    dims: str
    seen: datetime


@dataclass(frozen=True, slots=True)
class Chosen:
    """The series that speak for a rule; ``wholes`` are the denominators where the rule judges a ratio of two sums."""

    parts: tuple[Series, ...]
    wholes: tuple[Series, ...] = ()

    @property
    def seen(self) -> datetime:
        """Give the newest time of which everything asked is known."""
        newest = max(each.seen for each in self.parts)
        return min(newest, max(each.seen for each in self.wholes)) if self.wholes else newest

    @property
    def window(self) -> int:
        """Give the shortest window in seconds that these series can fill."""
        return max(each.period for each in (*self.parts, *self.wholes))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All series of the store by system and metric."""

    known: Mapping[tuple[str, str], tuple[Series, ...]]

    def choose(self, rule: Rule, now: datetime) -> Chosen | None:
        """Find what speaks for a rule; ``None`` when nothing does."""
        threshold, system = rule.threshold, rule.system.name
        is_ratio = threshold.stat == "ratio" and threshold.metric in RATIOS
        if is_ratio and (pair := self._pair(threshold, system, now)):
            return pair
        stats = (threshold.stat, _GAUGE) if threshold.stat in _FROM_GAUGES else (threshold.stat,)
        found = _speaking(threshold, self.known.get((system, threshold.metric), ()), stats, now)
        return Chosen(found) if found else None

    def _pair(self, threshold: Threshold, system: str, now: datetime) -> Chosen | None:
        """Find numerator and denominator of one source and period; a fresh source before a stale one."""
        part, whole = (self.known.get((system, name), ()) for name in RATIOS[threshold.metric])
        pairs = []
        for source in sorted({each.source for each in part} & {each.source for each in whole}):
            if threshold.source in {"", source}:
                bound = replace(threshold, source=source)
                parts, wholes = (_speaking(bound, found, ("sum", "count"), now) for found in (part, whole))
                if parts and wholes and parts[0].period == wholes[0].period:
                    pairs.append(Chosen(parts, wholes))
        return min(pairs, key=lambda pair: now - pair.seen > _freshness(threshold, pair.window), default=None)


def read(reader: Reader, system: str = "") -> Catalogue:
    """Give the series of the store, or of one system."""
    return catalogue(reader.rows(Series, _QUERY, {"system": system}))


def catalogue(series: Iterable[Series]) -> Catalogue:
    """Arrange series by system and metric."""
    known: defaultdict[tuple[str, str], list[Series]] = defaultdict(list)
    for each in series:
        known[each.system, each.metric].append(each)
    return Catalogue({key: tuple(found) for key, found in known.items()})


def _speaking(
    threshold: Threshold, candidates: tuple[Series, ...], stats: tuple[str, ...], now: datetime
) -> tuple[Series, ...]:
    """Give the series of the best group (source, stat, period, unit), newest facts first, then names."""
    groups: defaultdict[tuple[bool, bool, int, str, int, str], list[Series]] = defaultdict(list)
    for each in candidates:
        if each.stat in stats and threshold.source in {"", each.source} and _has(each.dims, threshold.dims):
            is_stale = now - each.seen > _freshness(threshold, each.period)
            is_wider = len(_dims(each.dims)) > len(threshold.dims)
            groups[is_stale, is_wider, stats.index(each.stat), each.source, each.period, each.unit].append(each)
    return tuple(groups[min(groups)]) if groups else ()


def _freshness(threshold: Threshold, period: int) -> timedelta:
    return stale_after(threshold, Evidence(window=period))


def _has(dims: str, asked: Mapping[str, str]) -> bool:
    held = _dims(dims)
    return all(held.get(name) == value for name, value in asked.items())


@lru_cache(4096)
def _dims(text: str) -> dict[str, str]:
    """Read the dimensions of a series; the store wrote them."""
    return dict(json.loads(text))
