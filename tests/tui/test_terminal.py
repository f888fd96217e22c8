"""The terminal is refused, prepared, held and given back as it was."""

import inspect
import io
import os
import signal
import time
from collections.abc import Iterator
from typing import TextIO

import psutil
import pytest
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from tests.tui.conftest import StartProgram
from tests.tui.pty_terminal import PATIENCE, PtyTerminal
from tui.terminal import Terminal, prepare, refusal, signs

PROGRAM = "tests/tui/table_program.py"
GIVEN_BACK = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?2004l", b"\x1b[?7h", b"\x1b[?1004l")


@pytest.fixture
def tty() -> Iterator[io.TextIOWrapper]:
    """One end of a real terminal."""
    master, slave = os.openpty()
    with os.fdopen(slave, "w", closefd=True) as stream:
        yield stream
    os.close(master)


def begin(start_program: StartProgram, **environ: str) -> PtyTerminal:
    terminal = start_program(PROGRAM, **environ)
    terminal.until(lambda: "READY" in terminal.text and "system-3" in terminal.text)
    return terminal


def test_textuals_driver_looks_inside_as_ours_expects() -> None:
    source = inspect.getsource(LinuxDriver)
    for name in ("exit_event", "_key_thread", "attrs_before", "run_input_thread", "_run_input_thread", "self.fileno"):
        assert name in source
    assert list(inspect.signature(XTermParser.feed).parameters) == ["self", "data"]
    assert list(inspect.signature(XTermParser.tick).parameters) == ["self"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_a_signal_ends_the_program_with_the_terminal_given_back(
    start_program: StartProgram, number: signal.Signals, code: int
) -> None:
    terminal = begin(start_program)
    assert terminal.modes() != terminal.modes_before
    terminal.process.send_signal(number)
    assert terminal.wait() == code
    assert terminal.modes() == terminal.modes_before
    assert all(sequence in terminal.output for sequence in GIVEN_BACK)


def test_a_terminal_that_is_closed_ends_the_program_without_spinning(start_program: StartProgram) -> None:
    terminal = begin(start_program)
    before = time.monotonic()
    terminal.hang_up()
    assert terminal.process.wait(PATIENCE) == 129
    assert time.monotonic() - before < 2 + 3  # promised are 2 s; the rest is for a busy machine


def test_a_closed_terminal_ends_the_program_even_if_hangups_are_ignored(start_program: StartProgram) -> None:
    terminal = begin(start_program, TEST_IGNORE="hangup")
    terminal.hang_up()
    assert terminal.process.wait(PATIENCE) == 129


def test_a_signal_ends_the_program_even_if_the_terminal_takes_no_output(start_program: StartProgram) -> None:
    terminal = begin(start_program)
    terminal.type(b"rhru" * 40)  # more than a terminal buffers, and nobody reads it
    terminal.until(lambda: "DONE" in terminal.text)
    terminal.type(b"rhru" * 40)
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.process.wait(PATIENCE) == 143
    assert terminal.modes() == terminal.modes_before


def test_bytes_that_are_no_text_are_not_typed_and_end_nothing(start_program: StartProgram) -> None:
    terminal = begin(start_program)
    terminal.type(b"\xff\xfe\xc3\x28\xf0\x9f u")
    terminal.until("DONE 1")
    terminal.type(b"q")
    assert terminal.wait() == 3


def test_a_lone_escape_becomes_a_key_and_a_split_sequence_one_key(start_program: StartProgram) -> None:
    terminal = begin(start_program)
    terminal.type(b"\x1b")
    terminal.type(b"\x1b[")
    terminal.type(b"6~")
    terminal.type(b"u")
    terminal.until("DONE 1")
    assert "\x1b" not in terminal.text


def test_the_program_comes_back_after_it_was_stopped(start_program: StartProgram) -> None:
    terminal = begin(start_program)
    terminal.process.send_signal(signal.SIGTSTP)
    process = psutil.Process(terminal.process.pid)
    terminal.until(lambda: process.status() == psutil.STATUS_STOPPED and b"\x1b[?1049l" in terminal.output)
    terminal.screen.reset()
    terminal.process.send_signal(signal.SIGCONT)
    terminal.until(lambda: "READY" in terminal.text and "system-3" in terminal.text)
    terminal.type(b"q")
    assert terminal.wait() == 3
    assert terminal.modes() == terminal.modes_before


def test_neither_mouse_nor_kitty_keys_are_switched_on_over_a_network(start_program: StartProgram) -> None:
    terminal = begin(start_program, SSH_TTY="/dev/pts/9")
    assert b"\x1b[?1000h" not in terminal.output
    assert b"\x1b[>" not in terminal.output


@pytest.mark.parametrize("name", ["standard input", "standard output"])
def test_without_a_terminal_the_screens_are_refused_with_a_way_out(name: str, tty: io.TextIOWrapper) -> None:
    streams: dict[str, TextIO | None] = {"standard input": tty, "standard output": tty, name: io.StringIO()}
    words = refusal({"TERM": "xterm"}, streams)
    assert words is not None
    assert name in words
    assert "llmops-tui status" in words
    assert refusal({"TERM": "xterm"}, {name: None}) is not None


@pytest.mark.parametrize(
    ("term", "said"), [("dumb", "TERM is dumb"), ("", "TERM is not set"), ("unknown", "TERM is unknown")]
)
def test_a_terminal_without_a_cursor_is_refused(term: str, said: str, tty: io.TextIOWrapper) -> None:
    assert said in (refusal({"TERM": term}, {"standard input": tty}) or "")


def test_a_terminal_is_welcome(tty: io.TextIOWrapper) -> None:
    assert refusal({"TERM": "vt100"}, {"standard input": tty, "standard output": tty}) is None


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (
            {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"},
            Terminal("true", is_ascii=False, is_remote=False),
        ),
        ({"TERM": "xterm-256color", "LC_ALL": "de_DE.utf8"}, Terminal("256", is_ascii=False, is_remote=False)),
        ({"TERM": "xterm", "LANG": "en_US.ISO-8859-1"}, Terminal("16", is_ascii=True, is_remote=False)),
        ({"TERM": "xterm-kitty", "LANG": "ca_ES.UTF-8@valencia"}, Terminal("true", is_ascii=False, is_remote=False)),
        (
            {"TERM": "screen.xterm-256color", "COLORTERM": "truecolor", "LANG": "C"},
            Terminal("256", is_ascii=True, is_remote=False),
        ),
        ({"TERM": "linux", "LANG": "C.UTF-8", "SSH_TTY": "/dev/pts/0"}, Terminal("16", is_ascii=True, is_remote=True)),
        ({"TERM": "vt100", "LANG": "C.UTF-8"}, Terminal("none", is_ascii=True, is_remote=False)),
        (
            {"TERM": "xterm-direct", "NO_COLOR": "", "LANG": "C.UTF-8"},
            Terminal("none", is_ascii=False, is_remote=False),
        ),
        ({"TERM": "dumb"}, Terminal("none", is_ascii=True, is_remote=False)),
        ({"TERM": "xterm", "LC_CTYPE": "C.UTF-8", "LANG": "C"}, Terminal("16", is_ascii=True, is_remote=False)),
        ({"TERM": "xterm", "LC_CTYPE": "UTF-8"}, Terminal("16", is_ascii=False, is_remote=False)),
        ({"TERM": "linux", "LLMOPS_TUI_ASCII": "0"}, Terminal("16", is_ascii=False, is_remote=False)),
        ({"TERM": "xterm", "LANG": "C.UTF-8", "LLMOPS_TUI_ASCII": "1"}, Terminal("16", is_ascii=True, is_remote=False)),
    ],
)
def test_the_environment_says_what_a_terminal_can_do(environ: dict[str, str], expected: Terminal) -> None:
    assert prepare(environ) == expected


def test_textual_is_told_before_it_is_imported() -> None:
    environ = {"TERM": "screen", "SSH_CONNECTION": "::1 1 ::1 2", "LANG": "C.UTF-8"}
    prepare(environ)
    assert environ["TEXTUAL_ANIMATIONS"] == "none"
    assert environ["TEXTUAL_DISABLE_KITTY_KEY"] == "1"
    assert environ["TEXTUAL_COLOR_SYSTEM"] == "256"
    assert "NO_COLOR" not in environ


def test_what_the_person_set_stays() -> None:
    environ = {"TERM": "vt100", "TEXTUAL_ANIMATIONS": "full"}
    prepare(environ)
    assert environ["TEXTUAL_ANIMATIONS"] == "full"
    assert environ["NO_COLOR"] == "1"


@pytest.mark.parametrize(
    ("colours", "theme"), [("none", "llmops-monochrome"), ("16", "llmops-terminal"), ("256", ""), ("true", "")]
)
def test_poor_terminals_have_a_theme_of_their_own(colours: str, theme: str) -> None:
    environ = {
        "none": {"NO_COLOR": "1"},
        "16": {"TERM": "xterm"},
        "256": {"TERM": "x-256color"},
        "true": {"TERM": "x", "COLORTERM": "24bit"},
    }
    assert prepare(environ[colours]).theme == theme


def test_signs_exist_in_ascii_too() -> None:
    assert signs(is_ascii=True).ramp.isascii()
    assert len(signs(is_ascii=True).ramp) == len(signs(is_ascii=False).ramp)
    assert (signs(is_ascii=False).ok, signs(is_ascii=False).critical) == ("ok", "!!")
