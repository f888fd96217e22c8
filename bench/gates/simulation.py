"""Draw runs of two versions whose true scores are known, and ask gates what they say of them."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from statistics import fmean, stdev
from typing import Final

from operations.comparisons import Comparison, Score, State, Terms, paired, unpaired


@dataclass(frozen=True, slots=True)
class World:
    """What is true: how good either version is, and how many cases a run has.

    ``churn`` is the share of cases that come out otherwise with either version without any being better.
    """

    current: float
    new: float
    n: int
    churn: float = 0.04


TERMS: Final = Terms()
"""The terms that gates have without a word in the configuration."""

_NOISE: Final = 0.12
"""How far scores spread from case to case, and from one version to the other for the same case."""

Draw = Callable[[Random, World], Comparison]


def same_cases(rng: Random, world: World) -> Comparison:
    """Let both versions answer the same cases, yes or no."""
    worse = world.churn / 2 + world.current - world.new
    better, both = world.churn / 2, world.current - worse
    drawn = Counter(_kind(rng.random(), worse, better, both) for _ in range(world.n))
    return _paired_counts(drawn[0], drawn[1], drawn[2], world.n)


def other_cases(rng: Random, world: World) -> Comparison:
    """Let each version answer cases of its own, yes or no."""
    passes = (sum(rng.random() < share for _ in range(world.n)) for share in (world.current, world.new))
    return _counts(*passes, world.n)


def same_scores(rng: Random, world: World) -> Comparison:
    """Let a judge score the answers of both versions to the same cases."""
    current = [_inside(rng.gauss(world.current, _NOISE)) for _ in range(world.n)]
    return _there(
        paired(current, [_inside(each + world.new - world.current + rng.gauss(0, 0.05)) for each in current], TERMS)
    )


def other_scores(rng: Random, world: World) -> Comparison:
    """Let a judge score cases of each version's own, of which only mean and error are known."""
    sides = [[_inside(rng.gauss(share, _NOISE)) for _ in range(world.n)] for share in (world.current, world.new)]
    current, new = (Score(fmean(each), world.n, stdev(each) / world.n**0.5) for each in sides)
    return _there(unpaired(current, new, TERMS))


def asked(draw: Draw, world: World, replicates: int, seed: int) -> Mapping[State, float]:
    """Give how often a gate says what of new runs of the same two versions."""
    rng = Random(seed)
    said = Counter(draw(rng, world).state(TERMS.margin) for _ in range(replicates))
    return {state: said[state] / replicates for state in ("pass", "fail", "inconclusive")}


def _kind(drawn: float, worse: float, better: float, both: float) -> int:
    """Say what becomes of a case: 0 worse, 1 better, 2 good with both, 3 with neither."""
    return (drawn >= worse) + (drawn >= worse + better) + (drawn >= worse + better + both)


@cache
def _paired_counts(worse: int, better: int, both: int, n: int) -> Comparison:
    rest = n - worse - better - both
    current = [1.0] * worse + [0.0] * better + [1.0] * both + [0.0] * rest
    return _there(paired(current, [0.0] * worse + [1.0] * better + [1.0] * both + [0.0] * rest, TERMS))


@cache
def _counts(current: int, new: int, n: int) -> Comparison:
    return _there(unpaired(Score(current / n, n), Score(new / n, n), TERMS))


def _inside(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _there(found: Comparison | None) -> Comparison:
    if found is None:
        raise ValueError("expected runs of two cases or more")
    return found
