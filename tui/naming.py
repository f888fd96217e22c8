"""Say what may be a name: identities of systems, sources and rules, names that people have, time zones."""

import re
import zoneinfo
from typing import Final

from store.decode import suggestion
from store.values import shown

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_LONGEST_NAME: Final = 64


def safe_name_mistake(name: str) -> str:
    """Say what is wrong with a name that is an identity, or nothing."""
    if _NAME.fullmatch(name):
        return ""
    words = "expected 1 to 64 letters, digits and - _ . beginning with a letter or digit"
    return f"{words}, found {shown(name)}; other words belong in a title"


def free_name_mistake(name: str) -> str:
    """Say what is wrong with the name of a person or portfolio, or nothing."""
    if name and name == name.strip() and len(name) <= _LONGEST_NAME and name.isprintable():
        return ""
    return f"expected 1 to 64 printable characters without blanks around them, found {shown(name)}"


def zone_mistake(name: str) -> str:
    """Say what is wrong with the name of a time zone, or nothing."""
    if name == "UTC":
        return ""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        hint = suggestion(name, zoneinfo.available_timezones() | {"UTC"})
        hint = hint if hint.startswith("; did") else '; write it as in "Europe/Berlin" or "UTC"'
        return f"unknown time zone {shown(name)}{hint}"
    return ""
