"""FM3: answers got worse while every call still returned 200.

The share that its sources support falls, or falls a little while more users reject answers. A judge that stays flat
while users complain is suspect itself; that degrades the detector and is no finding.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from operations.evidence import Bench, Evidence, Watch

MODE: Final = "FM3"
NEEDS: Final = (("grounded",), ("thumbs_down",))
_GROUNDED: Final = Watch("grounded", "down")


@dataclass(frozen=True, slots=True)
class Settings:
    """How much a second signal raises the limit for both together, in nats."""

    together: float = 1.0


def judge(bench: Bench, settings: Settings, day: date, since: date | None) -> Iterator[Evidence]:
    """Give what speaks for worse answers."""
    yield from bench.found(_GROUNDED, day, since)
    yield from bench.together((_GROUNDED, Watch("thumbs_down", "up")), day, since, settings.together)
