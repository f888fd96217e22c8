"""The change ledger and what events carry to it: payloads, signatures, replays, and what is logged."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from store import audit, commit, ingest, ledger, spool
from store.change_records import ChangeStanding, ChangeWait, Decision, EvidenceItem, Requested
from store.database import Session
from store.errors import StoreError
from store.folder import Folder
from store.ledger import Decided, request_id
from store.records import Change
from tests.making import made

DAY = timedelta(days=1)


def decision(now: datetime, **fields: object) -> Decision:
    usual = {"event_id": "e1", "change_id": "c1", "decision": "approve", "content_hash": "h", "person": "Bob", "state": "counted",
             "written": now, "decided": now, "actor": "bob", "actor_uid": 1000, "login_uid": 1000}  # fmt: skip
    return made(Decision, **{**usual, **fields})


def requested(now: datetime, **fields: object) -> tuple[Change, Requested]:
    usual = {
        "change_id": request_id("e1"),
        "event_id": "e1",
        "requester_uid": 1,
        "evidence": "{}",
        "written": now,
        "edited": now,
    }
    return Change("bot", "e1", "prompt", "Shorter", requested=now), made(Requested, **{**usual, **fields})


@pytest.mark.parametrize("record", [Requested, Decision, ChangeStanding, EvidenceItem])
def test_every_record_of_the_ledger_has_the_fields_of_its_table(session: Session, record: Any) -> None:
    columns = session.execute(
        "select column_name from information_schema.columns where table_name = $t order by 1", {"t": record.TABLE}
    )
    assert [name for (name,) in columns] == sorted(field for field in record.__dataclass_fields__ if field != "TABLE")


def test_what_is_decided_is_kept_and_logged_with_who_and_why(session: Session, now: datetime) -> None:
    ledger.keep(session, Decided([decision(now, state="refused", why="no role")]), now)
    (entry,) = session.rows(audit.Entry, "select * from audit")
    assert (entry.actor, entry.action, entry.subject, entry.owner_uid) == ("bob", "approve refused", "c1", 1000)
    assert (entry.result, entry.why, entry.content_hash) == ("refused", "no role", "h")
    assert json.loads(entry.detail)["person"] == "Bob"


def test_a_void_decision_stays_with_the_reason_and_the_time(session: Session, now: datetime) -> None:
    first = decision(now)
    ledger.keep(session, Decided([first]), now)
    ledger.keep(session, Decided(voided=[replace(first, why="the content moved")]), now + DAY)
    (found,) = session.rows(Decision, "select * from decisions")
    assert (found.state, found.why, found.voided) == ("void", "the content moved", now + DAY)
    assert session.execute("select action from audit order by sequence") == [("approve counted",), ("approve void",)]


def test_a_request_is_a_change_of_its_own_and_its_revision_replaces_it(session: Session, now: datetime) -> None:
    for title in ("Shorter", "Shorter answers"):
        change, request = requested(now, reason=title)
        with session.transaction():
            ledger.keep(session, Decided(requests=[(replace(change, title=title), request)]), now)
    assert session.execute("select change_id, source, title from changes") == [(request_id("e1"), "by request", title)]
    assert session.execute("select reason from requests") == [(title,)]


def test_standings_are_replaced_as_a_whole(session: Session, now: datetime) -> None:
    ledger.keep(session, Decided(requests=[requested(now)]), now)
    standing = made(
        ChangeStanding, change_id=request_id("e1"), state="approved", approvals=1, is_late=False, reviews=0, judged=now
    )
    item = made(EvidenceItem, change_id=request_id("e1"), place=0, item="cost", state="present")
    for _ in range(2):
        ledger.keep_states(session, ledger.Standings([standing], [item], [ChangeWait("bob", 2)]), now)
    assert session.execute("select count(*) from change_states") == [(1,)]
    assert session.execute("select count(*) from change_evidence") == [(1,)]
    assert session.execute("select account, changes from change_waits") == [("bob", 2)]
    assert session.execute("select state from changes") == [("approved",)]


# what events carry


def test_a_payload_and_a_signature_arrive_as_they_were_written(folder: Folder, now: datetime) -> None:
    event = replace(spool.new_event("approve", "change:c1", "fine", now, payload='{"a":"\u00e9\\n"}'), signature="S\n")
    spool.write(folder, event)
    (found,) = spool.waiting(folder)
    assert (found.payload, found.signature) == (event.payload, "S\n")
    with commit.primary(folder, now) as session:
        ingest.ingest(session, folder, now)
        assert session.execute("select payload, signature from events") == [(event.payload, "S\n")]
        ((detail,),) = session.execute("select detail from audit")
        assert detail.startswith("fine (payload sha256:")


def test_only_a_request_may_be_large(folder: Folder, now: datetime) -> None:
    large = "x" * 1_000_000
    path = spool.write(folder, spool.new_event("request", "change:c", "why", now, payload=large))
    assert [len(each.payload) for each in spool.waiting(folder)] == [1_000_000]
    path.write_text(path.read_text().replace('"kind": "request"', '"kind": "approve"'))
    assert spool.refused(folder) == ((path, "it is larger than 65536 bytes, the most of its kind"),)
    with pytest.raises(StoreError, match="shorten its reason or its content"):
        spool.write(folder, spool.new_event("request", "change:c", "why", now, payload="x" * 3_000_000))


def test_another_event_under_a_known_id_is_a_replay_that_is_logged_and_never_stored(
    folder: Folder, now: datetime
) -> None:
    event = spool.new_event("approve", "change:c1", "fine", now)
    with commit.primary(folder, now) as session:
        for subject in ("change:c1", "change:c1", "change:c2"):
            spool.write(folder, replace(event, subject=subject))
            taken = ingest.ingest(session, folder, now)
            spool.settle(folder, taken)
        assert session.execute("select subject from events") == [("change:c1",)]
        assert session.execute("select action, subject from audit order by sequence") == [
            ("approve", "change:c1"), ("replayed", "change:c2")
        ]  # fmt: skip
