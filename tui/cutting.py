"""Cut a table again and again while a filter is typed: what does not change from letter to letter is made once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui.listing import arranged
from tui.widgets.row_filter import filter_folded, folded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tui.listing import Cut, Listing
    from tui.widgets.row_filter import Folded, Row


class Cutter:
    """The rows of the table in sight before its filter, for as long as they stay what they are."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._of: tuple[Listing[Any], Sequence[Any], Cut, datetime] | None = None
        self._rows: list[Row] = []
        self._folded: list[Folded] | None = None

    def cut(self, listing: Listing[Any], records: Sequence[Any], cut: Cut, now: datetime) -> list[Row]:
        """Apply sort, problems-only and filter, and give the rows that are left; ages move on with the minute."""
        of = (listing, records, replace(cut, query=""), now.replace(second=0, microsecond=0))
        if of != self._of:
            self._of, self._rows, self._folded = of, arranged(listing, records, cut, now), None
        if not cut.query:
            return self._rows
        return filter_folded(self._rows, self.fold(), cut.query, listing.columns)

    def fold(self) -> Sequence[Folded]:
        """Give the texts as they are compared, made once; the first letter of a filter need not wait for them."""
        if self._folded is None:
            self._folded = folded(self._rows)
        return self._folded
