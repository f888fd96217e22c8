"""FM2: users ask other things than those that were evaluated.

Each topic's share is scanned for growth, many topics raising the limit by their number's logarithm, and so is the share
that no golden case covers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from operations.evidence import Bench, Evidence, Watch

MODE: Final = "FM2"
NEEDS: Final = (("topic", "uncovered"),)


@dataclass(frozen=True, slots=True)
class Settings:
    """How much louder than the portfolio's limit a growing share must speak, in nats."""

    extra: float = 1.0


def judge(bench: Bench, settings: Settings, day: date, since: date | None) -> Iterator[Evidence]:
    """Give what speaks for other questions."""
    yield from bench.found(Watch("topic", "up", settings.extra), day, since)
    yield from bench.found(Watch("uncovered", "up", settings.extra), day, since)
