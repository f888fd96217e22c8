"""Tell how far each source has been collected, so that the next window starts where the last one ended."""

from dataclasses import dataclass
from datetime import datetime

from store.database import Reader


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a source stands: collected without a gap up to ``high_water``, ``failures`` failed runs in a row."""

    source: str
    high_water: datetime | None
    last_started: datetime | None
    last_slot: datetime | None
    failures: int
    retry_after: datetime | None


_QUERY = """
with numbered as (
    -- a run that was not made, because its source rests, says nothing of the source
    select *, row_number() over (partition by source order by started desc) as recent from runs where cause <> 'circuit'
),
spells as (
    select source, min(recent) filter (state <> 'failed') as last_good, max(recent) as all_runs
    from numbered group by all
)
select n.source, w.high_water, n.started as last_started,
    (select max(r.slot) from runs r where r.source = n.source) as last_slot,
    coalesce(s.last_good - 1, s.all_runs)::bigint as failures, n.retry_after
from numbered n join spells s using (source) left join watermarks w using (source)
where n.recent = 1
"""


def progress(reader: Reader) -> dict[str, Progress]:
    """Give the progress of every source that was ever collected, by name."""
    return {row.source: row for row in reader.rows(Progress, _QUERY)}
