"""Show the selected system beside the portfolio: who and health, one chart, what its rules say, what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from operations.rows import DOMAINS, SystemPage
from tui.figures import SIGNS, length, quantity
from tui.histories import History, drawn, history_of
from tui.widgets.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.database import Reader
    from tui.spans import Spans, Tone

_DAY: Final = timedelta(hours=24)
_SHOWN: Final = 6
_LEAST: Final = 6


@dataclass(frozen=True, slots=True)
class Selected:
    """The selected system and the history of what is worst about it."""

    page: SystemPage
    history: History | None


def selected(db: Reader, name: str, now: datetime) -> Selected | None:
    """Ask for a system and the history of its worst metric; runs in the reading thread."""
    from operations.systems import system

    page = system(db, name, now)
    if page is None:
        return None
    row = next(iter(page.metrics), None)  # worst first
    return Selected(page, history_of(db, name, row, _DAY, now) if row else None)


class SystemPane(Lines):
    """The selected system, as much of it as there is room for."""

    DEFAULT_CSS = "SystemPane { height: 1fr; background: $surface; }"

    def __init__(self) -> None:
        """Start empty."""
        super().__init__(1, id="pane")
        self._selected: Selected | None = None
        self.is_ascii = False

    def tell(self, found: Selected | None) -> None:
        """Show a system."""
        self._selected = found
        self._draw()

    def on_resize(self) -> None:
        """Arrange anew for the new room."""
        self._draw()

    def _draw(self) -> None:
        width, height = self.size
        if self._selected is None or not height:
            self.show([()] * max(1, height))
            return
        rows = list(pane_rows(self._selected, width - 2, height, is_ascii=self.is_ascii))
        self.show([((" ", "plain"), *row) for row in [*rows, *([()] * height)][:height]])


def pane_rows(found: Selected, width: int, height: int, *, is_ascii: bool) -> Iterator[Spans]:
    """Give the rows: the chart takes what the texts leave."""
    above, below = list(_above(found.page)), list(_below(found.page))
    yield from above
    room = height - len(above) - len(below) - 2
    if found.history is not None and room >= _LEAST:
        row = found.history.row
        yield ((f"{row.metric} {row.stat}, 24 h", "strong"),)
        yield from drawn(found.history, width, min(room, 18), is_ascii=is_ascii)
        yield ()
    yield from below


def _above(page: SystemPage) -> Iterator[Spans]:
    """Say who answers for it, and its health by domain."""
    row = page.row
    yield ((row.system, "strong"), (f"  tier {row.tier}, {row.environment}, {row.stage}", "muted"))
    yield ((f"owner {row.owner}{f', deputy {row.deputy}' if row.deputy else ''}", "muted"),)
    yield ()
    for domain in DOMAINS:
        state = row.domains.get(domain, "unknown")
        yield ((f"{SIGNS[state]:<3}", state), (f"{domain:<11}", "plain"), (row.reasons.get(domain, ""), "muted"))
    yield ()


def _below(page: SystemPage) -> Iterator[Spans]:
    """Say what its rules say, worst first, and what changed or waits."""
    if page.verdicts:
        yield (("Rules", "strong"),)
    for verdict in page.verdicts[:_SHOWN]:
        value = quantity(verdict.value, verdict.unit) if verdict.value is not None else "no value"
        yield (
            (f"{SIGNS[verdict.state]:<3}", verdict.state),
            (f"{verdict.rule} {value}  ", "plain"),
            (verdict.note, "muted"),
        )
    if len(page.verdicts) > _SHOWN:
        yield ((f"   and {len(page.verdicts) - _SHOWN} more", "muted"),)
    if page.changes:
        yield ()
        yield (("Changes", "strong"),)
    for change in page.changes[:_SHOWN]:
        age = "" if change.age is None else length(change.age)
        tone: Tone = "accent" if change.state == "pending" else "muted"
        yield ((f"{age:>4} {change.state} ", tone), (f"{change.change_class}: {change.title}", "plain"))
