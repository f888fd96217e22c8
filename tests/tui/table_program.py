"""A small app over our widgets for tests in a real terminal: keys change what is shown in known ways.

Environment: ``TEST_THEME``; ``TEST_TEXTS`` a JSON list of texts shown page by page; ``TEST_BREAK`` makes Textual differ
from what our output expects (``signature`` when looked at, ``frame`` when used).
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, ClassVar

from tui.terminal import prepare

TERMINAL = prepare(os.environ)

from textual import _compositor  # noqa: E402  # Textual reads the environment when imported
from textual.app import ComposeResult  # noqa: E402
from textual.binding import Binding, BindingType  # noqa: E402
from textual.widgets import Static  # noqa: E402

from tui.shell import Shell  # noqa: E402
from tui.themes import DEFAULT, DEFAULTS, THEMES  # noqa: E402
from tui.widgets.line_table import Column, LineTable, Row  # noqa: E402

COLUMNS = (
    Column("ST", 2),
    Column("SYSTEM", 16, grow=1, most=40),
    Column("QUAL", 5, "right"),
    Column("TREND 24h", 12, drop=1),
    Column("P95", 6, "right", drop=2),
)
LOOKS = (("ok", "ok"), ("!", "warning"), ("!!", "critical"), ("?", "unknown"))
PAGE = 18
NAMES = {"u": "unchanged", "c": "changed", "h": "hostile", "v": "wide", "b": "bare", "p": "page", "n": "nothing"}


class OtherSignature(_compositor.LayoutUpdate):
    """A frame of a Textual to come."""

    def __init__(self, strips: Any, region: Any, more: Any = None) -> None:
        super().__init__(strips, region)
        self.more = more


class OtherFrame(_compositor.ChopsUpdate):
    """A frame whose parts are called otherwise, although it is made and drawn as before."""

    def __init__(self, chops: Any, spans: Any, chop_ends: Any) -> None:
        self.parts = (chops, spans, chop_ends)

    def render_segments(self, console: Any) -> str:
        return ORIGINAL(*self.parts).render_segments(console)


ORIGINAL = _compositor.ChopsUpdate


def rows(count: int, quality: str = "0.71", first: str = "system") -> list[Row]:
    """Make rows that differ by their numbers."""
    return [
        (
            f"s{n}",
            (
                LOOKS[n % 4],
                (f"{first}-{n}", ""),
                (quality if n == 2 else "0.80", ""),
                ("▇▆▅▄▃▂▁▁▂▃▄▅", "accent"),
                ("2.1s", "muted"),
            ),
        )
        for n in range(count)
    ]


class TableProgram(Shell):
    """Every key does what ``NAMES`` says; the last line counts those done."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, name, name) for key, name in NAMES.items()),
        Binding("r", "again", "redraw"),
        Binding("t", "theme", "theme"),
        Binding("x", "crash", "crash"),
        Binding("q", "leave", "quit"),
    ]
    CSS = "#done, #bare { height: 1; } Screen { layers: below above; }"

    def __init__(self) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.is_ascii = TERMINAL.is_ascii
        self.theme = os.environ.get("TEST_THEME") or TERMINAL.theme or DEFAULT
        self.count = 0
        self.texts: list[str] = json.loads(Path(os.environ.get("TEST_TEXTS", "/dev/null")).read_text() or "[]")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our variables."""
        return dict(DEFAULTS)

    def compose(self) -> ComposeResult:
        """One table, a bare line that nothing cleans, one counter."""
        yield LineTable(COLUMNS, fixed=2, name="table")
        yield Static("", id="bare", markup=False)
        yield Static("", id="done", markup=False)

    def on_mount(self) -> None:
        """Show rows."""
        self.table.replace_rows(rows(100))
        self.table.focus()
        self.query_one("#done", Static).update("READY")

    @property
    def table(self) -> LineTable:
        """The table."""
        return self.query_one("#table", LineTable)

    def done(self) -> None:
        """Count."""
        self.count += 1
        self.query_one("#done", Static).update(f"DONE {self.count}")

    def action_nothing(self) -> None:
        """Refresh with equal rows and paint everything again, uncounted."""
        self.table.replace_rows(rows(100))
        self.table.refresh()

    def action_unchanged(self) -> None:
        """Refresh with equal rows."""
        self.table.replace_rows(rows(100))
        self.done()

    def action_changed(self) -> None:
        """Change one cell."""
        self.table.replace_rows(rows(100, "0.72"))
        self.done()

    def action_hostile(self) -> None:
        """Show names that would command a terminal."""
        self.table.replace_rows(rows(100, first="\x1b]0;PWNED\x07\x1b[31m\u202e"))
        self.done()

    def action_wide(self) -> None:
        """Show characters of two cells and of uncertain width."""
        self.table.replace_rows(rows(100, first="漢字 ✅ ❤️ é"))
        self.done()

    def action_bare(self) -> None:
        """Hand a widget text that nobody cleaned."""
        self.query_one("#bare", Static).update("\x1b[31mBARE\x9b1m\u202e\ud83d\u200b end")
        self.done()

    def action_page(self) -> None:
        """Show the next texts, cleaned in the table and bare below it."""
        page, self.texts = self.texts[:PAGE], self.texts[PAGE:]
        self.table.replace_rows([(str(n), (("", ""), (f"[{text}]", ""))) for n, text in enumerate(page)])
        self.query_one("#bare", Static).update("[" + "|".join(page)[:200].replace("\n", " ") + "]")
        self.done()

    def action_again(self) -> None:
        """Paint every cell."""
        self.redraw()
        self.done()

    def action_theme(self) -> None:
        """Change all colours."""
        self.theme = "llmops-light"
        self.done()

    def action_crash(self) -> None:
        """Fail with a secret at hand."""
        token = "sk-canary-0123456789"
        raise RuntimeError(token)

    def action_leave(self) -> None:
        """Leave with a code of its own."""
        self.exit(return_code=3)


if __name__ == "__main__":
    if os.environ.get("TEST_IGNORE") == "hangup":
        TableProgram.on_ready = lambda _self: signal.signal(signal.SIGHUP, signal.SIG_IGN)  # type: ignore[attr-defined]
    if os.environ.get("TEST_BREAK") == "signature":
        _compositor.LayoutUpdate = OtherSignature  # type: ignore[misc]
    if os.environ.get("TEST_BREAK") == "frame":
        _compositor.ChopsUpdate = OtherFrame  # type: ignore[misc]
    app = TableProgram()
    app.run(mouse=False)
    sys.exit(app.return_code)
