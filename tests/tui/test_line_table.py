"""The cursor belongs to a row, not to a place; and only what changed is painted."""

from collections.abc import Sequence
from typing import Self

import pytest
from textual import on
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from tui.themes import DEFAULT, DEFAULTS, THEMES
from tui.widgets.columns import fit, layout
from tui.widgets.line_table import Column, LineTable, Row, filter_rows

COLUMNS = (
    Column("ST", 2),
    Column("SYSTEM", 10, grow=1, most=20),
    Column("QUAL", 5, "right"),
    Column("ERR%", 5, "right", drop=1),
    Column("AGE", 4, "right", drop=2),
)


def row(key: str, quality: str = "0.80", state: str = "ok") -> Row:
    return (
        key,
        ((state, state if state == "ok" else "critical"), (key, ""), (quality, ""), ("0.1", "muted"), ("3m", "muted")),
    )


def rows(count: int) -> list[Row]:
    return [row(f"s{number}") for number in range(count)]


class Host(App[None]):
    """An app with one table that notes what is said and which lines are painted."""

    def __init__(self, columns: Sequence[Column] = COLUMNS) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DEFAULT
        self.table = Watched(columns, fixed=2, empty="no system", name="table")
        self.said: list[tuple[str, str]] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(DEFAULTS)

    def compose(self) -> ComposeResult:
        yield self.table

    @on(LineTable.Highlighted)
    def note(self, message: LineTable.Highlighted) -> None:
        assert message.control is self.table
        self.said.append((type(message).__name__, message.key))


class Watched(LineTable):
    """A table that notes the lines it asks Textual to paint."""

    painted: list[int]

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        self.painted += [y for region in regions or (Region(0, 0, 1, 99),) for y in region.line_range]
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


def shown(table: LineTable) -> list[str]:
    return [table.render_line(y).text for y in range(table.size.height)]


def columns_of(table: LineTable) -> tuple[str, ...]:
    return table.shown_columns


def cursor_of(table: LineTable) -> str | None:
    return table.cursor_key


async def fill(pilot: Pilot[None], host: Host, content: Sequence[Row]) -> LineTable:
    host.table.painted = []
    host.table.focus()
    host.table.replace_rows(content)
    await pilot.pause()
    host.table.painted.clear()
    host.said.clear()
    return host.table


@pytest.fixture(autouse=True)
def counting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Watched, "painted", [], raising=False)


async def test_rows_stand_under_a_header_that_stays() -> None:
    host = Host()
    async with host.run_test(size=(40, 6)) as pilot:
        table = await fill(pilot, host, rows(50))
        assert shown(table)[0] == " ST SYSTEM               QUAL  ERR%  AGE"
        await pilot.press("G")
        assert shown(table)[0].startswith(" ST SYSTEM")
        assert shown(table)[-1].startswith(">ok s49")
        assert all(len(line) == 40 for line in shown(table))


async def test_the_cursor_follows_its_row_through_sort_and_refresh() -> None:
    host = Host()
    async with host.run_test(size=(40, 8)) as pilot:
        table = await fill(pilot, host, rows(20))
        await pilot.press("j", "j", "j")
        assert cursor_of(table) == "s3"
        table.replace_rows(list(reversed(rows(20))))
        await pilot.pause()
        assert cursor_of(table) == "s3"
        assert table.cursor_place == 16
        assert any(line.startswith(">ok s3 ") for line in shown(table))


async def test_a_view_that_holds_the_cursor_does_not_scroll_when_rows_are_sorted() -> None:
    host = Host()
    async with host.run_test(size=(40, 8)) as pilot:
        table = await fill(pilot, host, rows(20))
        await pilot.press("j", "j")
        table.replace_rows([row("worst"), *rows(20)])
        await pilot.pause()
        assert table.scroll_offset.y == 0
        assert cursor_of(table) == "s2"
        assert shown(table)[1].startswith(" ok worst")


async def test_a_row_that_vanishes_leaves_the_cursor_at_its_place_and_says_so() -> None:
    host = Host()
    async with host.run_test(size=(40, 8)) as pilot:
        table = await fill(pilot, host, rows(5))
        await pilot.press("j", "j")
        host.said.clear()
        table.replace_rows([each for each in rows(5) if each[0] != "s2"])
        await pilot.pause()
        assert cursor_of(table) == "s3"
        assert host.said == [("Highlighted", "s3")]
        table.replace_rows([])
        await pilot.pause()
        assert cursor_of(table) is None
        assert "no system" in shown(table)[1]
        await pilot.press("j", "enter", "G")
        assert cursor_of(table) is None


async def test_an_equal_refresh_paints_nothing_and_one_changed_row_one_line() -> None:
    host = Host()
    async with host.run_test(size=(40, 8)) as pilot:
        table = await fill(pilot, host, rows(20))
        table.replace_rows(rows(20))
        await pilot.pause()
        assert host.table.painted == []
        changed = rows(20)
        changed[2] = row("s2", "0.11")
        table.replace_rows(changed)
        await pilot.pause()
        assert host.table.painted == [3]
        assert "0.11" in table.render_line(3).text
        changed[15] = row("s15", "0.12")
        host.table.painted.clear()
        table.replace_rows(list(changed))
        await pilot.pause()
        assert host.table.painted == []


async def test_rows_that_end_earlier_leave_blank_lines() -> None:
    host = Host()
    async with host.run_test(size=(40, 8)) as pilot:
        table = await fill(pilot, host, rows(20))
        await pilot.press("G")
        table.replace_rows(rows(3))
        await pilot.pause()
        assert table.scroll_offset.y == 0
        assert [line.strip() for line in shown(table)[4:]] == [""] * 4
        assert cursor_of(table) == "s2"


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (("j", "down"), 2),
        (("j", "k", "up"), 0),
        (("G",), 49),
        (("end", "home"), 0),
        (("G", "g"), 0),
        (("ctrl+d",), 3),
        (("ctrl+d", "ctrl+u"), 0),
        (("pagedown", "pagedown"), 14),
        (("pagedown", "pageup"), 0),
    ],
)
async def test_keys_move_the_cursor(keys: tuple[str, ...], place: int) -> None:
    host = Host()
    async with host.run_test(size=(40, 8)) as pilot:
        table = await fill(pilot, host, rows(50))
        await pilot.press(*keys)
        assert table.cursor_place == place
        assert table.scroll_offset.y <= place < table.scroll_offset.y + table.page


async def test_opening_a_row_names_its_key() -> None:
    host = Host()
    async with host.run_test(size=(40, 8)) as pilot:
        table = await fill(pilot, host, rows(5))
        await pilot.press("j", "enter", "l")
        assert host.said == [("Highlighted", "s1"), ("Selected", "s1"), ("Selected", "s1")]
        assert table.move_to("s4")
        assert not table.move_to("nobody")
        assert cursor_of(table) == "s4"


async def test_narrow_tables_drop_columns_and_wide_ones_grow() -> None:
    host = Host()
    async with host.run_test(size=(34, 8)) as pilot:
        table = await fill(pilot, host, rows(5))
        assert columns_of(table) == ("st", "system", "qual", "err%", "age")
        await pilot.resize_terminal(30, 8)
        await pilot.pause()
        assert columns_of(table) == ("st", "system", "qual", "err%")
        await pilot.resize_terminal(22, 8)
        await pilot.pause()
        assert columns_of(table) == ("st", "system", "qual")
        assert all(len(line) == 22 for line in shown(table))


async def test_sideways_scrolling_keeps_the_first_columns() -> None:
    host = Host()
    async with host.run_test(size=(24, 8)) as pilot:
        table = await fill(pilot, host, rows(5))
        await pilot.press("right")
        assert columns_of(table) == ("st", "system", "err%", "age")
        await pilot.press("right", "right", "right")
        assert columns_of(table) == ("st", "system", "age")
        await pilot.press("left", "left", "left")
        assert columns_of(table) == ("st", "system", "qual", "err%", "age")
        await pilot.press("w")
        assert columns_of(table) == ("st", "system", "qual")


async def test_nothing_scrolls_sideways_where_all_fits() -> None:
    host = Host()
    async with host.run_test(size=(80, 8)) as pilot:
        table = await fill(pilot, host, rows(5))
        await pilot.press("right")
        assert len(columns_of(table)) == 5


async def test_the_sorted_column_carries_a_sign() -> None:
    host = Host()
    async with host.run_test(size=(40, 8)) as pilot:
        table = await fill(pilot, host, rows(5))
        table.show_sort("qual", descending=True)
        await pilot.pause()
        assert "QUALv" in shown(table)[0]
        table.show_sort("st")
        assert "S^" in shown(table)[0]


async def test_other_columns_can_be_shown() -> None:
    host = Host()
    async with host.run_test(size=(40, 8)) as pilot:
        table = await fill(pilot, host, rows(5))
        table.replace_rows([("a", (("one", ""),))])
        table.replace_columns((Column("ONLY", 8), Column("MORE", 4)))
        await pilot.pause()
        assert shown(table)[0].startswith(" ONLY     MORE")
        assert shown(table)[1].startswith(">one")


async def test_the_mouse_chooses_and_opens_rows() -> None:
    host = Host()
    async with host.run_test(size=(40, 8)) as pilot:
        table = await fill(pilot, host, rows(50))
        await pilot.click("#table", offset=(5, 3))
        assert cursor_of(table) == "s2"
        await pilot.click("#table", offset=(5, 3), times=2)
        assert ("Selected", "s2") in host.said
        await pilot.click("#table", offset=(5, 0))
        assert cursor_of(table) == "s2"
        table.on_mouse_scroll_down()
        assert cursor_of(table) == "s5"
        table.on_mouse_scroll_up()
        assert cursor_of(table) == "s2"


async def test_hostile_cells_are_made_printable_even_if_the_caller_forgot() -> None:
    host = Host()
    async with host.run_test(size=(40, 8)) as pilot:
        table = await fill(pilot, host, [row("\x1b[31m\u202e[/nope]漢")])
        line = table.render_line(1).text
        assert line.startswith(">ok ␛[31m")
        assert line.isprintable()


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
async def test_every_theme_tells_states_and_the_cursor_apart(theme: str) -> None:
    host = Host()
    async with host.run_test(size=(40, 8)) as pilot:
        content = [
            (state, ((sign, state), (state, "")))
            for state, sign in (("ok", "ok"), ("warning", "!"), ("critical", "!!"), ("unknown", "?"))
        ]
        table = await fill(pilot, host, content)
        host.theme = theme
        await pilot.pause()
        styles = {str(list(table.render_line(y))[1].style) for y in range(2, 5)}
        assert len(styles) == 3
        cursor, other = (next(iter(table.render_line(y))).style for y in (1, 2))
        assert cursor != other
        table.blur()
        await pilot.pause()
        away = next(iter(table.render_line(1))).style
        assert away not in (cursor, other)


def test_layout_shares_out_what_is_left_up_to_the_most() -> None:
    placed = {each.index: each.width for each in layout(COLUMNS, 60)}
    assert placed[1] == 20
    assert {each.index: each.width for each in layout(COLUMNS, 34)}[1] == 13
    assert layout((), 10) == ()


@pytest.mark.parametrize(
    ("text", "width", "align", "fitted"),
    [
        ("ab", 4, "left", "ab  "),
        ("ab", 4, "right", "  ab"),
        ("abcdef", 4, "left", "abc…"),
        ("漢字", 3, "left", "漢…"),
        ("漢字", 6, "right", "  漢字"),
        ("❤️", 3, "left", "❤️ "),
    ],
)
def test_a_cell_is_exactly_as_wide_as_its_column(text: str, width: int, align: str, fitted: str) -> None:
    assert fit(text, width, "right" if align == "right" else "left") == fitted


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["claims-bot", "hr-bot", "search"]),
        ("bot", ["claims-bot", "hr-bot"]),
        ("BOT claims", ["claims-bot"]),
        ("!bot", ["search"]),
        ("~clmsbt", ["claims-bot"]),
        ("!~hr", ["claims-bot", "search"]),
        ("state:!!", ["claims-bot"]),
        ("sys:search", ["search"]),
        ("!st:ok", ["claims-bot", "hr-bot"]),
        ("https://x", ["hr-bot"]),
        ("!", ["claims-bot", "hr-bot"]),
        ("nobody", []),
    ],
)
def test_the_filter_understands_words_negation_fuzzy_and_columns(query: str, found: list[str]) -> None:
    columns = (Column("STATE", 2), Column("SYSTEM", 10), Column("URL", 5))
    table: list[Row] = [
        ("claims-bot", (("!!", "critical"), ("claims-bot", ""), ("", ""))),
        ("hr-bot", (("!", "warning"), ("hr-bot", ""), ("https://x", ""))),
        ("search", (("ok", "ok"), ("search", ""))),
    ]
    assert [key for key, _ in filter_rows(table, query, columns)] == found
