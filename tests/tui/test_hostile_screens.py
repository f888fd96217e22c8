"""Whatever names, titles, messages and contents others choose, every screen shows them and obeys none of them."""

import unicodedata
from pathlib import Path

import pytest

from tests.tui import hostile_store
from tests.tui.conftest import StartProgram
from tests.tui.driving import Driven, opened
from tests.tui.test_output import FORBIDDEN, foreign
from tui.opening import Open
from tui.screens.change import ChangeScreen
from tui.screens.system import TABS, SystemScreen

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def hostile_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile") / "store"
    hostile_store.build(folder)
    return folder


def clean(driven: Driven) -> None:
    """Hold the whole screen to printable text."""
    assert [each for each in driven.text.replace("\n", "") if unicodedata.category(each) in FORBIDDEN] == []


async def each_row(driven: Driven) -> None:
    """Go through all rows, each explained in its sentence."""
    await driven.press("home")
    for _ in range(len(driven.table.table.rows)):
        clean(driven)
        await driven.pilot.press("down")
    clean(driven)


@pytest.mark.parametrize(
    "keys",
    [(), ("2",), ("4",), ("7",), ("0",)],
    ids=["portfolio", "breaches", "approvals", "collection", "coverage"],
)
async def test_every_row_of_every_screen_is_printable(keys: tuple[str, ...], hostile_folder: Path) -> None:
    async with opened(hostile_folder, (200, 50)) as driven:
        await driven.go(*keys)
        await driven.press("w")
        assert len(driven.table.table.rows) > 50
        await each_row(driven)


async def test_every_system_and_its_metric_are_printable(hostile_folder: Path) -> None:
    async with opened(hostile_folder, (160, 40)) as driven:
        for name, _ in list(driven.table.table.rows):
            driven.app.post_message(Open("system", name))
            await driven.until(lambda: len(driven.app.screen_stack) == 2)
            await driven.read()
            page = driven.screen
            assert isinstance(page, SystemScreen)
            for _ in range(len(TABS)):
                clean(driven)
                page.action_tab(1)
                await driven.pilot.pause(0)
            driven.table.table.action_select()
            await driven.until(lambda: len(driven.app.screen_stack) == 3)
            await driven.read()
            clean(driven)
            await driven.app.action_place("portfolio")


async def test_every_change_and_its_tabs_are_printable(hostile_folder: Path) -> None:
    async with opened(hostile_folder, (160, 40)) as driven:
        await driven.go("4")
        for name, _ in list(driven.table.table.rows):
            driven.app.post_message(Open("change", name))
            await driven.until(lambda: len(driven.app.screen_stack) == 2)
            await driven.read()
            page = driven.screen
            assert isinstance(page, ChangeScreen)
            tabs = set()
            for _ in range(4):
                clean(driven)
                tabs.add(driven.text)
                page.action_tab(1)
                await driven.pilot.pause(0)
            assert len(tabs) == 4
            await driven.app.action_place("approvals")


async def test_the_palette_and_copying_are_printable_and_run_nothing(hostile_folder: Path) -> None:
    async with opened(hostile_folder) as driven:
        await driven.press("colon", *"open system", "end")
        for _ in range(12):
            clean(driven)
            await driven.press("pageup")
        await driven.press("escape", "y")
        clean(driven)
        assert driven.app.is_running


def test_a_real_terminal_receives_no_command_from_them(start_program: StartProgram, hostile_folder: Path) -> None:
    terminal = start_program("tests/tui/view_program.py", 160, 40, STORE=str(hostile_folder))
    terminal.until("1 Portfolio")
    terminal.until(lambda: "data" in terminal.text)
    for screen, mark in (
        (b"1", "worst first"),
        (b"2", "worst first"),
        (b"4", "risk, then age"),
        (b"7", "failed first"),
        (b"0", "most blind first"),
    ):
        terminal.type(screen)
        terminal.until(mark)
        terminal.type(b"w" + b"\x1b[6~" * 6)
        terminal.type(b":")
        terminal.until("Everything that can be done here")
        terminal.type(b"\x1b")
        terminal.until(lambda: "Everything" not in terminal.text)
    terminal.type(b"1g\r")
    terminal.until("Metrics 1")
    terminal.type(b"q")
    assert terminal.wait() == 0
    assert foreign(terminal.output) == []
