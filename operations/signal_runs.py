"""Read what the store knows of the signals, a day or an evaluation run at a time, as histories of systems.

One read serves all detectors: eight selects over the same rows would cost eight times as much. Of several series that
could speak for a signal one does: fresh before stale, then as the entries are ordered, fewest dimensions, source and
period. Days are whole UTC days, so that judging the same day twice sees the same.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from operations.given import Given, standing
from operations.suite_runs import scored
from operations.told import Told, day_of, track
from operations.tracks import History, Key, Track
from store.database import Reader

_SUITES: Final = timedelta(days=400)
_FRESH: Final = timedelta(days=7)

# One row per signal, system and dimension: the series that speaks for it (``speaking``), for the params of ``asked``.
SPEAKING: Final = """
with asked as (
    select
        unnest($place::integer[]) as place, unnest($signal::varchar[]) as signal, unnest($metric::varchar[]) as metric,
        unnest($stat::varchar[]) as stat, unnest($reads::varchar[]) as reads, unnest($whole::varchar[]) as whole,
        unnest($dimension::varchar[]) as dimension, unnest($only::varchar[]) as only_name,
        unnest($only_value::varchar[]) as only_value, unnest($inverts::boolean[]) as inverts,
        unnest($scale::double[]) as scale
),
standing as (
    select unnest($standing::integer[]) as place, unnest($standing_for::varchar[]) as system
),
fitting as (
    select
        a.*, d.series_id, d.system, d.source, d.period, d.dims, l.seen,
        case a.dimension when '' then '' else coalesce(json_extract_string(d.dims, a.dimension), '') end as dim
    from asked a
    join standing t using (place)
    join series d on d.metric = a.metric and d.stat = a.stat and d.system = t.system
    join latest l using (series_id)
    where (a.only_name = '' or json_extract_string(d.dims, a.only_name) = a.only_value)
        and (d.source in (select name from sources) or not exists (from sources))
),
speaking as (
    select *
    from fitting
    where dimension = '' or dim <> ''
    qualify row_number() over (
        partition by signal, system, dim
        order by seen < $fresh, place, length(dims), source, period desc, dims, series_id
    ) = 1
)
"""

# One row per system, signal and dimension: its days, oldest first, each with its value and the n behind it (null where
# it is not known). A share of nothing says nothing.
_SAMPLES: Final = f"""
{SPEAKING},
wholes as (
    select d.system, d.source, d.period, d.metric, w.bucket, sum(w.total) as total
    from series d
    join rollup_1d w using (series_id)
    where d.stat = 'sum' and d.dims = '{{}}' and list_contains($whole::varchar[], d.metric)
        and w.bucket >= $since and w.bucket < $until
    group by all
),
days as (
    select
        s.system, s.signal, s.dim, s.source, s.inverts, r.bucket::date as day,
        s.scale * case s.reads
            when 'last' then r.closing
            when 'per' then r.total / nullif(w.total, 0)
            else coalesce(r.weighted / nullif(r.weight, 0), r.total / r.samples)
        end as value,
        case s.reads when 'share' then r.weight when 'per' then w.total end as n
    from speaking s
    join rollup_1d r using (series_id)
    left join wholes w on s.reads = 'per' and w.metric = s.whole and w.system = s.system and w.source = s.source
        and w.period = s.period and w.bucket = r.bucket
    where s.reads <> 'name' and r.bucket >= $since and r.bucket < $until
)
select
    system, signal, dim, any_value(source) as source, list(day - date '1970-01-01' order by day) as days,
    list(case when inverts then 1 - value else value end order by day) as values,
    list(n::double order by day) as counts, []::varchar[] as texts
from days
where value is not null and n is distinct from 0
group by system, signal, dim
"""  # noqa: S608 - constants only

# One row per system and signal that is a name: the name with the largest share of each day.
_NAMES: Final = f"""
{SPEAKING},
days as (
    select
        s.system, s.signal, r.bucket::date as day, any_value(s.source) as source,
        arg_max(s.dim, (coalesce(r.weighted, r.total), s.dim)) as name
    from speaking s
    join rollup_1d r using (series_id)
    where s.reads = 'name' and r.bucket >= $since and r.bucket < $until
        and coalesce(r.weighted, r.total) > 0
    group by s.system, s.signal, day
)
select
    system, signal, '' as dim, any_value(source) as source, list(day - date '1970-01-01' order by day) as days,
    []::double[] as values, []::double[] as counts, list(name order by day) as texts
from days
group by system, signal
"""  # noqa: S608 - constants only

_CHANGES: Final = """
select system, list_sort(list(distinct day - date '1970-01-01')) as days
from (
    select system, unnest([requested, first_seen, settled])::date as day
    from changes
    where state in ('approved', 'applied')
)
where day is not null
group by system
"""

_REFS: Final = """
select distinct system, first_seen::date - date '1970-01-01' as day, to_ref as ref
from changes
where state in ('approved', 'applied') and to_ref <> ''
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The days around which changes of a system are on record."""

    system: str
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Referred:
    """A version that a change on record names, with the day from which on it is on record."""

    system: str
    day: int
    ref: str


@dataclass(frozen=True, slots=True)
class Records:
    """What is on record of changes, by system: the days around which they lie, and the versions that they name."""

    days: Mapping[str, tuple[date, ...]]
    refs: Mapping[str, Sequence[tuple[date, str]]]


def histories(
    reader: Reader, given: Sequence[Given], since: datetime, until: datetime, systems: Sequence[str]
) -> dict[str, History]:
    """Give the history of each of these systems, from a time to before a UTC midnight.

    Suites that run weekly are read a year back.
    """
    tracks: defaultdict[str, dict[Key, Track]] = defaultdict(dict)
    sources: defaultdict[str, dict[Key, str]] = defaultdict(dict)
    suites = scored(reader, given, min(since, until - _SUITES), until, systems)
    for told in (*_told(reader, given, since, until, systems), *suites):
        key = (told.signal, told.dim)
        tracks[told.system][key], sources[told.system][key] = track(told), told.source
    known = records(reader)
    return {
        name: History(name, tracks[name], known.days.get(name, ()), sources[name], known.refs.get(name, ()))
        for name in systems
    }


def records(reader: Reader) -> Records:
    """Read which changes are on record."""
    refs: defaultdict[str, list[tuple[date, str]]] = defaultdict(list)
    for named in reader.rows(Referred, _REFS):
        refs[named.system].append((day_of(named.day), named.ref))
    return Records({each.system: tuple(map(day_of, each.days)) for each in reader.rows(Recorded, _CHANGES)}, refs)


def asked(given: Sequence[Given], systems: Sequence[str], until: datetime) -> dict[str, object]:
    """Give the parameters of ``SPEAKING``: what is asked of which systems; what was seen lately is fresh."""
    only = [each.only.partition("=") for each in given]
    stands = standing(given, systems)
    return {
        "place": list(range(len(given))),
        "signal": [each.signal for each in given],
        "metric": [each.metric for each in given],
        "stat": [each.stat for each in given],
        "reads": [each.reads for each in given],
        "whole": [each.whole for each in given],
        "dimension": [_path(each.dimension) for each in given],
        "only": [_path(name) for name, _, _ in only],
        "only_value": [value for _, _, value in only],
        "inverts": [each.inverts for each in given],
        "scale": [each.scale for each in given],
        "standing": [place for place, _ in stands],
        "standing_for": [system for _, system in stands],
        "fresh": until - _FRESH,
    }


def names(
    reader: Reader, given: Sequence[Given], since: datetime, until: datetime, systems: Sequence[str]
) -> list[Told]:
    """Read the days of every name that is asked for: the one with the largest share of each."""
    return reader.rows(Told, _NAMES, {**asked(given, systems, until), "since": since, "until": until})


def _told(
    reader: Reader, given: Sequence[Given], since: datetime, until: datetime, systems: Sequence[str]
) -> list[Told]:
    """Read the days of every metric that is asked for."""
    params = {**asked(given, systems, until), "since": since, "until": until}
    return [*reader.rows(Told, _SAMPLES, params), *reader.rows(Told, _NAMES, params)]


def _path(dimension: str) -> str:
    """Write the name of a dimension as a path into JSON."""
    escaped = dimension.replace("\\", "\\\\").replace('"', '\\"')
    return f'$."{escaped}"' if dimension else ""
