"""Say a line of the screen as pieces of text that each mean something, and bring it to the cells there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tui.text import clip, width

if TYPE_CHECKING:
    from collections.abc import Sequence

Tone = Literal["plain", "muted", "strong", "accent", "critical", "warning", "unknown", "ok", "key", "chip"]
"""What a piece of text means; the theme says how that looks."""

Span = tuple[str, Tone]
Spans = tuple[Span, ...]


def fitted(spans: Sequence[Span], cells: int) -> list[Span]:
    """Cut spans to a number of cells; the last one shown ends in an ellipsis where something was left out."""
    kept: list[Span] = []
    room = cells
    for text, tone in spans:
        size = width(text)
        if size > room:
            return [*kept, (clip(text, room), tone)]
        kept.append((text, tone))
        room -= size
    return kept


def spread(left: Sequence[Span], right: Sequence[Span], cells: int) -> Spans:
    """Put one group at the left edge and one at the right; the right one gives way when both do not fit."""
    gap = cells - cells_of(left) - cells_of(right)
    return (*left, (" " * gap, "plain"), *right) if gap >= 1 else tuple(left)


def cells_of(spans: Sequence[Span]) -> int:
    """Count the cells that spans take beside each other."""
    return sum(width(text) for text, _ in spans)
