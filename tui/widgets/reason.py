"""Ask once for a reason before something is written in a person's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.widgets.lines import Lines

if TYPE_CHECKING:
    from textual.app import ComposeResult

LONGEST: Final = 500


class Reason(ModalScreen[str | None]):
    """One line of text; Enter with a reason decides, Escape leaves everything as it was."""

    DEFAULT_CSS = """
    Reason { align: center middle; background: $background 60%; }
    Reason #ask {
        width: 76; max-width: 96%; height: auto; background: $surface; border: round $state-muted; padding: 0 1;
    }
    Reason #ask Input { background: $panel; }
    """
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Leave it")]

    def __init__(self, title: str, basis: str) -> None:
        """Take what is asked and what it rests on."""
        super().__init__()
        self._title = title
        self._basis = basis

    def compose(self) -> ComposeResult:
        """Put what is decided, on what grounds, and the line to type in."""
        with Vertical(id="ask"):
            yield Lines(2, id="ask-words")
            line = Input(placeholder="reason, as others will read it", compact=True, max_length=LONGEST)
            line.cursor_blink = False
            yield line
            yield Lines(1, id="ask-keys")

    def on_mount(self) -> None:
        """Say what is decided."""
        self.query_one("#ask-words", Lines).show([[(self._title, "strong")], [(self._basis, "muted")]])
        self._keys("Enter writes it in your name, Esc leaves it")

    @on(Input.Submitted)
    def decide(self, event: Input.Submitted) -> None:
        """Give the reason; an empty one is asked for again."""
        reason = event.value.strip()
        if reason:
            self.dismiss(reason)
        else:
            self._keys("a reason is needed; Esc leaves it")

    def _keys(self, words: str) -> None:
        self.query_one("#ask-keys", Lines).show([[(words, "muted")]])
