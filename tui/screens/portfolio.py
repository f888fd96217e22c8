"""Ask: is anything on fire, can this picture be believed, and which systems need me first."""

from datetime import datetime
from typing import TYPE_CHECKING

from textual import on

from operations.rows import SystemRow
from tui.listing import Listing
from tui.listings.systems import SYSTEMS
from tui.live import Open
from tui.reading import Frame
from tui.table_screen import TableScreen
from tui.widgets.line_table import LineTable

if TYPE_CHECKING:
    from store.database import Reader

Rows = tuple[SystemRow, ...]


class PortfolioScreen(TableScreen[Rows]):
    """All systems, worst first."""

    TITLE = "Portfolio"
    OPENS = True

    @property
    def listing(self) -> Listing[SystemRow]:
        """The table of systems."""
        return SYSTEMS

    def load(self, db: "Reader", now: datetime) -> Rows:
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

    @on(LineTable.Selected)
    def opened(self, event: LineTable.Selected) -> None:
        """Drill into a system."""
        self.post_message(Open("system", event.key))
