"""Look at the terminal: size, kind, colours, encoding, and what stands between it and the person."""

import os
from collections.abc import Iterator, Mapping

from tui.doctor.findings import Finding
from tui.terminal import prepare


def check(environ: Mapping[str, str], *, is_terminal: bool) -> Iterator[Finding]:
    """Say what the screens will look like here."""
    if not is_terminal:
        yield Finding("terminal", "ok", "the output is no terminal; the screens need one, all else does not")
        return
    term = environ.get("TERM", "")
    found = prepare(dict(environ))
    if term in ("", "dumb", "unknown"):
        words = f"TERM is {term or 'not set'}; the screens cannot be drawn"
        yield Finding("terminal", "fail", words, "set TERM to what the terminal is, such as xterm-256color")
    else:
        yield Finding("terminal", "ok", f"TERM={term}, {_colours(found.colours)}")
    columns, lines = _size(environ)
    if columns < 80 or lines < 24:
        words = f"{columns}x{lines} is smaller than 80x24; columns will be missing"
        yield Finding("terminal", "warn", words, "make the window larger")
    else:
        yield Finding("terminal", "ok", f"{columns}x{lines}")
    if found.is_ascii:
        words = "ASCII signs only: the locale is not UTF-8, or this is the kernel's console"
        yield Finding("terminal", "ok", words, "export LANG=C.UTF-8 where the terminal can draw more")
    if environ.get("TMUX") and not term.startswith(("tmux", "screen")):
        words = f"inside tmux, but TERM is {term}; keys and colours may be wrong"
        yield Finding("terminal", "warn", words, 'set -g default-terminal "tmux-256color" in ~/.tmux.conf')
    if found.is_remote:
        yield Finding("terminal", "ok", "over SSH: frames are spaced for slow lines")


def _size(environ: Mapping[str, str]) -> tuple[int, int]:
    """Give columns and lines as Textual takes them: from the environment first, then from the terminal."""
    columns, lines = environ.get("COLUMNS", ""), environ.get("LINES", "")
    if columns.isdecimal() and lines.isdecimal():
        return int(columns), int(lines)
    found = os.get_terminal_size()
    return found.columns, found.lines


def _colours(colours: str) -> str:
    return {"none": "no colours", "true": "true colour"}.get(colours, f"{colours} colours")
