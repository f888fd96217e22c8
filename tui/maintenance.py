"""Read planned work: check what is declared, and say which of it is under way now, for the judging."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from operations.settings import Maintenance, System
from operations.silences import MaintenanceWindow
from store.decode import Mistakes, suggestion
from store.spool import LONGEST_SILENCE
from store.values import shown
from tui.naming import safe_name_mistake, zone_mistake

_LONGEST: Final = f"expected at most {LONGEST_SILENCE.days} days, so that nothing is silent for good"
_EITHER: Final = "expected either start and end, or schedule and duration"


def check_maintenance(entries: Mapping[int, Maintenance], systems: Sequence[str], mistakes: Mistakes) -> None:
    """Add what is wrong with each entry: whom it reaches, and when it is."""
    for index, each in entries.items():
        keys = ("maintenance", index)
        if words := safe_name_mistake(each.name):
            mistakes.add((*keys, "name"), words)
        if not each.reason.strip():
            mistakes.add((*keys, "reason"), "expected words that others will read, found none")
        if not each.systems and not each.tiers:
            mistakes.add(
                (*keys, "systems"), "missing; expected systems or tiers: what is worked on; tiers = [1, 2, 3] is all"
            )
        for position, name in enumerate(each.systems):
            if name not in systems:
                words = f"no system is named {shown(name)}{suggestion(name, systems)}"
                mistakes.add((*keys, "systems", position), words)
        check = _check_schedule if each.schedule else _check_once
        check(each, keys, mistakes)


def under_way(
    entries: Sequence[Maintenance], systems: Sequence[System], now: datetime
) -> tuple[MaintenanceWindow, ...]:
    """Give the maintenance that lasts now, each with the systems that it reaches."""
    found = []
    for each in entries:
        begins, ends = _times(each, now)
        if begins <= now < ends:
            reached = frozenset(s.name for s in systems if s.name in each.systems or s.tier in each.tiers)
            found.append(MaintenanceWindow(each.name, each.reason, reached, begins, ends))
    return tuple(found)


def _times(each: Maintenance, now: datetime) -> tuple[datetime, datetime]:
    """Give when it begins and ends: of one on a schedule the newest that has begun."""
    if each.start is not None and each.end is not None:
        return each.start, each.end
    from collectors.schedule import Schedule  # late: croniter is loaded where something has a schedule

    begins = Schedule.parse(each.schedule, each.timezone).last_slot(now)
    return begins, begins + (each.duration.delta if each.duration else timedelta())


def _check_once(each: Maintenance, keys: tuple[str | int, ...], mistakes: Mistakes) -> None:
    if each.start is None or each.end is None:
        missing = "start" if each.start is None else "end"
        mistakes.add((*keys, missing), f"missing; {_EITHER}")
        return
    if each.duration is not None:
        mistakes.add((*keys, "duration"), f"is only used with schedule; {_EITHER}")
    if each.timezone != "UTC":
        mistakes.add((*keys, "timezone"), "is only used with schedule; start and end say their offset themselves")
    if each.end <= each.start:
        mistakes.add(
            (*keys, "end"), f"expected a time after the start, {each.start.isoformat()}, found {each.end.isoformat()}"
        )
    elif each.end - each.start > LONGEST_SILENCE:
        mistakes.add((*keys, "end"), f"{_LONGEST}; found {(each.end - each.start).days} days after the start")


def _check_schedule(each: Maintenance, keys: tuple[str | int, ...], mistakes: Mistakes) -> None:
    from collectors.schedule import Schedule

    for name in ("start", "end"):
        if getattr(each, name) is not None:
            mistakes.add((*keys, name), f"does not go with schedule; {_EITHER}")
    if each.duration is None:
        mistakes.add((*keys, "duration"), 'missing; expected how long it lasts, such as "2h"')
    elif not timedelta() < each.duration.delta <= LONGEST_SILENCE:
        mistakes.add((*keys, "duration"), f"{_LONGEST}, and more than 0; found {each.duration}")
    if words := zone_mistake(each.timezone):
        mistakes.add((*keys, "timezone"), words)
        return
    try:
        Schedule.parse(each.schedule, each.timezone)
    except ValueError as error:
        mistakes.add((*keys, "schedule"), str(error))
