"""Map every key of a TOML text to its line, because ``tomllib`` keeps none.

The text has been accepted by ``tomllib`` before, so this reader only has to follow it, not to judge it.
"""

import re
import tomllib
from typing import Final

KeyPath = tuple[str | int, ...]
Lines = dict[KeyPath, int]

_SPACE: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY: Final = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_DOT: Final = re.compile(r"[ \t]*\.[ \t]*")
_SCALAR: Final = re.compile(
    r'''"""(?:[^\\]|\\[\s\S])*?"{3,5}|\'\'\'[\s\S]*?'{3,5}|"(?:[^"\\]|\\.)*"|'[^']*'|[^,\]}\n#]+'''
)


def lines_of(text: str) -> Lines:
    """Give the line of each key path: ``("sources", 2, "options", "url") -> 41``; tables are where they open."""
    return _Reader(text).read()


class _Reader:
    """Walk through the text once, noting where each key stands."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._line = 1
        self._counted = 0
        self._lines: Lines = {}
        self._lengths: dict[KeyPath, int] = {}

    def read(self) -> Lines:
        """Read statements up to the end: headers and pairs."""
        table: KeyPath = ()
        self._skip()
        while self._position < len(self._text):
            if self._text[self._position] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip()
        return self._lines

    def _skip(self) -> None:
        self._take(_SPACE)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._position)
        taken = found[0] if found else ""
        self._position += len(taken)
        return taken

    def _line_here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._position)
        self._counted = self._position
        return self._line

    def _keys(self) -> list[str]:
        names = [_name(self._take(_KEY))]
        while self._take(_DOT):
            names.append(_name(self._take(_KEY)))
        return names

    def _header(self) -> KeyPath:
        is_list = self._text.startswith("[[", self._position)
        line = self._line_here()
        self._position += 2 if is_list else 1
        self._skip()
        names = self._keys()
        self._skip()
        self._position += 2 if is_list else 1
        path = self._resolve((), names[:-1], line)
        path = (*path, names[-1])
        self._lines.setdefault(path, line)
        if not is_list:
            return self._inside(path)
        index = self._lengths.get(path, 0)
        self._lengths[path] = index + 1
        self._lines[*path, index] = line
        return (*path, index)

    def _resolve(self, path: KeyPath, names: list[str], line: int) -> KeyPath:
        for name in names:
            path = (*path, name)
            self._lines.setdefault(path, line)
            path = self._inside(path)
        return path

    def _inside(self, path: KeyPath) -> KeyPath:
        """Follow a list of tables into its last entry, as a dotted header does."""
        length = self._lengths.get(path)
        return path if length is None else (*path, length - 1)

    def _pair(self, table: KeyPath) -> None:
        line = self._line_here()
        names = self._keys()
        path = self._resolve(table, names[:-1], line)
        path = (*path, names[-1])
        self._lines.setdefault(path, line)
        self._skip()
        self._position += 1  # the equals sign
        self._skip()
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        opening = self._text[self._position : self._position + 1]
        if opening == "[":
            self._entries(path)
        elif opening == "{":
            self._inline(path)
        else:
            self._take(_SCALAR)

    def _entries(self, path: KeyPath) -> None:
        self._position += 1  # the opening bracket
        index = 0
        while not self._closes("]"):
            self._lines[*path, index] = self._line_here()
            self._value((*path, index))
            self._comma()
            index += 1

    def _inline(self, path: KeyPath) -> None:
        self._position += 1  # the opening brace
        while not self._closes("}"):
            self._pair(path)
            self._comma()

    def _comma(self) -> None:
        self._skip()
        self._position += self._text[self._position] == ","

    def _closes(self, mark: str) -> bool:
        self._skip()
        closed = self._text[self._position] == mark
        self._position += closed
        return closed


def _name(text: str) -> str:
    if text.startswith(("'", '"')):
        return str(tomllib.loads(f"key = {text}")["key"])
    return text
