"""The store's files: permissions, the lock, published copies and what viewers see of them."""

import os
import stat
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from store import commit, lock, publish, spool
from store.database import Session, aware, open_file, open_folder, quoted
from store.errors import StoreBusyError, StoreError
from store.folder import Folder, file_system, refuse_network, write_atomic
from store.records import Event, Outcome, Run, Sample
from store.retention import Keep
from store.viewer import Viewer


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def nothing(_: Session) -> None:
    return None


def committed(folder: Folder, now: datetime, *outcomes: Outcome) -> commit.Committed:
    from datetime import timedelta

    return commit.commit(folder, outcomes, commit.Described(), nothing, Keep(timedelta(90), timedelta(900)), now)


def test_a_store_for_one_person_is_closed_to_everybody_else(folder: Folder, run: Any, now: datetime) -> None:
    committed(folder, now, Outcome(run()))
    assert mode(folder.root) == 0o700
    assert {mode(path) for path in folder.root.iterdir() if path.is_file()} == {0o600}


def test_a_shared_store_shows_its_group_copies_but_never_the_primary(tmp_path: Path, run: Any, now: datetime) -> None:
    import grp

    group = grp.getgrgid(os.getgid()).gr_name
    folder = Folder(tmp_path / "shared", group)
    folder.create()
    committed(folder, now, Outcome(run()))
    assert (mode(folder.root), mode(folder.spool), mode(folder.done)) == (0o2750, 0o3770, 0o700)
    assert mode(folder.primary) == 0o600
    newest = publish.current(folder)
    assert newest is not None
    assert mode(newest) == mode(folder.current) == 0o640


def test_an_open_folder_is_closed_again(folder: Folder) -> None:
    folder.root.chmod(0o755)
    folder.create()
    assert mode(folder.root) == 0o700


def test_an_unknown_group_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="'no-such-group' does not exist"):
        Folder(tmp_path / "s", "no-such-group").create()


def test_a_folder_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="making the store folder"):
        Folder(tmp_path / "file" / "store").create()


def test_another_users_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(tmp_path / "s")
    folder.create()
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(StoreError, match="belongs to another user"):
        folder.create()


def test_a_network_file_system_is_refused(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"short\n/dev/vda / ext4 rw 0 0\nserver:/x {tmp_path}/my\\040share nfs4 rw 0 0\n")
    with pytest.raises(StoreError, match="lies on nfs4"):
        refuse_network(tmp_path / "my share" / "store", mounts)
    assert file_system(tmp_path, mounts) == "ext4"
    assert not file_system(tmp_path, tmp_path / "absent")


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "CURRENT"
    write_atomic(target, b"one", 0o600)
    write_atomic(target, b"two", 0o640)
    assert (target.read_bytes(), mode(target)) == (b"two", 0o640)
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        write_atomic(tmp_path / "folder", b"x", 0o600)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


HOLD = """
import sys, time
from pathlib import Path
from store import lock
from store.folder import Folder
with lock.held(Folder(Path(sys.argv[1]))):
    print('held', flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_refused_and_told_who_holds_the_store(folder: Folder) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(folder.root)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert lock.holder(folder) == holder.pid
        with pytest.raises(StoreBusyError, match=f"pid {holder.pid}"), lock.held(folder):
            raise AssertionError
        waits: list[float] = []
        with pytest.raises(StoreBusyError), lock.held(folder, 0.2, waits.append):
            raise AssertionError
        assert waits
    finally:
        holder.kill()
        holder.communicate()
    assert lock.holder(folder) is None
    with lock.held(folder):
        assert lock.holder(folder) == os.getpid()


def test_nobody_holds_a_store_that_was_never_locked(folder: Folder) -> None:
    assert lock.holder(folder) is None


def test_the_last_copies_are_kept_and_half_written_ones_removed(folder: Folder, run: Any, now: datetime) -> None:
    for _ in range(5):
        committed(folder, now, Outcome(run()))
    (folder.root / "serve-9.part").write_bytes(b"half")
    committed(folder, now)
    assert [number for number, _ in publish.copies(folder)] == [4, 5, 6]
    assert folder.current.read_text() == "serve-6.duckdb\n"
    assert not list(folder.root.glob("*.part"))


def test_a_copy_that_cannot_be_made_leaves_the_old_one(folder: Folder, run: Any, now: datetime) -> None:
    committed(folder, now, Outcome(run()))
    with pytest.raises(StoreError, match=r"publishing serve-9\.duckdb"):
        publish.copy_file(folder.root / "absent", folder.root / "serve-9.duckdb")
    assert publish.current(folder) == folder.root / "serve-1.duckdb"


@pytest.mark.parametrize("content", ["../../etc/passwd\n", "serve-x.duckdb", "serve-1.duckdb; drop"])
def test_current_names_a_copy_or_is_refused(folder: Folder, content: str) -> None:
    folder.current.write_text(content)
    with pytest.raises(StoreError, match="does not name a published copy"):
        publish.current(folder)


def test_current_that_cannot_be_read_is_an_error_with_a_remedy(folder: Folder) -> None:
    folder.current.mkdir()
    with pytest.raises(StoreError, match="ask the store's owner"):
        publish.current(folder)


def sample(now: datetime, value: float) -> Sample:
    return Sample("bot", "latency", "last", now, value)


def test_a_viewer_moves_to_the_newest_copy_and_never_back(folder: Folder, run: Any, now: datetime) -> None:
    viewer = Viewer(folder.root)
    with pytest.raises(StoreError, match="nothing is collected yet"):
        viewer.refresh()
    committed(folder, now, Outcome(run(), (sample(now, 1.0),)))
    assert viewer.refresh()
    assert not viewer.refresh()
    committed(folder, now, Outcome(run()))
    assert viewer.refresh()
    assert viewer.published is not None
    assert len(viewer.rows(Run, "select * from runs")) == 2
    viewer.close()
    viewer.close()
    assert len(viewer.rows(Run, "select * from runs")) == 2
    viewer.close()


def test_a_viewer_reads_on_while_its_copy_is_removed(folder: Folder, run: Any, now: datetime) -> None:
    committed(folder, now, Outcome(run()))
    viewer = Viewer(folder.root)
    viewer.refresh()
    for _ in range(4):
        committed(folder, now, Outcome(run()))
    assert not (folder.root / "serve-1.duckdb").exists()
    assert len(viewer.rows(Run, "select * from runs")) == 1
    viewer.close()


def test_a_copy_named_but_gone_is_said_plainly(folder: Folder) -> None:
    folder.current.write_text("serve-7.duckdb\n")
    with pytest.raises(StoreError, match="come and go"):
        Viewer(folder.root).refresh()


def test_a_copy_that_is_no_database_is_an_error(folder: Folder) -> None:
    (folder.root / "serve-1.duckdb").write_bytes(b"not a database" * 1000)
    folder.current.write_text("serve-1.duckdb\n")
    with pytest.raises(StoreError):
        Viewer(folder.root).refresh()


def test_a_copy_of_another_release_is_refused_in_words(folder: Folder, run: Any, now: datetime) -> None:
    committed(folder, now, Outcome(run()))
    viewer = Viewer(folder.root)
    viewer.refresh()
    committed(folder, now)
    newest = publish.current(folder)
    assert newest is not None
    with open_file(newest) as session:
        session.execute("update facts set content = 'old' where name = 'views'")
    with pytest.raises(StoreError, match="published by another release"):
        viewer.refresh()
    assert len(viewer.rows(Run, "select * from runs")) == 1
    committed(folder, now)
    assert viewer.refresh()
    viewer.close()


def test_a_database_that_is_no_store_is_refused(folder: Folder) -> None:
    with open_file(folder.root / "serve-1.duckdb") as session:
        session.execute("create table other (a integer)")
    folder.current.write_text("serve-1.duckdb\n")
    with pytest.raises(StoreError, match="published by another release"):
        Viewer(folder.root).refresh()


def test_a_viewer_can_touch_no_file_outside_its_folder(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a\n1\n")
    with open_folder(folder.root) as session, pytest.raises(StoreError, match="disabled by config"):
        session.execute(f"select * from read_csv({quoted(tmp_path / 'other.csv')})")  # noqa: S608


def test_a_decision_shows_as_pending_until_it_is_committed(folder: Folder, run: Any, now: datetime) -> None:
    committed(folder, now, Outcome(run()))
    viewer = Viewer(folder.root)
    viewer.refresh()
    assert viewer.pending_events() == ()
    event = spool.new_event("acknowledge", "breach-1", "we know; vendor ticket 17", now)
    spool.write(folder, event)
    assert [e.subject for e in viewer.pending_events()] == ["breach-1"]
    assert [e.event_id for e in committed(folder, now).events] == [event.event_id]
    viewer.refresh()
    assert viewer.pending_events() == ()
    assert [e.reason for e in viewer.rows(Event, "select * from events")] == ["we know; vendor ticket 17"]
    viewer.close()


def test_nothing_waits_where_the_spool_is_gone(folder: Folder, run: Any, now: datetime) -> None:
    committed(folder, now, Outcome(run()))
    folder.spool.rmdir()
    assert Viewer(folder.root).pending_events() == ()


def test_times_come_back_aware_and_columns_must_fit_their_record(session: Session, now: datetime) -> None:
    assert aware(now.replace(tzinfo=None)) == now
    with pytest.raises(StoreError, match="columns and fields differ in actor"):
        session.rows(Event, "select * exclude (actor) from events")
    with pytest.raises(StoreError, match="does not exist"):
        session.execute("select * from no_such_table")


def test_a_file_held_by_another_program_is_said_to_be(folder: Folder) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", "import duckdb,sys,time; c=duckdb.connect(sys.argv[1]); print(1, flush=True); time.sleep(60)",
         str(folder.primary)], stdout=subprocess.PIPE)  # fmt: skip
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(StoreBusyError, match="another program holds the file"):
            open_file(folder.primary)
    finally:
        holder.kill()
        holder.communicate()


def test_a_path_is_written_as_one_sql_text() -> None:
    assert quoted(Path("it's; drop")) == "'it''s; drop'"


def test_writing_out_parquet_keeps_types(session: Session, run: Any, now: datetime, tmp_path: Path) -> None:
    import pyarrow.parquet

    session.append("runs", [run()])
    session.copy_out("select source, started from runs", (), tmp_path / "runs.parquet", "parquet")
    assert pyarrow.parquet.read_table(tmp_path / "runs.parquet").num_rows == 1
    with pytest.raises(StoreError, match="cannot write xml"):
        session.copy_out("select 1", (), tmp_path / "x", "xml")
