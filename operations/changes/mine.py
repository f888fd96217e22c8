"""Say what the changes of the queue ask of one person, and why a decision of theirs would not count.

The checks are those of ingestion, on the standings of the last collection; the signature comes with the deed itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, cast

from operations.changes.acts import ACTS, Seen
from operations.changes.classes import Needs, needs
from operations.changes.decisions import Rules
from operations.changes.earlier import Earlier, earlier
from operations.changes.ledger import decisions
from operations.changes.people import person_of, roles
from operations.changes.queue import ChangePage, LedgerRow, one, page, unrecorded_rows, waiting
from operations.changes.rights import Case, refusal
from operations.changes.settings import Settings
from operations.changes.states import OPEN, deciding
from operations.settings import Person
from store.change_records import SUBJECT, Act, ChangeStanding, Decision, EvidenceItem, LedgerState
from store.database import Reader
from store.records import Event

_NOT_JUDGED: Final = "no collection has judged it yet"
_SOON: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Who looks: the account, and what its decisions would be held against."""

    account: str
    rules: Rules
    now: datetime

    @property
    def person(self) -> Person | None:
        """The person whose account it is."""
        return person_of(self.rules.people, self.account)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One change of the queue: the act that it waits for, how many must do it, and why the onlooker cannot.

    ``act`` is ``None`` when it waits for no decision; ``pending`` is what was said and is not stored yet.
    """

    row: LedgerRow
    wanted: int
    act: Act | None
    why: str
    pending: str = ""

    @property
    def is_mine(self) -> bool:
        """Say whether it waits for the onlooker."""
        return self.act is not None and not self.why


@dataclass(frozen=True, slots=True)
class OpenChange:
    """Everything about one change for who looks at it; ``refusals`` says by act why theirs would not count.

    ``people`` are those who may decide, with what they are; ``lacking`` are the items that a waiver would be for.
    """

    page: ChangePage
    needs: Needs | None
    act: Act | None
    refusals: Mapping[Act, str]
    people: tuple[str, ...]
    lacking: tuple[str, ...]
    earlier: Earlier | None


@dataclass(frozen=True, slots=True)
class _Looked:
    """One change as the rights look at it."""

    row: LedgerRow
    needs: Needs
    counted: Sequence[Decision]


def queue(reader: Reader, onlooker: Onlooker | None, also: Sequence[str]) -> tuple[QueueRow, ...]:
    """Give the changes that ask something of somebody, and these others; without an onlooker not whose they are.

    What was observed and nobody recorded comes first: it asks for a record.
    """
    rows = waiting(reader, also)
    unknown = tuple(QueueRow(row, 0, None, "") for row in unrecorded_rows(reader))
    if onlooker is None:
        return (*unknown, *(QueueRow(row, 0, expected(row), "") for row in rows))
    ids = [row.change_id for row in rows]
    said, person, onlooker = decisions(reader, ids), onlooker.person, _before_signing(onlooker)
    looked = (_looked(row, said.get(row.change_id, ()), onlooker) for row in rows)
    return (*unknown, *(_asked(each, onlooker, person) for each in looked))


def opened(reader: Reader, onlooker: Onlooker | None, change_id: str) -> OpenChange | None:
    """Give one change for who looks at it; ``None`` when the ledger knows it no more."""
    row = one(reader, change_id)
    if row is None:
        return None
    found, before, act = page(reader, row), earlier(reader, row), expected(row)
    if onlooker is None:
        return OpenChange(found, None, act, {}, (), tuple(each.item for each in _open_items(found)), before)
    person, onlooker = onlooker.person, _before_signing(onlooker)
    looked = _looked(row, found.said, onlooker)
    lacks = lacking(found, onlooker.rules.settings)
    refusals: dict[Act, str] = {
        each: _refusal(looked, onlooker, each, person, lacks) for each in ACTS if each != "request"
    }
    return OpenChange(found, looked.needs, act, refusals, tuple(_able(looked, onlooker)), lacks, before)


def expected(row: LedgerRow) -> Act | None:
    """Say what a change waits for; ``None`` for one that is decided."""
    if row.review_due is not None:
        return "review"
    if row.state in OPEN:
        return "acknowledge" if row.change_class == "external" else "approve"
    return None


def lacking(found: ChangePage, settings: Settings) -> tuple[str, ...]:
    """Name what a waiver would be for: what an approval lacks, or what the review of an approved emergency lacks."""
    needed = needs(found.row, found.row.tier, settings)
    wanted = needed.evidence if found.row.review_due is None else needed.all_evidence
    return tuple(each.item for each in _open_items(found) if each.item in wanted)


def _open_items(found: ChangePage) -> list[EvidenceItem]:
    return [each for each in found.items if each.state != "present" and each.waived is None]


def overlaid(rows: Iterable[QueueRow], events: Sequence[Event], account: str) -> Iterator[QueueRow]:
    """Show what the spool holds beside what is stored; what the onlooker said there waits for them no more."""
    said: dict[str, list[Event]] = {}
    for event in events:
        if event.subject.startswith(SUBJECT):
            said.setdefault(event.subject.removeprefix(SUBJECT), []).append(event)
    if not said:
        yield from rows
        return
    for each in rows:
        found = said.get(each.row.change_id)
        yield each if found is None else _said(each, found, account)


def _said(asked: QueueRow, events: Sequence[Event], account: str) -> QueueRow:
    is_said = any(event.actor == account and event.kind == asked.act for event in events)
    why = "you said so; it is not stored yet" if is_said else asked.why
    return replace(asked, why=why, pending=", ".join(f"{event.kind} by {event.actor}" for event in events))


def _before_signing(onlooker: Onlooker) -> Onlooker:
    """Hold nothing against the onlooker that only the deed itself brings."""
    settings = replace(onlooker.rules.settings, require_signature=False)
    return replace(onlooker, rules=replace(onlooker.rules, settings=settings))


def _looked(row: LedgerRow, said: Sequence[Decision], onlooker: Onlooker) -> _Looked:
    counted = [each for each in said if each.state == "counted"]
    return _Looked(row, needs(row, row.tier, onlooker.rules.settings), counted)


def _asked(looked: _Looked, onlooker: Onlooker, person: Person | None) -> QueueRow:
    act = expected(looked.row)
    why = "" if act is None else _refusal(looked, onlooker, act, person, ())
    return QueueRow(looked.row, looked.needs.quorum.count, act, why)


def _able(looked: _Looked, onlooker: Onlooker) -> Iterator[str]:
    """Name who may still decide, with what they are."""
    done = {each.person for each in deciding(looked.row, looked.counted)}
    act: Act = "acknowledge" if looked.row.change_class == "external" else "reject"
    for person in onlooker.rules.people:
        if person.name not in done and not _refusal(looked, replace(onlooker, account=person.os_user), act, person, ()):
            yield f"{person.name} ({', '.join(_held(looked, onlooker, person))})"


def _held(looked: _Looked, onlooker: Onlooker, person: Person | None) -> tuple[str, ...]:
    row = looked.row
    if person is None:
        return ()
    return roles(person, row.owner, row.deputy, looked.needs.quorum, onlooker.rules.settings)


def _refusal(looked: _Looked, onlooker: Onlooker, act: Act, person: Person | None, items: tuple[str, ...]) -> str:
    """Say why such an act of this person would not count; nothing when it would."""
    row, now = looked.row, onlooker.now
    if not row.state:
        return _NOT_JUDGED
    event = Event("", act, "", "-", onlooker.account, -1, -1, now, now + _SOON)
    case = Case(
        act=act,
        event=event,
        person=person,
        roles=_held(looked, onlooker, person),
        entry=looked.row,
        seen=Seen(row.content_hash, row.evidence_hash, items),
        needs=looked.needs,
        standing=_standing(row, now),
        counted=looked.counted,
        settings=onlooker.rules.settings,
        checked=None,
        now=now,
    )
    return refusal(case)


def _standing(row: LedgerRow, now: datetime) -> ChangeStanding:
    """Give the standing of the last collection again."""
    return ChangeStanding(
        row.change_id, cast("LedgerState", row.state), row.note, row.approvals, row.needed, row.missing,
        row.evidence_hash, row.frozen, row.is_late, row.reviews, row.review_due, row.applied, row.watch_until, now,
    )  # fmt: skip
