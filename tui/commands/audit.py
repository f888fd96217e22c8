"""``llmops-tui audit``: verify the log of what people did, take a checkpoint of it, export it for an audit."""

import argparse
import json
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from store.errors import EXIT_CRITICAL, EXIT_OK, EXIT_UNKNOWN, InputError, StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.audit_check import Report
    from store.checkpoints import Checkpoint
    from store.folder import Folder

_EXITS: Final = {"intact": EXIT_OK, "broken": EXIT_CRITICAL, "cannot tell": EXIT_UNKNOWN}
_UNCHECKED: Final = (
    "no checkpoint was given: a log cut at its end, or written anew as a whole, looks the same; "
    "--against holds it against one kept elsewhere"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be done."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="look for tampering; ends with 0 intact, 2 broken, 3 cannot tell")
    verify.add_argument(
        "--against", action="append", default=[], metavar="CHECKPOINT", help="a checkpoint's line, or a file with some"
    )
    verify.add_argument("--file", type=Path, metavar="FILE", help="this log file alone, without a store")
    verify.add_argument("--json", action="store_true", help="as JSON")
    checkpoint = actions.add_parser("checkpoint", help="print how far the log has come, to be kept elsewhere")
    checkpoint.add_argument("--to", type=Path, metavar="FILE", help="add it to this file instead")
    export = actions.add_parser("export", help="write entries, changes and the decisions on each, with counts and gaps")
    export.add_argument("--out", type=Path, required=True, metavar="PLACE", help="a file, or a folder for one each")
    export.add_argument("--from", dest="start", metavar="WHEN", help="from here on: 2026-11-01, 2026-11-01T12:00Z, 30d")
    export.add_argument("--to", dest="end", metavar="WHEN", help="before this time")
    export.add_argument(
        "--format", choices=("jsonl", "csv", "json"), help="jsonl unless the file's name says otherwise"
    )
    for action in (verify, checkpoint, export):
        action.add_argument(
            "--wait", type=float, default=10.0, metavar="SECONDS", help="wait for a collection under way"
        )


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    if args.action == "verify":
        return _verify(args)
    from tui.collecting import folder_of
    from tui.settings import load

    folder, now = folder_of(load(args.config, os.environ)), datetime.now(UTC)
    if args.action == "checkpoint":
        return _checkpoint(folder, args, now)
    return _export(folder, args, now)


def _verify(args: argparse.Namespace) -> int:
    """Say what the log is worth; where it cannot be read nothing can be told."""
    from store.checkpoints import given

    try:
        checkpoints = given(args.against)
        report = _report(args, checkpoints)
    except (StoreError, InputError) as error:
        print(f"cannot tell: {error}", file=sys.stderr)  # noqa: T201 - words to people
        return EXIT_UNKNOWN
    if args.json:
        print(json.dumps(_content(report), indent=1))  # noqa: T201 - stdout is data
    else:
        print(*lines(report, is_checked=bool(checkpoints)), sep="\n")  # noqa: T201 - stdout is data
    return _EXITS[report.state]


def lines(report: "Report", *, is_checked: bool) -> list[str]:
    """Write what was found, one line each, and what it comes to."""
    from store.audit_faults import NOTES

    said = [f"{'note' if fault.kind in NOTES else 'FAIL'} {fault}" for fault in report.faults]
    if report.unsaid:
        said.append(f"FAIL {report.unsaid} more faults")
    said += [
        f"ok   as the checkpoint of {each.taken:%Y-%m-%d %H:%M:%SZ} says of entry {each.sequence}"
        for each in report.agreed
    ]
    if not is_checked:
        said.append(f"note {_UNCHECKED}")
    upto = f", the last of {report.last.written}, hash {report.last.hash}" if report.entries else ""
    return [*said, f"{report.state}: {report.entries} entries{upto}"]


def _report(args: argparse.Namespace, checkpoints: "Sequence[Checkpoint]") -> "Report":
    from store.audit_check import Kept, check

    if args.file is not None:
        if not args.file.exists():
            raise InputError(f"--file {args.file}: there is no such file; name a log such as audit.jsonl")
        return check(Kept(file=args.file), checkpoints)
    from tui.collecting import folder_of
    from tui.kept_log import kept_log
    from tui.settings import load

    with kept_log(folder_of(load(args.config, os.environ)), args.wait) as kept:
        return check(kept, checkpoints)


def _content(report: "Report") -> dict[str, object]:
    return {
        "state": report.state,
        "store_id": report.store_id,
        "entries": report.entries,
        "last": {"sequence": report.last.sequence, "hash": report.last.hash, "written": report.last.written},
        "faults": [asdict(fault) for fault in report.faults],
        "unsaid": report.unsaid,
        "agreed": [str(each) for each in report.agreed],
    }


def _checkpoint(folder: "Folder", args: argparse.Namespace, now: datetime) -> int:
    """Print or keep how far the log has come."""
    from store import checkpoints
    from tui.kept_log import kept_log

    with kept_log(folder, args.wait) as kept:
        found = checkpoints.checkpoint(kept.session, now) if kept.session else None
    if found is None:
        raise StoreError("the log holds nothing yet: nobody has decided anything; there is nothing to mark")
    if args.to is None:
        print(found)  # noqa: T201 - stdout is data
    else:
        checkpoints.keep(args.to, found)
    return EXIT_OK


def _export(folder: "Folder", args: argparse.Namespace, now: datetime) -> int:
    """Write the log with what it is about; a broken log is exported too, and says so."""
    from operations.audit_trail import Span, trail
    from store.audit_check import check
    from store.viewer import Viewer
    from tui.audit_export import write
    from tui.commands.collect import moment
    from tui.kept_log import kept_log

    start = moment(args.start, now, "--from") if args.start else None
    end = moment(args.end, now, "--to") if args.end else None
    with kept_log(folder, args.wait) as kept:
        report = check(kept)
    viewer = Viewer(folder.root)
    try:
        found = trail(viewer, Span(start, end), {"log": report.state, "log_faults": str(len(report.faults))}, now)
        write(found, args.out, args.format)
    finally:
        viewer.close()
    return EXIT_OK
