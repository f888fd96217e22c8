"""Read what the store knows of the signals, a day or an evaluation run at a time, as histories of systems.

One read serves all detectors: eight selects over the same rows would cost eight times as much. Of several series that
could speak for a signal one does: fresh before stale, then as the entries are ordered, fewest dimensions, source and
period. Days are whole UTC days, so that judging the same day twice sees the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from operations.given import Given
from operations.hourly import peaks
from operations.speaking import SPEAKING, asked
from operations.suite_runs import scored
from operations.told import Told, day_of, track
from operations.tracks import History, Key, Track
from store.database import Reader
from store.ledger import ANNOUNCED

_SUITES: Final = timedelta(days=400)

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
    where s.reads not in ('name', 'hour') and r.bucket >= $since and r.bucket < $until
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

# One row per day around which a change of a system is on record, with what it leads to and since when that is known;
# what a vendor announces moves nothing before the day on which it is in force.
_CHANGES: Final = """
select
    system, change_id, title, to_ref, first_seen::date - date '1970-01-01' as known,
    unnest(list_distinct([requested, if(source = $announced, null, first_seen), settled]))::date
        - date '1970-01-01' as day
from changes
where state in ('approved', 'applied')
order by system, day, change_id
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A day around which a change of a system is on record."""

    system: str
    change_id: str
    title: str
    to_ref: str
    known: int
    day: int


def histories(
    reader: Reader, given: Sequence[Given], since: datetime, until: datetime, systems: Sequence[str]
) -> dict[str, History]:
    """Give the history of each of these systems, from a time to before a UTC midnight."""
    found, changes = told(reader, given, since, until, systems), recorded(reader)
    return {name: history(name, found[name], changes.get(name, ())) for name in systems}


def names(
    reader: Reader, given: Sequence[Given], since: datetime, until: datetime, systems: Sequence[str]
) -> list[Told]:
    """Read the days of every name that is asked for: the one with the largest share of each."""
    return reader.rows(Told, _NAMES, asked(given, since, until, systems))


def told(
    reader: Reader, given: Sequence[Given], since: datetime, until: datetime, systems: Sequence[str]
) -> dict[str, list[Told]]:
    """Read the days of everything that is asked for, by system; suites that run weekly are read a year back."""
    params = asked(given, since, until, systems)
    found: dict[str, list[Told]] = {name: [] for name in systems}
    for each in (
        *reader.rows(Told, _SAMPLES, params),
        *reader.rows(Told, _NAMES, params),
        *peaks(reader, given, since, until, systems),
        *scored(reader, given, min(since, until - _SUITES), until, systems),
    ):
        found[each.system].append(each)
    return found


def recorded(reader: Reader) -> Mapping[str, Sequence[Recorded]]:
    """Read the days around which changes are on record, by system."""
    found: defaultdict[str, list[Recorded]] = defaultdict(list)
    for each in reader.rows(Recorded, _CHANGES, {"announced": ANNOUNCED}):
        found[each.system].append(each)
    return found


def history(system: str, told: Iterable[Told], changes: Sequence[Recorded]) -> History:
    """Put together what is known of a system."""
    tracks, sources = dict[Key, Track](), dict[Key, str]()
    for each in told:
        tracks[each.signal, each.dim], sources[each.signal, each.dim] = track(each), each.source
    return History(
        system,
        tracks,
        tuple(dict.fromkeys(day_of(each.day) for each in changes)),
        sources,
        {each.to_ref: day_of(each.known) for each in reversed(changes) if each.to_ref},
        {day_of(each.day): f"change {each.change_id} ({each.title})" for each in changes},
    )
