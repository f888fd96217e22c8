"""Define the rows of breaches, and of what silences them.

Times are aware UTC, shares are 0..1; ``None`` means "not known": never zero and never ok.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from store.records import BreachState

SilenceState = Literal["in force", "pending", "ending", "planned", "over", "ended", "unreadable"]
"""Pending and ending ones are written and not yet stored, planned ones configured; an unreadable one covers nothing."""


@dataclass(frozen=True, slots=True)
class BreachRow:
    """One breach with who answers for it, who has acknowledged it, and who has silenced it until when.

    ``head`` is the breach that it belongs to, its own where it leads; ``children`` are how many belong to that one.
    ``event`` names what it shares with breaches of other systems, such as a vendor's model, and ``event_systems`` these
    systems, while it lasts. ``mode_title`` is that of its failure mode, in the owner's words; ``usual`` is what a
    detector holds its value against.
    """

    breach_id: str
    system: str
    rule: str
    domain: str
    metric: str
    severity: Literal["warning", "critical"]
    state: BreachState
    direction: Literal["above", "below"]
    since: datetime
    judged: datetime
    opened: datetime | None
    closed: datetime | None
    value: float | None
    worst: float | None
    warning: float | None
    critical: float | None
    n: int | None
    unit: str
    mode: str
    note: str
    event: str
    head: str
    children: int
    owner: str
    tier: int
    acknowledged_by: str
    acknowledged_at: datetime | None
    silenced_until: datetime | None = None
    silenced_by: str = ""
    silence_reason: str = ""
    mode_title: str = ""
    event_systems: str = ""
    usual: float | None = None


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """One silence that somebody declared; ``covers`` says what, as ``rule:bot/slow``."""

    silence_id: str
    covers: str
    state: SilenceState
    by: str
    reason: str
    declared: datetime
    until: datetime | None
    ended: datetime | None
    ended_by: str
