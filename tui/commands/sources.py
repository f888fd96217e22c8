"""``llmops-tui sources``: the kinds of source that can be configured, an example of each, and one source tried out."""

import argparse
import asyncio
import dataclasses
import json
import os
import sys
from datetime import UTC, datetime
from typing import Any

from tui.text import printable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what to list, show or try, and how."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    kinds = actions.add_parser("kinds", help="what can be configured, a line each; done without ACTION too")
    for each in (parser, kinds):
        each.add_argument("--json", action="store_true", help="as JSON, with every option and its default")
    example = actions.add_parser("example", help="a commented table of one kind for the configuration")
    example.add_argument("kind", metavar="KIND", help="one of `sources kinds`")
    trial = actions.add_parser("try", help="collect one source, store nothing, and show what it gives and ignores")
    trial.add_argument("name", metavar="NAME", help="the source's name in the configuration")
    trial.add_argument("--since", metavar="WHEN", help="ask from here on: 2026-11-01, 2026-11-01T12:00Z or 7d")


def run(args: argparse.Namespace) -> int:
    """Do what was asked for; trying a source ends as a collection of it would."""
    if args.action == "example":
        return _example(args.kind)
    if args.action == "try":
        return _try(args)
    return _kinds(as_json=args.json)


def _kinds(*, as_json: bool) -> int:
    """Print one line a kind: what it gives and what it reads."""
    from collectors.foreign import installed
    from collectors.settings import collector, kinds

    found = {kind: collector(kind) for kind in kinds()}
    if as_json:
        listed: list[dict[str, Any]] = [
            {**_facts(each.KIND), "kind": kind, "about": _about(each), "options": _options(each.Settings)}
            for kind, each in found.items()
        ]
        listed += [{"kind": kind, "package": package} for kind, package in installed().items()]
        sys.stdout.write(json.dumps(listed, indent=1) + "\n")
        return 0
    width = max(map(len, found), default=0)
    gives = max((len(each.KIND.gives) for each in found.values()), default=0)
    for kind, each in found.items():
        sys.stdout.write(f"{kind:<{width}}  {each.KIND.gives:<{gives}}  {_about(each)}\n")
    for kind, package in installed().items():
        sys.stdout.write(printable(f"{kind:<{width}}  of the package {package}") + "\n")
    return 0


def _example(kind: str) -> int:
    from collectors.settings import example, kinds
    from store.decode import suggestion
    from store.errors import ConfigError

    if kind not in kinds():
        raise ConfigError([f"sources example {kind}: unknown kind{suggestion(kind, kinds())}"])
    sys.stdout.write(example(kind))
    return 0


def _try(args: argparse.Namespace) -> int:
    from tui.commands.collect import chosen, moment, with_signals
    from tui.reporting import exit_code
    from tui.settings import load
    from tui.trying import attempt

    config = load(args.config, os.environ)
    (source,) = chosen(config, [args.name])
    now = datetime.now(UTC)
    since = moment(args.since, now) if args.since else None

    async def work(stop: asyncio.Event) -> int:
        outcome, lines = await attempt(config, source, since, now, stop)
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        return exit_code([outcome])

    return asyncio.run(with_signals(work))


def _facts(kind: Any) -> dict[str, str]:
    return {name: getattr(kind, name) for name in ("gives", "needs", "limits", "finality")}


def _about(module: Any) -> str:
    return str(module.__doc__ or "").split("\n")[0].rstrip(".")


def _options(settings: Any) -> dict[str, str]:
    """Name the options of a kind with their defaults; those without one must be given."""
    return {field.name: _default(field) for field in dataclasses.fields(settings)}


def _default(field: "dataclasses.Field[Any]") -> str:
    if field.default is not dataclasses.MISSING:
        return str(field.default)
    return "required" if field.default_factory is dataclasses.MISSING else str(field.default_factory())
