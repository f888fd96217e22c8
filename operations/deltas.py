"""Say what a new version of a system costs and how long it takes beside the current one, where series tell them apart.

Only series that carry the version among their dimensions speak for it: what came before and after a change in time says
as much of the day as of the version. A unit cost is a sum over a sum of one source; of the hourly p95 of a latency the
median is told, since percentiles cannot be averaged.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final, Literal

from operations.statistics import rounded
from store.database import Reader

Measure = Literal["unit cost", "p95 latency"]

_COST: Final = "llmops.cost"
_REQUESTS: Final = "llmops.requests"
_LATENCY: Final = "gen_ai.client.operation.duration"
_LATELY: Final = timedelta(days=28)
_LEAST: Final = 100.0
"""Requests of a version from which on its unit cost is told without a doubt."""

_HOURS: Final = 24
"""Hours of a version from which on its latency is: a day has quiet hours and busy ones."""

# One row per series that may tell versions apart; most changes have none, and then no sample is read.
_NAMING: Final = """
select series_id, dims
from series
where system = $system and dims <> '{}'
    and ((metric in ($cost, $requests) and stat = 'sum') or (metric = $latency and stat = 'p95'))
"""

# One row per series of the last weeks: what it adds up to, and its hours one by one.
_SERIES: Final = """
select
    d.source, d.metric, d.unit, d.period, d.dims, sum(r.total) as total,
    list(r.total / r.samples order by r.bucket) as hours
from series d join rollup_1h r using (series_id)
where d.series_id in (select unnest($ids::integer[])) and r.bucket >= $since and r.bucket < $now
group by d.series_id, d.source, d.metric, d.unit, d.period, d.dims
order by d.source, d.metric, d.dims
"""


@dataclass(frozen=True, slots=True)
class Delta:
    """What one measure is for either version; ``change`` is relative to the current one.

    ``n_current`` and ``n_new`` are requests for a unit cost and hours for a latency. Where it cannot be told, or not
    surely, ``note`` says why.
    """

    measure: Measure
    unit: str
    current: float | None = None
    new: float | None = None
    change: float | None = None
    n_current: float = 0.0
    n_new: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Naming:
    series_id: int
    dims: str


@dataclass(frozen=True, slots=True)
class _Series:
    source: str
    metric: str
    unit: str
    period: int
    dims: str
    total: float
    hours: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    """What one way of cutting a source says of a version: its value, of how much, in which unit."""

    value: float
    n: float
    unit: str


_Cut = tuple[str, int, str]
"""A way to tell versions apart: a source, the length of its periods, the dimension that holds the version."""


def deltas(reader: Reader, system: str, current: str, new: str, now: datetime) -> tuple[Delta, ...]:
    """Compare the cost of a request and the p95 latency of two versions over the last four weeks."""
    asked = {"system": system, "cost": _COST, "requests": _REQUESTS, "latency": _LATENCY}
    ids = [
        each.series_id
        for each in reader.rows(_Naming, _NAMING, asked)
        if any(any(_naming(json.loads(each.dims), version)) for version in (current, new))
    ]
    rows = reader.rows(_Series, _SERIES, {"ids": ids, "since": now - _LATELY, "now": now}) if ids else []
    sides = [_cuts(rows, version) for version in (current, new)]
    costs = [{cut: told for cut, each in side.items() if (told := _unit_cost(each))} for side in sides]
    latencies = [{cut: told for cut, each in side.items() if (told := _latency(each))} for side in sides]
    return (
        _delta("unit cost", costs, (current, new), "cost and requests", (_LEAST, "requests")),
        _delta("p95 latency", latencies, (current, new), "a p95 of latency", (_HOURS, "hours")),
    )


def _cuts(rows: Sequence[_Series], version: str) -> dict[_Cut, list[_Series]]:
    """Group the series that carry a version by how they tell it."""
    found: defaultdict[_Cut, list[_Series]] = defaultdict(list)
    for row in rows:
        for name in _naming(json.loads(row.dims), version):
            found[row.source, row.period, name].append(row)
    return found


def _naming(dims: Mapping[str, str], version: str) -> Iterator[str]:
    """Name the dimensions that hold a version; that of a prompt may leave its name out (``14`` of ``bot@14``)."""
    short = version.rpartition("@")[2]
    return (name for name, value in dims.items() if value == version or (name.endswith("version") and value == short))


def _unit_cost(rows: Sequence[_Series]) -> _Told | None:
    cost, requests = (_coarsest(rows, metric) for metric in (_COST, _REQUESTS))
    n = sum(row.total for row in requests)
    units = {row.unit for row in cost}
    if n <= 0 or len(units) != 1:
        return None
    return _Told(sum(row.total for row in cost) / n, n, units.pop())


def _latency(rows: Sequence[_Series]) -> _Told | None:
    """Give the median of the hours; where other dimensions cut them too, no one series speaks for the version."""
    found = _coarsest(rows, _LATENCY)
    return _Told(median(found[0].hours), len(found[0].hours), found[0].unit) if len(found) == 1 else None


def _coarsest(rows: Sequence[_Series], metric: str) -> list[_Series]:
    """Give the series of a metric that are cut by the fewest dimensions: finer cuts tell the same once more."""
    by_names: defaultdict[tuple[str, ...], list[_Series]] = defaultdict(list)
    for row in rows:
        if row.metric == metric:
            by_names[tuple(sorted(json.loads(row.dims)))].append(row)
    return by_names[min(by_names, key=lambda names: (len(names), names))] if by_names else []


def _delta(
    measure: Measure,
    sides: Sequence[Mapping[_Cut, _Told]],
    versions: tuple[str, str],
    what: str,
    least: tuple[float, str],
) -> Delta:
    """Compare by the cut that tells both versions, in one unit, and the most of the one of which it tells less."""
    before, after = sides
    both = [cut for cut in before if cut in after and before[cut].unit == after[cut].unit]
    if not both:
        absent = [version for version, side in zip(versions, sides, strict=True) if not side]
        whose = " and of ".join(absent) or " and of ".join(versions) + " alike"
        return Delta(measure, "", note=f"no source gives {what} of {whose} by a dimension that names it")
    cut = max(both, key=lambda each: (min(before[each].n, after[each].n), each))
    old, new = before[cut], after[cut]
    change = rounded(rounded(new.value / old.value) - 1) if old.value > 0 else None
    fewest = min(old.n, new.n)
    note = f"{fewest:g} {least[1]} only" if fewest < least[0] else ""
    return Delta(measure, new.unit, rounded(old.value), rounded(new.value), change, old.n, new.n, note)
