"""Make tracks to test detection on: one run a day from a first day on, steady or drawn."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from operations.tracks import History, Track

FIRST = date(2026, 6, 1)


def day(place: int) -> date:
    """Give the day of a run by its place; the first is 0."""
    return FIRST + timedelta(days=place)


def days(runs: int) -> list[date]:
    return [day(place) for place in range(runs)]


def counts(k: Sequence[float], n: float | Sequence[float] = 100.0) -> Track:
    """Make runs of so many of n."""
    return Track("count", days(len(k)), k, [float(n)] * len(k) if isinstance(n, int | float) else n)


def logs(values: Sequence[float]) -> Track:
    """Make runs of a positive quantity."""
    return Track("log", days(len(values)), values)


def plain(values: Sequence[float]) -> Track:
    """Make runs of any quantity."""
    return Track("plain", days(len(values)), values)


def names(texts: Sequence[str]) -> Track:
    """Make runs of a name."""
    return Track("name", days(len(texts)), texts=texts)


def history(tracks: Mapping[Any, Track], changes: Sequence[date] = ()) -> History:
    """Make the history of a system by signal and dimension, or by the signal's name alone where it has none."""
    keyed = {key if isinstance(key, tuple) else (key, ""): track for key, track in tracks.items()}
    return History("bot", keyed, changes)


def wobbling(middle: float, by: float, runs: int, seed: int = 1) -> list[float]:
    """Draw values that differ by chance, the same at each call."""
    rng = Random(seed)  # noqa: S311  # repeatable, not secret
    return [middle + by * rng.gauss(0, 1) for _ in range(runs)]


def drawn(share: float, n: int, runs: int, seed: int = 1) -> list[float]:
    """Draw how many of n pass, run by run, the same at each call."""
    rng = Random(seed)  # noqa: S311  # repeatable, not secret
    return [float(sum(rng.random() < share for _ in range(n))) for _ in range(runs)]


def cents(low: int = 1, high: int = 100_000) -> st.SearchStrategy[float]:
    """Draw values with two decimals, so that changing their unit cannot make two of them one."""
    return st.integers(low, high).map(lambda value: value / 100)


@st.composite
def passes(draw: st.DrawFn, runs: int = 40) -> Track:
    """Draw runs of counts: each with an n of its own, sometimes none, sometimes all or nothing passed."""
    n = draw(st.lists(st.sampled_from((0, 1, 20, 50, 400, 5000)) | st.integers(1, 300), min_size=runs, max_size=runs))
    shares = draw(st.lists(st.sampled_from((0.0, 0.02, 0.5, 0.9, 1.0)) | st.floats(0, 1), min_size=runs, max_size=runs))
    return counts([float(round(a * b)) for a, b in zip(n, shares, strict=True)], [float(a) for a in n])
