"""FM5: answers no longer keep the form that others rely on: invalid, cut short, or from another prompt."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from operations.evidence import Bench, Evidence, Watch

MODE: Final = "FM5"
NEEDS: Final = (("schema_valid",), ("finish_length",), ("prompt_version",))


@dataclass(frozen=True, slots=True)
class Settings:
    """How much louder than the portfolio's limit each must speak, in nats."""

    extra: float = 1.0
    together: float = 1.0


def judge(bench: Bench, settings: Settings, day: date, since: date | None) -> Iterator[Evidence]:
    """Give what speaks for a broken contract."""
    valid, cut = Watch("schema_valid", "down", settings.extra), Watch("finish_length", "up", settings.extra)
    yield from bench.changed("prompt_version", day)
    yield from bench.found(valid, day, since)
    yield from bench.found(cut, day, since)
    yield from bench.together((valid, cut), day, since, settings.together)
