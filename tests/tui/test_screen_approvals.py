"""The queue shows exactly what waits for a decision, hidden characters by name, and decides nothing."""

from pathlib import Path

from tests.tui.driving import opened
from tui.widgets.help import actions


async def test_the_riskiest_change_is_first_with_author_and_age(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("4")
        assert driven.lines[3].split()[:6] == [">high", "prompt", "support-bot", "Answer", "more", "often"]
        assert "mallory" in driven.lines[3]
        assert "6d" in driven.lines[3]


async def test_the_content_is_shown_with_hidden_characters_by_name(screen_folder: Path) -> None:
    async with opened(screen_folder, (120, 40)) as driven:
        await driven.go("4")
        assert "1 hidden character in the content" in driven.text
        assert "ZERO WIDTH SPACE" in driven.text
        assert "-Refuse when the sources do not say it." in driven.text
        assert "\u200b" not in driven.text
        assert "https://git.example/acme/prompts/pull/8" in driven.text


async def test_the_detail_follows_the_cursor_and_tab_moves_into_it(screen_folder: Path) -> None:
    async with opened(screen_folder, (120, 40)) as driven:
        await driven.go("4")
        await driven.press("down")
        assert "the source gave no content; follow the link" in driven.text
        await driven.press("tab", "end")
        assert driven.table.table.cursor_place == 1


async def test_no_key_approves(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("4")
        assert "deciding here comes with a later" in driven.text
        words = " ".join(action.words.lower() for action in actions(driven.screen))
        assert "approve" not in words
        assert "reject" not in words


async def test_a_filter_that_leaves_no_change_leaves_no_detail(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("4")
        await driven.press("slash", *"zzz")
        assert "Selected change" in driven.text
        assert "hash sha256" not in driven.text


async def test_enter_opens_the_system_of_the_change_and_nothing_from_its_content(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("4", "tab")
        await driven.press("enter")
        assert len(driven.app.screen_stack) == 1
        await driven.press("tab")
        await driven.go("enter")
        assert "> support-bot" in driven.lines[-3]
