"""Look after the store: verify it, back it up, bring a backup back, say what it holds."""

import argparse
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import EXIT_CRITICAL, EXIT_OK

if TYPE_CHECKING:
    from store.folder import Folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be done."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, words in (
        ("verify", "read every block, compare counts with the last collection, check the audit log's chain"),
        ("backup", "copy the newest published file, check the copy, keep the last few"),
        ("info", "say where the store is, how large, how old and what it holds"),
    ):
        action = actions.add_parser(name, help=words, description=words.capitalize() + ".")
        if name != "backup":
            action.add_argument("--json", action="store_true", help="as JSON")
    restore = actions.add_parser("restore", help="make a backup the store again; what was there is kept beside it")
    restore.add_argument("backup", type=Path, help="the file, as 'store info' lists it")
    parser.add_argument("--wait", type=float, default=10.0, metavar="SECONDS", help="wait for a collection under way")


def run(args: argparse.Namespace) -> int:
    """Do what was asked; verify ends with 2 when something is broken."""
    from store import lock
    from tui.collecting import folder_of
    from tui.settings import load

    config = load(args.config, os.environ)
    folder = folder_of(config)
    if args.action == "info":
        return _show(_info(folder), as_json=args.json)
    folder.create()
    with lock.held(folder, args.wait):
        if args.action == "verify":
            return _verify(folder, as_json=args.json)
        return _copy(folder, args, config.store.backups)


def _copy(folder: "Folder", args: argparse.Namespace, keep: int) -> int:
    from store import accounts, backup
    from store.audit import Evidence
    from store.restore import restore

    now = datetime.now(UTC)
    if args.action == "backup":
        print(backup.backup(folder, now, keep))  # noqa: T201 - stdout is data
        return EXIT_OK
    chosen = args.backup if args.backup.exists() else folder.backups / args.backup.name
    uid = os.geteuid()
    print(restore(folder, chosen, accounts.own_name(), Evidence(uid, accounts.login_uid()), now))  # noqa: T201 - stdout is data
    return EXIT_OK


def _verify(folder: "Folder", *, as_json: bool) -> int:
    from store import backup, commit

    found = backup.verify(folder, commit.manifest(folder))
    if as_json:
        print(json.dumps([{"ok": f.ok, "what": f.what} for f in found], indent=1))  # noqa: T201 - stdout is data
    else:
        for finding in found:
            print(f"{'ok  ' if finding.ok else 'FAIL'} {finding.what}")  # noqa: T201 - stdout is data
    return EXIT_OK if all(finding.ok for finding in found) else EXIT_CRITICAL


def _info(folder: "Folder") -> dict[str, object]:
    from store import commit, lock, publish, spool
    from store import folder as places

    newest = publish.current(folder) if folder.root.exists() else None
    when = datetime.fromtimestamp(newest.stat().st_mtime, UTC).isoformat() if newest and newest.exists() else ""
    days = list(folder.raw.glob("*.parquet"))
    return {
        "folder": str(folder.root),
        "file system": places.file_system(folder.root),
        "shared with group": folder.group or "nobody",
        "newest copy": newest.name if newest else "none; run 'llmops-tui collect'",
        "published": when,
        "raw days in files": len(days),
        "bytes of raw days": sum(path.stat().st_size for path in days),
        "bytes": folder.primary.stat().st_size if folder.primary.exists() else 0,
        "rows": commit.manifest(folder),
        "events waiting": len(spool.waiting(folder)),
        "held by pid": lock.holder(folder),
        "backups": [path.name for path in sorted(folder.backups.glob("backup-*.duckdb"))],
    }


def _show(facts: Mapping[str, object], *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(facts, indent=1))  # noqa: T201 - stdout is data
        return EXIT_OK
    for name, value in facts.items():
        if isinstance(value, dict):
            print(f"{name}:", *(f"  {key:<16} {number}" for key, number in value.items()), sep="\n")  # noqa: T201 - stdout is data
        elif isinstance(value, list):
            print(f"{name + ':':<20}{', '.join(value) or 'none'}")  # noqa: T201 - stdout is data
        else:
            print(f"{name + ':':<20}{value if value is not None else 'nobody'}")  # noqa: T201 - stdout is data
    return EXIT_OK
