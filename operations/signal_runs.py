"""Read what the store knows of the signals, a day or an evaluation run at a time, as histories of systems.

One read serves all detectors: eight selects over the same rows would cost eight times as much. Of several series that
could speak for a signal one does: fresh before stale, fewest dimensions, then by source and period. Days are whole UTC
days, so that judging the same day twice sees the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from operations.given import Given
from operations.rules import EVALUATION, suite_and_scorer
from operations.signals import SIGNALS
from operations.tracks import History, Key, Track
from store.database import Reader

_SUITES: Final = timedelta(days=400)

_ASKED: Final = """
    select
        unnest($signal::varchar[]) as signal, unnest($metric::varchar[]) as metric, unnest($stat::varchar[]) as stat,
        unnest($reads::varchar[]) as reads, unnest($whole::varchar[]) as whole,
        unnest($dimension::varchar[]) as dimension,
        unnest($only::varchar[]) as only_name, unnest($only_value::varchar[]) as only_value,
        unnest($inverts::boolean[]) as inverts, unnest($scale::double[]) as scale, unnest($place::integer[]) as place
"""

_SPEAKING: Final = """
fitting as (
    select
        a.*, d.series_id, d.system, d.source, d.period, length(d.dims) as size, l.seen,
        case a.dimension when '' then '' else coalesce(json_extract_string(d.dims, a.dimension), '') end as dim
    from asked a
    join series d on d.metric = a.metric and d.stat = a.stat
    join latest l using (series_id)
    where (a.only_name = '' or json_extract_string(d.dims, a.only_name) = a.only_value)
        and (len($systems::varchar[]) = 0 or list_contains($systems::varchar[], d.system))
),
speaking as (
    select *
    from fitting
    where dimension = '' or dim <> ''
    qualify row_number() over (
        partition by signal, system, dim
        order by seen < $fresh, place, size, source, period desc
    ) = 1
)
"""

# One row per system, signal and dimension: its days, oldest first, each with its value and the n behind it.
_SAMPLES: Final = f"""
with asked as ({_ASKED}),
{_SPEAKING},
days as (
    select
        s.system, s.signal, s.dim, s.source, r.bucket::date as day,
        case s.reads
            when 'share' then
                case when s.inverts then coalesce(r.weight, r.samples) - coalesce(r.weighted, r.total)
                    else coalesce(r.weighted, r.total) end
            when 'mean' then coalesce(r.weighted / nullif(r.weight, 0), r.total / r.samples) * s.scale
            when 'last' then r.closing * s.scale
            else r.total / nullif(w.total, 0) * s.scale
        end as value,
        case s.reads when 'share' then coalesce(r.weight, 0) when 'per' then w.total else r.samples end as n
    from speaking s
    join rollup_1d r using (series_id)
    left join series d on s.reads = 'per' and d.system = s.system and d.source = s.source and d.period = s.period
        and d.metric = s.whole and d.stat = 'sum' and d.dims = '{{}}'
    left join rollup_1d w on w.series_id = d.series_id and w.bucket = r.bucket
    where s.reads <> 'name' and r.bucket >= $since and r.bucket < $until
)
select
    system, signal, dim, any_value(source) as source, list(epoch(day::timestamp)::bigint // 86400 order by day) as days,
    list(value order by day) as values, list(n::double order by day) as counts, []::varchar[] as texts
from days
where value is not null
group by system, signal, dim
"""  # noqa: S608 - constants only

# One row per system and signal that is a name: the name with the largest share of each day.
_NAMES: Final = f"""
with asked as ({_ASKED}),
{_SPEAKING},
days as (
    select s.system, s.signal, r.bucket::date as day, any_value(s.source) as source,
        arg_max(s.dim, (coalesce(r.weighted, r.total), s.dim)) as name
    from speaking s
    join rollup_1d r using (series_id)
    where s.reads = 'name' and r.bucket >= $since and r.bucket < $until
        and coalesce(r.weighted, r.total) > 0
    group by s.system, s.signal, day
)
select
    system, signal, '' as dim, any_value(source) as source,
    list(epoch(day::timestamp)::bigint // 86400 order by day) as days,
    []::double[] as values, []::double[] as counts, list(name order by day) as texts
from days
group by system, signal
"""  # noqa: S608 - constants only

# One row per system, suite, scorer and judge: the days on which it ran, oldest first; scores by different judges are
# different tracks.
_EVALUATIONS: Final = """
with days as (
    select
        system, suite, scorer, judge, judge_version, epoch(seen)::bigint // 86400 as day,
        any_value(source) as source, bool_and(higher_is_better) as higher_is_better, sum(n)::double as n,
        sum(coalesce(passes, n * (value - scale_min) / (scale_max - scale_min)))::double as k
    from evaluations
    where slice = '' and status in ('ok', 'partial') and value is not null and n > 0 and scale_max > scale_min
        and seen >= $since and seen < $until
        and (len($systems::varchar[]) = 0 or list_contains($systems::varchar[], system))
    group by all
)
select
    system, suite, scorer, judge, judge_version, any_value(source) as source,
    list(day order by day) as days, list(k order by day) as values, list(n order by day) as counts,
    bool_and(higher_is_better) as higher_is_better
from days
group by system, suite, scorer, judge, judge_version
"""

_CHANGES: Final = """
select system, list(distinct epoch(day::timestamp)::bigint // 86400) as days
from (
    select system, unnest([requested, first_seen, settled])::date as day
    from changes
    where state in ('approved', 'applied')
)
where day is not null
group by system
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What one series says of a signal, day by day (days since 1970)."""

    system: str
    signal: str
    dim: str
    source: str
    days: tuple[int, ...]
    values: tuple[float, ...]
    counts: tuple[float, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """What one scorer says of a suite, day by day."""

    system: str
    suite: str
    scorer: str
    judge: str
    judge_version: str
    source: str
    days: tuple[int, ...]
    values: tuple[float, ...]
    counts: tuple[float, ...]
    higher_is_better: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """The days around which changes of a system are on record."""

    system: str
    days: tuple[int, ...]


def histories(
    reader: Reader, given: Sequence[Given], since: datetime, until: datetime, systems: Sequence[str] = ()
) -> dict[str, History]:
    """Give the history of every system of which a signal is known, from a time to before another (a UTC midnight).

    ``systems`` names those that are wanted; none means all. Suites that run weekly are read a year back.
    """
    tracks: defaultdict[str, dict[Key, Track]] = defaultdict(dict)
    bounds: dict[str, object] = {"since": since, "until": until, "systems": list(systems)}
    for told in (*_told(reader, _SAMPLES, given, bounds), *_told(reader, _NAMES, given, bounds)):
        tracks[told.system][told.signal, told.dim] = _track(told)
    wanted = [(each, suite_and_scorer(each.metric)) for each in given if each.metric.startswith(EVALUATION)]
    for scored in reader.rows(Scored, _EVALUATIONS, {**bounds, "since": min(since, until - _SUITES)}):
        for each, (suite, scorer) in wanted:
            if scored.scorer == scorer and suite in {"", scored.suite} and _reaches(each, scored.system):
                tracks[scored.system][each.signal, _dim(scored)] = _suite_track(scored, inverts=each.inverts)
    changes = {each.system: tuple(map(_day, sorted(each.days))) for each in reader.rows(Recorded, _CHANGES)}
    return {system: History(system, found, changes.get(system, ())) for system, found in tracks.items()}


def _told(reader: Reader, sql: str, given: Iterable[Given], bounds: Mapping[str, object]) -> list[Told]:
    """Read the days of every metric that is asked for; an entry for named systems goes before one for all."""
    asked = [each for each in given if not each.metric.startswith(EVALUATION)]
    only = [each.only.partition("=") for each in asked]
    params: dict[str, object] = {
        "signal": [each.signal for each in asked],
        "metric": [each.metric for each in asked],
        "stat": [each.stat for each in asked],
        "reads": [each.reads for each in asked],
        "whole": [each.whole for each in asked],
        "dimension": [_path(each.dimension) for each in asked],
        "only": [_path(name) for name, _, _ in only],
        "only_value": [value for _, _, value in only],
        "inverts": [each.inverts for each in asked],
        "scale": [each.scale for each in asked],
        "place": [place for place, _ in enumerate(asked)],
        "fresh": bounds["since"],
        **bounds,
    }
    return reader.rows(Told, sql, params)


def _path(dimension: str) -> str:
    """Write the name of a dimension as a path into JSON."""
    escaped = dimension.replace("\\", "\\\\").replace('"', '\\"')
    return f'$."{escaped}"' if dimension else ""


def _track(told: Told) -> Track:
    form = SIGNALS[told.signal].form
    days = tuple(map(_day, told.days))
    if form == "name":
        return Track("name", days, texts=told.texts)
    if form == "count" and min(told.counts) <= 0:  # a share without its n is a quantity like any other
        return Track("plain", days, told.values)
    return Track(form, days, told.values, told.counts if form == "count" else ())


def _suite_track(scored: Scored, *, inverts: bool) -> Track:
    turned = inverts == scored.higher_is_better
    values = tuple(n - k if turned else k for k, n in zip(scored.values, scored.counts, strict=True))
    return Track("count", tuple(map(_day, scored.days)), values, scored.counts)


def _dim(scored: Scored) -> str:
    """Name a track of scores: its suite and scorer, and by whom it was judged."""
    judged = f" by {scored.judge} {scored.judge_version}".rstrip() if scored.judge else ""
    return f"{scored.suite}/{scored.scorer}{judged}"


def _reaches(given: Given, system: str) -> bool:
    return not given.systems or system in given.systems


def _day(days: int) -> date:
    """Give the day so many days after 1970 began."""
    return date.fromordinal(719_163 + days)
