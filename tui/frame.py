"""Remember what the terminal shows and what it should show, and write only the cells that differ."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import is_not, itemgetter
from typing import Final, NamedTuple

from rich.color import ColorSystem
from rich.segment import Segment

from tui.cells import PLAIN, RESET, Cell, Look, change, is_even, is_steady, look_of, split

_DIFFERING: Final = re.compile(rb"\x01+(?:\x00{1,6}\x01+)*")
"""Cells that differ, with up to six unchanged ones between them: writing those again is cheaper than jumping."""

_REMEMBERED: Final = 1_024
_TEXT: Final = itemgetter(0)
_LOOK: Final = itemgetter(1)
_Span = tuple[int, int, str, Look]
"""A text of characters of one cell each: its first cell, the one after its last, the text, how it looks."""


class _Drawn(NamedTuple):
    """A strip with its cells, and with its texts where every character is one cell."""

    segments: Iterable[Segment]  # by identity, which holding it keeps
    cells: Sequence[Cell]
    spans: Sequence[_Span]


class Frame:
    """A grid of wanted cells over a grid of shown ones; ``None`` is a cell of which nothing is known yet."""

    def __init__(self, width: int, height: int, system: ColorSystem | None) -> None:
        """Take the terminal's size and colours."""
        self.width = width
        self.height = height
        self._system = system
        blank: Sequence[Cell | None] = [None] * width
        self._wanted, self._shown = [blank] * height, [blank] * height  # lines are replaced, never changed
        self._dirty: set[int] = set()
        self._spans: list[Sequence[_Span]] = [()] * height
        self._strips: dict[int, _Drawn] = {}

    def put(self, x: int, y: int, segments: Iterable[Segment]) -> None:
        """Want these segments from a cell on; what does not fit the line is cut."""
        if not 0 <= y < self.height:
            return
        drawn, self._spans[y] = self._drawn(segments), ()
        if x == 0 and len(drawn.cells) == self.width:
            self._wanted[y], self._spans[y] = drawn.cells, drawn.spans
        else:
            cells, row = drawn.cells[: max(0, self.width - x)], self._wanted[y]
            self._wanted[y] = [*row[:x], *cells, *row[x + len(cells) :]]
        self._dirty.add(y)

    def differences(self) -> str:
        """Give the bytes that make the terminal show what is wanted, and count them as shown; ``""`` when it does."""
        out: list[str] = []
        look = PLAIN
        for y in sorted(self._dirty):
            if self._wanted[y] is not self._shown[y] and self._wanted[y] != self._shown[y]:
                look = self._line(y, look, out)
            self._shown[y] = self._wanted[y]
        self._dirty.clear()
        if look != PLAIN:
            out.append(RESET)
        return "".join(out)

    def _drawn(self, segments: Iterable[Segment]) -> _Drawn:
        """Give the cells of a strip; most strips are painted once and shown at many places."""
        known = self._strips.get(id(segments))
        if known is not None and known.segments is segments:
            return known
        cells: list[Cell] = []
        spans: list[_Span] = []
        for text, style, control in segments:
            if not control:
                look = PLAIN if style is None else look_of(style, self._system)
                spans.append((len(cells), len(cells) + len(text), text, look))
                cells += split(text, look)
        if len(self._strips) >= _REMEMBERED:
            self._strips.clear()
        drawn = _Drawn(segments, cells, spans if all(is_even(text) for _, _, text, _ in spans) else ())
        self._strips[id(segments)] = drawn
        return drawn

    def _line(self, y: int, look: Look, out: list[str]) -> Look:
        """Write the runs of a line that differ; give the look the terminal is left in."""
        cursor, spans = -1, self._spans[y]
        for start, end in self._runs(y):
            if cursor < 0:
                out.append(f"\x1b[{y + 1};{start + 1}H" if start else f"\x1b[{y + 1}H")
            elif start > cursor:
                out.append(f"\x1b[{start - cursor}C" if start - cursor > 1 else "\x1b[C")
            look = _cut(spans, start, end, look, out) if spans else self._run(y, start, end, look, out)
            cursor = end
        return look

    def _run(self, y: int, start: int, end: int, look: Look, out: list[str]) -> Look:
        """Write cells that follow each other, those of one look at once; give the look the terminal is left in."""
        run: Iterable[Cell] = filter(None, self._wanted[y][start:end])
        for wanted, cells in groupby(run, _LOOK):
            texts = [*map(_TEXT, cells)]
            text = "".join(texts)
            out += change(look, wanted), text if text.isascii() else self._unsteady(y, start, texts)
            look = wanted
            start += len(texts)
        return look

    def _unsteady(self, y: int, x: int, texts: Iterable[str]) -> str:
        """Write cells, and where some terminals draw a character narrower, blank it and say where the next stands."""
        out = ""
        for text in texts:
            if not text or is_steady(text):
                out += text
            else:
                size = 2 if x + 1 < self.width and _is_second(self._wanted[y][x + 1]) else 1
                after = f"\x1b[{x + size + 1}G" if x + size < self.width else ""
                out += f"{' ' * size}\x1b[{x + 1}G{text}{after}"
            x += 1
        return out

    def _runs(self, y: int) -> Iterable[tuple[int, int]]:
        """Find the stretches of a line to write; a wide character is written whole."""
        row = self._wanted[y]
        # by identity, half the time of by value: equal cells are the same object but for a few that were long unseen
        found = [each.span() for each in _DIFFERING.finditer(bytes(map(is_not, row, self._shown[y])))]
        if self._spans[y]:
            return found
        return [
            (start - _is_second(row[start]), end + (end < self.width and _is_second(row[end]))) for start, end in found
        ]


def _cut(spans: Sequence[_Span], start: int, end: int, look: Look, out: list[str]) -> Look:
    """Write cells that follow each other from the texts of their strip; give the look the terminal is left in."""
    for first, last, text, wanted in spans:
        if last > start:
            if first >= end:
                break
            if wanted != look:
                out.append(change(look, wanted))
                look = wanted
            out.append(text[max(0, start - first) : end - first])
    return look


def _is_second(cell: Cell | None) -> bool:
    """Say whether this is the second cell of a wide character."""
    return cell is not None and not cell[0]
