"""Let a person take up a breach: ask for a reason, write it to the spool, and show it at once as pending."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from operations.rows import BreachRow
from store.errors import LlmopsError
from tui.table_screen import TableScreen
from tui.widgets.reason import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.records import Event

T = TypeVar("T")


class Acknowledging(TableScreen[T]):
    """A screen on whose table a breach can be acknowledged."""

    def __init__(self) -> None:
        """Start with nothing written."""
        super().__init__()
        self._written: dict[str, Event] = {}

    def overlaid(self, rows: Sequence[BreachRow]) -> list[BreachRow]:
        """Show acknowledgements that the store does not hold yet: by whom, and no time, which reads as pending."""
        waiting = self.frame.waiting if self.frame is not None else ()
        by = {
            event.subject: event.actor for event in (*waiting, *self._written.values()) if event.kind == "acknowledge"
        }
        return [
            replace(row, acknowledged_by=by[row.breach_id]) if row.breach_id in by and not row.acknowledged_by else row
            for row in rows
        ]

    def action_acknowledge(self) -> None:
        """Ask for the reason, then write the acknowledgement."""
        row = self.selected
        if not isinstance(row, BreachRow):
            return
        if row.state == "closed":
            self.say([("this breach is closed; nothing is left to acknowledge", "muted")])
            return
        if row.acknowledged_by:
            self.say([(f"already acknowledged by {row.acknowledged_by}", "muted")])
            return

        def decided(reason: str | None) -> None:
            if reason:
                self.work(partial(self._acknowledge, row, reason), group="write")

        self.app.push_screen(Reason(f"Acknowledge: {row.system}, {row.rule}", _basis(row)), decided)

    async def _acknowledge(self, row: BreachRow, reason: str) -> None:
        """Write the event in the reading thread; a store that cannot be written says why."""
        try:
            event = await self.reading.write("acknowledge", row.breach_id, reason, self.host.now())
        except (LlmopsError, OSError) as error:
            self.say([("not acknowledged: ", "critical"), (str(error), "plain")])
            return
        self._written[row.breach_id] = event
        self.redraw()
        self.say([(f"acknowledged as {event.actor}", "strong"), ("; the next collection stores it", "muted")])


def _basis(row: BreachRow) -> str:
    """Say what the decision rests on."""
    since = f"{row.since:%d %b %H:%MZ}"
    return f"{row.severity} since {since}; {row.note}" if row.note else f"{row.severity} since {since}"
