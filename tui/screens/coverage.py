"""Ask: which failures of which systems would anybody notice, and where is nobody looking."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container

from operations.coverage_rows import Coverage, CoverageRow
from tui.listings.coverage import COVERAGE, in_full
from tui.opening import Open
from tui.sight import heading, sentence
from tui.table_screen import TableScreen
from tui.text import printable
from tui.widgets.line_table import LineTable
from tui.widgets.lines import Lines
from tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from textual.widget import Widget

    from store.database import Reader
    from tui.listing import Listing
    from tui.reading import Frame


class CoverageScreen(TableScreen[Coverage]):
    """All systems by failure mode, the most blind first."""

    TITLE = "Coverage"
    OPENS = True
    DEFAULT_CSS = """
    CoverageScreen #split { height: 1fr; layout: horizontal; }
    CoverageScreen #split > LineTable { width: 3fr; }
    CoverageScreen #split > #detail { display: none; width: 2fr; background: $surface; }
    CoverageScreen.-wide #split > #detail { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "Table or cells", show=False, id="coverage.focus"),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (160, "-wide")]  # noqa: RUF012  # Textual's declaration

    @property
    def listing(self) -> Listing[CoverageRow]:
        """The table of systems by mode."""
        return COVERAGE

    def body(self) -> Iterable[Widget]:
        """Put the sum above the table, and the selected system's cells beside it where there is room."""
        yield Lines(1, id="sum")
        yield Container(*super().body(), TextPane("Selected system", name="detail"), id="split")

    def load(self, db: Reader, now: datetime) -> Coverage:
        """Ask for the cells of all systems."""
        from operations.coverage import coverage

        return coverage(db, now)

    def records(self, frame: Frame[Coverage]) -> Sequence[CoverageRow]:
        """Give the systems, the most blind first."""
        return frame.content.rows

    def draw(self, frame: Frame[Coverage], now: datetime) -> None:
        """Show the sum and the systems."""
        cells, budget = sentence(frame.content).split("; ")
        self.query_one("#sum", Lines).show([[(f" {cells}", "strong"), (f"; {budget}", "muted")]])
        super().draw(frame, now)

    def describe(self, now: datetime) -> None:
        """Say what nobody sees of the system, and show its cells beside."""
        super().describe(now)
        row, pane = self.selected, self.query_one("#detail", TextPane)
        if isinstance(row, CoverageRow):
            pane.show(printable(heading(row)), list(in_full(row, now)))
        else:
            pane.show("Selected system", ())

    @on(LineTable.Selected)
    def opened(self, event: LineTable.Selected) -> None:
        """Open the cells of a system in full; a line of them leads nowhere."""
        if event.table is self.table:
            self.post_message(Open("cells", event.key))
