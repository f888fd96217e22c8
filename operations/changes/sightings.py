"""Say which names were in the telemetry of each system, in stretches of hours: what answered, from when to when."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from operations.changes.parts import named
from operations.given import Given
from operations.speaking import SPEAKING, asked
from store.database import Reader

REACH: Final = timedelta(days=30)
"""How far back names are looked for."""

_LEAST: Final = timedelta(hours=3)

# One row per system, part and name: an unbroken stretch of hours in which it had the largest share, oldest first.
_STRETCHES: Final = f"""
{SPEAKING},
hours as (
    select
        s.system, s.signal, r.bucket, max(greatest(s.period, 3600)) as period,
        arg_max(s.dim, (coalesce(r.weighted, r.total), s.dim)) as name
    from speaking s
    join rollup_1h r using (series_id)
    where r.bucket >= $since and r.bucket < $until and coalesce(r.weighted, r.total) > 0
    group by s.system, s.signal, r.bucket
),
numbered as (
    select
        *, row_number() over (partition by system, signal order by bucket)
            - row_number() over (partition by system, signal, name order by bucket) as island
    from hours
)
select
    system, signal, name, min(bucket + interval 1 hour - to_seconds(period)) as begun,
    max(bucket) + interval 1 hour as seen, sum(period)::bigint as seconds
from numbered
group by system, signal, name, island
order by system, signal, begun
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Sighting:
    """One name that had the largest share of a part: from when to when, and for how many seconds data says so."""

    system: str
    signal: str
    name: str
    begun: datetime
    seen: datetime
    seconds: int


def sightings(
    reader: Reader, given: Sequence[Given], systems: Sequence[str], now: datetime
) -> dict[str, list[Sighting]]:
    """Give the stretches of every name by system, each part oldest first."""
    params = asked(named(given), now - REACH, now, systems)
    found = list(settled(reader.rows(Sighting, _STRETCHES, params)))
    return {system: list(each) for system, each in groupby(found, key=lambda each: each.system)}


def settled(found: Iterable[Sighting]) -> Iterator[Sighting]:
    """Leave out what held for less than three hours, as a trial or a fallback does, and join what stood around it."""
    last: Sighting | None = None
    for each in found:
        if each.seconds < _LEAST.total_seconds():
            continue
        if last is not None and (last.system, last.signal, last.name) == (each.system, each.signal, each.name):
            last = replace(last, seen=each.seen, seconds=last.seconds + each.seconds)
            continue
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last
