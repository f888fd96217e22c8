"""Name the steps in which tracing servers add things up: hours and days of UTC."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

Step = Literal["hour", "day"]
DAY: Final = timedelta(days=1)
LENGTH: Final[Mapping[Step, timedelta]] = {"hour": timedelta(hours=1), "day": DAY}


def floor(when: datetime, step: Step) -> datetime:
    """Give the start of the hour or day of a time."""
    whole = when.replace(minute=0, second=0, microsecond=0)
    return whole if step == "hour" else whole.replace(hour=0)
