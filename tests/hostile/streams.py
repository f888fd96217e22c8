"""Judge what a program sent to its terminal: the shapes of its sequences, and the text between them."""

import re
import unicodedata

FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
LOOKS = frozenset("\ufe0e\ufe0f")

# Every way a terminal can be told something: CSI, strings (OSC, DCS, SOS, PM, APC) up to their end, and short escapes.
_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]P^_X]|[\x90\x98\x9d-\x9f])[^\x1b\x07\x9c]*(?:\x1b\\|\x07|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_LOOK = re.compile(r"\x1b\[[\d;]*m")
_CLIPBOARD = re.compile(r"\x1b\]52;c;[A-Za-z0-9+/]*=*\x07")
_NUMBER = re.compile(r"\d+")


def shapes(output: bytes) -> set[str]:
    """Give the sequences of the output, each once: looks as one shape, numbers of moves as ``n``, modes as they are."""
    found = set(_SEQUENCE.findall(output.decode("utf-8")))
    return {_shape(sequence) for sequence in found}


def _shape(sequence: str) -> str:
    if _LOOK.fullmatch(sequence):
        return "a look"
    if _CLIPBOARD.fullmatch(sequence):
        return "a copy to the clipboard, in base64"
    return sequence if "?" in sequence else _NUMBER.sub("n", sequence)


def forbidden(output: bytes) -> list[str]:
    """Give the characters outside sequences that a terminal must never get; line ends may be there."""
    text = _SEQUENCE.sub("", output.decode("utf-8"))
    return [c for c in text if c not in "\r\n" and unicodedata.category(c) in FORBIDDEN]
