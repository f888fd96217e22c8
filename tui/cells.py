"""Turn styled text into terminal cells and back into the fewest bytes: one character and one look per cell."""

from functools import lru_cache
from typing import Final, NamedTuple

from rich.cells import cell_len, get_character_cell_size, set_cell_size
from rich.color import ColorSystem
from rich.style import Style

RESET: Final = "\x1b[m"
_FLAGS: Final = ("\U0001f1e6", "\U0001f1ff")  # halves of flags: one cell for Rich 15, two for many terminals
_ATTRIBUTES: Final = ("bold", "dim", "italic", "underline", "reverse", "strike")
_CODES: Final = ("1", "2", "3", "4", "7", "9")
_STEADY_WIDE: Final = ((0x1100, 0x115F), (0x2E80, 0xA4CF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFF01, 0xFF60))
"""Wide in every terminal; of other wide characters (emoji) terminals count one cell or two."""

_SEEN: Final = 2_048
"""Different cells of one look that are kept; a screen shows a few hundred."""


class Look(NamedTuple):
    """How a cell looks, as the parts of an SGR sequence."""

    attributes: str = ""
    foreground: str = ""
    background: str = ""


PLAIN: Final = Look()
Cell = tuple[str, Look]
"""What one cell shows: a character with the marks on it, ``""`` for the second cell of a wide one, and how it looks."""


@lru_cache(4096)
def look_of(style: Style, system: ColorSystem | None) -> Look:
    """Translate a style for a terminal's colours; hyperlinks and blinking are left out, without colours so are they."""
    attributes = ";".join(code for name, code in zip(_ATTRIBUTES, _CODES, strict=True) if getattr(style, name))
    if system is None:
        return Look(attributes)
    foreground = style.color.downgrade(system).get_ansi_codes() if style.color else ()
    background = style.bgcolor.downgrade(system).get_ansi_codes(foreground=False) if style.bgcolor else ()
    return Look(attributes, _without_default(foreground, "39"), _without_default(background, "49"))


class _Cells(dict[str, Cell]):
    """The cells of one look by what they show, each made once."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look

    def __missing__(self, text: str) -> Cell:
        if len(self) >= _SEEN:
            self.clear()
        cell = self[text] = text, self._look
        return cell


_cells = lru_cache(128)(_Cells)


@lru_cache(8192)
def split(text: str, look: Look) -> tuple[Cell, ...]:
    """Give the cells of a text; equal cells are nearly always the same object."""
    characters = text if text.isascii() and text.isprintable() else _characters(text)
    return tuple(map(_cells(look).__getitem__, characters))


def _characters(text: str) -> list[str]:
    """Give one entry a cell: its character with the marks on it; the second cell of a wide character is empty."""
    cells: list[str] = []
    for character in guarded(text):
        size = get_character_cell_size(character)
        if size == 0:
            if not cells:
                continue  # a mark with no letter before it has no cell
            last = -2 if not cells[-1] and len(cells) > 1 else -1
            cells[last] += character
            if character == "\ufe0f" and last == -1 and cell_len(cells[-1]) == 2:
                cells.append("")
        else:
            cells += [character] if size < 2 else [character, ""]
    return cells


def guarded(text: str) -> str:
    """Replace what a terminal would obey; the text takes the cells it took before, so that nothing moves."""
    if text.isprintable():
        return text
    signs = [character if character.isprintable() else _sign(character) for character in text]
    return set_cell_size("".join(signs), cell_len(text))


@lru_cache(4096)
def is_steady(cell: str) -> bool:
    """Say whether all terminals agree on how wide the cell is, so that the next needs no cursor movement."""
    if cell.isascii():
        return True
    if len(cell) > 1 or _FLAGS[0] <= cell <= _FLAGS[1]:
        return False
    code = ord(cell)
    return get_character_cell_size(cell) == 1 or any(first <= code <= last for first, last in _STEADY_WIDE)


@lru_cache(8192)
def is_even(text: str) -> bool:
    """Say whether each character of a text is one cell in every terminal, and is written as it is."""
    if not text.isprintable():
        return False
    return text.isascii() or all(is_steady(each) and get_character_cell_size(each) == 1 for each in text)


@lru_cache(4096)
def change(before: Look, after: Look) -> str:
    """Give the shortest sequence that leads from one look to another."""
    if before == after:
        return ""
    if after == PLAIN:
        return RESET
    parts: list[str] = []
    if before.attributes != after.attributes:
        if before.attributes:
            parts.append("0")
            before = PLAIN
        parts.append(after.attributes)
    if before.foreground != after.foreground:
        parts.append(after.foreground or "39")
    if before.background != after.background:
        parts.append(after.background or "49")
    return f"\x1b[{';'.join(part for part in parts if part)}m"


def _without_default(codes: tuple[str, ...], default: str) -> str:
    """Join colour codes; the terminal's own colour is no code at all."""
    joined = ";".join(codes)
    return "" if joined == default else joined


def _sign(character: str) -> str:
    """Give the one-cell sign of a control or invisible character."""
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if character.isspace() and code not in (0x85, 0x2028, 0x2029):
        return character  # blanks of other widths are harmless
    return "\ufffd"
