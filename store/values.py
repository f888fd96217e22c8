"""Define the small values that configuration is written in: lengths of time, "n of m" confirmations, currencies.

Each decodes itself from TOML (``from_toml``) and says in words what it expected when it cannot.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self

_UNITS: Final = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION: Final = re.compile(r"(?:(\d{1,9})w)?(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII)
_CONFIRM: Final = re.compile(r"(\d{1,4}) of (\d{1,4})", re.ASCII)
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_LONGEST: Final = 100 * 366 * 86_400
_SHOWN: Final = 40


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A length of time in whole seconds, written ``90d``, ``5m`` or ``1h30m``."""

    seconds: int

    @classmethod
    def from_toml(cls, value: object) -> Self:
        """Read ``1h30m``; a bare number has no unit and is refused."""
        if isinstance(value, str):
            found = _DURATION.fullmatch(value)
            if found and value:
                seconds = sum(int(text or 0) * unit for text, unit in zip(found.groups(), _UNITS.values(), strict=True))
                if seconds <= _LONGEST:
                    return cls(seconds)
                raise ValueError(f"expected at most 100 years, found {shown(value)}")
        raise ValueError(f'expected a length of time such as "90s", "5m", "1h30m" or "90d", found {shown(value)}')

    @property
    def delta(self) -> timedelta:
        """Give the same length for arithmetic on times."""
        return timedelta(seconds=self.seconds)

    def __str__(self) -> str:
        """Write the shortest text that reads back as the same length, without weeks (``90d``, not ``12w6d``)."""
        rest, parts = self.seconds, []
        for letter, unit in list(_UNITS.items())[1:]:
            count, rest = divmod(rest, unit)
            parts.append(f"{count}{letter}" if count else "")
        return "".join(parts) or "0s"


@dataclass(frozen=True, slots=True)
class Confirm:
    """How many of the last windows must fail before a rule alarms, written ``2 of 3``."""

    hits: int
    of: int

    @classmethod
    def from_toml(cls, value: object) -> Self:
        """Read ``2 of 3``; more hits than windows could never come true and is refused."""
        found = _CONFIRM.fullmatch(value) if isinstance(value, str) else None
        if not found:
            raise ValueError(f'expected "n of m" such as "2 of 3", found {shown(value)}')
        hits, of = int(found[1]), int(found[2])
        if not 1 <= hits <= of:
            raise ValueError(f'expected "n of m" with n between 1 and m, found {shown(value)}')
        return cls(hits, of)

    def __str__(self) -> str:
        """Write it as it is configured."""
        return f"{self.hits} of {self.of}"


class Currency(str):
    """The code of a currency in the form of ISO 4217, such as ``EUR``."""

    __slots__ = ()

    @classmethod
    def from_toml(cls, value: object) -> Self:
        """Read three capital letters; the list of codes changes, their form does not."""
        if isinstance(value, str) and _CURRENCY.fullmatch(value):
            return cls(value)
        raise ValueError(f'expected three capital letters such as "EUR" (ISO 4217), found {shown(value)}')


def shown(value: object) -> str:
    """Describe a value of a file in a message: short, on one line, tables and lists by their kind alone."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"
