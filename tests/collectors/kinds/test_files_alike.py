"""What every kind that reads files must hold to: twice is once, bounds, files that are absent, cut or of another kind."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from collectors.base import Window
from store import commit, intake
from tests.collectors.kinds.case import NOW
from tests.collectors.kinds.site import EVERY, NewStore, lay, read

FILES = [kind for kind, case in EVERY.items() if not case.is_http]
LATER = NOW + timedelta(hours=1)
NAMED = {"file", "shape", "not_json", "encoding", "too_large"}


@pytest.mark.parametrize("kind", FILES)
def test_what_was_read_is_stored_once_however_often_it_is_read(kind: str, tmp_path: Path, new_store: NewStore) -> None:
    files = lay(kind, tmp_path / "files")
    with commit.primary(new_store(tmp_path / "store"), NOW) as session:
        assert intake.take(session, read(kind, files), NOW).new_rows > 0
        assert intake.take(session, read(kind, files), NOW).new_rows == 0
        later = read(kind, files, Window(NOW, LATER, LATER))
        assert later.run.state == "complete"
        assert intake.take(session, later, LATER).new_rows == 0


@pytest.mark.parametrize("kind", FILES)
def test_where_no_file_is_there_is_no_empty_answer(kind: str, tmp_path: Path) -> None:
    outcome = read(kind, tmp_path)
    assert (outcome.run.state, outcome.run.cause, outcome.records) == ("failed", "file", ())


@pytest.mark.parametrize("kind", [kind for kind in FILES if not EVERY[kind].files])  # others are not read by us
def test_a_file_larger_than_the_limit_is_not_read(kind: str, tmp_path: Path) -> None:
    outcome = read(kind, lay(kind, tmp_path / "files"), limit=100)
    assert (outcome.run.state, outcome.run.cause, outcome.records) == ("failed", "too_large", ())


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.99])
def test_a_file_that_was_cut_is_a_named_cause_or_rows_set_aside(kind: str, share: float, tmp_path: Path) -> None:
    files = lay(kind, tmp_path / "files")
    for path in files.iterdir():
        os.truncate(path, int(path.stat().st_size * share))
    run = read(kind, files).run
    assert run.cause in {"", *NAMED}
    assert run.detail.isprintable()


@pytest.mark.parametrize("kind", FILES)
def test_what_is_no_such_file_brings_nothing(kind: str, tmp_path: Path) -> None:
    files = lay(kind, tmp_path / "files")
    for path in files.iterdir():
        path.write_bytes(b"\x00\xff<html>nothing of the kind</html>\n" * 3)
    outcome = read(kind, files)
    assert outcome.records == ()
    assert outcome.run.cause in NAMED or outcome.rejected
