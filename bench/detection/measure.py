"""Say what a detection benchmark is: rows of a measure, its floor, its goal and how it was taken."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path
from typing import Final, TypeVar

VARIABLE: Final = "LLMOPS_TUI_DATA"
"""The environment variable that says where the labelled data lies."""

BUDGET: Final = 2.0
"""False alarms a week that every portfolio here is given, as by default."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured; tests take less than what the page states."""

    systems: int = 200
    days: int = 365
    replicates: int = 120
    replayed: int = 10
    workers: int = os.cpu_count() or 1


STATED: Final = Effort()
"""What the page states."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measure; ``value`` is ``None`` where its data is absent, ``floor`` and ``goal`` where none is set."""

    measure: str
    value: float | None
    basis: str
    floor: float | None = None
    goal: float | None = None
    unit: str = ""
    is_more_better: bool = True

    @property
    def holds(self) -> str:
        """Say which of the two is held: the goal, the floor, or neither."""
        if self.value is None or (self.floor is None and self.goal is None):
            return "-"
        if self._reaches(self.goal):
            return "goal"
        return "floor" if self._reaches(self.floor) else "**no**"

    def _reaches(self, limit: float | None) -> bool:
        if limit is None or self.value is None:
            return False
        return self.value >= limit if self.is_more_better else self.value <= limit

    @property
    def is_broken(self) -> bool:
        """Say whether there is a floor that is not held."""
        return self.floor is not None and self.holds == "**no**"


def folder(name: str) -> Path | None:
    """Find a folder of labelled data: where the variable points, else beside the project."""
    beside = Path(__file__).parents[3] / "shared" / "data"
    place = Path(os.environ.get(VARIABLE) or beside) / name
    return place if place.is_dir() else None


def absent(measures: Iterable[str], name: str) -> list[Row]:
    """Give the rows of a benchmark whose data is not here."""
    return [Row(measure, None, f"{name} is absent: set {VARIABLE} to the folder that holds it") for measure in measures]


def spread(work: Callable[[T], R], over: Sequence[T], effort: Effort) -> list[R]:
    """Do the same work over many things on all cores, in order."""
    if effort.workers == 1:
        return [work(each) for each in over]
    with Pool(effort.workers) as pool:
        return pool.map(work, over, chunksize=1)


def table(rows: Sequence[Row]) -> str:
    """Write the rows as a Markdown table."""
    lines = ["| measure | value | floor | goal | holds | how it is measured |", "|---|---|---|---|---|---|"]
    for each in rows:
        sign = ">=" if each.is_more_better else "<="
        limits = ["-" if limit is None else f"{sign} {limit:g}" for limit in (each.floor, each.goal)]
        value = "absent" if each.value is None else f"{each.value:.3g} {each.unit}".rstrip()
        lines.append(f"| {each.measure} | {value} | {limits[0]} | {limits[1]} | {each.holds} | {each.basis} |")
    return "\n".join(lines)
