"""Paint the lines of a table: one cached strip per row, thrown away when row, width or theme change."""

from collections.abc import Callable, Sequence
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.widgets.columns import CURSOR, GAP, MARGIN, Column, Placed, fit, layout, needed
from tui.widgets.row_filter import Row

_CACHED: Final = 4_000

Look = Callable[[str], Style]


class Painter:
    """Columns, their widths now, and the strips painted with them."""

    def __init__(self, columns: Sequence[Column], fixed: int, look: Look) -> None:
        """Take the columns, how many of the first stay in sight, and how to find a style by its name."""
        self.columns = tuple(columns)
        self.fixed = fixed
        self.skip = 0
        self.is_wide = False
        self.order: tuple[str, bool] | None = None
        self.placed: tuple[Placed, ...] = ()
        self._look = look
        self._width = 0
        self._strips: dict[tuple[str, bool], Strip] = {}
        self._header: Strip | None = None

    def lay_out(self, width: int) -> None:
        """Compute which columns are shown and how wide, for a width of the table."""
        self._width = width
        self.placed = layout(self.columns, width, skip=self.skip, fixed=self.fixed, wide=self.is_wide)
        self.clear()

    def clear(self) -> None:
        """Forget everything painted."""
        self._strips.clear()
        self._header = None

    def forget(self, key: str) -> None:
        """Forget a row that changed."""
        self._strips.pop((key, False), None)
        self._strips.pop((key, True), None)

    def sort(self, column: str, *, descending: bool) -> None:
        """Mark the column that the rows are sorted by."""
        self.order = (column, descending)
        self._header = None

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
            texts = [self._title(placed) for placed in self.placed]
            self._header = self._line(" ", texts, [self._look("header")] * len(texts), self._look("header"))
        return self._header

    def row(self, row: Row, cursor: str) -> Strip:
        """Paint a row; ``cursor`` is ``""`` or the look of the cursor that stands on it."""
        key, cells = row
        strip = self._strips.get((key, bool(cursor)))
        if strip is None:
            base = self._look(cursor)
            shown = [cells[placed.index] if placed.index < len(cells) else ("", "") for placed in self.placed]
            texts = [
                fit(text, placed.width, placed.align) for (text, _), placed in zip(shown, self.placed, strict=True)
            ]
            styles = [base + self._look(look) if look else base for _, look in shown]
            strip = self._line(CURSOR if cursor else " ", texts, styles, base)
            if len(self._strips) >= _CACHED:
                self._strips.clear()
            self._strips[(key, bool(cursor))] = strip
        return strip

    def text(self, text: str) -> Strip:
        """Paint a plain line, such as what is said when there are no rows."""
        return Strip([Segment(fit(text, self._width), self._look(""))], self._width)

    def _title(self, placed: Placed) -> str:
        """Give a column's title with the sign of the order, exactly as wide as the column."""
        column = self.columns[placed.index]
        if self.order is None or self.order[0] != column.key:
            return fit(column.title, placed.width, placed.align)
        sign = "v" if self.order[1] else "^"
        return fit(column.title[: placed.width - 1] + sign, placed.width, placed.align)

    def _line(self, margin: str, texts: Sequence[str], styles: Sequence[Style], base: Style) -> Strip:
        """Join cells to a line of exactly the table's width; cells of one style share a segment."""
        parts: list[tuple[str, Style]] = [(margin * MARGIN, base)]
        for place, (text, style) in enumerate(zip(texts, styles, strict=True)):
            if place:
                parts.append((" " * GAP, base))
            parts.append((text, style))
        joined: list[Segment] = []
        for text, style in parts:
            if joined and joined[-1].style == style:
                joined[-1] = joined[-1]._replace(text=joined[-1].text + text)
            else:
                joined.append(Segment(text, style))
        return Strip(joined).adjust_cell_length(self._width, base)
