"""A small app over our widgets for tests in a real terminal: keys change rows in known ways, the last line counts them."""

import os
import sys
from typing import ClassVar

from tui.terminal import prepare

TERMINAL = prepare(os.environ)

from textual.app import ComposeResult  # noqa: E402  # Textual reads the environment when imported
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
    """Keys: u same rows, c one changed cell, h hostile text, r redraw, x crash, q quit; each is counted at the bottom."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, f"do('{key}')", key) for key in ("u", "c", "h", "r", "x", "q", "t", "b")
    ]
    CSS = "#done { height: 1; dock: bottom; }"

    def __init__(self) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.is_ascii = TERMINAL.is_ascii
        self.theme = os.environ.get("TEST_THEME") or TERMINAL.theme or DEFAULT
        self.done = 0

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our variables."""
        return dict(DEFAULTS)

    def compose(self) -> ComposeResult:
        """One table, one counter."""
        yield LineTable(COLUMNS, fixed=2, name="table")
        yield Static("", id="done", markup=False)

    def on_mount(self) -> None:
        """Show rows."""
        table = self.query_one("#table", LineTable)
        table.replace_rows(rows(int(os.environ.get("TEST_ROWS", "100"))))
        table.focus()
        self.query_one("#done", Static).update("READY")

    def action_do(self, key: str) -> None:
        """Change the rows in the way the key says."""
        table = self.query_one("#table", LineTable)
        if key == "u":
            table.replace_rows(rows(100))
        elif key == "c":
            table.replace_rows(rows(100, "0.72"))
        elif key == "h":
            table.replace_rows(rows(100, first="\x1b]0;PWNED\x07\x1b[31m\u202e"))
        elif key == "b":
            self.query_one("#done", Static).update("\x1b[31mPWNED\x9b1mX\u202e\ud83d")
            return
        elif key == "r":
            self.redraw()
        elif key == "t":
            self.theme = "llmops-light"
        elif key == "x":
            token = "sk-canary-0123456789"  # a local value that no report may show
            raise RuntimeError(token)
        elif key == "q":
            self.exit(return_code=3)
        self.done += 1
        self.query_one("#done", Static).update(f"DONE {self.done}")


if __name__ == "__main__":
    app = TableProgram()
    app.run(mouse=False)
    sys.exit(app.return_code)
