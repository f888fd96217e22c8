"""Read what a system's signals were, day by day, before and after one of its changes was applied.

Days are counted from the application itself: what lies in an hour or a period that holds both sides says nothing. While
the first day lasts, the same hours of each day before stand beside it; later only whole days count.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from operations.changes.comparing import APPLIED, HARM
from operations.given import Given
from operations.rules import EVALUATION
from operations.speaking import SPEAKING, asked
from operations.suite_runs import scored
from operations.told import Told, track
from operations.tracks import Key, Track
from store.database import Reader

BEFORE: Final = timedelta(days=28)
"""How long a time before the application is looked at; a longer window is held against one as long as itself."""

_DAY: Final = timedelta(days=1)

# One row per signal and dimension: its days counted from the application (before it under 0), oldest first.
_SLICES: Final = f"""
{SPEAKING},
parts as (
    select s.*, r.* exclude (series_id), epoch_us(r.bucket) + 3600000000 - $applied_us as ends,
        1000000::bigint * greatest(s.period, 3600) as covers
    from speaking s
    join rollup_1h r using (series_id)
    where s.reads not in ('name', 'hour') and r.bucket >= $since and r.bucket < $until
),
placed as (
    select
        *, (floor((ends - 1) / 86400000000))::bigint as slice, ((ends - 1) % 86400000000 + 86400000000) % 86400000000
            as moment
    from parts
    where ends <= 0 or (ends - covers >= 0 and ends <= $length_us)
),
wholes as (
    select d.source, d.period, d.metric, w.bucket, sum(w.total) as total
    from series d
    join rollup_1h w using (series_id)
    where d.system = $system and d.stat = 'sum' and d.dims = '{{}}' and list_contains($whole::varchar[], d.metric)
        and w.bucket >= $since and w.bucket < $until
    group by all
),
summed as (
    select
        p.signal, p.dim, p.slice, any_value(p.source) as source, any_value(p.inverts) as inverts,
        any_value(p.scale) * case any_value(p.reads)
            when 'last' then arg_max(p.closing, p.bucket)
            when 'per' then sum(if(w.total is null, null, p.total)) / nullif(sum(w.total), 0)
            else coalesce(sum(p.weighted) / nullif(sum(p.weight), 0), sum(p.total) / sum(p.samples))
        end as value,
        case any_value(p.reads) when 'share' then sum(p.weight) when 'per' then sum(w.total) end as n
    from placed p
    left join wholes w on p.reads = 'per' and w.metric = p.whole and w.source = p.source and w.period = p.period
        and w.bucket = p.bucket
    where p.moment < $length_us
    group by p.signal, p.dim, p.slice
)
select
    $system as system, signal, dim, any_value(source) as source, list(slice order by slice) as days,
    list(case when inverts then 1 - value else value end order by slice) as values,
    list(n::double order by slice) as counts, []::varchar[] as texts
from summed
where value is not null and n is distinct from 0
group by signal, dim
"""  # noqa: S608 - constants only


def sides(
    reader: Reader, given: Sequence[Given], system: str, applied: datetime, until: datetime, window: timedelta
) -> dict[Key, Track]:
    """Give the runs of every signal that a change is held against, before and after it was applied."""
    asking = [each for each in given if each.signal in HARM]
    length = until - applied
    length = length if length < _DAY else length // _DAY * _DAY
    since = applied - max(window, BEFORE)
    params = {
        **asked(asking, since, until, [system]), "system": system,
        "applied_us": round(applied.timestamp() * 1_000_000), "length_us": length // timedelta(microseconds=1),
    }  # fmt: skip
    found = [*reader.rows(Told, _SLICES, params), *_evaluated(reader, asking, system, applied, since, until)]
    return {(told.signal, told.dim): track(told) for told in found}


def _evaluated(
    reader: Reader, given: Sequence[Given], system: str, applied: datetime, since: datetime, until: datetime
) -> Iterator[Told]:
    """Give the days of evaluations; those of the day of the application may be of either side and are left out."""
    evaluations = [each for each in given if each.metric.startswith(EVALUATION)]
    begins = applied.date().toordinal() - APPLIED.toordinal()
    for told in scored(reader, evaluations, since, until, [system]):
        kept = [place for place, day in enumerate(told.days) if day != begins]
        days = tuple(told.days[place] - begins - (told.days[place] > begins) for place in kept)
        values, counts = tuple(told.values[place] for place in kept), tuple(told.counts[place] for place in kept)
        yield replace(told, days=days, values=values, counts=counts)
