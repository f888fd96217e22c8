"""Read rollups and evaluations as they were known on a past day, by the selects that read them as they are now.

A select that is asked of ``Then`` finds under the names ``rollup_1h``, ``rollup_1d`` and ``evaluations`` what was
known: late rows are not there yet, restated ones say what they said. Where raw samples are gone, rollups stay as they
are.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar, cast

from operations.findings import midnight
from store.database import Params, Reader

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = TypeVar("Row")

# How rollups are made is store.samples' business; here it is done again from the versions that were known. A day's
# dearest hour is held against the four weeks before, so hours reach as far back.
_THEN: Final = """
with bounds as (
    select greatest($then_since::date, first) as whole
    from whole_days
),
own as (
    select series_id
    from series
    where system = $then_system
),
versions as (
    select series_id, hour, seen, value, n
    from sample_versions
    where system = $then_system and known <= $then_day and seen >= $then_since and seen <= $then_until
        and day >= (select whole from bounds)
    qualify row_number() over (partition by series_id, seen order by run_number desc) = 1
),
rollup_1h as (
    select *
    from main.rollup_1h
    where bucket >= $then_since - interval 28 day and bucket < (select whole from bounds)
        and series_id in (select series_id from own)
    union all by name
    select
        series_id, hour as bucket, count(*) as samples, sum(value) as total, min(value) as lowest,
        max(value) as highest, arg_max(value, seen) as closing, sum(n)::bigint as weight, sum(value * n) as weighted
    from versions
    group by series_id, hour
),
rollup_1d as (
    select *
    from main.rollup_1d
    where bucket >= $then_since and bucket < (select whole from bounds) and series_id in (select series_id from own)
    union all by name
    select
        series_id, date_trunc('day', h.bucket) as bucket, sum(samples)::bigint as samples, sum(total) as total,
        min(lowest) as lowest, max(highest) as highest, arg_max(closing, h.bucket) as closing,
        sum(weight)::bigint as weight, sum(weighted) as weighted
    from rollup_1h h
    where h.bucket >= (select whole from bounds)
    group by series_id, date_trunc('day', h.bucket)
),
evaluations as (
    select *
    from evaluation_versions
    where system = $then_system and known <= $then_day
    qualify row_number() over (partition by source, eval_run, suite, scorer, slice order by run_number desc) = 1
),
"""


@dataclass(frozen=True, slots=True)
class Then:
    """Read a system from a day on as it was known at the end of another, for selects that begin with ``with``."""

    reader: Reader
    system: str
    since: date
    day: date

    @property
    def until(self) -> datetime:
        """The end of the day."""
        return midnight(self.day + timedelta(days=1))

    def rows(self, kind: type[Row], sql: str, params: Params = ()) -> list[Row]:
        """Run one select over what was known then."""
        values = {
            **cast("Mapping[str, object]", params),
            "then_system": self.system,
            "then_since": midnight(self.since),
            "then_day": self.day,
            "then_until": self.until,
        }
        return self.reader.rows(kind, _THEN + sql.lstrip().removeprefix("with"), values)
