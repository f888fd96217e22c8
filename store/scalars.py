"""Read single values of a TOML file as Python types: what each accepts, what it is called, what to try instead."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from store.values import shown

FAILED: Final = object()
WORDS: Final[Mapping[object, str]] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    Decimal: "an amount",
    date: "a day such as 2026-01-31",
    datetime: "a time with its offset such as 2026-01-31T08:00:00Z",
    Path: "a path in quotes",
}


def remedy(annotation: object, value: object) -> str:
    """Say what to change when a value has the wrong type."""
    if annotation in (int, float, bool, date, datetime) and isinstance(value, str) and value:
        return "; remove the quotes" if value in ("true", "false") or value[0] in "+-.0123456789" else ""
    if annotation is str and isinstance(value, list) and len(value) == 1:
        return "; remove the [ ]"
    return "; put it in quotes" if annotation is str and not isinstance(value, (dict, list)) else ""


def kind_of(value: object) -> str:
    """Say what was found; text that should not be text is not repeated, for it could be a secret."""
    return "text" if isinstance(value, str) else shown(value)


def plain(value: object) -> object:
    """Give a value that no annotation describes as JSON knows it: fractions are floats."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def _text(value: object) -> object:
    return value if isinstance(value, str) else FAILED


def _truth(value: object) -> object:
    return value if isinstance(value, bool) else FAILED


def _whole(value: object) -> object:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63 else FAILED


def _number(value: object) -> object:
    number = _amount(value) if isinstance(value, (int, Decimal, float)) else FAILED
    if isinstance(number, Decimal) and abs(found := float(number)) != float("inf"):
        return found
    return FAILED


def _amount(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return FAILED
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        return FAILED
    return found if found.is_finite() else FAILED


def _day(value: object) -> object:
    return value if isinstance(value, date) and not isinstance(value, datetime) else FAILED


def _time(value: object) -> object:
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else FAILED


def _path(value: object) -> object:
    if not isinstance(value, str) or not value or "\0" in value:
        return FAILED
    try:
        return Path(value).expanduser()
    except RuntimeError:
        return FAILED


READERS: Final[Mapping[object, Callable[[object], object]]] = {
    str: _text,
    bool: _truth,
    int: _whole,
    float: _number,
    Decimal: _amount,
    date: _day,
    datetime: _time,
    Path: _path,
}
