"""``llmops-tui sources``: list the kinds of source that can be configured, found by looking for them."""

import argparse
import dataclasses
import json
import sys
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what to list, and how."""
    parser.add_argument("action", nargs="?", choices=("kinds",), default="kinds", help="kinds: what can be configured")
    parser.add_argument("--json", action="store_true", help="as JSON, with every option and its default")


def run(args: argparse.Namespace) -> int:
    """Print one line a kind: what it gives and what it reads."""
    from collectors.settings import collector, kinds

    found = {kind: collector(kind) for kind in kinds()}
    if args.json:
        listed = [
            {"kind": kind, "gives": each.KIND.gives, "about": _about(each), "options": _options(each.Settings)}
            for kind, each in found.items()
        ]
        sys.stdout.write(json.dumps(listed, indent=1) + "\n")
        return 0
    width = max(map(len, found), default=0)
    gives = max((len(each.KIND.gives) for each in found.values()), default=0)
    for kind, each in found.items():
        sys.stdout.write(f"{kind:<{width}}  {each.KIND.gives:<{gives}}  {_about(each)}\n")
    return 0


def _about(module: Any) -> str:
    return str(module.__doc__ or "").split("\n")[0].rstrip(".")


def _options(settings: Any) -> dict[str, str]:
    """Name the options of a kind with their defaults; those without one must be given."""
    return {field.name: _default(field) for field in dataclasses.fields(settings)}


def _default(field: "dataclasses.Field[Any]") -> str:
    if field.default is not dataclasses.MISSING:
        return str(field.default)
    return "required" if field.default_factory is dataclasses.MISSING else str(field.default_factory())
