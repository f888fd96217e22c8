"""Read what evaluations say of the signals: the share of good answers of each suite, scorer and judge, day by day."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from operations.given import Given, standing
from operations.rules import EVALUATION, suite_and_scorer
from operations.told import Told
from store.database import Reader

# One row per system, suite, scorer and judge: the days on which it ran, oldest first, with the share that passed and
# the n behind it; scores by different judges are different tracks.
_EVALUATIONS: Final = """
with runs as (
    select
        system, suite, scorer, judge, judge_version, source, seen::date as day, n, higher_is_better,
        least(greatest(coalesce(passes / n, (value - scale_min) / (scale_max - scale_min)), 0), 1) as value
    from evaluations
    where slice = '' and status in ('ok', 'partial') and value is not null and n is distinct from 0
        and scale_max > scale_min and seen >= $since and seen < $until and list_contains($systems::varchar[], system)
        and (source in (select name from sources) or not exists (from sources))
),
days as (
    select
        system, suite, scorer, judge, judge_version, any_value(source) as source, day,
        bool_and(higher_is_better) as higher_is_better,
        coalesce(sum(value * n) / sum(n), avg(value)) as value, sum(n)::double as n
    from runs
    group by system, suite, scorer, judge, judge_version, day
)
select
    system, suite, scorer, judge, judge_version, any_value(source) as source,
    list(day - date '1970-01-01' order by day) as days,
    list(value order by day) as values, list(n order by day) as counts, bool_and(higher_is_better) as higher_is_better
from days
group by system, suite, scorer, judge, judge_version
"""


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
    counts: tuple[float | None, ...]
    higher_is_better: bool


def scored(
    reader: Reader, given: Sequence[Given], since: datetime, until: datetime, systems: Sequence[str]
) -> Iterator[Told]:
    """Read the days of every evaluation that is asked for: its good answers, or with ``inverts`` the others."""
    wanted: defaultdict[str, list[Given]] = defaultdict(list)
    for place, system in standing(given, systems):
        if given[place].metric.startswith(EVALUATION):
            wanted[system].append(given[place])
    asked = {"since": since, "until": until, "systems": list(wanted)}
    for score in reader.rows(Scored, _EVALUATIONS, asked):
        for each in wanted[score.system]:
            suite, scorer = suite_and_scorer(each.metric)
            if scorer == score.scorer and suite in {"", score.suite}:
                turned = each.inverts == score.higher_is_better
                values = tuple(1 - value for value in score.values) if turned else score.values
                dim = dim_of(score.suite, score.scorer, score.judge, score.judge_version)
                yield Told(score.system, each.signal, dim, score.source, score.days, values, score.counts, ())


def dim_of(suite: str, scorer: str, judge: str, judge_version: str) -> str:
    """Name a track of scores: its suite and scorer, and by whom it was judged."""
    judged = f" by {judge} {judge_version}".rstrip() if judge else ""
    return f"{suite}/{scorer}{judged}"
