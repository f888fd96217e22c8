"""``llmops-tui coverage``: say which failures of which systems would be noticed, and what would help with the rest."""

import argparse
import os
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from operations.modes import MODES
from store.errors import EXIT_OK, EXIT_UNKNOWN, ConfigError
from tui.commands.show import check_name
from tui.figures import ago, shared
from tui.sight import WORDS, facts, heading, sentence, sign, titled, word
from tui.tables import section
from tui.text import printable

if TYPE_CHECKING:
    from operations.coverage_rows import Coverage, CoverageRow

_COLUMNS: Final = ("system", "tier", *(each.mode for each in MODES), "owner", "last fired", "last tested")
_LABEL: Final = 12
_LONG: Final = 1_000
_MARKUP: Final = re.compile(r"[\\`*_\[\]<>|&]")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("system", metavar="SYSTEM", nargs="?", default="", help="all of one system's cells in full")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON: every cell of every system")
    form.add_argument("--markdown", action="store_true", help="as Markdown tables, to put into a page")


def run(args: argparse.Namespace) -> int:
    """Print the coverage; end with 0 when no cell is blind, 3 when one is."""
    from operations.coverage import coverage
    from store.viewer import Viewer
    from tui.settings import load

    config = load(args.config, os.environ)
    now = datetime.now(UTC)
    if args.system:
        check_name(args.system, [known.name for known in config.systems])
    viewer = Viewer(config.store.folder)
    try:
        found = coverage(viewer, now, args.system)
    finally:
        viewer.close()
    if args.system and not found.rows:
        raise ConfigError([f"{args.system}: configured since the last collection; run 'llmops-tui collect'"])
    for line in _written(args, found, now):
        print(line)  # noqa: T201 - stdout is data
    return _code(found)


def _code(found: "Coverage") -> int:
    """Nothing judged is not known to be watched either."""
    return EXIT_UNKNOWN if found.blind or not found.cells else EXIT_OK


def _written(args: argparse.Namespace, found: "Coverage", now: datetime) -> Iterator[str]:
    if args.json:
        from tui.plain import as_json

        yield as_json({"exit_code": _code(found), "sentence": sentence(found), "modes": found.modes, "coverage": found})
    elif args.markdown:
        yield from of_system_in_markdown(found.rows[0], now) if args.system else in_markdown(found, now)
    else:
        yield from of_system(found.rows[0], now) if args.system else lines(found, now)


def lines(found: "Coverage", now: datetime) -> Iterator[str]:
    """Write the sum, the worst cells with their remedies, the matrix of systems and modes, and the modes' titles."""
    yield sentence(found)
    yield from (printable(f"  {shared(each)}", _LONG) for each in found.events)
    for cell in found.worst:
        who = f"{cell.system} {titled(cell)} (tier {cell.tier}, {cell.owner})"
        yield printable(f"  {WORDS[cell.state]:<5}  {who}: {cell.reason}", _LONG)
        if cell.remedy:
            yield printable(f"         remedy: {cell.remedy}", _LONG)
    yield from section("systems", _COLUMNS, (_row(row, now) for row in found.rows))
    yield from section("modes", ("mode", "title"), ((each.mode, each.title) for each in found.modes))


def of_system(row: "CoverageRow", now: datetime) -> Iterator[str]:
    """Write all cells of one system in full."""
    yield printable(heading(row), _LONG)
    for cell in row.cells:
        yield ""
        yield f"{sign(cell):<2} {titled(cell)}: {WORDS[cell.state]}"
        for name, words in facts(cell, now):
            yield printable(f"   {name:<{_LABEL}}{words}", _LONG)


def in_markdown(found: "Coverage", now: datetime) -> Iterator[str]:
    """Write the same as tables that a page renders."""
    yield f"**{sentence(found)}**"
    yield from (f"\n{_escaped(shared(each))}" for each in found.events)
    worst = ((c.system, titled(c), str(c.tier), WORDS[c.state], c.reason, c.remedy) for c in found.worst)
    yield from _markdown(("system", "mode", "tier", "state", "reason", "remedy"), worst)
    yield from _markdown(_COLUMNS, (_row(row, now) for row in found.rows))
    yield from _markdown(("mode", "title"), ((each.mode, each.title) for each in found.modes))


def of_system_in_markdown(row: "CoverageRow", now: datetime) -> Iterator[str]:
    """Write all cells of one system as a table that a page renders."""
    yield f"**{_escaped(heading(row))}**"
    names = ("sees", "why", "remedy", "data to", "last fired", "last tested", "response")
    told = ((cell, dict(facts(cell, now))) for cell in row.cells)
    rows = ((titled(cell), word(cell), *(known.get(name, "") for name in names)) for cell, known in told)
    yield from _markdown(("mode", "state", *names), rows)


def _row(row: "CoverageRow", now: datetime) -> tuple[str, ...]:
    words = (word(cell) if (cell := row.of(each.mode)) else "" for each in MODES)
    return row.system, str(row.tier), *words, row.owner, _ago(row.last_fired, now), _ago(row.last_tested, now)


def _ago(moment: datetime | None, now: datetime) -> str:
    return "never" if moment is None else ago(moment, now)


def _markdown(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Write a table; a blank line before it makes it one."""
    yield ""
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(map(_escaped, row))} |"


def _escaped(text: str) -> str:
    """Take from a text what a page would read as markup."""
    return _MARKUP.sub(r"\\\g<0>", printable(text, _LONG))
