"""The table of sources: how the last collection went, when the next is due, and how complete it has been lately."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from tui.figures import SEVERITY, SIGNS, ago, clock, count, length, plural, seconds, share
from tui.listing import Field, Listing
from tui.widgets.columns import Column
from tui.widgets.sparkline import sparkline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from operations.rows import SourceRow
    from store.records import State
    from tui.spans import Span
    from tui.widgets.row_filter import Cell

_STATES: Final[dict[str, State]] = {
    "complete": "ok",
    "partial": "warning",
    "interrupted": "warning",
    "failed": "critical",
    "never": "unknown",
}
_WORDS: Final = {"complete": "ok", "partial": "part", "interrupted": "stop", "failed": "FAIL", "never": "never"}
_TREND: Final = 8


def state_of(row: SourceRow) -> State:
    """Rank the state of a source like the state of a system."""
    return _STATES[row.state]


def command(row: SourceRow) -> str:
    """Give the command that collects this source again; the screens never run it silently."""
    return f"llmops-tui collect --source {shlex.quote(row.source)}"


def sentence(row: SourceRow, now: datetime) -> Sequence[Span]:
    """Say how the last run ended and why, how often it failed, and how far the data reaches."""
    cause = f", {row.cause}: {row.detail}" if row.cause and row.detail else f": {row.detail or row.cause}"
    words = f": {row.state}{cause if row.detail or row.cause else ''}"
    if row.failures > 1:
        words += f"; {row.failures} times in a row"
    if row.rejected or row.unrouted:
        words += f"; {plural(row.rejected, 'row')} in quarantine, {row.unrouted} for no known system"
    if row.high_water is not None:
        words += f"; collected up to {clock(row.high_water)} ({ago(row.high_water, now)})"
    state = state_of(row)
    return [(row.source, "strong" if state == "ok" else state), (words, "plain")]


def _state(row: SourceRow, _: datetime) -> Cell:
    state = state_of(row)
    return (_WORDS[row.state] if state == "ok" else f"{SIGNS[state]:<2} {_WORDS[row.state]}", state)


def _next(row: SourceRow, now: datetime) -> Cell:
    """Say when the next collection is due; one that should have begun is late."""
    if row.next_slot is None:
        return ("-", "muted")
    if row.overdue:
        return (f"late {length(now - row.next_slot)}", "warning")
    wait = length(max(row.next_slot, now) - now)
    return (wait if wait == "now" else f"in {wait}", "muted")


def _failures(row: SourceRow, _: datetime) -> Cell:
    return (str(row.failures), "critical" if row.failures else "muted")


SOURCES: Final[Listing[SourceRow]] = Listing(
    name="sources",
    natural="failed first",
    fields=(
        Field(Column("STATE", 8), _state, lambda row: -SEVERITY[state_of(row)]),
        Field(Column("SOURCE", 15, grow=2, most=30), lambda row, _: (row.source, "strong"), lambda row: row.source),
        Field(Column("KIND", 10, drop=5, grow=1, most=18), lambda row, _: (row.kind, "muted"), lambda row: row.kind),
        Field(Column("LAST", 4, "right"), lambda row, now: (ago(row.started, now), ""), lambda row: row.started),
        Field(
            Column("TOOK", 5, "right", drop=4),
            lambda row, _: (seconds(row.duration_s), "muted"),
            lambda row: row.duration_s,
        ),
        Field(Column("NEXT", 8, "right"), _next, lambda row: row.next_slot),
        Field(Column("ROWS", 5, "right", drop=2), lambda row, _: (count(row.rows), ""), lambda row: row.rows),
        Field(Column("NEW", 5, "right", drop=7), lambda row, _: (count(row.new_rows), ""), lambda row: row.new_rows),
        Field(
            Column("WHOLE", 5, "right", name="completeness"),
            lambda row, _: (share(row.completeness), ""),
            lambda row: row.completeness,
        ),
        Field(Column("FAILS", 5, "right", name="failures"), _failures, lambda row: row.failures),
        Field(Column("CAUSE", 9), lambda row, _: (row.cause, ""), lambda row: row.cause or None),
        Field(
            Column("TIMES", _TREND, drop=6, name="durations"),
            lambda row, _: (sparkline(row.trend, _TREND), "muted"),
            lambda row: row.duration_s,
        ),
        Field(
            Column("SKEW", 5, "right", drop=8),
            lambda row, _: (seconds(row.skew_seconds), "muted"),
            lambda row: row.skew_seconds,
        ),
        Field(
            Column("TARGET", 20, drop=9, grow=2, most=50), lambda row, _: (row.target, "muted"), lambda row: row.target
        ),
        Field(
            Column("SYSTEMS", 12, drop=10, grow=1, most=40),
            lambda row, _: (row.systems, "muted"),
            lambda row: row.systems,
        ),
    ),
    key=lambda row: row.source,
    sentence=sentence,
    is_problem=lambda row: row.state != "complete" or row.overdue,
    empty="no source is in the store yet; 'llmops-tui collect' brings the configured ones",
)
