"""Define one frozen record per table of the change ledger; the rules are those of ``store.records``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from store.records import ChangeClass

Act = Literal[
    "request", "withdraw", "approve", "reject", "ask", "waive", "acknowledge", "attach", "review", "applied",
    "rolledback",
]  # fmt: skip
"""What people can do with a change; each is the kind of a spool event whose subject is ``change:ID``."""

LedgerState = Literal[
    "submitted", "evidence missing", "evidence ready", "approved", "rejected", "expired", "applied", "watching",
    "verified", "rolled back", "withdrawn",
]  # fmt: skip
ItemState = Literal["present", "missing", "failing", "inconclusive"]
How = Literal["observed", "said", "source"]
WatchResult = Literal["watching", "worse", "cannot tell", "verified", "rolled back", "not watched"]
SignalVerdict = Literal["worse", "cannot tell", "no worse", "better"]
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


@dataclass(frozen=True, slots=True)
class ChangeWait:
    """How many changes wait for a person who may decide on them now, by the account that decides for that person."""

    TABLE: ClassVar[str] = "change_waits"

    account: str
    changes: int


@dataclass(frozen=True, slots=True)
class ChangeWatch:
    """What became of a change since it was applied; ``seen`` says what was seen, ``ended`` when the answer was final.

    ``watch_until`` is ``None`` for a change that is watched until it is closed; ``proposal`` is the rollback proposed.
    """

    TABLE: ClassVar[str] = "change_watches"

    change_id: str
    applied: datetime
    how: How
    seen: str
    watch_until: datetime | None
    result: WatchResult
    words: str
    proposal: str
    ended: datetime | None
    judged: datetime


@dataclass(frozen=True, slots=True)
class WatchedSignal:
    """What one signal says of a change: after beside before, with n and the interval of the difference.

    ``change``, ``low`` and ``high`` are points of a share, else parts of what was; ``None`` where nobody can tell.
    """

    TABLE: ClassVar[str] = "change_signals"

    change_id: str
    place: int
    signal: str
    dim: str
    verdict: SignalVerdict
    n_before: float | None
    n_after: float | None
    before: float | None
    after: float | None
    change: float | None
    low: float | None
    high: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """A change that was observed and that nobody recorded; ``closed_by`` is the change that records it since.

    ``might_know`` is names with reasons as JSON, whoever knows most likely first.
    """

    TABLE: ClassVar[str] = "unrecorded_changes"

    finding_id: str
    system: str
    change_class: ChangeClass
    signal: str
    from_ref: str
    to_ref: str
    since: datetime
    seen: datetime
    opened: datetime
    closed: datetime | None
    closed_by: str
    might_know: str
    words: str
