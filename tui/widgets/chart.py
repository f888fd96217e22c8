"""Draw a series over time as lines of text: braille, blocks or ASCII, with limits, what happened, and honest gaps.

A stretch without data stays empty: it is never zero and never bridged. Every drawn level is a value that was observed
or lies on the line between two that follow each other at the usual pace.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from operations.rows import Mark, Point

from tui.widgets.sparkline import BLOCKS, sparkline

__all__ = ["BLOCKS", "Axes", "Kind", "Limit", "Span", "Tone", "chart", "sparkline"]

Tone = Literal["plain", "muted", "accent", "warning", "critical"]
Span = tuple[str, Tone]
Kind = Literal["braille", "block", "ascii"]

_DOTS: Final = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # braille: columns, then dots from the top
_STEPS: Final[dict[Kind, tuple[int, int]]] = {"braille": (2, 4), "block": (1, 8), "ascii": (1, 1)}
_FRAME: Final = 2  # rows below the plot: what happened, and the times
_NEAR: Final = 3  # a limit further from the data than so many times its spread is not drawn
_SIGNS: Final[dict[str, Span]] = {"change": ("|", "accent"), "incident": ("*", "warning"), "breach": ("!", "critical")}
_PACE: Final = 2.5  # points further apart than so many usual steps have a gap between them


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold that is drawn across."""

    value: float
    tone: Literal["warning", "critical"]


@dataclass(frozen=True, slots=True)
class Axes:
    """The stretch of time and the values that the plot's cells stand for."""

    since: datetime
    until: datetime
    low: float
    high: float

    def across(self, seen: datetime, steps: int) -> int:
        """Say in which of so many steps from the left a time lies."""
        share = (seen - self.since) / max(self.until - self.since, timedelta(seconds=1))
        return min(steps - 1, max(0, int(share * steps)))

    def up(self, value: float, steps: int) -> int:
        """Say in which of so many steps from the bottom a value lies."""
        share = (value - self.low) / (self.high - self.low)
        return min(steps - 1, max(0, round(share * (steps - 1))))


def chart(  # noqa: PLR0913  # a chart has this many sides
    points: Sequence[Point],
    since: datetime,
    until: datetime,
    width: int,
    height: int,
    *,
    limits: Sequence[Limit] = (),
    marks: Sequence[Mark] = (),
    kind: Kind = "braille",
    label: Callable[[float], str] = "{:.3g}".format,
) -> tuple[tuple[Span, ...], ...]:
    """Draw ``height`` lines of ``width`` cells: the plot, then what happened, then the times."""
    inside = sorted(
        (point for point in points if since <= point.seen <= until and math.isfinite(point.value)),
        key=attrgetter("seen"),
    )
    axes = _axes(inside, since, until, limits)
    rows = max(1, height - _FRAME)
    names = _names(axes, rows, limits, label) if inside else {}
    margin = max((len(name) for name, _ in names.values()), default=0) + 2
    across = max(1, width - margin)
    grid = _plot(inside, axes, across, rows, kind) if inside else [" " * across for _ in range(rows)]
    lines = [_plot_line(row, grid, names, margin, _limit_rows(axes, rows, limits), kind) for row in range(rows)]
    if not inside:
        lines[rows // 2] = (("no data in this stretch of time".center(width)[:width], "muted"),)
    lines.append(_happenings(marks, axes, margin, across))
    lines.append(_times(axes, margin, across))
    return tuple(lines[:height])


def _axes(points: Sequence[Point], since: datetime, until: datetime, limits: Sequence[Limit]) -> Axes:
    """Span the values, and the limits that are near enough to be seen with them."""
    values = [point.value for point in points] or [0.0]
    low, high = min(values), max(values)
    spread = max(high - low, 1e-9) if high > low else abs(high) or 1.0
    near = [limit.value for limit in limits if low - _NEAR * spread <= limit.value <= high + _NEAR * spread]
    low, high = min([low, *near]), max([high, *near])
    if high - low < 1e-12 * max(1.0, abs(high)):
        low, high = low - max(spread, 1e-9) / 2, high + max(spread, 1e-9) / 2
    return Axes(since, until, low, high)


def _names(
    axes: Axes, rows: int, limits: Sequence[Limit], label: Callable[[float], str]
) -> dict[int, tuple[str, Tone]]:
    """Name the highest and lowest value and the limits at their rows; a limit's name goes before."""
    names: dict[int, tuple[str, Tone]] = {0: (label(axes.high), "muted"), rows - 1: (label(axes.low), "muted")}
    values = {row: limit for limit in limits for row, _ in _limit_rows(axes, rows, (limit,)).items()}
    names.update({row: (label(limit.value), limit.tone) for row, limit in values.items()})
    return names


def _limit_rows(axes: Axes, rows: int, limits: Sequence[Limit]) -> dict[int, Tone]:
    """Find the rows, from the top, through which limits run."""
    seen = [limit for limit in limits if axes.low <= limit.value <= axes.high]
    return {rows - 1 - axes.up(limit.value, rows): limit.tone for limit in seen}


def _plot(points: Sequence[Point], axes: Axes, across: int, rows: int, kind: Kind) -> list[str]:
    """Draw the series into lines of characters."""
    wide, high = _STEPS[kind]
    columns = _columns(points, axes, across * wide, rows * high)
    if kind == "braille":
        return [_braille_line(columns, across, rows, row) for row in range(rows)]
    if kind == "block":
        return [_block_line(columns, across, rows, row) for row in range(rows)]
    return ["".join("*" if rows - 1 - row in columns.get(x, ()) else " " for x in range(across)) for row in range(rows)]


def _columns(points: Sequence[Point], axes: Axes, steps: int, levels: int) -> dict[int, range]:
    """Say for each column which levels the series passes through; columns in a gap are absent."""
    columns: dict[int, range] = {}
    pace = _usual_step(points)
    before: tuple[datetime, int, int] | None = None
    for point in points:
        x, y = axes.across(point.seen, steps), axes.up(point.value, levels)
        if before is not None and point.seen - before[0] <= pace * _PACE:
            for between, level in _line(before[1], before[2], x, y):
                _touch(columns, between, level)
        _touch(columns, x, y)
        before = (point.seen, x, y)
    return columns


def _usual_step(points: Sequence[Point]) -> timedelta:
    """Give the time that usually lies between two points."""
    gaps = [(after.seen - before.seen).total_seconds() for before, after in itertools.pairwise(points)]
    return timedelta(seconds=sorted(gaps)[len(gaps) // 2]) if gaps else timedelta(0)


def _line(from_x: int, from_y: int, to_x: int, to_y: int) -> Iterable[tuple[int, int]]:
    """Give the cells of a straight line."""
    steps = max(abs(to_x - from_x), abs(to_y - from_y), 1)
    return (
        (from_x + round((to_x - from_x) * step / steps), from_y + round((to_y - from_y) * step / steps))
        for step in range(steps + 1)
    )


def _touch(columns: dict[int, range], x: int, y: int) -> None:
    """Let the series pass through one more level of a column."""
    known = columns.get(x)
    columns[x] = range(y, y + 1) if known is None else range(min(known.start, y), max(known.stop, y + 1))


def _braille_line(columns: dict[int, range], across: int, rows: int, row: int) -> str:
    """Set the dots of one row; a cell without dots is a blank."""
    cells = []
    for cell in range(across):
        dots = 0
        for part, bits in enumerate(_DOTS):
            levels = columns.get(cell * 2 + part, range(0))
            dots |= sum(bit for place, bit in enumerate(bits) if (rows - row) * 4 - 1 - place in levels)
        cells.append(chr(0x2800 + dots) if dots else " ")
    return "".join(cells)


def _block_line(columns: dict[int, range], across: int, rows: int, row: int) -> str:
    """Fill each column up to its highest level."""
    cells = []
    for x in range(across):
        filled = columns[x].stop - (rows - 1 - row) * 8 if x in columns else 0
        cells.append(" " if filled <= 0 else BLOCKS[min(filled, 8) - 1])
    return "".join(cells)


def _plot_line(
    row: int, grid: Sequence[str], names: dict[int, tuple[str, Tone]], margin: int, crossed: dict[int, Tone], kind: Kind
) -> tuple[Span, ...]:
    """Join a row's name, the axis and the plot; a limit runs behind the series."""
    name, tone = names.get(row, ("", "muted"))
    axis = "|" if kind == "ascii" else "│"
    spans: list[Span] = [(name.rjust(margin - 2), tone), (f" {axis}", "muted")]
    limit = crossed.get(row)
    dash = "-" if kind == "ascii" else "╌"
    for character in grid[row]:
        is_limit = character == " " and limit is not None
        _add(spans, dash if is_limit else character, limit if is_limit and limit else "accent")
    return tuple(span for span in spans if span[0])


def _add(spans: list[Span], text: str, tone: Tone) -> None:
    """Append text, joined to what stands there in the same tone."""
    if spans[-1][1] == tone:
        spans[-1] = (spans[-1][0] + text, tone)
    else:
        spans.append((text, tone))


def _happenings(marks: Sequence[Mark], axes: Axes, margin: int, across: int) -> tuple[Span, ...]:
    """Mark when something happened; a breach hides an incident of the same moment, and both hide a change."""
    signs: dict[int, Span] = {}
    for mark in sorted(marks, key=lambda mark: list(_SIGNS).index(mark.kind)):
        if axes.since <= mark.seen <= axes.until:
            signs[axes.across(mark.seen, across)] = _SIGNS[mark.kind]
    spans: list[Span] = [(" " * margin, "muted")]
    for x in range(across):
        _add(spans, *signs.get(x, (" ", "muted")))
    return tuple(spans)


def _times(axes: Axes, margin: int, across: int) -> tuple[Span, ...]:
    """Name the first, the middle and the last moment, as far as there is room."""
    short = axes.until - axes.since <= timedelta(hours=36)
    pattern = "%H:%MZ" if short else "%m-%d"
    first, middle, last = (
        moment.strftime(pattern) for moment in (axes.since, axes.since + (axes.until - axes.since) / 2, axes.until)
    )
    if across < len(first) + len(last) + 1:
        return ((" " * margin + last.rjust(across)[-across:], "muted"),)
    line = first + last.rjust(across - len(first))
    start = (across - len(middle)) // 2
    if start > len(first) and start + len(middle) < across - len(last):
        line = line[:start] + middle + line[start + len(middle) :]
    return ((" " * margin + line, "muted"),)
