"""Show one system in full: its metrics with the rules that judge them, money, scores, changes and breaches."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from operations import approvals, costs, incidents, models, reconciliation
from operations.coverage import coverage
from operations.evaluations import evaluations
from operations.portfolio import portfolio
from operations.rows import BreachRow, Mark, MetricRow, Point, SystemPage
from store.database import Reader
from store.records import State, Verdict

_TREND: Final = timedelta(hours=24)
_DAYS: Final = timedelta(days=31)
_CLOSED: Final = timedelta(days=30)
_RAW: Final = timedelta(hours=36)
_HOURLY: Final = timedelta(days=30)

_METRICS: Final = """
select metric, stat, dims, unit, value, n, seen, source, state, warning, critical,
    coalesce(trend, []::double[]) as trend
from metric_rows
left join (
    select series_id, list(value order by bucket) as trend
    from history_1h
    where system = $system and bucket >= $since
    group by series_id
) using (series_id)
where system = $system
order by
    case state when 'critical' then 0 when 'warning' then 1 when 'unknown' then 2 when 'ok' then 3 else 4 end,
    metric, stat, dims, source
"""
_BREACHES: Final = """
from breach_list
where system = $system and head = breach_id
    and (state <> 'closed' or (closed > $since and opened is not null))
order by state = 'closed', state = 'candidate', severity = 'warning', since desc, breach_id
"""
_VERDICTS: Final = """
from verdicts
where system = $system
order by
    case state when 'critical' then 0 when 'warning' then 1 when 'unknown' then 2 else 3 end,
    domain, rule
"""
_RAW_POINTS: Final = """
select seen, max(value) as value, null::double as low, null::double as high
from sample_values
where system = $system and metric = $metric and stat = $stat and dims = $dims and seen >= $since and seen < $until
group by seen
order by seen
"""
_HOURS: Final = """
select bucket as seen, max(value) as value, min(lowest) as low, max(highest) as high
from history_1h
where system = $system and metric = $metric and stat = $stat and dims = $dims and bucket >= $since and bucket < $until
group by bucket
order by bucket
"""
_DAILY: Final = """
select bucket as seen, max(value) as value, min(lowest) as low, max(highest) as high
from history_1d
where system = $system and metric = $metric and stat = $stat and dims = $dims and bucket >= $since and bucket < $until
group by bucket
order by bucket
"""
_MARKS: Final = """
select seen, kind, text from system_marks
where system = $system and seen >= $since and seen < $until
order by seen, kind, text
"""


@dataclass(frozen=True, slots=True)
class _Metric:
    """One row of the view ``metric_rows`` with the line of its last day."""

    metric: str
    stat: str
    dims: str
    unit: str
    value: float
    n: int | None
    seen: datetime
    source: str
    state: State | None
    warning: float | None
    critical: float | None
    trend: tuple[float, ...]


def system(reader: Reader, name: str, now: datetime) -> SystemPage | None:
    """Give everything about one system; ``None`` when the portfolio has none of this name."""
    row = next((row for row in portfolio(reader, now) if row.system == name), None)
    if row is None:
        return None
    asked = {"system": name}
    days = costs.days(reader, name, now - _DAYS)
    return SystemPage(
        row=row,
        metrics=tuple(_metric(each) for each in reader.rows(_Metric, _METRICS, {**asked, "since": now - _TREND})),
        costs=days,
        evaluations=evaluations(reader, name),
        changes=approvals.of_system(reader, name, now - _CLOSED, now),
        breaches=tuple(reader.rows(BreachRow, _BREACHES, {**asked, "since": now - _CLOSED})),
        verdicts=tuple(reader.rows(Verdict, _VERDICTS, asked)),
        cells=tuple(cell for row in coverage(reader, now, name).rows for cell in row.cells),
        incidents=incidents.of_system(reader, name, now - _CLOSED, now),
        models=models.of_system(reader, name, now),
        bases=reconciliation.bases(reader, name, days, now),
    )


def history(
    reader: Reader, system: str, metric: str, stat: str, dims: Mapping[str, str], since: datetime, until: datetime
) -> tuple[Point, ...]:
    """Give a metric's history: samples for a day and a half, hours for a month, days beyond, in half-open time."""
    asked = until - since
    query = _RAW_POINTS if asked <= _RAW else _HOURS if asked <= _HOURLY else _DAILY
    text = json.dumps(dict(dims), sort_keys=True, separators=(",", ":"), ensure_ascii=False) if dims else "{}"
    values = {"system": system, "metric": metric, "stat": stat, "dims": text, "since": since, "until": until}
    return tuple(reader.rows(Point, query, values))


def marks(reader: Reader, system: str, since: datetime, until: datetime) -> tuple[Mark, ...]:
    """Give what happened to a system in a stretch of time: breaches that began, changes that were made."""
    return tuple(reader.rows(Mark, _MARKS, {"system": system, "since": since, "until": until}))


def _metric(found: _Metric) -> MetricRow:
    return MetricRow(
        metric=found.metric,
        stat=found.stat,
        dims=json.loads(found.dims),
        unit=found.unit,
        value=found.value,
        n=found.n,
        seen=found.seen,
        source=found.source,
        state=found.state,
        warning=found.warning,
        critical=found.critical,
        trend=found.trend,
    )
