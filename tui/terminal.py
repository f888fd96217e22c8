"""Find out what the terminal can do and tell Textual before it is imported, which is when it reads its settings."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Final, Literal, TextIO

EXIT_NO_TERMINAL: Final = 2

Colours = Literal["none", "16", "256", "true"]

_MUTE: Final = frozenset({"", "dumb", "unknown", "emacs"})
_COLOURLESS: Final = ("vt52", "vt100", "vt102", "vt220", "vt320", "vt420")
_PLAIN_LOCALES: Final = frozenset({"", "C", "POSIX"})
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_ASCII_BLOCKS: Final = "_.-:=+*#"  # the same ramp as tui/filters.py draws for the blocks


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the program goes by: colours, signs, and whether a network lies between it and the person."""

    colours: Colours
    is_ascii: bool
    is_remote: bool

    @property
    def theme(self) -> str:
        """The theme that such a terminal shows best; ``""`` leaves it to the person."""
        return {"none": "llmops-monochrome", "16": "llmops-terminal"}.get(self.colours, "")


@dataclass(frozen=True, slots=True)
class Signs:
    """What is drawn where Unicode may be missing."""

    ramp: str
    breach: str = "!"
    change: str = "|"
    ok: str = "ok"
    warning: str = "!"
    critical: str = "!!"
    unknown: str = "?"


def refusal(environ: Mapping[str, str], streams: Mapping[str, TextIO | None]) -> str | None:
    """Say why the screens cannot be opened here and what can be done instead; ``None`` when they can.

    Without a terminal on its input Textual spins at 100% of a core, and on its output it writes escape codes to a file.
    """
    missing = [name for name, stream in streams.items() if stream is None or stream.closed or not stream.isatty()]
    if missing:
        return f"the screens need a terminal and {missing[0]} is not one; `llmops-tui status` prints the same portfolio"
    if environ.get("TERM", "") in _MUTE:
        kind = environ.get("TERM") or "not set"
        return f"the screens need a terminal that moves its cursor and TERM is {kind}; `llmops-tui status` needs none"
    return None


def prepare(environ: MutableMapping[str, str]) -> Terminal:
    """Set Textual's defaults for this terminal, where the person has not set them, and say what it can do."""
    terminal = Terminal(_colours(environ), _is_ascii(environ), _is_remote(environ))
    environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    if terminal.is_remote:
        environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")  # left on when the line drops, it makes the shell unusable
        environ.setdefault("TEXTUAL_FPS", "30")
    if terminal.colours == "none":
        environ.setdefault("NO_COLOR", "1")
    names = {"16": "standard", "256": "256", "true": "truecolor"}
    if terminal.colours in names:
        environ.setdefault("TEXTUAL_COLOR_SYSTEM", names[terminal.colours])
    return terminal


def signs(*, is_ascii: bool) -> Signs:
    """Give the signs that this terminal can draw."""
    return Signs(ramp=_ASCII_BLOCKS if is_ascii else _BLOCKS)


def _colours(environ: Mapping[str, str]) -> Colours:
    """Judge how many colours the terminal shows; GNU screen passes on a claim of true colour that it breaks."""
    term = environ.get("TERM", "")
    if "NO_COLOR" in environ or term in _MUTE or term.startswith(_COLOURLESS):
        return "none"
    if term.startswith("screen"):
        return "256"
    if environ.get("COLORTERM", "").strip().casefold() in {"truecolor", "24bit"} or term.endswith(("-direct", "kitty")):
        return "true"
    return "256" if "256color" in term else "16"


def _is_ascii(environ: Mapping[str, str]) -> bool:
    """Say whether only ASCII is safe: the locale is not UTF-8, or the font lacks the blocks (kernel console, VTs)."""
    wish = environ.get("LLMOPS_TUI_ASCII", "")
    if wish:
        return wish != "0"
    if environ.get("TERM", "").startswith(("linux", *_COLOURLESS)):
        return True
    charset = _locale(environ).casefold().replace("-", "").split("@")[0]
    return not charset.endswith("utf8")


def _locale(environ: Mapping[str, str]) -> str:
    """Give the locale of characters; what Python itself put there (PEP 538) says nothing of the terminal."""
    whole, kind, general = (environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    is_made_up = not whole and kind == "C.UTF-8" and general in _PLAIN_LOCALES
    return "C" if is_made_up else whole or kind or general or "C"


def _is_remote(environ: Mapping[str, str]) -> bool:
    """Say whether the person sits at the other end of a network."""
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"))
