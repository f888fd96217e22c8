"""What a store does when the disk is full, when a release changes its schema, and when its log holds no whole line."""

import resource
from datetime import datetime
from pathlib import Path

import pytest

from store import audit_file, backup, publish, schema
from store.database import open_file
from store.errors import EXIT_STORE, StoreError
from store.folder import Folder
from store.records import Breach, Event

SMALL = 800_000
FILL = "insert into readings select range, hash(range)::varchar from range(200000)"


def test_a_full_disk_says_so_and_what_is_stored_stays(tmp_path: Path) -> None:
    path = tmp_path / "primary.duckdb"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with open_file(path) as session:
        session.execute("create table readings (number bigint, words varchar)")
        session.execute(FILL)
        session.execute("checkpoint")
        assert path.stat().st_size > SMALL
        session.execute("insert into readings values (-1, 'kept')")
        resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, hard))  # a file that may not grow is a disk without room
        try:
            with pytest.raises(StoreError, match="free disk space") as caught:
                session.execute("checkpoint")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.exit_code == EXIT_STORE
    with open_file(path) as session:
        assert session.execute("select words from readings where number = -1") == [("kept",)]


def test_a_published_copy_is_kept_before_the_schema_changes(folder: Folder, now: datetime) -> None:
    backup.before_migration(folder, now)
    assert not list(folder.backups.glob("*"))
    with open_file(folder.primary) as session:
        session.execute("create table readings (number bigint)")
    publish.publish(folder, keep=3)
    backup.before_migration(folder, now)
    assert len(list(folder.backups.glob("backup-*.duckdb"))) == 1


def test_breaches_and_events_of_an_older_schema_are_silenced_by_nobody(folder: Folder, now: datetime) -> None:
    moment = now.replace(tzinfo=None)
    with open_file(folder.primary) as session:
        session.script("create table schema_version (step integer primary key, applied timestamp not null)")
        for number, sql in schema.steps():
            if number < 5:
                session.script(sql)
                session.execute("insert into schema_version values (?, ?)", [number, moment])
        session.execute(
            """
            insert into breaches values ('b', 'bot', 'slow', 'monitoring', 'latency', 'warning', 'open', 'above', $now, $now, $now,
                null, 1, 1, 1, null, 1, '1', '', '', '')
            """,
            {"now": moment},
        )
        session.execute(
            "insert into events values ('e', 'acknowledge', 'b', 'seen', 'ada', 1, 1, $now)", {"now": moment}
        )
        assert schema.migrate(session, now) >= 5
        (breach,) = session.rows(Breach, "select * from breaches")
        (event,) = session.rows(Event, "select * from events")
        assert (breach.silenced_until, breach.silenced_by, breach.silence_reason, event.expires) == (None, "", "", None)


def test_a_log_without_a_whole_line_begins_at_nothing(tmp_path: Path) -> None:
    torn = tmp_path / "audit.jsonl"
    torn.write_text('{"sequence": \n["no entry"]\n')
    assert audit_file.last_sequence(torn) == 0
