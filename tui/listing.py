"""Describe a table once (what each column says and sorts by) and arrange it: sort, problems only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tui.spans import Span
    from tui.widgets.columns import Column
    from tui.widgets.row_filter import Cell, Row

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Field(Generic[R]):
    """One column: how it looks, what it says of a row, and what it sorts by (``None`` goes last)."""

    column: Column
    cell: Callable[[R, datetime], Cell]
    order: Callable[[R], Any]


@dataclass(frozen=True, slots=True)
class Listing(Generic[R]):
    """One kind of table; the order in which its rows are handed in is the natural one, worst first."""

    name: str
    natural: str
    fields: tuple[Field[R], ...]
    key: Callable[[R], str]
    sentence: Callable[[R, datetime], Sequence[Span]]
    is_problem: Callable[[R], bool]
    empty: str = "nothing to show"

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns alone."""
        return tuple(field.column for field in self.fields)

    def without(self, hidden: frozenset[str]) -> Listing[R]:
        """Leave columns out."""
        kept = tuple(field for field in self.fields if field.column.key not in hidden)
        return replace(self, fields=kept) if hidden else self

    def rows(self, records: Sequence[R], now: datetime) -> list[Row]:
        """Turn records into rows of text."""
        key = self.key
        cells = [field.cell for field in self.fields]
        return [(key(record), tuple([cell(record, now) for cell in cells])) for record in records]


@dataclass(frozen=True, slots=True)
class Cut:
    """What a person has asked of a table; it outlives every refresh."""

    query: str = ""
    sort: str = ""
    descending: bool = False
    problems: bool = False
    hidden: frozenset[str] = frozenset()

    def by(self, column: str) -> Cut:
        """Sort by a column; the same one again turns the order round."""
        return replace(self, sort=column, descending=not self.descending if column == self.sort else False)

    def notes(self, listing: Listing[Any], shown: int, there: int) -> tuple[str, ...]:
        """Say how the table is cut, for the footer."""
        order = f"{self.sort} {'down' if self.descending else 'up'}" if self.sort else listing.natural
        problems = ("problems only",) if self.problems else ()
        query = (f"filter: {self.query}",) if self.query else ()
        return (*problems, *query, f"sort: {order}", str(there) if shown == there else f"{shown}/{there}")


def arranged(listing: Listing[R], records: Sequence[R], cut: Cut, now: datetime) -> list[Row]:
    """Apply sort and problems-only alone."""
    kept = [record for record in records if listing.is_problem(record)] if cut.problems else records
    return listing.rows(ordered(listing, kept, cut), now)


def ordered(listing: Listing[R], records: Sequence[R], cut: Cut) -> Sequence[R]:
    """Sort records by the chosen column; what is not known goes last in both directions."""
    field = next((field for field in listing.fields if field.column.key == cut.sort), None)
    if field is None:
        return records
    known = [(value, record) for record in records if (value := field.order(record)) is not None]
    known.sort(key=lambda pair: pair[0], reverse=cut.descending)
    return [*(record for _, record in known), *(record for record in records if field.order(record) is None)]
