"""Choose one thing from a list by typing a part of it: the palette, the sort menu and the themes are such lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.widgets.columns import Column
from tui.widgets.line_table import LineTable, Row, filter_rows
from tui.widgets.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

_COLUMNS: Final = (Column("", 24, grow=1, name="name"), Column("", 10, align="right", grow=1, most=30, name="key"))


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be chosen: its identity, what it is called, and the key or value beside it."""

    key: str
    words: str
    beside: str = ""


class Menu(ModalScreen[str | None]):
    """A list with a line to type in; gives the key of what was chosen, ``None`` when nothing was."""

    DEFAULT_CSS = """
    Menu { align: center middle; background: $background 60%; }
    Menu #menu {
        width: 64; max-width: 90%; height: 20; max-height: 90%; background: $surface; border: round $state-muted;
        padding: 0 1;
    }
    Menu #menu Input { background: $panel; }
    """
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave"),
        Binding("down,ctrl+n", "move(1)", "Next", priority=True),
        Binding("up,ctrl+p", "move(-1)", "Previous", priority=True),
        Binding("pagedown", "move(10)", "Page down", priority=True),
        Binding("pageup", "move(-10)", "Page up", priority=True),
    ]

    def __init__(self, title: str, choices: Sequence[Choice], at: str = "") -> None:
        """Take what is asked, what there is, and where the cursor starts."""
        super().__init__()
        self._title = title
        self._at = at
        self._rows: list[Row] = [(choice.key, ((choice.words, ""), (choice.beside, "muted"))) for choice in choices]

    def compose(self) -> ComposeResult:
        """Title, input, list."""
        with Vertical(id="menu"):
            yield Lines(1, id="menu-title")
            line = Input(placeholder="type to narrow, Enter to choose, Esc to leave", compact=True, max_length=100)
            line.cursor_blink = False
            yield line
            yield LineTable(_COLUMNS, empty="nothing is called so")

    def on_mount(self) -> None:
        """Show everything that can be chosen."""
        self.query_one("#menu-title", Lines).show([[(self._title, "strong")]])
        table = self.query_one(LineTable)
        table.can_focus = False
        table.replace_rows(self._rows)
        table.move_to(self._at)

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        """Keep what holds every typed word."""
        self.query_one(LineTable).replace_rows(filter_rows(self._rows, event.value, _COLUMNS))

    @on(Input.Submitted)
    @on(LineTable.Selected)
    def choose(self) -> None:
        """Give what the cursor stands on."""
        key = self.query_one(LineTable).cursor_key
        if key is not None:
            self.dismiss(key)

    def action_move(self, by: int) -> None:
        """Move the cursor while typing goes on."""
        self.query_one(LineTable).action_move(by)
