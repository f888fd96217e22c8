"""Say since when a rule fails: when a breach is first seen, look back over what is stored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from operations.breaches import FAILING
from operations.rules import Rule
from operations.settings import Threshold
from operations.thresholds import Reading, WindowState, window_state
from store.values import Confirm

REACH: Final = timedelta(days=30)
_MOST: Final = 2_000


def widened(rule: Rule, window: int) -> Rule:
    """Ask for as many windows of so many seconds as a month holds, in place of those that confirmation needs."""
    asked = min(max(int(REACH.total_seconds()) // max(window, 1), rule.threshold.confirm.of), _MOST)
    return replace(rule, threshold=replace(rule.threshold, confirm=Confirm(1, asked)))


def stretch(threshold: Threshold, readings: Sequence[Reading]) -> tuple[WindowState, ...]:
    """Give the windows, newest first, back to the oldest failing one of the stretch that lasts until now.

    The stretch ends where as many windows in a row were ok as confirmation asks to fail; windows without enough data
    say nothing either way.
    """
    windows = [window_state(threshold, reading) for reading in readings]
    oldest = calm = 0
    for place, window in enumerate(windows):
        if window.state in FAILING:
            oldest, calm = place, 0
        elif window.state == "ok":
            calm += 1
            if calm >= threshold.confirm.hits:
                break
    return tuple(windows[: oldest + 1])
