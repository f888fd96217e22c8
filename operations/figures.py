"""Read the main figures of every system at once: quality, latency, errors and the line that shows where they go."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
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
    is_judged: bool


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


_SCORES: Final = """
select
    e.system, e.suite, e.scorer, e.seen, e.figures['value'] as value, e.figures['n'] as n, e.trend,
    exists (
        select 1 from verdicts v
        where v.system = e.system
            and v.metric in ('evaluation:' || e.scorer, 'evaluation:' || e.suite || '/' || e.scorer)
    ) as is_judged
from newest_evaluations e
where e.slice = ''
order by e.system, e.seen desc, e.suite, e.scorer
"""
_MAIN: Final = "select system, latency_p95, latency_series, error_ratio from main_figures"
_HEADLINES: Final = "select system, metric, value, n, series_id from headline_values"
_TRENDS: Final = """
select series_id, list(value order by bucket) as trend
from history_1h
where bucket >= $since and series_id in (select unnest($series))
group by series_id
"""


def figures(reader: Reader, headlines: Mapping[str, str], now: datetime) -> Mapping[str, Figures]:
    """Give the figures of every system; ``headlines`` names what is shown as the quality of each."""
    scores: defaultdict[str, list[_Score]] = defaultdict(list)
    for score in reader.rows(_Score, _SCORES):
        scores[score.system].append(score)
    main = {row.system: row for row in reader.rows(_Main, _MAIN)}
    measured = {row.system: row for row in reader.rows(_Headline, _HEADLINES)}
    wanted = {*(row.latency_series for row in main.values()), *(row.series_id for row in measured.values())} - {None}
    values = {"since": now - _TREND, "series": sorted(each for each in wanted if each is not None)}
    trends = {row.series_id: row.trend for row in reader.rows(_Trend, _TRENDS, values)} if wanted else {}
    return {
        system: _figures(scores[system], headline, main.get(system), measured.get(system), trends)
        for system, headline in headlines.items()
    }


def _figures(
    scores: list[_Score],
    headline: str,
    main: _Main | None,
    measured: _Headline | None,
    trends: Mapping[int, tuple[float, ...]],
) -> Figures:
    found = Figures(quality_name=headline, has_evaluations=bool(scores))
    if main is not None:
        line = trends.get(main.latency_series or 0, ())
        found = replace(
            found,
            latency_p95=main.latency_p95,
            error_ratio=main.error_ratio,
            trend=line[-_POINTS:],
            trend_name="latency p95" if line else "",
        )
    if (score := _score(scores, headline)) is not None:
        line = (score.trend or ())[-_POINTS:]
        named = replace(found, quality=score.value, quality_n=score.n, quality_name=score.scorer)
        return replace(named, trend=line, trend_name=score.scorer) if len(line) > 1 else named
    if measured is not None:
        line = trends.get(measured.series_id, ())[-_POINTS:]
        named = replace(found, quality=measured.value, quality_n=measured.n, quality_name=measured.metric)
        return replace(named, trend=line, trend_name=measured.metric) if line else named
    return found


def _score(scores: Iterable[_Score], headline: str) -> _Score | None:
    """Choose the newest score that the headline names; without one, the newest that a rule judges, else the newest."""
    found = list(scores)
    if headline:
        return next((s for s in found if headline in {s.scorer, f"{s.suite}/{s.scorer}"}), None)
    return next((s for s in found if s.is_judged), found[0] if found else None)
