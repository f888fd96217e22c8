"""Ask: which sources can be believed, when did each last answer, and what stopped the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from operations.rows import SourceRow
from tui.listings.sources import SOURCES, command
from tui.table_screen import TableScreen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from store.database import Reader
    from tui.listing import Listing
    from tui.reading import Frame

Rows = tuple[SourceRow, ...]


class CollectionScreen(TableScreen[Rows]):
    """All sources, those that failed first."""

    TITLE = "Collection"

    @property
    def listing(self) -> Listing[SourceRow]:
        """The table of sources."""
        return SOURCES

    def load(self, db: Reader, now: datetime) -> Rows:
        """Ask for the sources."""
        from operations.collection import sources

        return sources(db, now)

    def records(self, frame: Frame[Rows]) -> Sequence[SourceRow]:
        """Give the sources, failed first."""
        return frame.content

    def copied(self, record: Any, key: str) -> str:
        """Copy the command that collects the source again; it is never run from here."""
        return command(record) if isinstance(record, SourceRow) else key
