"""The table of incidents of other tools: how bad, in whose words, what, since when, from where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.figures import SHORT, clock, length, spoken
from tui.listing import Field, Listing
from tui.widgets.columns import Column

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from operations.rows import IncidentRow
    from store.records import IncidentLevel
    from tui.spans import Span, Tone
    from tui.widgets.row_filter import Cell

_WORDS: Final[dict[IncidentLevel, str]] = {
    "critical": SHORT["critical"],
    "warning": SHORT["warning"],
    "info": "info",
}
_RANKS: Final[dict[IncidentLevel, int]] = {"critical": 0, "warning": 1, "info": 2}


def sentence(row: IncidentRow, now: datetime) -> Sequence[Span]:
    """Say what is wrong, by whose word, how long it has lasted, who has taken it up, and where to look."""
    severity = f" ({row.severity})" if row.severity else ""
    taken = f", acknowledged {spoken(row.acknowledged, now)} ago" if row.acknowledged and row.is_open else ""
    lasted = f"ended {clock(row.ended)} after {length(row.age)}" if row.ended else f"for {spoken(row.started, now)}"
    link = f"; {row.url}" if row.url else ""
    words = f": {row.title}; {row.state}{taken}, {lasted}; from {row.source}{link}"
    tone: Tone = "strong" if row.level == "info" or not row.is_open else row.level
    return [(f"{row.level}{severity}", tone), (words, "plain")]


def _level(row: IncidentRow, _: datetime) -> Cell:
    return (_WORDS[row.level], "muted" if not row.is_open else "" if row.level == "info" else row.level)


INCIDENTS: Final[Listing[IncidentRow]] = Listing(
    name="incidents",
    natural="worst first",
    fields=(
        Field(Column("LEVEL", 7), _level, lambda row: (not row.is_open, _RANKS[row.level])),
        Field(Column("TITLE", 24, grow=4, most=90), lambda row, _: (row.title, "strong"), lambda row: row.title),
        Field(Column("STATE", 12), lambda row, _: (row.state, "" if row.is_open else "muted"), lambda row: row.state),
        Field(Column("AGE", 4, "right"), lambda row, _: (length(row.age), ""), lambda row: row.age),
        Field(
            Column("SEVERITY", 8, drop=2, grow=1, most=14),
            lambda row, _: (row.severity, "muted"),
            lambda row: row.severity or None,
        ),
        Field(
            Column("SOURCE", 12, drop=1, grow=1, most=24), lambda row, _: (row.source, "muted"), lambda row: row.source
        ),
        Field(Column("SINCE", 13, drop=3), lambda row, _: (clock(row.started), "muted"), lambda row: row.started),
        Field(
            Column("ID", 14, drop=4, grow=1, most=36),
            lambda row, _: (row.external_id, "muted"),
            lambda row: row.external_id,
        ),
    ),
    key=lambda row: row.incident_id,
    sentence=sentence,
    is_problem=lambda row: row.is_open,
    empty="no other tool has an incident of this system, or none is collected",
)
