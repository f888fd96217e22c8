"""Ask: what is breached now, since when, and who has taken it up."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from operations.rows import BreachRow
from tui.deciding import Deciding
from tui.listings.breaches import BREACHES
from tui.opening import Open
from tui.widgets.line_table import LineTable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from store.database import Reader
    from tui.listing import Listing
    from tui.reading import Frame

Rows = tuple[BreachRow, ...]


class BreachesScreen(Deciding[Rows]):
    """All breaches that are not over, and those closed in the last day."""

    TITLE = "Breaches"
    OPENS = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "acknowledge", "ack", id="breaches.acknowledge"),
        Binding("d", "silence", "silence", id="breaches.silence"),
        Binding("f", "fold", "Fold or unfold events", show=False, id="breaches.fold"),
    ]

    def __init__(self) -> None:
        """Start with each event as one row."""
        super().__init__()
        self._is_folded = True

    @property
    def listing(self) -> Listing[BreachRow]:
        """The table of breaches."""
        return BREACHES

    def load(self, db: Reader, now: datetime) -> Rows:
        """Ask for the breaches."""
        from operations.breaches import breaches

        return breaches(db, now)

    def records(self, frame: Frame[Rows]) -> Sequence[BreachRow]:
        """Give the breaches, with what the spool holds shown as pending."""
        from operations.breaches import as_events

        rows = self.overlaid(frame.content)
        return as_events(rows) if self._is_folded else rows

    def covered(self, row: BreachRow) -> Sequence[str]:
        """Give all breaches of an event that is shown as one row."""
        if self.frame is None or not (self._is_folded and row.event_systems):
            return (row.breach_id,)
        return [each.breach_id for each in self.frame.content if each.event == row.event and each.event_systems]

    def action_fold(self) -> None:
        """Show each system of an event on a row of its own, or the event as one."""
        self._is_folded = not self._is_folded
        self.redraw()
        self.say([("one row an event" if self._is_folded else "one row a system", "muted")])

    @on(LineTable.Selected)
    def opened(self) -> None:
        """Ask why the breach is one."""
        if isinstance(self.selected, BreachRow):
            self.post_message(Open("breach", self.selected.breach_id))
