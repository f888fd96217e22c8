"""The log is kept at two places that stay in step, whatever ends the program and whoever takes a file away."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import accounts, audit, audit_file, backup, checkpoints, commit, schema, spool
from store.audit_check import Kept, check
from store.audit_form import (
    Entry,
    FormError,
    digest,
    entry_of,
    hash_of,
    head,
    is_spelled,
    line_of,
)
from store.audit_lines import lines_of_file, lines_of_store
from store.checkpoints import Checkpoint
from store.database import Session, open_file
from store.errors import InputError, StoreError
from store.folder import Folder
from store.records import Outcome
from store.restore import restore
from store.retention import Keep

KEEP = Keep(timedelta(days=90), timedelta(days=1095))
MINUTE = timedelta(minutes=1)


def note(folder: Folder, words: str, now: datetime) -> None:
    spool.write(folder, spool.new_event("note", "bot", words, now))


def collected(folder: Folder, run: Any, now: datetime) -> commit.Committed:
    return commit.commit(folder, [Outcome(run(now=now))], None, lambda _: None, KEEP, now)


def state(folder: Folder) -> str:
    with open_file(folder.primary, read_only=True) as session:
        return check(Kept(session, folder.audit)).state


def faults(folder: Folder, *, is_published: bool = False) -> list[str]:
    with open_file(folder.primary, read_only=True) as session:
        return [str(fault) for fault in check(Kept(session, folder.audit, is_published)).faults]


def logged(folder: Folder) -> list[str]:
    return [json.loads(line)["action"] for line in folder.audit.read_text().splitlines()]


# the form of an entry

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT, TEXT, st.integers(-1, 2**32), st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1)))  # noqa: DTZ001 - a bound
def test_an_entry_has_one_spelling_however_it_is_written(actor: str, detail: str, uid: int, written: datetime) -> None:
    entry = audit.chained(
        None, Entry(0, "", "", written.astimezone(), actor, "note", "x", detail, 2, "", uid), "a" * 32
    )
    line = line_of(entry)
    assert (line_of(entry_of(line)), hash_of(line), digest(entry)) == (line, entry.hash, entry.hash)
    assert is_spelled(line, len(head("a" * 32, 1, audit.FIRST)))


def test_the_hash_of_an_entry_is_what_any_tool_computes(session: Session, folder: Folder, now: datetime) -> None:
    entry = audit.append(session, "maria", "note", "bot", "it's é", now)
    audit_file.write_out(session, folder.audit, 0o600)
    command = """sed 's/,"hash":"[0-9a-f]*"}$//' "$1" | tr -d '\\n' | sha256sum"""
    done = subprocess.run(["sh", "-c", command, "sh", str(folder.audit)], capture_output=True, check=True)
    assert done.stdout.split()[0].decode() == entry.hash


@pytest.mark.parametrize("escape", ["\\u0041", "\\u000a", "\\u00E9", "\\/", "\\u001F"])
def test_an_escape_that_this_program_does_not_write_is_another_spelling(now: datetime, escape: str) -> None:
    line = line_of(audit.chained(None, Entry(0, "", "", now, "DETAIL", "note", "x", ""), "a" * 32))
    other = line.replace("DETAIL", escape)
    assert not is_spelled(other, len(head("a" * 32, 1, audit.FIRST)))
    assert line_of(entry_of(other)) != other


@pytest.mark.parametrize("text", ["a\x1fb", 'a "word"', "back\\slash", "é", "\x7f", "", "plain"])
def test_the_store_gives_each_entry_as_its_line(session: Session, folder: Folder, now: datetime, text: str) -> None:
    entry = audit.append(session, text, "note", "bot", text, now)
    assert list(lines_of_store(session)) == [line_of(entry) + "\n"]


def test_a_key_that_is_no_text_is_no_entry() -> None:
    with pytest.raises(FormError, match="no line of JSON"):
        entry_of("{1: 2}")


# entries of the first form


def test_entries_from_before_this_form_stay_valid_and_the_log_goes_on(folder: Folder, now: datetime) -> None:
    old = [("maria", "note", "bot", "é"), ("ada", "silence", "system:bot", "")]
    with open_file(folder.primary) as session:
        session.script("create table schema_version (step integer primary key, applied timestamp not null)")
        for number, sql in schema.steps():
            if number < 9:
                session.script(sql)
                session.execute("insert into schema_version values (?, ?)", [number, now])
        previous = audit.FIRST
        for number, (actor, action, subject, detail) in enumerate(old, 1):
            mark = digest(Entry(number, previous, "", now, actor, action, subject, detail))
            values = [number, previous, mark, now, actor, action, subject, detail]
            session.execute("insert into audit values (?, ?, ?, ?, ?, ?, ?, ?)", values)
            previous = mark
        written = [line.strip() + "\n" for line in lines_of_store(session)]
        assert json.loads(written[0])["hash"] == digest(Entry(1, audit.FIRST, "", now, *old[0]))
        folder.audit.write_text("".join(written))
        assert check(Kept(session, folder.audit)).state == "intact"
    with commit.primary(folder, now) as session:
        assert audit_file.catch_up(session, folder, now) == ""
        assert checkpoints.checkpoint(session, now) is None
        audit.append(session, "maria", "note", "bot", "new", now)
        audit_file.write_out(session, folder.audit, 0o600)
        report = check(Kept(session, folder.audit))
        assert (report.state, report.entries) == ("intact", 3)
        session.execute("update audit set detail = 'x' where sequence = 1")
        assert [fault.kind for fault in check(Kept(session)).faults] == ["edited"]


# time


def test_a_clock_that_was_set_back_is_an_entry_of_its_own(session: Session, now: datetime) -> None:
    audit.append(session, "maria", "note", "bot", "a", now)
    audit.append(session, "maria", "note", "bot", "b", now - MINUTE)
    audit.append(session, "maria", "note", "bot", "c", now - MINUTE)
    rows = session.execute("select action, detail from audit order by sequence")
    words = "the clock was at 2026-11-23T12:00:00.000000+00:00 before"
    assert rows == [("note", "a"), (audit.CLOCK_SET_BACK, words), ("note", "b"), ("note", "c")]
    assert check(Kept(session)).state == "intact"


# in step with the file


def test_an_event_is_logged_with_who_was_recognised(folder: Folder, run: Any, now: datetime) -> None:
    note(folder, "hello", now)
    collected(folder, run, now)
    (line,) = map(json.loads, folder.audit.read_text().splitlines())
    assert (line["owner_uid"], line["login_uid"], line["result"]) == (os.geteuid(), accounts.login_uid(), "accepted")
    assert state(folder) == "intact"


def test_the_file_catches_up_and_a_torn_line_is_written_anew(session: Session, folder: Folder, now: datetime) -> None:
    audit_file.write_out(session, folder.audit, 0o600)
    assert not folder.audit.exists()
    assert audit_file.last_sequence(folder.audit) == 0
    audit.append(session, "maria", "note", "a", "", now)
    audit_file.write_out(session, folder.audit, 0o600)
    audit.append(session, "maria", "note", "b", "", now)
    whole = "".join(lines_of_store(session))
    folder.audit.write_text(f"{whole.splitlines()[0]}\nother")
    kinds = [fault.kind for fault in check(Kept(session, folder.audit)).faults]
    assert kinds == ["not yet written", "truncated last line"]
    folder.audit.write_text(whole[:-30])
    assert [fault.kind for fault in check(Kept(session, folder.audit)).faults] == ["not yet written"]
    audit_file.write_out(session, folder.audit, 0o600)
    assert folder.audit.read_text() == whole


KILLED = """
import os, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from store import audit_file, commit
from store.folder import Folder
from store.records import Outcome, Run
from store.retention import Keep
from datetime import timedelta
now = datetime(2026, 11, 23, 12, 1, tzinfo=UTC)
place = sys.argv[2]
if place == "before":
    commit.boards.refresh = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
else:
    real = audit_file.write_out
    calls = []
    def kill(*given):
        calls.append(1)
        if len(calls) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        real(*given)
    audit_file.write_out = kill
run = Run("killed", "prom", "prometheus", "complete", "", "", now, now, now, now)
commit.commit(Folder(Path(sys.argv[1])), [Outcome(run)], None, lambda _: None, Keep(timedelta(90), timedelta(900)), now)
"""


@pytest.mark.parametrize(("place", "kept"), [("before", 1), ("after", 2)])
def test_a_kill_around_the_commit_leaves_no_entry_in_the_file_that_the_store_has_not(
    folder: Folder, run: Any, now: datetime, place: str, kept: int
) -> None:
    note(folder, "first", now)
    collected(folder, run, now)
    note(folder, "second", now)
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder.root), place], check=False)
    assert done.returncode == -signal.SIGKILL
    with open_file(folder.primary, read_only=True) as session:
        assert session.execute("select count(*) from audit") == [(kept,)]
    assert len(logged(folder)) == 1
    assert state(folder) == "intact"
    told = [("audit.jsonl line 1, entry 2: not yet written: only the store has it: a crash leaves that, and the next "
            "collection adds it")]  # fmt: skip
    assert faults(folder) == told[: kept - 1]
    collected(folder, run, now + MINUTE)
    assert logged(folder) == ["note", "note"]
    assert faults(folder) == []
    assert not list(folder.spool.iterdir())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda text: text + "garbage\n",
            "ends with a line that is no entry; 'llmops-tui audit verify' names the place",
        ),
        (lambda _: "", "ends with entry 0 and had been written up to entry 2; 'llmops-tui audit verify'"),
        (lambda text: text.splitlines()[0] + "\n", "ends with entry 1 and had been written up to entry 2"),
        (lambda text: text.replace("second", "SECOND"), "ends with entry 2, which is not as the store has it"),
    ],
)
def test_what_people_did_waits_while_it_cannot_be_logged(
    folder: Folder, run: Any, now: datetime, change: Any, words: str
) -> None:
    note(folder, "first", now)
    collected(folder, run, now)
    note(folder, "second", now + MINUTE)
    collected(folder, run, now + MINUTE)
    collected(folder, run, now + MINUTE)
    whole = folder.audit.read_text()
    folder.audit.write_text(change(whole))
    note(folder, "third", now)
    committed = collected(folder, run, now + MINUTE * 2)
    assert words in committed.held_back
    assert committed.events == ()
    assert len(list(folder.spool.iterdir())) == 1
    folder.audit.rename(folder.root / "evidence")
    assert collected(folder, run, now + MINUTE * 3).held_back == ""
    assert logged(folder) == ["note", "note", "log-file-renewed", "note"]
    assert faults(folder) == []


def test_a_file_that_cannot_be_written_refuses_what_people_did(folder: Folder, run: Any, now: datetime) -> None:
    folder.audit.symlink_to(folder.root / "elsewhere")
    note(folder, "first", now)
    committed = collected(folder, run, now)
    assert "Too many levels of symbolic links" in committed.held_back
    assert "a log is a plain file that you may read" in committed.held_back
    with open_file(folder.primary, read_only=True) as session:
        assert session.execute("select count(*) from events") == [(0,)]
        with pytest.raises(StoreError, match="a log is a plain file that you may read"):
            check(Kept(session, folder.audit))
    folder.audit.unlink()
    folder.audit.mkdir()
    with commit.primary(folder, now) as session:
        audit.append(session, "maria", "note", "a", "", now)
        with pytest.raises(StoreError, match="Is a directory"):
            audit_file.write_out(session, folder.audit, 0o600)
        with pytest.raises(StoreError, match="No such file or directory; free disk space or give"):
            audit_file.write_out(session, folder.root / "absent" / "audit.jsonl", 0o600)
        folder.audit.rmdir()
        os.mkfifo(folder.audit)
        assert "it is a pipe or device" in audit_file.catch_up(session, folder, now)


def test_a_disk_without_room_refuses_before_anything_is_stored(session: Session, folder: Folder, now: datetime) -> None:
    assert "less than" in audit_file.catch_up(session, folder, now, room=2**62)


def test_the_published_copy_may_lag_behind_the_file(session: Session, folder: Folder, now: datetime) -> None:
    for words in "ab":
        audit.append(session, "maria", "note", words, "", now)
    audit_file.write_out(session, folder.audit, 0o600)
    session.execute("delete from audit where sequence = 2")
    report = check(Kept(session, folder.audit, is_published=True))
    assert report.state == "cannot tell"
    assert [str(fault) for fault in report.faults] == [
        "audit.jsonl line 2, entry 2: not yet published: the published copy ends before it; look again when it is published"
    ]


def test_a_store_without_entries_is_intact(session: Session, folder: Folder) -> None:
    assert check(Kept(session, folder.audit)).entries == 0
    assert check(Kept(session, folder.audit)).state == "intact"
    assert list(lines_of_file(folder.audit)) == []


# a store that is brought back


def test_a_restore_does_not_make_the_log_forget(folder: Folder, run: Any, now: datetime) -> None:
    note(folder, "first", now)
    collected(folder, run, now)
    kept = backup.backup(folder, now)
    note(folder, "second", now + MINUTE)
    collected(folder, run, now + MINUTE)
    seen = checkpoints.Checkpoint("", 2, "", now)
    with open_file(folder.primary, read_only=True) as session:
        seen = checkpoints.checkpoint(session, now) or seen
    restore(folder, kept, "ada", audit.Evidence(7), now + MINUTE * 2)
    assert logged(folder) == ["note", "note", "restore"]
    with open_file(folder.primary, read_only=True) as session:
        report = check(Kept(session, folder.audit), [seen])
    assert (report.state, report.agreed, report.entries) == ("intact", (seen,), 3)
    detail = json.loads(folder.audit.read_text().splitlines()[2])["detail"]
    assert detail == "the store was brought back; 1 later entries of the log were kept, what they led to was not"


@pytest.mark.parametrize("change", [lambda text: text.replace("second", "SECOND"), lambda text: text + "x\n"])
def test_a_log_file_that_was_changed_is_put_aside_at_a_restore(
    folder: Folder, run: Any, now: datetime, change: Any
) -> None:
    note(folder, "first", now)
    collected(folder, run, now)
    kept = backup.backup(folder, now)
    note(folder, "second", now)
    collected(folder, run, now)
    folder.audit.write_text(change(folder.audit.read_text()))
    restore(folder, kept, "ada", audit.NO_EVIDENCE, now)
    assert (folder.root / "audit.jsonl.replaced").exists()
    assert state(folder) == "intact"


# checkpoints


def test_a_checkpoint_is_due_once_an_hour_and_after_many_entries(session: Session, now: datetime) -> None:
    def due(after: timedelta) -> int:
        made = checkpoints.due(session, 3, now + after)
        return 0 if made is None else made.sequence

    def add(count: int) -> None:
        for _ in range(count):
            audit.append(session, "maria", "note", "bot", "", now)

    assert due(MINUTE) == 0
    add(1)
    assert (due(MINUTE), due(MINUTE), due(MINUTE * 200)) == (1, 0, 0)
    add(2)
    assert (due(MINUTE * 60), due(MINUTE * 61)) == (0, 3)
    add(3)
    assert due(MINUTE * 62) == 6
    session.execute("update facts set content = 'x' where name = 'checkpoint'")
    assert due(MINUTE * 62) == 6


def test_a_checkpoint_is_read_back_from_a_line_or_a_system_log(tmp_path: Path, now: datetime) -> None:
    made = Checkpoint("a" * 32, 7, "b" * 64, now)
    path = tmp_path / "auth.log"
    checkpoints.keep(path, made)
    path.write_text(f"Nov 23 12:00:00 host sshd: hello\nNov 23 host llmops-tui: {made}\n" + path.read_text())
    assert checkpoints.given([str(made), str(path)]) == (made, made, made)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("absent", "No such file or directory; name a checkpoint's line"),
        ("x\0", "it is no name of a file"),
        ("/dev/null", "no checkpoint is in it; 'llmops-tui audit checkpoint' prints one"),
        (
            str(Checkpoint("a" * 32, 7, "b" * 64, datetime(2026, 11, 23, tzinfo=UTC))).replace("T00:", "T29:"),
            "name a checkpoint's line",
        ),
    ],
)
def test_what_is_no_checkpoint_is_refused_with_words(value: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        checkpoints.given([value])


def test_a_checkpoint_that_cannot_be_kept_says_why(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(InputError, match="Is a directory; choose another place"):
        checkpoints.keep(tmp_path, Checkpoint("a" * 32, 7, "b" * 64, now))
