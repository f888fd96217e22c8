"""Show the ledger: every change with where it stands, what it has for evidence, and what people said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from operations.approvals import urgency
from operations.changes.states import DONE, OPEN
from store.change_records import Decision, EvidenceItem
from store.database import Reader
from store.records import ChangeClass

_COLUMNS: Final = """
select change_id, state, plain_state, note, system, change_class, title, risk, tier, owner, deputy, source, kind,
    target, external_id, author, requester, editor, from_ref, to_ref, content_hash, evidence_hash, reason, rollback,
    incident, url, waiting_since, approvals, needed, missing, frozen, is_late, reviews, review_due, applied, watch_until
from change_ledger
"""
_ORDER: Final = " order by waiting_since, change_id"
_WAITING: Final = """
where state in ('submitted', 'evidence missing', 'evidence ready', 'approved') or review_due is not null
    or (state = '' and plain_state = 'pending')
    or change_id in (select unnest($also::varchar[]))
"""
_ONE: Final = "where change_id = $id"
_CONTENT: Final = "select content from change_ledger where change_id = $id"
_ITEMS: Final = "select * from change_evidence where change_id = $id order by place"
_SAID: Final = "select * from decisions where change_id = $id order by decided, written, event_id"


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One change of the ledger without its content; ``plain_state`` is its state in the words of sources.

    ``state`` is empty for a change that no collection has judged yet.
    """

    change_id: str
    state: str
    plain_state: str
    note: str
    system: str
    change_class: ChangeClass
    title: str
    risk: str
    tier: int
    owner: str
    deputy: str
    source: str
    kind: str
    target: str
    external_id: str
    author: str
    requester: str
    editor: str
    from_ref: str
    to_ref: str
    content_hash: str
    evidence_hash: str
    reason: str
    rollback: str
    incident: str
    url: str
    waiting_since: datetime
    approvals: int
    needed: str
    missing: str
    frozen: str
    is_late: bool
    reviews: int
    review_due: datetime | None
    applied: datetime | None
    watch_until: datetime | None

    @property
    def by(self) -> str:
        """Say whose change it is: of a request who requested it, for anybody can say who wrote it."""
        return self.requester or self.author

    @property
    def is_open(self) -> bool:
        """Say whether it still asks something of somebody: a decision, an application, a review."""
        return self.state in {*OPEN, "approved", ""} or self.review_due is not None

    @property
    def is_done(self) -> bool:
        """Say whether it was applied, whatever came of it."""
        return self.state in DONE


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Everything about one change."""

    row: LedgerRow
    items: tuple[EvidenceItem, ...]
    said: tuple[Decision, ...]
    content: str


@dataclass(frozen=True, slots=True)
class _Content:
    content: str


def rows(reader: Reader) -> tuple[LedgerRow, ...]:
    """Give every change: those that ask something first, by risk and then by age."""
    return _sorted(reader.rows(LedgerRow, _COLUMNS + _ORDER))


def waiting(reader: Reader, also: Sequence[str] = ()) -> tuple[LedgerRow, ...]:
    """Give the changes that ask something of somebody, and these others whatever they are."""
    return _sorted(reader.rows(LedgerRow, _COLUMNS + _WAITING + _ORDER, {"also": list(also)}))


def one(reader: Reader, change_id: str) -> LedgerRow | None:
    """Give one change; ``None`` when the ledger does not know it."""
    return next(iter(reader.rows(LedgerRow, _COLUMNS + _ONE, {"id": change_id})), None)


def page(reader: Reader, row: LedgerRow) -> ChangePage:
    """Give everything about one change."""
    key = {"id": row.change_id}
    (content,) = reader.rows(_Content, _CONTENT, key)
    items = reader.rows(EvidenceItem, _ITEMS, key)
    return ChangePage(row, tuple(items), tuple(reader.rows(Decision, _SAID, key)), content.content)


def said(reader: Reader, event_ids: Sequence[str]) -> dict[str, Decision]:
    """Give what became of these events, by their ids; those that no collection took in yet are not there."""
    found = reader.rows(
        Decision, "select * from decisions where list_contains($ids::varchar[], event_id)", {"ids": list(event_ids)}
    )
    return {each.event_id: each for each in found}


def _sorted(found: Sequence[LedgerRow]) -> tuple[LedgerRow, ...]:
    return tuple(sorted(found, key=lambda row: (not row.is_open, urgency(row.risk, row.tier))))
