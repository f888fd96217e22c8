"""The first screen answers in ten seconds, and keeps what a person set while data comes and goes."""

from datetime import timedelta
from pathlib import Path

import pytest

from store.folder import Folder
from store.records import Sample
from tests.tui.driving import LATER, opened
from tests.tui.screen_store import NOW, collect_again
from tui.widgets.line_table import LineTable
from tui.widgets.system_pane import SystemPane


async def test_no_key_is_needed_to_see_what_burns_what_is_stale_and_what_waits(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        first, second = driven.lines[:2]
    assert "!! 2 crit" in first
    assert "? 4 unkn" in first
    assert "unack 30h support-bot" in first
    assert "data 1m, oldest 40m" in second
    assert "1/3 sources bad" in second
    assert "4 blind" in second
    assert "appr 4" in second
    assert "$7.18k/$31.7k" in second


async def test_the_worst_system_is_first_and_explained_in_a_sentence(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        assert driven.lines[3].startswith(">!! CRIT claims-triage")
        assert driven.sentence.startswith("claims-triage for 9 h: gen_ai.client.operation.duration")
        await driven.press("down")
        assert driven.sentence.startswith("support-bot FM3, for 30 h: ")
        await driven.press("end")
        assert driven.sentence.startswith("translation: ")


@pytest.mark.parametrize("key", ["j", "G"])
async def test_the_cursor_and_what_is_said_of_its_row_are_painted_at_once(
    screen_folder: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    frames: list[bool] = []
    async with opened(screen_folder) as driven:
        table = driven.table.table
        monkeypatch.setattr(
            driven.app, "post_display_hook", lambda: frames.append(driven.sentence.startswith(str(table.cursor_key)))
        )
        await driven.press(key)
        assert table.cursor_place > 0
        assert frames == [True]


async def test_a_system_without_data_is_unknown_and_never_ok(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        line = next(line for line in driven.lines if "hr-assistant" in line)
    assert line.startswith(" ?  UNKN hr-assistant")
    assert " - " in line


async def test_the_filter_follows_each_letter_and_escape_takes_it_away(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.press("slash", *"turing")
        assert [row[0] for row in driven.table.table.rows] == ["search-answers", "translation"]
        assert "filter: turing" in driven.text
        assert "2/8" in driven.text
        await driven.press("enter")
        assert isinstance(driven.app.focused, LineTable)
        await driven.press("slash", "escape")
        assert len(driven.table.table.rows) == 8


async def test_a_filter_that_nothing_matches_says_so(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.press("slash", *"zzz")
        assert "no row matches the filter 'zzz'" in driven.text


async def test_only_problems_are_left_with_z(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.press("z")
        assert "search-answers" not in driven.text
        assert "problems only" in driven.text
        await driven.press("z")
        assert "search-answers" in driven.text


async def test_the_sort_menu_sorts_and_the_same_column_again_turns_round(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.press("s", *"system", "enter")
        names = [row[0] for row in driven.table.table.rows]
        assert names == sorted(names)
        await driven.press("S")
        assert [row[0] for row in driven.table.table.rows] == sorted(names, reverse=True)
        await driven.press("s", "escape")
        assert [row[0] for row in driven.table.table.rows] == sorted(names, reverse=True)
        await driven.press("s", "enter")
        await driven.press("s", "home", "pageup", "enter")
        assert "sort: worst first" in driven.text


async def test_what_is_not_known_sorts_last_in_both_directions(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.press("s", *"qual", "enter")
        up = [row[0] for row in driven.table.table.rows]
        await driven.press("S")
        down = [row[0] for row in driven.table.table.rows]
    assert set(up[-2:]) == set(down[-2:]) == {"hr-assistant", "code-review"}
    assert up[0] == "support-bot"
    assert down[0] == "claims-triage"


async def test_a_column_can_be_left_out(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.press("W", *"owner", "enter")
        await driven.press("escape")
        assert "OWNER" not in driven.text
        assert "Ada Byron" not in driven.text
        await driven.press("W", *"owner", "enter", "escape")
        assert "OWNER" in driven.text


async def test_e_goes_to_the_next_problem_and_around(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.press("end", "e")
        assert driven.table.table.cursor_place == 0
        await driven.press("E")
        assert driven.table.table.cursor_key == "meeting-notes"


async def test_cursor_filter_and_sort_survive_a_new_collection(own_folder: Path) -> None:
    async with opened(own_folder) as driven:
        await driven.press("s", *"system", "enter")
        await driven.press("slash", *"a", "enter", "end")
        key = driven.table.table.cursor_key
        seen = NOW + timedelta(minutes=1)
        sample = Sample("translation", "gen_ai.client.operation.duration", "p95", seen, 9.0, "s", 500, 3600)
        collect_again(Folder(own_folder), (sample,), seen)
        driven.screen.tick()
        await driven.until("9.0s")
        assert driven.table.table.cursor_key == key
        assert "filter: a" in driven.text
        assert "sort: system up" in driven.text


async def test_the_selected_system_stands_beside_the_table_where_there_is_room(screen_folder: Path) -> None:
    async with opened(screen_folder, (200, 50)) as driven:
        await driven.until("owner Grace Hopper, deputy Edsger Dijkstra")
        await driven.press("down")
        await driven.until("owner Ada Byron, deputy Edsger Dijkstra")
        assert "Answer more often" in driven.text
        await driven.press("p")
        assert not driven.screen.query_one(SystemPane).display
        await driven.pilot.resize_terminal(80, 24)
        await driven.press("p")
        assert not driven.screen.query_one(SystemPane).display


@pytest.mark.parametrize("size", [(56, 12), (300, 80)])
async def test_no_size_breaks_the_screen(size: tuple[int, int], screen_folder: Path) -> None:
    async with opened(screen_folder, size) as driven:
        await driven.until("claims-triage")
        assert all(len(line) <= size[0] for line in driven.lines)


async def test_an_unchanged_store_is_not_read_again_and_an_aged_frame_is(screen_folder: Path) -> None:
    clock = [LATER]
    async with opened(screen_folder, now=lambda: clock[0]) as driven:
        before = driven.screen.frame
        clock[0] += timedelta(seconds=5)
        driven.screen.tick()
        await driven.read()
        assert driven.screen.frame is before
        clock[0] += timedelta(minutes=3)
        driven.screen.tick()
        await driven.until(lambda: driven.screen.frame is not before)
        assert "data 4m" in driven.text
