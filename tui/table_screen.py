"""Define the screens whose body is a table: filter, sort, problems only, and a sentence for the selected row."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import on
from textual.binding import Binding, BindingType

from tui.cutting import Cutter
from tui.listing import Cut, Listing
from tui.live import LiveScreen
from tui.text import printable
from tui.widgets.line_table import LineTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from textual.widget import Widget

    from tui.reading import Frame

T = TypeVar("T")
_OPENING = frozenset({"filter", "sort", "columns"})


class TableScreen(LiveScreen[T]):
    """A live screen with one table in sight; a screen with tabs changes which listing that is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # priority: what opens something is done before the next key is looked at, so that type-ahead lands in it
        Binding("slash", "filter", "filter", id="table.filter", priority=True),
        Binding("s", "sort", "sort", id="table.sort", priority=True),
        Binding("S", "reverse", "Turn the order round", show=False, id="table.reverse"),
        Binding("W", "columns", "Choose columns", show=False, id="table.columns", priority=True),
        Binding("z", "problems", "problems", id="table.problems"),
        Binding("e", "problem(1)", "Next problem", show=False, id="table.next-problem"),
        Binding("E", "problem(-1)", "Previous problem", show=False, id="table.previous-problem"),
        Binding("y", "copy", "Copy", show=False, id="table.copy"),
    ]

    def __init__(self) -> None:
        """Start uncut."""
        super().__init__()
        self._cuts: dict[str, Cut] = {}
        self._cutter = Cutter()
        self._cursors: dict[str, str] = {}
        self._records: dict[str, Any] = {}
        self._there: Sequence[Any] = ()
        self.most: int | None = None
        """So many rows are enough until the first paint; ``None`` means all."""
        self._listed: tuple[str, frozenset[str]] = ("", frozenset())

    @property
    @abstractmethod
    def listing(self) -> Listing[Any]:
        """The table that is in sight."""

    @abstractmethod
    def records(self, frame: Frame[T]) -> Sequence[Any]:
        """Give the records of the table in sight, worst first."""

    @property
    def cut(self) -> Cut:
        """How the table in sight is cut."""
        return self._cuts.get(self.listing.name, Cut())

    @property
    def selected(self) -> Any:
        """The record under the cursor; ``None`` without rows."""
        return self._records.get(self.table.cursor_key or "")

    def body(self) -> Iterable[Widget]:
        """Give the table alone."""
        self._listed = (self.listing.name, frozenset())
        self.table = LineTable(self.listing.columns, fixed=2, empty="reading the store")
        yield self.table

    def draw(self, frame: Frame[T], now: datetime) -> None:
        """Cut the records and hand them to the table."""
        records = self.records(frame)
        self._there = records
        self._records = {self.listing.key(record): record for record in records}
        self._arrange_rows(now)

    def _arrange_rows(self, now: datetime) -> None:
        """Cut the records that are there and hand them to the table."""
        listing, table, records = self.listing.without(self.cut.hidden), self.table, self._there
        rows = self._cutter.cut(listing, records[: self.most], self.cut, now)
        table.empty = f"no row matches the filter {self.cut.query!r}" if records and not rows else listing.empty
        if self._listed != (listing.name, self.cut.hidden):
            self._change_listing(listing, table)
        table.replace_rows(rows)
        if not rows:
            table.refresh()
        if wanted := self._cursors.pop(listing.name, ""):
            table.move_to(wanted)
        self.describe(now)

    def describe(self, now: datetime) -> None:
        """Explain the selected row in a sentence."""
        record = self.selected
        self.explain(self.said or (self.listing.sentence(record, now) if record is not None else ()))

    def troubled(self, words: str) -> None:
        """Say it in the table while there is no row; rows that are there stay."""
        if self.frame is None:
            what, _, remedy = words.partition("; ")
            self.table.empty = printable(what)
            self.table.refresh()
            self.explain([(remedy or what, "strong")])

    def notes(self) -> tuple[str, ...]:
        """Say how the table is cut."""
        if self.frame is None:
            return ()
        there = len(self._there)
        return self.cut.notes(self.listing, len(self.table.rows) if self.most is None else there, there)

    def recut(self, cut: Cut) -> None:
        """Cut the table in sight otherwise; what is around it stays as it is."""
        self._cuts[self.listing.name] = cut
        self.table.show_sort(cut.sort, descending=cut.descending)
        if self.drawn is not None:
            self._arrange_rows(self.drawn)
            self.locate()

    def redraw(self) -> None:
        """Draw the present frame again."""
        if self.frame is not None:
            self.shown(self.frame)

    def switch_listing(self, change: Callable[[], None]) -> None:
        """Put another listing in sight; each keeps its own cursor."""
        if (key := self.table.cursor_key) is not None:
            self._cursors[self.listing.name] = key
        change()
        self.redraw()

    @on(LineTable.Highlighted)
    def moved(self) -> None:
        """Explain the row that the cursor moved to."""
        self.said = ()
        self.describe(self.host.now())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys to the filter's line while it is there."""
        return not (action in _OPENING and self.is_typing) and super().check_action(action, parameters)

    async def action_filter(self) -> None:
        """Type what rows must hold; the table follows each letter."""
        from tui.widgets.prompt import FilterPrompt  # late: the first paint needs no input

        before = self.cut

        def follow(query: str) -> None:
            self.recut(replace(self.cut, query=query))

        prompt = FilterPrompt(before.query, follow, self.table)
        await self.mount(prompt, before="Footer")
        self.set_focus(prompt)
        self._cutter.fold()

    async def action_sort(self) -> None:
        """Choose the column to sort by from a menu."""
        from tui.widgets.menu import Choice, Menu

        choices = [Choice("", "as it comes", self.listing.natural)]
        choices += [Choice(column.key, column.title.strip() or column.key, "") for column in self.listing.columns]

        def chosen(column: str | None) -> None:
            if column is not None:
                self.recut(self.cut.by(column) if column else replace(self.cut, sort="", descending=False))

        await self.app.push_screen(Menu("Sort by (again: turn round)", choices, self.cut.sort), chosen)

    async def action_columns(self) -> None:
        """Choose which columns are there; each choice turns one on or off."""
        from tui.widgets.menu import Choice, Menu

        hidden = self.cut.hidden
        columns = self.listing.columns[1:]  # the first says what the row is
        choices = [
            Choice(each.key, each.title.strip() or each.key, "" if each.key in hidden else "shown") for each in columns
        ]

        async def chosen(column: str | None) -> None:
            if column is not None:
                self.recut(replace(self.cut, hidden=self.cut.hidden ^ {column}))
                await self.action_columns()

        await self.app.push_screen(Menu("Columns (those that do not fit stay out until w)", choices), chosen)

    def action_reverse(self) -> None:
        """Turn the order round."""
        if self.cut.sort:
            self.recut(self.cut.by(self.cut.sort))

    def action_problems(self) -> None:
        """Show only what is not ok, or everything again."""
        self.recut(replace(self.cut, problems=not self.cut.problems))

    def action_problem(self, by: int) -> None:
        """Go to the next row that is not ok, around the end."""
        keys = [row[0] for row in self.table.rows]
        start = self.table.cursor_place
        for step in range(1, len(keys)):
            key = keys[(start + by * step) % len(keys)]
            if self.listing.is_problem(self._records[key]):
                self.table.move_to(key)
                return

    def action_copy(self) -> None:
        """Copy what identifies the selected row."""
        if (key := self.table.cursor_key) is not None:
            self.copy(self.copied(self.selected, key))

    def copied(self, record: Any, key: str) -> str:
        """Say what copying a row means; its key, unless a screen knows better."""
        del record
        return key

    def _change_listing(self, listing: Listing[Any], table: LineTable) -> None:
        self._listed = (listing.name, self.cut.hidden)
        table.replace_rows([])
        table.replace_columns(listing.columns)
        table.show_sort(self.cut.sort, descending=self.cut.descending)
