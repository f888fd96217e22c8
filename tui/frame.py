"""Remember what the terminal shows and what it should show, and write only the cells that differ."""

from collections.abc import Iterable, Iterator
from typing import Final

from rich.color import ColorSystem
from rich.segment import Segment

from tui.cells import PLAIN, RESET, Look, change, is_steady, look_of, split

_BRIDGE: Final = 4
"""Unchanged cells of the same look that are cheaper to write again than to jump over."""


class Frame:
    """A grid of wanted cells over a grid of shown ones; ``None`` is a cell of which nothing is known yet."""

    def __init__(self, width: int, height: int, system: ColorSystem | None) -> None:
        """Take the terminal's size and colours."""
        self.width = width
        self.height = height
        self._system = system
        self._wanted: list[list[str | None]] = [[None] * width for _ in range(height)]
        self._looks: list[list[Look]] = [[PLAIN] * width for _ in range(height)]
        self._shown: list[list[str | None]] = [[None] * width for _ in range(height)]
        self._shown_looks: list[list[Look]] = [[PLAIN] * width for _ in range(height)]
        self._dirty: set[int] = set()

    def put(self, x: int, y: int, segments: Iterable[Segment]) -> None:
        """Want these segments from a cell on; what does not fit the line is cut."""
        if not 0 <= y < self.height:
            return
        row, looks = self._wanted[y], self._looks[y]
        self._dirty.add(y)
        for text, style, control in segments:
            if control:
                continue
            cells = split(text)
            end = x + len(cells)
            if end > self.width:
                cells = cells[: max(0, self.width - x)]
                end = x + len(cells)
            row[x:end] = cells
            looks[x:end] = [PLAIN if style is None else look_of(style, self._system)] * len(cells)
            x = end

    def differences(self) -> str:
        """Give the bytes that make the terminal show what is wanted, and count them as shown; ``""`` when it does."""
        out: list[str] = []
        look = PLAIN
        for y in sorted(self._dirty):
            if self._wanted[y] != self._shown[y] or self._looks[y] != self._shown_looks[y]:
                look = self._line(y, look, out)
                self._shown[y] = self._wanted[y].copy()
                self._shown_looks[y] = self._looks[y].copy()
        self._dirty.clear()
        if look != PLAIN:
            out.append(RESET)
        return "".join(out)

    def _line(self, y: int, look: Look, out: list[str]) -> Look:
        """Write the runs of a line that differ; give the look the terminal is left in."""
        cursor = -1
        for start, end in self._runs(y):
            if cursor < 0:
                out.append(f"\x1b[{y + 1};{start + 1}H" if start else f"\x1b[{y + 1}H")
            elif start > cursor:
                out.append(f"\x1b[{start - cursor}C" if start - cursor > 1 else "\x1b[C")
            look = self._stretch(y, start, end, look, out)
            cursor = end
        return look

    def _stretch(self, y: int, start: int, end: int, look: Look, out: list[str]) -> Look:
        """Write cells that follow each other, those of one look at once; give the look the terminal is left in."""
        row, looks = self._wanted[y], self._looks[y]
        while start < end:
            wanted = looks[start]
            until = next((x for x in range(start + 1, end) if looks[x] is not wanted), end)
            if wanted != look:
                out.append(change(look, wanted))
                look = wanted
            text = "".join(filter(None, row[start:until]))
            out.append(text if text.isascii() else self._written(y, start, until))
            start = until
        return look

    def _written(self, y: int, start: int, end: int) -> str:
        """Write cells of one look, each as its terminal must be told."""
        row = self._wanted[y]
        cells = ((x, row[x]) for x in range(start, end))
        return "".join(cell if is_steady(cell) else self._unsteady(y, x, cell) for x, cell in cells if cell)

    def _unsteady(self, y: int, x: int, cell: str) -> str:
        """Write a character that some terminals draw narrower: blank its cells, then say where the next stands."""
        size = 2 if x + 1 < self.width and self._wanted[y][x + 1] == "" else 1
        after = f"\x1b[{x + size + 1}G" if x + size < self.width else ""
        return f"{' ' * size}\x1b[{x + 1}G{cell}{after}"

    def _runs(self, y: int) -> Iterator[tuple[int, int]]:
        """Find the stretches of a line to write; short gaps of one look are bridged."""
        row = self._wanted[y]
        rows = zip(row, self._shown[y], self._looks[y], self._shown_looks[y], strict=True)
        differing = [
            x for x, (cell, shown, look, was) in enumerate(rows) if cell != shown or (look is not was and look != was)
        ]
        start = end = -1
        for x in differing:
            if row[x] is None:
                continue
            first = x - 1 if row[x] == "" else x
            if start < 0:
                start = first
            elif first > end and not self._is_bridge(y, end, first):
                yield start, end
                start = first
            end = x + 2 if x + 1 < self.width and row[x + 1] == "" else x + 1
        if start >= 0:
            yield start, end

    def _is_bridge(self, y: int, start: int, end: int) -> bool:
        """Say whether the unchanged cells between two runs are cheaper written than jumped over."""
        looks, row = self._looks[y], self._wanted[y]
        return (
            end - start <= _BRIDGE
            and all(row[x] is not None and len(row[x] or "") == 1 for x in range(start, end))
            and all(looks[x] == looks[start - 1] for x in range(start, end))
        )
