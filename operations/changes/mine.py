"""Say what the changes of the queue ask of one person, and why a decision of theirs would not count.

The checks are those of ingestion, on the standings of the last collection; the signature comes with the deed itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from operations.changes.acts import ACTS
from operations.changes.asking import Asking, awaited
from operations.changes.classes import Needs, needs
from operations.changes.decisions import Rules
from operations.changes.earlier import Earlier, earlier
from operations.changes.ledger import decisions
from operations.changes.people import person_of
from operations.changes.queue import ChangePage, LedgerRow, one, page, unrecorded_rows, waiting
from operations.changes.settings import Settings
from operations.changes.states import deciding
from operations.settings import Person
from store.change_records import SUBJECT, Act, ChangeStanding, Decision, EvidenceItem, LedgerState
from store.database import Reader
from store.records import Event


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

    ``act`` is ``None`` when it waits for no decision; ``is_mine`` says that it waits for the onlooker, where
    that one is known; ``pending`` is what was said and is not stored yet.
    """

    row: LedgerRow
    wanted: int
    act: Act | None
    why: str = ""
    is_mine: bool = False
    pending: str = ""


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


def queue(reader: Reader, onlooker: Onlooker | None, also: Sequence[str]) -> tuple[QueueRow, ...]:
    """Give the changes that ask something of somebody, and these others; without an onlooker not whose they are.

    What was observed and nobody recorded comes first: it asks for a record.
    """
    rows = waiting(reader, also)
    unknown = tuple(QueueRow(row, 0, None) for row in unrecorded_rows(reader))
    if onlooker is None:
        return (*unknown, *(QueueRow(row, 0, expected(row)) for row in rows))
    ids = [row.change_id for row in rows]
    said, person = decisions(reader, ids), onlooker.person
    return (*unknown, *(_asked(row, said.get(row.change_id, ()), onlooker, person) for row in rows))


def opened(reader: Reader, onlooker: Onlooker | None, change_id: str) -> OpenChange | None:
    """Give one change for who looks at it; ``None`` when the ledger knows it no more."""
    row = one(reader, change_id)
    if row is None:
        return None
    found, before, act = page(reader, row), earlier(reader, row), expected(row)
    if onlooker is None:
        return OpenChange(found, None, act, {}, (), tuple(each.item for each in _open_items(found)), before)
    asking, lacks = _asking(row, found.said, onlooker), lacking(found, onlooker.rules.settings)
    refusals: dict[Act, str] = {
        each: asking.refusal(each, onlooker.person, onlooker.account, lacks) for each in ACTS if each != "request"
    }
    return OpenChange(found, asking.needs, act, refusals, tuple(_able(asking, onlooker.rules.people)), lacks, before)


def expected(row: LedgerRow) -> Act | None:
    """Say what a change waits for; ``None`` for one that is decided."""
    return awaited(row.change_class, row.state, row.review_due)


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
    pending = ", ".join(f"{event.kind} by {event.actor}" for event in events)
    return replace(asked, why=why, is_mine=asked.is_mine and not is_said, pending=pending)


def _asking(row: LedgerRow, said: Sequence[Decision], onlooker: Onlooker) -> Asking:
    counted = [each for each in said if each.state == "counted"]
    settings = onlooker.rules.settings
    return Asking(row, _standing(row, onlooker.now), needs(row, row.tier, settings), counted, settings)


def _asked(row: LedgerRow, said: Sequence[Decision], onlooker: Onlooker, person: Person | None) -> QueueRow:
    asking = _asking(row, said, onlooker)
    act = asking.act
    why = "" if act is None else asking.refusal(act, person, onlooker.account)
    return QueueRow(row, asking.needs.quorum.count, act, why, is_mine=act is not None and not why)


def _able(asking: Asking, people: Sequence[Person]) -> Iterator[str]:
    """Name who may still decide, with what they are."""
    done = {each.person for each in deciding(asking.entry, asking.counted)}
    act: Act = "acknowledge" if asking.entry.change_class == "external" else "reject"
    for person in people:
        if person.name not in done and not asking.refusal(act, person, person.os_user):
            yield f"{person.name} ({', '.join(asking.roles(person))})"


def _standing(row: LedgerRow, now: datetime) -> ChangeStanding:
    """Give the standing of the last collection again."""
    return ChangeStanding(
        row.change_id, cast("LedgerState", row.state), row.note, row.approvals, row.needed, row.missing,
        row.evidence_hash, row.frozen, row.is_late, row.reviews, row.review_due, row.applied, row.watch_until, now,
    )  # fmt: skip
