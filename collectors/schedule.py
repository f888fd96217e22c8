"""Say when a source is due: cron expressions in a time zone, with clock changes and missed slots thought through.

A slot is named by its instant in UTC. Where an expression names hours (``30 2 * * *``), the hour that autumn has twice
holds each slot once, at its first coming; where it runs in every hour (``*/15 * * * *``), time simply goes on, so that
no hour is left unwatched. A slot that spring leaves out comes at the moment the clock jumps. Slots missed while
nothing ran are one slot, the newest: its run asks for all that was missed.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterBadDateError, CroniterError, croniter

from store.values import shown

_ALIASES: Final = frozenset({"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"})
_MONTHS: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DAYS: Final = "sun|mon|tue|wed|thu|fri|sat"
_PART: Final = rf"(?:\*|[0-9]{{1,2}}w?|l[0-7]?|{_MONTHS}|{_DAYS})"
_FIELD: Final = re.compile(rf"{_PART}(?:[-#/,]{_PART})*", re.ASCII)  # neither H nor R: they draw lots
_STEP: Final = re.compile(r"/(\d+)")
_LARGEST_STEPS: Final = (59, 23, 31, 12, 7)
_NAMES: Final = ("minute", "hour", "day", "month", "weekday")
_BEGINNING: Final = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A cron expression of five fields in a time zone; made by ``parse``, which refuses what never comes."""

    expression: str
    zone: ZoneInfo
    is_hourly: bool

    @classmethod
    def parse(cls, expression: str, timezone: str = "UTC") -> Self:
        """Read an expression or raise ``ValueError`` in words."""
        try:
            zone = ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"expected a time zone such as Europe/Berlin, found {shown(timezone)}") from None
        _check(expression)
        try:
            fields, _ = croniter.expand(expression, strict=True)
            made = cls(expression, zone, fields[1] == ["*"])
            made.next_slot(_BEGINNING)
        except CroniterBadDateError:
            raise ValueError(
                f"expected a schedule that comes about, found {shown(expression)}, which never does"
            ) from None
        except CroniterError as error:
            reason = str(error).removeprefix(f"[{expression}] ")
            raise ValueError(f"expected a cron expression, found {shown(expression)}: {reason}") from None
        return made

    def next_slot(self, after: datetime) -> datetime:
        """Give the first slot after a time, in UTC."""
        cron = croniter(self.expression, after.astimezone(self.zone))
        while True:
            slot = cron.get_next(datetime).astimezone(UTC)
            if not self._is_repeated(slot):
                return slot

    def last_slot(self, until: datetime) -> datetime:
        """Give the newest slot that is not after a time, in UTC."""
        # croniter looks strictly before its start and counts whole seconds
        cron = croniter(self.expression, datetime.fromtimestamp(int(until.timestamp()) + 1, self.zone))
        while True:
            slot = cron.get_prev(datetime).astimezone(UTC)
            if not self._is_repeated(slot):
                return slot

    def due(self, last_slot: datetime | None, now: datetime) -> datetime | None:
        """Give the slot to run now; ``None`` when the newest one has had its run. All missed slots are this one."""
        newest = self.last_slot(now)
        return newest if last_slot is None or newest > last_slot else None

    def _is_repeated(self, slot: datetime) -> bool:
        # asked anew of the zone: croniter sets fold on every slot that it finds backwards
        return not self.is_hourly and bool(slot.astimezone(self.zone).fold)


def _check(expression: str) -> None:
    """Refuse what croniter takes and nobody means: seconds, years, lots drawn, steps beyond their field."""
    if expression in _ALIASES:
        return
    fields = expression.split()
    if len(fields) != 5:
        raise ValueError(f"expected five fields (minute hour day month weekday), found {shown(expression)}")
    for name, field, largest in zip(_NAMES, fields, _LARGEST_STEPS, strict=True):
        if not _FIELD.fullmatch(field.lower()):
            raise ValueError(f"expected a cron expression, found {shown(expression)}: the {name} is not readable")
        if any(int(step) > largest for step in _STEP.findall(field)):
            raise ValueError(f"expected steps of at most {largest} in the {name}, found {shown(field)}")
