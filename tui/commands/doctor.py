"""``llmops-tui doctor``: look at everything that a collection or a screen needs, and say what to do."""

import argparse
import dataclasses
import json
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.doctor.findings import Finding


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the form of the output."""
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--offline", action="store_true", help="leave the sources in peace")


def run(args: argparse.Namespace) -> int:
    """Look at all parts: 0 all well, 1 something to look at, 2 something broken, 65 a wrong configuration."""
    from store.errors import EXIT_CONFIG
    from tui.doctor import configuration, screen
    from tui.doctor.findings import exit_code

    config, findings = configuration.read(args.config, os.environ)
    if config is not None:
        import asyncio  # late, like all of these: --help does not pay for it

        from tui.collecting import folder_of
        from tui.doctor import slots, sources, storage, watch

        now = datetime.now(UTC)
        findings += configuration.check(config, now)
        findings += configuration.secrets(config, os.environ)
        if not args.offline:
            findings += asyncio.run(sources.check(config, os.environ, now))
        findings += storage.check(folder_of(config), now)
        findings += slots.check(config, folder_of(config), now)
        findings += watch.check(config, os.environ, now)
    findings += screen.check(os.environ, is_terminal=sys.stdout.isatty())
    _show(findings, as_json=args.json)
    return EXIT_CONFIG if config is None else exit_code(findings)


def _show(findings: "Iterable[Finding]", *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=1) + "\n")
        return
    for finding in findings:
        first, *more = finding.what.split("\n")
        sys.stdout.write(f"{finding.grade:<5} {finding.part:<9} {printable(first, 2_000)}\n")
        for line in more:
            sys.stdout.write(f"{'':<16}{printable(line, 2_000)}\n")
        if finding.remedy and (finding.grade != "ok"):
            sys.stdout.write(f"{'':<16}-> {printable(finding.remedy, 2_000)}\n")
