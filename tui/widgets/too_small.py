"""Say in numbers what a terminal lacks that is too small to be of use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.widgets.lines import Lines

if TYPE_CHECKING:
    from textual.geometry import Size

WIDTH: Final = 56
HEIGHT: Final = 12


class TooSmall(Lines):
    """What is found and what is needed."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__(2, id="too-small")

    def tell(self, size: Size) -> None:
        """Say both sizes."""
        found = f"this terminal has {size.width} x {size.height} cells"
        needed = f"at least {WIDTH} x {HEIGHT} are needed, 80 x 24 show everything"
        self.show([[(found, "strong")], [(needed, "muted")]])


def is_too_small(size: Size) -> bool:
    """Say whether nothing useful fits."""
    return size.width < WIDTH or size.height < HEIGHT
