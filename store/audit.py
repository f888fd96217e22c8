"""Keep the hash-chained log of what people did: in the store, and as JSON lines beside it.

Each entry names the hash of the one before; a changed, swapped or missing entry breaks the chain at its place.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from store.database import Session

FIRST = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One action of one person, chained to the entry before."""

    sequence: int
    previous_hash: str
    hash: str
    written: datetime
    actor: str
    action: str
    subject: str
    detail: str


def append(session: Session, actor: str, action: str, subject: str, detail: str, now: datetime) -> Entry:
    """Add an entry inside the caller's transaction."""
    last = session.execute("select sequence, hash from audit order by sequence desc limit 1")
    sequence, previous = (int(last[0][0]) + 1, str(last[0][1])) if last else (1, FIRST)
    mark = digest(sequence, previous, now, actor, action, subject, detail)
    entry = Entry(sequence, previous, mark, now, actor, action, subject, detail)
    session.append("audit", [entry])
    return entry


def digest(sequence: int, previous: str, written: datetime, *words: str) -> str:
    """Hash one entry's canonical JSON (SHA-256)."""
    content = json.dumps([sequence, previous, written.isoformat(timespec="microseconds"), *words], ensure_ascii=True)
    return hashlib.sha256(content.encode()).hexdigest()


def write_out(session: Session, path: Path, mode: int) -> None:
    """Append to the file beside the store what the store holds and the file does not."""
    last = last_sequence(path)
    sql = "select * from audit where sequence > $last order by sequence"
    entries = session.rows(Entry, sql, {"last": last})
    if not entries:
        return
    lines = [json.dumps({**asdict(e), "written": e.written.isoformat(timespec="microseconds")}) + "\n" for e in entries]
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(lines)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())


def last_sequence(path: Path) -> int:
    """Give the sequence of the last whole line of the log file; 0 when there is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return 0
    for line in reversed(lines):
        try:
            return int(json.loads(line)["sequence"])
        except (ValueError, KeyError, TypeError):
            continue
    return 0


def faults(entries: Sequence[Entry]) -> list[str]:
    """Name every place at which the chain is broken; none for an untouched log."""
    found: list[str] = []
    sequence, previous = 0, FIRST
    for entry in entries:
        mark = digest(entry.sequence, entry.previous_hash, entry.written, *_words(entry))
        if entry.sequence != sequence + 1:
            found.append(f"entry {sequence + 1}: missing, entry {entry.sequence} follows entry {sequence}")
        elif entry.previous_hash != previous:
            found.append(f"entry {entry.sequence}: does not follow the entry before")
        if entry.hash != mark:
            found.append(f"entry {entry.sequence}: its content was changed")
        sequence, previous = entry.sequence, entry.hash
    return found


def _words(entry: Entry) -> tuple[str, str, str, str]:
    return entry.actor, entry.action, entry.subject, entry.detail
