"""``llmops-tui export``: Parquet, CSV and JSON, complete or not at all."""

import csv
import io
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from store import commit
from store.records import Change, CostLine, Incident, ModelDates, Sample
from store.retention import Keep
from tests.tui.headless_store import Headless, made, well
from tests.tui.pty_terminal import ROOT
from tui import collecting
from tui.cli import main
from tui.settings import load

KINDS = ("samples", "costs", "evaluations", "breaches", "cells", "changes", "incidents", "models")
CORPUS = ROOT.parent / "shared" / "corpora" / "csv_cells.jsonl"


@pytest.fixture
def headless(tmp_path: Path) -> Headless:
    found = made(tmp_path)
    found.collected(
        *well(found.now, 5.0),
        Sample("desk", "latency", "avg", found.now - timedelta(days=3), -2.5, "s", dims={"model": "a"}),
        *(
            CostLine("desk", "invoice", found.now - timedelta(days=5), found.now, model, model=model)
            for model in ("a", "b")
        ),
        Incident("bot", "P1", "=Slow", found.now - timedelta(days=1), "page", "critical"),
        ModelDates("maker", "a", retires_on=found.now.date()),
        Change("desk", "2", "model", "=cmd|' /C calc'!A0", "pending", "-1"),
    )
    return found


def exported(headless: Headless, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main([*headless.arguments, "export", *arguments]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def as_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(("kind", "count"), list(zip(KINDS, (2, 32, 2, 1, 16, 2, 1, 2), strict=True)))
def test_every_kind_is_written_in_every_format_with_the_same_rows(
    headless: Headless, capsys: pytest.CaptureFixture[str], tmp_path: Path, kind: str, count: int
) -> None:
    rows = exported(headless, capsys, kind)
    assert len(rows) == count
    for suffix in ("csv", "json", "parquet"):
        assert main([*headless.arguments, "export", kind, "--out", str(tmp_path / f"out.{suffix}")]) == 0
    assert json.loads((tmp_path / "out.json").read_text()) == rows
    cells = as_csv((tmp_path / "out.csv").read_text(encoding="utf-8"))
    assert [list(row) for row in cells] == [list(row) for row in rows]
    table = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    assert (table.num_rows, table.column_names) == (count, list(rows[0]))


def test_one_system_and_a_time_may_be_asked(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    assert [row["system"] for row in exported(headless, capsys, "samples")] == ["desk", "bot"]
    assert [row["system"] for row in exported(headless, capsys, "samples", "--system", "desk")] == ["desk"]
    assert [row["system"] for row in exported(headless, capsys, "samples", "--since", "2d")] == ["bot"]
    assert exported(headless, capsys, "samples", "--system", "desk", "--since", "2d") == []
    assert len(exported(headless, capsys, "costs", "--since", "3d")) < 30
    assert [row["model"] for row in exported(headless, capsys, "models", "--system", "desk", "--since", "6d")] == [
        "a",
        "b",
    ]
    assert exported(headless, capsys, "models", "--since", "4d") == []
    assert exported(headless, capsys, "incidents", "--since", "20h") == []


def test_raw_samples_of_old_days_are_written_from_their_files(
    headless: Headless, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    headless.collected(Sample("bot", "latency", "avg", headless.now - timedelta(days=40), 4.0))
    rows = exported(headless, capsys, "samples")
    folder = collecting.folder_of(load(headless.path, {}))
    keep = Keep(timedelta(90), timedelta(900), split_above=-1)
    commit.commit(folder, [], None, lambda _: None, keep, headless.now + timedelta(days=1))
    assert len(list(folder.raw.iterdir())) == 1
    assert exported(headless, capsys, "samples") == rows
    out = tmp_path / "out.parquet"
    assert main([*headless.arguments, "export", "samples", "--out", str(out)]) == 0
    assert pyarrow.parquet.read_table(out)["value"].to_pylist() == [row["value"] for row in rows]


def test_values_keep_their_kinds_in_json(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    desk = exported(headless, capsys, "samples", "--system", "desk")[0]
    assert (desk["value"], desk["n"], desk["is_floor"], desk["dims"]) == (-2.5, None, False, {"model": "a"})
    assert desk["seen"].endswith("Z")
    cost = exported(headless, capsys, "costs")[0]
    assert (cost["amount"], cost["provenance"], cost["billed_cost"]) == (10.5, "estimated", None)


def test_csv_cells_are_safe_for_spreadsheets_and_numbers_stay_numbers(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*headless.arguments, "export", "changes", "--format", "csv", "--system", "desk"]) == 0
    change = as_csv(capsys.readouterr().out)[0]
    assert (change["title"], change["author"]) == ("'=cmd|' /C calc'!A0", "-1")
    assert main([*headless.arguments, "export", "samples", "--format", "csv", "--system", "desk"]) == 0
    sample = as_csv(capsys.readouterr().out)[0]
    assert (sample["value"], sample["is_floor"], sample["n"]) == ("-2.5", "false", "")


def test_raw_csv_keeps_every_cell_exactly(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*headless.arguments, "export", "changes", "--format", "csv", "--raw", "--system", "desk"]) == 0
    assert as_csv(capsys.readouterr().out)[0]["title"] == "=cmd|' /C calc'!A0"


@pytest.mark.shared
def test_the_corpus_of_cells_survives_json_parquet_and_raw_csv(tmp_path: Path) -> None:
    headless = made(tmp_path)
    cells = [json.loads(line)["cell"] for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    headless.collected(*(Change("bot", f"{place:03}", "prompt", cell) for place, cell in enumerate(cells)))
    out = {name: tmp_path / name for name in ("a.json", "a.csv", "a.parquet")}
    for path in out.values():
        assert main([*headless.arguments, "export", "changes", "--raw", "--out", str(path)]) == 0
    with out["a.csv"].open(encoding="utf-8", newline="") as file:
        assert sorted(row["title"] for row in csv.DictReader(file)) == sorted(cells)
    assert sorted(row["title"] for row in json.loads(out["a.json"].read_text())) == sorted(cells)
    assert sorted(pyarrow.parquet.read_table(out["a.parquet"])["title"].to_pylist()) == sorted(cells)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["samples", "--out", "x.xls"], 74, "its name says no format"),
        (["samples", "--format", "parquet"], 74, "say where to with --out"),
        (["samples", "--out", "missing/x.csv"], 74, "choose another place"),
        (["samples", "--out", "missing/x.parquet"], 74, "choose another place"),
        (["samples", "--system", "bott"], 65, "did you mean 'bot'?"),
        (["samples", "--since", "yesterdayish"], 65, "expected a date"),
        (["nothing"], 64, "invalid choice"),
    ],
)
def test_what_cannot_be_written_is_refused_with_the_remedy(
    headless: Headless,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*headless.arguments, "export", *arguments]) == code
    output = capsys.readouterr()
    assert words in output.err
    assert output.out == ""
    assert not list(tmp_path.glob("**/*.part"))


def test_before_the_first_collection_there_is_nothing_to_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*made(tmp_path).arguments, "export", "samples"]) == 73
    assert "run 'llmops-tui collect'" in capsys.readouterr().err


def test_a_file_that_was_there_is_replaced_as_a_whole(headless: Headless, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("old")
    assert main([*headless.arguments, "export", "breaches", "--out", str(out)]) == 0
    assert out.read_text().startswith("breach_id,")


def test_a_terminal_gets_printable_text_alone(tmp_path: Path) -> None:
    headless = made(tmp_path)
    headless.collected(Change("bot", "1", "prompt", "x\x1b]0;y\x07"))
    control, terminal = os.openpty()
    program = [sys.executable, "-c", "import sys; from tui.cli import main; sys.exit(main(sys.argv[1:]))"]
    arguments = [*program, *headless.arguments, "export", "changes", "--format", "csv"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(arguments, stdout=terminal, env=environ) as running:
        os.close(terminal)
        received = b""
        while True:
            try:
                received += os.read(control, 65_536)
            except OSError:  # the other end is closed
                break
    os.close(control)
    assert running.returncode == 0
    assert b"\x1b" not in received
    assert b"\x07" not in received
    assert "␛]0;y".encode() in received


def test_many_rows_are_written_page_by_page(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    first = headless.now - timedelta(days=1)
    headless.collected(
        *(Sample("desk", "many", "avg", first + timedelta(seconds=second), float(second)) for second in range(25_000))
    )
    rows = exported(headless, capsys, "samples", "--system", "desk")
    assert [row["value"] for row in rows if row["metric"] == "many"] == list(range(25_000))
