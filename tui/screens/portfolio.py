"""Ask: is anything on fire, can this picture be believed, and which systems need me first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container

from operations.portfolio_rows import SystemRow
from store.errors import LlmopsError
from tui.listings.systems import SYSTEMS
from tui.live import Open
from tui.table_screen import TableScreen
from tui.widgets.line_table import LineTable
from tui.widgets.system_pane import SystemPane, selected

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from textual.timer import Timer
    from textual.widget import Widget

    from store.database import Reader
    from tui.listing import Listing
    from tui.reading import Frame

Rows = tuple[SystemRow, ...]
_REST: Final = 0.1
"""Seconds the cursor rests before the pane asks for its system."""


class PortfolioScreen(TableScreen[Rows]):
    """All systems, worst first."""

    TITLE = "Portfolio"
    OPENS = True
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012  # Textual's declaration
    VERTICAL_BREAKPOINTS = [(0, "-low"), (36, "-high")]  # noqa: RUF012  # Textual's declaration
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "pane", "Selected system beside or below", show=False, id="portfolio.pane"),
    ]

    def __init__(self) -> None:
        """Start with the pane empty."""
        super().__init__()
        self._resting: Timer | None = None

    @property
    def listing(self) -> Listing[SystemRow]:
        """The table of systems."""
        return SYSTEMS

    def body(self) -> Iterable[Widget]:
        """Put the selected system beside or below the table where there is room."""
        yield Container(*super().body(), SystemPane(), id="split")

    def load(self, db: Reader, now: datetime) -> Rows:
        """Ask for the systems."""
        from operations.portfolio import portfolio

        return portfolio(db, now)

    def records(self, content: Rows) -> Rows:
        """Give the systems, worst first."""
        return content

    def on_mount(self) -> None:
        """Paint the last known state before anything is read."""
        super().on_mount()
        if self.host.snapshot is not None:
            self.shown(self.host.snapshot)

    def draw(self, frame: Frame[Rows], now: datetime) -> None:
        """Show the systems; the palette offers them by name."""
        self.host.systems = frame.content
        super().draw(frame, now)
        self._look()

    @on(LineTable.Selected)
    def opened(self, event: LineTable.Selected) -> None:
        """Drill into a system."""
        self.post_message(Open("system", event.key))

    @on(LineTable.Highlighted)
    def follow(self) -> None:
        """Let the pane follow the cursor when it rests."""
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(_REST, self._look)

    def on_resize(self) -> None:
        """Fill the pane when it comes into sight."""
        self.call_after_refresh(self._look)

    def action_pane(self) -> None:
        """Show or hide the selected system."""
        self.toggle_class("-no-pane")
        self.call_after_refresh(self._look)

    def _look(self) -> None:
        """Ask for the selected system, when the pane is in sight and the store may be read."""
        row = self.selected
        if self.host.may_read and isinstance(row, SystemRow) and self.query_one(SystemPane).size.height:
            self.run_worker(self._fill(row.system), group="pane", exclusive=True)

    async def _fill(self, name: str) -> None:
        now = self.host.now()
        try:
            found = await self.reading.look(lambda db, at: selected(db, name, at), now)
        except (LlmopsError, OSError):
            return  # the header says what is wrong with the store
        pane = self.query_one(SystemPane)
        pane.is_ascii = self.host.is_ascii
        pane.tell(found)
