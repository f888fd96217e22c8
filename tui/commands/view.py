"""Open the screens; where there is no terminal for them, print what they would show first."""

from __future__ import annotations

import gc
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from tui import crash, logs, terminal
from tui.screens import ORDER

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from tui.snapshot import Snapshot
    from tui.viewing import View


DEFAULTS: Final[Mapping[str, Any]] = {"screen": "portfolio", "system": "", "theme": "", "ascii": False}
"""What the options are when none is given, which is when no command is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    names = [place.name for place in ORDER]
    parser.add_argument("--screen", choices=names, help="where to begin")
    parser.add_argument("--system", metavar="NAME", help="begin with one system")
    parser.add_argument("--theme", metavar="NAME", help="colours for this time; t lists them")
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII signs alone")
    parser.set_defaults(**DEFAULTS)


def run(args: argparse.Namespace) -> int:
    """Open the screens of the configured store."""
    gc.disable()  # until live data is there: looking for garbage costs a tenth of the start and finds none
    from tui.viewing import load_view

    found = load_view(args.config, os.environ)
    return open_screens(found, args)


def open_screens(found: View, args: argparse.Namespace) -> int:
    """Show a store's screens until the person leaves; gives the exit code of the program."""
    from tui import snapshot

    folder, interface = found.folder, found.interface

    last = snapshot.read(folder / "portfolio.json")
    why_not = terminal.refusal(os.environ, {"input": sys.stdin, "output": sys.stdout, "error output": sys.stderr})
    if why_not is not None:
        print(f"llmops-tui: {why_not}", file=sys.stderr)  # noqa: T201  # words to people
        _print(last)
        return terminal.EXIT_NO_TERMINAL
    able = terminal.prepare(os.environ)
    is_ascii = args.ascii or interface.ascii or able.is_ascii
    from tui.first_paint import FirstPaint
    from tui.reading import Reading

    reading = Reading(folder)
    with FirstPaint(sys.__stderr__) as first:
        if last is not None and args.screen == DEFAULTS["screen"] and not args.system:
            first.show(last, datetime.now(UTC), is_ascii=is_ascii)
        reading.begin()
        from tui.app import LlmopsApp, Options, known_state  # late: it is painted and read without Textual

        options = Options(
            refresh=interface.refresh.seconds,
            theme=args.theme or interface.theme or able.theme,
            ascii=is_ascii,
            keymap=interface.keymap,
            screen=args.screen,
            system=args.system,
            config=found.path,
        )
        logs.to_file(crash.folder(os.environ).with_name("screens.log"))
        app = LlmopsApp(folder, options, snapshot=known_state(last), reading=reading, first_paint=first)
        app.run(mouse=interface.mouse)
    return app.return_code or 0


def _print(last: Snapshot | None) -> None:
    """Print the last known state as a plain table; a store without one has nothing to show."""
    if last is None:
        return
    from tui.figures import SHORT, spoken
    from tui.text import pad, printable

    print(f"as of {spoken(last.written, datetime.now(UTC))} ago")  # noqa: T201  # stdout is data
    for row in last.rows:
        name = pad(printable(row.system), 24)
        print(f"{SHORT[row.state]:<8} {name} {printable(row.headline)}".rstrip())  # noqa: T201  # stdout is data
