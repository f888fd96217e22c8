"""Ask for whole intervals only: what is still running would be stored as if it were over."""

from collectors.base import Window


def whole_intervals(window: Window, seconds: int) -> tuple[int, int]:
    """Give the half-open stretch, in seconds since 1970, of the intervals that are over, from the window's first on.

    A window in which none ends gives the last one that is over: asking again does no harm, and a login is tried.
    """
    first, last = (int(when.timestamp()) // seconds * seconds for when in (window.start, window.end))
    return min(first, last - seconds), last
