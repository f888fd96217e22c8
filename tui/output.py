"""Send the terminal only the cells that changed, where Textual sends every line that was touched.

This stands on private names of Textual 8.2 (``App._display``, ``LayoutUpdate``, ``ChopsUpdate``). A contract test holds
them; should they look different at run time, Textual's own output is used. ``LLMOPS_TUI_DIFF=0`` turns it off.
"""

import inspect
import logging
import os
from collections.abc import Sequence
from typing import Any, Final

from rich.color import ColorSystem
from rich.console import RenderableType
from textual import _compositor, events
from textual.app import App
from textual.filter import LineFilter
from textual.screen import Screen
from textual.timer import Timer  # noqa: TC002  # Textual resolves annotations of apps

from tui.filters import Ascii, Colourless, Guard
from tui.frame import Frame

log = logging.getLogger(__name__)

SWITCH: Final = "LLMOPS_TUI_DIFF"
_SYSTEMS: Final = {
    "standard": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "truecolor": ColorSystem.TRUECOLOR,
    "windows": ColorSystem.WINDOWS,
}
_SYNCHRONISED = 512  # bytes from which tearing could be seen; the marks of an update cost 16
_PATIENCE = 1 / 30  # seconds until a frame is tried again that found the last one still being written
_SHAPES: Final = {
    "LayoutUpdate": ("self", "strips", "region"),
    "ChopsUpdate": ("self", "chops", "spans", "chop_ends"),
}
_NAMES: Final = ("_begin_update", "_end_update", "post_display_hook")


def shapes_fit() -> bool:
    """Say whether Textual looks inside as it did when this was written."""
    for name, wanted in _SHAPES.items():
        update = getattr(_compositor, name, None)
        if update is None or tuple(inspect.signature(update.__init__).parameters) != wanted:
            return False
    given = tuple(inspect.signature(App._display).parameters)  # noqa: SLF001  # the hook itself
    return given == ("self", "screen", "renderable") and all(hasattr(App, name) for name in _NAMES)


class CellDiff(App[None]):
    """An app that compares each frame with what the terminal shows."""

    is_ascii = False
    """Whether the terminal knows ASCII only; set before the first paint."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Pass everything on to Textual."""
        super().__init__(*arguments, **options)
        self.bytes_written = 0
        self.frames_written = 0
        self._is_comparing = os.environ.get(SWITCH) != "0" and shapes_fit()
        self._frame: Frame | None = None
        self._waiting: Timer | None = None
        self._cursor_at = (-1, -1)
        self._guard = Guard()
        self._colourless = Colourless()
        self._ascii = Ascii()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Filter lines as the terminal needs it; with NO_COLOR ours replaces Textual's, which sends greys.

        Where cells are compared they are guarded too, and the terminal's own colours need no translation, so that most
        terminals need no filter; filters took a third of the time of a frame.
        """
        filters: list[LineFilter] = []
        if not self._is_comparing:
            filters += [self._guard, *([] if self.no_color else super().get_line_filters())]
        return filters + [self._colourless] * self.no_color + [self._ascii] * self.is_ascii

    def on_mount(self) -> None:
        """Know when the terminal was somebody else's."""
        self.app_resume_signal.subscribe(self, lambda _app: self.redraw())

    def on_resize(self, _event: events.Resize) -> None:
        """Forget the screen: what a terminal makes of it when its size changes is its own affair."""
        self.redraw()

    def redraw(self) -> None:
        """Paint every cell again, whatever the terminal shows."""
        self._frame = None
        self._cursor_at = (-1, -1)
        self.call_after_refresh(self._paint)

    def _paint(self) -> None:
        """Take a whole frame from the compositor."""
        if self.screen_stack:
            compositor = self.screen._compositor  # noqa: SLF001  # as above, held by the contract test
            self._display(self.screen, compositor.render_update(full=True, screen_stack=self._background_screens))

    def _set_pointer_shape(self, shape: str) -> None:
        """Leave the pointer alone: the mouse is off, and old terminals print the sequence."""

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Take a frame from the compositor."""
        if not self._is_comparing or not self._is_ours(renderable):
            super()._display(screen, renderable)
            return
        try:
            self._take(renderable)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            log.warning(
                "the frame has another shape; Textual's own output is used", extra={"error": type(error).__name__}
            )
            self._is_comparing = False
            self.refresh()
            super()._display(screen, renderable)
            return
        self._flush_frame()
        self.post_display_hook()

    def _is_ours(self, renderable: RenderableType | None) -> bool:
        """Say whether this is a frame for a real terminal."""
        is_frame = isinstance(renderable, _compositor.LayoutUpdate | _compositor.ChopsUpdate)
        is_live = self._running and not self._closed and not self._batch_count
        return is_frame and is_live and not self.is_headless and self._driver is not None and not self._driver.is_inline

    def _take(self, update: Any) -> None:
        """Note what the frame wants, cell by cell."""
        width, height = self.size
        frame = self._frame
        if frame is None or (frame.width, frame.height) != (width, height):
            frame = self._frame = Frame(width, height, _SYSTEMS.get(self.console.color_system or ""))
        if isinstance(update, _compositor.LayoutUpdate):
            for y, strips in enumerate(update.strips, update.region.y):
                x = update.region.x
                for strip in strips:
                    frame.put(x, y, strip)
                    x += strip.cell_length
            return
        for y, first, last in update.spans:
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if strip is not None and x < last and end > first:
                    frame.put(x, y, strip.crop(0, min(end, last) - x))

    def _flush_frame(self) -> None:
        """Write the difference, or wait while the terminal is still busy with the last one: only the newest counts."""
        if self._frame is None or self._driver is None:
            return
        if self._is_writing():
            self._waiting = self._waiting or self.set_timer(_PATIENCE, self._try_again)
            return
        cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
        text = self._frame.differences()
        if text or cursor != self._cursor_at:
            self._send(f"{text}\x1b[{cursor.y + 1};{cursor.x + 1}H")
            self._cursor_at = (cursor.x, cursor.y)

    def _try_again(self) -> None:
        """Write the frame that had to wait, unless everything was closed meanwhile."""
        self._waiting = None
        if self.screen_stack:
            self._flush_frame()

    def _send(self, text: str) -> None:
        """Hand bytes to the terminal and count them."""
        if self._driver is None:
            return
        is_long = len(text) > _SYNCHRONISED
        if is_long:
            self._begin_update()
        self._driver.write(text)
        if is_long:
            self._end_update()
        self._driver.flush()
        self.bytes_written += len(text.encode("utf-8", "replace"))
        self.frames_written += 1

    def _is_writing(self) -> bool:
        """Say whether the last frame still waits to be written (a slow line, a stopped terminal)."""
        queue = getattr(getattr(self._driver, "_writer_thread", None), "_queue", None)
        return queue is not None and queue.qsize() > 0
