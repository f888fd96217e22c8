"""Hold where a month ends, apart from what computes it, so that a first read need not load that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.records import ForecastMethod


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where a month ends: P10, P50 and P90, or the run rate between the least and the most of the scenarios."""

    method: ForecastMethod
    low: float
    middle: float
    high: float

    def over(self, budget: float) -> Outlook:
        """Give it as shares of a budget."""
        return Outlook(self.method, self.low / budget, self.middle / budget, self.high / budget)
