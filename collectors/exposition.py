"""Read ``/metrics`` pages: the Prometheus text format 0.0.4, OpenMetrics 1.0 and names in quotes (UTF-8 names)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from store.errors import SourceError

_NAME: Final = re.compile(r"[A-Za-z_:][\w:]*", re.ASCII)
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED: Final = re.compile(r"\\(.)")
_ESCAPES: Final = {"n": "\n"}
_NUMBER: Final = re.compile(
    r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|Inf(?:inity)?|NaN)", re.ASCII | re.IGNORECASE
)
_SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class Line:
    """One value of one series; ``moment`` is the line's own time in seconds since 1970 where it has one."""

    name: str
    labels: Mapping[str, str]
    value: float
    moment: float | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a page and the declared type of each family."""

    lines: tuple[Line, ...]
    types: Mapping[str, str]


def read(body: bytes) -> Page:
    """Read a page or raise ``SourceError`` that names the first line which is not of the format."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError("not_json", f"the metrics page is not UTF-8 text at byte {error.start}") from error
    rows = text.split("\n")
    is_open = any(row == "# EOF" for row in rows)
    types: dict[str, str] = {}
    lines: list[Line] = []
    for number, row in enumerate(rows, 1):
        if row.startswith("#"):
            _note_type(row, types)
        elif row.strip():
            lines.append(_line(row.strip(" \t\r"), number, is_open=is_open))
    return Page(tuple(lines), types)


def _note_type(row: str, types: dict[str, str]) -> None:
    words = row.split(None, 3)
    if len(words) == 4 and words[1] == "TYPE":
        types[words[2].strip('"')] = words[3].strip()


def _line(row: str, number: int, *, is_open: bool) -> Line:
    scanner = _Scanner(row, number)
    name, labels = scanner.series()
    value, moment = scanner.numbers()
    return Line(name, labels, value, moment if is_open or moment is None else moment / 1000)


class _Scanner:
    """Walk along one line, or say where it stopped making sense."""

    def __init__(self, row: str, number: int) -> None:
        self._row = row
        self._number = number
        self._place = 0

    def series(self) -> tuple[str, dict[str, str]]:
        found = _NAME.match(self._row)
        name = found[0] if found else ""
        self._place = len(name)
        labels: dict[str, str] = {}
        self._skip()
        if self._take("{"):
            for label, value in self._pairs():
                if value is not None:
                    labels[label] = value
                elif name:
                    raise self._fault("a second name")
                else:
                    name = label
        if not name:
            raise self._fault("no metric name")
        return name, labels

    def numbers(self) -> tuple[float, float | None]:
        words = self._row[self._place :].split(" # ", 1)[0].split()
        if not 1 <= len(words) <= 2 or not all(_NUMBER.fullmatch(word) for word in words):
            raise self._fault("expected a value and perhaps a time")
        moment = float(words[1]) if len(words) == 2 else None
        return float(words[0]), moment

    def _pairs(self) -> Iterator[tuple[str, str | None]]:
        while True:
            self._skip()
            if self._take("}"):
                return
            label = self._label()
            self._skip()
            if self._take("="):
                self._skip()
                yield label, self._quoted()
            else:
                yield label, None
            self._skip()
            if not self._take(",") and not self._row.startswith("}", self._place):
                raise self._fault("expected , or }")

    def _label(self) -> str:
        if self._row.startswith('"', self._place):
            return self._quoted()
        found = _NAME.match(self._row, self._place)
        if not found:
            raise self._fault("expected a label")
        self._place = found.end()
        return found[0]

    def _quoted(self) -> str:
        found = _QUOTED.match(self._row, self._place)
        if not found:
            raise self._fault("expected text in quotes")
        self._place = found.end()
        return _ESCAPED.sub(lambda pair: _ESCAPES.get(pair[1], pair[1]), found[1])

    def _skip(self) -> None:
        while self._place < len(self._row) and self._row[self._place] in " \t":
            self._place += 1

    def _take(self, sign: str) -> bool:
        taken = self._row.startswith(sign, self._place)
        self._place += len(sign) if taken else 0
        return taken

    def _fault(self, words: str) -> SourceError:
        shown = ascii(self._row[:_SHOWN])
        return SourceError(
            "not_json", f"line {self._number} of the metrics page is not of its format: {words}, found {shown}"
        )
