"""Ask for one line of text above the footer: a filter that is followed while it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widgets import Input

from tui.widgets.strips import cut, filtered, is_bare

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.geometry import Region
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

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint words and cursor at once where they fit; the widget's own painting makes a styled text of them."""
        width, style = self.size.width, self.rich_style
        if not (self.value and self.selection.is_empty and is_bare(self) and cell_len(self.value) < width):
            return super().render_lines(crop)
        place, text = self.cursor_position, f"{self.value} "
        cursor = self.get_component_rich_style("input--cursor") if self.has_focus else Style()
        parts = [
            Segment(text[:place], style),
            Segment(text[place], style + cursor),
            Segment(text[place + 1 :] + " " * (width - cell_len(text)), style),
        ]
        return cut(self, [Strip(filtered(self, parts), width)], crop)

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
