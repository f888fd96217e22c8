"""Show a content beside the one that it replaces: in two columns when it is wide, by signs when it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.diffs import Pair, Sides
from tui.widgets.line_table import Column, LineTable, Row
from tui.widgets.text_pane import wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui.widgets.row_filter import Cell

WIDE: Final = 140
_PIECE: Final = 1_000  # of one line at a time: wrapping looks at all that is left of it again and again
_NOTHING: Final = Sides((), is_compared=False, is_whole=True)


class DiffPane(LineTable):
    """The whole content by lines; what moved is signed and coloured."""

    def __init__(self, *, name: str = "") -> None:
        """Start empty."""
        super().__init__((Column("", 10),), empty="the source gave no content; follow the link", name=name)
        self._sides = _NOTHING
        self._titles = ("", "")

    def show(self, found: Sides, titles: tuple[str, str]) -> None:
        """Show a content under the titles of the present and the new one."""
        if (found, titles) != (self._sides, self._titles):
            self._sides, self._titles = found, titles
            self._lay()

    def on_resize(self) -> None:
        """Lay it out anew for the new width."""
        self._lay()

    def _lay(self) -> None:
        room = max(20, self.size.width - 2)
        old, new = self._titles
        if self._sides.is_compared and room >= WIDE - 2:
            half = (room - 1) // 2
            columns = tuple(Column(each, half, most=half, name=name) for each, name in ((old, "old"), (new, "new")))
            cells: list[tuple[Cell, ...]] = [each for pair in self._sides.pairs for each in beside(pair, half)]
        else:
            columns = (Column(new, 10, grow=1, most=1_000, name="text"),)
            cells = [(each,) for pair in _grouped(self._sides.pairs) for each in below(pair, room)]
        if len(columns) != len(self.columns):
            self.replace_rows([])
        self.replace_columns(columns)
        rows: list[Row] = [(str(place), cell) for place, cell in enumerate(cells)]
        self.replace_rows(rows)


def beside(pair: Pair, cells: int) -> Iterator[tuple[Cell, Cell]]:
    """Give the rows of a pair, the present side left and the new one right."""
    if pair.kind == "note":
        yield from (((("", ""), (part, "accent"))) for part in _wrapped("", pair.new, cells))
        return
    is_moved = pair.kind == "moved"
    left = _wrapped("-" if is_moved else " ", pair.old, cells)
    right = _wrapped("+" if is_moved else " ", pair.new, cells)
    looks = ("critical", "ok") if is_moved else ("", "")
    for place in range(max(len(left), len(right))):
        yield _cell(left, place, looks[0]), _cell(right, place, looks[1])


def below(pair: Pair, cells: int) -> Iterator[Cell]:
    """Give the rows of a pair, one side of which is empty or like the other."""
    if pair.kind == "note":
        yield from ((part, "accent") for part in _wrapped("", pair.new, cells))
    elif pair.kind == "same":
        yield from ((part, "") for part in _wrapped(" ", pair.new, cells))
    else:
        yield from ((part, "critical") for part in _wrapped("-", pair.old, cells))
        yield from ((part, "ok") for part in _wrapped("+", pair.new, cells))


def _grouped(pairs: Sequence[Pair]) -> Iterator[Pair]:
    """Put what goes before what comes, in each stretch that moved."""
    stretch: list[Pair] = []
    for pair in pairs:
        if pair.kind == "moved":
            stretch.append(pair)
            continue
        yield from _parted(stretch)
        stretch = []
        yield pair
    yield from _parted(stretch)


def _parted(stretch: Sequence[Pair]) -> Iterator[Pair]:
    yield from (Pair("moved", pair.old, None) for pair in stretch if pair.old is not None)
    yield from (Pair("moved", None, pair.new) for pair in stretch if pair.new is not None)


def _cell(parts: Sequence[str], place: int, look: str) -> Cell:
    return (parts[place], look) if place < len(parts) else ("", "")


def _wrapped(sign: str, text: str | None, cells: int) -> list[str]:
    """Wrap one line; every piece of it carries the sign."""
    if text is None:
        return []
    pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)] or [""]
    return [f"{sign}{part}" for piece in pieces for part in wrap(piece, cells - len(sign))]
