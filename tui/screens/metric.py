"""Ask of one metric: how did it move, where are its limits, and what happened meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.binding import Binding, BindingType

from store.errors import LlmopsError
from tui.backtesting import DAYS, TYPED, fault, origin, spelled, summary, tried, typed, undeclared
from tui.figures import SHORT, ago, clock, measure
from tui.histories import History, history_of
from tui.listing import Field, Listing
from tui.listings.details import MetricLine, limits_of
from tui.listings.fired import FIRED, FiredLine, fired_lines
from tui.table_screen import TableScreen
from tui.widgets.ask import Ask
from tui.widgets.chart_view import ChartView
from tui.widgets.line_table import Cell, Column
from tui.widgets.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from operations.backtest import Replay
    from operations.rows import Mark, MetricRow
    from operations.rules import Rule
    from store.database import Reader
    from tui.reading import Frame
    from tui.spans import Span

_LENGTHS: Final = (
    ("24 h", timedelta(hours=24)),
    ("3 d", timedelta(days=3)),
    ("7 d", timedelta(days=7)),
    ("30 d", timedelta(days=30)),
    ("90 d", timedelta(days=90)),
)


_KINDS: Final[dict[str, Cell]] = {
    "breach": ("! breach", "critical"), "incident": ("* incident", "warning"), "change": ("| change", "accent"),
}  # fmt: skip


_LEGEND: Final[tuple[Span, ...]] = (("  ! breach", "critical"), ("  * incident", "warning"), ("  | change", "accent"))

MARKS: Final[Listing[Mark]] = Listing(
    name="marks",
    natural="newest first",
    fields=(
        Field(Column("WHEN", 13), lambda mark, _: (clock(mark.seen), ""), lambda mark: mark.seen),
        Field(Column("AGE", 4, "right"), lambda mark, now: (ago(mark.seen, now), "muted"), lambda mark: mark.seen),
        Field(Column("KIND", 10), lambda mark, _: _KINDS[mark.kind], lambda mark: mark.kind),
        Field(Column("WHAT HAPPENED", 20, grow=1), lambda mark, _: (mark.text, ""), lambda mark: mark.text),
    ),
    key=lambda mark: f"{mark.seen.isoformat()} {mark.kind} {mark.text}",
    sentence=lambda mark, _: [(clock(mark.seen), "strong"), (f": {mark.kind}, {mark.text}", "plain")],
    is_problem=lambda mark: mark.kind != "change",
    empty="nothing happened to this system in this stretch of time",
)


@dataclass(frozen=True, slots=True)
class Found:
    """The metric's history over the length asked for and the rule on it; none when the store lost the series."""

    history: History | None
    place: int
    rule: Rule | None


class MetricScreen(TableScreen[Found]):
    """A chart with limits and marks over a list of what happened."""

    TITLE = "Metric"
    DEFAULT_CSS = "MetricScreen #chart { height: 3fr; } MetricScreen LineTable { height: 2fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right_square_bracket", "longer(1)", "longer", id="metric.longer"),
        Binding("left_square_bracket", "longer(-1)", "Shorter", show=False, id="metric.shorter"),
        Binding("b", "backtest", "replay", id="metric.backtest"),
    ]

    def __init__(self, system: str, key: str) -> None:
        """Take the system and the series' key, as the system's table names it."""
        super().__init__()
        self.system = system
        self._key = key
        self._place: int | None = None
        self._tried: tuple[Replay, Replay | None] | None = None

    @property
    def listing(self) -> Listing[Any]:
        """The table of what happened, or of what tried limits would have done."""
        return MARKS if self._tried is None else FIRED

    def crumbs(self) -> tuple[str, ...]:
        """Name the system and the metric."""
        history = self.frame.content.history if self.frame else None
        return (self.system, history.row.metric if history else "metric")

    def body(self) -> Iterable[Widget]:
        """Put the chart above what happened."""
        yield Lines(1, id="who")
        yield ChartView(name="chart")
        yield Lines(1, id="tabs")
        yield Lines(0, id="tried")
        yield from super().body()

    def load(self, db: Reader, now: datetime) -> Found:
        """Ask for the series' present row, its history and the marks."""
        from operations.rules import of_metric
        from operations.systems import system

        page = system(db, self.system, now)
        row = next((row for row in page.metrics if MetricLine(row, None).key == self._key), None) if page else None
        since = [breach.since for breach in page.breaches if row and breach.metric == row.metric] if page else []
        place = covering(min(since, default=now), now) if self._place is None else self._place
        rule = of_metric(db, self.system, row.metric, row.stat) if row else None
        return Found(history_of(db, self.system, row, _LENGTHS[place][1], now) if row else None, place, rule)

    def records(self, frame: Frame[Found]) -> Sequence[Mark | FiredLine]:
        """Give what happened, or would have, newest first."""
        if self._tried is not None:
            return fired_lines(self._tried[0])
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
        self.query_one("#tried", Lines).show(tried_rows(*self._tried) if self._tried else ())
        super().draw(frame, now)

    def action_longer(self, by: int) -> None:
        """Look further back, or closer."""
        before = self.frame.content.place if self.frame else 0
        place = min(len(_LENGTHS) - 1, max(0, before + by))
        if place != before:
            self._place = place
            self.tick(force=True)

    def action_backtest(self) -> None:
        """Ask for limits and replay them over what is stored; nothing is saved."""
        found = self.frame.content if self.frame else None
        if found is None or found.history is None:
            return
        rule = found.rule or undeclared(self.system, found.history.row)

        def decided(words: str | None) -> None:
            if words:
                self.say([(f"replaying {DAYS} days", "muted")])
                self.work(partial(self._replay, rule, words, is_declared=found.rule is not None), group="replay")

        basis = f"what they would have done in the last {DAYS} days; nothing is saved"
        title = f"Try limits: {self.system}, {rule.threshold.name}"
        keys = "Enter replays it, Esc leaves it"
        value = spelled(rule.threshold)
        ask = Ask(title, basis, TYPED, partial(fault, rule.threshold), value=value, keys=keys)
        self.app.push_screen(ask, decided)

    async def action_back(self) -> None:
        """Leave the back-test, then the screen."""
        if self._tried is None:
            await super().action_back()
        else:
            self._show(None)

    async def _replay(self, rule: Rule, words: str, *, is_declared: bool) -> None:
        """Replay in the reading thread, and show what would have fired in place of what happened."""

        def load(db: Reader, now: datetime) -> tuple[Replay, Replay | None]:
            from operations.backtest import replay

            other = replace(rule, threshold=tried(rule.threshold, typed(words)))
            length = timedelta(days=DAYS)
            own = replay(db, rule, length, now) if is_declared and other != rule else None
            return replay(db, other, length, now), own

        try:
            self._show(await self.reading.look(load, self.host.now()))
        except (LlmopsError, OSError) as error:
            self.say([("not replayed: ", "critical"), (str(error), "plain")])

    def _show(self, answer: tuple[Replay, Replay | None] | None) -> None:
        def change() -> None:
            self._tried = answer
            self.said = ()

        self.switch_listing(change)

    def _tabs(self, chosen: int) -> list[Span]:
        row: list[Span] = []
        for place, (words, _) in enumerate(_LENGTHS):
            row += [(f" {words} ", "chip" if place == chosen else "muted"), (" ", "plain")]
        return [*row, *_LEGEND, ("  -- limits", "muted")]


def tried_rows(found: Replay, declared: Replay | None) -> list[list[Span]]:
    """Say what the tried limits would have done, beside the declared ones, and what was judged."""
    rows: list[list[Span]] = [[(f" {summary('tried', found)}", "strong")]]
    rows += [[(f" {summary('declared', declared)}", "plain")]] if declared is not None else []
    note = f"; {found.note}" if found.note else ""
    return [*rows, [(f" {origin(found)}{note}", "muted")]]


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
