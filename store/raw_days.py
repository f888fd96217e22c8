"""Keep old raw samples beside a large store, a Parquet file for each UTC day, and show them and the table as one view.

A file is never written again and its name ends in the digest of its content, so a published copy goes on reading the
days that it was made with. Which files count is said by the table ``raw_days``, changed in one transaction with
``samples``: a file that a killed collection left behind counts for nothing and is swept away after a later one.
"""

import hashlib
import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

from store.database import Session, open_file, quoted
from store.errors import StoreError
from store.folder import Folder, sync_file, sync_folder

log = logging.getLogger(__name__)

# What screens and nearly all rules ask for (36 hours, two windows of a week), and a day for rows that come late. Longer
# than counters and buckets are kept, so that these never move.
RECENT = timedelta(days=15)
_COLUMNS = "series_id, seen, value, n, is_floor, run_id"


def move_out(session: Session, folder: Folder, mark: int, now: datetime) -> None:
    """Move the days before the recent ones into files if the store is past the mark or was before.

    Runs inside the caller's transaction, after what is past its time was deleted.
    """
    limit = now.replace(hour=0, minute=0, second=0, microsecond=0) - RECENT
    if _is_split(session, mark):
        for (day,) in session.execute(
            "select distinct seen::date from samples where seen < $limit order by 1", {"limit": limit}
        ):
            session.execute("insert into raw_days values (?, ?)", [day, _written(session, folder, day)])
        sync_folder(folder.raw)
        session.execute("delete from samples where seen < $limit", {"limit": limit})
    show(session)


def bring_back(session: Session) -> None:
    """Return the days that staged rows touch to ``samples``, where rows are compared, corrected and rolled up."""
    touched = session.execute("""
        select file from raw_days where day in (
            select distinct unnest([seen - interval 1 hour, seen, seen + interval 1 hour])::date from staged)
    """)
    for (file,) in touched:
        session.execute(
            f"insert into samples select {_COLUMNS} from read_parquet(getvariable('raw_folder') || '/' || $file)",  # noqa: S608 - constants
            {"file": file},
        )
        session.execute("delete from raw_days where file = $file", {"file": file})
    if touched:
        show(session)


def show(session: Session) -> None:
    """Make the view ``all_samples`` of the table and the files that count now.

    The bound on ``seen`` lets a query for recent times leave the files unopened but for the footer of the newest.
    """
    view = f"create or replace view all_samples as select {_COLUMNS} from samples"  # noqa: S608 - constants
    found = session.execute("select file, day from raw_days order by day desc")
    if found:
        files = ", ".join(f"getvariable('raw_folder') || '/{file}'" for file, _ in found)
        ends = found[0][1] + timedelta(days=1)
        view += f" union all select {_COLUMNS} from read_parquet([{files}]) where seen < timestamp '{ends}'"  # noqa: S608 - names of our own
    session.script(view)


def names(store: Path) -> set[str]:
    """Give the files that a store file refers to; none for one of an older schema."""
    with open_file(store, read_only=True) as session:
        if not session.execute("select 1 from information_schema.tables where table_name = 'raw_days'"):
            return set()
        return held(session)


def held(session: Session) -> set[str]:
    """Give the files that an open store refers to."""
    return {file for (file,) in session.execute("select file from raw_days")}


def sweep(raw: Path, stores: Iterable[Path], needed: Iterable[str] = ()) -> None:
    """Remove the files that neither are needed nor one of these stores refers to; nothing while one cannot tell."""
    left = {path.name for path in raw.glob("*.pa*")}.difference(needed)  # days, and those half written
    try:
        for store in stores:
            if not left:
                return
            left -= names(store)
    except StoreError as error:
        log.warning("days of samples are not swept", extra={"folder": str(raw), "reason": str(error)})
        return
    for name in left:
        (raw / name).unlink()


def fault(path: Path) -> str:
    """Say what is wrong with a day's file by the digest in its name; empty when it is whole."""
    try:
        found = _digest(path)
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return "" if path.stem.endswith(f"-{found}") else "its content was changed"


def _is_split(session: Session, mark: int) -> bool:
    """Tell whether days were moved before, or the file has grown past the mark."""
    return session.execute(
        """
        select (select count(*) from raw_days) > 0 or block_size * total_blocks > $mark
        from pragma_database_size() where database_name = current_database()
        """,
        {"mark": mark},
    ) == [(True,)]


def _written(session: Session, folder: Folder, day: date) -> str:
    """Write one day, series by series; give the file's name."""
    part = folder.raw.absolute() / f"{day}.part"
    session.execute(
        f"""
        copy (
            select {_COLUMNS} from samples
            where seen >= $day and seen < $day + interval 1 day
            order by series_id, seen
        ) to {quoted(part)} (format parquet, compression zstd)
        """,  # noqa: S608 - constants
        {"day": datetime(day.year, day.month, day.day)},  # noqa: DTZ001 - as the file holds times
    )
    target = part.with_name(f"{day}-{_digest(part)}.parquet")
    part.chmod(folder.file_mode)
    sync_file(part)
    part.rename(target)
    return target.name


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]
