"""Say what every key of a screen does, from the bindings themselves, and what the signs mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen

from tui.figures import SIGNS, WORDS
from tui.widgets.columns import Column
from tui.widgets.footer import key_name
from tui.widgets.line_table import LineTable
from tui.widgets.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.dom import DOMNode

    from tui.widgets.row_filter import Row

_COLUMNS: Final = (Column("KEY", 16, name="key"), Column("WHAT IT DOES", 30, grow=1, name="what"))
Chapter = tuple[str, tuple[tuple[str, str], ...]]
_NOT_OURS: Final = frozenset({"screen.copy_text", "page_left", "page_right", "scroll_home", "scroll_end"})
_MEANINGS: Final = {
    "critical": "a rule is past its critical limit, confirmed",
    "warning": "a rule is past its warning limit, confirmed",
    "unknown": "no data, or too old or too little: never ok",
    "ok": "every rule has data and holds",
}


class Help(ModalScreen[None]):
    """Keys by where they work."""

    DEFAULT_CSS = """
    Help { align: center middle; background: $background 60%; }
    Help #menu {
        width: 84; max-width: 96%; height: 40; max-height: 90%; background: $surface; border: round $state-muted;
        padding: 0 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss(None)", "Leave"),
    ]

    def __init__(self, title: str, chapters: Sequence[Chapter]) -> None:
        """Take the screen's title and its keys."""
        super().__init__()
        self._title = title
        self._chapters = chapters

    def compose(self) -> ComposeResult:
        """Title and table."""
        with Vertical(id="menu"):
            yield Lines(1, id="menu-title")
            yield LineTable(_COLUMNS)

    def on_mount(self) -> None:
        """Fill the table, chapter by chapter."""
        self.query_one("#menu-title", Lines).show([[(f"Keys: {self._title}", "strong"), ("   Esc leaves", "muted")]])
        self.query_one(LineTable).replace_rows(help_rows(self._chapters))


def help_rows(chapters: Sequence[Chapter]) -> list[Row]:
    """Give one row a key, with a heading and a blank line around each chapter."""
    rows: list[Row] = []
    for title, keys in chapters:
        rows.append((f"# {title}", ((title, "strong"), ("", ""))))
        rows += [(f"{title} {place}", ((key, "accent"), (words, ""))) for place, (key, words) in enumerate(keys)]
        rows.append((f"/ {title}", (("", ""), ("", ""))))
    rows.append(("# signs", (("Signs", "strong"), ("", ""))))
    for state, sign in SIGNS.items():
        rows.append((f"sign {state}", ((sign, state), (f"{WORDS[state]}: {_MEANINGS[state]}", ""))))
    return rows


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done now: its name for Textual, its words, all its keys and where it is bound."""

    name: str
    words: str
    keys: tuple[str, ...]
    node: DOMNode


def actions(screen: Screen[Any]) -> list[Action]:
    """Gather what the keys do now, once each; what Textual binds for itself is left out."""
    found: dict[tuple[str, str], list[ActiveBinding]] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if active.enabled and binding.description and not binding.system and binding.action not in _NOT_OURS:
            found.setdefault((binding.action, binding.description), []).append(active)
    return [
        Action(
            name,
            words[:1].upper() + words[1:],
            tuple(dict.fromkeys(key_name(active.binding.key) for active in bound)),
            bound[0].node,
        )
        for (name, words), bound in found.items()
    ]


def chapters(screen: Screen[Any]) -> list[Chapter]:
    """Arrange the keys that work now by where they are bound."""
    found: dict[str, list[tuple[str, str]]] = {"This screen": [], "Rows": [], "Everywhere": []}
    for action in actions(screen):
        found[_chapter(action.node)].append((" ".join(action.keys), action.words))
    return [(title, tuple(keys)) for title, keys in found.items() if keys]


def _chapter(node: DOMNode) -> str:
    if isinstance(node, App):
        return "Everywhere"
    return "This screen" if isinstance(node, Screen) else "Rows"
