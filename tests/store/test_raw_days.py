"""Old raw samples in files by day: the same rows for every reader, whatever ends the collection and whoever still reads."""

import logging
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from store import backup, commit, compaction, publish, raw_days
from store.audit import NO_EVIDENCE
from store.database import Session, open_file
from store.errors import StoreError
from store.folder import Folder
from store.records import Outcome, Sample
from store.restore import restore
from store.retention import Keep
from store.viewer import Viewer

SPLIT = Keep(timedelta(90), timedelta(900), split_above=-1)
WHOLE = Keep(timedelta(90), timedelta(900))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURS = 40 * 24


def hourly(now: datetime, hours: int = HOURS, **kept: Any) -> list[Sample]:
    given = Sample("bot", "latency", "avg", now, 0.0, "s", 10, 3600, {"model": "m1"})
    return [replace(given, **{"seen": now - HOUR * i, "value": float(i), **kept}) for i in range(hours)]


def nothing(_: Session) -> None:
    return None


def collected(
    folder: Folder, run: Any, now: datetime, rows: Sequence[Sample] = (), keep: Keep = SPLIT
) -> commit.Committed:
    return commit.commit(folder, [Outcome(run(now=now), tuple(rows))], None, nothing, keep, now)


@pytest.fixture
def split(folder: Folder, run: Any, now: datetime) -> Folder:
    collected(folder, run, now, hourly(now))
    return folder


@dataclass(frozen=True, slots=True)
class Sum:
    rows: int
    total: float


def summed(viewer: Viewer) -> tuple[int, float]:
    (found,) = viewer.rows(Sum, "select count(*) as rows, sum(value) as total from sample_values")
    return found.rows, found.total


EVERYTHING = (HOURS, float(sum(range(HOURS))))


def files(folder: Folder) -> set[str]:
    return {path.name for path in folder.raw.iterdir()}


def held(path: Path, table: str = "samples") -> int:
    with open_file(path, read_only=True) as session:
        return int(session.execute(f"select count(*) from {table}")[0][0])  # noqa: S608 - a constant of this file


def faults(folder: Folder) -> str:
    return "\n".join(found.what for found in backup.verify(folder, commit.manifest(folder)) if not found.ok)


def leave_room(session: Session) -> None:
    """Leave free blocks before others that are used; those at the end DuckDB gives back by itself."""
    for step in (
        "create table ballast as select hash(range) as word from range(1000000)",
        "checkpoint",
        "create table tail as select hash(range) as word from range(200000)",
        "checkpoint",
        "drop table ballast",
        "checkpoint",
    ):
        session.execute(step)


# where the rows are


def test_days_before_the_recent_ones_are_files_and_the_view_shows_all(split: Folder, run: Any, now: datetime) -> None:
    published = publish.current(split)
    assert published is not None
    begins = now.replace(hour=0) - raw_days.RECENT
    assert held(published) == len([row for row in hourly(now) if row.seen >= begins])
    assert len(files(split)) == held(published, "raw_days") == 25
    assert all(not raw_days.fault(split.raw / name) for name in files(split))
    assert summed(Viewer(split.root)) == EVERYTHING
    assert faults(split) == ""
    assert "raw: every byte read, 25 days" in [found.what for found in backup.verify(split, {})]


def test_a_store_below_the_mark_stays_whole_and_one_that_was_past_it_stays_split(
    folder: Folder, run: Any, now: datetime
) -> None:
    collected(folder, run, now, hourly(now), WHOLE)
    assert files(folder) == set()
    collected(folder, run, now + DAY)
    assert len(files(folder)) == 26
    collected(folder, run, now + DAY * 2, (), WHOLE)
    assert len(files(folder)) == 27
    assert summed(Viewer(folder.root)) == EVERYTHING


def test_readers_find_the_same_rows_split_or_whole_whatever_comes_late(tmp_path: Path, run: Any, now: datetime) -> None:
    midnight = now.replace(hour=0)
    counters = hourly(now, 9 * 24, metric="calls", stat="counter", period=0, unit="1")
    steps = [
        [*hourly(now), *counters],
        [
            replace(hourly(now)[700], value=-1.0),
            *hourly(midnight - DAY * 20, 1, value=-2.0),
            *hourly(midnight - DAY * 22 + timedelta(minutes=30), 1, n=None),
            *hourly(midnight - DAY * 24 + HOUR / 2, 1, metric="queue", period=0),
        ],
        hourly(now),
        [replace(row, seen=row.seen - DAY * 30) for row in counters[:5]],
        [],
        [],
    ]
    looks = []
    for keep in (WHOLE, SPLIT):
        folder = Folder(tmp_path / f"o'{keep.split_above}, here")
        folder.create()
        seen = []
        for number, rows in enumerate(steps):
            run.made = number
            collected(folder, run, now + timedelta(hours=10 * number), rows, keep)
            with open_file(publish.current(folder) or Path(), read_only=True) as session:
                views = ("all_samples", "sample_values", "rollup_1h", "rollup_1d", "latest")
                seen.append([session.execute(f"select * from {view} order by all") for view in views])  # noqa: S608
        looks.append(seen)
        assert bool(files(folder)) == (keep is SPLIT)
        assert faults(folder) == ""
    assert looks[0] == looks[1]


def test_a_query_for_recent_times_leaves_the_files_alone(split: Folder, now: datetime) -> None:
    path = publish.current(split)
    assert path is not None
    with open_file(path, read_only=True) as session:

        def plan(since: datetime) -> str:
            sql = "explain select max(value) from sample_values where system = 'bot' and seen >= $since"
            return str(session.execute(sql, {"since": since})[0][1]).lower()

        assert "parquet" not in plan(now - DAY * 15)
        assert "parquet" in plan(now - DAY * 17)


def test_days_past_their_time_go_with_the_last_copy_that_refers_to_them(split: Folder, run: Any, now: datetime) -> None:
    later = now + DAY * 60
    collected(split, run, later)
    gone = (later - SPLIT.samples).date()
    counted = len([row for row in hourly(now) if row.seen.date() >= gone])
    assert summed(Viewer(split.root))[0] == counted
    assert min(files(split)) < f"{gone}"
    for number in range(2):
        collected(split, run, later + HOUR * number)
    assert min(files(split)) >= f"{gone}"
    assert faults(split) == ""


def test_a_viewer_of_an_older_copy_reads_on_after_a_day_was_written_anew(
    split: Folder, run: Any, now: datetime
) -> None:
    viewer = Viewer(split.root)
    viewer.refresh()
    before = files(split)
    collected(split, run, now + DAY, [replace(hourly(now)[800], value=-1.0)])
    assert len(files(split)) == 27
    assert summed(viewer) == EVERYTHING
    assert viewer.refresh()
    assert summed(viewer) == (HOURS, EVERYTHING[1] - 801)
    for number in (2, 3):
        collected(split, run, now + DAY * number)
    assert len(before - files(split)) == 1


def test_a_viewer_in_its_own_process_needs_no_arrow(split: Folder) -> None:
    program = (
        "import sys; from pathlib import Path; from dataclasses import make_dataclass; from store.viewer import Viewer\n"
        "found = Viewer(Path(sys.argv[1])).rows(make_dataclass('R', ['n']), 'select count(*) as n from sample_values')\n"
        "print(found[0].n, 'pyarrow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(split.root)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(HOURS), "False"]


def test_a_group_may_read_the_days(tmp_path: Path, run: Any, now: datetime) -> None:
    import grp
    import os

    folder = Folder(tmp_path / "shared", grp.getgrgid(os.getgid()).gr_name)
    folder.create()
    collected(folder, run, now, hourly(now))
    assert stat.S_IMODE(folder.raw.stat().st_mode) == 0o2750
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.raw.iterdir()} == {0o640}


# what ends a collection

KILLED = """
import os, signal, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from store import commit, compaction, publish, raw_days
from store.folder import Folder
from store.records import Outcome, Run, Sample
from store.retention import Keep
now = datetime(2026, 11, 23, 12, tzinfo=UTC)
run = Run(f"r{os.getpid()}", "prom", "prometheus", "complete", "", "", now, now, now, now)
rows = [Sample("bot", "latency", "avg", now - timedelta(hours=i), float(i), "s", 10, 3600, {"model": "m1"})
    for i in range(int(sys.argv[4]))]
places = {
    "a day is half a file": (raw_days, "sync_file"),
    "all days are files": (raw_days, "sync_folder"),
    "the rows are deleted": (raw_days, "show"),
    "it is committed": (commit.audit_file, "write_out"),
    "it is written anew": (compaction, "sync_file"),
    "it was replaced": (commit.spool, "settle"),
    "it is published": (raw_days, "sweep"),
}
if sys.argv[2] in places:
    module, name = places[sys.argv[2]]
    real = getattr(module, name)
    def kill(*given):
        if sys.argv[2] != "the rows are deleted" or given[0].execute("select count(*) from samples where seen < '2026-11-01'") == [(0,)]:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given)
    if sys.argv[3] == "split":
        setattr(module, name, kill)
mark = -1 if sys.argv[3] == "split" else 10**12
keep = Keep(timedelta(90), timedelta(900), split_above=mark)
when = now + timedelta(days=sys.argv[3] == "split")
commit.commit(Folder(Path(sys.argv[1])), [Outcome(run, tuple(rows))], None, lambda _: None, keep, when)
"""


@pytest.mark.parametrize(
    "place",
    [
        "a day is half a file", "all days are files", "the rows are deleted", "it is committed", "it is written anew",
        "it was replaced", "it is published",
    ],
)  # fmt: skip
def test_a_kill_between_any_two_steps_leaves_every_row(folder: Folder, place: str, now: datetime) -> None:
    def collect(step: str, kind: str, hours: int) -> int:
        command = [sys.executable, "-c", KILLED, str(folder.root), step, kind, str(hours)]
        return subprocess.run(command, check=False).returncode

    def total(path: Path) -> list[tuple[int, float]]:
        with open_file(path, read_only=True) as session:
            return session.execute("select count(*), sum(value) from sample_values")

    assert collect("nowhere", "whole", HOURS) == 0
    with commit.primary(folder, now) as session:
        leave_room(session)
    before = folder.primary.stat().st_size
    assert collect(place, "split", 10) == -signal.SIGKILL
    assert [total(path) for _, path in publish.copies(folder)] == [[EVERYTHING]] * len(publish.copies(folder))
    assert collect("nowhere", "split", 10) == 0
    assert total(folder.primary) == total(publish.copies(folder)[-1][1]) == [EVERYTHING]
    assert files(folder) == raw_days.names(folder.primary)
    assert len(files(folder)) == 26
    assert folder.primary.stat().st_size < 0.75 * before
    assert faults(folder) == ""


# room


def test_a_file_written_anew_is_small_and_the_same(folder: Folder, run: Any, now: datetime) -> None:
    collected(folder, run, now, hourly(now), WHOLE)
    with commit.primary(folder, now) as session:
        leave_room(session)
        assert compaction.rewritten(session, folder, mark=10**9) is None
        listed = "select table_name, sql from duckdb_tables() where database_name = current_database() order by all"
        before = session.execute(listed), session.execute("select * from duckdb_constraints() order by all")
        size = folder.primary.stat().st_size
        part = compaction.rewritten(session, folder, mark=0)
        assert part is not None
    counts = backup.scan(folder.primary)
    compaction.replace(folder, part)
    assert backup.scan(folder.primary) == counts
    assert folder.primary.stat().st_size < size / 2
    assert stat.S_IMODE(folder.primary.stat().st_mode) == 0o600
    with commit.primary(folder, now) as session:
        assert session.execute(listed) == before[0]
        assert len(session.execute("select * from duckdb_constraints()")) == len(before[1])
        assert compaction.rewritten(session, folder, mark=0) is None


def test_without_room_to_write_it_anew_the_store_is_published_as_it_is(
    folder: Folder, run: Any, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    collected(folder, run, now, hourly(now), WHOLE)
    with commit.primary(folder, now) as session:
        leave_room(session)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with commit.primary(folder, now) as session:
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))  # a file that may not grow is a disk without room
        try:
            assert compaction.rewritten(session, folder, mark=0) is None
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caplog.messages == ["the store is not written anew"]
    assert not folder.primary.with_suffix(".part").exists()
    collected(folder, run, now + DAY)
    assert summed(Viewer(folder.root)) == EVERYTHING


# backups, and what breaks


def test_a_backup_brings_its_days_back_whole(split: Folder, run: Any, now: datetime) -> None:
    kept = backup.backup(split, now)
    collected(split, run, now + DAY, [replace(hourly(now)[800], value=-1.0)])
    newer = backup.backup(split, now + DAY, keep=2)
    assert len({path.name for path in (split.backups / "raw").iterdir()}) == 27
    damaged, gone = sorted(files(split))[1:3]
    (split.raw / damaged).write_bytes(b"x")
    (split.raw / gone).unlink()
    words = faults(split)
    assert f"raw/{damaged}: its content was changed; bring a backup back with" in words
    assert f"raw/{gone}: cannot be read (No such file or directory)" in words
    restore(split, kept, "ada", NO_EVIDENCE, now)
    assert faults(split) == ""
    assert summed(Viewer(split.root)) == EVERYTHING
    collected(split, run, now + DAY * 2)
    collected(split, run, now + DAY * 3)
    assert raw_days.names(split.root / "primary.duckdb.replaced") < files(split)
    backup.backup(split, now + DAY * 2, keep=1)
    assert not kept.exists()
    assert not newer.exists()
    assert {path.name for path in (split.backups / "raw").iterdir()} == raw_days.names(publish.copies(split)[-1][1])


def test_a_backup_opened_where_it_lies_shows_its_days(split: Folder, now: datetime, tmp_path: Path) -> None:
    kept = backup.backup(split, now)
    with open_file(kept, read_only=True) as session:
        assert session.execute("select count(*), sum(value) from sample_values") == [EVERYTHING]


def test_a_changed_day_is_never_taken_into_a_backup(split: Folder, now: datetime) -> None:
    (split.raw / min(files(split))).write_bytes(b"x")
    with pytest.raises(StoreError, match=r"its content was changed; 'llmops-tui store verify'"):
        backup.backup(split, now)
    assert not list(split.backups.glob("*.duckdb"))


def test_nothing_is_swept_while_a_copy_cannot_tell_what_it_needs(
    split: Folder, run: Any, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    left = split.raw / f"{date(2026, 1, 1)}.part"
    left.write_bytes(b"half")
    older, _ = publish.copies(split)[0][1], collected(split, run, now)
    older.write_bytes(b"x" * 10_000)
    left.write_bytes(b"half")
    with caplog.at_level(logging.WARNING):
        collected(split, run, now)
    assert left.exists()
    assert caplog.messages == ["days of samples are not swept"]
    for _ in range(2):
        collected(split, run, now)
    assert not left.exists()


def test_a_store_of_an_older_schema_refers_to_no_day(tmp_path: Path) -> None:
    with open_file(tmp_path / "old.duckdb") as session:
        session.execute("create table samples (value double)")
    assert raw_days.names(tmp_path / "old.duckdb") == set()
    raw_days.sweep(tmp_path / "raw", [])
