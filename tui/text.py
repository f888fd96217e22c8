"""Make any text safe to draw: what a terminal would obey or hide becomes a sign that people can see.

Every string that comes from a source, a file or the configuration passes through here before it reaches a screen or
stdout. Nothing heavy is imported: headless commands use it too.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.text import Text

LIMIT: Final = 500
"""Characters of one text that are shown where nothing else is said."""

ELLIPSIS: Final = "…"
TAB: Final = 4

_MARKS: Final = 8  # combining marks on one letter; Hebrew with cantillation needs 4, floods have thousands
_RAW_MARKS: Final = 32  # cut before normalising, whose sorting of marks is quadratic in CPython
_FORBIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_PRESENTATION: Final = frozenset("\ufe0e\ufe0f")  # text or emoji look of the sign before them
_PRESENTED: Final = frozenset({"So", "Sm", "Sk", "Po", "Nd", "Me", "No"})
# letters and marks that draw nothing (Default_Ignorable_Code_Point outside the forbidden categories, Unicode 15)
_IGNORABLE: Final = ((0x34F, 0x34F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164),
                     (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF))  # fmt: skip
# printable, never joined to a neighbour: Latin, Greek, Cyrillic, punctuation, symbols, kana, ideographs, syllables
_PLAIN: Final = re.compile(
    "[ -~\u00a1-\u02ff\u0370-\u0482\u2010-\u2027\u2030-\u205e\u20a0-\u20c0\u2100-\u2bff"
    "\u3001-\u3029\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff\uac00-\ud7a3]*"
).fullmatch
_CONTROLS: Final = "NULSOHSTXETXEOTENQACKBELBS TABLF VT FF CR SO SI DLEDC1DC2DC3DC4NAKSYNETBCANEM SUBESCFS GS RS US "
_BRACKETS: Final = "\u2039{}\u203a"


def printable(value: str, limit: int = LIMIT) -> str:
    """Show a text on one line: controls, invisibles and unassigned characters become signs; at most ``limit`` long."""
    if value.isascii() and value.isprintable():
        return _cut(value, limit)
    raw = value[: limit * 4 + 1]  # NFC makes at most four characters one
    text = raw.expandtabs(TAB)
    if not _is_plain(text):
        text = _signs(_normal(text))
    return _cut(text, limit, is_part=len(raw) < len(value))


def lines(value: str, limit: int = LIMIT, count: int = 2_000) -> list[str]:
    """Split a text at its line ends and make each line printable; the line past ``count`` says how many follow."""
    parts = value.replace("\r\n", "\n").split("\n")
    shown = [printable(part, limit) for part in parts[:count]]
    if len(parts) > count:
        shown.append(f"{ELLIPSIS} {len(parts) - count} more lines")
    return shown


def revealed(value: str, limit: int = LIMIT) -> str:
    """Show a text with every hidden or blank character by its name, for people who decide on it."""
    return _cut("".join(_named(character) for character in value[: limit + 1]), limit)


def hidden(value: str) -> int:
    """Count the characters that a reader of the raw text would not see."""
    return 0 if value.isascii() and value.isprintable() else sum(_named(each) != each for each in value)


def safe_text(value: str, limit: int = LIMIT) -> "Text":
    """Give the printable text as a Rich text without markup, the only thing that widgets may be handed."""
    from rich.text import Text  # late: headless commands never load Rich

    return Text(printable(value, limit), no_wrap=True, end="")


def width(text: str) -> int:
    """Count the terminal cells of a printable text."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def clip(text: str, cells: int) -> str:
    """Cut a printable text to a number of cells; a cut one ends in an ellipsis."""
    if width(text) <= cells:
        return text
    if cells <= 0:
        return ""
    room = cells - 1
    kept: list[str] = []
    for character in text:
        room -= _cells(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept) + ELLIPSIS


def pad(text: str, cells: int) -> str:
    """Clip or fill a printable text to exactly a number of cells."""
    shown = clip(text, cells)
    return shown + " " * (cells - width(shown))


def _is_plain(text: str) -> bool:
    """Say whether the text is of characters that stand each for itself, as nearly all text is; at the speed of C."""
    return text.isprintable() and _PLAIN(text) is not None and unicodedata.is_normalized("NFC", text)


def _cut(text: str, limit: int, *, is_part: bool = False) -> str:
    """Keep ``limit`` characters, the last of which says that there were more."""
    return text[: max(0, limit - 1)] + ELLIPSIS[:limit] if is_part or len(text) > limit else text


def _normal(text: str) -> str:
    """Compose letters and marks (NFC) after bounding the run of marks."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", "".join(_bounded(text, _RAW_MARKS)))


def _bounded(text: str, most: int) -> Iterator[str]:
    """Give the characters of the text without the marks that exceed ``most`` on one letter."""
    run = 0
    for character in text:
        run = run + 1 if _is_mark(character) else 0
        if run <= most:
            yield character


def _signs(text: str) -> str:
    """Replace each character that a terminal would obey or hide by its sign."""
    out: list[str] = []
    before = ""
    for character in _bounded(text, _MARKS):
        is_look = character in _PRESENTATION and before != "" and unicodedata.category(before) in _PRESENTED
        out.append(character if is_look else _sign(character))
        before = character
    return unicodedata.normalize("NFC", "".join(out))  # a mark left out may have stood between two that compose


@lru_cache(4096)
def _is_mark(character: str) -> bool:
    """Say whether the character is drawn over the one before it."""
    return character >= "\u0300" and unicodedata.category(character) in {"Mn", "Me", "Mc"}


@lru_cache(4096)
def _sign(character: str) -> str:
    """Give the character itself or, where it must not reach a terminal, what is drawn instead."""
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if unicodedata.category(character) in _FORBIDDEN or _is_ignorable(code):
        return _BRACKETS.format(f"U+{code:04X}")
    return character


@lru_cache(4096)
def _named(character: str) -> str:
    """Give the character itself or, where it draws nothing or a blank other than a space, its name."""
    code = ord(character)
    if code < 0x20:
        return _BRACKETS.format(_CONTROLS[3 * code : 3 * code + 3].rstrip())
    category = unicodedata.category(character)
    is_blank = (category == "Zs" and character != " ") or character == "\u2800"
    if not is_blank and _sign(character) == character:
        return character
    name = "DEL" if code == 0x7F else unicodedata.name(character, "")
    return _BRACKETS.format(f"{name} U+{code:04X}".lstrip())


def _is_ignorable(code: int) -> bool:
    """Say whether Unicode asks renderers to draw nothing for the character."""
    return any(first <= code <= last for first, last in _IGNORABLE)


@lru_cache(4096)
def _cells(character: str) -> int:
    """Count the cells of one character: 0 for marks and joined jamo, 2 for wide ones."""
    is_joined_jamo = "\u1160" <= character <= "\u11ff" or "\ud7b0" <= character <= "\ud7fb"
    if is_joined_jamo or _is_mark(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
