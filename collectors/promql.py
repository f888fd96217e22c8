"""Describe one question put to a PromQL server and find the metric names that its text asks for."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from collectors.names import DIMENSIONS, PRIVATE
from store.records import Basis, Stat
from store.values import Currency, Duration

WINDOW: Final = "$window"
"""What a query writes where the length of its window belongs, as in ``increase(x[$window])``."""

_USD: Final = Currency("USD")
_RAW: Final = frozenset({"counter", "bucket"})
_NAME_MATCHER: Final = re.compile(r"__name__\s*(=~|=)\s*(\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`)")
_STRINGS: Final = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`")
_NOT_NAMES: Final = re.compile(
    r"\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)|#[^\n]*"
)
_IDENTIFIER: Final = re.compile(r"(?<![\w.:])[A-Za-z_:][\w:]*(?![\w:]*\s*\()", re.ASCII)
_WORDS: Final = frozenset(
    {
        "and",
        "or",
        "unless",
        "bool",
        "offset",
        "by",
        "without",
        "on",
        "ignoring",
        "group_left",
        "group_right",
        "inf",
        "nan",
    }
)
_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Query:
    """One question: its text, which record each series becomes and over which window it is asked.

    ``window`` is the length of the periods asked for (default: the source's step); ``$window`` in the text is replaced
    by it, so a percentile is asked for its window and never averaged. A cost is always asked for the UTC day.
    ``count`` is a second query that gives n. ``dims`` limits the labels kept; ``fixed`` adds dimensions to each row.
    In ``suite``, ``scorer``, ``slice``, ``judge``, ``model`` and ``provider`` a ``{label}`` becomes its value; the
    model of a cost is otherwise taken from the labels that are known to name it.
    ``expect`` false: that the metric does not exist is normal.
    """

    query: str
    metric: str = ""
    stat: Stat = "last"
    unit: str = "1"
    window: Duration | None = None
    record: Literal["sample", "cost", "evaluation"] = "sample"
    count: str = ""
    dims: tuple[str, ...] | None = None
    fixed: Mapping[str, str] = field(default_factory=dict)
    scale: float = 1.0
    expect: bool = True
    basis: Basis = "gateway_estimate"
    currency: Currency = _USD
    model: str = ""
    provider: str = ""
    suite: str = ""
    scorer: str = ""
    judge: str = ""
    slice: str = ""

    def __post_init__(self) -> None:
        """Refuse a question whose answer could not become a record."""
        if self.record == "sample" and (not self.metric or self.stat in _RAW):
            raise ValueError(
                f"expected metric and a stat other than counter and bucket, found {self.metric!r}, {self.stat}"
            )
        if self.record == "cost" and WINDOW not in self.query:
            raise ValueError("expected $window in the query of a cost, as in increase(spend_total[$window])")
        if self.record == "evaluation" and not (self.suite and self.scorer):
            raise ValueError("expected suite and scorer for an evaluation")
        if self.window is not None and self.window.seconds < 1:
            raise ValueError("expected a window of at least 1s")


def filled(text: str, labels: Mapping[str, str]) -> str:
    """Write labels' values where the text says ``{label}``; a label that is absent becomes nothing."""
    return _PLACEHOLDER.sub(lambda found: labels.get(found[1], ""), text)


def dims_of(labels: Mapping[str, str], query: Query, route: str) -> dict[str, str]:
    """Give the dimensions that a series keeps, by their canonical names: never its name, its route, people or keys."""
    dropped = {route, "__name__"} | PRIVATE
    kept = {name for name in labels if name not in dropped and (query.dims is None or name in query.dims)}
    return {DIMENSIONS.get(name, name): labels[name] for name in sorted(kept)} | dict(query.fixed)


def names_in(query: str) -> tuple[str, ...]:
    """Give a regular expression for each metric name that a query mentions, plain or as ``__name__`` matcher."""
    matchers = [_pattern(found[1], found[2]) for found in _NAME_MATCHER.finditer(query)]
    bare = _NOT_NAMES.sub(" ", _STRINGS.sub('""', query))
    plain = [re.escape(found[0]) for found in _IDENTIFIER.finditer(bare) if found[0].lower() not in _WORDS]
    return tuple(dict.fromkeys(matchers + plain))


def selector(patterns: Iterable[str]) -> str:
    """Write the series selector that matches any of the names."""
    text = "|".join(patterns).replace("\\", "\\\\").replace('"', '\\"')
    return f'{{__name__=~"{text}"}}'


def is_named(patterns: Iterable[str], names: Iterable[str]) -> bool:
    """Tell whether a name is meant by a pattern; a pattern that only the server can read counts as met."""
    known = tuple(names)
    for pattern in patterns:
        try:
            wanted = re.compile(pattern)
        except re.error:
            return True
        if any(wanted.fullmatch(name) for name in known):
            return True
    return False


def absent_names(queries: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """Give, of each query none of whose names is known, the first one, written plainly."""
    names = tuple(known)
    wanted = [patterns for query in queries if (patterns := names_in(query))]
    return tuple(dict.fromkeys(each[0].replace("\\", "") for each in wanted if not is_named(each, names)))


def _pattern(operator: str, quoted: str) -> str:
    text = quoted[1:-1] if quoted[0] == "`" else re.sub(r"\\(.)", r"\1", quoted[1:-1])
    return text if operator == "=~" else re.escape(text)
