"""Ask for a metric's history with what happened meanwhile, and draw it; the metric screen and the pane share this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.figures import measure

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from operations.rows import Mark, MetricRow, Point
    from store.database import Reader
    from tui.spans import Spans


@dataclass(frozen=True, slots=True)
class History:
    """One metric of a system over a stretch of time."""

    row: MetricRow
    points: tuple[Point, ...]
    marks: tuple[Mark, ...]
    since: datetime
    until: datetime


def history_of(db: Reader, system: str, row: MetricRow, length: timedelta, now: datetime) -> History:
    """Ask for the newest stretch of a metric; runs in the reading thread."""
    from operations.systems import history, marks

    since, until = now - length, now
    points = history(db, system, row.metric, row.stat, row.dims, since, until)
    return History(row, points, marks(db, system, since, until), since, until)


def drawn(history: History, width: int, height: int, *, is_ascii: bool) -> tuple[Spans, ...]:
    """Draw a history with its limits and marks."""
    from tui.widgets.chart import Limit, chart  # late: the first paint needs no chart

    row = history.row
    limits = [Limit(row.warning, "warning")] if row.warning is not None else []
    limits += [Limit(row.critical, "critical")] if row.critical is not None else []
    return chart(
        history.points,
        history.since,
        history.until,
        width,
        height,
        limits=limits,
        marks=history.marks,
        kind="ascii" if is_ascii else "braille",
        label=_label(row),
    )


def _label(row: MetricRow) -> Callable[[float], str]:
    return lambda value: measure(value, row.stat, row.unit)
