"""Say in one line how far the log had come, so that the line can leave the host.

A chain alone does not show that its tail was cut or that it was written anew as a whole; a checkpoint kept elsewhere
does.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from store import audit
from store.audit_form import moment
from store.database import Session
from store.errors import InputError

_LINE: Final = re.compile(
    r"llmops-tui audit checkpoint store=([0-9a-f]{32}) sequence=([1-9]\d{0,17}) hash=([0-9a-f]{64}) "
    r"time=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00)",
    re.ASCII,
)
_HOUR: Final = timedelta(hours=1)
_LONGEST: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far the log of one store had come at a time: its last entry's number and hash."""

    store_id: str
    sequence: int
    hash: str
    taken: datetime

    def __str__(self) -> str:
        """Write the line that leaves the host."""
        return (
            f"llmops-tui audit checkpoint store={self.store_id} sequence={self.sequence} hash={self.hash} "
            f"time={moment(self.taken)}"
        )


def checkpoint(session: Session, now: datetime) -> Checkpoint | None:
    """Say how far the log has come; ``None`` while it holds nothing that has a store's id."""
    last = session.execute("select sequence, hash from audit order by sequence desc limit 1")
    known = audit.known_id(session)
    return Checkpoint(known, int(last[0][0]), str(last[0][1]), now) if last and known else None


def due(session: Session, every: int, now: datetime) -> Checkpoint | None:
    """Give the checkpoint to send, and note that it was: with new entries, once an hour or after ``every`` of them."""
    found = checkpoint(session, now)
    if found is None:
        return None
    held = session.execute("select content from facts where name = 'checkpoint'")
    before = next(read([str(held[0][0])]), None) if held else None
    if before is not None:
        added = found.sequence - before.sequence
        if added < every and (added == 0 or now - before.taken < _HOUR):
            return None
    session.execute("insert or replace into facts values ('checkpoint', $line)", {"line": str(found)})
    return found


def read(lines: Iterable[str]) -> Iterator[Checkpoint]:
    """Find the checkpoints in lines of text, such as those of a system log."""
    for line in lines:
        for known, sequence, stated, taken in _LINE.findall(line):
            try:
                when = datetime.fromisoformat(taken).astimezone(UTC)
            except ValueError:
                continue
            yield Checkpoint(known, int(sequence), stated, when)


def given(values: Sequence[str]) -> tuple[Checkpoint, ...]:
    """Read checkpoints as people name them: the line itself, or a file that holds such lines."""
    return tuple(found for value in values for found in _given(value))


def keep(path: Path, found: Checkpoint) -> None:
    """Add a checkpoint to a file, which is never shortened."""
    try:
        with path.open("a", encoding="ascii") as file:
            file.write(f"{found}\n")
    except OSError as error:
        raise InputError(f"writing {path}: {error.strerror}; choose another place") from error


def _given(value: str) -> tuple[Checkpoint, ...]:
    if found := tuple(read([value])):
        return found
    try:
        with Path(value).open(encoding="utf-8", errors="replace") as file:
            found = tuple(read(iter(lambda: file.readline(_LONGEST), "")))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no name of a file"
        raise InputError(f"--against {value}: {why}; name a checkpoint's line or a file that holds some") from error
    if not found:
        raise InputError(f"--against {value}: no checkpoint is in it; 'llmops-tui audit checkpoint' prints one")
    return found
