"""Show the portfolio's state in the two rows that open every screen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from store.accounts import own_name
from tui.widgets.header_rows import header_rows
from tui.widgets.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operations.portfolio_rows import Summary
    from tui.spans import Span


class Header(Lines):
    """The portfolio's state in two rows."""

    DEFAULT_CSS = "Header { height: 2; background: $surface; }"

    def __init__(self) -> None:
        """Start empty, for who runs this; the first summary fills it."""
        super().__init__(2)
        self._summary: Summary | None = None
        self._notice = ""
        self._account = own_name()
        self._now = datetime.min.replace(tzinfo=UTC)

    def tell(self, summary: Summary | None, notice: str, now: datetime) -> None:
        """Show a summary as of ``now``, with a notice in front when the data is not live."""
        self._summary, self._notice, self._now = summary, notice, now
        self._draw()

    def on_resize(self) -> None:
        """Choose the words anew for the new width."""
        self._draw()

    def _draw(self) -> None:
        room = self.size.width - 2
        if room > 0:
            rows = header_rows(self._summary, self._notice, self._now, room, self._account)
            self.show([self._padded(row) for row in rows])

    @staticmethod
    def _padded(row: Sequence[Span]) -> list[Span]:
        return [(" ", "plain"), *row]
