"""Keep samples: one series per set of dimensions, each value once, the newest value and the rollups beside them.

Writing the same rows twice changes nothing; a corrected value replaces the old one, which is kept as a revision.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter

from store import raw_days
from store.database import Session
from store.records import Sample

# A value over a period belongs to the hour in which the period lies, an instant to its own hour.
_HOUR = "date_trunc('hour', case when q.period = 0 then s.seen else s.seen - interval 1 microsecond end)"

_SERIES_COLUMNS = {
    "series_id": "integer", "source": "varchar", "system": "varchar", "metric": "varchar", "stat": "varchar",
    "unit": "varchar", "period": "integer", "dims": "varchar",
}  # fmt: skip

# Counter resets (a restarted server) count from zero, as Prometheus' increase() does.
_INCREASES = """
create or replace temp table increases as
with touched as (
    select distinct a.series_id from arrivals a join series q using (series_id) where q.stat in ('counter', 'bucket')
),
readings as (
    select s.series_id, s.seen, s.value, lag(s.value) over each_series as earlier
    from samples s join touched using (series_id)
    where s.seen >= (select min(seen) - interval 2 day from arrivals)
    window each_series as (partition by s.series_id order by s.seen)
)
select r.series_id, r.seen, case when r.value < r.earlier then r.value else r.value - r.earlier end as increase
from readings r
where r.earlier is not null and r.seen >= (select min(seen) from arrivals)
"""

_SUMS = """
select q.system, q.metric, 'sum' as stat, q.unit, -1 as period, q.dims, i.seen, i.increase as value, null::bigint as n,
    false as is_floor
from increases i join series q using (series_id)
where q.stat = 'counter'
"""

# Linear interpolation inside the bucket, as Prometheus' histogram_quantile() does; in the +Inf bucket the highest
# finite bound is a floor, not a value.
_QUANTILES = """
with buckets as (
    select q.system, q.metric, q.unit, json_merge_patch(q.dims, '{"le": null}')::varchar as dims, i.seen,
        case json_extract_string(q.dims, '$.le') when '+Inf' then 'infinity'::double
            else json_extract_string(q.dims, '$.le')::double end as le,
        i.increase as cumulative
    from increases i join series q using (series_id)
    where q.stat = 'bucket'
),
edges as (
    select *, coalesce(lag(le) over each_histogram, 0) as lower,
        coalesce(lag(cumulative) over each_histogram, 0) as below,
        max(cumulative) over (partition by system, metric, unit, dims, seen) as total
    from buckets
    window each_histogram as (partition by system, metric, unit, dims, seen order by le)
),
asked as (select * from (values ('p50', 0.5), ('p95', 0.95)) asked (stat, share)),
found as (
    select e.*, a.stat, a.share * e.total as rank
    from edges e cross join asked a
    where e.total > 0 and e.cumulative >= a.share * e.total
    qualify row_number() over (partition by e.system, e.metric, e.unit, e.dims, e.seen, a.stat order by e.le) = 1
)
select system, metric, stat, unit, -1 as period, dims, seen,
    case when isinf(le) then lower
        when cumulative = below then le
        else lower + (le - lower) * (rank - below) / (cumulative - below) end as value,
    round(total)::bigint as n, isinf(le) as is_floor
from found
"""


def take(session: Session, source: str, run_number: int, samples: Sequence[Sample], now: datetime) -> int:
    """Store samples of one source, derive increases and percentiles from raw readings; give the rows that were new."""
    if not samples:
        return 0
    numbers = _numbers(session, source, samples)
    session.stage(
        "staged",
        {
            "series_id": ("integer", numbers),
            "seen": ("timestamp", list(map(attrgetter("seen"), samples))),
            "value": ("double", list(map(attrgetter("value"), samples))),
            "n": ("bigint", list(map(attrgetter("n"), samples))),
            "is_floor": ("boolean", list(map(attrgetter("is_floor"), samples))),
        },
    )
    new = _absorb(session, run_number, now)
    if new and any(sample.stat in ("counter", "bucket") for sample in samples):
        new += _derive(session, source, run_number, now)
    return new


def dims_text(dims: Mapping[str, str]) -> str:
    """Write dimensions so that the same ones always give the same text."""
    return json.dumps(dims, sort_keys=True, separators=(",", ":"), ensure_ascii=False) if dims else "{}"


class _Numbering:
    """Give every series of one source its number; new ones are added by ``save``."""

    def __init__(self, session: Session, source: str) -> None:
        """Read the series that the source already has."""
        found = session.execute(
            "select system, metric, stat, unit, period, dims, series_id from series where source = $source",
            {"source": source},
        )
        self._session, self._source = session, source
        self._known: dict[tuple[object, ...], int] = {row[:6]: row[6] for row in found}
        self._next = 1 + int(session.execute("select coalesce(max(series_id), 0) from series")[0][0])
        self._added: list[tuple[object, ...]] = []

    def number(self, key: tuple[object, ...]) -> int:
        """Give the number of the series with this (system, metric, stat, unit, period, dims)."""
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = self._next
            self._next += 1
            self._added.append((number, self._source, *key))
        return number

    def save(self) -> None:
        """Write the series that were new."""
        if not self._added:
            return
        columns = zip(_SERIES_COLUMNS.items(), zip(*self._added, strict=True), strict=True)
        self._session.stage("added_series", {name: (kind, values) for (name, kind), values in columns})
        self._session.execute("insert into series by name select * from added_series")


def _numbers(session: Session, source: str, samples: Sequence[Sample]) -> list[int]:
    """Give each sample the number of its series; one dims object is written once."""
    numbering = _Numbering(session, source)
    texts: dict[int, tuple[Mapping[str, str], str]] = {}
    numbers = []
    for sample in samples:
        held = texts.get(id(sample.dims))
        if held is None:
            held = texts[id(sample.dims)] = (sample.dims, dims_text(sample.dims))
        key = (sample.system, sample.metric, sample.stat, sample.unit, sample.period, held[1])
        numbers.append(numbering.number(key))
    numbering.save()
    return numbers


def _absorb(session: Session, run_number: int, now: datetime) -> int:
    """Bring the staged rows into samples, latest and rollups; give how many were new or corrected."""
    raw_days.bring_back(session)
    repeated = session.execute("select count(*) - count(distinct (series_id, seen)) from staged")[0][0]
    once = "qualify row_number() over (partition by i.series_id, i.seen order by i.rowid desc) = 1" if repeated else ""
    session.execute(f"""
        create or replace temp table arrivals as
        select i.series_id, i.seen, i.value, i.n, i.is_floor, old.series_id is not null as corrects
        from staged i left join (
            select * from samples
            where seen between (select min(seen) from staged) and (select max(seen) from staged)
                and series_id in (select distinct series_id from staged)
        ) old on old.series_id = i.series_id and old.seen = i.seen
        where old.series_id is null or old.value is distinct from i.value or old.n is distinct from i.n
            or old.is_floor <> i.is_floor
        {once}
    """)  # noqa: S608 - one of two constants
    new, corrected = session.execute("select count(*), count(*) filter (corrects) from arrivals")[0]
    if corrected:
        _replace_corrected(session, now)
    if new:
        session.execute(
            "insert into samples select series_id, seen, value, n, is_floor, $run from arrivals order by seen",
            {"run": run_number},
        )
        _keep_latest(session)
        _roll_up(session)
    return int(new)


def _replace_corrected(session: Session, now: datetime) -> None:
    """Move the values that the arrivals correct out of samples; they stay as revisions."""
    corrected = "samples s join arrivals a on s.series_id = a.series_id and s.seen = a.seen and a.corrects"
    session.execute(
        f"insert into sample_revisions select s.*, $now from {corrected}",  # noqa: S608 - constants only
        {"now": now},
    )
    session.execute("""
        delete from samples using arrivals a
        where samples.series_id = a.series_id and samples.seen = a.seen and a.corrects
    """)


def _keep_latest(session: Session) -> None:
    session.execute("""
        insert into latest
        select series_id, newest.seen, newest.value, newest.n, newest.is_floor
        from (
            select series_id, arg_max({'seen': seen, 'value': value, 'n': n, 'is_floor': is_floor}, seen) as newest
            from arrivals group by all
        )
        on conflict (series_id) do update set
            seen = excluded.seen, value = excluded.value, n = excluded.n, is_floor = excluded.is_floor
            where excluded.seen >= latest.seen
    """)


def _roll_up(session: Session) -> None:
    """Compute anew the hours that the arrivals touch, and from hours the days; raw readings have none."""
    session.execute(f"""
        create or replace temp table touched as
        select distinct s.series_id, {_HOUR} as bucket
        from arrivals s join series q using (series_id)
        where q.stat not in ('counter', 'bucket')
    """)  # noqa: S608 - constants only
    _replace_touched(
        session,
        "rollup_1h",
        f"""
        select s.series_id, t.bucket, count(*), sum(s.value), min(s.value), max(s.value), arg_max(s.value, s.seen),
            sum(s.n)::bigint, sum(s.value * s.n)
        from samples s join series q using (series_id)
            join touched t on t.series_id = s.series_id and t.bucket = {_HOUR}
        where s.seen >= (select min(bucket) from touched)
            and s.seen <= (select max(bucket) + interval 1 hour from touched)
        group by s.series_id, t.bucket
        """,  # noqa: S608 - constants only
    )
    session.execute("""
        create or replace temp table touched as
        select distinct series_id, date_trunc('day', bucket) as bucket from touched
    """)
    _replace_touched(
        session,
        "rollup_1d",
        """
        select h.series_id, t.bucket, sum(h.samples)::bigint, sum(h.total), min(h.lowest), max(h.highest),
            arg_max(h.closing, h.bucket), sum(h.weight)::bigint, sum(h.weighted)
        from rollup_1h h join touched t on t.series_id = h.series_id and t.bucket = date_trunc('day', h.bucket)
        where h.bucket >= (select min(bucket) from touched)
            and h.bucket < (select max(bucket) + interval 1 day from touched)
        group by h.series_id, t.bucket
        """,
    )


def _replace_touched(session: Session, table: str, rows: str) -> None:
    session.execute(f"""
        delete from {table} using touched t
        where {table}.series_id = t.series_id and {table}.bucket = t.bucket
            and {table}.bucket >= (select min(bucket) from touched)
    """)  # noqa: S608 - constants only
    session.execute(f"insert into {table} {rows} order by 2, 1")


def _derive(session: Session, source: str, run_number: int, now: datetime) -> int:
    """Store what raw readings mean: increases of counters, percentiles of histograms, since the reading before."""
    session.execute(_INCREASES)
    derived = [*session.execute(_SUMS), *session.execute(_QUANTILES)]
    if not derived:
        return 0
    numbering = _Numbering(session, source)
    numbers = [numbering.number(row[:6]) for row in derived]
    numbering.save()
    kinds = {"seen": "timestamp", "value": "double", "n": "bigint", "is_floor": "boolean"}
    columns = {name: (kind, [row[6 + i] for row in derived]) for i, (name, kind) in enumerate(kinds.items())}
    session.stage("staged", {"series_id": ("integer", numbers), **columns})
    return _absorb(session, run_number, now)
