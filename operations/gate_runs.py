"""Find the runs of two versions of a system that can be held against each other, and the cases that both have."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Final

from operations.comparisons import Score
from store.database import Reader

# One row per source, run, scorer and slice of the two versions; what failed or was taken back is no evidence.
_RUNS: Final = """
select
    source, eval_run, suite, scorer, slice, seen, value, suite_version, judge, judge_version, system_version, n, passes,
    errors, stderr, scale_min, scale_max, higher_is_better
from evaluations
where system = $system and system_version in ($current, $new) and status = 'ok' and value is not null
    and scale_max > scale_min and seen <= $now
order by seen desc, source, eval_run
"""

# One row per case of either run.
_CASES: Final = """
with told as (
    select case_key, eval_run, source, value
    from cases
    where system = $system and suite = $suite and scorer = $scorer and slice = $slice
)
select c.value as current, n.value as new
from (select * from told where source = $current_source and eval_run = $current_run) c
full join (select * from told where source = $new_source and eval_run = $new_run) n using (case_key)
order by case_key
"""

_ALIKE: Final = 0.01
"""How far the mean of a run's cases may lie from its score and still be what the score was made of."""


@dataclass(frozen=True, slots=True)
class Run:
    """One complete run of one version by one scorer, for one slice."""

    source: str
    eval_run: str
    suite: str
    scorer: str
    slice: str
    seen: datetime
    value: float
    suite_version: str
    judge: str
    judge_version: str
    system_version: str
    n: int | None
    passes: int | None
    errors: int | None
    stderr: float | None
    scale_min: float
    scale_max: float
    higher_is_better: bool

    @property
    def measure(self) -> tuple[object, ...]:
        """What must be the same for two runs to be compared."""
        return self.suite_version, self.judge, self.judge_version, self.scale_min, self.scale_max, self.higher_is_better

    def turned(self, value: float) -> float:
        """Give a value on a scale from 0 to 1 on which more is better."""
        share = (value - self.scale_min) / (self.scale_max - self.scale_min)
        return share if self.higher_is_better else 1 - share

    def score(self) -> Score:
        """Give what is known of the run without its cases."""
        stderr = None if self.stderr is None else self.stderr / (self.scale_max - self.scale_min)
        value = min(max(self.turned(self.value), 0.0), 1.0)
        return Score(value, self.n or 0, None if self.passes is not None else stderr)


@dataclass(frozen=True, slots=True)
class Cases:
    """How the cases that both runs have scored, from 0 to 1 where more is better, and how many either run has."""

    current: Sequence[float]
    new: Sequence[float]
    of_current: int
    of_new: int


@dataclass(frozen=True, slots=True)
class _Case:
    current: float | None
    new: float | None


Pair = tuple[Run, Run]


def runs(reader: Reader, system: str, current: str, new: str, now: datetime) -> list[list[Run]]:
    """Give the runs of two versions of a system by suite, scorer and slice, each from the newest on."""
    asked = {"system": system, "current": current, "new": new, "now": now}
    found: defaultdict[tuple[str, str, str], list[Run]] = defaultdict(list)
    for run in reader.rows(Run, _RUNS, asked):
        found[run.suite, run.scorer, run.slice].append(run)
    return [found[key] for key in sorted(found)]


def cases(reader: Reader, system: str, pair: Pair) -> Cases | None:
    """Read the cases of both runs; ``None`` where they are not known, or are not what the scores were made of."""
    before, after = pair
    asked = {
        "system": system, "suite": before.suite, "scorer": before.scorer, "slice": before.slice,
        "current_source": before.source, "current_run": before.eval_run,
        "new_source": after.source, "new_run": after.eval_run,
    }  # fmt: skip
    found = reader.rows(_Case, _CASES, asked)
    current = [before.turned(each.current) for each in found if each.current is not None]
    new = [after.turned(each.new) for each in found if each.new is not None]
    if not (_makes(current, before) and _makes(new, after)):
        return None
    both = [(each.current, each.new) for each in found if each.current is not None and each.new is not None]
    return Cases([before.turned(a) for a, _ in both], [after.turned(b) for _, b in both], len(current), len(new))


def _makes(scores: Sequence[float], run: Run) -> bool:
    """Say whether a run's score is the mean of these cases, all of them on its scale."""
    if not scores or not all(0 <= score <= 1 for score in scores):
        return False
    return abs(fmean(scores) - run.turned(run.value)) <= _ALIKE


def matched(found: Sequence[Run], current: str, new: str) -> tuple[Pair | None, str]:
    """Find the newest run of the new version that a run of the current one can be held against, or say why not.

    Where the newest of all cannot be held against each other, that is said as well.
    """
    if current == new:
        return None, f"{current} is compared with itself"
    before, after = ([run for run in found if run.system_version == each] for each in (current, new))
    if not after:
        return None, f"the new version, {new}, was not evaluated"
    if not before:
        return None, f"the current version, {current}, was not evaluated"
    pair = next(((old, each) for each in after for old in before if old.measure == each.measure), None)
    unlike = "; ".join(_unlike(before[0], after[0]))
    return pair, f"not the newest runs: {unlike}" if pair and unlike else unlike


def _unlike(before: Run, after: Run) -> Iterator[str]:
    """Say what keeps two runs from being compared."""
    if before.suite_version != after.suite_version:
        yield f"suite version {before.suite_version or 'unknown'} against {after.suite_version or 'unknown'}"
    judges = [f"{run.judge} {run.judge_version}".strip() or "no judge" for run in (before, after)]
    if judges[0] != judges[1]:
        yield f"judged by {judges[0]} and by {judges[1]}, which are not compared"
    if before.measure[3:] != after.measure[3:]:
        yield "scored on different scales"
