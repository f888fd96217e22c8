"""Ask for one line of text above the footer: a filter that is followed while it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message
    from textual.widget import Widget

LONGEST = 200


class FilterPrompt(Input):
    """One row of input; Enter keeps what it did, Escape undoes it."""

    DEFAULT_CSS = "FilterPrompt { height: 1; background: $panel; } FilterPrompt:focus { background: $panel; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "undo", "Undo the filter", show=False)]

    def __init__(self, query: str, follow: Callable[[str], None], back: Widget) -> None:
        """Take the filter in force, what to do at each letter, and where the focus returns."""
        self._query = query
        super().__init__(
            query, placeholder="word  !without  ~fuzzy  column:word", max_length=LONGEST, compact=True, validate_on=()
        )
        self.cursor_blink = False
        self._follow = follow
        self._back = back

    @property
    def content_width(self) -> int:
        """Give one width whatever is typed: Textual lays the whole screen out anew when it changes."""
        return LONGEST + 1

    def watch_value(self, value: str) -> None:
        """Follow the text, before anything is painted: what is typed and what it does are in one frame."""
        if value != self._query:
            self._query = value
            self._follow(value)

    def post_message(self, message: Message) -> bool:
        """Tell nobody of each letter: it was followed already."""
        return not isinstance(message, Input.Changed) and super().post_message(message)

    @on(Input.Submitted)
    async def kept(self, event: Input.Submitted) -> None:
        """Keep the filter and give the focus back."""
        event.stop()
        await self._leave()

    async def action_undo(self) -> None:
        """Take the filter away."""
        self._follow("")
        await self._leave()

    async def _leave(self) -> None:
        self._back.focus()
        await self.remove()
