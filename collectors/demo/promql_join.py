"""Carry out the operators of PromQL: arithmetic, comparisons as filters, matching of series, set operations."""

import math
import operator
from collections.abc import Callable
from typing import Final

from collectors.demo.promql_grid import Column
from collectors.demo.promql_text import Binary, PromqlError
from collectors.demo.promql_types import COMPARISONS, SETS

Labels = tuple[tuple[str, str], ...]
Vector = dict[Labels, Column]
Value = Vector | list[float]

_MANY: Final = "many-to-many matching not allowed: matching labels must be unique on one side"
_EXPLICIT: Final = "many-to-one matching must be explicit (group_left/group_right)"


def joined(node: Binary, left: Value, right: Value) -> Value:
    """Combine two sides."""
    if isinstance(left, dict):
        if isinstance(right, dict):
            return _sets(node, left, right) if node.operator in SETS else _matched(node, left, right)
        apply = _step(node)
        return {_named(node, k): _columns(apply, column, right) for k, column in left.items()}
    if isinstance(right, dict):
        apply = _step(node, keep_right=True)
        return {_named(node, k): _columns(apply, left, column) for k, column in right.items()}
    return [_OPERATORS[node.operator](a, b) for a, b in zip(left, right, strict=True)]


def _step(node: Binary, *, keep_right: bool = False) -> Callable[[float, float], float | None]:
    """Give what one step does: a comparison without ``bool`` keeps or drops the vector's value."""
    plain = _OPERATORS[node.operator]
    if node.operator not in COMPARISONS or node.as_bool:
        return plain
    return lambda a, b: (b if keep_right else a) if plain(a, b) else None


def _columns(
    apply: Callable[[float, float], float | None], left: Column | list[float], right: Column | list[float]
) -> Column:
    """Apply an operator step by step where both sides have a value."""
    return [None if a is None or b is None else apply(a, b) for a, b in zip(left, right, strict=True)]


def _matched(node: Binary, left: Vector, right: Vector) -> Vector:
    """Match series of two vectors one to one, or many to one with ``group_left`` and ``group_right``."""
    many, one = (right, left) if node.many == "right" else (left, right)
    ones: dict[Labels, tuple[Labels, Column]] = {}
    for labels, column in one.items():
        signature = _signature(node, labels)
        if signature in ones:
            side = "left" if node.many == "right" else "right"
            place = f"for the match group {_shown(signature)} on the {side} hand-side of the operation"
            raise PromqlError("execution", f"found duplicate series {place};{_MANY}")
        ones[signature] = (labels, column)
    apply = _step(node)
    found: Vector = {}
    for labels, column in many.items():
        signature = _signature(node, labels)
        if signature not in ones:
            continue
        other, partner = ones[signature]
        key = _result(node, labels, signature, dict(other))
        if key in found:
            raise PromqlError("execution", f"multiple matches for labels: {_EXPLICIT}")
        found[key] = _columns(apply, *((partner, column) if node.many == "right" else (column, partner)))
    return found


def _sets(node: Binary, left: Vector, right: Vector) -> Vector:
    """Keep, join or remove series by whether the other side has a partner at the step."""
    if node.operator == "or":
        partners = _presence(node, left)
        found = dict(left)
        for labels, column in right.items():
            there = partners.get(_signature(node, labels), [False] * len(column))
            rest = [None if t else v for v, t in zip(column, there, strict=True)]
            own = found.get(labels)
            found[labels] = rest if own is None else [b if a is None else a for a, b in zip(own, rest, strict=True)]
        return found
    partners = _presence(node, right)
    keeps = node.operator == "and"
    found = {}
    for labels, column in left.items():
        there = partners.get(_signature(node, labels), [False] * len(column))
        found[labels] = [v if t == keeps else None for v, t in zip(column, there, strict=True)]
    return found


def _presence(node: Binary, vector: Vector) -> dict[Labels, list[bool]]:
    """Say for each match group at which steps it has a value."""
    found: dict[Labels, list[bool]] = {}
    for labels, column in vector.items():
        signature = _signature(node, labels)
        before = found.get(signature, [False] * len(column))
        found[signature] = [b or v is not None for b, v in zip(before, column, strict=True)]
    return found


def _signature(node: Binary, labels: Labels) -> Labels:
    """Give the labels that partners share."""
    names = node.labels or ()
    if node.ignoring:
        return tuple(pair for pair in labels if pair[0] not in names and pair[0] != "__name__")
    return tuple(pair for pair in labels if pair[0] in names)


def _result(node: Binary, labels: Labels, signature: Labels, other: dict[str, str]) -> Labels:
    """Name the result: the match group one to one, the many side with included labels otherwise; a filter keeps it."""
    is_filter = node.operator in COMPARISONS and not node.as_bool
    if not node.many:
        named = is_filter and node.ignoring
        return tuple(pair for pair in labels if pair in signature or (named and pair[0] == "__name__"))
    kept = dict(pair for pair in labels if is_filter or pair[0] != "__name__")
    for name in node.include:
        kept.pop(name, None)
        if other.get(name):
            kept[name] = other[name]
    return tuple(sorted(kept.items()))


def _named(node: Binary, labels: Labels) -> Labels:
    """Drop the metric's name after arithmetic; a filter keeps it."""
    if node.operator in COMPARISONS and not node.as_bool:
        return labels
    return tuple(pair for pair in labels if pair[0] != "__name__")


def _shown(labels: Labels) -> str:
    """Write labels as Prometheus does."""
    return "{" + ", ".join(f'{name}="{value}"' for name, value in labels) + "}"


def _divided(a: float, b: float) -> float:
    """Divide as Go does: no error, but infinity or NaN."""
    if b:
        return a / b
    return math.nan if not a or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1.0, b)


def _remainder(a: float, b: float) -> float:
    return math.fmod(a, b) if b and math.isfinite(a) else math.nan


def _power(a: float, b: float) -> float:
    try:
        return math.pow(a, b)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


_OPERATORS: Final[dict[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "%": _remainder,
    "^": _power,
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a != b),
    ">": lambda a, b: float(a > b),
    "<": lambda a, b: float(a < b),
    ">=": lambda a, b: float(a >= b),
    "<=": lambda a, b: float(a <= b),
}
