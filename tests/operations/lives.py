"""Let a system live day by day in a real store: what it told on each day, collected and judged at noon of the next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from operations.settings import System
from store.judgements import Detected
from store.records import Breach, Record, Sample
from tests.operations.stores import TODAY, Store, score

DAY = timedelta(days=1)
BOT = System("bot", "Ada", tier=2)
START = TODAY - 100 * DAY

Told = Mapping[str, float | str]
"""What a day tells: ``age`` of the index in hours, shares (``refusal``, ``empty``), scores, the ``model``."""

_SCORERS = {"golden": ("golden", "accuracy"), "grounded": ("live", "groundedness")}
_SHARES = {"refusal": "llmops.refusal_ratio", "empty": "llmops.retrieval.empty_ratio"}


def steady(days: int, **told: float | str) -> list[Told]:
    """Make days that tell the same but for a little noise."""
    return [
        {name: value + (place % 2) * 0.002 if isinstance(value, float) else value for name, value in told.items()}
        for place in range(days)
    ]


def records(told: Told, ends: datetime, system: str = "bot") -> Iterator[Record]:
    """Say in records what a day tells."""
    sample = Sample(system, "", "ratio", ends, 0.0, period=86_400)
    for name, value in told.items():
        if name == "model":
            dims = {"gen_ai.response.model": str(value)}
            yield replace(sample, metric="llmops.model.response_share", value=1.0, n=1000, dims=dims)
        elif name == "age":
            yield replace(sample, metric="llmops.index.age", stat="last", value=3600 * float(value), unit="s")
        elif name in _SCORERS:
            suite, scorer = _SCORERS[name]
            yield replace(score(float(value), n=200, now=ends - DAY / 2), system=system, suite=suite, scorer=scorer)
        else:
            yield replace(sample, metric=_SHARES[name], value=float(value), n=400)


def collect(store: Store, days: Sequence[Told], first: int = 0, system: str = "bot") -> None:
    """Take in what days tell, the first so many days after the start."""
    told = [each for place, day in enumerate(days) for each in records(day, START + (first + place + 1) * DAY, system)]
    store.collected(*told)


def noon_after(day: int) -> datetime:
    """Give the time at which a day is judged."""
    return START + (day + 1) * DAY + DAY / 2


def live(store: Store, days: Sequence[Told], first: int = 0, systems: Sequence[System] = (BOT,)) -> list[Detected]:
    """Collect days, and judge each when it is over; what comes after it is not seen then."""
    collect(store, days, first)
    return [store.detected(systems, noon_after(first + place)) for place in range(len(days))]


def pass_over(store: Store, days: Sequence[Told], first: int = 0) -> Detected:
    """Collect days, and judge them when the last is over."""
    collect(store, days, first)
    return store.detected([BOT], noon_after(first + len(days) - 1))


def states(found: Sequence[Detected], mode: str = "FM4") -> list[str]:
    """Give the state of a mode's breach after each judging; empty where none was written."""
    return [next((each.state for each in judged.breaches if each.mode == mode), "") for judged in found]


def breaches(store: Store) -> dict[str, Breach]:
    """Give the newest breach of each mode."""
    return {each.mode: each for each in store.breaches()}
