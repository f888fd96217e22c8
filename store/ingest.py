"""Bring what people wrote in viewers from the spool into the store, each event exactly once."""

import hashlib
from datetime import datetime
from typing import Final

from store import audit, deliveries, spool
from store.database import Session
from store.folder import Folder
from store.records import Event

_KNOWN: Final = "select * from events where list_contains($ids::varchar[], event_id)"


def ingest(session: Session, folder: Folder, now: datetime) -> tuple[Event, ...]:
    """Store the waiting events and their audit entries inside the caller's transaction; give all that are now stored.

    The caller moves the files away (``spool.settle``) after the commit: killed in between, the next call finds the
    events stored already and adds nothing. Another event under an id that is stored is a replay: logged, never stored.
    """
    events = spool.waiting(folder)
    if not events:
        return ()
    known = {each.event_id: each for each in session.rows(Event, _KNOWN, {"ids": [each.event_id for each in events]})}
    for event in events:
        if event.event_id not in known:
            session.append("events", [event])
            if event.kind == "delivery" and (attempt := deliveries.read(event)):
                session.append(attempt.TABLE, [attempt])
            evidence = audit.Evidence(event.actor_uid, event.login_uid)
            audit.append(session, event.actor, event.kind, event.subject, _detail(event), now, evidence)
        elif event != known[event.event_id]:
            why = f"event {event.event_id} is stored"
            evidence = audit.Evidence(event.actor_uid, event.login_uid, result="refused", why=why)
            audit.append(session, event.actor, "replayed", event.subject, why, now, evidence)
    return events


def _detail(event: Event) -> str:
    """Give the reason, with what else was decided; a payload by its hash alone."""
    words = event.reason if event.expires is None else f"until {event.expires.isoformat()}: {event.reason}"
    if not event.payload:
        return words
    return f"{words} (payload sha256:{hashlib.sha256(event.payload.encode('utf-8', 'replace')).hexdigest()})"
