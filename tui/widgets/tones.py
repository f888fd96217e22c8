"""Say how a piece of text looks by what it means, from the theme's own names.

Component classes would do the same, but each costs every widget styles of its own: a tenth of the first paint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.style import Style
from textual.color import Color

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.spans import Tone

_LOOKS: Final[Mapping[Tone, tuple[str, str]]] = {
    "plain": ("", ""),
    "muted": ("", "state-muted"),
    "strong": ("bold", ""),
    "accent": ("", "state-accent"),
    "critical": ("", "state-critical"),
    "warning": ("", "state-warning"),
    "unknown": ("", "state-unknown"),
    "ok": ("", "state-ok"),
    "key": ("bold", "state-accent"),
    "chip": ("reverse", ""),
}
"""Attributes and the theme's variable of each tone."""


def toned(tone: Tone, theme: Mapping[str, str]) -> Style:
    """Give the look of a tone by the theme's names; component classes would cost each row of text its own styles."""
    words, names = _LOOKS[tone]
    color = Color.parse(theme[names]).rich_color if names in theme else None
    attributes = Style.parse(f"{words} {theme.get(f'{names}-style', '')}".replace("none", "").strip() or "none")
    return attributes + Style(color=color)
