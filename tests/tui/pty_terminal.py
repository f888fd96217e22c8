"""A real pseudo-terminal for tests: run a program in it, type, and see cell by cell what a terminal would show."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import pyte
from wcwidth import wcwidth

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 20.0
_TAKE_TERMINAL: Final = (
    "import fcntl,os,sys,termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
)
Look = tuple[str, str, str, bool, bool, bool, bool]


class PtyTerminal:
    """One program in one terminal; the program's controlling terminal, so that closing it hangs it up."""

    def __init__(
        self, argv: Sequence[str], environ: Mapping[str, str], columns: int = 80, rows: int = 24, cwd: Path = ROOT
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.output = b""
        self.master, slave = pty.openpty()
        self.modes_before = termios.tcgetattr(slave)
        self._slave_name = os.ttyname(slave)
        self.resize(columns, rows)
        self.process = subprocess.Popen(
            [sys.executable, "-c", _TAKE_TERMINAL, *argv],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=dict(environ),
            cwd=cwd,
            start_new_session=True,
        )
        self._slave: int | None = slave

    @property
    def text(self) -> str:
        """What the terminal shows."""
        return "\n".join(self._line(y).rstrip() for y in range(self.screen.lines))

    @property
    def cells(self) -> list[list[Look]]:
        """Every cell with its look."""
        buffer, columns = self.screen.buffer, range(self.screen.columns)
        return [
            [(c.data, c.fg, c.bg, c.bold, c.italics, c.underscore, c.reverse) for c in (buffer[y][x] for x in columns)]
            for y in range(self.screen.lines)
        ]

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.master, keys)

    def until(self, claim: Callable[[], bool] | str, patience: float = PATIENCE) -> None:
        """Read until the claim (or the text) holds."""
        holds: Callable[[], bool] = (lambda: claim in self.text) if isinstance(claim, str) else claim
        last = time.monotonic() + patience
        while not holds():
            if time.monotonic() > last or not self._read(0.2):
                message = f"never came: {claim}\n{self.text}\n{self.output[-2_000:]!r}"
                raise AssertionError(message)

    def is_idle(self, seconds: float = 0.3) -> bool:
        """Tell whether nothing came for a while and nothing will: all keys are read, no thread wants to go on.

        Without the last two a program that waits for a busy machine would look like one that has nothing to do.
        """
        known = len(self.output)
        self._read(seconds)
        return len(self.output) == known and not self._unread_keys() and not self._is_running()

    def wait(self, patience: float = PATIENCE) -> int:
        """Read until the program ends; give its exit code."""
        last = time.monotonic() + patience
        while self.process.poll() is None:
            assert time.monotonic() < last, f"still runs\n{self.text}"
            self._read(0.05)
        while self._read(0.0):
            pass
        return self.process.returncode

    def resize(self, columns: int, rows: int) -> None:
        """Change the size, as a window does."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def hang_up(self) -> None:
        """Close the terminal under the program."""
        self._close_slave()
        os.close(self.master)
        self.master = -1

    def modes(self) -> list[object]:
        """The line's modes now."""
        assert self._slave is not None
        return termios.tcgetattr(self._slave)

    def close(self) -> None:
        """End the program and the terminal."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        self._close_slave()
        if self.master >= 0:
            os.close(self.master)

    def _line(self, y: int) -> str:
        """One line; a second half whose wide character was overwritten is blank, as in real terminals."""
        out = ""
        for x in range(self.screen.columns):
            character = self.screen.buffer[y][x].data
            is_second = not character and out != "" and wcwidth(out[-1]) == 2
            out += character or ("" if is_second else " ")
        return out

    def _unread_keys(self) -> int:
        """Count the bytes typed that the program has not taken yet."""
        if self._slave is None:
            return 0
        return int(struct.unpack("i", fcntl.ioctl(self._slave, termios.FIONREAD, b"\0" * 4))[0])

    def _is_running(self) -> bool:
        """Tell whether a thread of the program runs, or would if a core were free, or waits for a disk."""
        for stat in Path(f"/proc/{self.process.pid}/task").glob("*/stat"):
            with contextlib.suppress(OSError):
                if stat.read_text().rpartition(")")[2].split()[0] in {"R", "D"}:
                    return True
        return False

    def _close_slave(self) -> None:
        if self._slave is not None:
            os.close(self._slave)
            self._slave = None

    def _read(self, seconds: float) -> bool:
        """Take what there is; ``False`` when the program ended and nothing is left."""
        if self.master < 0:
            return False
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return self.process.poll() is None
        try:
            chunk = os.read(self.master, 65_536)
        except OSError:
            return False
        self.output += chunk
        self.stream.feed(chunk)
        return True
