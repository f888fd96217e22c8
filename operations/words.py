"""Write figures and lengths of time as people say them; a value and its limit never look equal when they differ."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

from store.values import Duration

_FEWEST: Final = 4
_MOST: Final = 12
_LONG: Final = 3_600
_LONGEST: Final = 1e11
_PERCENTILES: Final = frozenset({"p50", "p90", "p95", "p99"})


def figure(value: float, unit: str = "1", digits: int = _FEWEST) -> str:
    """Write a value with its unit: ``4.8 s``, ``0.71``, ``1200 token``, ``41.5 USD``; long times in hours and days."""
    if unit == "s" and _LONG <= value < _LONGEST and digits == _FEWEST:
        return length(timedelta(seconds=value))
    text = _plain(value, digits)
    shown = unit.strip("{}")
    return text if shown in {"", "1"} else f"{text} {shown}"


def compared(value: float, limit: float, unit: str = "1") -> tuple[str, str]:
    """Write a value and a limit with as many digits as it takes to tell them apart."""
    digits = _FEWEST
    while value != limit and digits < _MOST and figure(value, unit, digits) == figure(limit, unit, digits):
        digits += 1
    return figure(value, unit, digits), figure(limit, unit, digits)


def counted(number: int, one: str, many: str = "") -> str:
    """Count things: ``1 rule``, ``3 rules``, ``2 breaches``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def length(delta: timedelta) -> str:
    """Write a length of time in its largest fitting units: ``40s``, ``5m``, ``3h``, ``2d 4h``."""
    seconds = max(0, int(delta.total_seconds()))
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3_600:
        return f"{seconds // 60}m"
    if seconds < 86_400:
        hours, rest = divmod(seconds, 3_600)
        return f"{hours}h {rest // 60}m" if rest >= 60 else f"{hours}h"
    days, rest = divmod(seconds, 86_400)
    return f"{days}d {rest // 3_600}h" if rest >= 3_600 else f"{days}d"


def span(seconds: int) -> str:
    """Write a window's length as configuration does: ``1h``, ``5m``, ``1d12h``."""
    return str(Duration(seconds))


def subject(metric: str, stat: str) -> str:
    """Name what a rule measures in a sentence."""
    if metric == "cost":
        return "cost"
    if metric.startswith("evaluation:"):
        return metric.removeprefix("evaluation:")
    return f"{stat} of {metric}" if stat in _PERCENTILES else metric


def _plain(value: float, digits: int) -> str:
    """Write a number without an exponent as long as that is readable; digits before the point are never dropped."""
    if value and not 1e-6 <= abs(value) < 1e15:
        return f"{value:.{digits}g}"
    whole = len(str(int(abs(value))))
    return format(Decimal(f"{value:.{max(digits, whole)}g}"), "f")
