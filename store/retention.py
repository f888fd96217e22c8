"""Let go of raw rows and their revisions past their time; rollups stay for years, charges and decisions for good."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from store.database import Session
from store.folder import Folder

_RAW_READINGS = timedelta(days=7)
_RUNS = timedelta(days=400)
_SPOOLED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Keep:
    """How long raw samples and rollups are kept, how many copies, and past how many bytes old days are files."""

    samples: timedelta
    rollups: timedelta
    published: int = 3
    split_above: int = 2_000_000_000


def trim(session: Session, keep: Keep, now: datetime) -> bool:
    """Delete what is past its time, once a UTC day; say whether it was done."""
    today = now.date().isoformat()
    oldest = (now - keep.samples).replace(hour=0, minute=0, second=0, microsecond=0)  # days go as a whole
    if session.execute("select 1 from facts where name = 'trimmed' and content = $today", {"today": today}):
        return False
    steps = (
        ("delete from samples where seen < $limit", oldest),
        ("delete from raw_days where day < $limit", oldest),
        ("delete from sample_revisions where seen < $limit", oldest),
        (
            """
            delete from samples where seen < $limit and series_id in (
                select series_id from series where stat in ('counter', 'bucket'))
            """,
            now - _RAW_READINGS,
        ),
        ("delete from cases where seen < $limit", oldest),
        ("delete from rollup_1h where bucket < $limit", now - keep.rollups),
        ("delete from rollup_1d where bucket < $limit", now - keep.rollups),
        ("delete from runs where started < $limit", now - _RUNS),
        ("delete from evaluation_revisions where replaced < $limit", now - _RUNS),
        ("delete from quarantine where written_off < $limit", now - _SPOOLED),
    )
    for sql, limit in steps:
        session.execute(sql, {"limit": limit})
    session.execute("insert or replace into facts values ('trimmed', $today)", {"today": today})
    return True


def trim_spool(folder: Folder, now: datetime) -> None:
    """Remove the files of events that were committed a month ago."""
    limit = (now - _SPOOLED).timestamp()
    for path in folder.done.glob("*.json"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
