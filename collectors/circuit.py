"""Leave a source that keeps failing alone for a while, and one that asked for patience until its time has come.

The state is what the store knows of the last runs; nothing is kept in memory, so it holds across processes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from store.errors import SourceError

OPENS_AFTER: Final = 5
_REST: Final = timedelta(minutes=5)
_LONGEST_REST: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Circuit:
    """How a source fared: runs failed in a row, when the last one ended, and until when it asked to be left alone."""

    failures: int = 0
    last: datetime | None = None
    not_before: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether the source has failed too often to be asked with full force."""
        return self.failures >= OPENS_AFTER

    @property
    def rest_until(self) -> datetime | None:
        """Give the end of the rest: five minutes after the fifth failure, doubling to an hour."""
        if not self.is_open or self.last is None:
            return None
        doublings = min(self.failures - OPENS_AFTER, 8)
        rest: timedelta = _REST * 2**doublings
        return self.last + min(rest, _LONGEST_REST)

    def admit(self, now: datetime) -> bool:
        """Raise ``SourceError`` while the source rests; else tell whether this is a single trial (half-open)."""
        if self.not_before is not None and now < self.not_before:
            wait = (self.not_before - now).total_seconds()
            raise SourceError(
                "throttled", f"not asked: the source wants {wait:.0f} s more of patience", retry_after=wait
            )
        if (until := self.rest_until) is not None and now < until:
            wait = (until - now).total_seconds()
            words = f"not asked: {self.failures} runs failed in a row; the next trial is in {wait:.0f} s"
            raise SourceError("circuit", words, retry_after=wait)
        return self.is_open
