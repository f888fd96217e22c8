"""Read what people say when they silence something, how long and why, and say it of a breach."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from store.spool import LONGEST_SILENCE
from store.values import Duration, shown
from tui.figures import clock

if TYPE_CHECKING:
    from operations.rows import BreachRow

WAITING: Final = "pending"
"""Stands for a decision that is written but not yet in the store."""

EXAMPLE: Final = "how long, then why: 4h the vendor is on it"


def parted(words: str) -> tuple[Duration, str]:
    """Part ``4h the vendor is on it`` into length and reason, or raise ``ValueError`` in words."""
    first, _, reason = words.strip().partition(" ")
    length = Duration.from_toml(first)
    if not 0 < length.seconds <= LONGEST_SILENCE.total_seconds():
        raise ValueError(f"expected at most {LONGEST_SILENCE.days}d, found {shown(first)}")
    if not reason.strip():
        raise ValueError("a reason is needed after the length of time")
    return length, reason.strip()


def fault(words: str) -> str:
    """Say what is wrong with such words; nothing when they can be read."""
    try:
        parted(words)
    except ValueError as error:
        return str(error)
    return ""


def silenced(row: BreachRow) -> str:
    """Say until when, by whom and why a breach is silenced; a silence that is not stored yet has no time."""
    why = f": {row.silence_reason}" if row.silence_reason else ""
    until = f"until {clock(row.silenced_until)}" if row.silenced_until else f"({WAITING})"
    return f"silenced {until} by {row.silenced_by}{why}"


def ending(text: str, now: datetime) -> datetime:
    """Read ``--until``: a date or a time, in UTC where it names no zone, or raise ``ValueError`` in words."""
    try:
        found = datetime.fromisoformat(text)
        aware = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"expected a time such as 2026-11-24T08:00Z, found {shown(text)}") from None
    if not now < aware <= now + LONGEST_SILENCE:
        raise ValueError(f"expected a time within the next {LONGEST_SILENCE.days} days, found {shown(text)}")
    return aware
