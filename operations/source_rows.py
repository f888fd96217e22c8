"""Define the row of a source apart, so that a viewer's first read need not load the rows of all other screens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from store.records import RunState


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source: how its last collection went, when the next is due and how complete the last twenty were."""

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
    overdue: bool
    high_water: datetime | None
    completeness: float | None
    failures: int
    skew_seconds: float | None
    trend: tuple[float, ...]
