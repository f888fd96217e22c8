"""Say what a change asks, and why something that a person would do about it would not count; before it is done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from operations.changes.acts import Seen
from operations.changes.classes import Needs
from operations.changes.ledger import Entry
from operations.changes.people import roles
from operations.changes.queue import LedgerRow
from operations.changes.rights import Case, refusal
from operations.changes.settings import Settings
from operations.changes.states import OPEN
from operations.settings import Person
from store.change_records import Act, ChangeStanding, Decision
from store.records import ChangeClass, Event
from store.signatures import Checked

_SOON: Final = timedelta(seconds=1)
_SIGNED: Final = Checked()
"""The signature comes with the deed; nothing is held against anybody before."""


def awaited(change_class: ChangeClass, state: str, review_due: datetime | None) -> Act | None:
    """Say what a change waits for; ``None`` for one that is decided."""
    if review_due is not None:
        return "review"
    if state in OPEN:
        return "acknowledge" if change_class == "external" else "approve"
    return None


@dataclass(frozen=True, slots=True)
class Asking:
    """One change with all that tells who may do what about it: where it stands, its needs, what counted of it."""

    entry: Entry | LedgerRow
    standing: ChangeStanding
    needs: Needs
    counted: Sequence[Decision]
    settings: Settings

    @property
    def act(self) -> Act | None:
        """What it waits for."""
        return awaited(self.entry.change_class, self.standing.state, self.standing.review_due)

    def roles(self, person: Person | None) -> tuple[str, ...]:
        """Give what a person is for this change."""
        if person is None:
            return ()
        return roles(person, self.entry.owner, self.entry.deputy, self.needs.quorum, self.settings)

    def refusal(self, act: Act, person: Person | None, account: str, items: tuple[str, ...] = ()) -> str:
        """Say why such an act would not count; nothing when it would. Reason and signature come with the deed."""
        if isinstance(self.entry, LedgerRow) and not self.entry.state:
            return "no collection has judged it yet"
        now = self.standing.judged
        seen = Seen(self.entry.content_hash, self.standing.evidence_hash, items)
        return refusal(
            Case(
                act=act,
                event=Event("", act, "", "-", account, -1, -1, now, now + _SOON),
                person=person,
                roles=self.roles(person),
                entry=self.entry,
                seen=seen,
                needs=self.needs,
                standing=self.standing,
                counted=self.counted,
                settings=self.settings,
                checked=_SIGNED,
                now=now,
            )
        )

    def waits_for(self, people: Sequence[Person]) -> Iterator[str]:
        """Give the accounts of those who may do now what it waits for."""
        act = self.act
        if act is None:
            return
        for person in people:
            if person.os_user and not self.refusal(act, person, person.os_user):
                yield person.os_user
