"""Run a program in a real pty, read what it draws through a terminal emulator, and press its keys."""

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyte

CHUNK = 65_536
_REST = 0.05
"""Seconds in which what an ended program drew last is there."""


class Terminal:
    """A terminal of a fixed size with one program in it."""

    def __init__(
        self,
        argv: Sequence[str],
        columns: int = 80,
        lines: int = 24,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        """Start the program with the terminal as its three streams."""
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.received = bytearray()
        self.process = subprocess.Popen(
            argv,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            cwd=cwd,
            env={**os.environ, "TERM": "xterm-256color", **(environ or {})},
        )
        os.close(theirs)

    def text(self) -> str:
        """Give the screen as it stands, one line a row."""
        return "\n".join(self._screen.display)

    def wait_for(self, is_there: Callable[[str], bool], patience: float = 60.0) -> str:
        """Read until the screen is as wanted; fail with the last screen when patience or the program ends."""
        deadline = time.monotonic() + patience
        while not is_there(self.text()):
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"it did not appear; the screen was:\n{self.text()}")
        return self.text()

    def rest(self, seconds: float) -> str:
        """Read for so long, whatever comes."""
        deadline = time.monotonic() + seconds
        while self._read(deadline - time.monotonic()):
            pass
        return self.text()

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._ours, keys.encode())

    def ended(self, patience: float = 30.0) -> int:
        """Read until the program ends and give its exit code."""
        deadline = time.monotonic() + patience
        while self.process.poll() is None and self._read(deadline - time.monotonic()):
            pass
        self.rest(_REST)
        return self.process.wait(max(0.1, deadline - time.monotonic()))

    def close(self) -> None:
        """Take the terminal away, as a dropped connection does, and end the program if it stayed."""
        with contextlib.suppress(OSError):
            os.close(self._ours)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def _read(self, patience: float) -> bool:
        """Take in what was drawn; false when nothing more will come in time."""
        if patience <= 0:
            return False
        ready, _, _ = select.select([self._ours], [], [], patience)
        if not ready:
            return False
        try:
            drawn = os.read(self._ours, CHUNK)
        except OSError:  # EIO: the program closed its side
            return False
        self.received += drawn
        self._stream.feed(drawn)
        return bool(drawn)
