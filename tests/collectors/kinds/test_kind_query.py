"""Rows of a select over files become records by the declared mapping, and nothing but the named files is read."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from collectors.base import Source, Window
from collectors.files import FileStore
from collectors.kinds.query import Settings
from collectors.mapping import RowMap
from store.decode import decode_all
from store.errors import ConfigError, SourceError
from store.records import Change, CostLine, Evaluation, Parsed, Rejected, Sample, Unrouted
from store.values import Duration
from tests.collectors.kinds.cases.query import MAP, SQL

HERE = Path(__file__).parents[2] / "fixtures" / "query"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=2), NOW, NOW)
Make = Callable[..., Source]
Gather = Callable[..., list[Parsed]]
COST = RowMap("cost", {"time": "day", "value": "usd", "model": "model"}, period=Duration(86_400), timezone="UTC")


@pytest.fixture
def files() -> FileStore:
    """Read the recorded files, by paths relative to their folder."""
    return FileStore(1 << 20, HERE)


def test_rows_of_a_csv_in_the_window_become_samples(gather: Gather, by_label: Make) -> None:
    settings = Settings(SQL, MAP, {"usage": "usage.csv"})
    found = gather("query", settings, WINDOW, by_label("app", "support-bot", "claims-triage"))
    samples = [each for each in found if isinstance(each, Sample)]
    assert [(each.system, each.value, each.n, each.dims) for each in samples] == [
        (
            "claims-triage",
            0.91,
            8,
            {"model": "m2"},
        ),
        ("support-bot", 2.4005, 120, {"model": "m1"}),
    ]
    assert samples[0].seen == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert Unrouted("elsewhere") in found
    (rejected,) = [each for each in found if isinstance(each, Rejected)]
    assert rejected.reason == "value: expected a number, found null"


def test_amounts_of_json_lines_stay_exact_and_days_are_those_of_the_zone(gather: Gather, one_system: Source) -> None:
    settings = Settings("select day, usd::decimal(18, 9) as usd, model from costs", COST, {"costs": "c*.jsonl"})
    first, second = gather("query", settings, WINDOW, one_system)
    assert isinstance(first, CostLine)
    assert isinstance(second, CostLine)
    assert (first.effective_cost, first.charge_period_start) == (
        Decimal("12.345678901"),
        datetime(2026, 11, 21, tzinfo=UTC),
    )
    assert second.effective_cost == Decimal("0.500000000")


def test_another_database_is_read_as_other(tmp_path: Path, gather: Gather, one_system: Source) -> None:
    with duckdb.connect(str(tmp_path / "scores.duckdb")) as making:
        making.execute(
            "create table runs as select 'r1' as id, timestamp '2026-11-22 03:00:00' as ended, 0.875 as mean, 40 as n"
        )
    fields = {"id": "id", "time": "ended", "value": "mean", "n": "n"}
    scores = RowMap("evaluation", fields, suite="golden", scorer="correct", timezone="Europe/Berlin")
    settings = Settings("from other.runs", scores, database=str(tmp_path / "*.duckdb"))
    (found,) = gather("query", settings, WINDOW, one_system)
    assert isinstance(found, Evaluation)
    assert (found.value, found.n, found.seen) == (0.875, 40, datetime(2026, 11, 22, 2, tzinfo=UTC))


def test_changes_are_all_that_are_pending(tmp_path: Path, gather: Gather, one_system: Source) -> None:
    (tmp_path / "board.json").write_text(json.dumps([{"id": 7, "title": "new prompt"}]))
    changes = RowMap("change", {"id": "id", "title": "title"})
    settings = Settings("from board", changes, {"board": str(tmp_path / "board.json")})
    (found,) = gather("query", settings, WINDOW, one_system)
    assert isinstance(found, Change)
    assert (found.external_id, found.title) == ("7", "new prompt")


def test_files_that_are_not_there_and_errors_of_the_query_name_the_place(gather: Gather, one_system: Source) -> None:
    settings = Settings(SQL, MAP, {"usage": "nothing-*.csv"})
    with pytest.raises(SourceError, match=r"nothing-\*\.csv: expected 1 to 10000 files, found 0"):
        gather("query", settings, WINDOW, one_system)
    with pytest.raises(SourceError, match="query: expected one select, found drop"):
        gather("query", replace(settings, sql="drop table x", files={"usage": "usage.csv"}), WINDOW, one_system)


@pytest.mark.parametrize("body", [b"{}", b'{"rows": 3}', b"[]"])
def test_an_answer_of_another_form_is_a_named_error(body: bytes, read_one: Any, one_system: Source) -> None:
    with pytest.raises(SourceError, match="expected a"):
        read_one("query", body, Settings(SQL, MAP, {"usage": "x.csv"}), one_system, WINDOW)


def test_a_row_without_its_label_is_counted(read_one: Any, by_label: Make) -> None:
    settings = Settings(SQL, MAP, {"usage": "x.csv"})
    assert read_one("query", b'{"rows": [{}]}', settings, by_label("app"), WINDOW) == [Unrouted("no label app")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "expected files or a database"),
        ({"files": {"other": "x.csv"}}, "expected names of letters, digits and _"),
        ({"files": {"a b": "x.csv"}}, "expected names of letters, digits and _"),
        ({"files": {"a": "x.xlsx"}}, "expected files that end in .parquet"),
        ({"database": "x.duckdb", "memory": "lots"}, "expected memory such as"),
        ({"database": "x.duckdb", "rows": 0}, "expected memory such as"),
        ({"database": "x.duckdb", "sql": "select $start"}, "expected a select of all pending changes"),
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, Any], words: str) -> None:
    change = {"record": "change", "fields": {"id": "id", "title": "title"}}
    with pytest.raises(ConfigError, match=words):
        decode_all(Settings, {"sql": "select 1", "map": change, **options})
