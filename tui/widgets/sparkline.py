"""Draw the course of a figure in one line of a table cell."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

BLOCKS: Final = "▁▂▃▄▅▆▇█"
ASCII: Final = "_.-:=+*#"


def sparkline(values: Sequence[float | None], width: int, *, is_ascii: bool = False) -> str:
    """Draw the course of a figure in one line, the newest at the right; a value that is not known is a blank."""
    ramp = ASCII if is_ascii else BLOCKS
    known = [value if value is not None and math.isfinite(value) else None for value in values]
    if len(known) > width:
        shown = [_newest(known[at * len(known) // width : (at + 1) * len(known) // width]) for at in range(width)]
    else:
        shown = [*itertools.repeat(None, width - len(known)), *known]
    present = [value for value in shown if value is not None]
    if not present:
        return " " * width
    low, high = min(present), max(present)
    top = len(ramp) - 1
    return "".join(" " if value is None else ramp[_level(value, low, high, top)] for value in shown)


def _newest(values: Sequence[float | None]) -> float | None:
    """Give the last known value: one that was observed, where a mean of percentiles would be made up."""
    return next((value for value in reversed(values) if value is not None), None)


def _level(value: float, low: float, high: float, top: int) -> int:
    """Place a value on a ramp; what never changes stands in the middle."""
    return top // 2 if high <= low else round((value - low) / (high - low) * top)
