"""Keep the change ledger: what people requested and decided of changes, each logged, and where each change stands."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from store import audit, listed
from store.change_records import (
    ChangeStanding,
    ChangeWait,
    ChangeWatch,
    Decision,
    EvidenceItem,
    Requested,
    Unrecorded,
    WatchedSignal,
)
from store.database import Session
from store.records import Change

REQUESTS: Final = "by request"
"""The source of changes that people request here; no configured source can have a name with a space."""
ANNOUNCED: Final = "by announcement"
"""The source of changes that vendors announce: pending until they are in force, applied from then on."""
PROPOSER: Final = "llmops-tui"
"""Who requests a rollback that nobody asked for: this program, which may decide nothing."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of the events that waited: new decisions, earlier ones that are void now, changes requested."""

    decisions: Sequence[Decision] = ()
    voided: Sequence[Decision] = ()
    requests: Sequence[tuple[Change, Requested]] = ()


@dataclass(frozen=True, slots=True)
class Standings:
    """Where every change stands, for whom how many wait, and their evidence: of settled ones as it was before."""

    standings: Sequence[ChangeStanding] = ()
    items: Sequence[EvidenceItem] = ()
    waits: Sequence[ChangeWait] = ()


@dataclass(frozen=True, slots=True)
class Watched:
    """What became of applied changes in one judging: their watches, what signals say, rollbacks that are proposed."""

    watches: Sequence[ChangeWatch] = ()
    signals: Sequence[WatchedSignal] = ()
    proposals: Sequence[tuple[Change, Requested]] = ()


def request_id(event_id: str) -> str:
    """Give the id of the change that an event requests first."""
    return listed.listed_id(REQUESTS, event_id)


def keep(session: Session, decided: Decided, now: datetime) -> None:
    """Store what was decided, inside the caller's transaction; what was refused is stored and logged too."""
    _keep_requests(session, decided.requests, now)
    session.append(Decision.TABLE, decided.decisions)
    for each in decided.voided:
        session.execute(
            "update decisions set state = 'void', why = $why, voided = $now where event_id = $id",
            {"why": each.why, "now": now, "id": each.event_id},
        )
    for each in (*decided.decisions, *(replace(each, state="void") for each in decided.voided)):
        audit.append(
            session, each.actor, f"{each.decision} {each.state}", each.change_id, _detail(each), now, _evidence(each)
        )


def keep_states(session: Session, standings: Standings, now: datetime) -> None:
    """Store where every change stands, and tell it to the changes that were requested here."""
    found = ((ChangeStanding, standings.standings), (EvidenceItem, standings.items), (ChangeWait, standings.waits))
    for table, rows in ((kind.TABLE, rows) for kind, rows in found):
        session.execute(f"delete from {table}")  # noqa: S608 - constants
        session.append(table, rows)
    session.execute(
        """
        update changes set
            state = l.plain_state,
            settled = case when l.plain_state <> 'pending' then coalesce(changes.settled, $now::timestamp) end
        from change_ledger l
        where l.change_id = changes.change_id and changes.source = $source and changes.state <> l.plain_state
        """,
        {"now": now, "source": REQUESTS},
    )


def keep_watches(session: Session, watched: Watched, now: datetime) -> None:
    """Store what became of applied changes, the rollbacks proposed, and the changes that nobody recorded."""
    _replace(session, ChangeWatch.TABLE, "change_id", watched.watches)
    ids = sorted({each.change_id for each in watched.signals})
    session.execute("delete from change_signals where list_contains($ids::varchar[], change_id)", {"ids": ids})
    session.append(WatchedSignal.TABLE, watched.signals)
    _keep_requests(session, watched.proposals, now)
    for change, request in watched.proposals:
        told = json.dumps({"content_hash": change.content_hash, "reason": request.reason}, sort_keys=True)
        audit.append(session, PROPOSER, "rollback proposed", request.change_id, told, now)


def keep_announced(session: Session, announced: Sequence[Change], now: datetime) -> None:
    """Store what vendors announce, each logged once; what is announced no more before it is in force is withdrawn."""
    source = {"source": ANNOUNCED}
    known = {
        change_id for (change_id,) in session.execute("select change_id from changes where source = $source", source)
    }
    listed.take(session, listed.CHANGES, ANNOUNCED, ANNOUNCED, announced, now, snapshot=True)
    for each in announced:
        change_id = listed.listed_id(ANNOUNCED, each.external_id)
        if change_id not in known:
            told = json.dumps({"content_hash": each.content_hash, "title": each.title}, sort_keys=True)
            audit.append(session, PROPOSER, "retirement announced", change_id, told, now)


def keep_unrecorded(session: Session, found: Sequence[Unrecorded]) -> None:
    """Store the changes that were observed and that nobody recorded, over what was known of them."""
    _replace(session, Unrecorded.TABLE, "finding_id", found)


def _keep_requests(session: Session, requests: Sequence[tuple[Change, Requested]], now: datetime) -> None:
    for change, request in requests:
        listed.take(session, listed.CHANGES, REQUESTS, request.event_id, [change], now, snapshot=False)
        session.execute("delete from requests where change_id = $id", {"id": request.change_id})
        session.append(Requested.TABLE, [request])


def _replace(session: Session, table: str, identity: str, rows: Sequence[ChangeWatch] | Sequence[Unrecorded]) -> None:
    """Store rows over those with the same identity; the names are constants of this module."""
    ids = [getattr(each, identity) for each in rows]
    session.execute(f"delete from {table} where list_contains($ids::varchar[], {identity})", {"ids": ids})  # noqa: S608
    session.append(table, rows)


def _evidence(each: Decision) -> audit.Evidence:
    """Say how the person was recognised, on which content, and what became of it."""
    return audit.Evidence(
        owner_uid=each.actor_uid,
        login_uid=each.login_uid,
        signature=each.fingerprint,
        content_hash=each.content_hash,
        result="refused" if each.state == "refused" else "accepted",
        why=each.why,
    )


def _detail(each: Decision) -> str:
    """Say what else an auditor needs: evidence, event, person, role and reason."""
    told = {
        "evidence_hash": each.evidence_hash, "event": each.event_id, "person": each.person, "role": each.role,
        "reason": each.reason,
    }  # fmt: skip
    return json.dumps(told, sort_keys=True)
