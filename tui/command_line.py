"""Build the parsers of the command line; the screens open without them, because loading them delays the first paint."""

import argparse
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn

from tui.text import printable

PROGRAM: Final = "llmops-tui"
EXIT_USAGE: Final = 64

EXIT_CODES: Final = """\
exit codes:
  0   ok (status: every system ok; collect: every source complete; coverage: no cell blind; changes check: approved;
      audit: log intact)
  1   warning (status: a system in warning; collect: some sources partial or failed; doctor: something to look at;
      changes check: pending)
  2   critical (status: a system critical; doctor: something does not work; changes check: rejected or void;
      audit: log broken)
  3   cannot tell (status: no data, or too old or too little of it; coverage: a cell is blind; changes check: not known)
  64  wrong usage of the command line
  65  wrong or missing configuration, or a file handed over that cannot be used
  69  no source could be reached
  70  fault of this program (a report is written)
  73  the store cannot be read or written
  74  the output cannot be written
  75  the store is busy with another collection
  77  the decision is refused: who decides, what they saw or the evidence does not carry it
  130, 141, 143  interrupted by Ctrl-C, a closed pipe, SIGTERM
"""


class Parser(argparse.ArgumentParser):
    """An argument parser whose wrong usage is 64: its usual 2 would read as "critical"."""

    def error(self, message: str) -> NoReturn:
        """Say what was wrong and where help is."""
        self.exit(EXIT_USAGE, f"{self.prog}: {printable(message, 2_000)}; {self.prog} --help shows the usage\n")


def front_parser(commands: Mapping[str, str]) -> argparse.ArgumentParser:
    """Build the parser of what stands before the command."""
    listing = "\n".join(f"  {name:<10} {words}" for name, words in commands.items())
    parser = Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [--config FILE] [COMMAND ...]",
        description="Operate a portfolio of LLM systems from the terminal. Without a command the screens open.",
        epilog=f"commands ({PROGRAM} COMMAND --help tells more):\n{listing}\n\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_config(parser)
    parser.add_argument("--version", action="store_true", help="show the version and end")
    return parser


def parser_of(command: str, words: str) -> argparse.ArgumentParser:
    """Build the parser of one command; its module alone is imported."""
    parser = Parser(
        prog=f"{PROGRAM} {command}",
        description=f"{words.capitalize()}.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_config(parser)
    importlib.import_module(f"tui.commands.{command}").add_arguments(parser)
    return parser


def _add_config(parser: argparse.ArgumentParser) -> None:
    words = "the configuration; otherwise $LLMOPS_TUI_CONFIG, otherwise llmops-tui/config.toml in $XDG_CONFIG_HOME"
    default = None if parser.prog == PROGRAM else argparse.SUPPRESS
    parser.add_argument("--config", type=Path, metavar="FILE", default=default, help=words)
