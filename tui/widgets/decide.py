"""Ask for a decision: what it rests on, the safe choice under the cursor, and the binding one at the very end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from tui.guarded import Guarded
from tui.widgets.lines import Lines

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.spans import Span

LONGEST: Final = 500
_KEYS: Final = "Tab goes down, Enter takes what the cursor is on, Esc leaves it"


@dataclass(frozen=True, slots=True)
class Line:
    """One line to type in: its name, what is asked, and what says why words are refused."""

    name: str
    words: str
    fault: Callable[[str], str]


class Pick(Lines, can_focus=True):
    """A row that can be chosen; the cursor is a sign, not a colour alone."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "pick", "Take it", show=False)]

    class Picked(Message):
        """The row was chosen."""

        def __init__(self, name: str) -> None:
            """Name it."""
            super().__init__()
            self.name = name

    def __init__(self, name: str, words: str) -> None:
        """Take what it is called and what it says."""
        super().__init__(1, id=name)
        self._words = words

    def on_mount(self) -> None:
        """Show it."""
        self._draw(has_cursor=self.has_focus)

    def on_focus(self) -> None:
        """Show that the cursor is here."""
        self._draw(has_cursor=True)

    def on_blur(self) -> None:
        """Show that it is not."""
        self._draw(has_cursor=False)

    def action_pick(self) -> None:
        """Choose it."""
        self.post_message(self.Picked(self.id or ""))

    def _draw(self, *, has_cursor: bool) -> None:
        text = f"[ {self._words} ]"
        self.show([[(f"> {text}", "chip")] if has_cursor else [(f"  {text}", "plain")]])


class Decide(Guarded[Mapping[str, str]]):
    """What is decided and on what, lines to type in, and two choices; gives the words, or nothing."""

    DEFAULT_CSS = """
    Decide { align: center middle; background: $background 60%; }
    Decide #decide {
        width: 78; max-width: 98%; height: auto; background: $surface; border: round $state-muted; padding: 0 1;
    }
    Decide #decide Input { background: $panel; }
    """
    AUTO_FOCUS = "#leave"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it"),
        # priority: the next key goes where the cursor is then
        Binding("tab,down", "app.focus_next", "Down", show=False, priority=True),
        Binding("shift+tab,up", "app.focus_previous", "Up", show=False, priority=True),
    ]

    def __init__(self, title: str, basis: Sequence[Sequence[Span]], lines: Sequence[Line], do: str) -> None:
        """Take what is decided, what it rests on, what is asked for, and what the binding choice is called."""
        super().__init__()
        self._title = title
        self._basis = basis
        self._lines = lines
        self._do = do

    def compose(self) -> ComposeResult:
        """Put the safe choice first and the binding one last."""
        with Vertical(id="decide"):
            yield Lines(1 + len(self._basis), id="decide-basis")
            yield Pick("leave", "Leave it as it is")
            for line in self._lines:
                yield Lines(1, id=f"words-{line.name}")
                field = Input(compact=True, max_length=LONGEST, id=f"line-{line.name}")
                field.cursor_blink = False
                yield field
            yield Pick("do", self._do)
            yield Lines(1, id="decide-keys")

    def on_mount(self) -> None:
        """Say what is decided and what is asked."""
        self.query_one("#decide-basis", Lines).show([[(self._title, "strong")], *self._basis])
        for line in self._lines:
            self.query_one(f"#words-{line.name}", Lines).show([[(line.words, "muted")]])
        self._advise(_KEYS)

    @on(Input.Submitted)
    def next_line(self, event: Input.Submitted) -> None:
        """Go on to what is below; words are taken by the last row alone."""
        event.stop()
        self.focus_next()

    @on(Pick.Picked)
    def picked(self, event: Pick.Picked) -> None:
        """Leave it, or give the words when each of them can be taken."""
        event.stop()
        if event.name == "do":
            self._after(list(self.query(Input)))
        else:
            self.dismiss(None)

    def _after(self, fields: Sequence[Input]) -> None:
        """Wait until every line has taken the keys that were typed before the choice."""
        if fields:
            fields[0].call_later(self._after, fields[1:])
        else:
            self.call_later(self._take)

    def _take(self) -> None:
        given = {line.name: self.query_one(f"#line-{line.name}", Input).value.strip() for line in self._lines}
        for line in self._lines:
            if why := line.fault(given[line.name]):
                self._advise(f"{why}; Esc leaves it")
                self.query_one(f"#line-{line.name}", Input).focus()
                return
        self.dismiss(given)

    def _advise(self, words: str) -> None:
        self.query_one("#decide-keys", Lines).show([[(words, "muted")]])
