"""Show the ledger: every change with where it stands, what it has for evidence, and what people said of it."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from operations.approvals import urgency
from operations.changes.states import DONE, OPEN
from store.change_records import ChangeWatch, Decision, EvidenceItem, Unrecorded, WatchedSignal
from store.database import Reader
from store.records import ChangeClass

_COLUMNS: Final = """
select change_id, state, plain_state, note, system, change_class, title, risk, tier, owner, deputy, source, kind,
    target, external_id, author, requester, editor, from_ref, to_ref, content_hash, evidence_hash, reason, rollback,
    incident, url, waiting_since, approvals, needed, missing, frozen, is_late, reviews, review_due, applied, watch_until
"""
_LEDGER: Final = _COLUMNS + "from change_ledger "
_BOARD: Final = _COLUMNS + "from queue_board"
UNRECORDED: Final = "unrecorded"
"""The state of a row that is no change on record: it was observed, and nobody has recorded it."""

_UNRECORDED: Final = "select * from unrecorded_list order by since, finding_id"
_WATCH: Final = "select * from change_watches where change_id = $id"
_SIGNALS: Final = "select * from change_signals where change_id = $id order by place"
_ORDER: Final = " order by waiting_since, change_id"
_THESE: Final = "where change_id in (select unnest($ids::varchar[]))"
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
        """Say whether it still asks something of somebody: a decision, an application by us, a review."""
        is_to_apply = self.state == "approved" and self.change_class != "external"
        return is_to_apply or self.state in {*OPEN, UNRECORDED, ""} or self.review_due is not None

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
    watch: ChangeWatch | None = None
    signals: tuple[WatchedSignal, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found(Unrecorded):
    """A finding with the tier and the owner of its system."""

    tier: int
    owner: str


@dataclass(frozen=True, slots=True)
class _Content:
    content: str


def rows(reader: Reader) -> tuple[LedgerRow, ...]:
    """Give every change: those that ask something first, by risk and then by age."""
    return _sorted(reader.rows(LedgerRow, _LEDGER + _ORDER))


def waiting(reader: Reader, also: Sequence[str] = ()) -> tuple[LedgerRow, ...]:
    """Give the changes that ask something of somebody, and these others whatever they are."""
    found = reader.rows(LedgerRow, _BOARD)
    if others := set(also).difference(row.change_id for row in found):
        found += reader.rows(LedgerRow, _LEDGER + _THESE, {"ids": list(others)})
    return _sorted(sorted(found, key=lambda row: (row.waiting_since, row.change_id)))


def one(reader: Reader, change_id: str) -> LedgerRow | None:
    """Give one change; ``None`` when the ledger does not know it."""
    return next(iter(reader.rows(LedgerRow, _LEDGER + _ONE, {"id": change_id})), None)


def unrecorded_rows(reader: Reader) -> tuple[LedgerRow, ...]:
    """Give the changes that were observed and that nobody recorded, as rows of the ledger, the oldest first."""
    return tuple(map(_as_row, reader.rows(_Found, _UNRECORDED)))


def page(reader: Reader, row: LedgerRow) -> ChangePage:
    """Give everything about one change."""
    key = {"id": row.change_id}
    content = "".join(each.content for each in reader.rows(_Content, _CONTENT, key))
    watch = next(iter(reader.rows(ChangeWatch, _WATCH, key)), None)
    return ChangePage(
        row, tuple(reader.rows(EvidenceItem, _ITEMS, key)), tuple(reader.rows(Decision, _SAID, key)), content, watch,
        tuple(reader.rows(WatchedSignal, _SIGNALS, key)),
    )  # fmt: skip


def said(reader: Reader, event_ids: Sequence[str]) -> dict[str, Decision]:
    """Give what became of these events, by their ids; those that no collection took in yet are not there."""
    found = reader.rows(
        Decision, "select * from decisions where list_contains($ids::varchar[], event_id)", {"ids": list(event_ids)}
    )
    return {each.event_id: each for each in found}


def _as_row(found: _Found) -> LedgerRow:
    """Show a finding where changes are listed: what was seen, who might know, and what records it."""
    knows = "; ".join(f"{name} ({why})" for name, why in json.loads(found.might_know))
    seen = f"seen until {found.seen:%Y-%m-%d %H:%M}Z"
    asked = ["--class", "external", "--system", found.system, "--from", found.from_ref, "--to", found.to_ref]
    remedy = f"record it: llmops-tui changes request {shlex.join(asked)} --title ... --content-file ... --reason ..."
    return LedgerRow(
        change_id=found.finding_id, state=UNRECORDED, plain_state="pending", note=f"{seen}; {remedy}",
        system=found.system, change_class=found.change_class, title=found.words, risk="", tier=found.tier,
        owner=found.owner, deputy="", source="observed", kind="", target="", external_id=found.signal, author="",
        requester="", editor="", from_ref=found.from_ref, to_ref=found.to_ref, content_hash="", evidence_hash="",
        reason="", rollback="", incident="", url="", waiting_since=found.since, approvals=0,
        needed=f"to be recorded; might know: {knows or 'nobody on record'}", missing="", frozen="", is_late=False,
        reviews=0, review_due=None, applied=found.since, watch_until=None,
    )  # fmt: skip


def _sorted(found: Sequence[LedgerRow]) -> tuple[LedgerRow, ...]:
    return tuple(sorted(found, key=lambda row: (not row.is_open, urgency(row.risk, row.tier))))
