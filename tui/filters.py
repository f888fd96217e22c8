"""Change what is about to be drawn: no control characters, no colours where none are wanted, ASCII where it must be."""

import unicodedata
from functools import lru_cache
from typing import Final

from rich.cells import get_character_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from tui.cells import guarded

_ASCII: Final = {
    **dict(zip("▁▂▃▄▅▆▇█", "_.-:=+*#", strict=True)),
    **dict.fromkeys("─━═╌╍┄┅▔", "-"),
    **dict.fromkeys("│┃║╎╏┆┇▏▕▎▌▐", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝", "+"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
    **dict.fromkeys("\u2018\u2019", "'"),
    **dict.fromkeys("\u201c\u201d", '"'),
    **dict.fromkeys("·•∙●", "."),
    **dict.fromkeys("→▶▸\u203a", ">"),
    **dict.fromkeys("←◀◂\u2039", "<"),
    "↑": "^",
    "▲": "^",
    "↓": "v",
    "▼": "v",
    "…": "~",
    "\xd7": "x",
    "\xa0": " ",
}


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


def ascii_of(text: str) -> str:
    """Write a text in ASCII; it takes the same number of cells."""
    return "".join(map(_ascii, text))


@lru_cache(4096)
def _ascii(character: str) -> str:
    """Find the nearest ASCII character; one that has none is a question mark."""
    if character.isascii():
        return character
    size = get_character_cell_size(character)
    plain = _ASCII.get(character) or unicodedata.normalize("NFKD", character)[0]
    return (plain if plain.isascii() and plain.isprintable() else "?").ljust(size)[:size]


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
