"""``python -m bench.gates``: count how often gates are wrong; ``--write`` keeps the table in ``docs/gates.md``."""

import argparse
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Final

from bench.gates.simulation import TERMS, Draw, World, asked, other_cases, other_scores, same_cases, same_scores
from operations.comparisons import State

PAGE: Final = Path(__file__).parents[2] / "docs" / "gates.md"
MARK: Final = "<!-- what follows is written by `python -m bench.gates --write` -->"
"""The line of the page under which the table stands."""

DESIGNS: Final[Mapping[str, tuple[Draw, float]]] = {
    "same cases, yes or no": (same_cases, 0.92),
    "other cases, yes or no": (other_cases, 0.92),
    "same cases, scores": (same_scores, 0.7),
    "other cases, scores": (other_scores, 0.7),
}
"""How runs are compared, and how good the current version is there."""

SIZES: Final = (20, 50, 200, 400, 1000)
_FALL: Final = 0.05
_SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Effort:
    """How many pairs of runs are drawn for each figure of yes or no, and of scores, which take longer."""

    counts: int = 2_000
    scores: int = 500
    sizes: tuple[int, ...] = SIZES


@dataclass(frozen=True, slots=True)
class Line:
    """What gates say of one design and size: shares of pairs of runs."""

    design: str
    n: int
    wrong_pass: float
    wrong_fail: float
    right_pass: float
    fall_fails: float
    fall_passes: float
    smallest: float | None
    at_smallest: float | None
    replicates: int

    @property
    def is_broken(self) -> bool:
        """Whether either error is over the level by more than the draws explain."""
        error = math.sqrt(TERMS.level * (1 - TERMS.level) / self.replicates)
        return max(self.wrong_pass, self.wrong_fail) > TERMS.level + 3 * error


def line(design: str, n: int, effort: Effort) -> Line:
    """Count what gates say of versions that are equal, worse by the margin, and worse by five points."""
    draw, current = DESIGNS[design]
    replicates = effort.counts if draw in (same_cases, other_cases) else effort.scores
    equal = World(current, current, n)

    def said(drop: float) -> Mapping[State, float]:
        return asked(draw, replace(equal, new=current - drop), replicates, _SEED)

    alike, worse, fallen = said(0.0), said(TERMS.margin), said(_FALL)
    rng = Random(_SEED)
    seen = sorted(draw(rng, equal).smallest_drop or 1.0 for _ in range(21))[10]
    smallest = None if seen >= current else seen
    at_smallest = None if smallest is None else said(smallest)["fail"]
    return Line(
        design, n, worse["pass"], alike["fail"], alike["pass"], fallen["fail"], fallen["pass"],
        smallest, at_smallest, replicates,
    )  # fmt: skip


def table(lines: Sequence[Line]) -> str:
    """Write the lines as a Markdown table."""
    heads = (
        "runs", "n", "worse by the margin: passes", "equal: fails", "equal: passes", "5 points worse: fails",
        "5 points worse: passes", "smallest drop it sees", "that drop: fails",
    )  # fmt: skip
    rows = [
        (
            each.design, str(each.n), _share(each.wrong_pass), _share(each.wrong_fail), _share(each.right_pass),
            _share(each.fall_fails), _share(each.fall_passes),
            "-" if each.smallest is None else f"{100 * each.smallest:.1f} points", _share(each.at_smallest),
        )
        for each in lines
    ]  # fmt: skip
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ("---",) * len(heads), *rows))


def main(argv: Sequence[str] | None = None, effort: Effort = Effort()) -> int:
    """Simulate; end with 1 where an error is more frequent than stated."""
    parser = argparse.ArgumentParser(prog="python -m bench.gates", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the table in the page")
    parser.add_argument("--page", type=Path, default=PAGE, metavar="FILE", help="where the table is kept")
    args = parser.parse_args(argv)
    lines = [line(design, n, effort) for design in DESIGNS for n in effort.sizes]
    print(table(lines))
    if args.write:
        kept = args.page.read_text(encoding="utf-8").partition(MARK)[0]
        args.page.write_text(f"{kept}{MARK}\n\n{table(lines)}\n", encoding="utf-8")
    return 1 if any(each.is_broken for each in lines) else 0


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    sys.exit(main())
