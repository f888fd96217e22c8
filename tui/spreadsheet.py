"""Write rows as CSV that a spreadsheet shows as text and never runs as a formula."""

import re
from typing import Final

_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_FORMULA: Final = frozenset("=+-@\uff1d\uff0b\uff0d\uff20|")
_LEADING: Final = frozenset("\t\r\n")
# a CSV is looked at in terminals too: what one would obey becomes a sign; line ends and tabs stay
_SIGNS: Final = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in _LEADING},
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
}


def safe_cell(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula, and show controls; numbers stay numbers.

    Spreadsheets skip blanks and invisible marks before the sign that starts a formula, so these are skipped too.
    """
    if _NUMBER.fullmatch(text):
        return text
    text = text.translate(_SIGNS)
    if text[:1] in _LEADING or _first(text) in _FORMULA:
        return f"'{text}"
    return text


def _first(text: str) -> str:
    """Give the first character that draws something."""
    return next((character for character in text if not character.isspace() and character.isprintable()), "\0")
