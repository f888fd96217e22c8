"""``llmops-tui audit``: verify the log, take checkpoints of it, export it; exit codes are the answer."""

import csv
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.checkpoints import Checkpoint
from tests.tui.headless_store import Headless, made, well
from tui.checkpointing import announce
from tui.cli import main

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def headless(tmp_path: Path) -> Headless:
    """Give a store with two decisions in its log, one of them on text that a spreadsheet would run."""
    found = made(tmp_path)
    found.only("bot")
    found.collected(*well(found.now, 5.0))
    for reason in ("known", "=cmd|' /C calc'!A0"):
        words = ("silence", "add", "--system", "bot", "--for", "4h", "--reason", reason)
        assert main([*found.arguments, *words]) == 0
    assert main([*found.arguments, "ingest"]) == 0
    return found


def run(headless: Headless, *words: str) -> int:
    return main([*headless.arguments, "audit", *words])


def log(headless: Headless) -> Path:
    return headless.path.parent / "store" / "audit.jsonl"


def test_an_intact_log_says_so_and_what_it_does_not_show(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(headless, "verify") == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith(
        "note no checkpoint was given: a log cut at its end, or written anew as a whole, looks the same"
    )
    assert last.startswith("intact: 2 entries, the last of 20")


def test_a_checkpoint_kept_elsewhere_agrees_until_the_log_is_cut(
    headless: Headless, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "elsewhere"
    assert run(headless, "checkpoint", "--to", str(kept)) == 0
    capsys.readouterr()
    assert run(headless, "checkpoint") == 0
    line = capsys.readouterr().out.strip()
    assert run(headless, "verify", "--against", str(kept), "--against", line) == 0
    assert "ok   as the checkpoint of 20" in capsys.readouterr().out
    copy = tmp_path / "copy.jsonl"
    copy.write_text(log(headless).read_text().splitlines()[0] + "\n")
    assert main(["audit", "verify", "--file", str(copy)]) == 0
    assert main(["audit", "verify", "--file", str(copy), "--against", str(kept)]) == 2
    assert "FAIL copy.jsonl line 1, entry 2: cut tail: the checkpoint of 20" in capsys.readouterr().out


def test_a_broken_log_ends_with_two_and_names_the_place_in_json(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    log(headless).write_text(log(headless).read_text().replace("known", "KNOWN") + "[]\n" * 1_100)
    capsys.readouterr()
    assert run(headless, "verify", "--json") == 2
    found = json.loads(capsys.readouterr().out)
    assert (found["state"], found["entries"], found["unsaid"]) == ("broken", 2, 101)
    assert {key: found["faults"][0][key] for key in ("kind", "place", "line", "sequence")} == {
        "kind": "edited",
        "place": "audit.jsonl",
        "line": 1,
        "sequence": 1,
    }
    assert run(headless, "verify") == 2
    assert "FAIL 101 more faults" in capsys.readouterr().out


def test_what_cannot_be_read_cannot_be_told(
    headless: Headless, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "verify", "--file", str(tmp_path / "absent")]) == 3
    assert run(headless, "verify", "--against", "absent") == 3
    assert "cannot tell: --against absent: No such file or directory" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    empty = made(tmp_path / "empty")
    assert run(empty, "verify") == 3
    assert "nothing is collected yet" in capsys.readouterr().err


def test_a_log_without_entries_has_no_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = made(tmp_path)
    found.collected(*well(found.now, 5.0))
    assert run(found, "checkpoint") == 73
    assert "the log holds nothing yet" in capsys.readouterr().err
    assert run(found, "verify") == 0


def test_an_export_has_the_population_the_changes_and_the_whole_log(
    headless: Headless, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "audit.json"
    assert run(headless, "export", "--out", str(out)) == 0
    found = json.loads(out.read_text())
    assert list(found) == ["population", "changes", "trail", "entries"]
    counts = {row["what"]: row["value"] for row in found["population"]}
    assert (counts["log"], counts["entries: all"], counts["entries by action: silence"]) == ("intact", 2, 2)
    assert [entry["sequence"] for entry in found["entries"]] == [1, 2]
    lines = tmp_path / "audit.jsonl"
    assert run(headless, "export", "--out", str(lines), "--from", "2h", "--to", "1h") == 0
    assert not [line for line in lines.read_text().splitlines() if json.loads(line)["table"] == "entries"]


def test_cells_of_an_export_are_run_by_no_spreadsheet(
    headless: Headless, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    assert run(headless, "export", "--out", str(folder), "--format", "csv") == 0
    with (folder / "entries.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[1]["detail"].startswith("until ")
    assert rows[0]["is_of_change"] == "false"
    assert sorted(path.name for path in folder.iterdir()) == [
        "changes.csv",
        "entries.csv",
        "population.csv",
        "trail.csv",
    ]
    for file_format in ("json", "jsonl"):
        assert run(headless, "export", "--out", str(folder), "--format", file_format) == 0
    assert len(json.loads((folder / "entries.json").read_text())) == 2
    assert len((folder / "entries.jsonl").read_text().splitlines()) == 2
    assert run(headless, "export", "--out", str(tmp_path / "one.csv")) == 74
    assert run(headless, "export", "--out", "/dev/null/x") == 74
    assert run(headless, "export", "--out", str(out := tmp_path / "x"), "--from", "soon") == 65
    assert "--from soon: expected a date" in capsys.readouterr().err
    assert not out.exists()


def test_verifying_in_a_process_of_its_own_writes_the_answer_to_stdout(headless: Headless) -> None:
    command = [sys.executable, "-c", "import sys; from tui.cli import main; sys.exit(main())", *headless.arguments]
    done = subprocess.run([*command, "audit", "verify"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "intact: 2 entries" in done.stdout


def test_a_checkpoint_goes_to_the_facility_of_authorisation() -> None:
    sent: list[tuple[int, str]] = []
    made = Checkpoint("a" * 32, 7, "b" * 64, NOW)
    announce(made, lambda priority, line: sent.append((priority, line)))
    assert sent == [(4 << 3 | 6, str(made))]


def test_who_does_not_own_the_store_verifies_the_published_copy(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    os.chown(log(headless).parent, 4711, -1)
    capsys.readouterr()
    assert run(headless, "verify") == 0
    lines = log(headless).read_text()
    log(headless).write_text(lines + "x\n")
    assert run(headless, "verify") == 2
    log(headless).write_text(lines)
    (log(headless).parent / "CURRENT").unlink()
    assert run(headless, "verify") == 3
