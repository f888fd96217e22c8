"""``llmops-tui config``: check the configuration, show what is in force with every default, or say where it is."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui.text import printable

if TYPE_CHECKING:
    from tui import settings

_TABLES: Final = (
    "portfolio", "detection", "modes", "gates", "changes", "store", "interface", "collection", "watch",
)  # fmt: skip
_LISTS: Final = (
    "people", "systems", "sources", "thresholds", "signals", "judges", "suites", "maintenance", "delivery",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what to do and, for those who name the file last, the file."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=("check", "show", "path"),
        default="check",
        help="check: list every mistake (the default); show: what is in force, defaults too; path: which file it is",
    )
    parser.add_argument("file", nargs="?", type=Path, help="the file; otherwise as --config says")


def run(args: argparse.Namespace) -> int:
    """Do it; mistakes are raised and listed by the front door."""
    from tui import settings  # late: --help does not pay for it
    from tui.gaps import gaps

    named = args.file or args.config
    if args.action == "path":
        _print(str(settings.find(named, os.environ)))
        return 0
    config = settings.load(named, os.environ)
    if args.action == "show":
        for line in _shown(config):
            _print(line)
        return 0
    _check_others(config)
    counts = (
        (len(config.systems), "system"),
        (len(config.sources), "source"),
        (len(config.thresholds), "threshold"),
        (len(config.people), "person"),
    )
    _print(f"ok: {', '.join(_counted(count, word) for count, word in counts)} in {config.path}")
    for line in gaps(config):
        sys.stderr.write(f"note: {printable(line)}\n")
    return 0


def _check_others(config: "settings.Config") -> None:
    """Let kinds of other packages say what is wrong with their options."""
    from collectors import foreign
    from store.errors import ConfigError, SourceError

    wrong = []
    for index, source in enumerate(config.sources):
        if isinstance(source.options, foreign.Options):
            try:
                found = foreign.mistakes(source.kind, source.options)
            except SourceError as error:
                found = [str(error)]
            wrong += [f"sources[{index}].options of {source.name!r}, a {source.kind}: {each}" for each in found]
    if wrong:
        raise ConfigError(wrong, str(config.path))


def _shown(config: "settings.Config") -> list[str]:
    from tui.toml_text import section_lines

    lines = [f"# {config.path}"]
    for name in _TABLES:
        lines += ["", *section_lines(name, getattr(config, name))]
    for name in _LISTS:
        for entry in getattr(config, name):
            lines += ["", *section_lines(name, entry, is_list=True)]
    return lines


def _counted(count: int, word: str) -> str:
    plural = "people" if word == "person" else f"{word}s"
    return f"{count} {word if count == 1 else plural}"


def _print(line: str) -> None:
    sys.stdout.write(printable(line, 10_000) + "\n")
