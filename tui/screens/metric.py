"""Ask of one metric: how did it move, where are its limits, and what happened meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType

from tui.figures import SHORT, ago, clock, measure
from tui.histories import History, history_of
from tui.listing import Field, Listing
from tui.listings.details import MetricLine, limits_of
from tui.table_screen import TableScreen
from tui.widgets.chart_view import ChartView
from tui.widgets.line_table import Cell, Column
from tui.widgets.lines import Lines, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from operations.rows import Mark, MetricRow
    from store.database import Reader
    from tui.reading import Frame

_LENGTHS: Final = (
    ("24 h", timedelta(hours=24)),
    ("3 d", timedelta(days=3)),
    ("7 d", timedelta(days=7)),
    ("30 d", timedelta(days=30)),
    ("90 d", timedelta(days=90)),
)


def _kind(mark: Mark, _: datetime) -> Cell:
    return ("! breach", "critical") if mark.kind == "breach" else ("| change", "accent")


MARKS: Final[Listing[Mark]] = Listing(
    name="marks",
    natural="newest first",
    fields=(
        Field(Column("WHEN", 13), lambda mark, _: (clock(mark.seen), ""), lambda mark: mark.seen),
        Field(Column("AGE", 4, "right"), lambda mark, now: (ago(mark.seen, now), "muted"), lambda mark: mark.seen),
        Field(Column("KIND", 8), _kind, lambda mark: mark.kind),
        Field(Column("WHAT HAPPENED", 20, grow=1), lambda mark, _: (mark.text, ""), lambda mark: mark.text),
    ),
    key=lambda mark: f"{mark.seen.isoformat()} {mark.kind} {mark.text}",
    sentence=lambda mark, _: [(clock(mark.seen), "strong"), (f": {mark.kind}, {mark.text}", "plain")],
    is_problem=lambda mark: mark.kind == "breach",
    empty="nothing happened to this system in this stretch of time",
)


@dataclass(frozen=True, slots=True)
class Found:
    """The metric's history over the length asked for; no history when the store lost the series."""

    history: History | None
    place: int


class MetricScreen(TableScreen[Found]):
    """A chart with limits and marks over a list of what happened."""

    TITLE = "Metric"
    DEFAULT_CSS = "MetricScreen #chart { height: 3fr; } MetricScreen LineTable { height: 2fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right_square_bracket", "longer(1)", "longer", id="metric.longer"),
        Binding("left_square_bracket", "longer(-1)", "shorter", id="metric.shorter"),
    ]

    def __init__(self, system: str, key: str) -> None:
        """Take the system and the series' key, as the system's table names it."""
        super().__init__()
        self.system = system
        self._key = key
        self._place: int | None = None

    @property
    def listing(self) -> Listing[Mark]:
        """The table of what happened."""
        return MARKS

    def crumbs(self) -> tuple[str, ...]:
        """Name the system and the metric."""
        history = self.frame.content.history if self.frame else None
        return (self.system, history.row.metric if history else "metric")

    def body(self) -> Iterable[Widget]:
        """Put the chart above what happened."""
        yield Lines(1, id="who")
        yield ChartView(name="chart")
        yield Lines(1, id="tabs")
        yield from super().body()

    def load(self, db: Reader, now: datetime) -> Found:
        """Ask for the series' present row, its history and the marks."""
        from operations.systems import system

        page = system(db, self.system, now)
        row = next((row for row in page.metrics if MetricLine(row, None).key == self._key), None) if page else None
        since = [breach.since for breach in page.breaches if row and breach.metric == row.metric] if page else []
        place = covering(min(since, default=now), now) if self._place is None else self._place
        return Found(history_of(db, self.system, row, _LENGTHS[place][1], now) if row else None, place)

    def records(self, frame: Frame[Found]) -> Sequence[Mark]:
        """Give what happened, newest first."""
        history = frame.content.history
        return history.marks[::-1] if history else ()

    def draw(self, frame: Frame[Found], now: datetime) -> None:
        """Show value and limits, the chart, and what happened."""
        history = frame.content.history
        who = self.query_one("#who", Lines)
        if history is None:
            who.show([[("the store holds no value of this metric any more", "warning")]])
        else:
            who.show([who_row(history.row, now)])
        view = self.query_one("#chart", ChartView)
        view.is_ascii = self.host.is_ascii
        view.plot(history)
        self.query_one("#tabs", Lines).show([self._tabs(frame.content.place)])
        super().draw(frame, now)

    def action_longer(self, by: int) -> None:
        """Look further back, or closer."""
        before = self.frame.content.place if self.frame else 0
        place = min(len(_LENGTHS) - 1, max(0, before + by))
        if place != before:
            self._place = place
            self.tick(force=True)

    def _tabs(self, chosen: int) -> list[Span]:
        row: list[Span] = []
        for place, (words, _) in enumerate(_LENGTHS):
            row += [(f" {words} ", "chip" if place == chosen else "muted"), (" ", "plain")]
        return [*row, ("  ! breach", "critical"), ("  | change", "accent"), ("  dashed: limits", "muted")]


def covering(since: datetime, now: datetime) -> int:
    """Choose the shortest stretch that shows a breach from before it began; without one, the last day."""
    wanted = (now - since) * 1.25
    return next((place for place, (_, length) in enumerate(_LENGTHS) if length >= wanted), len(_LENGTHS) - 1)


def who_row(row: MetricRow, now: datetime) -> list[Span]:
    """Say the newest value, its state and its limits."""
    line = MetricLine(row, None)
    dims = f" ({line.dims})" if line.dims else ""
    n = f", n={row.n}" if row.n is not None else ""
    limits = limits_of(row)
    state: Span = (f" {SHORT[row.state]}", row.state) if row.state is not None else (" no rule", "muted")
    return [
        state,
        (f"  {row.metric} {row.stat}", "strong"),
        (f"  {measure(row.value, row.stat, row.unit)}", "plain"),
        (f"  limits {limits}" if limits else "", "muted"),
        (f"{n}, {ago(row.seen, now)} old", "plain"),
        (dims, "muted"),
    ]
