"""Which part of DuckDB is loaded: the engine for reading, the package around it for Arrow or when it stands alone."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from store import database

READS = """
import sys
from pathlib import Path
from store.database import open_folder
with open_folder(Path(sys.argv[1])) as session:
    print(session.execute("select 40 + $two::int", {"two": 2}), "duckdb" in sys.modules)
    session.stage("numbers", {"n": ("bigint", [1, 2])})
    print(session.execute("select sum(n)::int from numbers"), "duckdb" in sys.modules)
"""


def test_reading_loads_the_engine_alone_and_arrow_brings_the_package(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", READS, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[(42,)] False", "[(3,)] True"]


def test_the_engine_is_the_one_that_the_package_gives() -> None:
    for name in ("connect", "DuckDBPyConnection", "Error", "IOException", "FatalException"):
        assert getattr(vars(database)["duckdb"], name) is getattr(duckdb, name)


def test_a_release_that_names_its_engine_otherwise_is_used_through_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "_duckdb", None)
    found = importlib.util.spec_from_file_location("database_again", database.__file__)
    assert found is not None
    assert found.loader is not None
    again = importlib.util.module_from_spec(found)
    found.loader.exec_module(again)
    assert again.duckdb is duckdb
    with again.open_folder(tmp_path) as session:
        assert session.execute("select 1") == [(1,)]
