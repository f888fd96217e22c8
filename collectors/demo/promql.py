"""Evaluate PromQL over series that are computed when asked: whole columns at a time, with Prometheus' own arithmetic.

A vector maps labels to one value a step, ``None`` where the series has none. What is offered is what dashboards of LLM
systems use; anything else is refused as unknown, never answered wrongly.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from typing import Final, Protocol, cast

from collectors.demo.promql_grid import Column, Grid, Sampled, over_time, rates
from collectors.demo.promql_join import joined
from collectors.demo.promql_text import Aggregate, Call, Matcher, Node, Number, PromqlError, Selector, Text

Labels = tuple[tuple[str, str], ...]
Vector = dict[Labels, Column]


class Series(Sampled, Protocol):
    """A series of samples at the common scrape times of the database."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Name it, ``__name__`` included."""
        ...


class Database(Protocol):
    """Where series are found."""

    def select(self, matchers: Iterable[Matcher]) -> list[Series]:
        """Find the series that all matchers accept."""
        ...


def evaluate(node: Node, grid: Grid, database: Database) -> Vector | list[float] | str:
    """Give a vector, a scalar per step or a string."""
    match node:
        case Number(value):
            return [value] * len(grid.times)
        case Text(value):
            return value
        case Selector():
            return _instant(node, grid, database)
        case Aggregate():
            if node not in grid.known:
                grid.known[node] = _aggregated(node, _vector(node.body, grid, database))
            return cast("Vector", grid.known[node])
        case Call():
            return _called(node, grid, database)
    left, right = (cast("Vector | list[float]", evaluate(side, grid, database)) for side in (node.left, node.right))
    return joined(node, left, right)


def _instant(node: Selector, grid: Grid, database: Database) -> Vector:
    """Take the newest sample of each series that is at most five minutes old."""
    places = grid.newest(node.offset)
    found: Vector = {}
    for series in database.select(node.matchers):
        rows = zip(series.values(places), places.numbers, strict=True)
        _add(found, series.labels, [value if number >= series.begins else None for value, number in rows])
    return found


def _called(node: Call, grid: Grid, database: Database) -> Vector | list[float]:
    """Carry out a function; the type check has seen to the arguments."""
    match node.name, node.arguments:
        case "time", _:
            return list(grid.times)
        case "vector", (only,):
            return {(): list(_scalar(only, grid, database))}
        case "scalar", (only,):
            columns = list(_vector(only, grid, database).values())
            return [_only(column[step] for column in columns) for step in range(len(grid.times))]
        case name, (Selector(window=window) as selector,) if window:
            return _ranged(name, selector, grid, database)
    return _changed(node, grid, database)


def _changed(node: Call, grid: Grid, database: Database) -> Vector:
    """Carry out a function from vector to vector."""
    match node.name, node.arguments:
        case "histogram_quantile", (share, body):
            return _quantiles(_scalar(share, grid, database), _vector(body, grid, database))
        case "label_replace", (body, Text(label), Text(replacement), Text(source), Text(pattern)):
            return _relabelled(_vector(body, grid, database), label, replacement, source, pattern)
    body, *rest = node.arguments
    limits = _scalar(rest[0], grid, database) if rest else [0.0] * len(grid.times)
    return _each(_VALUES[node.name], _vector(body, grid, database), limits)


def _each(change: Callable[[float, float], float], vector: Vector, limits: list[float]) -> Vector:
    """Change every value of a vector."""
    return {
        _unnamed(labels): [None if v is None else change(v, limit) for v, limit in zip(column, limits, strict=True)]
        for labels, column in vector.items()
    }


def _relabelled(vector: Vector, label: str, replacement: str, source: str, pattern: str) -> Vector:
    """Set a label where another one fits a pattern; ``$1`` in the replacement is the first group."""
    template = re.sub(r"\$(\d+|\{\w+\})", lambda found: f"\\g<{found[1].strip('{}')}>", replacement)
    found: Vector = {}
    for key, column in vector.items():
        labels = dict(key)
        fits = re.fullmatch(pattern, labels.get(source, ""), re.DOTALL)
        if fits:
            labels[label] = fits.expand(template)
        _add(found, {name: value for name, value in labels.items() if value}, column)
    return found


def _ranged(name: str, selector: Selector, grid: Grid, database: Database) -> Vector:
    """Carry out a function over the samples of a window."""
    span = grid.span(selector.window, selector.offset)
    found: Vector = {}
    for series in database.select(selector.matchers):
        labels = dict(series.labels)
        if name != "last_over_time":
            labels.pop("__name__")
        column = rates(name, series, span) if name in ("rate", "increase", "delta") else over_time(name, series, span)
        _add(found, labels, column)
    return found


def _aggregated(node: Aggregate, vector: Vector) -> Vector:
    """Fold the series of each group, step by step; a step without any value stays empty."""
    groups: dict[Labels, list[Column]] = {}
    for labels, column in vector.items():
        groups.setdefault(_grouped(labels, node.labels, without=node.without), []).append(column)
    fold = _FOLDS[node.operator]
    folded: Vector = {}
    for labels, columns in groups.items():
        if node.operator == "sum" and not any(None in column for column in columns):
            folded[labels] = [sum(row) for row in zip(*cast("list[list[float]]", columns), strict=True)]
            continue
        folded[labels] = [
            fold(present) if (present := [v for v in row if v is not None]) else None
            for row in zip(*columns, strict=True)
        ]
    return folded


def _quantiles(shares: list[float], vector: Vector) -> Vector:
    """Interpolate a quantile inside the buckets of each group, as Prometheus does."""
    groups: dict[Labels, list[tuple[float, Column]]] = {}
    for labels, column in vector.items():
        named = dict(labels)
        if "le" in named:
            bound = float(named.pop("le"))
            groups.setdefault(_unnamed(tuple(sorted(named.items()))), []).append((bound, column))
    found: Vector = {}
    for labels, buckets in groups.items():
        buckets.sort(key=lambda bucket: bucket[0])
        bounds = [bound for bound, _ in buckets]
        rows = zip(*(column for _, column in buckets), strict=True)
        found[labels] = [_quantile(share, bounds, row) for share, row in zip(shares, rows, strict=True)]
    return found


def _quantile(share: float, bounds: list[float], counts: tuple[float | None, ...]) -> float | None:
    """Give one quantile: NaN with nothing counted, the last finite bound when it falls beyond."""
    if all(count is None for count in counts):
        return None
    if not bounds or not math.isinf(bounds[-1]) or len(bounds) < 2:
        return math.nan
    below = list(accumulate((count or 0.0 for count in counts), max))
    if not below[-1] or math.isnan(share):
        return math.nan
    if not 0 <= share <= 1:
        return math.copysign(math.inf, share - 0.5)
    rank = share * below[-1]
    place = min(bisect_left(below, rank), len(bounds) - 1)
    if math.isinf(bounds[place]):
        return bounds[-2]
    lower, before = (bounds[place - 1], below[place - 1]) if place else (0.0, 0.0)
    inside = below[place] - before
    return lower + (bounds[place] - lower) * ((rank - before) / inside) if inside else math.nan


def _vector(node: Node, grid: Grid, database: Database) -> Vector:
    """Evaluate a part that the type check found to be a vector."""
    found = evaluate(node, grid, database)
    return found if isinstance(found, dict) else {}


def _scalar(node: Node, grid: Grid, database: Database) -> list[float]:
    """Evaluate a part that the type check found to be a scalar."""
    found = evaluate(node, grid, database)
    return found if isinstance(found, list) else []


def _add(vector: Vector, labels: Mapping[str, str], column: Column) -> None:
    """Put a series in, refusing a second one of the same labels."""
    key = tuple(sorted(labels.items()))
    if key in vector:
        raise PromqlError("execution", "vector cannot contain metrics with the same labelset")
    vector[key] = column


def _grouped(labels: Labels, names: tuple[str, ...], *, without: bool) -> Labels:
    """Keep the labels of the group; without a list nothing is kept."""
    if without:
        return tuple(pair for pair in labels if pair[0] not in names and pair[0] != "__name__")
    return tuple(pair for pair in labels if pair[0] in names)


def _unnamed(labels: Labels) -> Labels:
    """Drop the metric's name, which no longer holds after arithmetic."""
    return tuple(pair for pair in labels if pair[0] != "__name__")


def _only(values: Iterable[float | None]) -> float:
    """Give the one value of a step; NaN when there is none or more than one."""
    present = [value for value in values if value is not None]
    return present[0] if len(present) == 1 else math.nan


_FOLDS: Final[Mapping[str, Callable[[list[float]], float]]] = {
    "sum": sum,
    "avg": lambda values: sum(values) / len(values),
    "min": min,
    "max": max,
    "count": lambda values: float(len(values)),
    "group": lambda _: 1.0,
}
_VALUES: Final[Mapping[str, Callable[[float, float], float]]] = {
    "abs": lambda value, _: abs(value),
    "clamp_min": max,
    "clamp_max": min,
}
