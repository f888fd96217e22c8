"""Look at the schedules: when each source is due next, and whether anything runs collections at all."""

from collections.abc import Iterator
from datetime import datetime

from collectors.schedule import Schedule
from operations.collection import sources
from operations.rows import SourceRow
from store.errors import StoreError
from store.folder import Folder
from store.viewer import Viewer
from tui.doctor.findings import Finding
from tui.settings import Config

_REMEDY = '"llmops-tui schedule --systemd" or "--crontab" prints what to install; is it installed and running?'


def check(config: Config, folder: Folder, now: datetime) -> Iterator[Finding]:
    """Name the next slot of each source and the last run that was seen."""
    held = {row.source: row for row in _held(folder, now)}
    for source in config.sources:
        if source.enabled:
            slot = Schedule.parse(source.schedule, source.timezone).next_slot(now)
            words = f"{source.name}: {source.schedule} ({source.timezone}), next {slot:%Y-%m-%d %H:%M}Z"
            yield _finding(words, held.get(source.name), now)


def _finding(words: str, row: SourceRow | None, now: datetime) -> Finding:
    if row is None or row.started is None:
        return Finding("schedule", "warn", f"{words}, never collected", _REMEDY)
    hours = (now - row.started).total_seconds() / 3_600
    words = f"{words}, last run {row.started:%Y-%m-%d %H:%M}Z"
    if row.overdue:
        return Finding("schedule", "warn", f"{words} ({hours:.1f} h ago): a slot passed without a run", _REMEDY)
    return Finding("schedule", "ok", words)


def _held(folder: Folder, now: datetime) -> tuple[SourceRow, ...]:
    viewer = Viewer(folder.root)
    try:
        viewer.refresh()
        return sources(viewer, now)
    except StoreError:  # told by the part that looks at the store
        return ()
    finally:
        viewer.close()
