"""Paint the last known portfolio with bare escape sequences: Textual takes longer to load than all the rest of a start.

The picture is the one that Textual paints next, in attributes alone. The terminal is given back when the start fails,
and passed on when Textual's driver is there.
"""

from __future__ import annotations

import os
import signal
import termios
from typing import TYPE_CHECKING, Any, Final, Self

from store.accounts import own_name
from tui.ascii_signs import ascii_of
from tui.figures import spoken
from tui.listing import Cut
from tui.listings.systems import SYSTEMS
from tui.screens import ORDER
from tui.spans import fitted
from tui.text import printable
from tui.widgets.columns import CURSOR, GAP, MARGIN, fit, layout
from tui.widgets.header_rows import header_rows
from tui.widgets.position import Position, position_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from types import FrameType, TracebackType
    from typing import TextIO

    from tui.snapshot import Snapshot
    from tui.spans import Span, Tone

ALTERNATE: Final = "\x1b[?1049h"
"""Takes the terminal's second screen; what the first one shows comes back at the end."""

_TAKE: Final = f"{ALTERNATE}\x1b[?25l\x1b[?7l\x1b[H\x1b[2J"
_WRAP: Final = "\x1b[?7h"
_GIVE_BACK: Final = "\x1b[m\x1b[?25h\x1b[?1049l"
_LOOKS: Final[Mapping[Tone, str]] = {"strong": "1", "critical": "1", "warning": "1", "muted": "2", "chip": "7"}
_AROUND: Final = 6
"""Rows that are not the table's: two of the header, its titles, three of the footer."""
_FIXED: Final = 2
_INPUT: Final = 0
_LOCAL: Final = 3
"""Places of the modes of input and of the line in what ``termios`` gives."""
_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)
_LAST_RESORT: Final = 1
"""Seconds after which the process ends even if the terminal takes no more output."""


class FirstPaint:
    """The terminal from the first row until Textual's driver takes it over; without a picture it is never touched."""

    def __init__(self, stream: TextIO | None) -> None:
        """Take the stream that Textual's driver will write to."""
        self._stream = stream
        self._is_held = False
        self._modes: list[Any] | None = None

    def __enter__(self) -> Self:
        """Give the terminal back on signals too, until the driver looks after them."""
        self._before = {number: signal.signal(number, self._leave) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the terminal back if nobody has taken it over."""
        if self.hand_over():
            self._write(_GIVE_BACK)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def show(self, last: Snapshot, now: datetime, *, is_ascii: bool) -> None:
        """Paint what is known, where it fits."""
        if self._stream is None:
            return
        width, height = os.get_terminal_size(self._stream.fileno())
        lines = [_drawn(line, width, is_ascii=is_ascii) for line in picture(last, now, width, height)]
        self._is_held = True
        self._take_keys()
        self._write(_TAKE + "\r\n".join(lines) + _WRAP)

    def hand_over(self) -> bool:
        """Say whether the second screen is taken already, and leave it to who asks."""
        was_held, self._is_held = self._is_held, False
        if self._modes is not None and self._stream is not None:
            termios.tcsetattr(self._stream.fileno(), termios.TCSANOW, self._modes)
            self._modes = None
        return was_held

    def _leave(self, number: int, _: FrameType | None) -> None:
        """End the process with the terminal given back, also where it is gone or takes no output.

        At once: an exception here would be raised inside whatever is imported, which may swallow it or leave a lock of
        the import behind that the reading thread waits for to the end. Nothing is open yet that has to be closed.
        """
        signal.signal(signal.SIGALRM, lambda *_: os._exit(128 + number))
        signal.alarm(_LAST_RESORT)
        try:
            if self.hand_over() and self._stream is not None:
                os.write(self._stream.fileno(), _GIVE_BACK.encode())
        finally:
            os._exit(128 + number)

    def _take_keys(self) -> None:
        """Keep what is typed meanwhile for the screens as it is: nothing is echoed, Enter stays Enter."""
        if self._stream is None:
            return
        self._modes = termios.tcgetattr(self._stream.fileno())
        modes = [*self._modes]
        modes[_INPUT] &= ~termios.ICRNL
        modes[_LOCAL] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(self._stream.fileno(), termios.TCSANOW, modes)

    def _write(self, text: str) -> None:
        if self._stream is not None:
            self._stream.write(text)
            self._stream.flush()


def picture(last: Snapshot, now: datetime, width: int, height: int) -> Iterator[Sequence[Span]]:
    """Give the lines of the portfolio screen: header, systems, where one is, what the first row means."""
    notice = f"as of {spoken(last.written, now)} ago"
    for row in header_rows(last.summary, notice, now, width - 2, own_name()):
        yield [(" ", "plain"), *row]
    room = max(0, height - _AROUND)
    yield from _table(last, now, width, room)
    there = len(last.rows)
    yield from [()] * (room - min(there, room))
    places = tuple((place.digit, place.title) for place in ORDER)
    yield position_row(Position(places, ORDER[0].title, notes=Cut().notes(SYSTEMS, there, there)), width - 1)
    if last.rows:
        yield [(" ", "plain"), *((printable(text), tone) for text, tone in SYSTEMS.sentence(last.rows[0], now))]


def _table(last: Snapshot, now: datetime, width: int, room: int) -> Iterator[Sequence[Span]]:
    """Give the titles and the rows; the cursor's sign stands before the first."""
    placed = layout(SYSTEMS.columns, width, fixed=_FIXED)
    titles = [fit(SYSTEMS.columns[each.index].title, each.width, each.align) for each in placed]
    yield [(" " * MARGIN + (" " * GAP).join(titles), "strong")]
    for number, (_, cells) in enumerate(SYSTEMS.rows(last.rows[:room], now)):
        texts = [fit(cells[each.index][0], each.width, each.align) for each in placed]
        tones = [_tone(cells[each.index][1]) for each in placed]
        blanks = [" " * MARGIN if number else CURSOR, *[" " * GAP] * (len(placed) - 1)]
        yield [(blank + text, tone) for blank, text, tone in zip(blanks, texts, tones, strict=True)]


def _tone(look: str) -> Tone:
    """Give the tone of a cell's look; one that has no attribute is plain."""
    return next((tone for tone in _LOOKS if tone == look), "plain")


def _drawn(line: Sequence[Span], width: int, *, is_ascii: bool) -> str:
    """Write a line with its attributes, cut at the edge."""
    spans = fitted(line, width)
    return "".join(_looking(ascii_of(text) if is_ascii else text, _LOOKS.get(tone, "")) for text, tone in spans)


def _looking(text: str, attribute: str) -> str:
    return f"\x1b[{attribute}m{text}\x1b[m" if attribute else text
