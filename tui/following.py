"""Keep collecting: each source on its own schedule, and what people decide in viewers within seconds."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from collectors.schedule import Schedule
from collectors.settings import SourceSettings
from store import spool
from store.errors import StoreBusyError
from tui.collecting import Wanted, collect, folder_of, held_progress
from tui.notify import notify, watchdog_seconds
from tui.reporting import Voice
from tui.settings import Config

log = logging.getLogger(__name__)

# How long a decision waits in the spool at the most while this process runs.
_LOOK = 2.0
# How long a round waits at the least while another collection holds the store.
_LEAST_WAIT = 30.0


@dataclass(slots=True)
class _Due:
    """One source and the slot in which it is due next."""

    source: SourceSettings
    schedule: Schedule
    slot: datetime


async def follow(
    config: Config, sources: tuple[SourceSettings, ...], stop: asyncio.Event, voice: Voice, wait: float
) -> int:
    """Collect until stopped; slots missed while nothing ran are made up for by one run at the start."""
    due = _first_slots(config, sources, datetime.now(UTC))
    notify("READY=1")
    while not stop.is_set():
        now = datetime.now(UTC)
        ready = [each for each in due if each.slot <= now]
        if ready or _spooled(config):
            wanted = Wanted(
                tuple(e.source for e in ready), {e.source.name: e.slot for e in ready}, None, max(wait, _LEAST_WAIT)
            )
            notify(f"STATUS=collecting {len(ready)} sources")
            try:
                await collect(config, wanted, now, stop, voice)
            except StoreBusyError:
                log.warning("another collection holds the store", extra={"sources": [e.source.name for e in ready]})
            for each in ready:
                each.slot = each.schedule.next_slot(now)
        notify(f"STATUS=next slot {min((e.slot for e in due), default=now):%H:%M:%S}Z\nWATCHDOG=1")
        await _rest(due, stop)
    notify("STOPPING=1")
    return 0


def _first_slots(config: Config, sources: tuple[SourceSettings, ...], now: datetime) -> list[_Due]:
    """Make every source due now that has missed a slot since its last run, or never ran."""
    folder = folder_of(config)
    folder.create()
    known = held_progress(folder, now) if folder.primary.exists() else {}
    due = []
    for source in sources:
        schedule = Schedule.parse(source.schedule, source.timezone)
        last = known[source.name].last_started if source.name in known else None
        missed = last is None or schedule.next_slot(last) <= now
        due.append(_Due(source, schedule, now if missed else schedule.next_slot(now)))
    return due


def _spooled(config: Config) -> bool:
    return bool(spool.waiting(folder_of(config)))


async def _rest(due: list[_Due], stop: asyncio.Event) -> None:
    """Sleep to the next slot, but look at the spool and tell the watchdog in between."""
    now = datetime.now(UTC)
    until = min((each.slot for each in due), default=now + timedelta(seconds=_LOOK))
    patience = min(max((until - now).total_seconds(), 0.05), _LOOK, watchdog_seconds() or _LOOK)
    try:
        async with asyncio.timeout(patience):
            await stop.wait()
    except TimeoutError:
        return
