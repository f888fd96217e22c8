"""Make portfolios in which nothing is wrong: what alarms there is false.

Every system has forty series under the names of real signals, so that the real detectors run. Quantities follow AR(1)
noise of 0 to 0.7 with Student t4 innovations; counts are binomial, of 20 to 2000 items at rates of 0.01 to 0.97, half
of them with such noise on their log odds too.
"""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Final

from operations.signals import SIGNALS
from operations.tracks import History, Key, Track

START: Final = date(2025, 1, 1)
YEAR: Final = 365

_DIMS: Final = {"topic": 9, "grounded": 5, "outcome": 3, "canary_class": 3}
_ONCE: Final = (
    "canary_pass", "canary_changed", "golden_pass", "thumbs_down", "uncovered", "retrieval_empty", "schema_valid",
    "finish_length", "block", "refusal", "benign_canary_refused", "tool_empty", "confirmed", "canary_chars_p50",
    "top_sim_p50", "unit_cost", "tokens_in_p50", "tokens_out_p50", "latency_p50", "calls_per_task",
)  # fmt: skip
KEYS: Final[tuple[Key, ...]] = (
    *((signal, "") for signal in _ONCE),
    *((signal, f"{signal}-{number}") for signal, count in _DIMS.items() for number in range(count)),
)
"""The forty series of each system."""


def history(seed: int, number: int, days: int = YEAR) -> History:
    """Make one system of the portfolio of a seed."""
    rng = Random(f"{seed}/{number}")
    calendar = [START + timedelta(days=day) for day in range(days)]
    return History(f"null-{number:03}", {key: _track(key[0], calendar, rng) for key in KEYS})


def _track(signal: str, calendar: list[date], rng: Random) -> Track:
    if SIGNALS[signal].form == "count":
        k, n = zip(*_counts(len(calendar), rng, is_suite=SIGNALS[signal].is_suite), strict=True)
        return Track("count", calendar, k, n)
    noise = _noise(len(calendar), rng)
    if signal == "top_sim_p50":
        return Track("plain", calendar, [0.7 + 0.01 * each for each in noise])
    level, spread = math.exp(rng.uniform(-3, 8)), rng.uniform(0.02, 0.2)
    return Track("log", calendar, [level * math.exp(spread * each) for each in noise])


def _noise(days: int, rng: Random) -> Iterator[float]:
    """Give AR(1) noise of variance 1 whose innovations have the tails of Student's t with four degrees of freedom."""
    memory = rng.uniform(0, 0.7)
    fresh = math.sqrt((1 - memory**2) / 2)  # the variance of t4 is 2
    state = 0.0
    for day in range(-30, days):
        state = memory * state + fresh * rng.gauss(0, 1) / math.sqrt(rng.gammavariate(2, 0.5))
        if day >= 0:
            yield state


def _counts(days: int, rng: Random, *, is_suite: bool) -> Iterator[tuple[float, float]]:
    """Give so many of so many a day; a suite asks the same number each day, traffic has a week and chance."""
    usual = math.exp(rng.uniform(math.log(20), math.log(2000)))
    odds = rng.uniform(_odds(0.01), _odds(0.97))
    wander = rng.choice((0.0, rng.uniform(0.05, 0.2)))
    for day, noise in enumerate(_noise(days, rng)):
        busy = 1.0 if is_suite else (0.7 if day % 7 > 4 else 1.1) * math.exp(rng.gauss(0, 0.1))
        n = min(max(round(usual * busy), 20), 2000)
        yield float(binomial(rng, n, 1 / (1 + math.exp(-odds - wander * noise)))), float(n)


def _odds(share: float) -> float:
    return math.log(share / (1 - share))


def binomial(rng: Random, n: int, p: float) -> int:
    """Draw how many of n happen: halve n at its middle order statistic until few are left (Devroye 1986, X.4.4)."""
    k = 0
    while n > 16:
        middle = n // 2 + 1
        y = rng.betavariate(middle, n + 1 - middle)
        if y <= p:
            k, n, p = k + middle, n - middle, (p - y) / (1 - y)
        else:
            n, p = middle - 1, p / y
    return k + sum(rng.random() < p for _ in range(n))
