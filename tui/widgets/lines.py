"""Draw a few rows of toned text straight to strips: nothing in them is ever read as markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tui.text import clip, printable, width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


Tone = Literal["plain", "muted", "strong", "accent", "critical", "warning", "unknown", "ok", "key", "chip"]
"""What a piece of text means; the theme says how that looks."""

_LOOKS: Final[Mapping[Tone, tuple[str, str]]] = {
    "plain": ("", ""),
    "muted": ("", "state-muted"),
    "strong": ("bold", ""),
    "accent": ("", "state-accent"),
    "critical": ("", "state-critical"),
    "warning": ("", "state-warning"),
    "unknown": ("", "state-unknown"),
    "ok": ("", "state-ok"),
    "key": ("bold", "state-accent"),
    "chip": ("reverse", ""),
}
"""Attributes and the theme's variable of each tone."""

Span = tuple[str, Tone]
Spans = tuple[Span, ...]


class Lines(Widget):
    """Rows of spans; only rows that differ from those shown are drawn again."""

    DEFAULT_CSS = "Lines { width: 1fr; height: auto; color: $foreground; }"
    can_focus = False

    def __init__(self, count: int = 1, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        """Take the number of rows."""
        super().__init__(id=id, classes=classes)
        self.spans: tuple[Spans, ...] = ((),) * count
        self._tones: dict[Tone, Style] = {}

    def show(self, rows: Sequence[Sequence[Span]]) -> None:
        """Show these rows; a row that is already on the screen costs nothing."""
        shown = tuple(tuple((printable(text), tone) for text, tone in row) for row in rows)
        before, self.spans = self.spans, shown
        if len(before) != len(shown):
            self.refresh(layout=True)
            return
        for y, (old, new) in enumerate(zip(before, shown, strict=True)):
            if old != new:
                self.refresh(Region(0, y, self.size.width, 1))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Take one line per row."""
        del container, viewport, width
        return len(self.spans)

    def plain(self) -> str:
        """Give the text without its tones, a line a row."""
        return "\n".join("".join(text for text, _ in row) for row in self.spans)

    def render_line(self, y: int) -> Strip:
        """Draw one row, cut at the edge with an ellipsis."""
        base = self.rich_style
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


def toned(tone: Tone, theme: Mapping[str, str]) -> Style:
    """Give the look of a tone by the theme's names; component classes would cost each row of text its own styles."""
    words, names = _LOOKS[tone]
    color = Color.parse(theme[names]).rich_color if names else None
    attributes = Style.parse(f"{words} {theme.get(f'{names}-style', '')}".replace("none", "").strip() or "none")
    return attributes + Style(color=color)


def fitted(spans: Spans, cells: int) -> list[Span]:
    """Cut spans to a number of cells; the last one shown ends in an ellipsis where something was left out."""
    kept: list[Span] = []
    room = cells
    for text, tone in spans:
        size = width(text)
        if size > room:
            return [*kept, (clip(text, room), tone)]
        kept.append((text, tone))
        room -= size
    return kept


def spread(left: Sequence[Span], right: Sequence[Span], cells: int) -> tuple[Span, ...]:
    """Put one group at the left edge and one at the right; the right one gives way when both do not fit."""
    gap = cells - _cells(left) - _cells(right)
    return (*left, (" " * gap, "plain"), *right) if gap >= 1 else tuple(left)


def _cells(spans: Sequence[Span]) -> int:
    return sum(width(text) for text, _ in spans)
