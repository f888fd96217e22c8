"""FM2: users ask other things than those that were evaluated.

Each topic's share is scanned for growth, many topics raising the limit by their number's logarithm, and so is the share
that no golden case covers. How far the mix moved as a whole is shown beside the topic that moved: a size-aware PSI.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from operations import mixes
from operations.evidence import NEAR, Bench, Evidence, Watch

MODE: Final = "FM2"
NEEDS: Final = (("topic", "uncovered"),)


@dataclass(frozen=True, slots=True)
class Settings:
    """How much louder than the portfolio's limit a growing share must speak, in nats."""

    extra: float = 1.0


def judge(bench: Bench, settings: Settings, day: date, since: date | None) -> Iterator[Evidence]:
    """Give what speaks for other questions."""
    for each in bench.found(Watch("topic", "up", settings.extra), day, since):
        moved = mixes.shift(bench, each, day) if each.margin > -NEAR else None
        yield replace(each, words=moved.words) if moved else each
    yield from bench.found(Watch("uncovered", "up", settings.extra), day, since)
