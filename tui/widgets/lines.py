"""Draw a few rows of toned text straight to strips: nothing in them is ever read as markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tui.spans import Span, Spans, Tone, fitted
from tui.text import printable
from tui.widgets.strips import cut, filtered, is_bare
from tui.widgets.tones import toned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style

__all__ = ["Lines", "Span", "Spans", "Tone"]


class Lines(Widget):
    """Rows of spans; only rows that differ from those shown are drawn again."""

    DEFAULT_CSS = "Lines { width: 1fr; height: auto; color: $foreground; }"
    can_focus = False

    def __init__(self, count: int = 1, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        """Take the number of rows."""
        super().__init__(id=id, classes=classes)
        self.spans: tuple[Spans, ...] = ((),) * count
        self._tones: dict[Tone, Style] = {}
        self._strips: dict[int, Strip] = {}

    def show(self, rows: Sequence[Sequence[Span]]) -> None:
        """Show these rows; a row that is already on the screen costs nothing."""
        shown = tuple(tuple((printable(text), tone) for text, tone in row) for row in rows)
        before, self.spans = self.spans, shown
        if len(before) != len(shown):
            self._strips.clear()
            self.refresh(layout=True)
            return
        for y, (old, new) in enumerate(zip(before, shown, strict=True)):
            if old != new:
                self._strips.pop(y, None)
                self.refresh(Region(0, y, self.size.width, 1))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Take one line per row."""
        del container, viewport, width
        return len(self.spans)

    def plain(self) -> str:
        """Give the text without its tones, a line a row."""
        return "\n".join("".join(text for text, _ in row) for row in self.spans)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Give the lines of a region; a row is drawn when it, the width or the theme is another."""
        if not is_bare(self):
            return super().render_lines(crop)
        cells = self.size.width
        return cut(self, [self._strip(y, cells) for y in crop.line_range], crop)

    def _strip(self, y: int, cells: int) -> Strip:
        strip = self._strips.get(y)
        if strip is None or strip.cell_length != cells:
            strip = self._strips[y] = Strip(filtered(self, [*self.render_line(y)]), cells)
        return strip

    def render_line(self, y: int) -> Strip:
        """Draw one row, cut at the edge with an ellipsis."""
        base = self.tone_style("plain")
        if y >= len(self.spans):
            return Strip.blank(self.size.width, base)
        return Strip(
            [Segment(text, self.tone_style(tone)) for text, tone in fitted(self.spans[y], self.size.width)]
        ).adjust_cell_length(self.size.width, base)

    def tone_style(self, tone: Tone) -> Style:
        """Give the theme's look of a tone."""
        style = self._tones.get(tone)
        if style is None:
            style = self._tones[tone] = self.rich_style + toned(tone, self.app.theme_variables)
        return style

    def notify_style_update(self) -> None:
        """Forget the looks when the theme changed."""
        super().notify_style_update()
        self._tones.clear()
        self._strips.clear()
