"""Walk through every screen of the program in a real terminal, page by page, and keep what was sent and shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tests.tui.pty_terminal import PtyTerminal

HEADS = {
    b"1": "worst first",
    b"2": "worst first",
    b"4": "risk, then age",
    b"7": "failed first",
    b"0": "most blind first",
}
DOWN, HOME, END = b"\x1b[6~", b"\x1b[H", b"\x1b[F"
TYPED = (
    "[@click=app.quit]typed[/]",
    "[/typed",
    "[link=http://evil.example/]typed",
    "typed\u6f22",
    "%s{0}$(typed)`id`",
)


@dataclass
class Walk:
    """One program in one terminal, and every line that it showed."""

    terminal: PtyTerminal
    shown: dict[str, set[str]] = field(default_factory=dict)

    def press(self, keys: bytes, claim: str | Callable[[], bool], place: str) -> None:
        """Press keys, wait for what must come and for the end of the frame, keep the lines."""
        self.terminal.type(keys)
        holds = claim if callable(claim) else lambda: claim in self.terminal.text
        self.terminal.until(holds)
        while not self.terminal.is_idle(0.02):  # the rest of the frame
            pass
        self.shown.setdefault(place, set()).update(self.terminal.text.split("\n"))

    def pages(self, place: str, most: int) -> None:
        """Go down page by page to the end, or as many pages as asked."""
        last = self.selected()
        for _ in range(most):
            before = last
            self.press(DOWN, partial(self._has_moved, before), place)
            last = self.selected()
            if last == before:
                return

    def selected(self) -> str:
        """Give the line with the cursor, without what stands beside the table; that may come a frame later."""
        return next((line[:110] for line in self.terminal.text.split("\n") if line.startswith(">")), "")

    def _has_moved(self, before: str) -> bool:
        """Tell whether the cursor stands elsewhere; at the end it never will."""
        return self.selected() != before or self.terminal.is_idle()

    def settle(self) -> None:
        """Read until nothing comes any more."""
        while not self.terminal.is_idle() and self.terminal.process.poll() is None:
            pass


def through(terminal: PtyTerminal, most: int) -> Walk:
    """Open everything: the screens of all digits, a system with its tabs, a metric, help, palette, filter; leave with ``q``."""
    walk = Walk(terminal)
    walk.press(b"", lambda: "1 Portfolio" in terminal.text and "data" in terminal.text.split("\n")[1], "portfolio")
    for key, head in HEADS.items():
        walk.press(key, head, head)
        walk.pages(key.decode(), most)
        walk.press(b"w" + DOWN * 2 + b"\x1b[C" * 3 + b"w", head, key.decode())
        walk.press(b"y", head, key.decode())
    walk.press(b"4" + HOME + b"\r", "Summary  Content  Evidence", "change")
    for tab in range(4):
        walk.pages(f"change {tab}", most)
        walk.press(b"]", "Summary  Content  Evidence", "change")
    walk.press(b"v", "you cannot approve", "change")
    walk.press(b"\x1b", "risk, then age", "change")
    walk.press(b"1" + HOME + b"\r", "Metrics ", "system")
    for tab in range(8):
        walk.pages(f"tab {tab}", most)
        walk.press(b"]", lambda: "Metrics " in terminal.text, "system")
    walk.press(HOME + b"\r", lambda: "Metrics " not in terminal.text, "metric")
    walk.press(b"?", "Keys", "help")
    walk.press(b"\x1b", lambda: "Keys" not in terminal.text, "metric")
    walk.press(b"1:", "Everything that can be done here", "palette")
    walk.press(b"open system", "open system", "palette")
    for _ in range(min(most, 12)):
        walk.press(DOWN, "Everything that can be done here", "palette")
    walk.press(b"\x1b", lambda: "Everything" not in terminal.text, "portfolio")
    for text in TYPED:
        walk.press(b"4", "risk, then age", "filter")
        walk.press(b"/" + text.encode(), text, "filter")
        walk.press(b"\x1b", partial(_is_gone, terminal, text), "filter")
    walk.terminal.type(b"q")
    return walk


def _is_gone(terminal: PtyTerminal, text: str) -> bool:
    return text not in terminal.text
