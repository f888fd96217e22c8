"""Define what is said of coverage, the part that says which failures would be noticed, apart from what computes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date, datetime

    from operations.vendors import SharedEvent
    from store.detection_records import ModeRecord, Sight


@dataclass(frozen=True, slots=True)
class CellRow:
    """One failure mode of one system: what its detector can see, and what became of it.

    ``mode_title``, ``detection`` and ``response`` are the mode in its owner's words.
    ``severity`` is that of the breach that is open for it, ``None`` without one; ``newest`` the last day of data that
    it rests on; ``last_fired`` and ``last_tested`` are ``None`` where that never happened.
    """

    system: str
    title: str
    owner: str
    tier: int
    mode: str
    mode_title: str
    detection: str
    response: str
    state: Sight
    reason: str
    remedy: str
    signals: str
    newest: date | None
    judged: datetime
    severity: Literal["warning", "critical"] | None
    last_fired: datetime | None
    last_tested: datetime | None


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One system with its cells in the order of the modes."""

    system: str
    title: str
    owner: str
    tier: int
    cells: tuple[CellRow, ...]
    last_fired: datetime | None
    last_tested: datetime | None

    def of(self, mode: str) -> CellRow | None:
        """Give the cell of a mode."""
        return next((cell for cell in self.cells if cell.mode == mode), None)

    def count(self, state: Sight) -> int:
        """Count the cells of a state."""
        return sum(cell.state == state for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Told:
    """The alarms of detectors in the last 90 days, and how many operators called true, false or useless."""

    alarms: int
    true: int
    false: int
    useless: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """The cells of all systems, the most blind first; their counts, the five worst, and the budget of false alarms.

    ``limit`` is the score in nats at which one of ``series`` alarms, ``alarms_per_week`` the false ones to expect;
    ``None`` before the first judging. ``told`` is what it is held against: what operators said. ``modes`` are the
    failure modes in their owner's words, ``events`` what is breached in several systems at once.
    """

    rows: tuple[CoverageRow, ...]
    armed: int
    degraded: int
    blind: int
    worst: tuple[CellRow, ...]
    limit: float | None
    series: int | None
    alarms_per_week: float | None
    told: Told
    modes: tuple[ModeRecord, ...]
    events: tuple[SharedEvent, ...]

    @property
    def cells(self) -> int:
        """All cells."""
        return self.armed + self.degraded + self.blind
