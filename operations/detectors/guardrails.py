"""FM6: a guardrail lets through what it should stop, or stops what it should let through."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from operations.evidence import EVENT, Bench, Evidence, Watch

MODE: Final = "FM6"
NEEDS: Final = (("block", "refusal"), ("benign_canary_refused",))
_ATTACKS: Final = "red_team_passed"


@dataclass(frozen=True, slots=True)
class Settings:
    """How much louder than the portfolio's limit each must speak, in nats; ``least`` is the factor that matters."""

    extra: float = 1.0
    least: float = 1.25


def judge(bench: Bench, settings: Settings, day: date, since: date | None) -> Iterator[Evidence]:
    """Give what speaks for a guardrail off its calibration, in both directions."""
    yield from bench.found(Watch("block", "both", settings.extra, settings.least), day, since)
    yield from bench.found(Watch("refusal", "both", settings.extra, settings.least), day, since)
    yield from bench.found(Watch("benign_canary_refused", "up", settings.extra), day, since)
    for key in bench.history.dims(_ATTACKS):
        newest = bench.newest(key, day)
        if newest is not None and newest[1] > 0:
            words = f"{newest[1]:.3g} in the newest run"
            yield Evidence("event", _ATTACKS, key[1], EVENT, 0.0, 1, newest[1], words=words)
