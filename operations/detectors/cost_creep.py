"""FM7: one request costs more than it did: longer prompts, more calls, a loop.

Unit cost is scanned and never the total, which grows with use. A rise under a tenth is no business of operations.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from operations.evidence import Bench, Evidence, Watch

MODE: Final = "FM7"
NEEDS: Final = (("unit_cost",), ("tokens_in_p50", "calls_per_task"))


@dataclass(frozen=True, slots=True)
class Settings:
    """How much louder than the portfolio's limit each must speak, in nats; ``least`` is the factor that matters."""

    extra: float = 1.0
    together: float = 1.0
    least: float = 1.1


def judge(bench: Bench, settings: Settings, day: date, since: date | None) -> Iterator[Evidence]:
    """Give what speaks for creeping cost."""
    watches = tuple(
        Watch(signal, "up", settings.extra, settings.least)
        for signal in ("unit_cost", "tokens_in_p50", "calls_per_task")
    )
    for watch in watches:
        yield from bench.found(watch, day, since)
    yield from bench.together(watches, day, since, settings.together)
