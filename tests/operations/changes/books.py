"""Say things of changes as people do, and have them decided and kept as a collection does."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from operations.changes import acts
from operations.changes.acts import Proposal, Seen
from operations.changes.decisions import Rules, decide
from operations.changes.judging import stand
from operations.changes.queue import LedgerRow, rows
from operations.changes.retirements import retirements
from operations.changes.settings import Settings
from operations.changes.unrecorded import unrecorded
from operations.changes.watching import watch
from operations.gates import Gate
from operations.settings import Person, System
from store import ledger
from store.change_records import SUBJECT, Decision
from store.ledger import request_id
from store.records import Change, Event
from store.signatures import Checked
from tests.operations.stores import NOW, Store

PEOPLE = (
    Person("Ada Lovelace", "Head", "ada@acme.example", "ada", ("approver",), ("ada-l",)),
    Person("Bob", os_user="bob", roles=("approver",)),
    Person("Cleo", os_user="cleo", roles=("approver", "risk")),
    Person("Dan", os_user="dan", roles=("approver",)),
    Person("Eve", os_user="eve"),
    Person("Fay", os_user="fay", roles=("approver",)),
)
SYSTEMS = (
    System("bot", "Ada Lovelace", tier=2),
    System("bank", "Ada Lovelace", tier=1),
    System("toy", "Eve", deputy="Dan", tier=3),
)
DAY = timedelta(days=1)
CONTENT = "Answer shortly.\n"
HASH = acts.hashed(CONTENT.encode())


@dataclass(frozen=True, slots=True)
class Shown:
    """What a suite says, as ``operations.gates`` will say it."""

    suite: str
    state: str = "pass"
    gates: bool = True
    scorer: str = "quality"
    slice: str = ""
    n_current: int | None = 400
    n_new: int | None = 400
    difference: float | None = 0.01
    low: float | None = -0.02
    high: float | None = 0.04
    note: str = ""


@dataclass
class Book:
    """The ledger of an open store, with what its rules are."""

    store: Store
    settings: Settings = field(default_factory=Settings)
    people: tuple[Person, ...] = PEOPLE
    systems: tuple[System, ...] = SYSTEMS
    shown: tuple[Shown, ...] = (Shown("support-golden"),)
    checked: Checked | None = None
    asked: list[tuple[bytes, str, str]] = field(default_factory=list)

    def gates(self, *_: object) -> Sequence[Gate]:
        return self.shown  # type: ignore[return-value]  # states as text

    def verify(self, message: bytes, signature: str, person: str) -> Checked:
        self.asked.append((message, signature, person))
        assert self.checked is not None
        return self.checked

    @property
    def rules(self) -> Rules:
        verify = None if self.checked is None else self.verify
        return Rules("Acme", self.people, self.systems, self.settings, self.gates, verify)

    def judged(self, now: datetime = NOW) -> None:
        """Decide what waits and say where everything stands, as a collection does."""
        session = self.store.session
        with session.transaction():
            ledger.keep(session, decide(session, self.rules, now), now)
            ledger.keep_announced(session, retirements(session, self.systems, now), now)
            ledger.keep_watches(session, watch(session, self.rules, now), now)
            ledger.keep_unrecorded(session, unrecorded(session, self.rules, now))
            ledger.keep_states(session, stand(session, self.rules, now), now)

    def wrote(self, event: Event, now: datetime = NOW) -> Decision:
        """Store an event and give what became of it."""
        self.store.session.append("events", [event])
        self.judged(now)
        return self.decision(event.event_id)

    def requested(self, actor: str = "eve", now: datetime = NOW, subject: str = "", **fields: object) -> str:
        """Request a change that is accepted; give its id."""
        event = request(actor, now, subject, **fields)  # type: ignore[arg-type]  # of request
        assert self.wrote(event, now).why == ""
        return event.subject.removeprefix(SUBJECT)

    def ready(self, actor: str = "eve", **fields: object) -> str:
        """Request a change whose evidence is all there."""
        return self.requested(actor, **{"evidence": {"cost": "none"}, **fields})  # type: ignore[arg-type]  # of requested

    def said(self, actor: str, act: str, change_id: str, now: datetime = NOW, **fields: object) -> Decision:
        """Say something of a change."""
        return self.wrote(event(actor, act, change_id, now, **fields), now)  # type: ignore[arg-type]  # of event

    def collected(self, change: Change, now: datetime = NOW, source: str = "github") -> str:
        """Collect a change from a source and judge it; give its id."""
        self.store.collected(change, source=source, now=now)
        self.judged(now)
        return next(row.change_id for row in self.rows() if row.external_id == change.external_id)

    def rows(self) -> tuple[LedgerRow, ...]:
        return rows(self.store.session)

    def row(self, change_id: str) -> LedgerRow:
        return next(row for row in self.rows() if row.change_id == change_id)

    def decision(self, event_id: str) -> Decision:
        (found,) = self.store.session.rows(Decision, "select * from decisions where event_id = $id", {"id": event_id})
        return found

    def decisions(self, change_id: str) -> list[tuple[str, str, str]]:
        """Give person, act and state of everything that was said of a change."""
        found = self.store.session.rows(
            Decision,
            "select * from decisions where change_id = $id order by decided, written, event_id",
            {"id": change_id},
        )
        return [(each.person, each.decision, each.state) for each in found]

    def with_settings(self, **fields: object) -> None:
        self.settings = replace(self.settings, **fields)  # type: ignore[arg-type]  # of Settings


def event(
    actor: str,
    act: str,
    change_id: str,
    now: datetime = NOW,
    *,
    content_hash: str = HASH,
    reason: str = "looks right",
    items: tuple[str, ...] = (),
    expires: datetime | None = None,
    payload: str | None = None,
    signature: str = "",
) -> Event:
    """Make an event of an account, as ingestion would store it."""
    told = Seen(content_hash, "", items).payload() if payload is None else payload
    return Event(
        uuid.uuid4().hex, act, f"{SUBJECT}{change_id}", reason, actor, 1000, 1000, now, expires, told, signature  # type: ignore[arg-type]  # kinds as text
    )  # fmt: skip


def request(
    actor: str = "eve", now: datetime = NOW, subject: str = "", reason: str = "users asked", **fields: object
) -> Event:
    """Make the event of a request."""
    content = str(fields.pop("content", CONTENT))
    usual: Mapping[str, object] = {
        "change_class": "prompt",
        "system": "bot",
        "title": "Shorter",
        "from_ref": "12",
        "to_ref": "13",
    }
    asked = Proposal(content=content, content_hash=acts.hashed(content.encode()), **{**usual, **fields})  # type: ignore[arg-type]  # of Proposal
    made = event(actor, "request", "", now, reason=reason, payload=asked.payload())
    return replace(made, subject=f"{SUBJECT}{subject or request_id(made.event_id)}")
