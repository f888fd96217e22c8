"""Draw the results of evaluation suites: passes of n cases, at the level the world has at the time of the run."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from collectors.demo import noise, portfolio
from collectors.demo.portfolio import DemoSystem
from collectors.demo.world import World

CASES: Final = {"mlflow": 240, "promptfoo": 80, "inspect_ai": 160}
# Graded again, the same cases mostly come out the same: less noise than fresh draws would have.
_REPEATED: Final = 0.45
_HOUR_OF_RUN: Final = {"mlflow": 2, "promptfoo": 3, "inspect_ai": 4}


@dataclass(frozen=True, slots=True)
class Score:
    """What one run of a suite measured for one signal."""

    scorer: str
    cases: int
    passes: int

    @property
    def share(self) -> float:
        """Give passes as a share of cases."""
        return self.passes / self.cases


def nights(world: World, system: DemoSystem, now: datetime) -> Iterator[datetime]:
    """Give the times of the nightly runs from the start of the history until now."""
    hour = _HOUR_OF_RUN[system.suites]
    minute = portfolio.SYSTEMS.index(system) * 3
    night = world.start.replace(hour=hour, minute=minute, second=0, microsecond=0)
    while night <= now:
        if night >= world.start:
            yield night
        night += timedelta(days=1)


def score(world: World, system: DemoSystem, signal: str, seen: datetime, cases: int = 0) -> Score:
    """Grade the cases of a run."""
    cases = cases or CASES[system.suites]
    level = world.level(system.name, signal, seen)
    key = noise.key_of(world.seed, system.name, "evaluation", signal)
    spread = math.sqrt(cases * level * (1 - level)) * _REPEATED
    drawn = round(cases * level + spread * noise.normal(key, world.hour_of(seen)))
    return Score(signal, cases, min(cases, max(0, drawn)))


def run_id(world: World, system: DemoSystem, suite: str, seen: datetime) -> str:
    """Name a run so that asking again gives the same name."""
    return noise.hex_id(noise.key_of(world.seed, system.name, suite), world.hour_of(seen))
