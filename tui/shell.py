"""Give an app what every terminal session needs: cells that differ only, a guarded driver, crash reports of our own."""

import os
import sys
from datetime import UTC, datetime

from rich.console import RenderableType
from textual import events
from textual.css.query import NoMatches
from textual.dom import NoScreen
from textual.driver import Driver
from textual.widget import MountError

from tui import crash
from tui.guarded import Guarded, is_typed
from tui.output import CellDiff
from tui.text import printable

_UNDER_WAY = (NoMatches, NoScreen, MountError)
"""What a screen raises that is left while it opens: it looks for children, a parent or itself that never came."""


class Shell(CellDiff):
    """The base of the app; what the screens are about is not known here."""

    last_words = ""
    """What is said on stderr after a fault."""

    def get_driver_class(self) -> type[Driver]:
        """Use our driver where Textual would use its own for Unix terminals."""
        from textual.drivers.linux_driver import LinuxDriver

        given = super().get_driver_class()
        if given is not LinuxDriver:
            return given
        from tui.driver import GuardedDriver

        return GuardedDriver

    async def on_event(self, event: events.Event) -> None:
        """Drop what was typed before the question in sight could be read."""
        if is_typed(event) and isinstance(self.screen, Guarded) and not self.screen.takes(event):
            event.stop()
            return
        await super().on_event(event)

    def panic(self, *renderables: RenderableType) -> None:  # noqa: ARG002  # they may hold values
        """End after a fault that Textual reports by a ready-made traceback (its input thread)."""
        self._end(RuntimeError("Textual's input thread"))

    def _handle_exception(self, error: Exception) -> None:
        """End with our report; Textual's prints the values of local variables."""
        if self._exit and isinstance(error, _UNDER_WAY):
            return
        if self._exception is None:
            self._exception = error  # what test pilots raise again
            self._exception_event.set()
        self._end(error)

    def _end(self, error: Exception) -> None:
        """Write the report and leave with its exit code and one line on stderr."""
        self._return_code = crash.EXIT_INTERNAL
        path = None if self.is_headless else crash.report(error, crash.folder(os.environ), datetime.now(UTC))
        self.last_words = self.last_words or crash.line(error, path)
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """Say the last words once the terminal is given back; Textual would wrap and crop them."""
        super()._print_error_renderables()
        if self.last_words:
            print(printable(self.last_words, 2_000), file=sys.__stderr__)  # words to people
