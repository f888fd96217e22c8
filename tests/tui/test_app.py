"""The app keeps its promises whatever the store, the terminal and the person do."""

import gc
import shutil
import weakref
from datetime import timedelta
from pathlib import Path

import pytest
from textual.color import Color
from textual.css.query import NoMatches
from textual.dom import NoScreen
from textual.widget import MountError

from store.errors import ConfigError, StoreError
from tests.tui.driving import LATER, STILL, opened
from tests.tui.screen_store import NOW
from tui import snapshot
from tui.app import LlmopsApp, Options, known_state
from tui.themes import MONOCHROME, THEMES
from tui.widgets.header import Header
from tui.widgets.help import actions


async def test_the_last_known_state_is_painted_before_the_store_is_read(screen_folder: Path) -> None:
    last = snapshot.read(screen_folder / "portfolio.json")
    assert last is not None
    async with opened(screen_folder, snapshot=known_state(last), is_live=False) as driven:
        header = driven.screen.query_one(Header)
        assert driven.screen.frame is not None
        assert "claims-triage" in driven.text
        await driven.until(lambda: not driven.app.notice)
        assert "as of" not in header.plain()


async def test_a_snapshot_is_marked_with_its_age(tmp_path: Path, screen_folder: Path) -> None:
    last = snapshot.read(screen_folder / "portfolio.json")
    later = NOW + timedelta(hours=5)
    async with opened(tmp_path / "gone", snapshot=known_state(last), now=lambda: later, is_live=False) as driven:
        assert driven.app.notice.startswith(("as of 5 h ago", "store busy"))


async def test_a_store_that_never_collected_says_what_to_do(tmp_path: Path) -> None:
    async with opened(tmp_path / "none", is_live=False) as driven:
        await driven.until(lambda: "run 'llmops-tui collect'" in driven.sentence)
        assert "nothing is collected yet" in driven.lines[3]
        assert driven.sentence.startswith("run 'llmops-tui collect'")


async def test_a_store_that_cannot_be_read_keeps_the_old_frame_and_says_how_old(own_folder: Path) -> None:
    clock = [LATER]
    async with opened(own_folder, now=lambda: clock[0]) as driven:
        shutil.rmtree(own_folder)
        clock[0] += timedelta(minutes=7)
        await driven.press("R")
        await driven.until("store busy, data 7 min old")
        assert "claims-triage" in driven.text


async def test_it_recovers_when_the_store_is_back(own_folder: Path, tmp_path: Path) -> None:
    async with opened(own_folder) as driven:
        shutil.move(own_folder, tmp_path / "away")
        await driven.press("R")
        await driven.until("store busy")
        shutil.move(tmp_path / "away", own_folder)
        await driven.press("R")
        await driven.until(lambda: "store busy" not in driven.text)


async def test_a_tick_while_a_read_is_under_way_does_nothing(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        screen = driven.screen
        screen.tick(force=True)
        workers = len(list(driven.app.workers))
        screen.tick()
        screen.tick()
        assert len(list(driven.app.workers)) == workers
        await driven.read()


async def test_digits_jump_and_minus_goes_back(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("2")
        assert driven.app.current_mode == "breaches"
        await driven.go("7")
        await driven.go("minus")
        assert driven.app.current_mode == "breaches"
        await driven.go("1", "enter")
        assert len(driven.app.screen_stack) == 2
        await driven.press("1")
        assert len(driven.app.screen_stack) == 1


@pytest.mark.parametrize("name", ["breaches", "approvals", "collection"])
async def test_it_can_begin_with_another_screen(name: str, screen_folder: Path) -> None:
    async with opened(screen_folder, options=Options(refresh=3600, screen=name)) as driven:
        await driven.until(lambda: driven.app.current_mode == name)


async def test_it_can_begin_with_a_system(screen_folder: Path) -> None:
    async with opened(screen_folder, options=Options(refresh=3600, system="translation")) as driven:
        await driven.until("> translation")


async def test_the_palette_holds_every_action_and_runs_the_chosen_one(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.press("colon")
        assert "Everything that can be done here" in driven.text
        await driven.press(*"collection", "enter")
        await driven.until(lambda: driven.app.current_mode == "collection")
        await driven.read()
        await driven.press("ctrl+p", *"open system trans", "enter")
        await driven.until("> translation")
        await driven.read()
        await driven.press("colon", *"theme llmops-light", "enter")
        await driven.until(lambda: driven.app.theme == "llmops-light")


async def test_escape_leaves_the_palette_and_changes_nothing(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.press("colon", *"zzz")
        assert "nothing is called so" in driven.text
        await driven.press("enter", "escape")
        assert driven.lines[3].startswith(">!! CRIT claims-triage")


async def test_the_help_names_every_key_of_the_screen_and_the_signs(screen_folder: Path) -> None:
    async with opened(screen_folder, (120, 80)) as driven:
        wanted = {action.words for action in actions(driven.screen)}
        await driven.press("question_mark")
        seen = ""
        for _ in range(10):
            seen += driven.text
            await driven.press("pagedown")
        assert all(words in seen for words in wanted)
        assert "never ok" in seen
        await driven.press("escape")
        assert len(driven.app.screen_stack) == 1


async def test_every_action_has_words_and_a_key(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        for keys in ((), ("2",), ("4",), ("7",), ("0",), ("enter",), ("1", "enter"), ("enter",)):
            await driven.go(*keys)
            for action in actions(driven.screen):
                assert action.words
                assert action.keys


async def test_the_keys_can_be_changed_in_the_configuration(screen_folder: Path) -> None:
    options = Options(refresh=3600, keymap={"app.collection": "c"})
    async with opened(screen_folder, options=options) as driven:
        await driven.press("c")
        assert driven.app.current_mode == "collection"


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
async def test_states_can_be_read_in_every_theme_without_colour(theme: str, screen_folder: Path) -> None:
    async with opened(screen_folder, options=Options(refresh=3600, theme=theme)) as driven:
        assert ">!! CRIT claims-triage" in driven.text
        assert " ?  UNKN hr-assistant" in driven.text
        assert " ok      translation" in driven.text
        wanted = driven.app.available_themes[theme].background
        assert wanted is not None
        assert driven.app.theme_variables["background"].lower() in {wanted, Color.parse(wanted).hex.lower()}
        assert driven.screen.styles.background == Color.parse(wanted)


async def test_no_text_vanishes_on_the_cursors_line_in_any_theme(screen_folder: Path) -> None:
    for theme in THEMES:
        async with opened(screen_folder, options=Options(refresh=3600, theme=theme.name)) as driven:
            line = driven.app.screen._compositor.render_strips()[3]
            for segment in line:
                style = segment.style
                is_hidden = (
                    style
                    and not style.reverse
                    and style.color == style.bgcolor
                    and not (style.color and style.color.is_default)
                )
                assert not (segment.text.strip() and is_hidden), (theme.name, segment)


async def test_no_color_leaves_no_colour_at_all(screen_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(screen_folder) as driven:
        assert driven.app.theme == MONOCHROME
        colours = {
            str(colour)
            for strip in driven.app.screen._compositor.render_strips()
            for segment in strip
            if segment.style
            for colour in (segment.style.color, segment.style.bgcolor)
            if colour is not None and not colour.is_default
        }
    assert colours == set()


async def test_ascii_signs_alone_are_drawn_where_asked(screen_folder: Path) -> None:
    async with opened(screen_folder, options=Options(refresh=3600, ascii=True)) as driven:
        await driven.go("enter", "enter")
        assert "*" in driven.text
    assert driven.app.is_ascii


def test_a_theme_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no theme is called 'pink'; there are llmops-dark, llmops-light"):
        LlmopsApp(tmp_path, Options(theme="pink"))


async def test_a_terminal_too_small_is_told_in_numbers(screen_folder: Path) -> None:
    async with opened(screen_folder, (40, 10)) as driven:
        assert "this terminal has 40 x 10 cells" in driven.text
        assert "claims-triage" not in driven.text
        await driven.pilot.resize_terminal(80, 24)
        await driven.until("claims-triage")
        assert "this terminal has" not in driven.text


async def test_control_c_leaves_at_the_second_time(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.press("ctrl+c")
        assert driven.app.is_running
        assert "Ctrl-C again" in driven.text
        driven.app._stay()
        await driven.press("ctrl+c")
        assert driven.app._exit is False
        await driven.press("ctrl+c")
        assert driven.app._exit is True


async def test_redraw_and_mouse_keys_do_no_harm_without_a_terminal(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.press("ctrl+l", "f2", "f2")
        assert "claims-triage" in driven.text


async def test_an_error_of_the_store_beside_the_frame_leaves_the_pane_empty(
    screen_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(screen_folder, (200, 50), options=STILL) as driven:

        async def fail(*_: object) -> None:
            raise StoreError("gone")

        monkeypatch.setattr(driven.app.reading, "look", fail)
        await driven.press("down")
        await driven.read()
        assert "support-bot" in driven.sentence


class Knot:
    """Something that only a search for garbage finds."""

    def __init__(self) -> None:
        self.itself = self


async def test_after_each_read_garbage_is_looked_for_among_what_came_since_the_first(screen_folder: Path) -> None:
    before = gc.get_threshold()
    gc.disable()
    try:
        async with opened(screen_folder) as driven:
            assert gc.isenabled()
            assert gc.get_freeze_count() > 0
            knot = weakref.ref(Knot())
            await driven.press("down", "up")
            assert knot() is not None
            await driven.press("R")
            await driven.until(lambda: knot() is None)
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
        gc.enable()


async def test_where_nobody_put_it_off_the_search_for_garbage_stays_as_it_was(screen_folder: Path) -> None:
    before = gc.get_threshold()
    async with opened(screen_folder) as driven:
        await driven.read()
        assert gc.get_threshold() == before


@pytest.mark.parametrize("fault", [NoMatches(), NoScreen(), MountError()])
async def test_a_screen_that_is_left_while_it_opens_is_no_fault(fault: Exception, screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        driven.app.exit(return_code=129)
        driven.app._handle_exception(fault)
        assert driven.app.last_words == ""
    assert driven.app.return_code == 129
