"""The table of breaches: how bad, where, since when, by how much, and who has acknowledged or silenced it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from operations.modes import PREFIX
from tui.figures import NOT_KNOWN, SEVERITY, SHORT, ago, bound, clock, count, length, quantity, spoken
from tui.listing import Field, Listing
from tui.silencing import WAITING, silenced
from tui.widgets.columns import Column

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from operations.rows import BreachRow
    from tui.spans import Span, Tone
    from tui.widgets.row_filter import Cell

_MINUTE: Final = timedelta(minutes=1)


def sentence(row: BreachRow, now: datetime) -> Sequence[Span]:
    """Say what is breached, by how much, since when, and what the rule notes; a detector's note says it all."""
    acknowledged = f"; acknowledged by {row.acknowledged_by}" if row.acknowledged_by else ""
    head = (row.system, _tone(row, "strong"))
    if row.rule.startswith(PREFIX):
        return [head, (f": {_silence(row, now)}{row.note}, for {spoken(row.since, now)}{acknowledged}", "plain")]
    side = "over" if row.direction == "above" else "under"
    value = f" {quantity(row.value, row.unit)} {side} {_bare_limit(row)}" if row.value is not None else ""
    worst = f", worst {quantity(row.worst, row.unit)}" if row.worst is not None else ""
    n = f", n={row.n}" if row.n is not None else ""
    note = f"; {row.note}" if row.note else ""
    words = f"{row.metric}{value} for {spoken(row.since, now)}{worst}{n}{note}{acknowledged}"
    return [head, (f": {_silence(row, now)}{words}", "plain")]


def named(row: BreachRow) -> str:
    """Name what is breached: a rule, or what a detector watches for; how many belong to it is said beside."""
    name = row.mode_title or row.mode if row.rule.startswith(PREFIX) else row.rule
    return f"{name} +{row.children}" if row.children else name


def is_open(row: BreachRow) -> bool:
    """Say whether the breach is confirmed and not over."""
    return row.state in {"open", "closing", "unknown"}


def _bare_limit(row: BreachRow) -> str:
    limit = row.critical if row.severity == "critical" and row.critical is not None else row.warning
    return bound(limit, "", row.unit)


def _limit(row: BreachRow, _: datetime) -> Cell:
    if row.rule.startswith(PREFIX):
        return (NOT_KNOWN if row.usual is None else f"~{quantity(row.usual, row.unit)}", "muted")
    limit = _bare_limit(row)
    return (limit if limit == NOT_KNOWN else f"{'>' if row.direction == 'above' else '<'}{limit}", "muted")


def _left(row: BreachRow, now: datetime) -> str:
    if row.silenced_until is None:
        return WAITING
    return f"{length(max(row.silenced_until - now, _MINUTE))} left" if row.silenced_until > now else "over"


def _silence(row: BreachRow, now: datetime) -> str:
    """Say that a breach is silenced; a silence that ran out since the last judging is over at the next."""
    if not row.silenced_by:
        return ""
    over = " (over: counts again at the next judging)" if row.silenced_until and row.silenced_until <= now else ""
    return f"{silenced(row)}{over}; "


def _tone(row: BreachRow, other: Tone) -> Tone:
    """Colour a breach by its severity while it is open and heard."""
    return row.severity if is_open(row) and not row.silenced_by else other


def _state(row: BreachRow, _: datetime) -> Cell:
    return (SHORT[row.severity], _tone(row, "muted"))


def _taken(row: BreachRow, now: datetime) -> Cell:
    """Say who took the breach up and when, or for how much longer it is silenced and by whom."""
    if row.silenced_by and not row.acknowledged_by:
        return (f"{_left(row, now)} {row.silenced_by}", "muted" if row.silenced_until else "accent")
    if not row.acknowledged_by:
        return ("", "")
    if row.acknowledged_at is None:
        return (WAITING, "accent")
    return (f"{row.acknowledged_by} {ago(row.acknowledged_at, now)}", "muted")


def _phase(row: BreachRow, _: datetime) -> Cell:
    return ("silenced", "accent") if row.silenced_by else (row.state, "" if row.state == "open" else "muted")


BREACHES: Final[Listing[BreachRow]] = Listing(
    name="breaches",
    natural="worst first",
    fields=(
        Field(
            Column("STATE", 7), _state, lambda row: (not is_open(row), bool(row.silenced_by), -SEVERITY[row.severity])
        ),
        Field(Column("SYSTEM", 13, grow=2, most=28), lambda row, _: (row.system, "strong"), lambda row: row.system),
        Field(Column("RULE", 15, grow=3, most=44), lambda row, _: (named(row), ""), named),
        Field(Column("FM", 3, drop=3, name="mode"), lambda row, _: (row.mode, ""), lambda row: row.mode or None),
        Field(Column("PHASE", 9, drop=1), _phase, lambda row: "silenced" if row.silenced_by else row.state),
        Field(Column("SINCE", 5, "right"), lambda row, now: (ago(row.since, now), ""), lambda row: row.since),
        Field(Column("VALUE", 7, "right"), lambda row, _: (quantity(row.value, row.unit), ""), lambda row: row.value),
        Field(Column("LIMIT", 8, "right"), _limit, lambda row: row.warning),
        Field(Column("N", 5, "right", drop=4), lambda row, _: (count(row.n), "muted"), lambda row: row.n),
        Field(Column("ACK", 8, drop=2, grow=1, most=20), _taken, lambda row: row.acknowledged_by or None),
        Field(Column("OWNER", 8, drop=5, grow=1, most=20), lambda row, _: (row.owner, ""), lambda row: row.owner),
        Field(
            Column("OPENED", 13, drop=6),
            lambda row, _: (clock(row.opened) if row.opened else "not yet", "muted"),
            lambda row: row.opened,
        ),
    ),
    key=lambda row: row.breach_id,
    sentence=sentence,
    is_problem=is_open,
    empty="quiet: no rule is breached, and none was in the last day",
)
