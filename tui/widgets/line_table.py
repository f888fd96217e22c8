"""Show a live table line by line: only lines that changed are painted, and the cursor follows its row.

Textual's ``DataTable`` repaints 13.6 kB for one changed cell; here rows are plain tuples, each line is one cached strip
and a refresh compares old and new rows by key. What the rows mean, their order and their filter are the caller's.
Longer than most files: styles, keys and cursor are one widget; columns, paint and filter already stand apart.
"""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar, Final

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.spans import Tone
from tui.widgets.columns import Column
from tui.widgets.line_paint import Painter
from tui.widgets.row_filter import Cell, Row, filter_rows
from tui.widgets.strips import cut, filtered, is_bare
from tui.widgets.tones import toned

__all__ = ["LOOKS", "Cell", "Column", "LineTable", "Row", "filter_rows"]

LOOKS: Final[tuple[Tone, ...]] = ("ok", "warning", "critical", "unknown", "muted", "strong", "accent")
"""Names that the second half of a cell may have, besides ``""``."""

HEADER: Final = 1


class LineTable(ScrollView, can_focus=True):
    """Rows of text with a sticky header, a cursor that follows a key, and columns that give way when it is narrow."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-table--header", "line-table--cursor", "line-table--cursor-away"}
    DEFAULT_CSS = """
    LineTable { height: 1fr; overflow: hidden hidden; }
    LineTable > .line-table--header { color: $foreground; text-style: bold; }
    LineTable > .line-table--cursor {
        color: $block-cursor-foreground; background: $block-cursor-background; text-style: $block-cursor-text-style;
    }
    LineTable > .line-table--cursor-away {
        color: $block-cursor-blurred-foreground; background: $block-cursor-blurred-background;
        text-style: $block-cursor-blurred-text-style;
    }
    """
    # priority: a key that only moves the cursor is done before it is passed down to the table and up again
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Next row", show=False, priority=True),
        Binding("k,up", "move(-1)", "Previous row", show=False, priority=True),
        Binding("g,home", "first", "First row", show=False, priority=True),
        Binding("G,end", "last", "Last row", show=False, priority=True),
        Binding("ctrl+d", "half(1)", "Half a page down", show=False, priority=True),
        Binding("ctrl+u", "half(-1)", "Half a page up", show=False, priority=True),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, priority=True),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, priority=True),
        Binding("right", "columns(1)", "Columns to the right", show=False),
        Binding("left", "columns(-1)", "Columns to the left", show=False),
        Binding("w", "wide", "All columns", show=False),
        Binding("enter,l", "select", "Open", show=False),
    ]

    class Highlighted(Message):
        """The cursor stands on another row; it goes to the screen at once, not up through what lies between."""

        bubble = False

        def __init__(self, table: "LineTable", key: str) -> None:
            """Name the table and the row's key."""
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> "LineTable":
            """The table, for ``@on(..., selector)``."""
            return self.table

    class Selected(Highlighted):
        """The row was opened."""

        bubble = True

    def __init__(
        self, columns: Sequence[Column], *, fixed: int = 1, empty: str = "nothing to show", name: str = ""
    ) -> None:
        """Take the columns, how many of the first stay when scrolling sideways, and what to say without rows.

        ``name`` becomes the id of the widget.
        """
        super().__init__(id=name or None)
        self.empty = empty
        self._painter = Painter(columns, fixed, self._look, partial(filtered, self))
        self._looks: dict[str, Style] = {}
        self._rows: Sequence[Row] = ()
        self._places: dict[str, int] = {}
        self._place = 0

    @property
    def rows(self) -> Sequence[Row]:
        """The rows that are shown, in their order."""
        return self._rows

    @property
    def columns(self) -> Sequence[Column]:
        """All columns, shown or not."""
        return self._painter.columns

    @property
    def shown_columns(self) -> tuple[str, ...]:
        """The words of the columns now on the screen."""
        return tuple(self.columns[placed.index].key for placed in self._painter.placed)

    @property
    def cursor_key(self) -> str | None:
        """The key of the row under the cursor; ``None`` without rows."""
        return self._rows[self._place][0] if self._rows else None

    @property
    def cursor_place(self) -> int:
        """The place of the cursor among the rows, counted from 0."""
        return self._place

    @property
    def page(self) -> int:
        """Rows on one page."""
        return max(1, self.size.height - HEADER)

    @property
    def max_scroll_y(self) -> int:
        """The first row of the last full page; no layout is needed when rows come and go."""
        return max(0, len(self._rows) - self.page)

    def replace_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows: only visible lines that differ are painted; the cursor stays on its key."""
        if rows == self._rows:
            return
        key, top = self.cursor_key, self.scroll_offset.y
        before = self._rows[top : top + self.page]
        self._forget_changed(rows)
        self._rows = rows
        self._places = {row[0]: place for place, row in enumerate(rows)}
        self._place = self._places.get(key or "", min(self._place, max(0, len(rows) - 1)))
        self._scroll_to_cursor(self.scroll_offset.y)
        self._repaint_changed(before, key if self.scroll_offset.y == top else None)
        if self.cursor_key != key:
            self._tell()

    def replace_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns; replace the rows with theirs first."""
        self._painter.columns = tuple(columns)
        self._painter.skip = 0
        self._lay_out()

    def show_sort(self, column: str, *, descending: bool = False) -> None:
        """Mark the column that the rows are sorted by."""
        if self._painter.sort(column, descending=descending):
            self._repaint(0)

    def move_to(self, key: str) -> bool:
        """Put the cursor on a row; ``False`` when the row is not there."""
        place = self._places.get(key)
        if place is not None:
            self._move(place)
        return place is not None

    def action_move(self, by: int) -> None:
        """Move the cursor by rows."""
        self._move(self._place + by)

    def action_half(self, by: int) -> None:
        """Move by half pages."""
        self._leap(by * max(1, self.page // 2))

    def action_page(self, by: int) -> None:
        """Move by pages."""
        self._leap(by * self.page)

    def action_first(self) -> None:
        """Go to the first row."""
        self._move(0)

    def action_last(self) -> None:
        """Go to the last row."""
        self._move(len(self._rows) - 1)

    def action_wide(self) -> None:
        """Show all columns, or only those that fit."""
        self._painter.toggle_wide()
        self._lay_out()

    def action_columns(self, by: int) -> None:
        """Scroll sideways by columns; the first ones stay."""
        if self._painter.shift(by):
            self._lay_out()

    def action_select(self) -> None:
        """Open the row under the cursor."""
        if self.cursor_key is not None:
            self.post_message(self.Selected(self, self.cursor_key))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Give the lines of a region; where the view and the cursor are is asked once for all of them."""
        if not is_bare(self):
            return super().render_lines(crop)
        top, cursor = self.scroll_offset.y, self._cursor_look
        return cut(self, [self._line(y, top, cursor) for y in crop.line_range], crop)

    def render_line(self, y: int) -> Strip:
        """Give one line of the widget."""
        return self._line(y, self.scroll_offset.y, self._cursor_look)

    def notify_style_update(self) -> None:
        """Forget what was painted when the theme or the focus changed."""
        super().notify_style_update()
        self._looks.clear()
        self._painter.clear()

    def on_resize(self) -> None:
        """Compute the column widths, once per width."""
        self._lay_out()
        self._scroll_to_cursor(self.scroll_offset.y)

    def on_focus(self) -> None:
        """Paint the cursor as active."""
        self._repaint_cursor(self._place)

    def on_blur(self) -> None:
        """Paint the cursor as away."""
        self._repaint_cursor(self._place)

    def on_click(self, event: events.Click) -> None:
        """Move to the row that was clicked; a second click opens it."""
        place = event.y - HEADER + self.scroll_offset.y
        if event.y >= HEADER and place < len(self._rows):
            self._move(place)
            if event.chain > 1:
                self.action_select()

    def on_mouse_scroll_down(self) -> None:
        """Move down with the wheel."""
        self.action_move(3)

    def on_mouse_scroll_up(self) -> None:
        """Move up with the wheel."""
        self.action_move(-3)

    @property
    def _cursor_look(self) -> str:
        return "cursor" if self.has_focus else "cursor-away"

    def _line(self, y: int, top: int, cursor: str) -> Strip:
        """Give the header, a row or a blank."""
        if y < HEADER:
            return self._painter.header()
        place = y - HEADER + top
        if place >= len(self._rows):
            return self._painter.text(f" {self.empty}" if not self._rows and y == HEADER else "")
        return self._painter.row(self._rows[place], cursor if place == self._place else "")

    def _forget_changed(self, rows: Sequence[Row]) -> None:
        """Throw away the painted lines of rows whose text or look changed."""
        old, places = self._rows, self._places
        for row in rows:
            place = places.get(row[0])
            if place is not None and old[place] != row:
                self._painter.forget(row[0])

    def _leap(self, by: int) -> None:
        """Move cursor and view together, so that the cursor stays on its line."""
        self._move(self._place + by, scroll=by)

    def _move(self, place: int, *, scroll: int = 0) -> None:
        """Put the cursor on a place, as near as there is one, and say so; the view goes along as far as is asked."""
        place = max(0, min(place, len(self._rows) - 1))
        if place == self._place or not self._rows:
            return
        before, self._place = self._place, place
        self._tell()  # before anything is painted: what the screen says of the row is in the same frame then
        self._repaint_cursor(before)
        self._scroll_to_cursor(self.scroll_offset.y + scroll)
        self._repaint_cursor(place)

    def _tell(self) -> None:
        """Say which row the cursor stands on."""
        if self.cursor_key is not None:
            self.screen.post_message(self.Highlighted(self, self.cursor_key))

    def _scroll_to_cursor(self, wanted: int) -> None:
        """Put this row at the top, or the one next to it that keeps the cursor in view."""
        top = max(0, min(wanted, self.max_scroll_y))
        top = max(min(top, self._place), self._place - self.page + 1)
        if top != self.scroll_offset.y:
            self.set_scroll(None, top)
            self.refresh()

    def _lay_out(self) -> None:
        """Choose the columns for the present width and paint everything anew."""
        self._painter.lay_out(self.size.width)
        self.refresh()

    def _repaint_changed(self, before: Sequence[Row], key: str | None) -> None:
        """Repaint from the first to the last line of the page whose row, or whose cursor, is not what it was."""
        top = self.scroll_offset.y
        after = self._rows[top : top + self.page]
        changed = []
        for line in range(max(len(before), len(after), 1)):
            old = before[line] if line < len(before) else None
            new = after[line] if line < len(after) else None
            is_cursor = new is not None and new[0] == self.cursor_key
            if old is None or old != new or (old[0] == key) != is_cursor:
                changed.append(line)
        if changed:
            self._repaint(changed[0] + HEADER, changed[-1] - changed[0] + 1)

    def _repaint_cursor(self, place: int) -> None:
        """Forget and repaint the line of a row that the cursor came to or left."""
        if self._rows:
            self._painter.forget(self._rows[place][0])
            self._repaint(place - self.scroll_offset.y + HEADER)

    def _repaint(self, line: int, count: int = 1) -> None:
        """Ask Textual to paint lines of the widget; once for all of them, for each asking costs."""
        self.refresh(Region(0, line, self.size.width, count))

    def _look(self, name: str) -> Style:
        """Find the style of a look: the header and the cursor stand on their own background, the rest on the row's."""
        style = self._looks.get(name)
        if style is None:
            if not name:
                style = self.rich_style
            elif name in LOOKS:
                style = toned(name, self.app.theme_variables)
            else:
                style = self.get_component_rich_style(f"line-table--{name}")
            self._looks[name] = style
        return style
