"""``llmops-tui rules``: how well each rule does, and what a threshold would have done before it is saved."""

import argparse
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from store.errors import EXIT_OK, ConfigError
from tui.figures import ago, share
from tui.text import pad, printable, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operations.rule_quality import RuleQuality
    from operations.rules import Rule
    from tui.settings import Config

_WORDS: Final = 300
_NAME: Final = 40
_HEADING: Final = ("system", "rule", "fired", "last", "days in breach", "share", "to be done")
_MOST_DAYS: Final = 1_100
_SAID: Final = ("stat", "direction", "warning", "critical", "recover", "window", "confirm", "min_n")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be done."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    shown = actions.add_parser(
        "list", help="list every rule: how often it fired in 180 days, and what is wrong with it"
    )
    shown.add_argument("--json", action="store_true", help="as JSON")
    test = actions.add_parser(
        "backtest",
        help="replay limits over what is stored: how often would they have fired, when, for how long",
        description="Replay limits over what is stored, judged as collections judge; nothing is saved.",
    )
    test.add_argument("--system", required=True, metavar="NAME", help="its name in the configuration")
    what = test.add_mutually_exclusive_group(required=True)
    what.add_argument("--rule", metavar="NAME", help="a declared rule of the system; what follows changes it")
    what.add_argument("--metric", metavar="NAME", help='a metric, "cost" or "evaluation:suite/scorer"')
    test.add_argument("--stat", metavar="STAT", help="avg (the default), p95, ratio, sum ...")
    test.add_argument("--direction", metavar="SIDE", help="above or below")
    for name in ("warning", "critical", "recover"):
        test.add_argument(f"--{name}", metavar="LIMIT", help="a number, or none")
    test.add_argument("--window", metavar="LENGTH", help="how long each window is: 1h (the default)")
    test.add_argument("--confirm", metavar="NofM", help="how many of the last windows must fail: 2of3 (the default)")
    test.add_argument("--min-n", dest="min_n", metavar="N", help="how much a window must hold")
    test.add_argument("--days", type=int, default=60, metavar="DAYS", help="how far back: 60 (the default)")
    test.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    from tui.settings import load

    do = _list if args.action == "list" else _backtest
    return do(load(args.config, os.environ), args, datetime.now(UTC))


def lines(rows: "Sequence[RuleQuality]", now: datetime) -> list[str]:
    """Write one line a rule under a heading; those with a flaw come first."""
    cells = [
        (
            printable(row.system, _NAME),
            printable(row.rule, _NAME),
            str(row.fired),
            f"{ago(row.last_fired, now)} ago" if row.last_fired else "never",
            f"{row.days_in_breach} of {row.days}" if row.days else "no data",
            share(row.share_of_days),
            ", ".join(row.flaws),
        )
        for row in rows
    ]
    table = [_HEADING, *cells]
    widths = [max(width(row[place]) for row in table) for place in range(len(_HEADING) - 1)]
    return [
        "  ".join((*(pad(cell, room) for cell, room in zip(row, widths, strict=False)), row[-1])).rstrip()
        for row in table
    ]


def _list(config: "Config", args: argparse.Namespace, now: datetime) -> int:
    from operations.rule_quality import quality
    from operations.rules import rules
    from store.viewer import Viewer

    viewer = Viewer(config.store.folder)
    try:
        rows = quality(viewer, rules(config.thresholds, config.systems), now)
    finally:
        viewer.close()
    if args.json:
        from tui.plain import as_json

        _print(as_json(rows))
        return EXIT_OK
    for line in lines(rows, now):
        _print(line)
    return EXIT_OK


def _backtest(config: "Config", args: argparse.Namespace, now: datetime) -> int:
    from dataclasses import replace

    from operations.backtest import replay
    from operations.rules import rules
    from store.viewer import Viewer
    from tui.backtesting import answer, tried
    from tui.commands.show import check_name

    if not 1 <= args.days <= _MOST_DAYS:
        raise ConfigError([f"--days {args.days}: expected 1 to {_MOST_DAYS}"])
    check_name(args.system, [system.name for system in config.systems])
    standing = [rule for rule in rules(config.thresholds, config.systems) if rule.system.name == args.system]
    declared = _declared(standing, args)
    base = declared or _undeclared(config, args)
    said = {name: text for name in _SAID if (text := getattr(args, name)) is not None}
    rule = replace(base, threshold=tried(base.threshold, said))
    viewer = Viewer(config.store.folder)
    try:
        length = timedelta(days=args.days)
        found = replay(viewer, rule, length, now)
        own = replay(viewer, declared, length, now) if declared and declared != rule else None
    finally:
        viewer.close()
    if args.json:
        from tui.plain import as_json

        _print(as_json({"system": args.system, "days": args.days, "tried": found, "declared": own}))
        return EXIT_OK
    for line in answer(found, own):
        _print(printable(line, _WORDS))
    return EXIT_OK


def _declared(standing: "Sequence[Rule]", args: argparse.Namespace) -> "Rule | None":
    """Find the declared rule that is meant: by its name, or the first on this metric and statistic."""
    if args.rule:
        found = next((rule for rule in standing if rule.threshold.name == args.rule), None)
        if found is None:
            from store.decode import suggestion

            names = [rule.threshold.name for rule in standing]
            raise ConfigError(
                [f"--rule {args.rule}: no rule of {args.system} has this name{suggestion(args.rule, names)}"]
            )
        return found
    return next(
        (
            rule
            for rule in standing
            if rule.threshold.metric == args.metric and rule.threshold.stat == (args.stat or rule.threshold.stat)
        ),
        None,
    )


def _undeclared(config: "Config", args: argparse.Namespace) -> "Rule":
    """Make a rule of what was said alone."""
    from operations.rules import Rule
    from operations.settings import Threshold

    system = next(system for system in config.systems if system.name == args.system)
    if args.direction is None:
        raise ConfigError(["--direction: expected above or below; no rule on this metric is declared to take it from"])
    return Rule(system, Threshold("tried", args.metric, args.direction))


def _print(line: str) -> None:
    print(line)  # noqa: T201 - stdout is data
