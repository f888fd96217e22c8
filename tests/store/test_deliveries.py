"""Attempts to carry decisions out: told by events, believed only when whole, kept once each, by whoever owns the file."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from store import ingest, spool
from store.database import Session
from store.deliveries import Attempt, DeliveryRecord, read
from store.folder import Folder
from store.records import Event

ATTEMPT = Attempt("a" * 64, "e1", "approve", "github review")


def event(now: datetime, payload: str, subject: str = "change:c1") -> Event:
    return spool.new_event("delivery", subject, "approved by jonas", now, payload=payload)


def test_an_attempt_is_stored_once_with_who_tried(session: Session, folder: Folder, now: datetime) -> None:
    sent = event(now, ATTEMPT.payload("recorded"))
    done = event(now + timedelta(seconds=1), ATTEMPT.payload("delivered", "2"))
    for each in (sent, done):
        spool.write(folder, each)
    for _ in range(2):
        with session.transaction():
            ingest.ingest(session, folder, now)
    rows = session.rows(DeliveryRecord, "select * from deliveries order by tried")
    assert [(row.state, row.confirmed, row.before) for row in rows] == [
        ("recorded", None, ""), ("delivered", done.written, "2")
    ]  # fmt: skip
    assert (rows[0].change_id, rows[0].detail, rows[0].actor) == ("c1", "approved by jonas", sent.actor)
    last = session.execute("select attempt_id, is_last from delivery_list order by tried")
    assert last == [(sent.event_id, False), (done.event_id, True)]
    assert len(session.execute("select 1 from audit where action = 'delivery'")) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"state": "perhaps"},
        {"verdict": "maybe"},
        {"target": 3},
        {"before": None},
    ],
)
def test_an_event_that_says_too_little_is_no_attempt(now: datetime, change: dict[str, Any]) -> None:
    words = json.loads(ATTEMPT.payload("recorded")) | change
    assert read(event(now, json.dumps(words))) is None


@pytest.mark.parametrize("payload", ["", "[]", "{", "[" * 100_000])
def test_a_payload_that_is_no_table_is_no_attempt(now: datetime, payload: str) -> None:
    assert read(event(now, payload)) is None


def test_an_attempt_is_of_a_change(now: datetime) -> None:
    assert read(event(now, ATTEMPT.payload("recorded"), "breach:b1")) is None


def test_a_spool_file_of_a_delivery_that_is_none_is_left_and_named(folder: Folder, now: datetime) -> None:
    path = spool.write(folder, replace(event(now, ATTEMPT.payload("recorded")), payload="{}"))
    assert spool.waiting(folder) == ()
    ((refused, why),) = spool.refused(folder)
    assert (refused, why) == (path, "it is a delivery that does not say of which decision, or how it ended")
