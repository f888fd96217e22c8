"""Read the last evaluation runs for many rules at once; only runs by the newest judge and suite version are compared.

Runs are events, not a clock: a window ends at a run, and the next one at the newest run before its start.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Final

from operations.rules import Rule, suite_and_scorer
from operations.statistics import Interval, around, rounded, spread, wilson
from operations.thresholds import Evidence, Reading, stale_after
from store.database import Reader

_RUNS_A_WINDOW: Final = 4

# One row per run that a rule may judge, newest first.
_QUERY: Final = """
with asked as (
    select unnest($question::integer[]) as question, unnest($system::varchar[]) as system,
        unnest($suite::varchar[]) as suite, unnest($scorer::varchar[]) as scorer, unnest($slice::varchar[]) as slice,
        unnest($source::varchar[]) as source, unnest($runs::integer[]) as runs, unnest($reach::bigint[]) as reach
)
select
    a.question, e.source, e.suite, e.suite_version, e.judge, e.judge_version, e.seen, e.value, e.n, e.passes, e.stderr,
    e.scale_min, e.scale_max, e.status
from evaluations e
join asked a on e.system = a.system and e.scorer = a.scorer and e.slice = a.slice
    and a.suite in ('', e.suite) and a.source in ('', e.source)
where e.seen <= $now and e.seen > $since and e.status <> 'invalidated'
window each_suite as (
    partition by a.question, e.source, e.suite order by e.seen desc
    rows between unbounded preceding and unbounded following
)
qualify row_number() over each_suite <= a.runs
    or epoch_us(max(e.seen) over each_suite) - epoch_us(e.seen) < a.reach * 1000000
order by a.question, e.source, e.suite, e.seen desc, e.eval_run
"""


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """One run of one suite by one scorer, as far as a rule needs it."""

    question: int
    source: str
    suite: str
    suite_version: str
    judge: str
    judge_version: str
    seen: datetime
    value: float | None
    n: int | None
    passes: int | None
    stderr: float | None
    scale_min: float
    scale_max: float
    status: str

    @property
    def is_scored(self) -> bool:
        """Say whether the run has a score; a failed run is an error, never a zero."""
        return self.value is not None and self.status != "error"


def read(reader: Reader, rules: Sequence[Rule], now: datetime) -> Mapping[tuple[str, str], Evidence]:
    """Give the evidence of every rule on evaluations."""
    if not rules:
        return {}
    found: defaultdict[int, list[ScoredRun]] = defaultdict(list)
    for run in reader.rows(ScoredRun, _QUERY, _params(rules, now)):
        found[run.question].append(run)
    return {rule.key: evidence(rule, found[number], now) for number, rule in enumerate(rules)}


def evidence(rule: Rule, runs: Iterable[ScoredRun], now: datetime) -> Evidence:
    """Pool the comparable runs of one source and suite into windows, newest first."""
    threshold = rule.threshold
    window = max(threshold.window.seconds, 1)
    chosen = _chosen(runs, now - stale_after(threshold, Evidence(window=window)))
    scored = [run for run in chosen if run.is_scored]
    failed = len(chosen) - len(scored)
    if not scored:
        return Evidence(window=window, problem=f"{failed} evaluation runs failed, none has a score" if failed else "")
    newest = scored[0]
    alike = [run for run in scored if _version(run) == _version(newest)]
    failed_since = sum(run.seen > newest.seen for run in chosen)
    return Evidence(
        readings=tuple(_windows(alike, timedelta(seconds=window), threshold.confirm.of)),
        seen=newest.seen,
        window=window,
        source=newest.source,
        remark=f"{failed_since} newer runs failed" if failed_since else "",
    )


def _params(rules: Sequence[Rule], now: datetime) -> dict[str, object]:
    asked = [rule.threshold for rule in rules]
    names = [suite_and_scorer(threshold.metric) for threshold in asked]
    reach = [threshold.window.seconds * threshold.confirm.of for threshold in asked]
    stale = max(stale_after(threshold, Evidence()) for threshold in asked)
    return {
        "question": list(range(len(rules))),
        "system": [rule.system.name for rule in rules],
        "suite": [suite for suite, _ in names],
        "scorer": [scorer for _, scorer in names],
        "slice": [threshold.dims.get("slice", "") for threshold in asked],
        "source": [threshold.source for threshold in asked],
        "runs": [threshold.confirm.of * _RUNS_A_WINDOW for threshold in asked],
        "reach": reach,
        "now": now,
        "since": now - max(timedelta(days=90), 4 * (stale + timedelta(seconds=max(reach)))),
    }


def _chosen(runs: Iterable[ScoredRun], fresh_since: datetime) -> list[ScoredRun]:
    """Take the runs of one source and suite: the first by name that is fresh, else the first."""
    groups: defaultdict[tuple[str, str], list[ScoredRun]] = defaultdict(list)
    for run in runs:
        groups[run.source, run.suite].append(run)
    return min(
        groups.items(), key=lambda item: (max(r.seen for r in item[1]) < fresh_since, item[0]), default=(None, [])
    )[1]


def _version(run: ScoredRun) -> tuple[str, str, str]:
    return run.suite_version, run.judge, run.judge_version


def _windows(runs: Sequence[ScoredRun], window: timedelta, most: int) -> Iterable[Reading]:
    """Pool runs window by window, each ending at its newest run."""
    left = list(runs)
    for _ in range(most):
        if not left:
            return
        start = left[0].seen - window
        inside = [run for run in left if run.seen > start]
        left = left[len(inside) :]
        yield _pooled(start, inside)


def _pooled(start: datetime, runs: Sequence[ScoredRun]) -> Reading:
    """Pool the runs of one window: passes over n where they were counted, else the mean, weighted where n is known."""
    values = [run.value for run in runs if run.value is not None]
    n = sum(run.n for run in runs if run.n) if all(run.n is not None for run in runs) else None
    if n and all(run.passes is not None for run in runs):
        low_end, size = runs[0].scale_min, runs[0].scale_max - runs[0].scale_min
        passes = sum(run.passes or 0 for run in runs)
        low, high = wilson(passes, n) or (0.0, 1.0)
        return Reading(start, rounded(low_end + size * passes / n), n, low_end + size * low, low_end + size * high)
    weights = [run.n or 0 for run in runs] if n else [1] * len(runs)
    mean = rounded(sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights))
    interval = _interval(mean, runs, weights, values)
    return Reading(start, mean, n, *(interval or (None, None)))


def _interval(
    mean: float, runs: Sequence[ScoredRun], weights: Sequence[int], values: Sequence[float]
) -> Interval | None:
    """Give the normal interval where every run states its standard error, else the t interval between runs."""
    if all(run.stderr is not None for run in runs):
        variance = sum((w * (run.stderr or 0.0)) ** 2 for w, run in zip(weights, runs, strict=True))
        return around(mean, sqrt(variance) / sum(weights))
    return spread(values)
