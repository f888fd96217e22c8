"""Say how the tool itself is, for those who watch it from outside and never open it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Final, Literal

from operations.breaches import Severity
from operations.portfolio import summary
from store.database import Reader
from store.records import RunState, State

_SOURCES: Final = """
select source, kind, state, started, duration_s, rows, rejected, unrouted, failures, skew_seconds, next_slot,
    high_water, last_complete
from source_vitals
order by source
"""
_BREACHES: Final = "select severity, acknowledged_by, silenced_by from open_breaches"


@dataclass(frozen=True, slots=True)
class SourceVitals:
    """One source: how its last collection went, and when it was last complete."""

    source: str
    kind: str
    state: RunState | Literal["never"]
    started: datetime | None
    duration_s: float | None
    rows: int
    rejected: int
    unrouted: int
    failures: int
    skew_seconds: float | None
    next_slot: datetime | None
    high_water: datetime | None
    last_complete: datetime | None


@dataclass(frozen=True, slots=True)
class Vitals:
    """The whole: sources, systems by state, open breaches (severity, acknowledged, silenced), changes that wait."""

    sources: tuple[SourceVitals, ...]
    systems: Mapping[State, int]
    breaches: Mapping[tuple[Severity, bool, bool], int]
    pending_changes: int


@dataclass(frozen=True, slots=True)
class _Open:
    """One open breach."""

    severity: Severity
    acknowledged_by: str
    silenced_by: str


def vitals(reader: Reader, now: datetime) -> Vitals:
    """Read them; what does not occur is zero where it could be counted."""
    found = summary(reader, now)
    counts = Counter(
        (each.severity, bool(each.acknowledged_by), bool(each.silenced_by)) for each in reader.rows(_Open, _BREACHES)
    )
    kinds: tuple[Severity, ...] = ("critical", "warning")
    return Vitals(
        sources=tuple(reader.rows(SourceVitals, _SOURCES)),
        systems={
            "critical": found.critical,
            "warning": found.warning,
            "unknown": found.unknown,
            "ok": found.ok,
        },
        breaches={key: counts[key] for key in product(kinds, (False, True), (False, True))},
        pending_changes=found.pending_changes,
    )
