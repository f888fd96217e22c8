"""Keep the hash-chained log of what people did: in the store, and as JSON lines beside it.

Each entry names the hash of the one before; a changed, swapped or missing entry breaks the chain at its place
(``store.audit_check`` finds it).
"""

import uuid
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Final

from store.audit_form import FIRST, Entry, Result, digest, moment
from store.database import Session

__all__ = ["CLOCK_SET_BACK", "FIRST", "NO_EVIDENCE", "Entry", "Evidence", "append", "chained", "known_id", "store_id"]

CLOCK_SET_BACK: Final = "clock-set-back"
"""The action of an entry that may carry an earlier time than the one before."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How the actor was recognised, the hash of what was acted on, and whether that was accepted or why not.

    Recognised by: the owner of the spool file, who logged in (-1: not known), the fingerprint of a checked signature.
    """

    owner_uid: int = -1
    login_uid: int = -1
    signature: str = ""
    content_hash: str = ""
    result: Result = "accepted"
    why: str = ""


NO_EVIDENCE: Final = Evidence()


def append(
    session: Session,
    actor: str,
    action: str,
    subject: str,
    detail: str,
    now: datetime,
    evidence: Evidence = NO_EVIDENCE,
) -> Entry:
    """Add an entry inside the caller's transaction."""
    last = _last(session)
    if last is not None and moment(now) < moment(last.written):
        words = f"the clock was at {moment(last.written)} before"
        last = _add(session, last, Entry(0, "", "", now, "llmops-tui", CLOCK_SET_BACK, "host", words))
    said = {field.name: getattr(evidence, field.name) for field in fields(Evidence)}
    return _add(session, last, Entry(0, "", "", now, actor, action, subject, detail, **said))


def chained(last: Entry | None, entry: Entry, store_id: str) -> Entry:
    """Put an entry behind the last one: number, previous hash, own hash."""
    sequence, previous = (1, FIRST) if last is None else (last.sequence + 1, last.hash)
    placed = replace(entry, form=2, store_id=store_id, sequence=sequence, previous_hash=previous)
    return replace(placed, hash=digest(placed))


def known_id(session: Session) -> str:
    """Give the store's id; empty for a store that never logged anything in the present form."""
    held = session.execute("select content from facts where name = 'store_id'")
    return str(held[0][0]) if held else ""


def store_id(session: Session) -> str:
    """Give the store's id, made at first use: it tells this store's log and checkpoints from all others'."""
    if known := known_id(session):
        return known
    made = uuid.uuid4().hex
    session.execute("insert into facts values ('store_id', $made)", {"made": made})
    return made


def _add(session: Session, last: Entry | None, entry: Entry) -> Entry:
    added = chained(last, entry, store_id(session))
    session.append("audit", [added])
    return added


def _last(session: Session) -> Entry | None:
    found = session.rows(Entry, "select * from audit order by sequence desc limit 1")
    return found[0] if found else None
