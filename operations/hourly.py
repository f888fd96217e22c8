"""Find the hour of each day in which a system spent most beside what is usual at that hour of the week.

The rule is one that anybody can check: an hour over three times the median of the same hour in the four weeks before,
three of which must be known, and over a floor in money. It needs no baseline and no whole day.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from operations.given import Given
from operations.speaking import SPEAKING, asked
from operations.told import Told
from store.database import Reader

TIMES: Final = 3
"""An hour over so many times what is usual at this hour of the week is a spike."""

# One row per system: its days, oldest first, each with the hour that stands out most (the dearest of those over three
# times the usual, else the one nearest to it), what it cost, and what is usual; no hour where that is not known yet.
_PEAKS: Final = f"""
{SPEAKING},
hours as (
    select s.system, s.signal, s.source, r.bucket, s.scale * r.total as value
    from speaking s
    join rollup_1h r using (series_id)
    where s.reads = 'hour' and r.bucket >= $since - interval 28 day and r.bucket < $until
),
weeks as (
    select unnest([168, 336, 504, 672]) as ago
),
beside as (
    select h.system, h.bucket, median(b.value) as usual
    from hours h
    cross join weeks w
    join hours b on b.system = h.system and b.bucket = h.bucket - to_hours(w.ago)
    where h.bucket >= $since
    group by all
    having count(*) >= 3
),
judged as (
    select
        h.*, b.usual, coalesce(h.value > {TIMES} * b.usual, false) as is_over,
        case when h.value > {TIMES} * b.usual then h.value else coalesce(h.value / nullif(b.usual, 0), 0) end as height
    from hours h
    left join beside b using (system, bucket)
    where h.bucket >= $since
),
days as (
    select *, bucket::date as day
    from judged
    qualify row_number() over (
        partition by system, bucket::date order by usual is null, not is_over, height desc, bucket
    ) = 1
)
select
    system, any_value(signal) as signal, '' as dim, any_value(source) as source,
    list(day - date '1970-01-01' order by day) as days, list(value order by day) as values,
    list(coalesce(usual, 0)::double order by day) as counts,
    list(case when usual is null then '' else strftime(bucket, '%H:00Z') end order by day) as texts
from days
group by system
"""  # noqa: S608 - constants only


def peaks(
    reader: Reader, given: Sequence[Given], since: datetime, until: datetime, systems: Sequence[str]
) -> list[Told]:
    """Give the hour of every day that stands out most, from a UTC midnight on, of each of these systems."""
    return reader.rows(Told, _PEAKS, asked(given, since, until, systems))
