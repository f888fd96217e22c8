"""Say of one change what its tabs show: how it stands and what you may do, its evidence, and what people said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.change_words import facts, item_line, said_line
from tui.figures import clock, length
from tui.remaining import remaining
from tui.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from operations.changes.mine import OpenChange
    from operations.changes.queue import LedgerRow
    from store.change_records import Act
    from store.records import Event
    from tui.spans import Span, Tone
    from tui.widgets.text_pane import Line

KEYS: Final[Mapping[Act, str]] = {
    "approve": "v", "review": "v", "reject": "x", "acknowledge": "a", "waive": "u", "ask": "m", "withdraw": "X",
    "applied": "A",
}  # fmt: skip
"""The key of each act."""

ACT_WORDS: Final[Mapping[Act, str]] = {
    "approve": "approve", "review": "review", "reject": "reject", "acknowledge": "acknowledge",
    "waive": "waive evidence", "ask": "ask for evidence", "withdraw": "withdraw", "applied": "say it was applied",
}  # fmt: skip
_ACTS: Final[tuple[Act, ...]] = ("approve", "reject", "waive", "ask", "withdraw", "applied")
_EXTERNAL: Final[tuple[Act, ...]] = ("acknowledge", "ask", "applied")
_ITEMS: Final = {"present": "ok", "missing": "warning", "failing": "critical", "inconclusive": "unknown"}
_STATES: Final[Mapping[str, Tone]] = {
    "unrecorded": "warning", "evidence ready": "accent", "evidence missing": "warning", "approved": "ok",
    "rejected": "critical", "verified": "ok", "rolled back": "critical", "watching": "accent", "withdrawn": "muted",
    "expired": "muted",
}  # fmt: skip
_SAID: Final = {"counted": "", "refused": "muted", "void": "muted"}
_LONG: Final = 2_000
_SHORT: Final = 150


def headline(row: LedgerRow, now: datetime) -> Sequence[Span]:
    """Say in one row what it is and where it stands."""
    late = " late" if row.is_late else ""
    frozen = "  FROZEN" if row.frozen else ""
    return [
        (f" {row.state or row.plain_state}", look_of(row)),
        (f"  {row.system}", "strong"),
        (f"  {row.change_class}: {row.title}", "plain"),
        (f"  {length(now - row.waiting_since)}{late}", "warning" if row.is_late else "muted"),
        (frozen, "warning"),
    ]


def look_of(row: LedgerRow) -> Tone:
    """Give the tone of a change's state; the word says the same."""
    return _STATES.get(row.state, "plain")


def acts(found: OpenChange) -> Iterator[Act]:
    """Name what people do about such a change: an external one is acknowledged, an approved emergency reviewed."""
    for act in _EXTERNAL if found.page.row.change_class == "external" else _ACTS:
        yield "review" if act == "approve" and found.act == "review" else act


def summary(found: OpenChange, reasons: Mapping[Act, str], now: datetime) -> Iterator[Line]:
    """Say how it stands, what it is, and what the onlooker may do with it."""
    row = found.page.row
    yield (printable(row.title, _LONG), "strong")
    given = f"{row.approvals} of {found.needs.quorum}" if found.needs else f"{row.approvals}"
    yield (f"{row.state or row.plain_state}, approvals {given}, tier {row.tier}, risk {row.risk or 'not stated'}", "")
    lacking = f"evidence lacks {len(found.lacking)} of {len(found.page.items)}: {', '.join(found.lacking)}"
    for words, look in (
        (row.needed and f"needed: {row.needed}", "accent"),
        (found.lacking and lacking, "warning"),
        (row.frozen and f"frozen: {row.frozen}", "warning"),
    ):
        if words:
            yield (printable(words, _LONG), look)
    yield (f"waits {length(now - row.waiting_since)}", "warning" if row.is_late else "muted")
    yield ("", "")
    yield from (
        (
            f"{'no ' if why else 'yes'}  {KEYS[act]}  {ACT_WORDS[act]}{f': {printable(why, _SHORT)}' if why else ''}",
            "muted" if why else "ok",
        )
        for act, why in reasons.items()
    )
    yield ("", "")
    yield from (
        (f"{name}: {printable(value, _LONG)}", "") for name, value in facts(row) if value and name != "still needed"
    )
    if found.needs is not None:
        yield (f"watched once applied: {found.needs.watch}", "")


def sentence(found: OpenChange, why: str) -> Sequence[Span]:
    """Say what the change asks of the onlooker, or what is left to do at its source."""
    row = found.page.row
    if found.act is None:
        left = f"; to do: {remaining(row)}" if row.state == "approved" else ""
        return [(f"{row.state or row.plain_state}, it waits for no decision", "plain"), (left, "accent")]
    if not why:
        return [(f"it waits for you: {KEYS[found.act]} to {ACT_WORDS[found.act]}", "accent")]
    return [(f"you cannot {ACT_WORDS[found.act]} it: ", "muted"), (why, "plain")]


def evidence(found: OpenChange) -> Iterator[Line]:
    """Give the evidence item by item."""
    for item in found.page.items:
        yield (item_line(item), "muted" if item.waived else _ITEMS[item.state])
    if not found.page.items:
        yield ("none is needed, or the change is settled", "muted")


def history(found: OpenChange, waiting: Sequence[Event]) -> Iterator[Line]:
    """Say who has decided what, what is void or refused and why, what is not stored yet, and who may decide."""
    yield from ((said_line(each), _SAID[each.state]) for each in found.page.said)
    for event in waiting:
        words = f"{clock(event.written)} {event.kind} by {printable(event.actor)} (pending, not stored yet)"
        yield (f"{words}: {printable(event.reason, _LONG)}", "accent")
    if not found.page.said and not waiting:
        yield ("nobody has said anything yet", "muted")
    yield ("", "")
    yield (f"may decide: {printable('; '.join(found.people) or 'nobody', _LONG)}", "strong")
