"""Open the front door: find the command, load only its module, and turn every way of ending into an exit code."""

import errno
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Final

from store.errors import EXIT_INTERNAL, ConfigError, LlmopsError

PROGRAM: Final = "llmops-tui"
EXIT_OUTPUT: Final = 74
EXIT_INTERRUPT: Final = 130
EXIT_PIPE: Final = 141

_OUTPUT_ERRORS: Final = frozenset({errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF})

COMMANDS: Final = {
    "view": "open the screens, as no command does, with options",
    "init": "write a commented configuration to start from",
    "config": "check the configuration, show what is in force, say where it is",
    "collect": "pull all sources once, or on their schedules with --follow",
    "ingest": "commit what viewers wrote to the spool",
    "status": "say how each system is, one line each",
    "show": "show one system in full",
    "explain": "say why a breach is one: evidence, since when, what changed, what to do",
    "coverage": "say which failures of which systems would be noticed, which not, and what would help",
    "silence": "silence a system, a rule, a failure mode or a breach for a time, list silences, end one",
    "changes": "request changes, decide on them in your name, say where each stands, answer a pipeline",
    "rules": "say how well each rule does, and what a threshold would have done before it is saved",
    "export": "write samples, costs, evaluations or breaches as Parquet, CSV or JSON",
    "replay": "run the detectors over stored history: when would each have fired",
    "detect": "run the detectors over a Parquet or CSV file of daily figures and write the alarms",
    "doctor": "look for what is wrong with configuration, secrets, sources, store, schedule and terminal",
    "schedule": "print systemd units or crontab lines that collect regularly",
    "store": "verify, back up, restore or describe the store",
    "audit": "verify the log of what people did, send a checkpoint of it, export it for an audit",
    "sources": "list the kinds of source, show an example of one, try a source out",
    "demo": "run a made-up portfolio from loopback servers",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _tolerate_encodings()
    try:
        code = _guarded(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_stdout()
        return EXIT_PIPE
    except OSError as error:
        _drop_stdout()
        sys.stderr.write(f"{PROGRAM}: the output cannot be written: {error.strerror}\n")
        return EXIT_OUTPUT
    except KeyboardInterrupt:
        return EXIT_INTERRUPT
    return code


def version() -> str:
    """Give the version of the installed program."""
    from importlib.metadata import PackageNotFoundError, version  # late: 20 ms that only this pays

    try:
        return version(PROGRAM)
    except PackageNotFoundError:
        return "0 (not installed)"


class _Faults:
    """Turn what nobody foresaw into a report without values and exit code 70."""

    def __enter__(self) -> None:
        """Change nothing."""

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, places: object) -> bool:
        """Report; a closed pipe and ends that were meant (signals, exits) pass."""
        if not isinstance(fault, Exception) or _is_of_output(fault):
            return False
        from datetime import UTC, datetime

        from tui import crash

        path = crash.report(fault, crash.folder(os.environ), datetime.now(UTC))
        print(_clean(crash.line(fault, path)), file=sys.stderr)  # noqa: T201  # words to people
        return True


def _is_of_output(fault: Exception) -> bool:
    """Tell what writing to stdout raises: a file would be named in the error."""
    return isinstance(fault, OSError) and fault.filename is None and fault.errno in _OUTPUT_ERRORS


def _guarded(arguments: list[str]) -> int:
    with _Faults():
        try:
            return _run(arguments)
        except SystemExit as ending:  # argparse ends so, after help and wrong usage
            return ending.code if isinstance(ending.code, int) else 0
        except LlmopsError as error:
            _complain(error)
            return error.exit_code
    return EXIT_INTERNAL


def _run(arguments: list[str]) -> int:
    before, command, after = _split(arguments)
    if command is None and (not before or (len(before) == 2 and before[0] == "--config")):
        return _open(Path(before[1]) if before else None)  # at once: building parsers would delay the first paint
    import difflib

    from tui import command_line

    parsed = command_line.front_parser(COMMANDS).parse_args(before)
    if parsed.version or command == "version":
        print(f"{PROGRAM} {version()}")  # noqa: T201  # stdout is data
        return 0
    if command is None:
        return _open(parsed.config)
    if command not in COMMANDS:
        near = difflib.get_close_matches(command, COMMANDS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        command_line.front_parser(COMMANDS).error(f"no command is named {command!r}{hint}")
    values = command_line.parser_of(command, COMMANDS[command]).parse_args(after, SimpleNamespace(config=parsed.config))
    return int(importlib.import_module(f"tui.commands.{command}").run(values))


def _open(config: Path | None) -> int:
    """Open the screens, which is what no command means."""
    module = importlib.import_module("tui.commands.view")
    return int(module.run(SimpleNamespace(config=config, **module.DEFAULTS)))


def _split(arguments: list[str]) -> tuple[list[str], str | None, list[str]]:
    """Part the options before the command, the command, and what follows it."""
    position = 0
    while position < len(arguments):
        if not arguments[position].startswith("-"):
            return arguments[:position], arguments[position], arguments[position + 1 :]
        position += 2 if arguments[position] == "--config" else 1
    return arguments, None, []


def _complain(error: LlmopsError) -> None:
    lines = str(error).split("\n")
    if isinstance(error, ConfigError) and len(lines) > 1:
        lines.append(f'correct the file and look again with "{PROGRAM} config check"')
    for number, line in enumerate(lines):
        print(_clean(line if number else f"{PROGRAM}: {line}"), file=sys.stderr)  # noqa: T201  # words to people


def _clean(text: str) -> str:
    from tui.text import printable  # late: nothing else needs it when all is well

    return printable(text, 2_000)


def _tolerate_encodings() -> None:
    """Let text that the terminal's encoding lacks appear escaped instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _drop_stdout() -> None:
    """Send what is still buffered nowhere, or the interpreter would complain of the closed pipe on its way out."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
