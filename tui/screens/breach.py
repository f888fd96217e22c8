"""Ask of one breach: what speaks for it, since when, what changed, and what is to be done."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType

from operations.explanation import Explanation
from store.errors import LlmopsError
from tui.explaining import lines
from tui.histories import History
from tui.live import LiveScreen
from tui.opening import Open
from tui.text import printable
from tui.widgets.chart_view import ChartView
from tui.widgets.menu import Choice, Menu
from tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from textual.widget import Widget

    from store.database import Reader
    from tui.reading import Frame

_VERDICTS: Final = (
    Choice("true", "true: something was wrong", "T"),
    Choice("false", "false: nothing was wrong", "F"),
    Choice("useless", "useless: true, and nothing is to be done", "U"),
)


class BreachScreen(LiveScreen[Explanation | None]):
    """One breach explained, under the chart of its loudest signal."""

    TITLE = "Breach"
    OPENS = True
    DEFAULT_CSS = "BreachScreen #chart { height: 2fr; min-height: 6; } BreachScreen LineTable { height: 3fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "verdict", "verdict", id="breach.verdict"),
        Binding("enter", "open", "Open the system", show=False, id="breach.open", priority=True),
    ]

    def __init__(self, breach: str) -> None:
        """Take the breach's id."""
        super().__init__()
        self._breach = breach

    def crumbs(self) -> tuple[str, ...]:
        """Name the system and the mode."""
        found = self.frame.content if self.frame else None
        return (found.breach.system, found.breach.mode or found.breach.rule) if found else ("breach",)

    def body(self) -> Iterable[Widget]:
        """Put the chart above the words."""
        yield ChartView(name="chart")
        yield TextPane("BREACH", name="words")

    def load(self, db: Reader, now: datetime) -> Explanation | None:
        """Ask for the explanation."""
        from operations.explanation import explanation

        return explanation(db, self._breach, now)

    def draw(self, frame: Frame[Explanation | None], now: datetime) -> None:
        """Show the last runs of the loudest signal, and the words."""
        found, words = frame.content, self.query_one("#words", TextPane)
        if found is None:
            words.show("BREACH", [("the store knows this breach no more", "warning")])
            return
        view = self.query_one("#chart", ChartView)
        view.is_ascii = self.host.is_ascii
        view.plot(charted(found, now))
        words.show("WHY", [(printable(text, 2_000), look) for text, look in lines(found, now)])

    def action_open(self) -> None:
        """Drill into the breach's system."""
        if self.frame is not None and self.frame.content is not None:
            self.post_message(Open("system", self.frame.content.breach.system))

    def action_verdict(self) -> None:
        """Ask what the alarm was worth; it is held against the false alarms that were promised."""

        def decided(verdict: str | None) -> None:
            if verdict:
                self.work(partial(self._tell, verdict), group="write")

        self.app.push_screen(Menu("What was this alarm?", _VERDICTS), decided)

    async def _tell(self, verdict: str) -> None:
        try:
            event = await self.reading.write("verdict", self._breach, verdict, self.host.now())
        except (LlmopsError, OSError) as error:
            self.say([("not written: ", "critical"), (str(error), "plain")])
            return
        self.say([(f"{verdict}, says {event.actor}", "strong"), ("; the next collection stores it", "muted")])


def charted(found: Explanation, now: datetime) -> History | None:
    """Make a history of the loudest signal's last runs, with the start and the changes as marks."""
    from operations.rows import Mark, MetricRow

    if not found.points:
        return None
    breach, loudest = found.breach, found.evidence[0]
    limit = loudest.usual
    row = MetricRow(
        loudest.signal, "", {}, breach.unit, found.points[-1].value, None, found.points[-1].seen, "", None,
        limit, None, (),
    )  # fmt: skip
    marks = [Mark(breach.since, "breach", breach.note)]
    marks += [Mark(change.seen, "change", change.title) for change in found.changes]
    marks += found.incidents
    since = min(found.points[0].seen, breach.since) - timedelta(days=1)
    return History(row, found.points, tuple(marks), since, now)
