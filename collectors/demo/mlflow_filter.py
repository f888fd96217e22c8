"""Read MLflow's filter strings (clauses joined by AND) and apply them to what a search goes through."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

Value = str | float
Facts = Mapping[str, Value]

_CLAUSE: Final = re.compile(
    r"""\s*(?P<key>(?:[A-Za-z_]+\.)?(?:`[^`]+`|"[^"]+"|[\w./-]+))\s*
    (?P<sign>=|!=|>=|<=|>|<|I?LIKE)\s*
    (?P<value>'[^']*'|"[^"]*"|-?\d+(?:\.\d+)?)\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_PLURALS: Final = {
    "attribute": "attributes",
    "tag": "tags",
    "metric": "metrics",
    "param": "params",
    "parameter": "params",
}
_SIGNS: Final[dict[str, Callable[[Value, Value], bool]]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: float(a) > float(b),
    "<": lambda a, b: float(a) < float(b),
    ">=": lambda a, b: float(a) >= float(b),
    "<=": lambda a, b: float(a) <= float(b),
    "LIKE": lambda a, b: _like(str(b), 0).fullmatch(str(a)) is not None,
    "ILIKE": lambda a, b: _like(str(b), re.IGNORECASE).fullmatch(str(a)) is not None,
}


class FilterError(Exception):
    """Say which clauses of a filter cannot be read."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison of a fact with a value."""

    key: str
    sign: str
    value: Value

    def accepts(self, facts: Facts) -> bool:
        """Say whether the facts fit; what is not there fits nothing."""
        found = facts.get(self.key)
        return found is not None and _SIGNS[self.sign](found, self.value)


def clauses(text: str) -> tuple[Clause, ...]:
    """Read a filter; keys come out as ``attributes.x``, ``tags.x``, ``metrics.x`` or ``params.x``."""
    read: list[Clause] = []
    place = 0
    while text[place:].strip():
        found = _CLAUSE.match(text, place)
        if found is None:
            raise FilterError(f"Invalid clause(s) in filter string: {text[place:].strip()!r}")
        read.append(Clause(_key(found["key"]), found["sign"].upper(), _value(found["value"])))
        place = found.end()
        joint = re.compile(r"AND\s+", re.IGNORECASE).match(text, place)
        if joint is None and text[place:].strip():
            raise FilterError(f"Invalid clause(s) in filter string: {text[place:].strip()!r}")
        place = joint.end() if joint else place
    return tuple(read)


def _key(text: str) -> str:
    """Give a key its full name: without a table it is an attribute."""
    table, dot, name = text.partition(".")
    if not dot or text[0] in '`"':
        table, name = "attributes", text
    return f"{_PLURALS.get(table, table)}.{name.strip('`').strip(chr(34))}"


def _value(text: str) -> Value:
    return text[1:-1] if text[0] in "'\"" else float(text)


def _like(pattern: str, flags: int) -> re.Pattern[str]:
    """Turn the wildcards of LIKE into a regular expression."""
    wild = {"%": ".*", "_": "."}
    return re.compile("".join(wild.get(sign, re.escape(sign)) for sign in pattern), flags | re.DOTALL)
