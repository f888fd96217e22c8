"""``llmops-tui silence``: say in your name that breaches need nobody for a time, see what is silenced, end it early."""

import argparse
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from store.errors import EXIT_OK, ConfigError
from tui.choosing import one
from tui.figures import clock
from tui.text import pad, printable, width

if TYPE_CHECKING:
    from operations.rows import BreachRow, SilenceRow
    from store.records import Event
    from tui.settings import Config

_HELD: Final = frozenset({"in force", "pending", "ending"})
_SHOWN: Final = 12
_WIDEST: Final = 60
_STORES: Final = "the next collection stores it, 'llmops-tui ingest' at once"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be done."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="silence a system, one of its rules or failure modes, or one breach")
    what = add.add_mutually_exclusive_group(required=True)
    what.add_argument("--system", metavar="NAME", help="everything of a system, unless --rule or --mode is there")
    what.add_argument("--breach", metavar="ID", help="one breach, by the beginning of its id")
    narrow = add.add_mutually_exclusive_group()
    narrow.add_argument("--rule", metavar="NAME", help="only what this rule says of the system")
    narrow.add_argument("--mode", metavar="FM", help="only this failure mode of the system: FM1 to FM8")
    end = add.add_mutually_exclusive_group(required=True)
    end.add_argument("--for", dest="length", metavar="LENGTH", help="how long from now: 4h, 2d; 30d at most")
    end.add_argument("--until", metavar="WHEN", help="until then: 2026-11-24T08:00Z; UTC where it names no zone")
    add.add_argument("--reason", required=True, metavar="TEXT", help="why, as others will read it")
    shown = actions.add_parser("list", help="list what is silenced")
    shown.add_argument("--all", action="store_true", help="also silences that are over")
    shown.add_argument("--json", action="store_true", help="as JSON")
    ended = actions.add_parser("end", help="end a silence before its time")
    ended.add_argument("id", metavar="ID", help="the beginning of its id, as 'silence list' shows it")
    ended.add_argument("--reason", default="", metavar="TEXT", help="why, as others will read it")


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    from tui.settings import load

    config = load(args.config, os.environ)
    now = datetime.now(UTC)
    if args.action == "add":
        return _add(config, args, now)
    rows, _ = _known(config, now)
    if args.action == "end":
        return _end(config, rows, args, now)
    kept = [*_planned(config, now), *(row for row in rows if args.all or row.state in _HELD)]
    if args.json:
        from tui.plain import as_json

        _print(as_json(kept))
        return EXIT_OK
    for line in lines(kept):
        _print(line)
    return EXIT_OK


def lines(rows: "Sequence[SilenceRow]") -> list[str]:
    """Write one line a silence: state, what it covers, until when, by whom, why."""
    if not rows:
        return ["nothing is silenced"]
    covered = max(width(printable(row.covers, _WIDEST)) for row in rows)
    return [
        f"{row.silence_id[:_SHOWN]:<{_SHOWN}}  {row.state:<10}  {pad(printable(row.covers, _WIDEST), covered)}"
        f"  until {clock(row.until)} by {printable(row.by, _WIDEST)}: {printable(row.reason, 300)}{_ended(row)}"
        for row in rows
    ]


def _planned(config: "Config", now: datetime) -> "list[SilenceRow]":
    from operations.silences import planned
    from tui.maintenance import under_way

    return [planned(each) for each in under_way(config.maintenance, config.systems, now)]


def _ended(row: "SilenceRow") -> str:
    return f" (ended by {printable(row.ended_by, _WIDEST)})" if row.ended_by else ""


def _add(config: "Config", args: argparse.Namespace, now: datetime) -> int:
    from tui.silencing import ending, parted

    if args.breach and (args.rule or args.mode):
        raise ConfigError(["--breach names one breach already; --rule and --mode go with --system"])
    if not args.reason.strip():
        raise ConfigError(["--reason: expected words, found none"])
    option, said = ("--for", args.length) if args.length else ("--until", args.until)
    try:
        expires = now + parted(f"{args.length} {args.reason}")[0].delta if args.length else ending(args.until, now)
    except ValueError as error:
        raise ConfigError([f"{option} {said}: {error}"]) from None
    subject = _subject(config, args, now)
    event = _written(config, "silence", subject, args.reason, now, expires)
    _print(f"{event.event_id[:_SHOWN]}: silenced {subject} until {clock(expires)} as {event.actor}; {_STORES}")
    return EXIT_OK


def _subject(config: "Config", args: argparse.Namespace, now: datetime) -> str:
    """Name what is to be silenced, refusing what there is not."""
    from operations.silences import Scope
    from tui.commands.show import check_name

    if args.breach is not None:
        _, breaches = _known(config, now)
        found = [row.breach_id for row in breaches if row.state != "closed"]
        return str(Scope("breach", one(args.breach, found, "breach", "'llmops-tui export breaches' lists them")))
    check_name(args.system, [system.name for system in config.systems])
    if args.rule:
        from operations.rules import rules

        standing = [
            rule.threshold.name for rule in rules(config.thresholds, config.systems) if rule.system.name == args.system
        ]
        _check(args.rule, standing, f"--rule {args.rule}: no rule of {args.system} has this name")
        return str(Scope("rule", args.system, args.rule))
    if args.mode:
        _check(args.mode, [f"FM{number}" for number in range(1, 9)], f"--mode {args.mode}: no such failure mode")
        return str(Scope("mode", args.system, args.mode))
    return str(Scope("system", args.system))


def _end(config: "Config", rows: "Sequence[SilenceRow]", args: argparse.Namespace, now: datetime) -> int:
    held = [row.silence_id for row in rows if row.state in _HELD]
    chosen = one(args.id, held, "silence that holds", "'llmops-tui silence list' lists them")
    event = _written(config, "unsilence", chosen, args.reason, now, None)
    _print(f"{chosen[:_SHOWN]}: ended as {event.actor}; {_STORES}")
    return EXIT_OK


def _written(
    config: "Config", kind: str, subject: str, reason: str, now: datetime, expires: datetime | None
) -> "Event":
    from store import spool
    from tui.collecting import folder_of

    event = spool.new_event(kind, subject, reason.strip(), now, expires)
    spool.write(folder_of(config), event)
    return event


def _known(config: "Config", now: datetime) -> "tuple[tuple[SilenceRow, ...], tuple[BreachRow, ...]]":
    """Read the silences, those in the spool too, and the breaches."""
    from operations.breaches import breaches
    from operations.silences import silences
    from store.viewer import Viewer

    viewer = Viewer(config.store.folder)
    try:
        return silences(viewer, viewer.pending_events(), now), breaches(viewer, now)
    finally:
        viewer.close()


def _check(name: str, known: Sequence[str], words: str) -> None:
    from store.decode import suggestion

    if name not in known:
        raise ConfigError([words + suggestion(name, known)])


def _print(line: str) -> None:
    print(line)  # noqa: T201 - stdout is data
