"""Say where the person is: the first row of the footer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui.spans import cells_of, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.spans import Span

_LONGEST: Final = 40
_SHORTEST: Final = 4


@dataclass(frozen=True, slots=True)
class Position:
    """Where the person is: the screens there are, the one in sight, the way into it, and how its table is cut."""

    places: tuple[tuple[str, str], ...] = ()
    current: str = ""
    crumbs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def position_row(position: Position, room: int) -> Sequence[Span]:
    """Put the screens with their digits at the left, the way in behind the present one, the notes at the right.

    What does not fit goes in this order: the ends of the other screens' names, these screens, then the notes.
    """
    right: list[Span] = [("   ".join(position.notes), "muted")]
    for letters in (_LONGEST, _SHORTEST, 0):
        left = _places(position, letters)
        if cells_of(left) + cells_of(right) < room:
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
