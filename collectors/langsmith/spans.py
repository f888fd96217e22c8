"""Part a window into the days and intervals for which statistics are asked, none older than LangSmith looks back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from collectors.answers import moment
from collectors.base import Window
from collectors.langsmith.settings import Settings
from collectors.steps import DAY, floor

_BACK: Final = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Span:
    """A day or an interval, asked for up to ``end``; it is over when that is all of it."""

    start: datetime
    length: timedelta
    end: datetime

    @property
    def is_over(self) -> bool:
        """Say whether nothing of it is still to come."""
        return self.end == self.start + self.length

    def params(self, scope: str) -> dict[str, str]:
        """Ask for statistics of the runs that began in it."""
        before = f'lt(start_time, "{self.end.isoformat()}")'
        return {
            "include_stats": "true",
            "stats_start_time": self.start.isoformat(),
            "stats_filter": f"and({scope}, {before})" if scope else before,
        }

    def written(self) -> dict[str, object]:
        """Write it for the answer that it belongs to."""
        moments = {"start": self.start, "end": self.end, "until": self.start + self.length}
        return {name: each.isoformat() for name, each in moments.items()}


def read(found: Mapping[str, object]) -> Span:
    """Read what was written."""
    start, end, until = (moment(found.get(name), f"span.{name}") for name in ("start", "end", "until"))
    return Span(start, until - start, end)


def earliest(window: Window) -> datetime:
    """Give when the window begins, or how far LangSmith looks back if that is later."""
    return max(window.start, window.now - _BACK)


def spans(window: Window, settings: Settings) -> Iterator[Span]:
    """Give every day up to the end, and every interval that is over if it is shorter."""
    first = floor(earliest(window), "day")
    start = first if first >= window.now - _BACK else first + DAY
    for length in dict.fromkeys((DAY, settings.interval.delta)):
        begin = start
        while begin < window.end:
            span = Span(begin, length, min(begin + length, window.end))
            if length == DAY or span.is_over:
                yield span
            begin += length
