"""Write tables of text for stdout: columns as wide as they need, every cell printable on one line."""

from collections.abc import Iterable, Iterator
from typing import Final

from tui.text import pad, printable, width

CELL: Final = 60
_NOTE: Final = 300


def section(heading: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Write a table under a heading; one that is empty says so."""
    found = list(rows)
    yield ""
    if not found:
        yield f"{heading}: none"
        return
    yield f"{heading}:"
    yield from (f"  {line}" for line in table(columns, found))


def table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Write the names of the columns and a line a row; the last column is as long as its words."""
    lines = [columns, *(tuple(printable(cell, _NOTE) for cell in row) for row in rows)]
    widths = [min(CELL, max(width(line[place]) for line in lines)) for place in range(len(columns) - 1)]
    for line in lines:
        fixed = (pad(cell, room) for cell, room in zip(line, widths, strict=False))
        yield "  ".join((*fixed, line[-1])).rstrip()
