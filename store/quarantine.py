"""Keep rows that could not be believed, each once, until they are good again or written off."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from store.database import Session
from store.records import Rejected, Run

# Rejected rows hold their source's watermark back this long, then they are written off, visibly.
WRITE_OFF: Final = timedelta(days=7)
RAW_LIMIT: Final = 2_000
# The first rows show what is wrong with all of them; a source that is wrong as a whole must not fill the disk.
WITH_TEXT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Kept:
    """How many rows of a run hold the watermark back, and how many were new and kept without their text."""

    holding: int = 0
    without_text: int = 0

    @property
    def words(self) -> str:
        """Say what is not there to be looked at."""
        if not self.without_text:
            return ""
        return f"{self.without_text} rejected rows are kept without their text, the first {WITH_TEXT} with it"


def take(session: Session, run: Run, rejected: Sequence[Rejected], now: datetime) -> Kept:
    """Keep rejected rows with reason and fingerprint, the first ones with their text; write off what waits too long."""
    session.execute(
        "update quarantine set written_off = $now where source = $source and written_off is null and received < $limit",
        {"now": now, "source": run.source, "limit": now - WRITE_OFF},
    )
    if not rejected:
        return Kept()
    columns = {
        "fingerprint": ("varchar", list(map(_fingerprint, rejected))),
        "reason": ("varchar", [_storable(row.reason) for row in rejected]),
        "raw": ("varchar", [_storable(row.raw[:RAW_LIMIT]) for row in rejected]),
    }
    session.stage("staged_rejected", columns)
    new = _add(session, run, now)
    return Kept(_holding(session, run), max(0, new - WITH_TEXT))


def _add(session: Session, run: Run, now: datetime) -> int:
    """Insert the rows that are not there yet; give how many these were."""
    added = session.execute(
        """
        insert into quarantine by name
        with fresh as (
            select r.rowid as place, r.*
            from staged_rejected r
            where not exists (
                select 1 from quarantine q where q.source = $source and q.fingerprint = r.fingerprint)
            qualify row_number() over (partition by fingerprint order by r.rowid) = 1
        )
        select $source as source, $run as run_id, $now as received, reason, fingerprint,
            case when row_number() over (order by place) <= $kept then raw else '' end as raw
        from fresh
        order by place
        """,
        {"source": run.source, "run": run.run_id, "now": now, "kept": WITH_TEXT},
    )
    return int(added[0][0])


def _holding(session: Session, run: Run) -> int:
    """Count the run's rows that are not written off."""
    found = session.execute(
        """
        select count(*) from staged_rejected r join quarantine q using (fingerprint)
        where q.source = $source and q.written_off is null
        """,
        {"source": run.source},
    )
    return int(found[0][0])


def _fingerprint(row: Rejected) -> str:
    return hashlib.sha256(f"{row.reason}\0{row.raw}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _storable(text: str) -> str:
    """Make any Python text one that UTF-8 can hold; lone surrogates become their escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
