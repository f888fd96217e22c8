"""Read numbers that a source sent: finite, exact where that matters, never true or false, never text by accident.

A value of the right type that cannot be true (a share above 1, a time in 1970) is a ``Doubtful``: one row to
quarantine, no reason to drop the others.
"""

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NoReturn

from collectors.words import plain
from store.errors import SourceError

_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,60})(?:\.[0-9]{1,60})?(?:[eE][+-]?[0-9]{1,3})?")
_INT64: Final = 1 << 63
_MONEY_DIGITS: Final = 15
_MONEY_PLACES: Final = 60
_KINDS: Final[Mapping[type, str]] = {
    bool: "true or false",
    int: "a number",
    Decimal: "a number",
    float: "a number",
    dict: "a table",
    list: "a list",
    type(None): "null",
}


class Doubtful(SourceError, ValueError):  # noqa: N818 - it is the row that is doubtful, not an error of a program
    """Say that a value has the right form and cannot be true; its row belongs into quarantine."""

    def __init__(self, message: str) -> None:
        """Say which value, and why it is not believed."""
        super().__init__("shape", message)


def number(
    value: object, where: str, *, text_ok: bool = False, low: float = -math.inf, high: float = math.inf
) -> float:
    """Take a finite number that a float can hold; outside ``low`` to ``high`` it is doubtful. ``-0`` is 0."""
    exact = precise(value, where, "a number", text_ok=text_ok)
    try:
        found = float(exact) + 0.0
    except OverflowError:
        found = math.inf
    if math.isinf(found) or (isinstance(exact, int) and found != exact):
        raise wrong(where, "a number that can be held exactly", "one too large")
    if not low <= found <= high:
        raise Doubtful(f"{where}: {found:g} is outside {low:g} to {high:g}")
    return found


def whole(value: object, where: str, *, text_ok: bool = False, low: int = -_INT64, high: int = _INT64 - 1) -> int:
    """Take a whole number of 64 bits (``12.0`` is one); outside ``low`` to ``high`` it is doubtful."""
    exact = precise(value, where, "a whole number", text_ok=text_ok)
    if isinstance(exact, Decimal) and (exact.adjusted() > 18 or exact != exact.to_integral_value()):
        raise wrong(where, "a whole number", "one with a fraction or too large")
    found = int(exact)
    if not -_INT64 <= found < _INT64:
        raise wrong(where, "a whole number of 64 bits", "a larger one")
    if not low <= found <= high:
        raise Doubtful(f"{where}: {found} is outside {low} to {high}")
    return found


def money(value: object, where: str, *, low: Decimal | None = None) -> Decimal:
    """Take an amount exactly as written, as number or text; beyond 15 digits before the point it is doubtful."""
    found = Decimal(precise(value, where, "an amount", text_ok=True))
    if found.adjusted() >= _MONEY_DIGITS or int(found.as_tuple().exponent) < -_MONEY_PLACES:
        raise Doubtful(f"{where}: an amount of absurd size")  # before any arithmetic: 1e999999999 overflows
    if low is not None and found < low:
        raise Doubtful(f"{where}: {found} is below {low}")
    return found.copy_abs() if found == 0 else found


def precise(value: object, where: str, wanted: str, *, text_ok: bool) -> int | Decimal:
    """Take any finite number without losing a digit; text only where the source is known to write numbers so."""
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return Decimal(repr(value))
    if text_ok and isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value)
    return refuse(where, wanted, value)


def refuse(where: str, wanted: str, value: object) -> NoReturn:
    """Raise for a value of the wrong type, saying what it is; text is quoted, made harmless and short."""
    found = repr(plain(value, 40)) if isinstance(value, str) else _KINDS.get(type(value), "something else")
    raise wrong(where, wanted, found)


def wrong(where: str, wanted: str, found: str) -> SourceError:
    """Say what was expected at a place and what was found."""
    return SourceError("shape", f"{where or 'the answer'}: expected {wanted}, found {found}")
