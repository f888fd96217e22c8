"""Know which days of a bill are asked for: a cloud corrects a charge for days, and a month until it is invoiced."""

from datetime import UTC, datetime, time, timedelta
from typing import Final

from collectors.base import Window

DAY: Final = timedelta(days=1)
_AGAIN: Final = 7 * DAY


def days(window: Window, settled_on: int) -> tuple[datetime, datetime]:
    """Give the half-open stretch of whole UTC days to ask for, up to the end of the running one.

    The seven days before the window are asked again; up to the day ``settled_on`` of a month, all of the month before.
    """
    start = midnight(window.start) - _AGAIN
    if window.end.day <= settled_on:
        start = min(start, (midnight(window.end).replace(day=1) - DAY).replace(day=1))
    return start, midnight(window.end) + DAY


def is_settled(day: datetime, now: datetime, settled_on: int) -> bool:
    """Tell whether a day's month was invoiced: its following month is past the day ``settled_on``."""
    following = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    return midnight(now) >= following + settled_on * DAY


def midnight(when: datetime) -> datetime:
    """Give the start of the UTC day of a time."""
    return datetime.combine(when.astimezone(UTC).date(), time(), UTC)
