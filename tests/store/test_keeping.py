"""Keeping: spool, audit, backup, schema, retention, whole commits and what survives a kill."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from store import accounts, audit, backup, commit, ingest, intake, judgements, publish, retention, schema, spool
from store.database import Session, open_file
from store.deliveries import DeliveryRecord
from store.described_records import SourceRecord, SystemRecord
from store.errors import StoreError
from store.folder import Folder
from store.records import Breach, Evaluation, Forecast, Outcome, Sample, Verdict
from store.restore import restore
from store.retention import Keep

KEEP = Keep(timedelta(days=90), timedelta(days=1095))


def nothing(_: Session) -> None:
    return None


def committed(folder: Folder, now: datetime, *outcomes: Outcome) -> commit.Committed:
    return commit.commit(folder, outcomes, None, nothing, KEEP, now)


# spool


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("x.json", "{}", "its name is not an event id"),
        ("0" * 32 + ".json", "[1]", "it is not an event"),
        ("0" * 32 + ".json", "{", "it is not an event"),
        ("0" * 32 + ".json", "[" * 60_000, "it is not an event"),
        ("0" * 32 + ".json", "x" * 2_100_000, "it is not a plain file"),
    ],
)
def test_what_is_no_event_is_refused_with_its_reason(folder: Folder, name: str, content: str, why: str) -> None:
    (folder.spool / name).write_text(content)
    assert spool.waiting(folder) == ()
    assert [reason for _, reason in spool.refused(folder) if reason.startswith(why)]


def test_the_owner_of_the_file_decides_whatever_its_text_says(folder: Folder, now: datetime) -> None:
    path = spool.write(folder, spool.new_event("note", "bot", "hello", now))
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "actor": "boss", "actor_uid": 0}))
    os.chown(path, 4711, -1)
    (event,) = spool.waiting(folder)
    assert (event.actor, event.actor_uid) == ("uid-4711", 4711)


@pytest.mark.parametrize("change", [{"kind": "seize"}, {"written": "2026-11-23T12:00:00"}, {"event_id": "f" * 32}])
def test_a_forged_event_is_refused(folder: Folder, now: datetime, change: dict[str, str]) -> None:
    path = spool.write(folder, spool.new_event("note", "bot", "hello", now))
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert spool.waiting(folder) == ()


@pytest.mark.parametrize(
    ("length", "is_believed"),
    [
        (timedelta(days=30), True),
        (timedelta(days=30, microseconds=1), False),
        (timedelta(microseconds=1), True),
        (timedelta(0), False),
        (None, False),
    ],
)
def test_a_silence_ends_within_thirty_days(
    folder: Folder, now: datetime, length: timedelta | None, *, is_believed: bool
) -> None:
    event = spool.new_event("silence", "system:bot", "known", now, None if length is None else now + length)
    spool.write(folder, event)
    assert [each.expires for each in spool.waiting(folder)] == ([event.expires] if is_believed else [])
    assert bool(spool.refused(folder)) != is_believed


@pytest.mark.parametrize("expires", ["2026-11-23T13:00:00", "tomorrow", 7, "0001-01-01T00:00:00+14:00"])
def test_a_silence_whose_end_cannot_be_read_is_refused_and_left(folder: Folder, now: datetime, expires: object) -> None:
    path = spool.write(folder, spool.new_event("silence", "system:bot", "known", now, now + timedelta(hours=1)))
    path.write_text(json.dumps({**json.loads(path.read_text()), "expires": expires}))
    assert spool.waiting(folder) == ()
    assert spool.refused(folder) == ((path, "it is not an event"),)


def test_the_audit_log_says_until_when_something_was_silenced(folder: Folder, now: datetime) -> None:
    spool.write(folder, spool.new_event("silence", "system:bot", "known", now, now + timedelta(hours=1)))
    with commit.primary(folder, now) as session:
        ingest.ingest(session, folder, now)
        assert session.execute("select detail from audit") == [
            (f"until {(now + timedelta(hours=1)).isoformat()}: known",)
        ]
        assert session.execute("select expires - written from events") == [(timedelta(hours=1),)]


def test_links_and_pipes_in_the_spool_are_never_followed(folder: Folder, now: datetime, tmp_path: Path) -> None:
    real = spool.write(folder, spool.new_event("note", "bot", "hello", now))
    (tmp_path / "e").write_text(real.read_text())
    os.link(real, folder.spool / ("1" * 32 + ".json"))
    (folder.spool / ("2" * 32 + ".json")).symlink_to(tmp_path / "e")
    os.mkfifo(folder.spool / ("3" * 32 + ".json"))
    assert spool.waiting(folder) == ()
    assert len(spool.refused(folder)) == 4


def test_a_spool_that_takes_nothing_says_whom_to_ask(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(StoreError, match="ask the store's owner"):
        spool.write(Folder(tmp_path / "absent"), spool.new_event("note", "bot", "x", now))
    with pytest.raises(StoreError, match="shorten its reason"):
        spool.write(Folder(tmp_path), spool.new_event("note", "bot", "x" * 70_000, now))
    with pytest.raises(ValueError, match="seize"):
        spool.new_event("seize", "bot", "x", now)
    assert spool.waiting(Folder(tmp_path / "absent")) == ()


def test_the_login_user_is_told_where_the_system_knows(tmp_path: Path) -> None:
    (tmp_path / "uid").write_text("1000")
    (tmp_path / "unset").write_text(str(2**32 - 1))
    found = [accounts.login_uid(tmp_path / name) for name in ("uid", "unset", "absent")]
    assert found == [1000, -1, -1]


def test_an_event_is_stored_once_however_often_it_is_taken_in(folder: Folder, now: datetime) -> None:
    event = spool.new_event("note", "bot", "hello", now)
    spool.write(folder, event)
    with commit.primary(folder, now) as session:
        for _ in range(2):
            with session.transaction():
                assert [e.event_id for e in ingest.ingest(session, folder, now)] == [event.event_id]
        assert session.execute("select count(*) from events") == [(1,)]
        assert session.execute("select count(*) from audit") == [(1,)]
    spool.settle(folder, (event,))
    spool.settle(folder, (event,))
    assert (folder.done / f"{event.event_id}.json").exists()


# schema


def test_a_store_of_a_newer_release_is_refused_untouched(session: Session, now: datetime) -> None:
    session.execute("insert into schema_version values (999, $now)", {"now": now})
    with pytest.raises(StoreError, match="install the newer release"):
        schema.migrate(session, now)


def test_an_older_store_is_copied_before_it_changes(
    folder: Folder, session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = schema.steps()
    monkeypatch.setattr(schema, "steps", lambda: (*known, (999, "create table later (a integer)")))
    called: list[str] = []
    assert schema.migrate(session, now, lambda: called.append("copied")) == 999
    assert called == ["copied"]
    assert schema.version(session) == 999
    backup.before_migration(folder, now)
    assert not folder.backups.exists()


def test_views_of_another_release_are_replaced(session: Session, now: datetime) -> None:
    session.execute("update facts set content = 'old' where name = 'views'")
    session.execute("create or replace view sample_values as select 1 as gone")
    schema.migrate(session, now)
    assert session.execute("select count(*) from sample_values") == [(0,)]


@pytest.mark.parametrize("record", [SystemRecord, SourceRecord, Verdict, Breach, Forecast, DeliveryRecord])
def test_records_are_their_tables(session: Session, record: Any) -> None:
    columns = session.execute(
        "select column_name from information_schema.columns where table_name = $t order by 1", {"t": record.TABLE}
    )
    assert [name for (name,) in columns] == sorted(field for field in record.__dataclass_fields__ if field != "TABLE")


# backup and verify


def test_a_backup_is_checked_and_only_the_last_are_kept(folder: Folder, run: Any, now: datetime) -> None:
    with pytest.raises(StoreError, match="nothing to back up"):
        backup.backup(folder, now)
    committed(folder, now, Outcome(run()))
    made = [backup.backup(folder, now + timedelta(seconds=i), keep=2) for i in range(3)]
    assert sorted(folder.backups.iterdir()) == made[1:]


def test_a_store_comes_back_from_its_backup(folder: Folder, run: Any, now: datetime) -> None:
    committed(folder, now, Outcome(run(), (Sample("bot", "m", "last", now, 1.0),)))
    kept = backup.backup(folder, now)
    committed(folder, now, Outcome(run(), (Sample("bot", "m", "last", now, 2.0),)))
    restore(folder, kept, "ada", audit.NO_EVIDENCE, now)
    with commit.primary(folder, now) as session:
        assert session.execute("select value from samples") == [(1.0,)]
    with pytest.raises(StoreError, match=f"known backups: {kept.name}"):
        restore(folder, folder.backups / "absent", "ada", audit.NO_EVIDENCE, now)


def test_a_whole_store_is_found_whole(folder: Folder, run: Any, now: datetime) -> None:
    spool.write(folder, spool.new_event("note", "bot", "hello", now))
    committed(folder, now, Outcome(run()))
    found = backup.verify(folder, commit.manifest(folder))
    assert all(finding.ok for finding in found)


def test_lost_commits_flipped_bits_and_a_broken_log_are_found(folder: Folder, run: Any, now: datetime) -> None:
    many = tuple(Sample("bot", "m", "last", now - timedelta(minutes=i), i / 7) for i in range(50_000))
    committed(folder, now, Outcome(run(), many))
    with open_file(folder.primary) as session:
        audit.append(session, "maria", "note", "bot", "", now)
        session.execute("update audit set detail = 'changed'")
        session.execute("delete from runs")
    (folder.spool / "junk.json").write_text("")
    words = "\n".join(f.what for f in backup.verify(folder, commit.manifest(folder)) if not f.ok)
    assert "runs has 0 rows, 1 were committed" in words
    assert "entry 1 of 2026-11-23T12:00:00.000000+00:00: edited: its content does not give its hash" in words
    assert "junk.json: its name is not an event id" in words
    newest = publish.current(folder)
    assert newest is not None
    content = bytearray(newest.read_bytes())
    for place in range(64 * 1024, len(content), 64 * 1024):
        content[place] ^= 1
    newest.write_bytes(content)
    assert any(newest.name in f.what and not f.ok for f in backup.verify(folder, {}))


def test_a_primary_that_cannot_be_read_ends_the_look(folder: Folder) -> None:
    folder.primary.write_bytes(b"x" * 10_000)
    (finding,) = backup.verify(folder, {})
    assert not finding.ok
    assert "llmops-tui store restore" in finding.what


def test_a_manifest_that_cannot_be_read_is_none(folder: Folder) -> None:
    assert commit.manifest(folder) == {}
    folder.manifest.write_text("[]")
    assert commit.manifest(folder) == {}


# retention


def test_old_raw_rows_go_and_rollups_stay(session: Session, run: Any, now: datetime) -> None:
    from store import intake

    old = [Sample("bot", "m", "last", now - timedelta(days=days), 1.0) for days in (1, 89, 91)]
    readings = [Sample("bot", "c", "counter", now - timedelta(days=days), 1.0) for days in (1, 8)]
    intake.take(session, Outcome(run(), (*old, *readings)), now)
    assert retention.trim(session, KEEP, now)
    assert not retention.trim(session, KEEP, now + timedelta(hours=1))
    assert session.execute("select count(*) from samples join series using (series_id) where stat = 'last'") == [(2,)]
    assert session.execute("select count(*) from samples join series using (series_id) where stat = 'counter'") == [
        (1,)
    ]
    kept = session.execute("select count(*) from rollup_1d join series using (series_id) where stat = 'last'")
    assert kept == [(3,)]


def test_revisions_go_with_their_raw_rows_and_those_of_scores_with_their_runs(
    session: Session, run: Any, now: datetime
) -> None:
    for value in (1.0, 2.0):
        old = [Sample("bot", "m", "last", now - timedelta(days=days), value) for days in (1, 91)]
        intake.take(session, Outcome(run(), tuple(old)), now)
    for value, replaced in ((1.0, 402), (2.0, 401), (3.0, 399)):
        corrected = Evaluation("bot", "e", "golden", "quality", now - timedelta(days=500), value)
        intake.take(session, Outcome(run(), (corrected,)), now - timedelta(days=replaced))
    assert retention.trim(session, KEEP, now)
    assert session.execute("select count(*) from sample_revisions") == [(1,)]
    assert session.execute("select value from evaluation_revisions") == [(2.0,)]


def test_spool_files_of_long_ago_go(folder: Folder, now: datetime) -> None:
    for name, age in (("a.json", 31), ("b.json", 1)):
        path = folder.done / name
        path.write_text("{}")
        moment = (now - timedelta(days=age)).timestamp()
        os.utime(path, (moment, moment))
    retention.trim_spool(folder, now)
    assert [path.name for path in folder.done.iterdir()] == ["b.json"]


# judgements and whole commits


def test_verdicts_are_replaced_and_breaches_live_on(session: Session, now: datetime) -> None:
    verdict = Verdict("bot", "p95", "monitoring", "latency", "ok", now, "above")
    breach = Breach("b1", "bot", "p95", "monitoring", "latency", "warning", "open", "above", now, now)
    judgements.keep(session, [verdict], [breach, replace(breach, breach_id="b2")])
    judgements.keep(session, [replace(verdict, state="critical")], [replace(breach, state="closed")])
    judgements.keep(session, [replace(verdict, state="critical")], [])
    assert session.execute("select state from verdicts") == [("critical",)]
    assert session.execute("select breach_id, state from breaches order by 1") == [("b1", "closed"), ("b2", "open")]


def test_a_fault_in_judging_undoes_the_whole_collection(folder: Folder, run: Any, now: datetime) -> None:
    def broken(_: Session) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        commit.commit(folder, [Outcome(run())], None, broken, KEEP, now)
    with commit.primary(folder, now) as session:
        assert session.execute("select count(*) from runs") == [(0,)]
    assert publish.current(folder) is None


def test_the_configuration_is_in_the_store(folder: Folder, now: datetime) -> None:
    system = SystemRecord("bot", "", "maria", "", 1, "production", "live", "", "invoice", None, "USD", "", "")
    described = commit.Described([system], [SourceRecord("p", "prometheus", "* * * * *", now, "bot", "")], {"a": "b"})
    for _ in range(2):
        commit.commit(folder, [], described, nothing, KEEP, now)
    with commit.primary(folder, now) as session:
        assert session.rows(SystemRecord, "select * from systems") == [system]
        assert session.execute("select count(*) from sources") == [(1,)]


KILLED = """
import os, signal, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from store import commit
from store.folder import Folder
from store.records import Outcome, Run, Sample
from store.retention import Keep
now = datetime(2026, 11, 23, 12, tzinfo=UTC)
run = Run(f"r{os.getpid()}", "prom", "prometheus", "complete", "", "", now, now, now, now)
rows = tuple(Sample("bot", "m", "last", now - timedelta(minutes=i), float(i)) for i in range(1000))
step = sys.argv[2]
def judge(session):
    if step == "inside": os.kill(os.getpid(), signal.SIGKILL)
if step == "published":
    commit.publish.publish = lambda *a: os.kill(os.getpid(), signal.SIGKILL)
if step == "settled":
    commit.spool.settle = lambda *a: os.kill(os.getpid(), signal.SIGKILL)
commit.commit(Folder(Path(sys.argv[1])), [Outcome(run, rows)], None, judge, Keep(timedelta(90), timedelta(900)), now)
"""


@pytest.mark.parametrize("step", ["inside", "settled", "published"])
def test_a_kill_anywhere_and_a_second_try_give_the_undisturbed_store(folder: Folder, step: str, now: datetime) -> None:
    spool.write(folder, spool.new_event("note", "bot", "hello", now))
    first = subprocess.run([sys.executable, "-c", KILLED, str(folder.root), step], check=False)
    assert first.returncode == -signal.SIGKILL
    again = subprocess.run([sys.executable, "-c", KILLED, str(folder.root), "none"], check=False)
    assert again.returncode == 0
    with commit.primary(folder, now) as session:
        assert session.execute("select count(*), sum(value) from samples") == [(1000, 499500.0)]
        assert session.execute("select count(*) from events") == [(1,)]
    assert all(finding.ok for finding in backup.verify(folder, commit.manifest(folder)))
