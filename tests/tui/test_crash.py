"""A fault is reported with its place and without a single value."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.tui.conftest import StartProgram
from tui import crash
from tui.text import lines

NOW = datetime(2026, 11, 3, 12, 30, tzinfo=UTC)
SECRET = "sk-canary-0123456789"
PROGRAM = "tests/tui/table_program.py"


def _fault() -> ValueError:
    """A fault in our code, caused by another, with a secret in message and variables."""
    token = SECRET
    try:
        try:
            lines(token, count="many")  # type: ignore[arg-type]
        except TypeError as error:
            raise ValueError(token) from error
    except ValueError as error:
        return error
    raise AssertionError


class WorkerFailed(Exception):  # noqa: N818  # Textual's name
    """Shaped as Textual's."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(SECRET)
        self.error = error


def test_a_report_names_types_places_and_versions_but_no_value() -> None:
    report = crash.text(_fault(), NOW)
    assert "builtins.ValueError" in report
    assert "caused by builtins.TypeError" in report
    assert "tui/text.py:" in report
    assert "in lines" in report
    assert "2026-11-03T12:30:00+00:00" in report
    assert "textual 8." in report
    assert SECRET not in report


def test_a_failed_worker_is_followed_to_its_cause() -> None:
    report = crash.text(WorkerFailed(_fault()), NOW)
    assert "WorkerFailed" in report
    assert "caused by builtins.ValueError" in report
    assert SECRET not in report


def test_faults_that_cause_each_other_are_cut_off() -> None:
    first, second = ValueError(), ValueError()
    first.__cause__, second.__cause__ = second, first
    assert crash.text(first, NOW).count("builtins.ValueError") == 10


def test_the_line_names_the_root_and_the_report() -> None:
    line = crash.line(_fault(), Path("/state/report.txt"))
    assert "TypeError at tui/text.py:" in line
    assert "/state/report.txt" in line
    assert SECRET not in line
    assert "could not be written" in crash.line(ValueError(), None)
    assert "an unknown place" in crash.line(ValueError(), None)


def test_only_the_owner_may_read_reports_and_old_ones_go(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "crashes"
    written = [crash.report(_fault(), folder, NOW.replace(second=second)) for second in range(25)]
    last = written[-1]
    assert last is not None
    assert stat.S_IMODE(last.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(list(folder.iterdir())) == 20
    assert last.exists()


def test_a_report_that_cannot_be_written_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert crash.report(_fault(), tmp_path / "file" / "crashes", NOW) is None


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"XDG_STATE_HOME": "/state"}, "/state/llmops-tui/crashes"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/home/ada"}, "/home/ada/.local/state/llmops-tui/crashes"),
        ({"HOME": "/home/ada"}, "/home/ada/.local/state/llmops-tui/crashes"),
    ],
)
def test_reports_lie_in_the_state_folder(environ: dict[str, str], folder: str) -> None:
    assert str(crash.folder(environ)) == folder


def test_the_program_ends_with_its_own_code_one_line_and_a_report(start_program: StartProgram, tmp_path: Path) -> None:
    terminal = start_program(PROGRAM)
    terminal.until("READY")
    terminal.type(b"x")
    assert terminal.wait() == 70
    assert terminal.modes() == terminal.modes_before
    after = terminal.output.split(b"\x1b[?1049l")[-1].decode()
    assert after.count("\n") == 1
    assert "a fault of this program (RuntimeError at tui/table_program.py:" in after
    (report,) = (tmp_path / "state" / "llmops-tui" / "crashes").iterdir()
    assert str(report) in after
    assert SECRET not in report.read_text()
    assert SECRET.encode() not in terminal.output
