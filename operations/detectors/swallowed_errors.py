"""FM8: a step or a tool fails, nothing raises, and the answer tells of success."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from operations.evidence import Bench, Evidence, Watch

MODE: Final = "FM8"
NEEDS: Final = (("tool_empty",), ("outcome", "confirmed"))


@dataclass(frozen=True, slots=True)
class Settings:
    """How much louder than the portfolio's limit each must speak, in nats."""

    extra: float = 1.0
    together: float = 1.0


def judge(bench: Bench, settings: Settings, day: date, since: date | None) -> Iterator[Evidence]:
    """Give what speaks for errors that nobody was told of."""
    empty, outcome = Watch("tool_empty", "up", settings.extra), Watch("outcome", "both", settings.extra)
    yield from bench.found(empty, day, since)
    yield from bench.found(outcome, day, since)
    yield from bench.found(Watch("confirmed", "down", settings.extra), day, since)
    yield from bench.together((empty, outcome), day, since, settings.together)
