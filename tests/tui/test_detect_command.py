"""``llmops-tui detect``: alarms from a file of daily figures, what to expect of them, and what a file must not hold."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from store.errors import EXIT_CONFIG
from tui import cli

Row = tuple[str, date | None, str, float | None, int | None, str | None, str | None]
Rows = Sequence[Row]

FIRST = date(2026, 6, 1)
COLUMNS: Mapping[str, Any] = {
    "system": pa.string(), "day": pa.date32(), "metric": pa.string(), "value": pa.float64(), "n": pa.int32(),
    "dim": pa.string(), "text": pa.string(),
}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LLMOPS_TUI_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-configuration"))


def day(place: int) -> date:
    return FIRST + timedelta(days=place)


def fallen(system: str = "bot", runs: int = 40, fall: int = 35) -> list[Row]:
    """Give a groundedness of 90% that is 60% from one run on."""
    return [
        (system, day(place), "grounded", 90.0 + place % 3 if place < fall else 60.0, 100, None, None)
        for place in range(runs)
    ]


def table(rows: Rows) -> pa.Table:
    return pa.table([pa.array(values, kind) for values, kind in zip(zip(*rows, strict=True), COLUMNS.values(), strict=True)], list(COLUMNS))  # fmt: skip


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[[Rows], Path]:
    def write(rows: Rows) -> Path:
        path = tmp_path / "samples.parquet"
        pyarrow.parquet.write_table(table(rows), path)
        return path

    return write


def detect(path: Path, *options: str) -> tuple[int, list[dict[str, Any]]]:
    """Run the command; give its exit code and the alarms it wrote."""
    out = path.parent / "alarms.jsonl"
    code = cli.main(["detect", "--samples", str(path), "--out", str(out), *options])
    return code, [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []


def test_a_fall_is_an_alarm_with_what_it_rests_on(
    parquet: Callable[[Rows], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, (alarm,) = detect(parquet(fallen()))
    assert code == 0
    (told,) = alarm.pop("evidence")
    assert alarm == {"system": "bot", "day": str(day(35)), "mode": "FM3", "also": [], "since": str(day(35))}
    assert (told["kind"], told["signal"], told["dim"], told["runs"]) == ("scan", "grounded", "", 1)
    assert (told["value"], told["n"], told["limit"]) == (0.6, 100.0, 7.5)
    assert told["usual"] == pytest.approx(0.91, abs=0.005)
    assert told["score"] > 7.5
    assert "60.0% against 9" in told["words"]
    said = capsys.readouterr()
    assert said.out == ""
    assert "1 system, 1 series; limit 7.50 nats: about " in said.err
    assert " false alarms a week expected\n1 alarm: FM3 1\n" in said.err


def test_a_dash_writes_to_stdout_and_nothing_else_is_there(
    parquet: Callable[[Rows], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["detect", "--samples", str(parquet(fallen())), "--out", "-"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["system"] == "bot"


def test_the_order_of_rows_changes_nothing(parquet: Callable[[Rows], Path]) -> None:
    rows = [*fallen("b"), *fallen("a", 60, 50), ("a", day(49), "change", None, None, "prompt", None)]
    rows += [
        ("a", day(place), "topic", float(40 + place % 5), 400, f"t{dim}", None)
        for place in range(60)
        for dim in range(3)
    ]
    _, straight = detect(parquet(rows))
    random.Random(3).shuffle(rows)  # noqa: S311 - a shuffle
    assert detect(parquet(rows)) == (0, straight)
    assert [each["system"] for each in straight] == ["a", "b"]


def test_no_alarm_rests_on_a_later_day(parquet: Callable[[Rows], Path]) -> None:
    rows = [*fallen(), *fallen("late", 60, 44)]
    _, whole = detect(parquet(rows))
    _, cut = detect(parquet([row for row in rows if row[1] and row[1] <= day(40)]))
    assert cut == [each for each in whole if each["day"] <= str(day(40))]
    assert len(cut) < len(whole)


def test_a_changed_model_is_an_event_unless_the_change_was_recorded(parquet: Callable[[Rows], Path]) -> None:
    rows: list[Row] = [
        ("bot", day(place), "model_id", None, None, None, "m1" if place < 20 else "m2") for place in range(30)
    ]
    _, (alarm,) = detect(parquet(rows))
    assert (alarm["mode"], alarm["day"]) == ("FM1", str(day(20)))
    assert alarm["evidence"][0]["words"] == "the model that answers: m1 -> m2 with no recorded change"
    assert detect(parquet([*rows, ("bot", day(19), "change", None, None, "model", "recorded")])) == (0, [])


def test_csv_is_read_as_parquet_is(tmp_path: Path, parquet: Callable[[Rows], Path]) -> None:
    rows = fallen()
    file = tmp_path / "samples.csv"
    pyarrow.csv.write_csv(table(rows), file)
    assert detect(file) == detect(parquet(rows))


def test_csv_whose_names_are_all_numbers_and_whose_values_are_all_empty_is_read(tmp_path: Path) -> None:
    file = tmp_path / "samples.csv"
    lines = [f"7,{day(place)},model_id,,,,{1 + place // 20}" for place in range(30)]
    file.write_text("\n".join(["system,day,metric,value,n,dim,text", *lines]))
    _, (alarm,) = detect(file)
    assert (alarm["system"], alarm["day"]) == ("7", str(day(20)))


def test_metrics_that_no_detector_asks_for_are_counted_and_named(
    parquet: Callable[[Rows], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    others: list[Row] = [
        ("bot", day(0), "requests", 9.0, None, None, None),
        ("bot", day(0), "mood", None, None, "x", "y"),
    ]
    assert detect(parquet([*fallen(), *others, *others]))[0] == 0
    said = capsys.readouterr().err
    assert "mood: 2 rows left aside, no detector asks for it\n" in said
    assert "requests: 2 rows left aside, no detector asks for it\n" in said


def test_runs_without_items_say_nothing(parquet: Callable[[Rows], Path]) -> None:
    empty: list[Row] = [("bot", day(place), "grounded", 0.0, 0, None, None) for place in range(100, 120)]
    rows = fallen()
    assert detect(parquet([*rows, *empty])) == detect(parquet(rows))


def test_the_budget_moves_the_limit(parquet: Callable[[Rows], Path], capsys: pytest.CaptureFixture[str]) -> None:
    path = parquet([row for number in range(40) for row in fallen(f"bot-{number}")])
    limits = []
    for budget in ("0.0001", "0.001", "1000"):
        assert detect(path, "--alarms-per-week", budget)[0] == 0
        limits.append(float(capsys.readouterr().err.split("limit ")[1].split(" nats")[0]))
    assert limits[0] > limits[1] > limits[2] == 7.5


def test_the_budget_comes_from_the_configuration_where_there_is_one(
    tmp_path: Path, parquet: Callable[[Rows], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = parquet([row for number in range(40) for row in fallen(f"bot-{number}")])
    config = tmp_path / "config.toml"
    config.write_text("[detection]\nalarms_per_week = 0.0001\n")
    assert detect(path, "--alarms-per-week", "0.0001")[0] == 0
    asked = capsys.readouterr().err
    assert detect(path, "--config", str(config))[0] == 0
    assert capsys.readouterr().err == asked
    config.write_text("[detection]\nalarms_a_week = 1\n")
    assert detect(path, "--config", str(config))[0] == EXIT_CONFIG
    assert "detection.alarms_a_week (line 2): unknown key; did you mean 'alarms_per_week'?" in capsys.readouterr().err


@pytest.mark.parametrize("budget", ["0", "-1", "nan", "inf"])
def test_a_budget_must_allow_some_alarms(
    parquet: Callable[[Rows], Path], budget: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert detect(parquet(fallen()), f"--alarms-per-week={budget}") == (EXIT_CONFIG, [])
    assert "alarms a week: expected more than 0" in capsys.readouterr().err


def bad(**changes: object) -> Row:
    row = dict(zip(COLUMNS, fallen()[39], strict=True)) | {"day": day(60)} | changes
    return tuple(row.values())  # type: ignore[return-value]  # a row with a fault


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (bad(system=None), "name no system, day or metric"),
        (bad(day=None), "name no system, day or metric"),
        (bad(metric=None), "name no system, day or metric"),
        (bad(value=float("nan")), "1 rows hold NaN or infinity, the first bot grounded 2026-07-31; leave out"),
        (bad(value=float("inf")), "hold NaN or infinity"),
        (bad(value=None), "hold no value"),
        (bad(metric="latency_p50", value=None), "hold no value"),
        (bad(n=None), "count something and hold no n; "),
        (bad(value=-1.0), "count less than 0 or more than n"),
        (bad(value=101.0), "count less than 0 or more than n"),
        (bad(metric="model_id"), "should hold a name in text"),
        (bad(day=day(39)), "1 runs stand there more than once, the first bot grounded 2026-07-10; keep one row a day"),
    ],
)
def test_a_row_that_cannot_be_is_told_with_its_place_and_remedy(
    parquet: Callable[[Rows], Path], row: Row, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert detect(parquet([*fallen(), row])) == (EXIT_CONFIG, [])
    (line,) = capsys.readouterr().err.splitlines()
    assert words.removesuffix("; ") in line


@pytest.mark.parametrize("name", COLUMNS)
def test_a_missing_column_is_named_with_those_that_should_be_there(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "samples.parquet"
    pyarrow.parquet.write_table(table(fallen()).drop_columns([name]), path)
    assert detect(path) == (EXIT_CONFIG, [])
    assert f"lacks {name}; the columns should be system, day, metric, value" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("value", ["much"] * 40, "column value is VARCHAR, a number is wanted"),
        ("n", [True] * 40, "column n is BOOLEAN, a number is wanted"),
        ("day", [20260601] * 40, "column day is BIGINT, a date is wanted"),
        ("system", [1.5] * 40, "column system is DOUBLE, text is wanted"),
    ],
)
def test_a_column_of_another_type_is_told_with_the_type_wanted(
    tmp_path: Path, name: str, values: list[object], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = table(fallen())
    path = tmp_path / "samples.parquet"
    pyarrow.parquet.write_table(whole.set_column(list(COLUMNS).index(name), name, pa.array(values)), path)
    assert detect(path) == (EXIT_CONFIG, [])
    assert words in capsys.readouterr().err


def test_a_file_without_rows_or_known_metrics_is_told(
    parquet: Callable[[Rows], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert detect(parquet([("bot", day(0), "mood", 1.0, 1, None, None)])) == (EXIT_CONFIG, [])
    path = tmp_path / "samples.parquet"
    pyarrow.parquet.write_table(table(fallen()).slice(0, 0), path)
    assert detect(path) == (EXIT_CONFIG, [])
    assert capsys.readouterr().err.count("holds no row of a metric that is known") == 2


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("samples.parquet", None, "no such file"),
        ("samples.parquet", b"PAR1 and no more", "it cannot be read"),
        ("samples.parquet", b"", "it cannot be read"),
        ("samples.txt", b"system,day", "its name says no format; it should end in one of .parquet, .csv"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_one_line(
    tmp_path: Path, name: str, content: bytes | None, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert detect(path) == (EXIT_CONFIG, [])
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"llmops-tui: {path}: {words}")


def test_a_place_that_cannot_be_written_is_told(
    tmp_path: Path, parquet: Callable[[Rows], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "nowhere" / "alarms.jsonl"
    assert cli.main(["detect", "--samples", str(parquet(fallen())), "--out", str(out)]) == cli.EXIT_OUTPUT
    assert "choose another place" in capsys.readouterr().err
