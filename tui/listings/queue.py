"""The table of the change queue: where each change stands, whether it waits for you, approvals, risk, age, evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from operations.changes.queue import UNRECORDED
from tui.change_tabs import look_of
from tui.figures import NOT_KNOWN, clock, length
from tui.listing import Field, Listing
from tui.widgets.columns import Column

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from operations.changes.mine import QueueRow
    from tui.spans import Span
    from tui.widgets.row_filter import Cell

_RISKS: Final = {"critical": "critical", "high": "critical", "medium": "warning", "moderate": "warning"}
_ORDER: Final = (UNRECORDED, "evidence ready", "evidence missing", "submitted", "approved")


def sentence(asked: QueueRow, now: datetime) -> Sequence[Span]:
    """Say whether the change waits for the onlooker, and if not why, and what else it waits for."""
    del now
    row = asked.row
    spans: list[Span] = [(row.system, "strong")]
    if asked.pending:
        spans.append((f": {asked.pending}, not stored yet", "accent"))
    if asked.is_mine:
        spans.append((f": waits for you to {asked.act}; Enter opens it", "accent"))
    elif asked.why:
        spans.append((f": not for you: {asked.why}", "plain"))
    frozen = f"frozen: {row.frozen}" if row.frozen else ""
    review = f"to be reviewed until {clock(row.review_due)}" if row.review_due else ""
    rest = "; ".join(filter(None, (row.needed, row.missing, review, frozen, row.note)))
    return [*spans, (f"; {rest}" if rest else "", "muted")]


def _risk(asked: QueueRow, _: datetime) -> Cell:
    risk = asked.row.risk
    return (risk or NOT_KNOWN, _RISKS.get(risk.strip().lower(), "" if risk else "muted"))


def _state(asked: QueueRow, _: datetime) -> Cell:
    look, row = look_of(asked.row), asked.row
    words = "review due" if asked.act == "review" else row.state or row.plain_state
    return (words, "" if look == "plain" else look)


def _text(name: str, look: str = "") -> Callable[[QueueRow, datetime], Cell]:
    """Show a field of the change as it is."""
    return lambda asked, _: (str(getattr(asked.row, name)), look)


def _by(name: str) -> Callable[[QueueRow], Any]:
    """Sort by a field of the change; empty ones go last."""
    return lambda asked: getattr(asked.row, name) or None


def _frozen(asked: QueueRow, _: datetime) -> Cell:
    return ("frozen" if asked.row.frozen else "", "warning")


def _author(asked: QueueRow, _: datetime) -> Cell:
    return (asked.row.author or asked.row.requester, "")


def _approvals(asked: QueueRow, _: datetime) -> Cell:
    pending = "*" if asked.pending else ""
    return (f"{asked.row.approvals}/{asked.wanted or '-'}{pending}", "")


def _age(asked: QueueRow, now: datetime) -> Cell:
    return (length(now - asked.row.waiting_since), "warning" if asked.row.is_late else "")


def _mine(asked: QueueRow, _: datetime) -> Cell:
    return ("me" if asked.is_mine else "", "accent")


def _rank(asked: QueueRow) -> str:
    state = asked.row.state
    return f"{_ORDER.index(state) if state in _ORDER else len(_ORDER)} {state}"


QUEUE: Final[Listing[QueueRow]] = Listing(
    name="queue",
    natural="risk, then age",
    fields=(
        Field(Column("ME", 2), _mine, lambda asked: not asked.is_mine),
        Field(Column("SYSTEM", 12, grow=2, most=28), _text("system", "strong"), _by("system")),
        Field(Column("CLASS", 9, drop=3), _text("change_class"), _by("change_class")),
        Field(Column("TITLE", 15, grow=4, most=70), _text("title"), _by("title")),
        Field(Column("STATE", 16), _state, _rank),
        Field(Column("FROZEN", 6, drop=2), _frozen, _by("frozen")),
        Field(Column("OK", 4, "right"), _approvals, _by("approvals")),
        Field(Column("RISK", 6), _risk, _by("risk")),
        Field(Column("AGE", 4, "right"), _age, _by("waiting_since")),
        Field(Column("T", 1, drop=1, name="tier"), _text("tier", "muted"), _by("tier")),
        Field(Column("AUTHOR", 9, drop=4, grow=1, most=20), _author, _by("author")),
        Field(Column("OWNER", 8, drop=5, grow=1, most=20), _text("owner"), _by("owner")),
    ),
    key=lambda asked: asked.row.change_id,
    sentence=sentence,
    is_problem=lambda asked: asked.is_mine or asked.row.is_late or asked.row.state == UNRECORDED,
    empty="no change asks anything of anybody",
)
