"""Say how collection itself is doing: a picture is worth what its sources brought."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from operations.source_rows import SourceRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from store.database import Reader
    from store.records import RunState

GRACE: Final = timedelta(minutes=2)
"""How long after its slot a collection may still be starting."""

_ORDER: Final = ("failed", "interrupted", "never", "partial", "complete")
FAILED: Final = frozenset({"failed", "interrupted", "never"})


@dataclass(frozen=True, slots=True)
class _Source:
    """One row of the view ``source_health``."""

    source: str
    kind: str
    target: str
    systems: str
    state: RunState | Literal["never"]
    cause: str
    detail: str
    started: datetime | None
    duration_s: float | None
    rows: int
    new_rows: int
    rejected: int
    unrouted: int
    next_slot: datetime | None
    high_water: datetime | None
    completeness: float | None
    failures: int
    skew_seconds: float | None
    trend: tuple[float, ...]


_ROWS: Final = """
select source, kind, target, systems, state, cause, detail, started, duration_s, rows, new_rows, rejected, unrouted,
    next_slot, high_water, completeness, failures, skew_seconds, trend
from {relation}
"""
_LIST: Final = _ROWS.format(relation="source_health")
_BOARD: Final = _ROWS.format(relation="source_board")


def sources(reader: Reader, now: datetime) -> tuple[SourceRow, ...]:
    """Give every source, those that failed first."""
    return _ranked(reader.rows(_Source, _LIST), now)


def board(reader: Reader, now: datetime) -> tuple[SourceRow, ...]:
    """Give the same rows as the last collection computed them, for the first screen: a tenth of the time."""
    return _ranked(reader.rows(_Source, _BOARD), now)


def by_system(found: Iterable[SourceRow]) -> Mapping[str, tuple[SourceRow, ...]]:
    """Arrange sources by the systems they feed."""
    feeding: defaultdict[str, list[SourceRow]] = defaultdict(list)
    for row in found:
        for system in row.systems.split(","):
            feeding[system.strip()].append(row)
    return {system: tuple(rows) for system, rows in feeding.items()}


def _ranked(found: Iterable[_Source], now: datetime) -> tuple[SourceRow, ...]:
    """Put those that failed first, then by name; here rather than in SQL, which takes longer to plan the sort."""
    return tuple(_row(each, now) for each in sorted(found, key=lambda each: (_ORDER.index(each.state), each.source)))


def _row(found: _Source, now: datetime) -> SourceRow:
    is_overdue = found.next_slot is not None and now > found.next_slot + GRACE
    return SourceRow(
        source=found.source,
        kind=found.kind,
        target=found.target,
        systems=found.systems,
        state=found.state,
        cause=found.cause,
        detail=found.detail,
        started=found.started,
        duration_s=found.duration_s,
        rows=found.rows,
        new_rows=found.new_rows,
        rejected=found.rejected,
        unrouted=found.unrouted,
        next_slot=found.next_slot,
        overdue=is_overdue,
        high_water=found.high_water,
        completeness=found.completeness,
        failures=found.failures,
        skew_seconds=found.skew_seconds,
        trend=found.trend,
    )
