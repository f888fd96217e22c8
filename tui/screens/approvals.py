"""Ask: what waits for a decision, for how long, and what exactly would change."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container

from operations.rows import ChangeRow
from tui.figures import clock, length, plural
from tui.listings.changes import CHANGES
from tui.opening import Open
from tui.table_screen import TableScreen
from tui.text import hidden, printable, revealed
from tui.widgets.line_table import LineTable
from tui.widgets.text_pane import Line, TextPane

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from textual.widget import Widget

    from store.database import Reader
    from tui.listing import Listing
    from tui.reading import Frame

Rows = tuple[ChangeRow, ...]


class ApprovalsScreen(TableScreen[Rows]):
    """The queue of changes beside the exact content of the selected one; nothing is decided here."""

    TITLE = "Approvals"
    OPENS = True
    DEFAULT_CSS = """
    ApprovalsScreen #split { height: 1fr; layout: vertical; }
    ApprovalsScreen #split > LineTable { height: 1fr; }
    ApprovalsScreen #split > #detail { height: 2fr; background: $surface; }
    ApprovalsScreen.-wide #split { layout: horizontal; }
    ApprovalsScreen.-wide #split > LineTable { height: 1fr; width: 3fr; }
    ApprovalsScreen.-wide #split > #detail { height: 1fr; width: 2fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "queue or content", id="approvals.focus"),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012  # Textual's declaration

    @property
    def listing(self) -> Listing[ChangeRow]:
        """The table of changes."""
        return CHANGES

    def body(self) -> Iterable[Widget]:
        """Put the queue beside or above the detail, by width."""
        yield Container(*super().body(), TextPane("Selected change", name="detail"), id="split")

    @property
    def table(self) -> LineTable:
        """The queue."""
        return self.query_one(LineTable)

    def load(self, db: Reader, now: datetime) -> Rows:
        """Ask for the changes that wait."""
        from operations.approvals import pending

        return pending(db, now)

    def records(self, frame: Frame[Rows]) -> Sequence[ChangeRow]:
        """Give the changes, riskiest first."""
        return frame.content

    def describe(self, now: datetime) -> None:
        """Explain the change, and show its content beside it."""
        super().describe(now)
        row = self.selected
        pane = self.query_one("#detail", TextPane)
        if isinstance(row, ChangeRow):
            pane.show(f"{row.change_class} for {printable(row.system)}", list(detail(row)))
        else:
            pane.show("Selected change", ())

    @on(LineTable.Selected)
    def opened(self, event: LineTable.Selected) -> None:
        """Drill into the system of a change; a line of its content leads nowhere."""
        if event.table is self.table and isinstance(self.selected, ChangeRow):
            self.post_message(Open("system", self.selected.system))


def detail(row: ChangeRow) -> Iterator[Line]:
    """Say everything about a change; its content as text, hidden characters by name."""
    age = "an unknown time" if row.age is None else length(row.age)
    refs = " ".join(part for part in (row.from_ref, "to" if row.from_ref else "", row.to_ref) if part)
    asked = f", asked {clock(row.requested)}" if row.requested else ""
    risk = f"risk {row.risk}" if row.risk else "risk not stated"
    yield (printable(row.title), "strong")
    yield (printable(f"{row.change_class} {refs} by {row.author or 'an unknown author'}, waits {age}{asked}"), "")
    yield (printable(f"{risk}, tier {row.tier}, owner {row.owner}; from {row.source}"), "")
    yield from (
        (f"{name} {printable(value)}", "accent")
        for name, value in (("link", row.url), ("hash", row.content_hash))
        if value
    )
    yield ("decide at its link; deciding here comes with a later release", "muted")
    yield ("", "")
    unseen = hidden(row.content.replace("\n", ""))
    if unseen:
        words = f"{plural(unseen, 'hidden character')} in the content, each shown by its name"
        yield (words, "critical")
    if not row.content:
        yield ("the source gave no content; follow the link", "muted")
        return
    for line in row.content.replace("\r\n", "\n").split("\n")[:2_000]:
        yield (revealed(line, 4_000), _diff_look(line))


def _diff_look(line: str) -> str:
    """Colour lines of a diff; the signs at their beginning say the same."""
    if line.startswith("+") and not line.startswith("+++"):
        return "ok"
    if line.startswith("-") and not line.startswith("---"):
        return "critical"
    return "accent" if line.startswith("@@") else ""
