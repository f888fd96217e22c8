"""The coverage screen says which failures would be noticed, where nobody looks, and what would help."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from operations.coverage_rows import CellRow, CoverageRow
from operations.modes import MODES
from store.detection_records import Sight
from tests.tui.driving import opened
from tests.tui.screen_store import NOW
from tests.tui.test_listings import cell, said
from tui.listings.coverage import COVERAGE
from tui.sight import facts, titled

FM1 = MODES[0]
CELL = CellRow(
    "bot", "Bot", "Ada", 1, "FM1", FM1.title, FM1.detection, FM1.response, "armed", "sees model_id", "", "model_id", None,
    NOW, None, None, None,
)  # fmt: skip


def row(*states: Sight, **fields: object) -> CoverageRow:
    """Make a system with cells of these states, of the first modes."""
    cells = tuple(
        replace(CELL, mode=each.mode, mode_title=each.title, state=state, reason=f"why {each.mode}")
        for each, state in zip(MODES, states, strict=False)
    )
    return replace(CoverageRow("bot", "Bot", "Ada", 1, cells, None, None), **fields)  # type: ignore[arg-type]  # of the row


def burning(state: Sight, severity: str) -> CoverageRow:
    return row(cells=(replace(CELL, state=state, severity=severity),))  # type: ignore[arg-type]  # severities as text


@pytest.mark.parametrize(
    ("state", "severity", "shown"),
    [
        ("armed", None, ("  arm", "ok")),
        ("degraded", None, ("  par", "")),
        ("blind", None, ("  BLI", "unknown")),
        ("armed", "warning", ("! arm", "warning")),
        ("blind", "critical", ("!!BLI", "critical")),
    ],
)
def test_a_cell_is_a_word_behind_the_sign_of_its_breach(state: Sight, severity: str, shown: tuple[str, str]) -> None:
    assert cell(COVERAGE, burning(state, severity), "fm1") == shown


def test_a_mode_that_was_not_judged_is_left_empty_and_sorts_last() -> None:
    assert cell(COVERAGE, row("armed"), "fm8") == ("", "")
    field = next(field for field in COVERAGE.fields if field.column.key == "fm8")
    assert field.order(row("armed")) is None


def test_a_mode_sorts_blind_first_and_within_a_state_by_its_breach() -> None:
    field = next(field for field in COVERAGE.fields if field.column.key == "fm1")
    wanted = [row("blind"), row("degraded"), burning("armed", "critical"), burning("armed", "warning"), row("armed")]
    assert sorted(wanted, key=field.order) == wanted


def test_the_sentence_names_what_nobody_sees_with_its_reason() -> None:
    assert said(COVERAGE, row("blind", "degraded", "blind")) == "bot is blind to FM1 (why FM1), FM3 (why FM3)"
    assert said(COVERAGE, row("armed", "degraded")) == "bot sees in part FM2 (why FM2)"
    assert said(COVERAGE, row("armed", "armed")) == "bot: 2 armed, 0 degraded, 0 blind; none has fired yet"
    fired = row("armed", last_fired=NOW - timedelta(hours=2))
    assert said(COVERAGE, fired).endswith("last fired 10 Mar 12:30Z")


def test_only_what_is_blind_is_a_problem() -> None:
    assert COVERAGE.is_problem(row("armed", "blind"))
    assert not COVERAGE.is_problem(row("armed", "degraded"))


def test_when_it_fired_and_was_tested_is_an_age_or_never() -> None:
    known = row("armed", last_fired=NOW - timedelta(hours=3), last_tested=NOW - timedelta(days=9))
    assert (cell(COVERAGE, known, "fired"), cell(COVERAGE, known, "tested")) == (("3h", "muted"), ("9d", "muted"))
    assert (cell(COVERAGE, row(), "fired"), cell(COVERAGE, row(), "tested")) == (("never", "muted"), ("never", "muted"))


def test_a_mode_of_which_the_store_has_no_words_is_named_by_its_id() -> None:
    other = replace(CELL, mode="FM9", mode_title="", detection="", response="")
    assert titled(other) == "FM9"
    assert [name for name, _ in facts(other, NOW)] == ["sees", "data to", "last fired", "last tested"]


async def test_the_sum_stands_above_and_the_most_blind_system_first(covered_folder: Path) -> None:
    async with opened(covered_folder) as driven:
        await driven.go("0")
        assert driven.lines[2].startswith(" 64 cells: 3")
        assert "expected false alarms a week: 0.16" in driven.lines[2]
        assert driven.lines[4].startswith(">hr-assistant          BLI   BLI   BLI")
        assert driven.sentence.startswith("hr-assistant is blind to FM1 (no source gives model_id, canary_pass), FM2")


async def test_problems_filter_and_sort_work_as_on_every_table(covered_folder: Path) -> None:
    async with opened(covered_folder) as driven:
        await driven.go("0")
        await driven.press("z")
        assert "translation" not in driven.text
        await driven.press("z", "slash", *"fm1:!!")
        await driven.press("enter")
        assert driven.lines[4].startswith(">support-bot         !!arm")
        assert driven.lines[5] == ""


async def test_enter_opens_all_cells_of_a_system_and_escape_goes_back(covered_folder: Path) -> None:
    async with opened(covered_folder, (120, 90)) as driven:
        await driven.go("0")
        driven.table.table.move_to("support-bot")
        await driven.go("enter")
        assert driven.lines[2].startswith(" support-bot: ")
        assert "!! FM1 vendor model change: armed" in driven.text
        assert "last fired: 06 Mar 14:30Z, 4 days ago" in driven.text
        assert "last tested: 04 Mar 14:30Z, 6 days ago" in driven.text
        assert "response: Pin the last known good model" in driven.text
        assert "why: no source gives" in driven.text
        await driven.go("escape")
        assert driven.lines[4].startswith(" hr-assistant")


async def test_a_wide_terminal_shows_the_selected_systems_cells_beside_the_table(covered_folder: Path) -> None:
    async with opened(covered_folder, (200, 50)) as driven:
        await driven.go("0")
        assert "hr-assistant: 0 armed, 0 degraded, 8 blind; owner Katherine Johnson, tier 2" in driven.lines[3]
        driven.table.table.move_to("translation")
        await driven.until("translation: 8 armed, 0 degraded, 0 blind")
        await driven.press("tab", "down", "enter")
        assert len(driven.app.screen_stack) == 1
        await driven.press("tab", "slash", *"nothing-is-named-so", "enter")
        assert "Selected system" in driven.lines[3]


async def test_a_system_that_no_detector_judged_says_so(covered_folder: Path) -> None:
    async with opened(covered_folder) as driven:
        from tui.opening import Open

        driven.app.post_message(Open("cells", "nobody"))
        await driven.until("no detector has judged a system of this name")
