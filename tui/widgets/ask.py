"""Ask once for a line of words: a reason before something is written in a person's name, or limits to try."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.widgets.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

LONGEST: Final = 500


def _is_missing(words: str) -> str:
    return "" if words else "a reason is needed"


class Ask(ModalScreen[str | None]):
    """One line of text; Enter decides, Escape leaves everything as it was."""

    DEFAULT_CSS = """
    Ask { align: center middle; background: $background 60%; }
    Ask #ask {
        width: 76; max-width: 96%; height: auto; background: $surface; border: round $state-muted; padding: 0 1;
    }
    Ask #ask Input { background: $panel; }
    """
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Leave it")]

    def __init__(
        self,
        title: str,
        basis: str,
        hint: str = "reason, as others will read it",
        fault: Callable[[str], str] = _is_missing,
        *,
        value: str = "",
        keys: str = "Enter writes it in your name, Esc leaves it",
    ) -> None:
        """Take what is asked and why, what is expected, what says why words are refused, and what stands there."""
        super().__init__()
        self._title = title
        self._basis = basis
        self._hint = hint
        self._fault = fault
        self._value = value
        self._keys = keys

    def compose(self) -> ComposeResult:
        """Put what is decided, on what grounds, and the line to type in."""
        with Vertical(id="ask"):
            yield Lines(3, id="ask-words")
            line = Input(self._value, compact=True, max_length=LONGEST, select_on_focus=False)
            line.cursor_blink = False
            yield line
            yield Lines(1, id="ask-keys")

    def on_mount(self) -> None:
        """Say what is decided."""
        words = self.query_one("#ask-words", Lines)
        words.show([[(self._title, "strong")], [(self._basis, "muted")], [(self._hint, "plain")]])
        self._advise(self._keys)

    @on(Input.Submitted)
    def decide(self, event: Input.Submitted) -> None:
        """Give the words; those that are refused are asked for again."""
        words = event.value.strip()
        if why := self._fault(words):
            self._advise(f"{why}; Esc leaves it")
        else:
            self.dismiss(words)

    def _advise(self, words: str) -> None:
        self.query_one("#ask-keys", Lines).show([[(words, "muted")]])
