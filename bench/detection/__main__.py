"""``python -m bench.detection``: score the detectors; ``--write`` keeps the table in ``docs/detection.md``."""

import argparse
import importlib
import os
import pkgutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.detection import parts
from bench.detection.measure import STATED, Effort, Row, table

PAGE: Final = Path(__file__).parents[2] / "docs" / "detection.md"
MARK: Final = "<!-- what follows is written by `python -m bench.detection --write` -->"
"""The line of the page under which the table stands."""


def found_parts() -> Mapping[str, Callable[[Effort], list[Row]]]:
    """Find the benchmarks: every module of ``bench.detection.parts``."""
    names = sorted(each.name for each in pkgutil.iter_modules(parts.__path__))
    return {name: importlib.import_module(f"{parts.__name__}.{name}").rows for name in names}


def main(argv: Sequence[str] | None = None, effort: Effort = STATED) -> int:
    """Measure; end with 1 when a floor is not held."""
    known = found_parts()
    args = _arguments(argv, list(known))
    rows: list[Row] = []
    for name in args.only or known:
        print(f"measuring {name}", file=sys.stderr, flush=True)
        rows += known[name](effort)
    print(table(rows))
    if args.write:
        kept = args.page.read_text(encoding="utf-8").partition(MARK)[0]
        facts = f"{os.cpu_count()} cores, Python {sys.version.split()[0]}"
        args.page.write_text(f"{kept}{MARK}\n\nMeasured on {facts}.\n\n{table(rows)}\n", encoding="utf-8")
    return 1 if any(each.is_broken for each in rows) else 0


def _arguments(argv: Sequence[str] | None, known: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.detection", description=__doc__)
    parser.add_argument("--only", action="append", choices=known, help="score this alone (may be repeated)")
    parser.add_argument("--write", action="store_true", help="keep the table in the page")
    parser.add_argument("--page", type=Path, default=PAGE, metavar="FILE", help="where the table is kept")
    args = parser.parse_args(argv)
    if args.only and args.write:
        parser.error("--write keeps all rows; leave out --only")
    return args


if __name__ == "__main__":
    sys.exit(main())
