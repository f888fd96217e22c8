"""Ask: is anything on fire, can this picture be believed, and which systems need me first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container

from store.errors import LlmopsError
from tui.listings.systems import SYSTEMS
from tui.opening import Open
from tui.table_screen import TableScreen
from tui.widgets.line_table import LineTable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from textual import events
    from textual.geometry import Size
    from textual.timer import Timer
    from textual.widget import Widget

    from operations.portfolio_rows import SystemRow
    from store.database import Reader
    from tui.listing import Listing
    from tui.reading import Frame
    from tui.widgets.system_pane import SystemPane

_WIDE: Final = 140
_HIGH: Final = 36
_REST: Final = 0.1
"""Seconds the cursor rests before the pane asks for its system."""
_LATE: Final = 0.5
"""Seconds after which live data does not come at once; then the last known state is shown beyond its first page."""


class _Split(Container):
    """A table and the pane beside or below it, which cover it."""

    BLANK = True


class PortfolioScreen(TableScreen[None]):
    """All systems, worst first."""

    TITLE = "Portfolio"
    OPENS = True
    DEFAULT_CSS = """
    PortfolioScreen #split { height: 1fr; }
    PortfolioScreen #split.-below > LineTable { height: 2fr; min-height: 12; }
    PortfolioScreen #split.-below > SystemPane { height: 3fr; }
    PortfolioScreen #split.-beside { layout: horizontal; }
    PortfolioScreen #split.-beside > LineTable { width: 3fr; }
    PortfolioScreen #split.-beside > SystemPane { width: 2fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "pane", "Selected system beside or below", show=False, id="portfolio.pane"),
    ]

    def __init__(self) -> None:
        """Start without a pane."""
        super().__init__()
        self._pane: SystemPane | None = None
        self._wants_pane = True
        self._resting: Timer | None = None

    @property
    def listing(self) -> Listing[SystemRow]:
        """The table of systems."""
        return SYSTEMS

    def body(self) -> Iterable[Widget]:
        """Give the table room for a pane beside or below it."""
        yield _Split(*super().body(), id="split")

    def load(self, db: Reader, now: datetime) -> None:
        """Ask for nothing more than every frame brings."""

    def records(self, frame: Frame[None]) -> tuple[SystemRow, ...]:
        """Give the systems, worst first."""
        return frame.systems

    def on_mount(self) -> None:
        """Paint the last known state before anything is read (Textual calls the base's handler by itself)."""
        if self.host.snapshot is not None:
            self.most = self.app.size.height
            self.shown(self.host.snapshot)
            self.most = None
            self.set_timer(_LATE, self._complete)

    def _complete(self) -> None:
        """Show all of the last known state unless live data has replaced it."""
        if self.frame is self.host.snapshot:
            self.redraw()

    def draw(self, frame: Frame[None], now: datetime) -> None:
        """Show the systems, and the selected one beside them."""
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
        self._resting = self.set_timer(_REST, self._look) if self._is_pane_seen else None

    def on_resize(self, event: events.Resize) -> None:
        """Show the selected system beside the table, or below it, where there is room."""
        self.call_next(self._arrange, event.size)

    async def action_pane(self) -> None:
        """Show or hide the selected system."""
        self._wants_pane = not self._wants_pane
        await self._arrange(self.size)

    async def _arrange(self, size: Size) -> None:
        """Bring the pane where it fits; it is not made before it is first seen."""
        is_beside = self._wants_pane and size.width >= _WIDE
        is_below = self._wants_pane and not is_beside and size.height >= _HIGH
        split = self.query_one(_Split)
        if (is_beside or is_below) and self._pane is None:
            from tui.widgets.system_pane import SystemPane

            self._pane = SystemPane()
            await split.mount(self._pane)
        if self._pane is not None:
            self._pane.display = is_beside or is_below
            split.set_class(is_beside, "-beside").set_class(is_below, "-below")
            self.call_after_refresh(self._look)

    @property
    def _is_pane_seen(self) -> bool:
        return self._pane is not None and bool(self._pane.display)

    def _look(self) -> None:
        """Ask for the selected system, when the pane is in sight and the store may be read."""
        row = self.selected
        if self.host.may_read and row is not None and self._is_pane_seen:
            self.work(partial(self._fill, row.system), "pane", is_only=True)

    async def _fill(self, name: str) -> None:
        """Wait for the reading thread and fill the pane."""
        from tui.widgets.system_pane import selected

        try:
            found = await self.reading.look(lambda db, at: selected(db, name, at), self.host.now())
        except (LlmopsError, OSError):
            return  # the header says what is wrong with the store
        if self._pane is not None:
            self._pane.is_ascii = self.host.is_ascii
            self._pane.tell(found)
