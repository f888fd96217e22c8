"""Close the screen with three rows: where you are, what the selected row means, and which keys do what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.text import width
from tui.widgets.lines import Lines
from tui.widgets.position import Position, position_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.spans import Span

_KEYS: Final = {
    "enter": "Enter", "escape": "Esc", "question_mark": "?", "slash": "/", "colon": ":", "left_square_bracket": "[",
    "right_square_bracket": "]", "space": "Space", "f2": "F2", "tab": "Tab", "shift+tab": "S-Tab", "minus": "-",
    "backspace": "Backspace", "pageup": "PgUp", "pagedown": "PgDn", "home": "Home", "end": "End", "up": "Up",
    "down": "Down", "left": "Left", "right": "Right",
}  # fmt: skip


class Footer(Lines):
    """Position, sentence, keys."""

    DEFAULT_CSS = "Footer { height: 3; background: $surface; }"

    def __init__(self) -> None:
        """Start empty."""
        super().__init__(3)
        self._position = Position()
        self._keys: tuple[tuple[str, str], ...] = ()
        self._rows: list[Sequence[Span]] = [(), (), ()]

    def locate(self, position: Position) -> None:
        """Show where the person is."""
        self._position = position
        self._rows[0] = position_row(position, self.size.width - 1)
        self._draw()

    def explain(self, sentence: Sequence[Span]) -> None:
        """Say in a sentence what the selected row means."""
        self._rows[1] = ((" ", "plain"), *sentence)
        self._draw()

    def offer(self, keys: Sequence[tuple[str, str]]) -> None:
        """Show which keys do what here."""
        self._keys = tuple(keys)
        self._rows[2] = ((" ", "plain"), *key_row(keys, self.size.width - 2))
        self._draw()

    def on_resize(self) -> None:
        """Cut anew for the new width."""
        self.locate(self._position)
        self.offer(self._keys)

    def _draw(self) -> None:
        if self.size.width > 2:
            self.show(self._rows)


def key_row(keys: Sequence[tuple[str, str]], room: int) -> list[Span]:
    """Put as many keys side by side as fit whole; the first ones matter most."""
    row: list[Span] = []
    for key, words in keys:
        label = key_name(key)
        room -= width(label) + 1 + width(words) + 2
        if room < -2:
            break
        row += [("  ", "plain")] if row else []
        row += [(label, "key"), (f" {words}", "muted")]
    return row


def key_name(key: str) -> str:
    """Write a key as it is printed on keyboards."""
    first = key.split(",", maxsplit=1)[0]
    if first.startswith("ctrl+"):
        return f"^{first.removeprefix('ctrl+')}"
    return _KEYS.get(first, first)
