"""Keep the log's file beside the store in step with the store: behind it by one transaction at most, never ahead.

The file is brought up to date before a transaction that adds entries, and where it cannot be, nothing that people did
is taken in: it waits in the spool. After the commit the new entries follow; a crash in between leaves them to the next
start.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from store import audit
from store.audit_check import WRITTEN_OUT, written_out
from store.audit_form import LONGEST, FormError, entry_of
from store.audit_lines import lines_of_file, lines_of_store, opened
from store.database import Session
from store.errors import StoreError
from store.folder import Folder, sync_folder

_ROOM: Final = 4 * LONGEST
_REMEDY: Final = "'llmops-tui audit verify' names the place; move the file away, and it is written anew from the store"


def catch_up(session: Session, folder: Folder, now: datetime, room: int = _ROOM) -> str:
    """Bring the file up to date before anything is added; give the words why nothing may be, or none."""
    try:
        held = _renewed(session, folder, now)
        write_out(session, folder.audit, folder.file_mode)
        _need_room(folder.audit, room)
    except StoreError as error:
        return str(error)
    last = last_sequence(folder.audit)
    if held != last:
        session.execute("insert or replace into facts values ($name, $last)", {"name": WRITTEN_OUT, "last": str(last)})
    return ""


def write_out(session: Session, path: Path, mode: int) -> None:
    """Append to the file what the store holds and the file does not; raise ``StoreError`` where it is not that log."""
    last = _common(session, path)
    lines = lines_of_store(session, last)
    first = next(lines, None)
    if first is None:
        return
    with _writing(path):
        _append(path, mode, first, lines)


def last_sequence(path: Path) -> int:
    """Give the sequence of the last whole line of the log file; 0 when there is none."""
    return _sequence(_last_line(path))


def bring_tail(session: Session, path: Path) -> int:
    """Add to a store that was brought back what the file has beyond it, and give how many entries that are.

    A backup would otherwise make the log forget. What does not follow from the store's last entry is not added.
    """
    last = session.rows(audit.Entry, "select * from audit order by sequence desc limit 1")
    previous = last[0] if last else None
    added: list[audit.Entry] = []
    for line in lines_of_file(path):
        try:
            entry = entry_of(line)
        except FormError:
            continue
        if entry.sequence <= (previous.sequence if previous else 0):
            continue
        if not line.endswith("\n") or entry.form < 2 or audit.chained(previous, entry, entry.store_id) != entry:
            break
        added.append(entry)
        previous = entry
    session.append("audit", added)
    return len(added)


def _renewed(session: Session, folder: Folder, now: datetime) -> int:
    """Give up to which entry the file was known to be written; log it when the whole file is gone."""
    held = written_out(session)
    if held and not os.path.lexists(folder.audit):
        with session.transaction():
            words = f"{folder.audit.name} was gone, written up to entry {held}; it is written anew from the store"
            audit.append(session, "llmops-tui", "log-file-renewed", "host", words, now)
    return held


def _common(session: Session, path: Path) -> int:
    """Give the last entry that the file holds, once it is known to be the store's own."""
    if not os.path.lexists(path):
        return 0
    line, held = _last_line(path), written_out(session)
    last = _sequence(line)
    if line and not last:
        raise StoreError(f"{path} ends with a line that is no entry; {_REMEDY}")
    if last < held:
        raise StoreError(f"{path} ends with entry {last} and had been written up to entry {held}; {_REMEDY}")
    if last and next(lines_of_store(session, last - 1), None) != f"{line}\n":
        raise StoreError(f"{path} ends with entry {last}, which is not as the store has it; {_REMEDY}")
    return last


def _append(path: Path, mode: int, first: str, rest: Iterator[str]) -> None:
    is_new = not path.exists()
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "a", encoding="ascii") as file:
        _drop_torn(handle)
        file.write(first)
        file.writelines(rest)
        file.flush()
        os.fchmod(handle, mode)
        os.fsync(handle)
    if is_new:
        sync_folder(path.parent)


def _drop_torn(handle: int) -> None:
    """Cut off a last line that a crash left without its end: it is written anew."""
    size = os.fstat(handle).st_size
    start = max(0, size - LONGEST)
    end = os.pread(handle, size - start, start).rfind(b"\n") + 1
    if start + end < size:
        os.ftruncate(handle, start + end)


def _last_line(path: Path) -> str:
    """Give the last whole line of the file; empty when there is none."""
    file = opened(path)
    if file is None:
        return ""
    with file:
        size = os.fstat(file.fileno()).st_size
        file.seek(max(0, size - 2 * LONGEST))
        whole = file.read().rpartition(b"\n")[0]
    return whole.rpartition(b"\n")[2].decode("utf-8", "replace")


def _sequence(line: str) -> int:
    try:
        return entry_of(line).sequence
    except FormError:
        return 0


def _need_room(path: Path, room: int) -> None:
    """Refuse to begin what could not be logged: a file that cannot be opened, a disk without room."""
    with _writing(path):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        found = os.statvfs(path)
    if found.f_bavail * found.f_frsize < room:
        raise StoreError(f"writing {path}: less than {room >> 20} MB are free on its disk; free disk space")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Say of the file what the system says, and what to do."""
    try:
        yield
    except OSError as error:
        words = f"writing {path}: {error.strerror}; free disk space or give the file back to the collecting user"
        raise StoreError(words) from error
