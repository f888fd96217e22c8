"""Commit what viewers wrote to the spool, now, without asking any source."""

import argparse
import os
import sys
from datetime import UTC, datetime

from store.errors import EXIT_OK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--wait", type=float, default=10.0, metavar="SECONDS", help="wait for a collection under way")


def run(args: argparse.Namespace) -> int:
    """Take in every waiting event and publish; events already stored change nothing."""
    from store import lock
    from tui.collecting import folder_of, store
    from tui.figures import plural
    from tui.settings import load

    config = load(args.config, os.environ)
    folder = folder_of(config)
    folder.create()
    with lock.held(folder, args.wait):
        committed = store(config, folder, [], datetime.now(UTC))
    stored = plural(len(committed.events), "event")
    print(f"{stored} stored in {folder.root}", file=sys.stderr)  # noqa: T201 - words to people
    return EXIT_OK
