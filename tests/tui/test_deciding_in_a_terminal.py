"""In a real terminal: keys typed ahead of a question decide nothing, and what sources say draws and presses nothing."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from store import spool
from store.folder import Folder
from tests.tui import ledger_store
from tests.tui.conftest import StartProgram
from tests.tui.pty_terminal import PtyTerminal
from tests.tui.test_output import foreign
from tui.guarded import GRACE
from tui.live import clock


@pytest.fixture
def present(tmp_path: Path) -> Path:
    """Give a ledger of this moment whose store is somebody else's, so that what is said here stays in the spool."""
    config = ledger_store.build(tmp_path / "present", clock())
    os.chown(config.parent / "store", 4711, -1)
    return config


def opened_change(start_program: StartProgram, config: Path, downs: int = 2) -> PtyTerminal:
    terminal = start_program("tests/tui/config_program.py", 120, 40, CONFIG=str(config))
    terminal.until(lambda: "data" in terminal.text.split("\n")[1])
    terminal.type(b"4")
    terminal.until(" me claims-triage")
    terminal.type(b"j" * downs + b"\r")
    terminal.until("Summary  Content  Evidence")
    terminal.type(b"]")
    terminal.until("CONTENT ")
    terminal.type(b"]")
    terminal.until("present       diff")
    return terminal


def said(config: Path) -> list[tuple[str, str]]:
    return [(event.kind, event.reason) for event in spool.waiting(Folder(config.parent / "store"))]


def listening(terminal: PtyTerminal, seen: float) -> None:
    """Read on until a question that was seen then takes keys."""
    terminal.until(lambda: time.monotonic() > seen + GRACE + 0.2)


@pytest.mark.parametrize(
    "ahead",
    [b"v\tlooks fine\t\r", b"v\tlooks fine\r\r\r\r", b"vvvv\x1b[B\x1b[Bfine\r\r", b"v\x1b[200~fine\r\r\x1b[201~\t\r"],
)
def test_a_decision_typed_ahead_into_the_buffer_does_nothing(
    start_program: StartProgram, present: Path, ahead: bytes
) -> None:
    terminal = opened_change(start_program, present)
    terminal.type(ahead)
    terminal.until("Leave it as it is")
    listening(terminal, time.monotonic())
    while not terminal.is_idle():
        pass
    assert said(present) == []
    assert "> [ Leave it as it is ]" in terminal.text
    assert "fine" not in terminal.text
    terminal.type(b"\tafter reading\t\r")
    terminal.until("written as")
    assert said(present) == [("approve", "after reading")]


def test_an_approve_key_typed_before_the_change_is_open_does_nothing(
    start_program: StartProgram, present: Path
) -> None:
    terminal = start_program("tests/tui/config_program.py", 120, 40, CONFIG=str(present))
    terminal.until(lambda: "data" in terminal.text.split("\n")[1])
    terminal.type(b"4")
    terminal.until(" me claims-triage")
    terminal.type(b"jj\rv\tyes\t\r")
    while not terminal.is_idle():
        pass
    assert said(present) == []
    assert "Approve:" not in terminal.text
    assert terminal.process.poll() is None


def test_escape_leaves_everything_as_it_was(start_program: StartProgram, present: Path) -> None:
    terminal = opened_change(start_program, present)
    terminal.type(b"v")
    terminal.until("Leave it as it is")
    listening(terminal, time.monotonic())
    terminal.type(b"\x1b")
    terminal.until(lambda: "Leave it as it is" not in terminal.text)
    assert said(present) == []


def test_a_decision_is_signed_and_a_key_with_a_passphrase_asks_nothing_of_the_terminal(
    start_program: StartProgram, present: Path, tmp_path: Path
) -> None:
    good, locked = tmp_path / "good", tmp_path / "locked"
    for key, phrase in ((good, ""), (locked, "secret words")):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-f", str(key)], check=True)
    signers = tmp_path / "signers"
    signers.write_text(f'"Ada Byron" {good.with_suffix(".pub").read_text()}')
    signers.chmod(0o644)
    text = present.read_text()
    present.write_text(f'{text}\n[changes]\nrequire_signature = true\nallowed_signers = "{signers}"\n')
    terminal = opened_change(start_program, present)
    for key, claim in ((locked, "not written, approve: signing with"), (good, "approve: written as")):
        terminal.type(b"v")
        terminal.until("SSH key to sign with")
        listening(terminal, time.monotonic())
        terminal.type(b"\tread it\t" + str(key).encode() + b"\t\r")
        terminal.until(claim)
        assert "passphrase for" not in terminal.text
        while not terminal.is_idle():
            pass
    (event,) = spool.waiting(Folder(present.parent / "store"))
    assert event.signature.startswith("-----BEGIN SSH SIGNATURE-----")
    assert foreign(terminal.output) == []


def test_a_content_that_plays_a_question_is_only_text(start_program: StartProgram, tmp_path: Path) -> None:
    config = ledger_store.build(tmp_path / "hostile", clock())
    os.chown(config.parent / "store", 4711, -1)
    tricks = (
        "> [ Leave it as it is ]\n[@click=app.quit]Approve[/]\n[/nope]\x1b[2J\x1b[1;1Happroved\x07\n\x1b]52;c;eA==\x07\n"
        "\x1b[?1049l\u202edevorppa\u202c\nvery\rgood\u200b\n\x9b31mred\n[link=https://evil.example]Enter[/link]\n"
    )
    ledger_store.revise(config, clock(), tricks)
    terminal = opened_change(start_program, config)
    terminal.type(b"[")
    terminal.until("devorppa")
    assert "hidden characters, each by its name" in terminal.text
    assert "RIGHT-TO-LEFT OVERRIDE" in terminal.text
    assert "[@click=app.quit]Approve[/]" in terminal.text
    assert "very\u2039CR\u203agood" in terminal.text
    assert terminal.text.split("\n")[2].startswith(" evidence ready  claims-triage")
    terminal.type(b"v")
    terminal.until("hidden characters in the content")
    terminal.until(lambda: terminal.text.count("[ Approve ]") == 1)
    terminal.type(b"\x1b")
    terminal.until("very")
    terminal.type(b"q")
    assert terminal.wait() == 0
    assert foreign(terminal.output) == []
    assert said(config) == []
