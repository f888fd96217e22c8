"""What commands print about hostile sources: no control character, cells that are no formulas, JSON that is exact."""

import csv
import io
import json
import unicodedata
from pathlib import Path

import pytest

from store.listed import listed_id
from tests.hostile import texts
from tests.hostile.site import Site
from tests.hostile.streams import FORBIDDEN
from tui.spreadsheet import safe_cell

pytestmark = pytest.mark.shared

Commands = list[tuple[str, ...]]
TOLD: Commands = [
    ("status",), ("status", "--json"), ("show", "desk"), ("show", "desk", "--json"), ("coverage",), ("coverage", "desk"),
    ("coverage", "--json"), ("coverage", "--markdown"), ("doctor",), ("doctor", "--json"),
    ("collect", "--dry-run"), ("collect", "--dry-run", "--log-json"), ("store", "info"), ("config", "show"),
    *(("export", kind) for kind in ("samples", "costs", "evaluations", "breaches", "changes", "incidents", "models")),
]  # fmt: skip


def controls(output: bytes) -> list[str]:
    """Give the characters that no command may print."""
    return [
        c
        for c in output.decode("utf-8")
        if c != "\n" and unicodedata.category(c) in FORBIDDEN and c not in "\ufe0e\ufe0f"
    ]


def titles() -> dict[str, str]:
    """Give the titles that the source of changes sent, by the identity they are stored under."""
    sent = enumerate(texts.texts())
    return {listed_id("changes", f"c-{place}"): texts.mended(text) for place, text in sent if text}


@pytest.mark.parametrize("command", TOLD, ids=" ".join)
def test_no_command_prints_a_control_character(command: tuple[str, ...], hostile_site: Site) -> None:
    done = hostile_site.run(*command)
    assert controls(done.stdout) == []
    assert controls(done.stderr) == []
    assert done.returncode in (0, 1, 2, 3)


def test_the_report_of_a_collection_holds_no_control_character(hostile_site: Site) -> None:
    assert hostile_site.report is not None
    assert controls(hostile_site.report.stdout) == []
    assert controls(hostile_site.report.stderr) == []
    assert len(hostile_site.report.stderr.splitlines()) == 51


def test_json_gives_every_text_as_the_source_wrote_it(hostile_site: Site) -> None:
    rows = json.loads(hostile_site.run("export", "changes").stdout)
    assert {row["change_id"]: row["title"] for row in rows if row["source"] == "changes"} == titles()


def test_cells_of_a_csv_are_no_formulas_and_raw_ones_are_exact(hostile_site: Site, tmp_path: Path) -> None:
    guarded, raw = tmp_path / "guarded.csv", tmp_path / "raw.csv"
    assert hostile_site.run("export", "changes", "--out", str(guarded)).returncode == 0
    assert hostile_site.run("export", "changes", "--raw", "--out", str(raw)).returncode == 0
    shown, exact = (list(csv.DictReader(io.StringIO(p.read_bytes().decode(), newline=""))) for p in (guarded, raw))
    assert {row["change_id"]: row["title"] for row in exact if row["source"] == "changes"} == titles()
    assert {c for c in controls(guarded.read_bytes()) if c not in "\r\t" and unicodedata.category(c) == "Cc"} == set()
    assert [row["title"] for row in shown] == [safe_cell(row["title"]) for row in exact]


@pytest.mark.parametrize(
    "words", [("collect", "--source"), ("show",), ("export", "samples", "--system"), ("collect", "--since")]
)
def test_a_complaint_about_an_argument_repeats_none_of_its_controls(words: tuple[str, ...], hostile_site: Site) -> None:
    for row in texts.lines_of("terminal_escapes")[::40] + texts.lines_of("markup_text")[:2]:
        if "\0" not in row["text"]:
            done = hostile_site.run(*words, row["text"])
            assert done.returncode in (64, 65)
            assert controls(done.stderr) == []
            assert done.stdout == b""


def test_a_configuration_of_hostile_text_is_refused_without_repeating_it(hostile_site: Site, tmp_path: Path) -> None:
    for place, row in enumerate(texts.lines_of("terminal_escapes")[::16]):
        config = tmp_path / f"{place}.toml"
        text = json.dumps(row["text"])
        config.write_text(f"[portfolio]\nname = {text}\n[[systems]]\nname = {text}\nowner = {text}\n{text} = 1\n")
        done = hostile_site.run("--config", str(config), "config", "check")
        assert done.returncode == 65
        assert controls(done.stdout + done.stderr) == []
