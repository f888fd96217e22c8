"""Say which decisions may be carried out at the source of a change, and what became of those that were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from operations.changes.ledger import decisions
from store.change_records import Decision
from store.database import Reader
from store.errors import EXIT_CRITICAL, LlmopsError
from store.records import DeliveryState, DeliveryVerdict

_CHANGES: Final = """
select change_id, source, kind, external_id, system, title, from_ref, to_ref, content_hash, url, state, needed, missing,
    frozen
from change_ledger
where starts_with(change_id, $beginning)
order by change_id
"""
_OF_SOURCE: Final = """
select change_id, source, kind, external_id, system, title, from_ref, to_ref, content_hash, url, state, needed, missing,
    frozen
from change_ledger
where source = $source and change_id <> $change and source_state = 'pending'
order by change_id
"""
_ATTEMPTS: Final = """
select attempt_id, change_id, decision_id, verdict, target, state, detail, before, actor, tried, confirmed, is_last
from delivery_list
where change_id = $change
order by tried desc, attempt_id desc
"""
_STANDS: Final = frozenset({"approved", "applied", "watching", "verified"})
"""States in which every approval that a change needs is there."""


@dataclass(frozen=True, slots=True)
class Deliverable:
    """A change as its source names it, with where it stands here."""

    change_id: str
    source: str
    kind: str
    external_id: str
    system: str
    title: str
    from_ref: str
    to_ref: str
    content_hash: str
    url: str
    state: str
    needed: str
    missing: str
    frozen: str

    @property
    def is_approved(self) -> bool:
        """Whether every approval that it needs is there."""
        return self.state in _STANDS


@dataclass(frozen=True, slots=True)
class Order:
    """A decision of a person that may be carried out."""

    decision_id: str
    verdict: DeliveryVerdict
    reason: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One attempt to carry a decision out; ``is_last`` is the newest of its decision."""

    attempt_id: str
    change_id: str
    decision_id: str
    verdict: DeliveryVerdict
    target: str
    state: DeliveryState
    detail: str
    before: str
    actor: str
    tried: datetime
    confirmed: datetime | None
    is_last: bool


class NotDeliverableError(LlmopsError):
    """Say why nothing may be carried out, and what would have to happen first."""

    exit_code = EXIT_CRITICAL


def deliverable(reader: Reader, beginning: str) -> tuple[Deliverable, ...]:
    """Give the changes whose id begins so."""
    return tuple(reader.rows(Deliverable, _CHANGES, {"beginning": beginning}))


def beside(reader: Reader, change: Deliverable) -> tuple[Deliverable, ...]:
    """Give the other changes that wait at the same source: one call may decide some of them too."""
    params = {"source": change.source, "change": change.change_id}
    return tuple(reader.rows(Deliverable, _OF_SOURCE, params))


def attempts(reader: Reader, change_id: str) -> tuple[DeliveryRow, ...]:
    """Give what was tried for a change, the newest first."""
    return tuple(reader.rows(DeliveryRow, _ATTEMPTS, {"change": change_id}))


def order_of(reader: Reader, change: Deliverable, uid: int) -> Order:
    """Give this person's own decision on the content as it is now, or raise ``NotDeliverableError``.

    An approval leaves only when every approval that the change needs is there, because one call may release it; a
    rejection leaves at once.
    """
    said = decisions(reader, [change.change_id]).get(change.change_id, ())
    mine = _last(said, uid, change.content_hash, ("approve", "reject"))
    if mine is None:
        words = "no decision of yours on its content as it is now is stored; decide first, or run 'llmops-tui ingest'"
        raise NotDeliverableError(f"{change.change_id}: {words}")
    if mine.decision == "reject":
        return Order(mine.event_id, "reject", mine.reason)
    if not change.is_approved:
        lacks = "; ".join(filter(None, (change.needed, change.missing))) or f"it is {change.state or 'not judged yet'}"
        raise NotDeliverableError(f"{change.change_id}: not approved yet, so your approval stays here: {lacks}")
    if change.frozen:
        raise NotDeliverableError(f"{change.change_id}: its system takes no change now: {change.frozen}")
    return Order(mine.event_id, "approve", mine.reason)


def rollback_of(reader: Reader, change: Deliverable, uid: int) -> Order:
    """Give the order to undo a delivered approval, to somebody who approved it, or raise ``NotDeliverableError``."""
    said = decisions(reader, [change.change_id]).get(change.change_id, ())
    mine = _last(said, uid, "", ("approve",))
    if mine is None:
        raise NotDeliverableError(f"{change.change_id}: only who approved it rolls it back from here; you did not")
    done = (each for each in attempts(reader, change.change_id) if each.state == "delivered")
    last = next(done, None)
    if last is None or last.verdict != "approve":
        raise NotDeliverableError(f"{change.change_id}: nothing of it is delivered, so there is nothing to roll back")
    return Order(mine.event_id, "roll back", f"rolled back: {change.title}")


def _last(said: Sequence[Decision], uid: int, content_hash: str, kinds: tuple[str, ...]) -> Decision | None:
    """Give the person's last decision that counts, of any content where no hash is asked for."""
    mine = [
        each
        for each in said
        if each.actor_uid == uid
        and each.state == "counted"
        and each.decision in kinds
        and (not content_hash or each.content_hash == content_hash)
    ]
    return mine[-1] if mine else None
