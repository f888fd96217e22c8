"""Change what is about to be drawn: no control characters, no colours where none are wanted, ASCII where it must be."""

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from tui.ascii_signs import ascii_of
from tui.cells import guarded


class Guard(LineFilter):
    """The second line of defence: whatever a widget was given, no character that a terminal obeys goes out."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002  # Textual's signature
        """Replace controls and invisibles; text of printable characters, nearly all of it, is passed on as it is."""
        if all(text.isprintable() or control for text, _, control in segments):
            return segments
        return [Segment(guarded(text), style, control) for text, style, control in segments]


class Colourless(LineFilter):
    """NO_COLOR as it is meant: no colour codes at all, where Textual sends shades of grey."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002  # Textual's signature
        """Keep bold, underline and the like, drop every colour."""
        return [Segment(text, _colourless(style), control) for text, style, control in segments]


class Ascii(LineFilter):
    """For terminals that know no Unicode: every character becomes the nearest ASCII one, cell for cell."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002  # Textual's signature
        """Replace what is not ASCII."""
        return [
            Segment(text if text.isascii() else ascii_of(text), style, control) for text, style, control in segments
        ]


@lru_cache(1024)
def _colourless(style: Style | None) -> Style | None:
    """Copy a style without its colours."""
    if style is None:
        return None
    return Style(
        bold=style.bold,
        dim=style.dim,
        italic=style.italic,
        underline=style.underline,
        reverse=style.reverse,
        strike=style.strike,
        meta=style.meta or None,
    )
