"""Say what a measurement is: a figure, its limit, and the ratio of the two taken in the same run."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table; ``is_floor`` where more is better."""

    what: str
    value: float
    limit: float
    unit: str
    basis: str
    is_floor: bool = False

    @property
    def ratio(self) -> float:
        """Give value over limit: 1 is the limit itself."""
        return self.value / self.limit if self.limit else float(self.value > 0)

    @property
    def holds(self) -> bool:
        """Tell whether the limit is kept."""
        return self.value >= self.limit if self.is_floor else self.value <= self.limit


def median(work: Callable[[], object], times: int) -> float:
    """Give the median wall time in seconds of several runs, after one that warms up."""
    work()
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def table(figures: list[Figure]) -> str:
    """Write the figures as a Markdown table."""
    lines = ["| measure | median | limit | ratio | holds | measured against |", "|---|---|---|---|---|---|"]
    for each in figures:
        sign = ">=" if each.is_floor else "<="
        lines.append(
            f"| {each.what} | {each.value:.3g} {each.unit} | {sign} {each.limit:.3g} {each.unit} | {each.ratio:.2f} "
            f"| {'yes' if each.holds else '**no**'} | {each.basis} |"
        )
    return "\n".join(lines)
