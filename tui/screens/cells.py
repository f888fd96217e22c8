"""Ask of one system: what does each detector see of it, why not more, and what would help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations.coverage_rows import CoverageRow
from tui.listings.coverage import in_full, sentence
from tui.live import LiveScreen
from tui.sight import heading
from tui.text import printable
from tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from textual.widget import Widget

    from store.database import Reader
    from tui.reading import Frame


class CellsScreen(LiveScreen[CoverageRow | None]):
    """The cells of one system as a text; nothing when the store knows no such system."""

    TITLE = "Cells"

    def __init__(self, system: str) -> None:
        """Take the system's name."""
        super().__init__()
        self.system = system

    def crumbs(self) -> tuple[str, ...]:
        """Name the system."""
        return (self.system,)

    def body(self) -> Iterable[Widget]:
        """Give the text alone."""
        yield TextPane("Cells")

    def load(self, db: Reader, now: datetime) -> CoverageRow | None:
        """Ask for the system's cells."""
        from operations.coverage import coverage

        return next(iter(coverage(db, now, self.system).rows), None)

    def draw(self, frame: Frame[CoverageRow | None], now: datetime) -> None:
        """Show every cell in full."""
        row, pane = frame.content, self.query_one(TextPane)
        if row is None:
            pane.show(self.system, [("no detector has judged a system of this name", "warning")])
            return
        pane.show(printable(heading(row)), list(in_full(row, now)))
        self.explain(sentence(row, now))
