"""Define one frozen record per table of the change ledger; the rules are those of ``store.records``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

Act = Literal["request", "withdraw", "approve", "reject", "ask", "waive", "acknowledge", "attach", "review", "applied"]
"""What people can do with a change; each is the kind of a spool event whose subject is ``change:ID``."""

LedgerState = Literal[
    "submitted", "evidence missing", "evidence ready", "approved", "rejected", "expired", "applied", "watching",
    "verified", "rolled back", "withdrawn",
]  # fmt: skip
ItemState = Literal["present", "missing", "failing", "inconclusive"]
SUBJECT = "change:"


@dataclass(frozen=True, slots=True)
class Requested:
    """What a person said when requesting a change; ``evidence`` is links by item, ``editor`` moved the content last."""

    TABLE: ClassVar[str] = "requests"

    change_id: str
    event_id: str
    requester: str
    requester_uid: int
    editor: str
    reason: str
    rollback: str
    evidence: str
    incident: str
    written: datetime
    edited: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing that a person said of a change: counted, refused, or void since the content moved; ``why`` says it.

    ``role`` lists all that the person was for the change, ``items`` the evidence that a waiver or an attachment is for.
    """

    TABLE: ClassVar[str] = "decisions"

    event_id: str
    change_id: str
    decision: Act
    content_hash: str
    person: str
    role: str
    reason: str
    items: str
    evidence_hash: str
    state: Literal["counted", "refused", "void"]
    why: str
    expires: datetime | None
    written: datetime
    decided: datetime
    voided: datetime | None
    actor: str
    actor_uid: int
    login_uid: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ChangeStanding:
    """Where one change stands: its state, who and what is still needed, and until when it is watched.

    ``approvals`` and ``reviews`` count what stands; ``needed`` and ``missing`` say in words what does not yet.
    """

    TABLE: ClassVar[str] = "change_states"

    change_id: str
    state: LedgerState
    note: str
    approvals: int
    needed: str
    missing: str
    evidence_hash: str
    frozen: str
    is_late: bool
    reviews: int
    review_due: datetime | None
    applied: datetime | None
    watch_until: datetime | None
    judged: datetime


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One item of evidence that a change needs; ``waived`` is until when somebody waived it."""

    TABLE: ClassVar[str] = "change_evidence"

    change_id: str
    place: int
    item: str
    state: ItemState
    words: str
    waived: datetime | None
