"""Say what a measurement is: a figure, its limit, and the ratio of the two taken in the same run."""

import importlib.metadata
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.portfolio_store import Size


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured; tests take less than what the table states."""

    size: Size
    listed: int = 2_000
    times: int = 9
    reads: int = 21
    keys: int = 200
    seconds: float = 75
    rows: int = 400_000
    sources: int = 200
    entries: int = 1_000_000


STATED: Final = Effort(Size())
"""What the table states."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table; ``is_floor`` where more is better, ``limit`` is ``None`` where none is set."""

    what: str
    value: float
    limit: float | None
    unit: str
    basis: str
    is_floor: bool = False

    @property
    def ratio(self) -> float | None:
        """Give value over limit: 1 is the limit itself; a limit of nothing has none."""
        return self.value / self.limit if self.limit else None

    @property
    def holds(self) -> bool:
        """Tell whether the limit is kept."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.is_floor else self.value <= self.limit


@dataclass(frozen=True, slots=True)
class Machine:
    """What the figures were taken on: it explains them, and says how busy it was with other work."""

    facts: Sequence[str] = field(default_factory=list)

    @classmethod
    def here(cls, load_before: float) -> "Machine":
        """Look at this machine, ``load_before`` being the load average when the measuring began."""
        names = ("duckdb", "textual", "pyarrow")
        versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
        return cls(
            [
                f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()})",
                f"Python {platform.python_version()}, {versions}",
                f"load average of five minutes {load_before:.1f} before and {os.getloadavg()[1]:.1f} after",
            ]
        )


def seconds(work: Callable[[], object], times: int) -> list[float]:
    """Give the wall times of several runs, after one that warms up."""
    work()
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return taken


def side_by_side(works: Sequence[Callable[[], float]], times: int) -> list[list[float]]:
    """Give what several measurements found, one round after the other, so that a busy moment strikes all alike."""
    for work in works:
        work()
    rounds = [[work() for work in works] for _ in range(times)]
    return [list(found) for found in zip(*rounds, strict=True)]


def ratio_of(found: Sequence[Sequence[float]], this: int, to: int = 0) -> float:
    """Give the ratio of two medians."""
    return statistics.median(found[this]) / statistics.median(found[to])


def percentile(found: Sequence[float], share: float) -> float:
    """Give the value that ``share`` of the found ones do not exceed."""
    return sorted(found)[min(len(found) - 1, int(len(found) * share))]


def table(figures: Sequence[Figure]) -> str:
    """Write the figures as a Markdown table."""
    lines = ["| measure | median | limit | ratio | holds | measured against |", "|---|---|---|---|---|---|"]
    for each in figures:
        sign = ">=" if each.is_floor else "<="
        limit = "-" if each.limit is None else f"{sign} {each.limit:.4g} {each.unit}".rstrip()
        ratio = "-" if each.ratio is None else f"{each.ratio:.2f}"
        holds = "-" if each.limit is None else "yes" if each.holds else "**no**"
        value = f"{each.value:.3g} {each.unit}".rstrip()
        lines.append(f"| {each.what} | {value} | {limit} | {ratio} | {holds} | {each.basis} |")
    return "\n".join(lines)
