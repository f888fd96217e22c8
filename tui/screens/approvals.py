"""Ask: which changes wait, for whom, for how long, and which of them are mine to decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual import on

from operations.changes.mine import QueueRow, overlaid
from operations.changes.queue import UNRECORDED
from tui.listings.queue import QUEUE
from tui.opening import Open
from tui.table_screen import TableScreen
from tui.widgets.line_table import LineTable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from store.database import Reader
    from tui.listing import Listing
    from tui.reading import Frame

_KEPT: Final = 20


@dataclass(frozen=True, slots=True)
class Queue:
    """The changes of the queue, and the account that looks at them; ``is_bare`` before it is known what it may do."""

    rows: tuple[QueueRow, ...]
    account: str
    is_bare: bool


class ApprovalsScreen(TableScreen[Queue]):
    """The queue of changes; each is decided on in its own screen, nothing is decided in a list."""

    TITLE = "Approvals"
    OPENS = True

    def __init__(self) -> None:
        """Start without a queue."""
        super().__init__()
        self._seen: Frame[Queue] | None = None
        self._listed_ids: tuple[str, ...] = ()
        self._open: frozenset[str] = frozenset()

    @property
    def listing(self) -> Listing[QueueRow]:
        """The table of changes."""
        return QUEUE

    def load(self, db: Reader, now: datetime) -> Queue:
        """Ask for the changes that ask something of somebody, and for those that did when last looked at."""
        from operations.changes.mine import queue

        onlooking = self.host.onlooking
        is_bare = self.frame is None and onlooking.known is None  # reading the configuration takes a while, once
        onlooker = None if is_bare else onlooking.onlooker(now)
        return Queue(queue(db, onlooker, self._listed_ids), onlooking.account, is_bare)

    def records(self, frame: Frame[Queue]) -> Sequence[QueueRow]:
        """Give the changes, riskiest first, with what the spool holds; those settled meanwhile stand last."""
        return list(overlaid(frame.content.rows, frame.waiting, frame.content.account))

    def draw(self, frame: Frame[Queue], now: datetime) -> None:
        """Show the queue; a change that was settled meanwhile is announced, and listed with its end."""
        if frame is not self._seen:
            self._seen = frame
            self._announce(frame.content.rows)
        super().draw(frame, now)
        if frame.content.is_bare:
            self.tick(force=True)

    def _announce(self, rows: Sequence[QueueRow]) -> None:
        gone = [each for each in rows if not each.row.is_open and each.row.change_id in self._open]
        self._open = frozenset(each.row.change_id for each in rows if each.row.is_open and each.row.state != UNRECORDED)
        settled = [each.row.change_id for each in rows if not each.row.is_open]
        self._listed_ids = (*self._open, *settled[-_KEPT:])
        if gone:
            first = gone[0].row
            more = f", and {len(gone) - 1} more settled" if len(gone) > 1 else ""
            self.said = ((f"{first.state} now{more}: ", "strong"), (f"{first.system}: {first.title}", "plain"))

    @on(LineTable.Selected)
    def opened(self) -> None:
        """Open the change, where it is decided on; of one that nobody recorded its system, where it shows."""
        if isinstance(self.selected, QueueRow):
            row = self.selected.row
            about = ("system", row.system) if row.state == UNRECORDED else ("change", row.change_id)
            self.post_message(Open(*about))
