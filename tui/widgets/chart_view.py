"""Give a history all the room there is; it is drawn again when that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.histories import History, drawn
from tui.widgets.lines import Lines

if TYPE_CHECKING:
    from textual.geometry import Size


class ChartView(Lines):
    """A chart as high and wide as its place."""

    def __init__(self, *, name: str = "") -> None:
        """Start empty; ``name`` becomes the id."""
        super().__init__(1, id=name or None)
        self._history: History | None = None
        self.is_ascii = False

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Take what the style gives."""
        del viewport, width
        return container.height

    def plot(self, history: History | None) -> None:
        """Draw this history."""
        self._history = history
        self._draw()

    def on_resize(self) -> None:
        """Draw for the new room."""
        self._draw()

    def _draw(self) -> None:
        width, height = self.size
        if self._history is None or width < 20 or height < 4:
            self.show([()] * max(1, height))
            return
        self.show([[(" ", "plain"), *row] for row in drawn(self._history, width - 2, height, is_ascii=self.is_ascii)])
