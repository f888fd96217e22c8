"""Find the runs of two versions of a system that can be held against each other, and the cases that both have."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
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

# One row per case that both runs have.
_CASES: Final = """
select c.value as current, n.value as new
from cases c join cases n using (system, suite, scorer, slice, case_key)
where c.system = $system and c.suite = $suite and c.scorer = $scorer and c.slice = $slice
    and c.source = $current_source and c.eval_run = $current_run and n.source = $new_source and n.eval_run = $new_run
order by case_key
"""


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
class Case:
    """How one case scored in both runs."""

    current: float
    new: float


Pair = tuple[Run, Run]


def runs(reader: Reader, system: str, current: str, new: str, now: datetime) -> list[list[Run]]:
    """Give the runs of two versions of a system by suite, scorer and slice, each from the newest on."""
    asked = {"system": system, "current": current, "new": new, "now": now}
    found: defaultdict[tuple[str, str, str], list[Run]] = defaultdict(list)
    for run in reader.rows(Run, _RUNS, asked):
        found[run.suite, run.scorer, run.slice].append(run)
    return [found[key] for key in sorted(found)]


def cases(reader: Reader, system: str, pair: Pair) -> list[Case]:
    """Read the cases that both runs have, from 0 to 1 where more is better; none where one lies beyond its scale."""
    before, after = pair
    asked = {
        "system": system, "suite": before.suite, "scorer": before.scorer, "slice": before.slice,
        "current_source": before.source, "current_run": before.eval_run,
        "new_source": after.source, "new_run": after.eval_run,
    }  # fmt: skip
    found = reader.rows(Case, _CASES, asked)
    turned = [Case(before.turned(each.current), before.turned(each.new)) for each in found]
    return turned if all(0 <= value <= 1 for each in turned for value in (each.current, each.new)) else []


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
