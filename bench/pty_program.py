"""Run a program in a real pseudo-terminal and note when each byte came; what it showed is worked out afterwards.

Nothing interprets the bytes while the clock runs: an emulator on the same cores would be measured too.
"""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import pyte

_PATIENCE = 60.0
_CHUNK = 65_536
_SCHEDULED = 2  # CPUCLOCK_SCHED of Linux: the time that all threads of a process were on a core


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds since the start by the clock on the wall, and by the processor's, which other programs do not move."""

    wall: float
    worked: float


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes as they came: when, and how long the program had been on a core by then."""

    moment: Moment
    content: bytes


class PtyProgram:
    """One program in one terminal; leaving the ``with`` ends it."""

    def __init__(
        self, argv: Sequence[str], environ: Mapping[str, str] | None = None, columns: int = 80, rows: int = 24
    ) -> None:
        """Start the program; the clock begins just before."""
        self.columns, self.rows = columns, rows
        self.chunks: list[Chunk] = []
        surroundings = {**_plain(os.environ), **(environ or {})}
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._begun = time.perf_counter()
        self._process = subprocess.Popen(
            list(argv), stdin=slave, stdout=slave, stderr=slave, env=surroundings, start_new_session=True
        )
        os.close(slave)
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        """Use the running program."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it and let go of the terminal."""
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    @property
    def written(self) -> int:
        """Bytes that came so far."""
        return sum(len(chunk.content) for chunk in self.chunks)

    @property
    def text(self) -> str:
        """What the terminal shows after all that came."""
        screen = pyte.Screen(self.columns, self.rows)
        pyte.ByteStream(screen).feed(b"".join(chunk.content for chunk in self.chunks))
        return "\n".join(screen.display)

    @property
    def processor(self) -> float:
        """Seconds that the program was on a core, all threads together."""
        return time.clock_gettime(~self.pid << 3 | _SCHEDULED)

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._master, keys)

    def quiet(self, seconds: float, then: float | None = None) -> None:
        """Read until nothing came for so long; after the first bytes ``then`` is enough."""
        while self._read(seconds):
            seconds = seconds if then is None else then

    def spend(self, seconds: float) -> None:
        """Read for so long, whatever comes."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._read(left)

    def until(self, claim: Callable[[str], bool], quiet: float = 0.3) -> None:
        """Read until what the terminal shows fulfils the claim and nothing more comes."""
        end = time.perf_counter() + _PATIENCE
        self.quiet(quiet)
        while not claim(self.text):
            if time.perf_counter() > end:
                raise SystemExit(f"it never showed what was waited for; the terminal shows\n{self.text}")
            self.quiet(quiet)

    def first(self, claim: Callable[[pyte.Screen], bool]) -> Moment:
        """Give when the bytes came after which the screen fulfilled the claim."""
        screen = pyte.Screen(self.columns, self.rows)
        stream = pyte.ByteStream(screen)
        for chunk in self.chunks:
            stream.feed(chunk.content)
            if claim(screen):
                return chunk.moment
        raise SystemExit("it never showed what was waited for; the terminal shows\n" + "\n".join(screen.display))

    def _read(self, seconds: float) -> bool:
        """Take what there is; ``False`` when nothing came in time."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return False
        try:
            content = os.read(self._master, _CHUNK)
        except OSError as error:  # the program ended
            raise SystemExit(f"the program ended by itself: {self.text}") from error
        self.chunks.append(Chunk(Moment(time.perf_counter() - self._begun, self.processor), content))
        return True


def _plain(environ: Mapping[str, str]) -> dict[str, str]:
    """Give every run the same terminal, whatever this one is."""
    kept = {name: value for name, value in environ.items() if not name.startswith(("LLMOPS_TUI", "TEXTUAL", "SSH_"))}
    for name in ("NO_COLOR", "PYTHONDONTWRITEBYTECODE"):  # an installed program is compiled
        kept.pop(name, None)
    return {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
