"""Close the screen with three rows: where you are, what the selected row means, and which keys do what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui.text import width
from tui.widgets.lines import Lines, Span, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEYS: Final = {
    "enter": "Enter", "escape": "Esc", "question_mark": "?", "slash": "/", "colon": ":", "left_square_bracket": "[",
    "right_square_bracket": "]", "space": "Space", "f2": "F2", "tab": "Tab", "shift+tab": "S-Tab", "minus": "-",
    "backspace": "Backspace", "pageup": "PgUp", "pagedown": "PgDn", "home": "Home", "end": "End", "up": "Up",
    "down": "Down", "left": "Left", "right": "Right",
}  # fmt: skip
_LONGEST: Final = 40
_SHORTEST: Final = 4


@dataclass(frozen=True, slots=True)
class Position:
    """Where the person is: the screens there are, the one in sight, the way into it, and how its table is cut."""

    places: tuple[tuple[str, str], ...] = ()
    current: str = ""
    crumbs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


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


def position_row(position: Position, room: int) -> Sequence[Span]:
    """Put the screens with their digits at the left, the way in behind the present one, the notes at the right.

    What does not fit goes in this order: the ends of the other screens' names, these screens, then the notes.
    """
    right: list[Span] = [("   ".join(position.notes), "muted")]
    for letters in (_LONGEST, _SHORTEST, 0):
        left = _places(position, letters)
        if _cells(left) + _cells(right) < room:
            break
    return spread(left, right, room)


def _places(position: Position, letters: int) -> list[Span]:
    """Name the other screens with so many letters at most; with none they are left out."""
    row: list[Span] = []
    for digit, title in position.places:
        if title != position.current:
            row += [(f" {digit}", "key"), (f" {title[:letters]} ", "muted")] if letters else []
            continue
        row += [(f" {digit} {title} ", "strong" if position.crumbs else "chip")]
        for place, crumb in enumerate(position.crumbs, 1):
            row += [("> ", "muted"), (f"{crumb} ", "chip" if place == len(position.crumbs) else "strong")]
    return row


def _cells(spans: Sequence[Span]) -> int:
    return sum(width(text) for text, _ in spans)


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
