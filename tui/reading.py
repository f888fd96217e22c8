"""Read the store in one thread of its own, so that no key press ever waits for a query.

Nothing here is imported before it is needed: DuckDB comes after the first paint.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Generic, TypeVar

from store.errors import LlmopsError

if TYPE_CHECKING:
    from pathlib import Path

    from operations.portfolio_rows import Summary, SystemRow
    from store.database import Reader
    from store.records import Event
    from store.viewer import Viewer

T = TypeVar("T")
Load = Callable[["Reader", datetime], T]


@dataclass(frozen=True, slots=True)
class Frame(Generic[T]):
    """One consistent look at the store: what a screen asked for, all systems with their sum, and what still waits."""

    content: T
    systems: tuple[SystemRow, ...]
    summary: Summary
    waiting: tuple[Event, ...]
    published: datetime | None
    read: datetime


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a frame was made of; the same stamp again means that nothing needs to be asked."""

    published: datetime | None
    waiting: tuple[str, ...]


class Reading:
    """The one thread that reads; everything that touches the store runs in it, in order."""

    def __init__(self, folder: Path) -> None:
        """Take the store folder; nothing is opened yet."""
        self.folder = folder
        self._copy: Viewer | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reading")

    async def frame(self, load: Load[T], now: datetime, known: Stamp | None) -> tuple[Frame[T] | None, Stamp]:
        """Load a frame in the thread; ``None`` when the store is still what ``known`` says."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._frame, load, now, known)

    async def look(self, load: Callable[[Viewer, datetime], T], now: datetime) -> T:
        """Do something beside the frame, over the copy that is attached."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: load(self._open(), now))

    async def write(
        self, kind: str, subject: str, reason: str, now: datetime, expires: datetime | None = None
    ) -> Event:
        """Put what a person decided into the spool."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, _write, self.folder, kind, subject, reason, now, expires)

    def begin(self) -> None:
        """Open the newest copy already: DuckDB starts on another core while Textual is loaded on this one."""
        self._thread.submit(self._begin)

    def close(self) -> None:
        """Let go of the copy and of the thread; a read under way is not waited for."""
        self._thread.submit(self._close)
        self._thread.shutdown(wait=False)

    def _frame(self, load: Load[T], now: datetime, known: Stamp | None) -> tuple[Frame[T] | None, Stamp]:
        copy = self._open()
        copy.refresh()
        from operations.portfolio import board  # late: not before DuckDB starts

        waiting = tuple(copy.pending_events())
        stamp = Stamp(copy.published, tuple(event.event_id for event in waiting))
        if stamp == known:
            return None, stamp
        systems, summary = board(copy, now)
        return Frame(load(copy, now), systems, summary, waiting, copy.published, now), stamp

    def _begin(self) -> None:
        with suppress(LlmopsError, OSError):  # the first read says what is wrong
            self._open().refresh()

    def _open(self) -> Viewer:
        if self._copy is None:
            from store.viewer import Viewer

            self._copy = Viewer(self.folder)
            # DuckDB starts without the interpreter's lock; meanwhile what will be asked of it is loaded.
            Thread(target=import_module, args=("operations.portfolio",), daemon=True).start()
        return self._copy

    def _close(self) -> None:
        if self._copy is not None:
            self._copy.close()


def _write(folder: Path, kind: str, subject: str, reason: str, now: datetime, expires: datetime | None) -> Event:
    """Write one event of the person who runs this process."""
    from store import spool
    from store.folder import Folder

    event = spool.new_event(kind, subject, reason, now, expires)
    spool.write(Folder(folder), event)
    return event
