"""One module per screen; ``ORDER`` names those that a digit opens. Digits are never given a second meaning."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Place:
    """A screen that one key opens from anywhere: its digit, its module (and mode) and what people call it."""

    digit: str
    name: str
    title: str


ORDER: Final = (
    Place("1", "portfolio", "Portfolio"),
    Place("2", "breaches", "Breaches"),
    Place("4", "approvals", "Approvals"),
    Place("7", "collection", "Collection"),
    Place("0", "coverage", "Coverage"),
)
"""3, 5, 6, 8 and 9 are kept for incidents, costs, evaluations, runbooks and audit; 0 is assessment and coverage."""
