"""FM7: one request costs more than it did: longer prompts, more calls, a loop.

Unit cost is scanned and never the total, which grows with use. A rise under a tenth is no business of operations. An
hour that costs over three times what the same hour of the week usually does, and more than a floor, is a fact: it is
told at the next collection, before its day is over.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from operations.evidence import EVENT, Bench, Evidence, Watch
from operations.hourly import TIMES

MODE: Final = "FM7"
HOUR: Final = "spend_hour"
NEEDS: Final = (("unit_cost",), ("tokens_in_p50", "calls_per_task"), (HOUR,))


@dataclass(frozen=True, slots=True)
class Settings:
    """How much louder than the portfolio's limit each must speak, in nats; ``least`` is the factor that matters.

    ``floor`` is what an hour must cost to stand out, in the unit of its metric.
    """

    extra: float = 1.0
    together: float = 1.0
    least: float = 1.1
    floor: float = 1.0


def judge(bench: Bench, settings: Settings, day: date, since: date | None) -> Iterator[Evidence]:
    """Give what speaks for creeping cost."""
    watches = tuple(
        Watch(signal, "up", settings.extra, settings.least)
        for signal in ("unit_cost", "tokens_in_p50", "calls_per_task")
    )
    for watch in watches:
        yield from bench.found(watch, day, since)
    yield from bench.together(watches, day, since, settings.together)
    yield from spikes(bench, settings, day)


def spikes(bench: Bench, settings: Settings, day: date) -> Iterator[Evidence]:
    """Give the hour of a day that stands out, if one does."""
    for key in bench.history.dims(HOUR):
        track, until = bench.history.tracks[key], bench.until(key, day)
        if not until or track.days[until - 1] != day or not track.texts[until - 1]:
            continue
        value, usual = track.values[until - 1], track.counts[until - 1]
        if value > TIMES * usual and value > settings.floor:
            words = f"{value:.3g} in the hour from {track.texts[until - 1]}, where {usual:.3g} is usual"
            yield Evidence("event", HOUR, key[1], EVENT, 0.0, 1, value, usual, words=words)
