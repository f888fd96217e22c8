"""Read the main figures of every system at once: quality, latency, errors and the line that shows where they go."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from store.database import Reader

_TREND: Final = timedelta(hours=24)
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
class _Main:
    system: str
    latency_p95: float | None
    latency_series: int | None
    error_ratio: float | None


@dataclass(frozen=True, slots=True)
class _Headline:
    system: str
    metric: str
    value: float
    n: int | None
    series_id: int


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
from newest_evaluations
where slice = ''
order by system, seen desc, suite, scorer
"""
_JUDGED: Final = "select distinct system, metric from verdicts where starts_with(metric, 'evaluation:')"
_MAIN: Final = "select system, latency_p95, latency_series, error_ratio from main_figures"
_HEADLINES: Final = "select system, metric, value, n, series_id from headline_values"
_TRENDS: Final = """
select series_id, list(value order by bucket) as trend
from history_1h
where bucket >= $since and series_id in (select unnest($series::integer[]))
group by series_id
"""


def figures(reader: Reader, headlines: Mapping[str, str], now: datetime) -> Mapping[str, Figures]:
    """Give the figures of every system; ``headlines`` names what is shown as the quality of each."""
    scores: defaultdict[str, list[_Score]] = defaultdict(list)
    for found in reader.rows(_Score, _SCORES):
        scores[found.system].append(found)
    judged = {(row.system, row.metric) for row in reader.rows(_Judged, _JUDGED)} if "" in headlines.values() else set()
    chosen = {system: _score(scores[system], headline, judged) for system, headline in headlines.items()}
    main = {row.system: row for row in reader.rows(_Main, _MAIN)}
    measured = {row.system: row for row in reader.rows(_Headline, _HEADLINES)}
    wanted = {
        series
        for system in headlines
        if not _has_line(chosen[system])
        for series in _series(measured.get(system), main.get(system))
    }
    values = {"since": now - _TREND, "series": sorted(wanted)}
    trends = {row.series_id: row.trend for row in reader.rows(_Trend, _TRENDS, values)} if wanted else {}
    return {
        system: replace(
            _figures(chosen[system], headline, main.get(system), measured.get(system), trends),
            has_evaluations=bool(scores[system]),
        )
        for system, headline in headlines.items()
    }


def _has_line(score: _Score | None) -> bool:
    return score is not None and len(score.trend or ()) > 1


def _series(measured: _Headline | None, main: _Main | None) -> Iterable[int]:
    """Name the series whose line is drawn: the headline's, else the latency's."""
    if measured is not None:
        return (measured.series_id,)
    return () if main is None or main.latency_series is None else (main.latency_series,)


def _figures(
    score: _Score | None,
    headline: str,
    main: _Main | None,
    measured: _Headline | None,
    trends: Mapping[int, tuple[float, ...]],
) -> Figures:
    found = Figures(quality_name=headline)
    if main is not None:
        line = trends.get(main.latency_series or 0, ())
        found = replace(
            found,
            latency_p95=main.latency_p95,
            error_ratio=main.error_ratio,
            trend=line[-_POINTS:],
            trend_name="latency p95" if line else "",
        )
    if score is not None:
        line = (score.trend or ())[-_POINTS:]
        named = replace(found, quality=score.value, quality_n=score.n, quality_name=score.scorer)
        return replace(named, trend=line, trend_name=score.scorer) if len(line) > 1 else named
    if measured is not None:
        line = trends.get(measured.series_id, ())[-_POINTS:]
        named = replace(found, quality=measured.value, quality_n=measured.n, quality_name=measured.metric)
        return replace(named, trend=line, trend_name=measured.metric) if line else named
    return found


def _score(scores: Sequence[_Score], headline: str, judged: AbstractSet[tuple[str, str]]) -> _Score | None:
    """Choose the newest score that the headline names; without one, the newest that a rule judges, else the newest."""
    if headline:
        return next((s for s in scores if headline in {s.scorer, f"{s.suite}/{s.scorer}"}), None)
    names = ((s, {f"evaluation:{s.scorer}", f"evaluation:{s.suite}/{s.scorer}"}) for s in scores)
    ruled = (s for s, metrics in names if any((s.system, metric) in judged for metric in metrics))
    return next(ruled, scores[0] if scores else None)
