"""Decide how long to wait before asking again: the source's own hint first, else a random, growing pause."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import ceil
from random import Random
from typing import Final

LONGEST_HINT: Final = 3600.0
_BASE: Final = 0.5
_CAP: Final = 8.0
_NUMBER: Final = re.compile(r"\d{1,19}(?:\.\d{1,9})?", re.ASCII)
_EPOCH: Final = 1e9  # a larger "reset" is a time since 1970, a smaller one a number of seconds
_EPOCH_MS: Final = 1e12
_RESETS: Final = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
_AZURE: Final = re.compile(r"x-ms-ratelimit-microsoft\.[a-z-]+-retry-after")


def pause(attempt: int, rng: Random) -> float:
    """Give seconds to wait before the next attempt (the first is 0): full jitter under a doubling ceiling."""
    return rng.uniform(0, min(_CAP, _BASE * 2**attempt))


def hint(headers: Mapping[str, str], now: datetime) -> float | None:
    """Give the seconds that the source asks us to wait, at most an hour; ``None`` when it says nothing usable.

    Seen: ``retry-after-ms`` (OpenAI, Anthropic), ``Retry-After`` in seconds or as a date, reset headers as epoch,
    seconds or a JavaScript date (GitHub, GitLab, PagerDuty, Langfuse), and Azure's own names, one for each limit that
    was met, of which the longest counts. A date is held against the clock that wrote it, so that a wrong clock here
    does no harm.
    """
    clock = moment_of(headers.get("date", "")) or now
    after = headers.get("retry-after", "")
    if _NUMBER.fullmatch(milliseconds := headers.get("retry-after-ms", "")):
        return _capped(float(milliseconds) / 1000)
    limits = [value for name, value in headers.items() if _AZURE.fullmatch(name.lower())]
    if waits := [float(ceil(float(each))) for each in (after, *limits) if _NUMBER.fullmatch(each)]:
        return _capped(max(waits))
    if found := moment_of(after):
        return _capped((found - clock).total_seconds())
    resets = (_reset(headers[name], clock) for name in _RESETS if name in headers)
    return next((seconds for seconds in resets if seconds is not None), None)


def moment_of(text: str) -> datetime | None:
    """Read an HTTP date, or the date that JavaScript writes; ``None`` when it is neither."""
    try:
        found = parsedate_to_datetime(text)
        # parsedate leaves "GMT+0000" without a zone; both forms are UTC
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _reset(text: str, clock: datetime) -> float | None:
    if not _NUMBER.fullmatch(text):
        found = moment_of(text)
        return _capped((found - clock).total_seconds()) if found else None
    value = float(text)
    if value < _EPOCH:
        return _capped(value)
    seconds = value / 1000 if value >= _EPOCH_MS else value
    return _capped(seconds - clock.timestamp())


def _capped(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_HINT)
