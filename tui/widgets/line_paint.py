"""Paint the lines of a table: one cached strip per row, thrown away when row, width or theme change."""

from collections.abc import Callable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.widgets.columns import CURSOR, GAP, MARGIN, Column, Placed, fit, layout, needed
from tui.widgets.row_filter import Cell, Row

_CACHED: Final = 4_000
_BETWEEN: Final[Cell] = (" " * GAP, "")
_LOOK: Final = itemgetter(1)

Look = Callable[[str], Style]
Finish = Callable[[list[Segment]], list[Segment]]


class Painter:
    """Columns, their widths now, and the strips painted with them."""

    def __init__(self, columns: Sequence[Column], fixed: int, look: Look, finish: Finish) -> None:
        """Take the columns, how many of the first stay in sight, how to find a style by its name, and a last touch."""
        self.columns = tuple(columns)
        self.fixed = fixed
        self.skip = 0
        self.is_wide = False
        self.order: tuple[str, bool] | None = None
        self.placed: tuple[Placed, ...] = ()
        self._look = look
        self._finish = finish
        self._width = 0
        self._taken = 0
        self._strips: dict[tuple[str, bool], Strip] = {}
        self._styles: dict[tuple[str, str], Style] = {}
        self._header: Strip | None = None

    def lay_out(self, width: int) -> None:
        """Compute which columns are shown and how wide, for a width of the table."""
        self._width = width
        self.placed = layout(self.columns, width, skip=self.skip, fixed=self.fixed, wide=self.is_wide)
        self._taken = MARGIN + sum(placed.width + GAP for placed in self.placed) - GAP
        self.clear()

    def clear(self) -> None:
        """Forget everything painted."""
        self._strips.clear()
        self._styles.clear()
        self._header = None

    def forget(self, key: str) -> None:
        """Forget a row that changed."""
        self._strips.pop((key, False), None)
        self._strips.pop((key, True), None)

    def sort(self, column: str, *, descending: bool) -> bool:
        """Mark the column that the rows are sorted by; say whether that is another."""
        before, self.order = self.order, (column, descending)
        if self.order != before:
            self._header = None
        return self.order != before

    def toggle_wide(self) -> None:
        """Show all columns, or only those that fit."""
        self.is_wide = not self.is_wide
        self.skip = 0

    def shift(self, by: int) -> bool:
        """Scroll sideways by columns; say whether anything moved."""
        hides = len(self.placed) < len(self.columns) or needed(self.columns, range(len(self.columns))) > self._width
        skip = min(max(0, len(self.columns) - self.fixed - 1), max(0, self.skip + by))
        if skip == self.skip or not (hides or self.is_wide):
            return False
        self.is_wide = True
        self.skip = skip
        return True

    def header(self) -> Strip:
        """Paint the titles; the sorted column carries a sign."""
        if self._header is None:
            self._header = self._line(" ", [(self._title(placed), "") for placed in self.placed], "header")
        return self._header

    def row(self, row: Row, cursor: str) -> Strip:
        """Paint a row; ``cursor`` is ``""`` or the look of the cursor that stands on it."""
        key, cells = row
        strip = self._strips.get((key, bool(cursor)))
        if strip is None:
            strip = self._line(CURSOR if cursor else " ", [self._cell(cells, placed) for placed in self.placed], cursor)
            if len(self._strips) >= _CACHED:
                self._strips.clear()
            self._strips[(key, bool(cursor))] = strip
        return strip

    def text(self, text: str) -> Strip:
        """Paint a plain line, such as what is said when there are no rows."""
        return Strip(self._finish([Segment(fit(text, self._width), self._look(""))]), self._width)

    def _title(self, placed: Placed) -> str:
        """Give a column's title with the sign of the order, exactly as wide as the column."""
        column = self.columns[placed.index]
        if self.order is None or self.order[0] != column.key:
            return fit(column.title, placed.width, placed.align)
        sign = "v" if self.order[1] else "^"
        return fit(column.title[: placed.width - 1] + sign, placed.width, placed.align)

    def _cell(self, cells: Sequence[Cell], placed: Placed) -> Cell:
        """Give a row's cell as wide as its column."""
        text, look = cells[placed.index] if placed.index < len(cells) else ("", "")
        return fit(text, placed.width, placed.align), look

    def _line(self, margin: str, cells: Sequence[Cell], ground: str) -> Strip:
        """Join cells to a line of exactly the table's width; cells of one look share a segment."""
        parts = [(margin * MARGIN, "")]
        for cell in cells:
            parts += (cell, _BETWEEN)
        parts[-1] = (" " * (self._width - self._taken), "")
        segments = [
            Segment("".join([text for text, _ in run]), self._style(ground, look))
            for look, run in groupby(parts, _LOOK)
        ]
        return Strip(self._finish(segments), max(self._taken, self._width)).adjust_cell_length(self._width)

    def _style(self, ground: str, look: str) -> Style:
        """Find the style of a look on what it stands on: the plain row, the cursor or the header."""
        style = self._styles.get((ground, look))
        if style is None:
            style = self._look(ground)
            if look:
                style += self._look(look)
            self._styles[(ground, look)] = style
        return style
