"""One select over files of others: nothing else is read, nothing is written, limits hold, errors carry no value."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from store.errors import SourceError
from store.foreign import Question, ask

START = datetime(2026, 11, 1, tzinfo=UTC)
END = datetime(2026, 12, 1, tzinfo=UTC)
Ask = Callable[..., list[dict[str, object]]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Make files of each form, a database, and one file that nobody names."""
    rows = "select 'a' as app, timestamptz '2026-11-22 10:00:00.5+01' as seen, 1.25::decimal(9, 2) as cost"
    with duckdb.connect() as making:
        for name, form in (
            ("t.parquet", "parquet"),
            ("t.csv", "csv"),
            ("t.json", "json"),
            ("secret.parquet", "parquet"),
        ):
            making.execute(f"copy ({rows}) to '{tmp_path / name}' (format {form})")
    with duckdb.connect(str(tmp_path / "other.duckdb")) as making:
        making.execute("set TimeZone = 'UTC'")
        making.execute(f"create table costs as {rows}")
    (tmp_path / "words.csv").write_text("name\nconfidential\n")
    return tmp_path


@pytest.fixture
def asked(place: Path) -> Ask:
    """Ask over the files that are named."""

    def asking(sql: str, *files: str, database: str = "", **limits: Any) -> list[dict[str, object]]:
        tables = {Path(name).stem: [place / name] for name in files}
        bounds: dict[str, Any] = {"rows": 100, "memory": "100MB", "seconds": 20.0, **limits}
        question = Question(sql, tables, place / database if database else None, **bounds)
        return ask(question, START, END)

    return asking


def _refused(act: Callable[[], object]) -> SourceError:
    with pytest.raises(SourceError) as caught:
        act()
    assert str(caught.value).startswith("query: ")
    return caught.value


@pytest.mark.parametrize("name", ["t.parquet", "t.csv", "t.json"])
def test_files_of_each_form_are_tables(name: str, asked: Ask) -> None:
    (row,) = asked("select app, seen::timestamptz as seen from t", name)
    assert row == {"app": "a", "seen": "2026-11-22T09:00:00.500000Z"}


def test_a_database_is_attached_as_other(asked: Ask) -> None:
    (row,) = asked("from other.costs;", database="other.duckdb")
    assert row == {"app": "a", "seen": "2026-11-22T09:00:00.500000Z", "cost": Decimal("1.25")}


def test_several_files_are_one_table_and_join_with_the_database(place: Path) -> None:
    files = {"twice": [place / "t.parquet", place / "t.parquet"]}
    sql = "select count(*) as \"the count\", date '2026-11-01' as day from twice join other.costs using (app)"
    question = Question(sql, files, place / "other.duckdb", 10, "100MB", 20.0)
    assert ask(question, START, END) == [{"the count": 2, "day": date(2026, 11, 1)}]


def test_the_window_is_bound_as_values(asked: Ask) -> None:
    sql = "select app from t where seen >= $start and seen < $end"
    assert len(asked(sql, "t.parquet")) == 1
    late = "select app from t where seen::timestamptz < $start"
    assert asked(late, "t.parquet") == []


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("insert into other.costs select * from other.costs", "expected one select, found insert"),
        ("create table x (a integer)", "expected one select, found create"),
        ("copy (select 1) to 'x.csv'", "expected one select, found copy"),
        ("attach 'x.duckdb'", "expected one select, found attach"),
        ("set enable_external_access = true", "expected one select, found set"),
        ("pragma database_list", "expected one select, found pragma"),
        ("install httpfs", "expected one select, found load"),
        ("select 1; delete from other.costs", "expected one select, found select, delete"),
        ("  ", "expected one select, found nothing"),
        ("select 1) ; drop table x; (select 1", "syntax error"),
        ("select $secret", "expected no parameters but"),
        ("select $now", r"expected no parameters but \$start and \$end, found \$now"),
        ("select nothing from t", "nothing"),
        ("from nowhere", "nowhere"),
    ],
)
def test_only_one_select_of_what_is_there_is_run(sql: str, words: str, asked: Ask, place: Path) -> None:
    error = _refused(lambda: asked(sql, "t.parquet", database="other.duckdb"))
    assert error.cause == "shape"
    assert re.search(words, str(error))


@pytest.mark.parametrize(
    "sql",
    [
        "from read_parquet('{place}/secret.parquet')",
        "from '{place}/secret.parquet'",
        "from read_text('/etc/passwd')",
        "from read_csv('/etc/passwd')",
        "from glob('/etc/*')",
        "from read_csv('http://127.0.0.1:1/x.csv')",
    ],
)
def test_no_file_is_read_that_is_not_named(sql: str, asked: Ask, place: Path) -> None:
    error = _refused(lambda: asked(sql.format(place=place), "t.parquet"))
    assert str(error) == "query: it reads what is not named; name every file under files or database"


def test_nothing_of_the_database_changes(asked: Ask, place: Path) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in place.iterdir()}
    asked("from other.costs", "t.csv", database="other.duckdb")
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in place.iterdir()} == before


def test_more_rows_than_allowed_are_an_error_and_not_a_cut(asked: Ask) -> None:
    assert len(asked("from range(100)")) == 100
    assert _refused(lambda: asked("from range(101)")).cause == "too_large"


def test_a_select_that_needs_more_memory_than_it_may_have_fails(asked: Ask) -> None:
    hungry = "select list(range::varchar || repeat('x', 100)) as x from range(5000000)"
    error = _refused(lambda: asked(hungry, memory="40MB"))
    assert "raise memory" in str(error)


def test_a_select_that_takes_too_long_is_stopped(asked: Ask) -> None:
    begun = time.monotonic()
    endless = "select count(*) from range(10000000000) a, range(1000) b where a.range % 7 = b.range"
    error = _refused(lambda: asked(endless, seconds=0.2))
    assert (error.cause, time.monotonic() - begun < 10) == ("timeout", True)
    assert threading.active_count() < 20


@pytest.mark.parametrize("sql", ["select name::integer from words", "select error(name) from words"])
def test_an_error_carries_no_value_of_a_file(sql: str, asked: Ask) -> None:
    error = _refused(lambda: asked(sql, "words.csv"))
    assert "confidential" not in str(error)


def test_a_file_that_is_no_table_is_named_as_such(asked: Ask, place: Path) -> None:
    (place / "broken.parquet").write_bytes(b"PAR1 and no more")
    assert _refused(lambda: asked("from broken", "broken.parquet")).cause == "shape"


def test_a_database_that_another_program_writes_is_refused_with_the_remedy(asked: Ask, place: Path) -> None:
    path = str(place / "other.duckdb")
    program = f"import duckdb, sys; c = duckdb.connect({path!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"open\n"
        error = _refused(lambda: asked("from other.costs", database="other.duckdb"))
        writer.communicate()
    assert error.cause == "file"
    assert "read a copy" in str(error)


def test_times_of_the_window_may_be_in_any_zone(asked: Ask) -> None:
    (row,) = asked("select $end - $start as length, $start as begin")
    assert row == {"length": timedelta(days=30), "begin": datetime(2026, 11, 1)}  # noqa: DTZ001 - as DuckDB gives it
