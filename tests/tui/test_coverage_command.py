"""``llmops-tui coverage``: which failures would be noticed, in text, as Markdown, as JSON and in the exit code."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from operations.modes import MODES
from store import commit, judgements
from store.database import Session
from store.detection_records import Cell
from store.folder import Folder
from store.judgements import Detected
from store.records import Breach, Event
from store.retention import Keep
from tests.tui.headless_store import HOUR, Headless, made
from tui.cli import main

KEEP = Keep(timedelta(days=90), timedelta(days=1095))


@pytest.fixture
def headless(tmp_path: Path) -> Headless:
    store = made(tmp_path)
    store.collected()
    return store


def armed(headless: Headless, *systems: str) -> list[Cell]:
    """Give cells that all see everything."""
    day = date(2026, 11, 22)
    return [
        Cell(system, each.mode, "armed", "sees grounded", "", "grounded", day, headless.now)
        for system in systems
        for each in MODES
    ]


def blinded(cells: Sequence[Cell], mode: str, reason: str = "no source gives grounded") -> list[Cell]:
    """Make the cells of a mode blind."""
    blind = {"state": "blind", "reason": reason, "remedy": "grounded: feedback", "signals": "", "newest": None}
    return [replace(each, **blind) if each.mode == mode else each for each in cells]  # type: ignore[arg-type]  # of Cell


def judged(headless: Headless, cells: Sequence[Cell], *events: Event, breaches: Sequence[Breach] = ()) -> None:
    """Store what detectors found, as a collection does."""

    def judge(session: Session) -> None:
        found = Detected(cells=cells, breaches=breaches, limit=7.5, series=148)
        judgements.keep_detected(session, found)
        session.append(Event.TABLE, events)

    commit.commit(Folder(headless.path.parent / "store"), [], None, judge, KEEP, headless.now)


def said(headless: Headless, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    capsys.readouterr()
    assert main([*headless.arguments, "coverage", *words]) == code
    return capsys.readouterr().out


def test_all_armed_is_0_and_the_first_line_sums_it_up(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    judged(headless, armed(headless, "bot", "desk"))
    lines = said(headless, capsys).splitlines()
    assert lines[0] == (
        "16 cells: 16 armed, 0 degraded, 0 blind; expected false alarms a week: 0.16 (limit 7.5 nats, 148 series)"
    )
    assert lines[1:3] == ["", "systems:"]


def test_a_blind_cell_is_3_with_its_reason_and_remedy(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    judged(headless, blinded(armed(headless, "bot"), "FM3"))
    lines = said(headless, capsys, code=3).splitlines()
    assert lines[0].startswith("8 cells: 7 armed, 0 degraded, 1 blind;")
    assert lines[1] == "  BLIND  bot FM3 ungrounded or wrong answers (tier 1, Ada): no source gives grounded"
    assert lines[2] == "         remedy: grounded: feedback"


def test_what_no_remedy_is_known_of_promises_none(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    judged(headless, [replace(each, remedy="") for each in blinded(armed(headless, "bot"), "FM3")])
    assert "remedy" not in said(headless, capsys, code=3)


def test_the_matrix_shows_a_word_a_mode_and_the_sign_of_an_open_breach(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    breach = Breach(
        "d" * 32, "bot", "detector:FM7", "costs", "unit_cost", "critical", "open", "above", headless.now - 9 * HOUR,
        headless.now, headless.now - 3 * HOUR, mode="FM7",
    )  # fmt: skip
    replay = Event("e" * 32, "replay", "bot", "FM7", "ada", 1, 1, headless.now - 5 * HOUR)
    cells = [replace(each, state="degraded") if each.mode == "FM2" else each for each in armed(headless, "bot", "desk")]
    judged(headless, blinded(cells, "FM3"), replay, breaches=[breach])
    page = said(headless, capsys, code=3)
    rows = [line.split() for line in page.split("systems:\n")[1].splitlines()]
    assert rows[0] == ["system", "tier", *(each.mode for each in MODES), "owner", "last", "fired", "last", "tested"]
    assert rows[1] == ["bot", "1", "armed", "part", "BLIND", *["armed"] * 3, "!!", "armed", "armed", "Ada", "3h", "5h"]
    assert rows[2][-3:] == ["Ada", "never", "never"]
    assert "FM8   swallowed step or tool errors" in page


def test_a_system_is_shown_cell_by_cell_in_full(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    judged(headless, blinded(armed(headless, "bot", "desk"), "FM3"))
    page = said(headless, capsys, "bot", code=3)
    assert page.startswith("bot: 7 armed, 0 degraded, 1 blind; owner Ada, tier 1\n")
    assert page.count("response    ") == len(MODES)
    cell = page[page.index("FM3 ungrounded") : page.index("FM4 ")]
    for line in (
        "sees        nothing", "why         no source gives grounded", "remedy      grounded: feedback",
        "data to     no day", "last fired  never", "last tested never", "response    Sample more,",
    ):  # fmt: skip
        assert f"\n   {line}" in cell
    assert "data to     2026-11-22" in page
    assert "desk" not in page


def test_the_exit_code_of_a_system_is_its_own(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    cells = [*blinded(armed(headless, "bot"), "FM1"), *armed(headless, "desk")]
    judged(headless, cells)
    said(headless, capsys, "desk", code=0)
    said(headless, capsys, "bot", code=3)


def test_json_carries_every_cell_the_budget_and_the_modes(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    judged(headless, blinded(armed(headless, "bot", "desk"), "FM3"))
    found: dict[str, Any] = json.loads(said(headless, capsys, "--json", code=3))
    assert (found["exit_code"], found["sentence"][:9]) == (3, "16 cells:")
    assert [each["mode"] for each in found["modes"]] == [each.mode for each in MODES]
    whole = found["coverage"]
    assert (whole["armed"], whole["degraded"], whole["blind"]) == (14, 0, 2)
    assert (whole["limit"], whole["series"], round(whole["alarms_per_week"], 2)) == (7.5, 148, 0.16)
    assert [len(row["cells"]) for row in whole["rows"]] == [8, 8]
    assert whole["worst"][0]["remedy"] == "grounded: feedback"


def tables(page: str) -> list[list[str]]:
    """Give the tables of a page as lists of lines."""
    blocks = (block.splitlines() for block in page.split("\n\n"))
    return [lines for lines in blocks if lines[0].startswith("|")]


@pytest.mark.parametrize("words", [(), ("bot",)])
def test_markdown_tables_have_as_many_cells_in_every_row(
    headless: Headless, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    judged(headless, blinded(armed(headless, "bot"), "FM3", "a | b <script> [x](http://evil) `c` \x1b[31m"))
    page = said(headless, capsys, "--markdown", *words, code=3)
    assert page.startswith("**")
    found = tables(page)
    assert len(found) == (1 if words else 3)
    for lines in found:
        pipes = {line.replace("\\|", "").count("|") for line in lines}
        assert len(pipes) == 1
        assert set(lines[1]) == {"|", "-"}
    assert "a \\| b \\<script\\> \\[x\\](http://evil) \\`c\\`" in page
    assert "\x1b" not in page


def test_a_store_without_cells_cannot_tell(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    judged(headless, [])
    page = said(headless, capsys, code=3)
    assert page.startswith("0 cells: 0 armed, 0 degraded, 0 blind;")
    assert "systems: none" in page


def test_before_a_judging_left_a_limit_no_false_alarms_are_made_up(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    def forget(session: Session) -> None:
        session.execute("delete from facts where starts_with(name, 'detection_')")

    commit.commit(Folder(headless.path.parent / "store"), [], None, forget, KEEP, headless.now)
    assert "expected false alarms a week: not known before a collection" in said(headless, capsys, code=3)


def test_an_unknown_system_names_the_nearest(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*headless.arguments, "coverage", "bit"]) == 65
    assert "did you mean 'bot'?" in capsys.readouterr().err


def test_a_system_that_no_collection_knows_is_told_what_to_do(
    headless: Headless, capsys: pytest.CaptureFixture[str]
) -> None:
    judged(headless, armed(headless, "bot"))
    assert main([*headless.arguments, "coverage", "desk"]) == 65
    assert "desk: configured since the last collection; run 'llmops-tui collect'" in capsys.readouterr().err


def test_json_and_markdown_exclude_each_other(headless: Headless, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*headless.arguments, "coverage", "--json", "--markdown"]) == 64
    assert "not allowed with" in capsys.readouterr().err


def test_the_help_names_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", "--help"]) == 0
    page = capsys.readouterr().out
    assert "coverage: no cell blind" in page
    assert "coverage: a cell is blind" in page
