"""Compute what happened in every system in every hour: closed-form levels, seasons, episodes and noise, nothing stored.

A signal is a column of one number an hour from sixty days before the anchor to thirty days after it, so that servers
which keep running keep telling a consistent story.
"""

import math
from datetime import UTC, datetime, timedelta
from typing import Final

from collectors.demo import noise, portfolio, story
from collectors.demo.portfolio import DemoSystem

AHEAD: Final = timedelta(days=30)
HOURS: Final = int((story.HISTORY + AHEAD) / timedelta(hours=1))

# Shares whose counts are seen per hour: their noise shrinks with the traffic as that of a share does.
_SHARES: Final = frozenset(
    {
        "errors", "uncovered", "truncated", "schema_valid", "thumbs_down", "retrieval_empty", "blocked", "tool_empty",
        "confirmed",
    }
)  # fmt: skip
# Every request is rated rarely, and tool calls are fewer than requests: the share of requests that is counted.
COUNTED: Final = {"thumbs_down": 0.12, "confirmed": 0.3, "tool_empty": 0.8, "retrieval_empty": 0.9}


class World:
    """Everything that the servers show, as a function of the seed and the anchor."""

    def __init__(self, seed: int, anchor: datetime) -> None:
        """Take the full hour from which distances of the story are counted."""
        self.seed = seed
        self.anchor = anchor.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        self.start = self.anchor - story.HISTORY
        self.origin = self.start.timestamp()
        self._columns: dict[tuple[str, str], list[float]] = {}

    def column(self, system: str, signal: str) -> list[float]:
        """Give the signal's value for each hour; two threads that both compute one get equal lists."""
        key = (system, signal)
        if key not in self._columns:
            self._columns[key] = self._compute(portfolio.BY_NAME[system], signal)
        return self._columns[key]

    def hour_of(self, seen: datetime) -> int:
        """Give the number of the hour that holds a time."""
        return int((seen.timestamp() - self.origin) // 3600)

    def level(self, system: str, signal: str, seen: datetime) -> float:
        """Give the signal without noise at a time: what a perfect evaluation would measure."""
        return self._moved(portfolio.BY_NAME[system], signal, (seen - self.start) / timedelta(hours=1))

    def index_built(self, system: str, seen: datetime) -> datetime:
        """Say when the search index in use at a time was built: each night at 01:00 UTC, until that stops."""
        if system == "legal-search":
            seen = min(seen, self.anchor - story.REINDEXING_STOPPED)
        built = seen.replace(hour=1, minute=0, second=0, microsecond=0)
        return built if built <= seen else built - timedelta(days=1)

    def _compute(self, system: DemoSystem, signal: str) -> list[float]:
        """Put level, season and noise together, hour by hour."""
        key = noise.key_of(self.seed, system.name, signal)
        levels = [self._moved(system, signal, hour) for hour in range(HOURS)]
        if signal == "requests":
            return [
                level * self._season(hour, system) * (1 + 0.05 * noise.normal(key, hour))
                for hour, level in enumerate(levels)
            ]
        if signal in _SHARES:
            traffic = self.column(system.name, "requests")
            counted = COUNTED.get(signal, 1.0)
            return [
                _share(level, requests * counted, noise.normal(key, hour))
                for hour, (level, requests) in enumerate(zip(levels, traffic, strict=True))
            ]
        if signal == "other_model":
            return levels
        return [level * (1 + 0.025 * noise.normal(key, hour)) for hour, level in enumerate(levels)]

    def _moved(self, system: DemoSystem, signal: str, hour: float) -> float:
        """Give the ordinary level as the episodes of the system have moved it by an hour."""
        level = _ordinary(system, signal)
        for episode in story.STORY:
            if episode.system != system.name:
                continue
            target = episode.to.get(signal, level * episode.times.get(signal, 1.0))
            if target != level:
                begins = (story.HISTORY - episode.before) / timedelta(hours=1)
                level += (target - level) * episode.strength(hour - begins)
        return level

    def _season(self, hour: int, system: DemoSystem) -> float:
        """Give the factor of the hour of the week: working hours in Europe, a quieter weekend, never silence."""
        seen = self.start + timedelta(hours=hour)
        daily = 1 + 0.62 * math.sin((seen.hour - 7.5) / 24 * 2 * math.pi)
        weekend = seen.weekday() >= 5
        customer = system.data_class == "customer"
        return daily * ((0.85 if customer else 0.5) if weekend else 1.08)


def _ordinary(system: DemoSystem, signal: str) -> float:
    """Find the level of an ordinary day: a field of the system, or an entry of its levels."""
    fields = {
        "requests": system.requests,
        "tokens_in": system.tokens_in,
        "tokens_out": system.tokens_out,
        "latency": system.latency,
    }
    return fields[signal] if signal in fields else system.levels.get(signal, portfolio.LEVELS[signal])


def _share(level: float, counted: float, deviation: float) -> float:
    """Add the noise that a share over so many counts has, kept inside 0..1."""
    spread = math.sqrt(level * (1 - level) / max(counted, 1.0))
    return min(1.0, max(0.0, level + spread * deviation))
