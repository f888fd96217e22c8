"""Rows of spans are drawn when they, their width or the theme changed, and never in between."""

import pytest
from textual.app import App, ComposeResult
from textual.strip import Strip

from tui.themes import DEFAULT, DEFAULTS, THEMES
from tui.widgets.lines import Lines


class Counted(Lines):
    """Lines that note which of them are drawn."""

    drawn: list[int]

    def render_line(self, y: int) -> Strip:
        self.drawn.append(y)
        return super().render_line(y)


class Host(App[None]):
    """An app with three rows."""

    def __init__(self) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DEFAULT
        self.rows = Counted(3)
        self.rows.drawn = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(DEFAULTS)

    def compose(self) -> ComposeResult:
        yield self.rows

    def look(self) -> list[str]:
        """Give what is on the screen, and forget what was drawn for it before."""
        self.rows.drawn.clear()
        return [strip.text.rstrip() for strip in self.rows.render_lines(self.rows.size.region)]


async def test_only_the_row_that_changed_is_drawn_again() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.rows.show([[("one", "plain")], [("two", "muted")], [("three", "plain")]])
        await pilot.pause()
        assert (app.look(), app.rows.drawn) == (["one", "two", "three"], [])
        app.rows.show([[("one", "plain")], [("2", "muted")], [("three", "plain")]])
        assert (app.look(), app.rows.drawn) == (["one", "2", "three"], [1])
        app.rows.show([[("one", "plain")], [("2", "critical")]])
        assert app.look()[:2] == ["one", "2"]


async def test_another_width_or_theme_draws_every_row_again() -> None:
    app = Host()
    async with app.run_test(size=(40, 10)) as pilot:
        app.rows.show([[("x" * 60, "plain")], [("two", "critical")], [("three", "plain")]])
        await pilot.pause()
        assert app.look()[0] == "x" * 39 + "…"
        await pilot.resize_terminal(50, 10)
        assert app.look()[0] == "x" * 49 + "…"
        before = [segment.style for segment in app.rows.render_lines(app.rows.size.region)[1]]
        app.theme = next(theme.name for theme in THEMES if theme.name != DEFAULT)
        await pilot.pause()
        assert [segment.style for segment in app.rows.render_lines(app.rows.size.region)[1]] != before


@pytest.mark.parametrize("style", ["border", "opacity"])
async def test_a_border_or_what_shines_through_is_left_to_textual(style: str) -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.rows.show([[("one", "plain")], [("two", "muted")], [("three", "plain")]])
        await pilot.pause()
        before = app.rows.render_lines(app.rows.size.region)
        setattr(app.rows.styles, style, ("round", "red") if style == "border" else 0.5)
        await pilot.pause()
        assert list(app.rows.render_lines(app.rows.outer_size.region)[0]) != list(before[0])
