"""The first rows are on the terminal before Textual is loaded, and the terminal is never left behind."""

import os
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from fcntl import ioctl
from io import TextIOWrapper
from pathlib import Path
from typing import NamedTuple

import pyte
import pytest

from tests.tui.conftest import StartProgram
from tests.tui.driving import LATER, opened
from tests.tui.pty_terminal import PATIENCE, ROOT, PtyTerminal
from tests.tui.screen_store import NOW
from tests.tui.test_snapshot import ROW, SUMMARY
from tui.app import known_state
from tui.first_paint import ALTERNATE, FirstPaint, picture
from tui.snapshot import Snapshot, read
from tui.spans import fitted

LAST = Snapshot((ROW, replace(ROW, system="\x1b]0;evil\x07 [red]other[/]", state="ok")), SUMMARY, NOW)
BACK = b"\x1b[?1049l"


class Tty(NamedTuple):
    """A real terminal: what the program writes to, and the end at which a person sits."""

    stream: TextIOWrapper
    person: int

    def written(self) -> bytes:
        """Give what came so far."""
        found = b""
        with suppress(BlockingIOError):
            while chunk := os.read(self.person, 65_536):
                found += chunk
        return found


@pytest.fixture
def tty() -> Iterator[Tty]:
    """A terminal of 80x24."""
    person, program = os.openpty()
    ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.set_blocking(person, False)
    with os.fdopen(program, "w", encoding="utf-8") as stream:
        yield Tty(stream, person)
    os.close(person)


def shown(written: bytes) -> list[str]:
    """Give the lines that a terminal makes of the bytes."""
    screen = pyte.Screen(80, 24)
    pyte.ByteStream(screen).feed(written)
    return [line.rstrip() for line in screen.display]


async def test_it_is_the_picture_that_textual_paints_next(screen_folder: Path, tmp_path: Path) -> None:
    last = read(screen_folder / "portfolio.json")
    assert last is not None
    lines = ["".join(text for text, _ in fitted(line, 80)).rstrip() for line in picture(last, LATER, 80, 24)]
    async with opened(tmp_path / "gone", snapshot=known_state(last), is_live=False) as driven:
        await driven.until("store busy")
        assert lines[0] == driven.lines[0].rstrip()
        assert lines[2:] == [line.rstrip() for line in driven.lines[2:23]]
    assert lines[1].startswith(" as of ")


def test_nothing_that_a_source_says_reaches_the_terminal_as_a_command(tty: Tty) -> None:
    with FirstPaint(tty.stream) as first:
        first.show(LAST, NOW, is_ascii=False)
    written = tty.written()
    assert b"\x1b]" not in written
    assert b"\x07" not in written
    assert "[red]" in "".join(shown(written))


def test_a_terminal_without_unicode_gets_ascii_alone(tty: Tty) -> None:
    with FirstPaint(tty.stream) as first:
        first.show(LAST, NOW, is_ascii=True)
    assert all(byte < 0x80 for byte in tty.written())


def test_the_terminal_is_given_back_unless_it_was_handed_over(tty: Tty) -> None:
    with FirstPaint(tty.stream) as first:
        first.show(LAST, NOW, is_ascii=False)
    assert tty.written().endswith(BACK)
    with FirstPaint(tty.stream) as first:
        first.show(LAST, NOW, is_ascii=False)
        assert first.hand_over()
        assert not first.hand_over()
    assert BACK not in tty.written()


def test_keys_typed_meanwhile_are_kept_as_they_are_and_not_echoed(tty: Tty) -> None:
    before = termios.tcgetattr(tty.stream)
    with FirstPaint(tty.stream) as first:
        first.show(LAST, NOW, is_ascii=False)
        tty.written()
        os.write(tty.person, b"jj\r")
        assert os.read(tty.stream.fileno(), 10) == b"jj\r"
        assert tty.written() == b""
        first.hand_over()
        assert termios.tcgetattr(tty.stream) == before
    assert termios.tcgetattr(tty.stream) == before


def test_handlers_of_signals_are_put_back(tty: Tty) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with FirstPaint(tty.stream):
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


DEAF = """
import os, sys, time
from datetime import UTC, datetime
from pathlib import Path
from tui.first_paint import FirstPaint
from tui.snapshot import read
with FirstPaint(sys.__stderr__) as first:
    first.show(read(Path(sys.argv[1])), datetime.now(UTC), is_ascii=False)
    if "flood" in sys.argv:
        while not os.path.exists(sys.argv[3]):
            time.sleep(0.01)
        os.set_blocking(2, False)
        try:
            while True:
                os.write(2, b"x")
        except BlockingIOError:
            os.set_blocking(2, True)
            os.remove(sys.argv[3])
    while True:
        try:
            time.sleep(0.05)
        except BaseException:
            continue
"""


@contextmanager
def deaf(folder: Path, *words: str) -> Iterator[PtyTerminal]:
    """Start what shows the first rows and then hears nothing."""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    terminal = PtyTerminal([sys.executable, "-c", DEAF, str(folder / "portfolio.json"), *words], environ)
    try:
        terminal.until("claims-triage")
        yield terminal
    finally:
        terminal.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_during_the_start_ends_it_whatever_goes_on_with_the_terminal_given_back(
    screen_folder: Path, number: signal.Signals
) -> None:
    with deaf(screen_folder) as terminal:
        os.kill(terminal.process.pid, number)
        assert terminal.wait() == 128 + number
        assert terminal.output.endswith(BACK)
        assert terminal.modes() == terminal.modes_before


def test_a_terminal_that_is_closed_during_the_start_ends_it(screen_folder: Path) -> None:
    with deaf(screen_folder) as terminal:
        terminal.hang_up()
        assert terminal.process.wait(PATIENCE) == 129


def test_a_signal_during_the_start_ends_it_even_if_the_terminal_takes_no_output(
    screen_folder: Path, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    with deaf(screen_folder, "flood", str(go)) as terminal:
        go.touch()  # nobody reads from here on, and the file is gone once nothing more can be written
        last = time.monotonic() + PATIENCE
        while go.exists():
            assert time.monotonic() < last
            time.sleep(0.01)
        os.kill(terminal.process.pid, signal.SIGTERM)
        assert terminal.process.wait(PATIENCE) == 143
        assert terminal.modes() == terminal.modes_before


def test_without_a_picture_or_a_stream_nothing_is_touched(tty: Tty) -> None:
    with FirstPaint(tty.stream):
        pass
    assert tty.written() == b""
    with FirstPaint(None) as first:
        first.show(LAST, NOW, is_ascii=False)
        assert not first.hand_over()


def test_a_portfolio_without_systems_has_a_picture_too() -> None:
    lines = list(picture(replace(LAST, rows=()), NOW, 80, 24))
    assert len(lines) == 2 + 1 + 18 + 1


def test_the_program_takes_the_second_screen_once(start_program: StartProgram, screen_folder: Path) -> None:
    terminal = start_program("tests/tui/view_program.py", STORE=str(screen_folder))
    terminal.until(lambda: "claims-triage" in terminal.text and "as of" not in terminal.text)
    terminal.type(b"q")
    assert terminal.wait() == 0
    assert terminal.output.count(ALTERNATE.encode()) == 1
    assert terminal.modes() == terminal.modes_before


def test_a_start_that_fails_gives_the_terminal_back_and_says_why(
    start_program: StartProgram, screen_folder: Path
) -> None:
    terminal = start_program(
        "tests/tui/view_options_program.py", STORE=str(screen_folder), OPTIONS="--theme nobody-knows-it"
    )
    assert terminal.wait() == 65
    assert BACK in terminal.output
    assert b"no theme is called" in terminal.output.partition(BACK)[2]
