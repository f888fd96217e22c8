"""Bring what people wrote in viewers from the spool into the store, each event exactly once."""

from datetime import datetime

from store import audit, spool
from store.database import Session
from store.folder import Folder
from store.records import Event


def ingest(session: Session, folder: Folder, now: datetime) -> tuple[Event, ...]:
    """Store the waiting events and their audit entries inside the caller's transaction; give all that are now stored.

    The caller moves the files away (``spool.settle``) after the commit: killed in between, the next call finds the
    events stored already and adds nothing.
    """
    events = spool.waiting(folder)
    if not events:
        return ()
    known = {row[0] for row in session.execute("select event_id from events")}
    for event in events:
        if event.event_id not in known:
            session.append("events", [event])
            evidence = audit.Evidence(event.actor_uid, event.login_uid)
            audit.append(session, event.actor, event.kind, event.subject, _detail(event), now, evidence)
    return events


def _detail(event: Event) -> str:
    return event.reason if event.expires is None else f"until {event.expires.isoformat()}: {event.reason}"
