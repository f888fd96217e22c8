"""Read windows of the time whose raw samples are gone from hourly sums: whole hours alone, which end on the hour.

What an hour held is known, not when in it: a window is made of hours, and a value that was only a lower bound is told
as a value.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from operations import windows
from operations.series import Chosen
from operations.thresholds import Reading
from operations.windows import Question
from store.database import Reader
from store.values import Confirm

_HOUR: Final = 3_600
_ALMOST_AN_HOUR: Final = timedelta(hours=1, microseconds=-1)

# As for raw samples, one row per question and window; each series of a question is summed up by itself first, so that
# the periods of a window are counted once.
_QUERY: Final = """
with asked as (
    select unnest($question::integer[]) as question, unnest($series::integer[]) as series_id,
        unnest($newest::bigint[]) as newest, unnest($length::bigint[]) as length, unnest($windows::bigint[]) as windows
),
each_series as (
    select
        a.question, ((a.newest - epoch_us(h.ends)) // a.length)::integer as place,
        fsum(h.total) as total, min(h.lowest) as lowest, max(h.highest) as highest,
        max_by(h.closing, h.ends) as closing, max(h.ends) as ends,
        sum(h.samples)::bigint as samples, sum(if(h.weight is null, 0, h.samples))::bigint as counted,
        coalesce(sum(h.weight), 0)::bigint as n, coalesce(fsum(h.weighted), 0) as weighted
    from hourly_sums h join asked a using (series_id)
    where h.ends > $since and h.ends <= $until
        and epoch_us(h.ends) <= a.newest and epoch_us(h.ends) > a.newest - a.length * a.windows
    group by all
)
select
    question, place, fsum(total) as total, min(lowest) as lowest, max(highest) as highest,
    max_by(closing, (ends, closing)) as closing_high, max_by(closing, (ends, -closing)) as closing_low,
    sum(samples)::bigint as samples, max(samples)::bigint as times, sum(counted)::bigint as counted,
    sum(n)::bigint as n, fsum(weighted) as weighted, false as is_floor
from each_series
group by all
"""

_OLDEST: Final = "select min(seen) as seen from all_samples where series_id in (select unnest($series::integer[]))"


def reach_back(reader: Reader, question: Question, since: datetime) -> tuple[tuple[Reading, ...], int]:
    """Give the windows from a question's end back to a time, newest first, and how many of them are of raw samples."""
    length = timedelta(seconds=question.length)
    oldest = _oldest(reader, question.chosen)
    count = 0 if oldest is None else (question.ends - oldest) // length + 1
    raw = _many(question, min(count, (question.ends - since) // length))
    held = windows.read(reader, [raw])[raw.rule.key] if raw.rule.threshold.confirm.of else ()
    ends = raw.begins if held else question.ends + _ALMOST_AN_HOUR
    hours = replace(question, ends=ends.replace(minute=0, second=0, microsecond=0))
    rolled = _many(hours, (hours.ends - since) // length)
    if question.length % _HOUR or not rolled.rule.threshold.confirm.of:
        return held, len(held)
    return (*held, *windows.read(reader, [rolled], _QUERY)[rolled.rule.key]), len(held)


@dataclass(frozen=True, slots=True)
class _Oldest:
    seen: datetime | None


def _oldest(reader: Reader, chosen: Chosen) -> datetime | None:
    """Give the oldest time of which there are raw samples of everything asked; ``None`` when there is none."""
    sides = [side for side in (chosen.parts, chosen.wholes) if side]
    found = [reader.rows(_Oldest, _OLDEST, {"series": [each.series_id for each in side]})[0].seen for side in sides]
    known = [seen for seen in found if seen is not None]
    return max(known) if len(known) == len(sides) else None


def _many(question: Question, count: int) -> Question:
    """Ask for so many windows."""
    threshold = replace(question.rule.threshold, confirm=Confirm(1, max(0, count)))
    return replace(question, rule=replace(question.rule, threshold=threshold))
