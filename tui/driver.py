"""Hold the terminal: leave it as it was on signals, end when it is gone, and survive bytes that are no text.

Textual 8.2's own driver spins at a full core when the terminal closes, and one invalid byte typed ends it. The
private names of Textual used here (``_key_thread`` and friends, the parser) are held by a contract test.
"""

import asyncio
import codecs
import os
import selectors
import signal
import termios
import threading
from contextlib import suppress
from typing import Any, Final

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from tui.first_paint import ALTERNATE

GONE: Final = 128 + signal.SIGHUP
_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_LAST_RESORT = 1.5  # seconds after which the process ends even if the terminal takes no more output
_ESCAPE = 0.1  # seconds in which an escape may still become a key; only then the parser must be asked again


class GuardedDriver(LinuxDriver):
    """Textual's terminal driver with manners."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Pass everything on to Textual."""
        super().__init__(*arguments, **options)
        self._is_gone = False
        self._wake_read = self._wake_write = -1

    def start_application_mode(self) -> None:
        """Take the terminal; from here on signals give it back first."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._leave, 128 + number)
        self._loop_of_app = loop
        self._wake_read, self._wake_write = os.pipe()
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual leaves it without annotations

    def write(self, data: str) -> None:
        """Write, unless nobody is there; the second screen is not taken twice, which would clear it."""
        first = getattr(self._app, "first_paint", None)
        if not self._is_gone and not (data == ALTERNATE and first is not None and first.hand_over()):
            super().write(data)

    def disable_input(self) -> None:
        """Stop reading keys, at once rather than after the next tick."""
        if not self.exit_event.is_set():
            self.exit_event.set()
            if self._wake_write >= 0:
                os.write(self._wake_write, b".")
            if self._key_thread is not None:
                self._key_thread.join()
            self.exit_event.clear()
        super().disable_input()

    def close(self) -> None:
        """Let go of everything; a program that was stopped takes it again."""
        super().close()
        for descriptor in {self._wake_read, self._wake_write} - {-1}:
            os.close(descriptor)
        self._wake_read = self._wake_write = -1

    def run_input_thread(self) -> None:
        """Wait for input without ticking, and pass it on; end the app when the terminal is gone."""
        parser = XTermParser(self._debug)
        decode = codecs.getincrementaldecoder("utf-8")("ignore").decode
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._wake_read, selectors.EVENT_READ)
            ticks = 0
            while not self.exit_event.is_set():
                ready = {key.fd for key, _ in selector.select(_ESCAPE if ticks else None)}
                ticks = 3 if ready else ticks - 1
                if self._wake_read in ready:
                    os.read(self._wake_read, 1)
                elif self.fileno in ready and not self._read(parser, decode):
                    return
                for message in parser.tick():
                    self.process_message(message)
        with suppress(EOFError, ParseError):
            list(parser.feed(""))

    def _read(self, parser: XTermParser, decode: Any) -> bool:
        """Read what was typed; ``False`` when the terminal is gone."""
        try:
            data = os.read(self.fileno, 4_096)
        except OSError:  # EIO: the other end of the terminal was closed
            data = b""
        if not data:
            self._is_gone = True
            self._forget_terminal()
            self._loop_of_app.call_soon_threadsafe(self._leave, GONE)
            return False
        typed = decode(data)
        for message in parser.feed(typed) if typed else ():  # no text would mean the end to the parser
            self.process_message(message)
        return True

    def _forget_terminal(self) -> None:
        """Let output go nowhere: a write to a closed terminal would raise at the very end and change the exit code."""
        nowhere = os.open(os.devnull, os.O_RDWR)
        device = os.fstat(self.fileno).st_rdev
        for descriptor in (1, 2):
            with suppress(OSError):
                if os.fstat(descriptor).st_rdev == device:
                    os.dup2(nowhere, descriptor)
        os.close(nowhere)

    def _leave(self, code: int) -> None:
        """End the app; should the terminal take no more output, end the process."""
        resort = threading.Timer(_LAST_RESORT, self._end, (code,))
        resort.daemon = True
        resort.start()
        self._app.exit(return_code=code)

    def _end(self, code: int) -> None:
        """End the process with the terminal's modes restored."""
        if self.attrs_before is not None:
            with suppress(termios.error):
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
        os._exit(code)
