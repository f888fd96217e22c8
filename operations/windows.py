"""Read the last windows of samples for many rules at once: a few scans however many systems and rules there are.

Windows follow each other without gaps and end at the newest sample; each is open at its start and closed at its end,
because a sample's time is the end of the period it speaks of.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from operations.rules import Rule
from operations.series import Chosen
from operations.settings import Threshold
from operations.statistics import Interval, rounded, wilson
from operations.thresholds import Reading
from store.database import Reader
from store.records import Stat

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_REACHES: Final = (6 * 3_600, 3 * 86_400, 10**12)
_WHOLE: Final = 0.999
_WEIGHTED: Final = frozenset({"avg", "ratio", "rate"})
_HIGHEST: Final = frozenset({"max", "p50", "p90", "p95", "p99"})

# One row per question (a rule's part), and window, newest window first (place 0).
RAW: Final = """
with asked as (
    select unnest($question::integer[]) as question, unnest($series::integer[]) as series_id,
        unnest($newest::bigint[]) as newest, unnest($length::bigint[]) as length, unnest($windows::bigint[]) as windows
)
select
    a.question, ((a.newest - epoch_us(s.seen)) // a.length)::integer as place,
    fsum(s.value) as total, min(s.value) as lowest, max(s.value) as highest,
    max_by(s.value, (s.seen, s.value)) as closing_high, max_by(s.value, (s.seen, -s.value)) as closing_low,
    count(*) as samples, count(distinct s.seen) as times, count(s.n) as counted,
    coalesce(sum(s.n), 0)::bigint as n, coalesce(fsum(s.value * s.n), 0) as weighted, bool_or(s.is_floor) as is_floor
from all_samples s join asked a using (series_id)
where s.seen > $since and s.seen <= $until
    and epoch_us(s.seen) <= a.newest and epoch_us(s.seen) > a.newest - a.length * a.windows
group by all
"""


@dataclass(frozen=True, slots=True)
class Question:
    """One rule's chosen series and the windows asked of them: where the newest ends, how long each is in seconds."""

    rule: Rule
    chosen: Chosen
    ends: datetime
    length: int

    @property
    def begins(self) -> datetime:
        """Give the start of the oldest window."""
        return self.ends - timedelta(seconds=self.length * self.rule.threshold.confirm.of)


@dataclass(frozen=True, slots=True)
class _Pool:
    """What the samples of one window add up to."""

    question: int
    place: int
    total: float
    lowest: float
    highest: float
    closing_high: float
    closing_low: float
    samples: int
    times: int
    counted: int
    n: int
    weighted: float
    is_floor: bool


def read(
    reader: Reader, questions: Sequence[Question], query: str = RAW
) -> Mapping[tuple[str, str], tuple[Reading, ...]]:
    """Give the readings of every question by rule, newest window first, as far back as samples go."""
    pools: dict[tuple[int, int], _Pool] = {}
    for group in _by_reach(questions):
        for pool in reader.rows(_Pool, query, _params(questions, group)):
            pools[pool.question, pool.place] = pool
    return {each.rule.key: _readings(each, number, pools) for number, each in enumerate(questions)}


def _by_reach(questions: Sequence[Question]) -> Iterable[list[int]]:
    """Part the questions by how far back they look, so that a monthly rule does not make hourly ones scan a month."""
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for number, each in enumerate(questions):
        reach = (each.ends - each.begins).total_seconds()
        groups[next(limit for limit in _REACHES if reach <= limit)].append(number)
    return groups.values()


def _params(questions: Sequence[Question], group: list[int]) -> dict[str, object]:
    """Spell the questions of one group as columns; denominators are asked for as questions of negative number."""
    rows = [
        (number if part else -1 - number, series.series_id, questions[number])
        for number in group
        for part, speaking in ((True, questions[number].chosen.parts), (False, questions[number].chosen.wholes))
        for series in speaking
    ]
    return {
        "question": [number for number, _, _ in rows],
        "series": [series for _, series, _ in rows],
        "newest": [(each.ends - _EPOCH) // _MICROSECOND for _, _, each in rows],
        "length": [each.length * 1_000_000 for _, _, each in rows],
        "windows": [each.rule.threshold.confirm.of for _, _, each in rows],
        "since": min(questions[number].begins for number in group),
        "until": max(questions[number].ends for number in group),
    }


def _readings(question: Question, number: int, pools: Mapping[tuple[int, int], _Pool]) -> tuple[Reading, ...]:
    readings = []
    length = timedelta(seconds=question.length)
    for place in range(question.rule.threshold.confirm.of):
        start = question.ends - length * (place + 1)
        pool, whole = pools.get((number, place)), pools.get((-1 - number, place))
        if pool is None or (question.chosen.wholes and whole is None):
            readings.append(Reading(start))
        elif whole is not None:
            readings.append(_ratio(start, pool, whole, question.rule.threshold))
        else:
            readings.append(_one(start, pool, question))
    return tuple(readings)


def _ratio(start: datetime, part: _Pool, whole: _Pool, threshold: Threshold) -> Reading:
    """Divide two sums of one window; over nothing there is no ratio."""
    n = round(whole.total)
    if whole.total <= 0:
        return Reading(start, None, n)
    share = rounded(part.total / whole.total)
    low, high = _interval("ratio", share, n) if threshold.metric == "llmops.error_ratio" else (None, None)
    return Reading(start, share, n, low, high)


def _one(start: datetime, pool: _Pool, question: Question) -> Reading:
    """Pool the samples of one window by the rule's statistic; a percentile is the highest seen, never an average."""
    threshold, period = question.rule.threshold, question.chosen.parts[0].period
    stat = threshold.stat
    n = pool.n if pool.counted == pool.samples else None
    value = rounded(_value(stat, pool, threshold))
    low, high = _interval(stat, value, n)
    is_whole = stat not in {"sum", "count"} or period <= 0 or pool.times * period >= _WHOLE * question.length
    return Reading(start, value, n, low, high, pool.is_floor, is_whole)


def _value(stat: Stat, pool: _Pool, threshold: Threshold) -> float:
    if stat in _HIGHEST:
        return pool.highest
    if stat == "min":
        return pool.lowest
    if stat in _WEIGHTED:
        is_weighed = pool.counted == pool.samples and pool.n > 0
        return pool.weighted / pool.n if is_weighed else pool.total / pool.samples
    if stat == "last":
        return pool.closing_high if threshold.direction == "above" else pool.closing_low
    return pool.total


def _interval(stat: Stat, value: float, n: int | None) -> Interval | tuple[None, None]:
    """Give the Wilson interval of a share with a known n."""
    if stat != "ratio" or n is None or not 0 <= value <= 1:
        return None, None
    return wilson(value * n, n) or (None, None)
