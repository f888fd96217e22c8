"""Write any text in ASCII for terminals that know no Unicode, cell for cell."""

import unicodedata
from functools import lru_cache
from typing import Final

from rich.cells import get_character_cell_size

_ASCII: Final = {
    **dict(zip("▁▂▃▄▅▆▇█", "_.-:=+*#", strict=True)),
    **dict.fromkeys("─━═╌╍┄┅▔", "-"),
    **dict.fromkeys("│┃║╎╏┆┇▏▕▎▌▐", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝", "+"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
    **dict.fromkeys("\u2018\u2019", "'"),
    **dict.fromkeys("\u201c\u201d", '"'),
    **dict.fromkeys("·•∙●", "."),
    **dict.fromkeys("→▶▸\u203a", ">"),
    **dict.fromkeys("←◀◂\u2039", "<"),
    "↑": "^",
    "▲": "^",
    "↓": "v",
    "▼": "v",
    "…": "~",
    "\xd7": "x",
    "\xa0": " ",
}


def ascii_of(text: str) -> str:
    """Write a text in ASCII; it takes the same number of cells."""
    return "".join(map(_ascii, text))


@lru_cache(4096)
def _ascii(character: str) -> str:
    """Find the nearest ASCII character; one that has none is a question mark."""
    if character.isascii():
        return character
    size = get_character_cell_size(character)
    plain = _ASCII.get(character) or unicodedata.normalize("NFKD", character)[0]
    return (plain if plain.isascii() and plain.isprintable() else "?").ljust(size)[:size]
