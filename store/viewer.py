"""Read the newest published copy; a viewer holds no lock that a collection could feel."""

from __future__ import annotations

import dataclasses
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from store.database import Params, Session, open_folder, quoted
from store.errors import StoreError
from store.folder import Folder
from store.publish import current
from store.schema import VIEWS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from store.records import Event

Row = TypeVar("Row")


@dataclasses.dataclass(frozen=True, slots=True)
class _EventId:
    event_id: str


class Viewer:
    """One in-memory session that attaches published copies; for use from one thread at a time."""

    def __init__(self, folder: Path) -> None:
        """Read the store in ``folder``; nothing is opened until the first ``refresh``."""
        self._folder = Folder(folder)
        self._session: Session | None = None
        self._attached = ""
        self._number = 0
        self.published: datetime | None = None

    def refresh(self) -> bool:
        """Attach the copy that CURRENT names; say whether it is a newer one. Raise ``StoreError`` when none is."""
        for _ in range(3):
            path = current(self._folder)
            if path is None:
                raise StoreError(f"nothing is collected yet in {self._folder.root}; run 'llmops-tui collect'")
            if path.name == self._attached:
                return False
            if self._attach(path):
                return True
        raise StoreError(f"the published copies in {self._folder.root} come and go; run 'llmops-tui doctor'")

    def rows(self, kind: type[Row], sql: str, params: Params = ()) -> list[Row]:
        """Run one select over the attached copy."""
        if self._session is None:
            self.refresh()
        return self._open().rows(kind, sql, params)

    def pending_events(self) -> Sequence[Event]:
        """Give the events in the spool that the attached copy does not hold yet."""
        if _is_empty(self._folder.spool):
            return ()
        from store import spool  # late: nearly always nothing waits, and live data would wait for its records

        waiting = spool.waiting(self._folder)
        stored = {row.event_id for row in self.rows(_EventId, "select event_id from events")}
        return tuple(event for event in waiting if event.event_id not in stored)

    def close(self) -> None:
        """Let go of the attached copy."""
        if self._session is not None:
            self._session.close()
        self._session, self._attached = None, ""

    def _check_release(self, session: Session, name: str) -> None:
        """Refuse a copy whose views are another release's, in words: what it lacks would be a riddle later."""
        sql = f"select count(*) from {name}.facts where name = 'views' and content = $views"  # noqa: S608 - our own name
        try:
            is_ours = session.execute(sql, {"views": VIEWS.read_text(encoding="utf-8")}) == [(1,)]
        except StoreError:  # no such table; looking it up first costs ten times as much
            is_ours = False
        if not is_ours:
            session.execute(f"detach {name}")
            raise StoreError(
                f"the store in {self._folder.root} was published by another release of llmops-tui; "
                "run 'llmops-tui ingest' as its owner, or wait for the next collection"
            )

    def _open(self) -> Session:
        if self._session is None:
            self._session = open_folder(self._folder.root.absolute())
        return self._session

    def _attach(self, path: Path) -> bool:
        """Attach one copy and drop the one before; ``False`` when it was removed in between."""
        session = self._open()
        name = f"copy_{self._number + 1}"
        try:
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            session.execute(f"attach {quoted(path.absolute())} as {name} (read_only)")
        except (FileNotFoundError, StoreError):
            if os.path.exists(path):  # noqa: PTH110 - a path that cannot be looked at counts as gone
                raise
            return False
        self._check_release(session, name)
        session.execute(f"use {name}")
        if self._attached:
            session.execute(f"detach copy_{self._number}")
        self._number += 1
        self._attached, self.published = path.name, written
        return True


def _is_empty(folder: Path) -> bool:
    """Tell whether a folder holds nothing, or nothing for us."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return True
