"""``llmops-tui explain``: why a breach is one, as text to read, send or keep; and what operators say it was worth."""

import argparse
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from store.errors import EXIT_OK, ConfigError
from tui.text import printable

if TYPE_CHECKING:
    from operations.rows import BreachRow
    from tui.settings import Config

VERDICTS = ("true", "false", "useless")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("system", metavar="SYSTEM", help="its name in the configuration")
    parser.add_argument(
        "mode", metavar="MODE", nargs="?", default="", help="a failure mode such as FM4, or a rule's name"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--verdict", choices=VERDICTS, help="say what the alarm was worth, in your name")


def run(args: argparse.Namespace) -> int:
    """Print why each open breach of a system is one."""
    from operations.breaches import breaches
    from operations.explanation import explanation
    from store.viewer import Viewer
    from tui.commands.show import check_name
    from tui.explaining import lines
    from tui.settings import load

    config = load(args.config, os.environ)
    now = datetime.now(UTC)
    check_name(args.system, [known.name for known in config.systems])
    viewer = Viewer(config.store.folder)
    try:
        chosen = _chosen(breaches(viewer, now), args.system, args.mode)
        found = [each for row in chosen if (each := explanation(viewer, row.breach_id, now)) is not None]
    finally:
        viewer.close()
    if args.verdict:
        return _told(config, chosen, args.verdict, now)
    if args.json:
        from tui.plain import as_json

        print(as_json(found))  # noqa: T201 - stdout is data
        return EXIT_OK
    for number, each in enumerate(found):
        if number:
            print()  # noqa: T201 - stdout is data
        for text, _ in lines(each, now):
            print(printable(text, 2_000))  # noqa: T201 - stdout is data
    return EXIT_OK


def _chosen(rows: Sequence["BreachRow"], system: str, mode: str) -> list["BreachRow"]:
    """Give the breaches of a system that are not over, those of one mode or rule where one is named."""
    mine = [row for row in rows if row.system == system and row.state != "closed"]
    chosen = [row for row in mine if not mode or mode in {row.mode, row.rule}]
    if not chosen:
        there = ", ".join(sorted({row.mode or row.rule for row in mine})) or "none"
        raise ConfigError([f"{system} has no open breach{f' of {mode}' if mode else ''}; open are: {there}"])
    return chosen


def _told(config: "Config", chosen: Sequence["BreachRow"], verdict: str, now: datetime) -> int:
    """Write one verdict to the spool; of several breaches one must be named."""
    from store import spool
    from store.folder import Folder

    if len(chosen) > 1:
        raise ConfigError([f"several breaches are open; name one: {', '.join(row.mode or row.rule for row in chosen)}"])
    event = spool.new_event("verdict", chosen[0].breach_id, verdict, now)
    spool.write(Folder(config.store.folder), event)
    print(f"{verdict}, says {event.actor}; the next collection stores it")  # noqa: T201 - stdout is data
    return EXIT_OK
