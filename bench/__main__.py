"""``python -m bench``: measure everything, print the table and keep it in ``docs/benchmarks.md``."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from bench import changes, sources, start, tick, verifying, viewer, writing
from bench.measure import STATED, Effort, Figure, Machine, table
from bench.stores import Stores

PARTS: Final = {
    "start": start.figures,
    "tick": tick.figures,
    "viewer": viewer.figures,
    "writing": writing.figures,
    "verifying": verifying.figures,
    "sources": sources.figures,
    "changes": changes.figures,
}
PAGE: Final = Path(__file__).parents[1] / "docs" / "benchmarks.md"

_INTRODUCTION: Final = """\
# Speed and size

Every row was measured beside what it is compared with, in one run of `make bench`; ratios travel to other machines,
absolute times do not. Nothing else should run meanwhile: the wall times below count whatever else the machine does.
"""


def main(argv: Sequence[str] | None = None, effort: Effort = STATED) -> int:
    """Measure; end with 1 when a limit is not kept."""
    args = _arguments(argv)
    load = os.getloadavg()[1]
    found: list[Figure] = []
    with Stores(effort) as stores:
        for name in args.only or PARTS:
            print(f"measuring {name}", file=sys.stderr, flush=True)
            found += PARTS[name](stores)
    machine = Machine.here(load)
    page = "\n".join([_INTRODUCTION, *(f"- {fact}" for fact in machine.facts), "", table(found), ""])
    print(page)
    if args.json:
        rows = [{**asdict(each), "ratio": each.ratio, "holds": each.holds} for each in found]
        args.json.write_text(json.dumps({"machine": list(machine.facts), "figures": rows}, indent=1), encoding="utf-8")
    if args.page and not args.only:
        args.page.write_text(page, encoding="utf-8")
    return 0 if all(each.holds for each in found) else 1


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=list(PARTS), help="measure this part alone (may be repeated)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON too")
    parser.add_argument("--page", type=Path, default=PAGE, metavar="FILE", help="where the table is kept")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
