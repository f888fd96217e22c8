"""Whatever sources say, every screen shows it in a real terminal: no forbidden byte, no fault, no deed, readable."""

import re
import string
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile import texts
from tests.hostile.site import Site
from tests.hostile.streams import forbidden, shapes
from tests.hostile.walk import Walk, through
from tests.tui.pty_terminal import PtyTerminal
from tui.text import printable

pytestmark = pytest.mark.shared
SIZES = [(80, 24), (200, 50)]
PAGES = {(80, 24): 12, (200, 50): 40}
_READABLE = frozenset(string.ascii_letters + string.digits + string.punctuation)

Opened = Callable[[Path, int, int], PtyTerminal]


def plain(line: str) -> str:
    """Leave of a line what no terminal draws in two ways."""
    return "".join(character for character in line if character in _READABLE)


def walked(opened: Opened, config: Path, size: tuple[int, int], pages: int) -> Walk:
    """Walk through all screens and hold the walk to its end."""
    terminal = opened(config, *size)
    walk = through(terminal, pages)
    assert terminal.wait() == 0
    assert forbidden(terminal.output) == []
    return walk


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_what_was_collected_is_shown_and_obeyed_nowhere(
    size: tuple[int, int], opened: Opened, hostile_site: Site, harmless_site: Site
) -> None:
    calm = walked(opened, harmless_site.config, size, 2)
    walk = walked(opened, hostile_site.config, size, PAGES[size])
    assert shapes(walk.terminal.output) <= shapes(calm.terminal.output)
    assert "Keys" in "".join(walk.shown["help"])


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_names_that_no_configuration_would_let_in_are_shown_and_obeyed_nowhere(
    size: tuple[int, int], opened: Opened, hostile_names: Path, harmless_names: Path
) -> None:
    calm = walked(opened, harmless_names, size, 2)
    walk = walked(opened, hostile_names, size, PAGES[size])
    assert shapes(walk.terminal.output) <= shapes(calm.terminal.output)


def test_every_title_of_a_change_can_be_read(opened: Opened, hostile_site: Site) -> None:
    terminal = opened(hostile_site.config, 200, 50)
    walk = Walk(terminal)
    walk.press(b"", lambda: "data" in terminal.text.split("\n")[1], "portfolio")
    walk.press(b"4", "risk, then age", "approvals")
    walk.pages("approvals", 60)
    rows = {found[0].strip(): line for line in walk.shown["approvals"] if (found := re.findall(r" n\d+ ", line))}
    lost = []
    for place, text in enumerate(texts.texts()):
        wanted = plain(printable(texts.mended(text))[:12])
        line = next((line for author, line in rows.items() if author == f"n{place}"), None)
        if text and (line is None or wanted not in plain(line)):
            lost.append((place, text, line))
    assert lost == []


def test_keys_typed_ahead_land_in_the_line_that_the_first_of_them_opened(opened: Opened, harmless_site: Site) -> None:
    terminal = opened(harmless_site.config, 80, 24)
    terminal.until(lambda: "data" in terminal.text.split("\n")[1])
    terminal.type(b"/quit")
    terminal.until("'quit'")
    terminal.type(b"\x1b")
    terminal.until(lambda: "'quit'" not in terminal.text)
    terminal.type(b":quit\r")
    assert terminal.wait() == 0


@pytest.mark.parametrize("keys", [b"\rq", b"sq", b"?q", b"tq"])
def test_leaving_while_something_opens_is_no_fault(keys: bytes, opened: Opened, harmless_site: Site) -> None:
    terminal = opened(harmless_site.config, 80, 24)
    terminal.until(lambda: "data" in terminal.text.split("\n")[1])
    for typed in (keys, b"\x1b", b"q"):
        if terminal.process.poll() is None:
            terminal.type(typed)
            Walk(terminal).settle()
    assert terminal.wait() == 0
