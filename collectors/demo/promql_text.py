"""Cut PromQL into tokens and name the parts of its tree; errors are worded as Prometheus words them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["scalar", "string", "instant vector", "range vector"]


class PromqlError(Exception):
    """Refuse a query: ``bad_data`` when it cannot be read, ``execution`` when it cannot be carried out."""

    def __init__(self, kind: Literal["bad_data", "execution"], message: str) -> None:
        """Take the error type of the API and the words."""
        super().__init__(message)
        self.kind: Literal["bad_data", "execution"] = kind


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label; a missing label counts as empty."""

    label: str
    operator: str
    value: str
    pattern: re.Pattern[str] | None = None

    def accepts(self, value: str) -> bool:
        """Say whether a label value fits."""
        if self.pattern is not None:
            return (self.pattern.fullmatch(value) is not None) == (self.operator == "=~")
        return (value == self.value) == (self.operator == "=")


@dataclass(frozen=True, slots=True)
class Number:
    """A literal."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A string literal."""

    value: str


@dataclass(frozen=True, slots=True)
class Selector:
    """Series by matchers; with a window it is a range vector."""

    matchers: tuple[Matcher, ...]
    window: float = 0.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """``sum by (labels) (body)`` and its relatives."""

    operator: str
    body: "Node"
    labels: tuple[str, ...] = ()
    without: bool = False


@dataclass(frozen=True, slots=True)
class Binary:
    """Two sides and how their series find each other; ``labels`` of ``None`` is matching on all labels."""

    operator: str
    left: "Node"
    right: "Node"
    labels: tuple[str, ...] | None = None
    ignoring: bool = True
    many: Literal["", "left", "right"] = ""
    include: tuple[str, ...] = ()
    as_bool: bool = False


Node = Number | Text | Selector | Call | Aggregate | Binary


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the query and where it stands."""

    kind: str
    text: str
    place: int


_UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
_DURATION: Final = re.compile(r"(\d+)(ms|[smhdwy])")
_TOKEN: Final = re.compile(
    r"""
    (?P<space>\s+|\#[^\n]*)
    |(?P<duration>(?:\d+(?:ms|[smhdwy]))+(?![A-Za-z0-9_]))
    |(?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
    |(?P<word>[A-Za-z_:][A-Za-z0-9_:]*)
    |(?P<sign>==|!=|=~|!~|>=|<=|[-+*/%^<>=(){}\[\],@])
    """,
    re.VERBOSE,
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}


def tokens(query: str) -> Iterator[Token]:
    """Cut a query into words."""
    place = 0
    while place < len(query):
        found = _TOKEN.match(query, place)
        if found is None:
            raise parse_error(place, f"unexpected character: {query[place]!r}")
        if found.lastgroup != "space":
            yield Token(found.lastgroup or "", found.group(), place)
        place = found.end()
    yield Token("end", "", place)


def seconds(text: str) -> float:
    """Read a duration such as ``1h30m``."""
    return float(sum(int(count) * _UNITS[unit] for count, unit in _DURATION.findall(text)))


def is_duration(text: str) -> bool:
    """Say whether a text is a duration and nothing more."""
    return re.fullmatch(r"(?:\d+(?:ms|[smhdwy]))+", text) is not None


def unquoted(text: str) -> str:
    """Read a string literal; backquoted ones know no escapes."""
    if text[0] == "`":
        return text[1:-1]
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found.group(1), found.group(1)), text[1:-1])


def parse_error(place: int, message: str) -> PromqlError:
    """Word an error as the real server does, with line and column."""
    return PromqlError("bad_data", f'invalid parameter "query": 1:{place + 1}: parse error: {message}')
