"""The page of one breach: a chart of its loudest signal, why it is one, and what operators say it was worth."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from store.records import Incident
from tests.tui.driving import opened
from tests.tui.headless_store import Headless, empty_searches, made


@pytest.fixture
def broken(tmp_path: Path) -> Headless:
    return empty_searches(made(tmp_path))


@pytest.fixture
def folder(broken: Headless) -> Path:
    return broken.path.parent / "store"


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_enter_on_a_breach_says_why_it_is_one_under_a_chart(
    folder: Path,
    broken: Headless,
    size: tuple[int, int],
) -> None:
    async with opened(folder, size, now=lambda: broken.now) as driven:
        await driven.go("2", "enter")
        assert "bot > FM" in driven.text
        assert "WHY" in driven.text
        await driven.press("G")
        assert "surer" in driven.text


async def test_the_chart_marks_incidents_beside_the_breach(folder: Path, broken: Headless) -> None:
    begun = broken.now - timedelta(days=9)
    broken.collected(Incident("bot", "P1", "Slow answers", begun, "page", "critical", "open"))
    async with opened(folder, (120, 40), now=lambda: broken.now) as driven:
        await driven.go("2")
        driven.table.table.move_to(next(key for key, cells in driven.table.table.rows if cells[3][0] == "FM4"))
        row = next(cells for key, cells in driven.table.table.rows if cells[3][0] == "FM4")
        assert any(text.startswith("~0.02") for text, _ in row)  # what it used to be stands where limits do
        await driven.go("enter")
        marks = next(line for line in driven.lines if "!" in line and "*" in line)
        assert marks.index("*") < marks.index("!")


async def test_the_chart_shows_the_runs_of_the_loudest_signal(folder: Path, broken: Headless) -> None:
    async with opened(folder, (120, 40), now=lambda: broken.now) as driven:
        await driven.go("2")
        driven.table.table.move_to(next(key for key, cells in driven.table.table.rows if cells[3][0] == "FM4"))
        await driven.go("enter")
        assert "0.09" in driven.text
        assert "!" in driven.text


async def test_enter_goes_on_to_the_system_and_escape_leads_back(folder: Path, broken: Headless) -> None:
    async with opened(folder, now=lambda: broken.now) as driven:
        await driven.go("2", "enter", "enter")
        assert "Metrics" in driven.text
        await driven.go("escape", "escape")
        assert "2 Breaches" in driven.lines[-3]


async def test_a_verdict_is_chosen_from_three_and_written(folder: Path, broken: Headless) -> None:
    async with opened(folder, now=lambda: broken.now) as driven:
        await driven.go("2")
        breach = driven.table.table.cursor_key
        await driven.go("enter")
        await driven.press("v", "escape")
        assert list((folder / "spool").glob("*.json")) == []
        await driven.press("v", *"useless", "enter")
        await driven.until("useless, says")
        (path,) = (folder / "spool").glob("*.json")
        event = json.loads(path.read_text())
        assert (event["kind"], event["subject"], event["reason"]) == ("verdict", breach, "useless")


async def test_a_spool_that_cannot_be_written_says_why(folder: Path, broken: Headless) -> None:
    async with opened(folder, now=lambda: broken.now) as driven:
        await driven.go("2", "enter")
        (folder / "spool").rename(folder / "gone")
        await driven.press("v", *"true", "enter")
        await driven.until("not written")


async def test_a_breach_that_is_gone_is_said_to_be(folder: Path, broken: Headless) -> None:
    from tui.opening import Open

    async with opened(folder, now=lambda: broken.now) as driven:
        driven.app.post_message(Open("breach", "nobody"))
        await driven.until("knows this breach no more")
        await driven.press("v", "escape", "enter")
        assert "knows this breach no more" in driven.text
