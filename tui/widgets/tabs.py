"""Name the tables of a screen with their counts, in the longest words that fit; the one in sight stands out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.text import width
from tui.widgets.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.spans import Span

Names = tuple[str, ...]
"""What a table is called, in falling lengths."""


class Tabs(Lines):
    """One row of names; a narrow terminal gets the short ones."""

    def __init__(self, names: Sequence[Names], *, id: str) -> None:  # noqa: A002 - Textual's name
        """Take what the tables are called."""
        super().__init__(1, id=id)
        self._names = tuple(names)
        self._counts: tuple[int | None, ...] = ()
        self._place = 0

    def tell(self, counts: Sequence[int | None], place: int) -> None:
        """Show the counts, where there is something to count, with the table at this place in sight."""
        self._counts, self._place = tuple(counts), place
        self._draw()

    def on_resize(self) -> None:
        """Choose the words anew for the new width."""
        self._draw()

    def _draw(self) -> None:
        if self._counts:
            self.show([tab_row(self._names, self._counts, self._place, self.size.width)])


def tab_row(names: Sequence[Names], counts: Sequence[int | None], place: int, room: int) -> list[Span]:
    """Give the row at the first level of words that fits, or at the last."""
    rows = [
        [_named(each[min(level, len(each) - 1)], count) for each, count in zip(names, counts, strict=True)]
        for level in range(max(map(len, names)))
    ]
    fitting = next((row for row in rows if width("".join(row)) <= room), rows[-1])
    return [(text, "chip" if at == place else "muted") for at, text in enumerate(fitting)]


def _named(name: str, count: int | None) -> str:
    return f" {name} " if count is None else f" {name} {count} "
