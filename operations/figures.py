"""Read the main figures of every system at once: quality, latency, errors and the line that shows where they go."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from operations.overview import Overview
    from store.database import Reader

_TREND: Final = timedelta(hours=24)
_WEEK: Final = timedelta(days=7)
_POINTS: Final = 24


@dataclass(frozen=True, slots=True)
class Figures:
    """What one system's row shows in numbers."""

    quality: float | None = None
    quality_n: int | None = None
    quality_name: str = ""
    latency_p95: float | None = None
    error_ratio: float | None = None
    trend: tuple[float, ...] = ()
    trend_name: str = ""
    has_evaluations: bool = False


@dataclass(frozen=True, slots=True)
class _Score:
    system: str
    suite: str
    scorer: str
    seen: datetime
    value: float | None
    n: int | None
    trend: tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class _Trend:
    series_id: int
    trend: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    system: str
    metric: str


_SCORES: Final = """
select system, suite, scorer, seen, figures['value'] as value, figures['n'] as n, trend
from evaluation_board
where slice = ''
order by system, seen desc, suite, scorer
"""
_JUDGED: Final = "select distinct system, metric from verdicts where starts_with(metric, 'evaluation:')"
_TRENDS: Final = """
select series_id, list(value order by bucket) as trend
from trend_board
where bucket >= $since and series_id in (select unnest($series::integer[]))
group by series_id
"""


def figures(reader: Reader, overviews: Iterable[Overview], now: datetime) -> Mapping[str, Figures]:
    """Give the figures of every system, what is shown as its quality chosen by its headline."""
    systems = tuple(overviews)
    scores: defaultdict[str, list[_Score]] = defaultdict(list)
    for found in reader.rows(_Score, _SCORES):
        scores[found.system].append(found)
    judged = {(row.system, row.metric) for row in reader.rows(_Judged, _JUDGED)}
    chosen = {each.system: _score(scores[each.system], each.headline_name, judged) for each in systems}
    drawn = {each.system: _drawn(each, chosen[each.system]) for each in systems}
    wanted = sorted({series for series in drawn.values() if series is not None})
    values = {"since": now - _TREND, "series": wanted}
    trends = {row.series_id: row.trend for row in reader.rows(_Trend, _TRENDS, values)} if wanted else {}
    return {
        each.system: _figures(
            each,
            chosen[each.system],
            trends.get(drawn[each.system] or 0, ()),
            has_evaluations=bool(scores[each.system]),
        )
        for each in systems
    }


def _drawn(found: Overview, score: _Score | None) -> int | None:
    """Name the series whose line is drawn: the headline's, else the latency's; none where the scores have a line."""
    if score is not None and len(score.trend or ()) > 1:
        return None
    return found.latency_series if found.measured_series is None or score is not None else found.measured_series


def _figures(found: Overview, score: _Score | None, line: tuple[float, ...], *, has_evaluations: bool) -> Figures:
    quality, n, name = found.measured, found.measured_n, found.headline_name
    trend, trend_name = line, found.measured_name or "latency p95"
    if score is not None:
        quality, n, name = score.value, score.n, score.scorer
        trend_name = "latency p95"
        if len(score.trend or ()) > 1:
            trend, trend_name = score.trend or (), score.scorer
    return Figures(
        quality=quality,
        quality_n=n,
        quality_name=name,
        latency_p95=found.latency_p95,
        error_ratio=found.error_ratio,
        trend=trend[-_POINTS:],
        trend_name=trend_name if trend else "",
        has_evaluations=has_evaluations,
    )


def _score(scores: Iterable[_Score], headline: str, judged: AbstractSet[tuple[str, str]]) -> _Score | None:
    """Choose the score that the headline names, without one any; a rule's before others, then the first by name.

    Names decide rather than times, so that the figure does not jump between suites; scores a week older do not count.
    """
    named = [s for s in scores if not headline or headline in {s.scorer, f"{s.suite}/{s.scorer}"}]
    newest = max((s.seen for s in named), default=None)
    fresh = [s for s in named if newest is not None and newest - s.seen <= _WEEK]
    return min(fresh, key=lambda s: (not _is_judged(s, judged), s.suite, s.scorer), default=None)


def _is_judged(score: _Score, judged: AbstractSet[tuple[str, str]]) -> bool:
    names = (f"evaluation:{score.scorer}", f"evaluation:{score.suite}/{score.scorer}")
    return any((score.system, name) in judged for name in names)
