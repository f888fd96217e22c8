"""Ask: what is breached now, since when, and who has taken it up."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from operations.rows import BreachRow
from tui.acknowledging import Acknowledging
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


class BreachesScreen(Acknowledging[Rows]):
    """All breaches that are not over, and those closed in the last day."""

    TITLE = "Breaches"
    OPENS = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "acknowledge", "acknowledge", id="breaches.acknowledge"),
    ]

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
        return self.overlaid(frame.content)

    @on(LineTable.Selected)
    def opened(self) -> None:
        """Ask why the breach is one."""
        if isinstance(self.selected, BreachRow):
            self.post_message(Open("breach", self.selected.breach_id))
