"""Say where a change stands, from its content, its evidence, and what people said of it; pure, computed anew each time.

An approval rests on the evidence as it is: a waiver that ends, or an evaluation that fails later, takes a change back
to "evidence missing" until it is applied. Content that moves voids what was decided on it (``voided``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol, cast

from operations.changes.classes import Needs
from operations.changes.evidence import evidence_hash, is_ready, lacking
from operations.changes.ledger import Entry
from operations.changes.people import DEPUTY, OWNER
from operations.changes.settings import Quorum, Settings
from operations.health import working_days
from store.change_records import Act, ChangeStanding, Decision, EvidenceItem, How, LedgerState
from store.ledger import ANNOUNCED
from store.records import ChangeClass

OPEN: Final[frozenset[LedgerState]] = frozenset({"submitted", "evidence missing", "evidence ready"})
"""A change in one of these waits for somebody."""

DONE: Final[frozenset[LedgerState]] = frozenset({"applied", "watching", "verified", "rolled back"})
_UNAPPROVED: Final = "applied without the approval that it needs"
_MOVED_ON: Final = "its date moved, or the system leaves the model before"
_UNLISTED: Final = "another class: it fits no pattern of standard changes"
BINDING: Final[frozenset[Act]] = frozenset({"approve", "reject", "waive", "acknowledge"})
"""What rests on the content seen, and is void when it moves."""


class Decidable(Protocol):
    """What tells which decisions count towards a quorum."""

    @property
    def change_class(self) -> ChangeClass: ...  # noqa: D102 - as in the record
    @property
    def content_hash(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a change is judged against: what it needs, its evidence, and why its system is frozen, if it is."""

    needs: Needs
    items: Sequence[EvidenceItem]
    frozen: str
    settings: Settings


def standing(entry: Entry, said: Sequence[Decision], about: Circumstances, now: datetime) -> ChangeStanding:
    """Say where a change stands now."""
    counted = [each for each in said if each.state == "counted"]
    approvals, reviews = deciding(entry, counted), of(counted, "review")
    first = [each for each in about.items if each.item in about.needs.evidence]
    state, note = _state(entry, counted, replace(about, items=first), now)
    found = application(entry, counted)
    applied = None if found is None else found[0]
    due = _review_due(entry, approvals, len(reviews), about.settings) if state in {"approved", *DONE} else None
    late = due is not None and now > due
    missing = lacking(first if due is None else about.items)
    return ChangeStanding(
        change_id=entry.change_id,
        state=state,
        note=f"{note}; its {'evidence and review are' if missing else 'review is'} overdue".lstrip("; ")
        if late
        else note,
        approvals=len(approvals),
        needed=still_needed(entry, about.needs, approvals) if state in {*OPEN, *DONE} else "",
        missing=missing,
        evidence_hash=evidence_hash(about.items),
        frozen=about.frozen if state in {*OPEN, "approved"} else "",
        is_late=late or (state in OPEN and working_days(entry.waiting_since, now) > about.settings.late),
        reviews=len(reviews),
        review_due=due,
        applied=applied,
        watch_until=watch_until(applied, about.needs),
        judged=now,
    )


def voided(entry: Entry, said: Sequence[Decision]) -> list[Decision]:
    """Give the decisions that rested on another content than the present one, now void; none once it is applied."""
    if application(entry, [each for each in said if each.state == "counted"]) is not None:
        return []
    why = f"the content moved: it is {entry.content_hash[:12]} now"
    return [
        replace(each, state="void", why=why)
        for each in said
        if each.state == "counted" and each.decision in BINDING and each.content_hash != entry.content_hash
    ]


def of(counted: Iterable[Decision], *acts: Act) -> list[Decision]:
    """Give the decisions of these kinds."""
    return [each for each in counted if each.decision in acts]


def deciding(entry: Decidable, counted: Iterable[Decision]) -> list[Decision]:
    """Give what counts towards the quorum: approvals, or of an external change acknowledgements, of this content."""
    act: Act = "acknowledge" if entry.change_class == "external" else "approve"
    return [each for each in of(counted, act) if each.content_hash == entry.content_hash]


def is_met(quorum: Quorum, approvals: Sequence[Decision]) -> bool:
    """Say whether enough people approved, one of them in the role that is asked for."""
    roles = {role for each in approvals for role in each.role.split()}
    asked = {OWNER, DEPUTY} if quorum.is_owner else {quorum.role}
    is_in_role = not (quorum.is_owner or quorum.role) or not asked.isdisjoint(roles)
    return len({each.person for each in approvals}) >= quorum.count and is_in_role


def still_needed(entry: Entry, needs: Needs, approvals: Sequence[Decision]) -> str:
    """Say in words who is still needed; nothing when the quorum is met."""
    quorum = needs.quorum
    if entry.change_class == "standard" and not needs.standard:
        return _UNLISTED
    if is_met(quorum, approvals):
        return ""
    word = "acknowledgement" if entry.change_class == "external" else "approval"
    if quorum.is_owner:
        return f"{word} of {entry.owner or 'the owner'}"
    count = max(quorum.count - len(approvals), 1)
    held = {role for each in approvals for role in each.role.split()}
    role = f", one with role {quorum.role}" if quorum.role and quorum.role not in held else ""
    return f"{count} {word}{'' if count == 1 else 's'}{role}"


def _state(entry: Entry, counted: Sequence[Decision], about: Circumstances, now: datetime) -> tuple[LedgerState, str]:
    """Give the state with a note in words, the first that holds."""
    approvals = deciding(entry, counted)
    needed = still_needed(entry, about.needs, approvals)
    if of(counted, "withdraw") or entry.source_state == "withdrawn":
        return "withdrawn", _MOVED_ON if entry.source == ANNOUNCED else ""
    if application(entry, counted) is not None:
        return _after(entry, needed)
    rejections = [each for each in of(counted, "reject") if each.content_hash == entry.content_hash]
    if rejections or (entry.source_state == "rejected" and not approvals):
        return "rejected", f"by {rejections[-1].person}" if rejections else "at its source"
    if not needed and is_ready(about.items):
        return "approved", f"standard: {about.needs.standard}" if about.needs.standard else _ahead(entry)
    return _waiting(entry, about, now)


def _ahead(entry: Entry) -> str:
    """Say what an announced change that everybody needed has acknowledged is before its day."""
    return "acknowledged, and not in force yet" if entry.source == ANNOUNCED else ""


def _after(entry: Entry, needed: str) -> tuple[LedgerState, str]:
    """Say what became of an applied change, as far as its watch can tell; without one it is only applied."""
    unapproved = _UNAPPROVED if needed else ""
    state: LedgerState = "watching"
    if entry.watch_result in {"", "not watched"}:
        state = "applied"
    elif entry.watch_result == "verified":
        state = "verified"
    elif entry.watch_result == "rolled back":
        state = "rolled back"
    return state, "; ".join(filter(None, (unapproved, entry.watch_words)))


def _waiting(entry: Entry, about: Circumstances, now: datetime) -> tuple[LedgerState, str]:
    """Say what a change waits for, or that it has waited too long."""
    is_asked = entry.change_class != "external"  # what a vendor does holds whether anybody decides or not
    if is_asked and working_days(entry.waiting_since, now) > about.settings.expires:
        return "expired", f"nobody decided within {about.settings.expires} working days"
    note = "approved at its source alone" if entry.source_state == "approved" else ""
    return ("evidence ready" if is_ready(about.items) else "evidence missing"), note


def application(entry: Entry, counted: Sequence[Decision]) -> tuple[datetime, How] | None:
    """Give when the change was applied and how that is known, the earliest of what was said and seen.

    An external change is in force whatever anybody says: it counts as applied once it is acknowledged; one that was
    announced is in force from its own day on. One that its source only ever showed as applied was so since it was made,
    as far as anybody knows.
    """
    said: list[tuple[datetime, How]] = [(each.written, "said") for each in of(counted, "applied")]
    acknowledged = min((each.decided for each in deciding(entry, counted)), default=None)
    if entry.change_class == "external" and acknowledged is None:
        return min(said, default=None)
    if entry.change_class == "external" and acknowledged is not None and entry.source != ANNOUNCED:
        said.append((acknowledged, "said"))
    if entry.watched is not None:
        said.append((entry.watched, cast("How", entry.watched_how)))
    elif entry.source_state == "applied":
        is_seen = entry.settled is not None and entry.settled > entry.first_seen
        said.append((entry.settled if is_seen and entry.settled else entry.waiting_since, "source"))
    return min(said, default=None)


def watch_until(applied: datetime | None, needs: Needs) -> datetime | None:
    """Give until when a change is watched; ``None`` where it was not applied, or is watched until it is closed."""
    if applied is None or needs.watch.length is None:
        return None
    return applied + needs.watch.length.delta


def _review_due(entry: Entry, approvals: Sequence[Decision], reviews: int, settings: Settings) -> datetime | None:
    """Give until when an emergency must be reviewed; ``None`` when nothing is left to review."""
    if entry.change_class != "emergency" or not approvals or reviews >= settings.reviewers:
        return None
    return after_working_days(min(each.decided for each in approvals), settings.review_within)


def after_working_days(since: datetime, days: int) -> datetime:
    """Give the time this many working days later (Monday to Friday, UTC)."""
    found = since
    while days > 0:
        found += timedelta(days=1)
        days -= found.weekday() < 5
    return found
