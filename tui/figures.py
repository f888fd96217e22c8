"""Write figures the way people read them: ages, amounts, shares and quantities, never wider than a column.

What is not known is a dash, never a zero. Ages step by the minute, so that an unchanged picture stays unchanged.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from operations.vendors import SharedEvent
    from store.records import State

NOT_KNOWN: Final = "-"
SIGNS: Final[dict[State, str]] = {"critical": "!!", "warning": "!", "unknown": "?", "ok": "ok"}
WORDS: Final[dict[State, str]] = {"critical": "critical", "warning": "warning", "unknown": "unknown", "ok": "ok"}
SHORT: Final[dict[State, str]] = {"critical": "!! CRIT", "warning": "!  WARN", "unknown": "?  UNKN", "ok": "ok"}
SEVERITY: Final[dict[State, int]] = {"critical": 3, "warning": 2, "unknown": 1, "ok": 0}
_SYMBOLS: Final = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_STEPS: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def shared(event: SharedEvent) -> str:
    """Say which event is breached where."""
    return f"one event, {event.event}, in {plural(event.system_count, 'system')}: {event.systems}"


def ago(then: datetime | None, now: datetime) -> str:
    """Say how long ago in at most four cells: ``now``, ``5m``, ``3h``, ``12d``."""
    return NOT_KNOWN if then is None else length(now - then)


def length(span: timedelta) -> str:
    """Say how long in at most four cells; under a minute is ``now``, ahead of the clock is ``+``."""
    minutes = int(span.total_seconds() / 60)
    if minutes < 0:
        return "+" + length(-span)
    if minutes == 0:
        return "now"
    if minutes < 120:
        return f"{minutes}m"
    hours = minutes // 60
    return f"{hours}h" if hours < 72 else f"{hours // 24}d"


def spoken(then: datetime | None, now: datetime) -> str:
    """Say how long ago in words for a sentence: ``under a minute``, ``5 min``, ``3 h``, ``12 days``."""
    if then is None:
        return "an unknown time"
    minutes = int((now - then).total_seconds() // 60)
    if minutes < 1:
        return "under a minute"
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 72 else f"{hours // 24} days"


def clock(then: datetime | None) -> str:
    """Write a moment by day and minute, in UTC, as everything in the store is."""
    return NOT_KNOWN if then is None else f"{then:%d %b %H:%MZ}"


def short(value: float | None) -> str:
    """Write a number with three significant digits in at most five cells."""
    if value is None:
        return NOT_KNOWN
    size = abs(value)
    for step, letter in _STEPS:
        if size >= step * 0.9995:
            return _digits(value / step) + letter
    return _digits(value)


def count(value: int | None) -> str:
    """Write a number of things: whole while it is small, with a letter when it is not."""
    return str(value) if value is not None and abs(value) < 1000 else short(value)


def quantity(value: float | None, unit: str) -> str:
    """Write a number with its unit where that is short: seconds and money; a bare number of three digits otherwise."""
    if value is None:
        return NOT_KNOWN
    if unit == "s":
        return seconds(value)
    if unit in _SYMBOLS:
        return money(Decimal(str(value)), unit)
    return f"{value:.3g}" if 1e-4 <= abs(value) < 0.1 else short(value)


def bound(value: float | None, stat: str, unit: str) -> str:
    """Write a limit as people set it, without zeros that say nothing: ``0.05``, ``95%``, ``2s``."""
    text = measure(value, stat, unit)
    number = text.rstrip("%kMGTsmhd")
    whole = number.rstrip("0").rstrip(".") if "." in number else number
    return whole + text[len(number) :]


def measure(value: float | None, stat: str, unit: str) -> str:
    """Write a value of a metric: ratios as percentages, seconds and money with their units."""
    return share(value) if stat == "ratio" else quantity(value, unit)


def seconds(value: float | None) -> str:
    """Write a latency: ``640ms``, ``2.1s``, ``45s``, ``3m``, ``5h``, ``2d``."""
    if value is None:
        return NOT_KNOWN
    size = abs(value)
    if 0 < size < 0.9995:
        return f"{value * 1000:.0f}ms"
    if size < 9.95:
        return f"{value:.1f}s"
    if size < 120:
        return f"{value:.0f}s"
    if size < 7200:
        return f"{value / 60:.0f}m"
    return f"{value / 3600:.0f}h" if size < 72 * 3600 else f"{value / 86400:.0f}d"


def share(value: float | None) -> str:
    """Write a share of one as a percentage: ``0.3%``, ``12%``, ``104%``."""
    if value is None:
        return NOT_KNOWN
    percent = value * 100
    return f"{percent:.1f}%" if 0 < abs(percent) < 9.95 else f"{percent:.0f}%"


def money(amount: Decimal | None, currency: str) -> str:
    """Write an amount with its sign of currency: ``$41``, ``$8.1k``, ``CHF 12``."""
    if amount is None:
        return NOT_KNOWN
    sign = _SYMBOLS.get(currency, f"{currency} ")
    size = abs(amount)
    figure = f"{float(amount):.2f}" if 0 < size < 10 else short(float(amount))
    return sign + figure


def plural(count: int, word: str, words: str = "") -> str:
    """Count things in words: ``1 source``, ``3 sources``."""
    return f"{count} {word if count == 1 else words or word + 's'}"


def _digits(value: float) -> str:
    """Give three significant digits without an exponent, as short as they read back the same."""
    size = abs(value)
    if size == 0 or size >= 99.95:
        return f"{value:.0f}"
    if size < 1e-98:
        return "~0"
    if size < 0.0005:
        return f"{value:.0e}".replace("e-0", "e-")
    text = f"{value:.1f}" if size >= 9.995 else f"{value:.2f}" if size >= 0.0995 else f"{value:.3f}"
    return text.removesuffix(".0") if size >= 9.995 else text
