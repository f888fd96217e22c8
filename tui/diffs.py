"""Put a content beside the one that it replaces, line by line and whole, with hidden characters by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, Literal

from tui.text import revealed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_LINES: Final = 5_000
MOST: Final = 200_000
"""Characters of a content that a screen shows; on more than this nobody can decide here."""
_HUNK: Final = re.compile(r"@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@")
_COMPARED: Final = 1_000  # lines: comparing takes the square of them, and others write them
_NO_END: Final = "(no line end after the last line)"


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of the present content beside one of the new; ``None`` where a side has none.

    A ``note`` belongs to both sides and stands in ``new``.
    """

    kind: Literal["same", "moved", "note"]
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Sides:
    """A whole content as pairs of lines: whether there is another side, and whether all of it is here."""

    pairs: tuple[Pair, ...]
    is_compared: bool
    is_whole: bool


def sides(content: str, before: str | None) -> Sides:
    """Show a content whole: beside the one that it replaces, as the diff that it is, or alone."""
    is_whole = len(content) <= MOST and content.count("\n") <= MOST_LINES
    lines = content[:MOST].split("\n")[:MOST_LINES]
    if any(_HUNK.match(line) for line in lines):
        return Sides(tuple(_hunks(lines)), is_compared=True, is_whole=is_whole)
    if before is not None and is_whole and max(len(lines), before.count("\n")) <= _COMPARED:
        return Sides(tuple(_compared(before, content)), is_compared=True, is_whole=True)
    alone = tuple(Pair("same", None, _shown(line)) for line in _ended(content[:MOST], lines))
    return Sides(alone, is_compared=False, is_whole=is_whole)


def _compared(before: str, content: str) -> Iterator[Pair]:
    """Give every line of both, those that differ beside each other."""
    old, new = _ended(before, before.split("\n")), _ended(content, content.split("\n"))
    for word, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        if word == "equal":
            yield from (Pair("same", _shown(line), _shown(line)) for line in new[c:d])
        else:
            yield from _moved(old[a:b], new[c:d])


def _hunks(lines: Sequence[str]) -> Iterator[Pair]:
    """Read a unified diff; what is no line of a hunk is a note, so that nothing is left out."""
    gone: list[str] = []
    come: list[str] = []
    is_inside = False
    for line in lines:
        if is_inside and line.startswith("-"):
            if come:
                yield from _moved(gone, come)
                gone, come = [], []
            gone.append(line[1:])
            continue
        if is_inside and line.startswith("+"):
            come.append(line[1:])
            continue
        yield from _moved(gone, come)
        gone, come = [], []
        if is_inside and line.startswith(" "):
            yield Pair("same", _shown(line[1:]), _shown(line[1:]))
            continue
        is_inside = _HUNK.match(line) is not None
        yield Pair("note", None, _shown(line))
    yield from _moved(gone, come)


def _moved(gone: Sequence[str], come: Sequence[str]) -> Iterator[Pair]:
    for old, new in zip_longest(gone, come):
        yield Pair("moved", None if old is None else _shown(old), None if new is None else _shown(new))


def _ended(content: str, lines: Sequence[str]) -> Sequence[str]:
    """Leave out the empty piece behind the last line end, and say where there is no line end."""
    return lines[:-1] if content.endswith("\n") else [*lines, _NO_END] if content else lines


def _shown(line: str) -> str:
    return revealed(line, MOST * 20)
