"""The command opens the screens in a real terminal, and says what to do where there is none."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tui.conftest import StartProgram
from tests.tui.pty_terminal import ROOT, PtyTerminal

PROGRAM = "tests/tui/view_program.py"
HEAVY = ("_duckdb", "duckdb", "pyarrow", "httpx", "croniter", "collectors.http", "collectors.runner")


def run(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command without a terminal."""
    clean = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder.parent),
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "STORE": str(folder),
    }
    coverage = {name: value for name, value in os.environ.items() if name.startswith("COV")}
    return subprocess.run(
        [sys.executable, str(ROOT / PROGRAM), *arguments],
        env={**clean, **coverage, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_it_shows_live_data_and_leaves_with_q(start_program: StartProgram, screen_folder: Path) -> None:
    terminal = start_program(PROGRAM, STORE=str(screen_folder))
    terminal.until("claims-triage")
    terminal.until("1 Portfolio")
    terminal.type(b"q")
    assert terminal.wait() == 0
    assert terminal.modes() == terminal.modes_before


def test_options_choose_where_to_begin_and_how_it_looks(start_program: StartProgram, screen_folder: Path) -> None:
    terminal = start_program(
        "tests/tui/view_options_program.py", STORE=str(screen_folder), OPTIONS="--screen collection --ascii"
    )
    terminal.until("focus-export")
    terminal.type(b"q")
    assert terminal.wait() == 0
    assert all(byte < 0x80 for byte in terminal.output)


def more(terminal: PtyTerminal, seconds: float) -> int:
    """Give the bytes that come within some seconds (three ticks)."""
    seen = len(terminal.output)
    with contextlib.suppress(AssertionError):
        terminal.until("this never comes", patience=seconds)
    return len(terminal.output) - seen


def test_an_unchanged_store_costs_no_byte(start_program: StartProgram, own_folder: Path) -> None:
    terminal = start_program(PROGRAM, STORE=str(own_folder))
    terminal.until("data")
    terminal.until(lambda: "as of" not in terminal.text)
    assert 0 in (
        more(terminal, 3.5) for _ in range(6)
    )  # what the start still had to draw, or a new minute, may come first
    terminal.type(b"q")
    assert terminal.wait() == 0


def test_the_mouse_is_off_until_f2_turns_it_on(start_program: StartProgram, screen_folder: Path) -> None:
    terminal = start_program(PROGRAM, STORE=str(screen_folder))
    terminal.until("claims-triage")
    assert b"\x1b[?1000h" not in terminal.output
    terminal.type(b"\x1bOQ")
    terminal.until(lambda: b"\x1b[?1000h" in terminal.output)
    terminal.type(b"\x1bOQ")
    terminal.until(lambda: b"\x1b[?1000l" in terminal.output)
    terminal.type(b"q")
    assert terminal.wait() == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signals_end_it_with_the_terminal_as_it_was(
    number: signal.Signals, code: int, start_program: StartProgram, screen_folder: Path
) -> None:
    terminal = start_program(PROGRAM, STORE=str(screen_folder))
    terminal.until("claims-triage")
    os.kill(terminal.process.pid, number)
    assert terminal.wait() == code
    assert terminal.modes() == terminal.modes_before


def test_without_a_terminal_it_prints_the_last_known_state_and_exits_2(screen_folder: Path) -> None:
    done = run(screen_folder, "view")
    assert done.returncode == 2
    assert "the screens need a terminal" in done.stderr
    assert "!! CRIT  claims-triage" in done.stdout
    assert "?  UNKN  hr-assistant" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_without_terminal_and_store_it_only_says_so(tmp_path: Path) -> None:
    done = run(tmp_path / "store")
    assert done.returncode == 2
    assert done.stdout == ""


def test_a_theme_that_is_not_there_is_an_error_of_the_configuration(
    start_program: StartProgram, screen_folder: Path
) -> None:
    terminal = start_program("tests/tui/view_options_program.py", STORE=str(screen_folder), OPTIONS="--theme pink")
    assert terminal.wait() == 65
    assert "no theme is called 'pink'" in terminal.text


def test_nothing_heavy_is_loaded_before_the_first_paint_and_some_of_it_never(screen_folder: Path) -> None:
    script = f"""
import asyncio, sys
from pathlib import Path
from tui import snapshot
from tui.app import LlmopsApp, Options, known_state
app = LlmopsApp(Path({str(screen_folder)!r}), Options(refresh=3600), snapshot=known_state(snapshot.read(Path({str(screen_folder)!r}) / "portfolio.json")))
begun = []
begin = app._begin
def first():
    begun.append([name for name in {HEAVY!r} if name in sys.modules])
    begin()
app._begin = first
async def main():
    async with app.run_test() as pilot:
        while app.notice:
            await pilot.pause(0.01)
asyncio.run(main())
print(begun, [name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[[]] ['_duckdb']"
    assert done.stderr == ""
