"""Decide which columns of a table fit, how wide each is, and bring cell text to exactly that width."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rich.cells import cell_len, set_cell_size

from tui.text import clip, printable

GAP = 1
MARGIN = 1
"""Cells left of the first column: the cursor's sign stands there, so that it is seen without colour."""
CURSOR = ">"
"""The sign of the line on which the cursor stands."""


@dataclass(frozen=True, slots=True)
class Column:
    """What a column is called and how it behaves when the terminal is narrow or wide.

    ``drop`` 0 keeps the column always; of the others the one with the highest number goes first. ``grow`` is its
    share of the cells that are left over, up to ``most``.
    """

    title: str
    width: int
    align: Literal["left", "right"] = "left"
    drop: int = 0
    grow: int = 0
    most: int = 200
    name: str = ""

    @property
    def key(self) -> str:
        """The word people type for the column in a filter (``system:bot``)."""
        return (self.name or self.title).strip().casefold().replace(" ", "-")


@dataclass(frozen=True, slots=True)
class Placed:
    """A column that is shown: its place among all columns, and its width now."""

    index: int
    width: int
    align: Literal["left", "right"]


def layout(
    columns: Sequence[Column], width: int, *, skip: int = 0, fixed: int = 1, wide: bool = False
) -> tuple[Placed, ...]:
    """Choose the columns that fit into ``width`` cells and share out what is left.

    With ``wide`` nothing is dropped and ``skip`` columns after the ``fixed`` ones are passed over instead.
    """
    shown = list(range(len(columns)))
    if wide:
        del shown[fixed : fixed + skip]
    else:
        _drop(columns, shown, width)
    widths = _grown(columns, shown, width)
    return tuple(Placed(index, widths[index], columns[index].align) for index in shown)


def needed(columns: Sequence[Column], shown: Sequence[int]) -> int:
    """Count the cells that these columns take at their smallest."""
    return MARGIN + sum(columns[index].width + GAP for index in shown) - (GAP if shown else 0)


@lru_cache(8192)
def fit(text: str, width: int, align: Literal["left", "right"] = "left") -> str:
    """Bring a text to exactly ``width`` cells; it is made printable first, whoever hands it in."""
    shown = printable(text)
    if shown.isascii():
        cut = clip(shown, width)
        return cut.rjust(width) if align == "right" else cut.ljust(width)
    cut = set_cell_size(clip(shown, width), min(width, cell_len(clip(shown, width))))
    blank = " " * (width - cell_len(cut))
    return blank + cut if align == "right" else cut + blank


def _drop(columns: Sequence[Column], shown: list[int], width: int) -> None:
    """Remove columns, the most dispensable first, until the rest fits or none may go."""
    while needed(columns, shown) > width:
        candidates = [index for index in shown if columns[index].drop]
        if not candidates:
            return
        shown.remove(max(candidates, key=lambda index: (columns[index].drop, index)))


def _grown(columns: Sequence[Column], shown: Sequence[int], width: int) -> dict[int, int]:
    """Give the cells that are left over to the columns that want to grow."""
    widths = {index: columns[index].width for index in shown}
    left = width - needed(columns, shown)
    growing = [index for index in shown if columns[index].grow]
    while left > 0 and growing:
        total = sum(columns[index].grow for index in growing)
        for index in growing:
            share = max(1, left * columns[index].grow // total)
            widths[index] += max(0, min(share, columns[index].most - widths[index], _left(widths, width)))
        growing = [index for index in growing if widths[index] < columns[index].most]
        left = _left(widths, width)
    return widths


def _left(widths: Mapping[int, int], width: int) -> int:
    """Count the cells that columns of these widths leave of a table's width."""
    return width - MARGIN - sum(widths.values()) - GAP * (len(widths) - 1)
