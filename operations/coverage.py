"""Say which failures of which systems would be noticed, which not, and what would help: armed, degraded, blind."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from operations.coverage_rows import CellRow, Coverage, CoverageRow, Told
from operations.detection import expected
from operations.health import UNWATCHED
from operations.modes import modes
from operations.vendors import shared_events
from operations.words import length
from store.database import Reader
from store.detection_records import Sight

_GATES: Final = ("FM1", "FM3", "FM6", "FM7")
"""The modes that a system of tier 1 must not be blind to."""

_WORST: Final = 5
_CELLS: Final = "select * from coverage where $system in ('', system) order by system, mode"
_BUDGET: Final = "select * from alarm_budget"


@dataclass(frozen=True, slots=True)
class _Budget:
    """One row of the view ``alarm_budget``."""

    score_limit: float | None
    series: int | None
    alarms: int
    true_alarms: int
    false_alarms: int
    useless_alarms: int


def coverage(reader: Reader, now: datetime, system: str = "") -> Coverage:
    """Give the cells of all systems, or of one; those judged too long ago are blind, whatever they were."""
    cells = [_aged(cell, now) for cell in reader.rows(CellRow, _CELLS, {"system": system})]
    by_system: defaultdict[str, list[CellRow]] = defaultdict(list)
    for cell in cells:
        by_system[cell.system].append(cell)
    budget = reader.rows(_Budget, _BUDGET)[0]
    return Coverage(
        rows=tuple(sorted(map(_row, by_system.values()), key=_trouble)),
        armed=_count(cells, "armed"),
        degraded=_count(cells, "degraded"),
        blind=_count(cells, "blind"),
        worst=tuple(sorted((cell for cell in cells if cell.state != "armed"), key=_gravity)[:_WORST]),
        limit=budget.score_limit,
        series=budget.series,
        alarms_per_week=_false_alarms(budget),
        told=Told(budget.alarms, budget.true_alarms, budget.false_alarms, budget.useless_alarms),
        modes=tuple(modes(reader).values()),
        events=shared_events(reader),
    )


def _aged(cell: CellRow, now: datetime) -> CellRow:
    """Make a cell blind that no detector has looked at for days; that collecting stopped must not look armed."""
    age = now - cell.judged
    if age <= UNWATCHED:
        return cell
    return replace(cell, state="blind", reason=f"not judged for {length(age)}", remedy="run 'llmops-tui collect'")


def _false_alarms(budget: _Budget) -> float | None:
    if budget.series is None or budget.score_limit is None:
        return None
    return expected(budget.series, budget.score_limit)


def _count(cells: Iterable[CellRow], state: Sight) -> int:
    return sum(cell.state == state for cell in cells)


def _row(cells: Sequence[CellRow]) -> CoverageRow:
    """Put the cells of one system together."""
    first = cells[0]
    fired = max((cell.last_fired for cell in cells if cell.last_fired is not None), default=None)
    return CoverageRow(first.system, first.title, first.owner, first.tier, tuple(cells), fired, first.last_tested)


def _trouble(row: CoverageRow) -> tuple[int, int, int, str]:
    return -row.count("blind"), -row.count("degraded"), row.tier, row.system


def _gravity(cell: CellRow) -> tuple[int, bool, bool, str, str]:
    """Rank a cell: its system's tier, blind before degraded, gates before others."""
    return cell.tier, cell.state != "blind", cell.mode not in _GATES, cell.mode, cell.system
