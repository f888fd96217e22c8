"""Show the newest scores of a system, each with the interval that its n or its spread allows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from operations.rows import EvaluationRow
from operations.statistics import Interval, around, wilson
from store.database import Reader

_QUERY: Final = """
select
    suite, figures['suite_version'] as suite_version, scorer, judge, judge_version, slice, figures['value'] as value,
    figures['n'] as n, figures['passes'] as passes, figures['errors'] as errors, figures['stderr'] as stderr,
    figures['scale_min'] as scale_min, figures['scale_max'] as scale_max, figures['status'] as status, seen,
    figures['system_version'] as system_version, figures['url'] as url, coalesce(trend, []::double[]) as trend
from evaluation_board
where system = $system
order by suite, scorer, slice, seen desc, judge, judge_version
"""


@dataclass(frozen=True, slots=True)
class _Newest:
    """One row of the board ``evaluation_board``."""

    suite: str
    suite_version: str
    scorer: str
    judge: str
    judge_version: str
    slice: str
    value: float | None
    n: int | None
    passes: int | None
    errors: int | None
    stderr: float | None
    scale_min: float
    scale_max: float
    status: str
    seen: datetime
    system_version: str
    url: str
    trend: tuple[float, ...]


def evaluations(reader: Reader, system: str) -> tuple[EvaluationRow, ...]:
    """Give the newest run of every suite, scorer, judge and slice of a system."""
    return tuple(_row(found) for found in reader.rows(_Newest, _QUERY, {"system": system}))


def _row(found: _Newest) -> EvaluationRow:
    low, high = _interval(found) or (None, None)
    version = f" {found.judge_version}" if found.judge_version else ""
    return EvaluationRow(
        suite=found.suite,
        suite_version=found.suite_version,
        scorer=found.scorer,
        judge=f"{found.judge}{version}",
        slice=found.slice,
        value=found.value,
        n=found.n,
        low=low,
        high=high,
        errors=found.errors,
        status=found.status,
        seen=found.seen,
        system_version=found.system_version,
        url=found.url,
        trend=found.trend,
    )


def _interval(found: _Newest) -> Interval | None:
    """Give the interval of one run: by its passes, else by its standard error; else nothing is known."""
    if found.value is None:
        return None
    if found.passes is not None and found.n:
        share = wilson(found.passes, found.n)
        size = found.scale_max - found.scale_min
        return None if share is None else (found.scale_min + size * share[0], found.scale_min + size * share[1])
    return None if found.stderr is None else around(found.value, found.stderr)
