"""FM4: what is retrieved got old, empty or far from the question."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from operations.evidence import EVENT, Bench, Evidence, Watch

MODE: Final = "FM4"
NEEDS: Final = (("retrieval_empty",), ("top_sim_p50",), ("index_age_h",))
_AGE: Final = ("index_age_h", "")


@dataclass(frozen=True, slots=True)
class Settings:
    """How much louder than the portfolio's limit each must speak, in nats; ``older``: times the baseline's oldest."""

    extra: float = 1.0
    together: float = 1.0
    older: float = 1.5


def judge(bench: Bench, settings: Settings, day: date, since: date | None) -> Iterator[Evidence]:
    """Give what speaks for decay of retrieval."""
    empty, similar = Watch("retrieval_empty", "up", settings.extra), Watch("top_sim_p50", "down", settings.extra)
    yield from bench.found(empty, day, since)
    yield from bench.found(similar, day, since)
    yield from bench.together((empty, similar), day, since, settings.together)
    yield from _age(bench, settings, day)


def _age(bench: Bench, settings: Settings, day: date) -> Iterator[Evidence]:
    """Give an index that is older than it ever was in its baseline, by half again."""
    baseline, newest = bench.baselines.get(_AGE), bench.newest(_AGE, day)
    if baseline is None or newest is None:
        return
    limit = settings.older * baseline.highest
    if newest[1] > limit:
        words = f"{newest[1]:.1f} h old, over {limit:.1f} h: {settings.older:g} times the oldest it used to get"
        yield Evidence("age", "index_age_h", "", EVENT, 0.0, 1, newest[1], baseline.highest, words=words)
