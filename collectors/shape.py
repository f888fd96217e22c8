"""Hold what several kinds of source share beyond ``answers``: bundles of answers, key-value lists, stored precision.

Answers that ``parse`` must see together (a value and its n, runs and the experiments they belong to) travel as one
body: ``bundled``.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from collectors.answers import money, rows, table, text

_MONEY: Final = Decimal("1e-9")
_QUANTITY: Final = Decimal("1e-6")


def pairs(value: object, where: str) -> dict[str, str]:
    """Take a list of ``{"key": ..., "value": ...}`` as a dictionary; absent is empty."""
    found: dict[str, str] = {}
    for entry in rows(value or [], where):
        pair = table(entry, where)
        found[text(pair.get("key"), f"{where}.key")] = text(pair.get("value", ""), f"{where}.value")
    return found


def strings(value: object) -> dict[str, str]:
    """Take what is text in a table, and nothing else; anything but a table is empty."""
    return {key: entry for key, entry in value.items() if isinstance(entry, str)} if isinstance(value, dict) else {}


def priced(value: object, where: str) -> Decimal:
    """Take an amount of money at the precision that is stored."""
    return money(value, where).quantize(_MONEY)


def counted(value: object, where: str) -> Decimal:
    """Take a quantity at the precision that is stored."""
    return money(value, where).quantize(_QUANTITY)


def bundled(bodies: Mapping[str, bytes]) -> bytes:
    """Put JSON bodies side by side under names, unread; what is not JSON makes the whole not JSON."""
    return b"{" + b",".join(b'"%s":%s' % (name.encode(), body) for name, body in bodies.items()) + b"}"


def written(value: Any) -> bytes:
    """Write decoded JSON as a body again, amounts as text so that they stay exact."""
    return json.dumps(value, default=str).encode()
