"""The front door: one module per command, every way of ending has its number, and --help loads nothing heavy."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tui.commands
from store.errors import (
    EXIT_BUSY,
    EXIT_CONFIG,
    EXIT_INTERNAL,
    EXIT_STORE,
    EXIT_UNREACHABLE,
    ConfigError,
    LlmopsError,
    SourceError,
    StoreBusyError,
    StoreError,
)
from tui import cli, command_line

AddCommand = Callable[[str], None]

ROOT = Path(__file__).parents[2]
HEAVY = {"_duckdb", "duckdb", "pyarrow", "httpx", "croniter", "textual", "rich", "importlib.metadata"}


@pytest.fixture
def add_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AddCommand]:
    """Add a command named "failing" to the program, as a module beside the others."""

    def add(statement: str) -> None:
        module = '"""Fail."""\n\n\ndef add_arguments(parser): ...\n\n\ndef run(args):\n    '
        (tmp_path / "failing.py").write_text(f"{module}{statement}\n")
        monkeypatch.setitem(cli.COMMANDS, "failing", "fail")
        monkeypatch.setattr(tui.commands, "__path__", [*tui.commands.__path__, str(tmp_path)])

    yield add
    sys.modules.pop("tui.commands.failing", None)


def _program(
    *arguments: str, code: str = "", stdout: int = subprocess.PIPE, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run the front door in a process of its own; ``code`` is run after it, before its exit code is returned."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    script = f"import sys; from tui.cli import main; code = main(); {code or 'pass'}; sys.exit(code)"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        stdout=stdout,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
        timeout=60,
        env={**clean, **environ},
    )


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in cli.COMMANDS), ["version"]])
def test_help_and_version_load_nothing_heavy(arguments: list[str]) -> None:
    heavy = HEAVY - {"importlib.metadata"} if arguments == ["version"] else HEAVY
    done = _program(
        *arguments, code=f"print([each for each in {sorted(heavy)} if each in sys.modules], file=sys.stderr)"
    )
    assert (done.returncode, done.stderr) == (0, "[]\n")


def test_help_lists_every_command_and_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    text = capsys.readouterr().out
    for name in cli.COMMANDS:
        assert f"\n  {name} " in text
    for code in (
        EXIT_CONFIG,
        EXIT_UNREACHABLE,
        EXIT_INTERNAL,
        EXIT_STORE,
        EXIT_BUSY,
        command_line.EXIT_USAGE,
        cli.EXIT_OUTPUT,
    ):
        assert f"\n  {code}  " in text


def test_every_command_of_the_table_is_a_module_with_help(capsys: pytest.CaptureFixture[str]) -> None:
    for name in cli.COMMANDS:
        assert cli.main([name, "--help"]) == 0
        assert f"usage: llmops-tui {name} " in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--version"], ["version"], ["--config", "x", "version"]])
def test_the_version_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 0
    assert capsys.readouterr().out.startswith("llmops-tui ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["statsu"], "no command is named 'statsu'; did you mean 'status'?"),
        (["zzz"], "no command is named 'zzz'; llmops-tui --help"),
        (["a\x1b[2Jb"], "no command is named 'a\\x1b[2Jb'"),
        (["--nonsense", "status"], "unrecognized arguments: --nonsense"),
        (["config", "chekc"], "invalid choice: 'chekc'"),
        (["config", "--nonsense"], "llmops-tui config: unrecognized arguments: --nonsense"),
        (["--config"], "--config: expected one argument"),
    ],
)
def test_wrong_usage_is_64_and_says_where_help_is(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == command_line.EXIT_USAGE
    shown = capsys.readouterr()
    assert shown.out == ""
    assert words in shown.err
    assert "--help shows the usage" in shown.err
    assert "\x1b" not in shown.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError(["a (line 1): b"]), 65),
        (SourceError("dns", "no address"), 69),
        (StoreError("disk"), 73),
        (StoreBusyError("held"), 75),
        (LlmopsError("other"), 70),
    ],
)
def test_a_named_error_is_told_on_stderr_and_is_its_exit_code(
    error: LlmopsError, code: int, add_command: AddCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    made = f"{error.args!r}" if not isinstance(error, ConfigError) else f"({error.mistakes!r},)"
    made = f"('dns', {str(error)!r})" if isinstance(error, SourceError) else made
    add_command(f"from store import errors\n    raise errors.{type(error).__name__}(*{made})")
    assert cli.main(["failing"]) == code
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", f"llmops-tui: {error}\n")


def test_mistakes_are_listed_with_the_way_on_and_made_printable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.toml"
    path.write_text('"a\\u001B[2J" = 1\n')
    assert cli.main(["--config", str(path), "config", "check"]) == EXIT_CONFIG
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"llmops-tui: {path}: 3 mistakes"
    assert lines[-1] == 'correct the file and look again with "llmops-tui config check"'
    assert "\x1b" not in "".join(lines)


def test_a_fault_of_the_program_is_reported_without_values(
    tmp_path: Path,
    add_command: AddCommand,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    add_command('raise ZeroDivisionError("canary-secret")')
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert cli.main(["failing"]) == EXIT_INTERNAL
    words = capsys.readouterr().err
    assert "a fault of this program (ZeroDivisionError" in words
    reports = list(tmp_path.rglob("*.txt"))
    assert len(reports) == 1
    assert "canary" not in words + reports[0].read_text()


def test_ctrl_c_is_130(add_command: AddCommand) -> None:
    add_command("raise KeyboardInterrupt")
    assert cli.main(["failing"]) == cli.EXIT_INTERRUPT


def test_the_configuration_may_be_named_before_or_after_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = str(tmp_path / "a.toml")
    assert cli.main(["--config", named, "config", "path"]) == 0
    assert cli.main(["config", "--config", named, "path"]) == 0
    assert cli.main([f"--config={named}", "config", "path"]) == 0
    assert capsys.readouterr().out == f"{named}\n" * 3


def test_a_closed_pipe_ends_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = _program("--help", stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (cli.EXIT_PIPE, "")


@pytest.mark.parametrize("environ", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["at the end", "at once"])
def test_a_full_disk_is_told(environ: dict[str, str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = _program("version", stdout=full.fileno(), **environ)
    assert done.returncode == cli.EXIT_OUTPUT
    assert done.stderr == "llmops-tui: the output cannot be written: No space left on device\n"


def test_a_closed_stdout_harms_nothing() -> None:
    script = "import sys; sys.stdout = None; from tui.cli import main; sys.exit(main(['version']))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, timeout=60)
    assert done.returncode == 0


def test_text_that_the_encoding_lacks_is_escaped(tmp_path: Path) -> None:
    path = tmp_path / "né東.toml"
    done = _program("config", "path", "--config", str(path), PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout == f"{tmp_path}/n\\xe9\\u6771.toml\n"


def test_no_command_opens_the_screens_and_says_when_there_is_no_terminal(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[portfolio]\nname = "x"\n[store]\nfolder = "store"\n')
    done = _program("--config", str(path))
    assert done.returncode != 0
    assert "the screens need a terminal" in done.stderr


def test_kinds_of_source_are_listed_from_what_exists(capsys: pytest.CaptureFixture[str]) -> None:
    from collectors.settings import kinds

    assert cli.main(["sources", "kinds"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(kinds())
    assert cli.main(["sources", "--json"]) == 0
    listed = {each["kind"]: each["options"] for each in json.loads(capsys.readouterr().out)}
    assert listed["prometheus"]["url"] == "required"


def test_the_example_of_a_kind_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sources", "example", "focus"]) == 0
    assert 'kind = "focus"' in capsys.readouterr().out
    assert cli.main(["sources", "example", "focs"]) == 65
    assert "did you mean 'focus'?" in capsys.readouterr().err
