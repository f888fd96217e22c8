"""Say how well each rule does: one that never fires and one that always does are both to be tuned anew.

What counts is the last 180 days: breaches as they were recorded, over the days since there is data to judge.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from operations import series
from operations.rules import Rule, subject, suite_and_scorer
from store.database import Reader

DAYS: Final = 180
TOO_OFTEN: Final = 0.2
FEWEST_DAYS: Final = 7
"""On fewer days nobody can say that a rule fires too often."""

Flaw = Literal["never fired", "too often", "no owner", "no rationale", "review overdue"]
Key = tuple[str, str]

_BREACHES: Final = """
select system, rule, since, opened, closed
from breaches
where opened is not null
"""

# One row per question (a rule) with data since the time asked: when its data began.
_SAMPLED: Final = """
with asked as (select unnest($question::integer[]) as question, unnest($series::integer[]) as series_id)
select a.question, min(h.bucket) as first
from history_1d h join asked a using (series_id)
group by all
having max(h.bucket) >= $since
"""
_SCORED: Final = """
with asked as (
    select unnest($question::integer[]) as question, unnest($system::varchar[]) as system,
        unnest($suite::varchar[]) as suite, unnest($scorer::varchar[]) as scorer
)
select a.question, min(e.seen) as first
from evaluations e join asked a on e.system = a.system and e.scorer = a.scorer and a.suite in ('', e.suite)
group by all
having max(e.seen) >= $since
"""
_CHARGED: Final = """
with asked as (
    select unnest($question::integer[]) as question, unnest($system::varchar[]) as system,
        unnest($basis::varchar[]) as basis
)
select a.question, min(c.charge_period_start) as first
from cost_lines c join asked a on c.system = a.system and c.basis = a.basis
group by all
having max(c.charge_period_start) >= $since
"""


@dataclass(frozen=True, slots=True)
class RuleQuality:
    """One standing rule: how often its breaches opened, on which share of days it was in breach, what is to be done.

    ``days`` are those since the first data to judge, at most 180; ``last_fired`` may lie before them.
    """

    system: str
    rule: str
    metric: str
    stat: str
    fired: int
    last_fired: datetime | None
    days: int
    days_in_breach: int
    share_of_days: float | None
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True, slots=True)
class _Breach:
    system: str
    rule: str
    since: datetime
    opened: datetime
    closed: datetime | None


@dataclass(frozen=True, slots=True)
class _First:
    question: int
    first: datetime


def quality(reader: Reader, standing: Sequence[Rule], now: datetime) -> tuple[RuleQuality, ...]:
    """Give every standing rule, those with a flaw first, those most in breach before others."""
    since = (now - timedelta(days=DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    firsts = _firsts(reader, standing, since, now)
    found: defaultdict[Key, list[_Breach]] = defaultdict(list)
    for breach in reader.rows(_Breach, _BREACHES):
        found[breach.system, breach.rule].append(breach)
    rows = [_row(rule, found[rule.key], firsts.get(rule.key), since, now) for rule in standing]
    return tuple(sorted(rows, key=lambda row: (not row.flaws, -(row.share_of_days or 0), row.system, row.rule)))


def _row(
    rule: Rule, breaches: Sequence[_Breach], first: datetime | None, since: datetime, now: datetime
) -> RuleQuality:
    days = 0 if first is None else min(DAYS, (now.date() - first.date()).days + 1)
    touched = len(_touched(breaches, max(since, first or now), now))
    fired = sum(breach.opened >= since for breach in breaches)
    share = touched / days if days else None
    return RuleQuality(
        system=rule.system.name,
        rule=rule.threshold.name,
        metric=rule.threshold.metric,
        stat=rule.threshold.stat,
        fired=fired,
        last_fired=max((breach.opened for breach in breaches), default=None),
        days=days,
        days_in_breach=touched,
        share_of_days=share,
        flaws=tuple(_flaws(rule, days, touched, now)),
    )


def _flaws(rule: Rule, days: int, touched: int, now: datetime) -> Iterable[Flaw]:
    threshold = rule.threshold
    if days >= DAYS and not touched:
        yield "never fired"
    if days >= FEWEST_DAYS and touched > TOO_OFTEN * days:
        yield "too often"
    if not threshold.owner:
        yield "no owner"
    if not threshold.rationale:
        yield "no rationale"
    if threshold.review_by is not None and threshold.review_by < now.date():
        yield "review overdue"


def _touched(breaches: Iterable[_Breach], since: datetime, now: datetime) -> set[date]:
    """Give the days of the period on which a breach lasted, from when its rule began to fail."""
    days: set[date] = set()
    for breach in breaches:
        first, last = max(breach.since, since).date(), (breach.closed or now).date()
        days |= {first + timedelta(days=number) for number in range((last - first).days + 1)}
    return days


def _firsts(reader: Reader, standing: Sequence[Rule], since: datetime, now: datetime) -> Mapping[Key, datetime]:
    """Give when the data of each rule began, of those that have some in the period."""
    numbered = list(enumerate(standing))
    asked = (
        (_SAMPLED, _series(reader, numbered, now)),
        (_SCORED, _scores([(number, rule) for number, rule in numbered if subject(rule.threshold) == "evaluations"])),
        (_CHARGED, _costs([(number, rule) for number, rule in numbered if subject(rule.threshold) == "costs"])),
    )
    return {
        standing[row.question].key: row.first
        for query, params in asked
        for row in reader.rows(_First, query, {**params, "since": since})
    }


def _series(reader: Reader, numbered: Iterable[tuple[int, Rule]], now: datetime) -> dict[str, object]:
    known = series.read(reader)
    pairs = [
        (number, each.series_id)
        for number, rule in numbered
        if subject(rule.threshold) == "samples" and (chosen := known.choose(rule, now))
        for each in chosen.parts
    ]
    return {"question": [number for number, _ in pairs], "series": [series_id for _, series_id in pairs]}


def _scores(numbered: Sequence[tuple[int, Rule]]) -> dict[str, object]:
    names = [suite_and_scorer(rule.threshold.metric) for _, rule in numbered]
    return {
        "question": [number for number, _ in numbered],
        "system": [rule.system.name for _, rule in numbered],
        "suite": [suite for suite, _ in names],
        "scorer": [scorer for _, scorer in names],
    }


def _costs(numbered: Sequence[tuple[int, Rule]]) -> dict[str, object]:
    return {
        "question": [number for number, _ in numbered],
        "system": [rule.system.name for _, rule in numbered],
        "basis": [rule.system.cost_basis for _, rule in numbered],
    }
