"""The table of coverage: which failure modes of which system a detector sees, and where its breach is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from operations.modes import MODES
from tui.figures import SEVERITY, ago, clock
from tui.listing import Field, Listing
from tui.sight import WORDS, counts, facts, sign, titled
from tui.text import printable
from tui.widgets.columns import Column

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from operations.coverage_rows import CellRow, CoverageRow
    from store.detection_records import Sight
    from tui.spans import Span
    from tui.widgets.row_filter import Cell
    from tui.widgets.text_pane import Line

_LETTERS: Final = 3
_LONG: Final = 1_000
_RANK: Final[dict[Sight, int]] = {"blind": 0, "degraded": 1, "armed": 2}
_LOOKS: Final[dict[Sight, str]] = {"armed": "ok", "degraded": "", "blind": "unknown"}


def sentence(row: CoverageRow, _: datetime) -> Sequence[Span]:
    """Name what a system is blind to, or sees in part, with the reasons; one that sees all says when it last fired."""
    if row.count("blind"):
        return [(row.system, "unknown"), (f" is blind to {_reasons(row, 'blind')}", "plain")]
    if row.count("degraded"):
        return [(row.system, "strong"), (f" sees in part {_reasons(row, 'degraded')}", "plain")]
    fired = f"last fired {clock(row.last_fired)}" if row.last_fired else "none has fired yet"
    return [(row.system, "strong"), (f": {counts(row)}; {fired}", "plain")]


def look(cell: CellRow) -> str:
    """Give the look of a cell: its open breach's before what its detector sees."""
    return cell.severity or _LOOKS[cell.state]


def in_full(row: CoverageRow, now: datetime) -> Iterator[Line]:
    """Give a heading for each cell of a system, and what is known of it."""
    for cell in row.cells:
        yield (f"{sign(cell)} {titled(cell)}: {WORDS[cell.state]}".lstrip(), look(cell))
        yield from ((printable(f"{name}: {words}", _LONG), "") for name, words in facts(cell, now))
        yield ("", "")


def _reasons(row: CoverageRow, state: Sight) -> str:
    return ", ".join(f"{cell.mode} ({cell.reason})" for cell in row.cells if cell.state == state)


def _mode(mode: str) -> Field[CoverageRow]:
    """Make the column of a failure mode: the sign of its breach, the first letters of what is seen."""

    def said(row: CoverageRow, _: datetime) -> Cell:
        cell = row.of(mode)
        return (f"{sign(cell):<2}{WORDS[cell.state][:_LETTERS]}", look(cell)) if cell else ("", "")

    def order(row: CoverageRow) -> tuple[int, int] | None:
        cell = row.of(mode)
        return (_RANK[cell.state], -SEVERITY[cell.severity or "ok"]) if cell else None

    return Field(Column(mode, 5), said, order)


COVERAGE: Final[Listing[CoverageRow]] = Listing(
    name="coverage",
    natural="most blind first",
    fields=(
        Field(Column("SYSTEM", 16, grow=3, most=32), lambda row, _: (row.system, "strong"), lambda row: row.system),
        *(_mode(each.mode) for each in MODES),
        Field(Column("OWNER", 10, drop=1, grow=2, most=20), lambda row, _: (row.owner, ""), lambda row: row.owner),
        Field(Column("T", 1, drop=4, name="tier"), lambda row, _: (str(row.tier), "muted"), lambda row: row.tier),
        Field(
            Column("FIRED", 5, "right", drop=2),
            lambda row, now: (ago(row.last_fired, now) if row.last_fired else "never", "muted"),
            lambda row: row.last_fired,
        ),
        Field(
            Column("TESTED", 6, "right", drop=3),
            lambda row, now: (ago(row.last_tested, now) if row.last_tested else "never", "muted"),
            lambda row: row.last_tested,
        ),
    ),
    key=lambda row: row.system,
    sentence=sentence,
    is_problem=lambda row: row.count("blind") > 0,
    empty="no detector has judged yet; 'llmops-tui collect' lets them",
)
