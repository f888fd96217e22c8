"""Decide what people said of changes: who may, on which content and evidence, and whether it counts.

Pure, and called by one process at a time inside the transaction that stores the result, so that of decisions that race
exactly the right ones count. The command line asks the same functions beforehand. Nothing is lost: what is refused is
kept with its reason.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, cast

from operations.changes import acts, rights
from operations.changes.acts import Proposal, Seen
from operations.changes.classes import needs
from operations.changes.evidence import Gates, items, no_gates
from operations.changes.freezes import freezes, frozen_for
from operations.changes.ledger import Entry, decisions, entries, undecided
from operations.changes.people import person_of, roles
from operations.changes.settings import Settings
from operations.changes.states import Circumstances, standing, voided
from operations.given import KNOWN, Given
from operations.settings import Person, System
from store.change_records import SUBJECT, Act, Decision, Requested
from store.database import Reader
from store.ledger import REQUESTS, Decided, request_id
from store.records import Change, Event
from store.signatures import Checked, canonical

_AHEAD: Final = timedelta(minutes=5)
Verify = Callable[[bytes, str, str], Checked]
"""Check a signature: the message, the signature, the person who must have made it."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What decisions are held against: the configuration, what evaluates, what checks signatures.

    ``given`` says where the store has each signal.
    """

    portfolio: str
    people: Sequence[Person]
    systems: Sequence[System]
    settings: Settings
    gates: Gates = no_gates
    verify: Verify | None = None
    given: Sequence[Given] = KNOWN


@dataclass(slots=True)
class _Book:
    """The ledger as it stands after each event, while a batch is decided."""

    entries: dict[str, Entry]
    said: dict[str, tuple[Decision, ...]]
    requests: dict[str, tuple[Change, Requested]] = field(default_factory=dict)


def decide(reader: Reader, rules: Rules, now: datetime, waiting: Sequence[Event] = ()) -> Decided:
    """Decide every stored event of a change that nothing was decided on yet, then those of ``waiting``, in their order.

    What rests on content that has moved since, here or at its source, is void.
    """
    events = [each for each in (*undecided(reader, acts.ACTS), *waiting) if acts.act_of(each)]
    said = decisions(reader)
    touched = {*said, *(each.subject.removeprefix(SUBJECT) for each in events)}
    book = _Book(dict(entries(reader, sorted(touched))), dict(said))
    frozen = freezes(reader, rules.settings, now) if events else {}
    void = [each for change_id in sorted(touched) for each in _void(book, change_id)]
    made = []
    for event in events:
        case = _Case(event, event.subject.removeprefix(SUBJECT), rules, frozen, now)
        decision = _requested(book, case) if event.kind == "request" else _decided(reader, book, case)
        made.append(decision)
        book.said[case.change_id] = (*book.said.get(case.change_id, ()), decision)
        void += _void(book, case.change_id)
    return Decided(made, void, tuple(book.requests.values()))


@dataclass(frozen=True, slots=True)
class _Case:
    """One event with what it is held against."""

    event: Event
    change_id: str
    rules: Rules
    frozen: Mapping[str, str]
    now: datetime

    @property
    def person(self) -> Person | None:
        return person_of(self.rules.people, self.event.actor)

    @property
    def name(self) -> str:
        """The person, or the account that stands for none."""
        return self.event.actor if self.person is None else self.person.name


def _void(book: _Book, change_id: str) -> list[Decision]:
    """Void what rested on other content, in the book too."""
    if change_id not in book.entries:
        return []
    found = voided(book.entries[change_id], book.said.get(change_id, ()))
    gone = {each.event_id: each for each in found}
    book.said[change_id] = tuple(gone.get(each.event_id, each) for each in book.said.get(change_id, ()))
    return found


def _requested(book: _Book, case: _Case) -> Decision:
    """Decide a request, or the revision of one; what is taken is in the book from then on."""
    try:
        asked = acts.proposal(case.event.payload)
    except ValueError as error:
        return _kept(case, Seen(""), why=str(error))
    seen, held = Seen(asked.content_hash), book.entries.get(case.change_id)
    why = _early(case) or _unwelcome(case, asked) or _foreign(book, case, held)
    if not why:
        _enter(book, case, asked, held)
    return _kept(case, seen, why=why)


def _unwelcome(case: _Case, asked: Proposal) -> str:
    """Say why such a change cannot be requested; nothing when it can."""
    if asked.system not in {system.name for system in case.rules.systems}:
        return f"no system is named {asked.system}"
    if not case.event.reason.strip():
        return "it gives no reason"
    if asked.change_class == "emergency" and not asked.incident.strip():
        return "an emergency names its incident"
    return ""


def _foreign(book: _Book, case: _Case, held: Entry | None) -> str:
    """Say why a revision cannot be taken; nothing for a first request and for what its requester may revise."""
    if held is None:
        return "" if case.change_id == request_id(case.event.event_id) else "no change of this id can be revised"
    if held.source != REQUESTS or held.requester != case.name:
        return f"only who requested it can revise it: {held.requester or 'it was not requested here'}"
    is_over = {each.decision for each in book.said.get(case.change_id, ()) if each.state == "counted"}
    return "it is settled already; request another" if is_over & {"withdraw", "applied"} else ""


def _enter(book: _Book, case: _Case, asked: Proposal, held: Entry | None) -> None:
    """Put a request into the book; whoever moves its content is its last editor."""
    event = case.event
    first = event.event_id if held is None else held.external_id
    since = event.written if held is None else held.waiting_since
    is_moved = held is None or held.content_hash != asked.content_hash
    change = asked.change(first, since)
    request = Requested(
        change_id=case.change_id,
        event_id=first,
        requester=case.name,
        requester_uid=event.actor_uid,
        editor=case.name if is_moved or held is None else held.editor,
        reason=event.reason,
        rollback=asked.rollback,
        evidence=canonical(asked.evidence),
        incident=asked.incident,
        written=since,
        edited=event.written,
    )
    book.requests[case.change_id] = (change, request)
    system = next(each for each in case.rules.systems if each.name == asked.system)
    book.entries[case.change_id] = _entry(change, request, system)


def _entry(change: Change, request: Requested, system: System) -> Entry:
    """Give a request as the ledger will give it."""
    return Entry(
        change_id=request.change_id, source=REQUESTS, kind="", target="", external_id=request.event_id,
        system=change.system, change_class=change.change_class, title=change.title, source_state="pending",
        author=change.author, requester=request.requester, editor=request.editor, from_ref=change.from_ref,
        to_ref=change.to_ref, content_hash=change.content_hash, has_content=bool(change.content), reason=request.reason,
        rollback=request.rollback, evidence=request.evidence, incident=request.incident, risk=change.risk,
        url=change.url, waiting_since=request.written, settled=None, tier=system.tier, owner=system.owner,
        deputy=system.deputy, first_seen=request.written,
    )  # fmt: skip


def _decided(reader: Reader, book: _Book, case: _Case) -> Decision:
    """Decide what somebody said of a change that is known."""
    entry, act = book.entries.get(case.change_id), acts.act_of(case.event)
    try:
        seen = acts.seen(case.event.payload)
    except ValueError as error:
        return _kept(case, Seen(""), why=str(error))
    if entry is None or act is None:
        return _kept(case, seen, why="no change has this id")
    said, settings = book.said.get(case.change_id, ()), case.rules.settings
    needed = needs(entry, entry.tier, settings)
    found = items(reader, entry, needed, said, settings, case.rules.gates, case.now)
    about = Circumstances(needed, found, frozen_for(entry, case.frozen, settings), settings)
    person, checked = case.person, _checked(case)
    held = () if person is None else roles(person, entry.owner, entry.deputy, needed.quorum, settings)
    judged = rights.Case(
        act, case.event, person, held, entry, seen, needed, standing(entry, said, about, case.now),
        [each for each in said if each.state == "counted"], settings, checked, case.now,
    )  # fmt: skip
    why = _early(case) or rights.refusal(judged)
    return _kept(case, seen, why=why, role=" ".join(held), fingerprint="" if checked is None else checked.fingerprint)


def _early(case: _Case) -> str:
    return "it is dated in the future" if case.event.written > case.now + _AHEAD else ""


def _checked(case: _Case) -> Checked | None:
    """Check the signature, where there is one and somebody to have made it."""
    verify, person = case.rules.verify, case.person
    if not case.event.signature or person is None:
        return None
    if verify is None:
        required = case.rules.settings.require_signature
        return Checked(fault="no allowed_signers are configured under [changes]") if required else None
    return verify(acts.message(case.rules.portfolio, case.event), case.event.signature, person.name)


def _kept(case: _Case, seen: Seen, *, why: str, role: str = "", fingerprint: str = "") -> Decision:
    """Give the decision as it is kept: counted, or refused with the reason."""
    event = case.event
    return Decision(
        event_id=event.event_id,
        change_id=case.change_id,
        decision=cast("Act", event.kind),
        content_hash=seen.content_hash,
        person=case.name,
        role=role,
        reason=event.reason,
        items=" ".join(seen.items),
        evidence_hash=seen.evidence_hash,
        state="refused" if why else "counted",
        why=why,
        expires=event.expires,
        written=event.written,
        decided=case.now,
        voided=None,
        actor=event.actor,
        actor_uid=event.actor_uid,
        login_uid=event.login_uid,
        fingerprint=fingerprint,
    )
