"""Ask of one change: what exactly moves, on which evidence, who said what, and what is mine to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container

from store.change_records import SUBJECT
from tui import change_tabs
from tui.change_deciding import ChangeDeciding, Sight
from tui.diffs import Sides, sides
from tui.figures import plural
from tui.opening import Open
from tui.text import hidden, printable
from tui.widgets.diff_pane import DiffPane
from tui.widgets.line_table import LineTable
from tui.widgets.lines import Lines
from tui.widgets.tabs import Names, Tabs
from tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from textual.widget import Widget

    from operations.changes.mine import OpenChange
    from store.change_records import Act
    from store.database import Reader
    from store.records import Event
    from tui.reading import Frame

TABS: Final[tuple[Names, ...]] = (("Summary",), ("Content",), ("Evidence",), ("History",))
_CONTENT, _EVIDENCE = 1, 2
_READ: Final = frozenset({"approve", "reject", "waive", "acknowledge", "review"})
"""Acts that rest on what was read."""


class ChangeScreen(ChangeDeciding):
    """One change in four tabs; it is decided on here, once its content and its evidence were opened."""

    TITLE = "Change"
    OPENS = True
    DEFAULT_CSS = "ChangeScreen #shown { height: 1fr; }"
    # priority: a question is open before the next key is looked at, so that keys typed ahead are dropped by it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "decide('approve')", "approve", id="change.approve", priority=True),
        Binding("x", "decide('reject')", "reject", id="change.reject", priority=True),
        Binding("right_square_bracket,tab", "tab(1)", "next tab", id="change.next-tab"),
        Binding("left_square_bracket,shift+tab", "tab(-1)", "Tab before", show=False, id="change.tab-before"),
        Binding("m", "decide('ask')", "ask for more", id="change.ask", priority=True),
        Binding("u", "decide('waive')", "waive until", id="change.waive", priority=True),
        Binding("a", "decide('acknowledge')", "ack external", id="change.acknowledge", priority=True),
        Binding("X", "decide('withdraw')", "Withdraw your request", show=False, id="change.withdraw", priority=True),
        Binding("A", "decide('applied')", "Say that it was applied", show=False, id="change.applied", priority=True),
        Binding("y", "copy", "Copy its id", show=False, id="change.copy"),
    ]

    def __init__(self, change: str) -> None:
        """Take the change's id."""
        super().__init__()
        self._change = change
        self._tab = 0
        self._opened: dict[int, str] = {}
        self._state = ""
        self._is_whole = True

    def crumbs(self) -> tuple[str, ...]:
        """Name the system and the change."""
        found = self.found
        return (found.page.row.system, self._change) if found else (self._change,)

    def body(self) -> Iterable[Widget]:
        """Put the head and the tabs above what the tab in sight shows."""
        yield Lines(1, id="what")
        yield Tabs(TABS, id="tabs")
        yield Container(TextPane("", name="words"), DiffPane(name="content"), id="shown")

    def on_mount(self) -> None:
        """Begin with the summary."""
        self.query_one("#content").display = False

    def load(self, db: Reader, now: datetime) -> Sight | None:
        """Ask for the change as it concerns who looks, and lay its content out."""
        from operations.changes.mine import opened

        found = opened(db, self.host.onlooking.onlooker(now), self._change)
        if found is None:
            return None
        before = None if found.earlier is None else found.earlier.content
        return Sight(found, sides(found.page.content, before))

    def draw(self, frame: Frame[Sight | None], now: datetime) -> None:
        """Show the tab in sight; what was opened is remembered by its hash."""
        if frame.content is None:
            self.query_one("#what", Lines).show([[("the ledger knows this change no more", "warning")]])
            return
        found, content = frame.content.found, frame.content.content
        row, self._is_whole = found.page.row, content.is_whole
        self.query_one("#what", Lines).show([change_tabs.headline(row, now)])
        counts = (None, None, len(found.page.items), len(found.page.said))
        self.query_one(Tabs).tell(counts, self._tab)
        self._opened[self._tab] = self._hash(found)
        self._draw_tab(found, content, now)
        self._announce(found)

    def action_tab(self, by: int) -> None:
        """Go to the tab beside."""
        self._tab = (self._tab + by) % len(TABS)
        is_content = self._tab == _CONTENT
        self.query_one("#content").display = is_content
        self.query_one("#words").display = not is_content
        self.query_one("#content" if is_content else "#words", LineTable).focus()
        if self.frame is not None:
            self.shown(self.frame)

    @on(LineTable.Selected)
    def opened(self) -> None:
        """Drill into the system of the change."""
        if self.found is not None:
            self.post_message(Open("system", self.found.page.row.system))

    def action_copy(self) -> None:
        """Copy the change's id."""
        self.copy(self._change)

    def refusal(self, act: Act) -> str:
        """Say why the onlooker cannot do this now: the ledger's reason first, then what they have not opened yet."""
        found, onlooking = self.found, self.host.onlooking
        if found is None or found.needs is None:
            return onlooking.fault or "it is not read yet"
        if why := found.refusals[act]:
            return why
        if any(event.actor == onlooking.account and event.kind == act for event in self._waiting):
            return "you said so already; it is not stored yet"
        return self._unread(found) if act in _READ else ""

    @property
    def _waiting(self) -> Sequence[Event]:
        """What was said of this change and is not stored yet."""
        waiting = self.frame.waiting if self.frame is not None else ()
        return [event for event in waiting if event.subject == f"{SUBJECT}{self._change}"]

    def _unread(self, found: OpenChange) -> str:
        row = found.page.row
        if self._opened.get(_CONTENT) != row.content_hash:
            return "open Content first (Tab)"
        if self._opened.get(_EVIDENCE) != row.evidence_hash:
            return "open Evidence first (Tab)"
        if not self._is_whole:
            return f"the content is too long to be shown whole; read it with 'llmops-tui changes show {self._change}'"
        return ""

    def _hash(self, found: OpenChange) -> str:
        row = found.page.row
        return row.evidence_hash if self._tab == _EVIDENCE else row.content_hash

    def _draw_tab(self, found: OpenChange, content: Sides, now: datetime) -> None:
        name = TABS[self._tab][0]
        if self._tab == _CONTENT:
            self._draw_content(found, content)
        elif self._tab == _EVIDENCE:
            self.query_one("#words", TextPane).show(name, list(change_tabs.evidence(found)))
        elif self._tab == 0:
            reasons = {act: self.refusal(act) for act in change_tabs.acts(found)}
            self.query_one("#words", TextPane).show(name, list(change_tabs.summary(found, reasons, now)))
        else:
            self.query_one("#words", TextPane).show(name, list(change_tabs.history(found, self._waiting)))

    def _draw_content(self, found: OpenChange, shown: Sides) -> None:
        before, unseen = found.earlier, hidden(found.page.content.replace("\n", ""))
        named = f"; {plural(unseen, 'hidden character')}, each by its name" if unseen else ""
        cut = "" if shown.is_whole else "; cut, too long for a screen"
        old = f"NOW {before.change_id}: {printable(before.title)}" if before is not None else "NOW"
        self.query_one(DiffPane).show(shown, (old, f"CONTENT {found.page.row.content_hash[:12]}{named}{cut}"))

    def _announce(self, found: OpenChange) -> None:
        """Say what became of what was said here; what somebody else did meanwhile is said too."""
        row = found.page.row
        before, self._state = self._state, f"{row.state} {row.content_hash}"
        if self.settled(found.page.said) or not before or before == self._state:
            if not self.said:
                self.explain(change_tabs.sentence(found, self.refusal(found.act) if found.act else ""))
            return
        earlier = (("; ", "muted"), *self.said) if self.said else ()
        moved = " with another content" if before.split()[-1] != row.content_hash else ""
        self.say([(f"it is {row.state} now{moved}", "strong"), ("; that was decided elsewhere", "muted"), *earlier])
