"""Show a text of any length by lines: wrapped to the width, scrolled by rows, never read as markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.text import width
from tui.widgets.line_table import Column, LineTable, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Line = tuple[str, str]
"""A printable line and its look."""


class TextPane(LineTable):
    """A table of one column whose rows are lines of text; its heading is the text's title."""

    def __init__(self, title: str = "", *, name: str = "") -> None:
        """Take the heading."""
        super().__init__((Column(title, 10, grow=1, most=1_000, name="text"),), empty="", name=name)
        self._lines: tuple[Line, ...] = ()

    def show(self, title: str, lines: Sequence[Line]) -> None:
        """Show these lines under this title, from the top."""
        if title != self.columns[0].title:
            self.replace_columns((Column(title, 10, grow=1, most=1_000, name="text"),))
        if tuple(lines) != self._lines:
            self._lines = tuple(lines)
            self._wrap()

    def on_resize(self) -> None:
        """Wrap anew for the new width."""
        self._wrap()

    def _wrap(self) -> None:
        cells = max(10, self.size.width - 2)
        wrapped = [(part, look) for text, look in self._lines for part in wrap(text, cells)]
        rows: list[Row] = [(str(place), (line,)) for place, line in enumerate(wrapped)]
        self.replace_rows(rows)


def wrap(text: str, cells: int) -> Iterator[str]:
    """Cut a line into pieces of at most ``cells`` cells, between words where there are any."""
    rest = text
    while width(rest) > cells:
        size, cut = 0, 0
        for character in rest:
            size += width(character)
            if size > cells:
                break
            cut += 1
        space = rest.rfind(" ", cells // 2, cut + 1)
        cut = space if space > 0 else max(1, cut)
        yield rest[:cut]
        rest = rest[cut:].removeprefix(" ") if space > 0 else rest[cut:]
    yield rest
