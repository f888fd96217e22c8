"""``llmops-tui replay``: when would each detector have fired over stored history, and how long before others knew."""

import argparse
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from operations.words import counted
from store.errors import EXIT_OK, ConfigError
from tui.text import printable

if TYPE_CHECKING:
    from operations.detection import Settings
    from operations.replay import Fired, Replay

_USUAL = timedelta(days=90)
_READ = timedelta(days=800)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--system", metavar="SYSTEM", help="its name in the configuration; otherwise all")
    parser.add_argument("--from", dest="first", type=_day, metavar="DAY", help="the first day, as 2026-09-01")
    parser.add_argument("--to", dest="last", type=_day, metavar="DAY", help="the last day (default yesterday)")
    parser.add_argument(
        "--settings", type=Path, metavar="FILE", help="TOML with a [detection] table to try instead of that in force"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Replay one system or all, and note in the store that it was done."""
    from operations.detection import limit_for, scanned
    from operations.given import KNOWN
    from operations.hindsight import hindsight
    from operations.replay import replay
    from store import spool
    from store.folder import Folder
    from store.viewer import Viewer
    from tui.commands.show import check_name
    from tui.settings import load

    config = load(args.config, os.environ)
    names = [known.name for known in config.systems]
    if args.system:
        check_name(args.system, names)
    now = datetime.now(UTC)
    last = min(args.last or now.date(), now.date() - timedelta(days=1))
    first = args.first or last - _USUAL
    if first > last:
        raise ConfigError(
            [f"--from {first} is after --to {last}; the last whole day is {now.date() - timedelta(days=1)}"]
        )
    settings = _settings(args.settings) if args.settings else config.detection
    viewer = Viewer(config.store.folder)
    try:
        given = (*config.signals, *KNOWN)
        found = hindsight(viewer, given, names, last - _READ, last)
        limit = limit_for(sum(scanned(each.history) for each in found.values()), settings.alarms_per_week)
        wanted = [args.system] if args.system else names
        made = [replay(viewer, found[name], settings, limit, first) for name in wanted if name in found]
    finally:
        viewer.close()
    for each in made:
        event = spool.new_event("replay", each.system, f"{first} to {last}: {counted(len(each.fired), 'alarm')}", now)
        spool.write(Folder(config.store.folder), event)
    _print(made, wanted, as_json=args.json)
    return EXIT_OK


def lines(made: "Replay") -> Iterator[str]:
    """Say of one system what would have fired when, and what else is known of it."""
    yield f"{made.system}, {made.first} to {made.last}: {counted(len(made.fired), 'alarm')}"
    for each in made.fired:
        yield from _fired(each)
    if made.backfilled:
        yield f"  collected later as a whole, so taken by its own days: {', '.join(made.backfilled)}"


def _fired(each: "Fired") -> Iterator[str]:
    also = f" (with {', '.join(each.also)})" if each.also else ""
    yield f"  {each.day} {each.mode}{also}: {each.words}"
    if each.recorded is not None:
        yield f"    in the store a breach of it opened {each.recorded:%Y-%m-%d %H:%MZ}"
    if each.lead is not None:
        when = f"{counted(abs(each.lead), 'day')} {'before' if each.lead > 0 else 'after'}"
        yield f"    {when} {each.incident} began"


def _print(made: "list[Replay]", wanted: list[str], *, as_json: bool) -> None:
    if as_json:
        from tui.plain import as_json as written

        print(written(made))  # noqa: T201 - stdout is data
        return
    known = {each.system: each for each in made}
    for name in wanted:
        told = lines(known[name]) if name in known else [f"{name}: no signal of it is stored"]
        for line in told:
            print(printable(line, 2_000))  # noqa: T201 - stdout is data


def _settings(path: Path) -> "Settings":
    """Read the settings to try."""
    from operations.detection import Settings
    from store.decode import Mistakes
    from store.document import read
    from tui.viewing import one

    path = path.expanduser().absolute()
    if not path.exists():
        raise ConfigError([f"--settings {path}: no such file; name a TOML file with a [detection] table"])
    document = read(path)
    mistakes = Mistakes(document.lines)
    for key in document.table.keys() - {"detection"}:
        mistakes.add((key,), "only a [detection] table belongs here")
    found = one(Settings, "detection", document, mistakes)
    if mistakes or found is None:
        raise ConfigError(mistakes.listed(), str(document.path))
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected a day such as 2026-09-01, found {text!r}") from error
