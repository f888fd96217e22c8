"""Breaches can be taken up: a reason is asked for, an event is written, and it is shown at once as pending."""

import json
from pathlib import Path

from store.folder import Folder
from store.spool import user_name
from tests.tui.driving import LATER, opened
from tests.tui.screen_store import collect_again


def events(folder: Path) -> list[dict[str, object]]:
    return [json.loads(path.read_text()) for path in sorted((folder / "spool").glob("*.json"))]


async def test_open_breaches_are_listed_worst_first(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("2")
        assert "2 Breaches" in driven.lines[-3]
        assert driven.lines[3].startswith(">!! CRIT support-bot")
        assert "0.72    <0.75" in driven.text


async def test_an_acknowledgement_is_written_and_shown_as_pending_then_as_stored(own_folder: Path) -> None:
    import os

    me = user_name(os.geteuid())
    async with opened(own_folder) as driven:
        await driven.go("2")
        breach = driven.table.table.cursor_key
        await driven.press("a")
        assert "Acknowledge: support-bot, groundedness" in driven.text
        await driven.press(*"looking")
        await driven.press("enter")
        await driven.until("acknowledged as")
        assert "pending" in driven.lines[3]
        written = events(own_folder)
        assert [(each["kind"], each["subject"], each["reason"]) for each in written] == [
            ("acknowledge", breach, "looking")
        ]
        await driven.press("a")
        assert f"already acknowledged by {me}" in driven.sentence
        collect_again(Folder(own_folder), (), LATER)
        await driven.press("R")
        await driven.until(f"{me} now")
        await driven.until("unack 9h claims-triage")


async def test_another_viewer_sees_the_pending_acknowledgement_too(own_folder: Path) -> None:
    async with opened(own_folder) as driven:
        await driven.go("2")
        await driven.press("a", *"mine", "enter")
        await driven.until("acknowledged as")
    async with opened(own_folder) as driven:
        await driven.go("2")
        assert "pending" in driven.lines[3]


async def test_nothing_is_written_without_a_reason_or_after_escape(own_folder: Path) -> None:
    async with opened(own_folder) as driven:
        await driven.go("2")
        await driven.press("a", "space", "enter")
        assert "a reason is needed" in driven.text
        await driven.press("escape")
        assert events(own_folder) == []


async def test_a_spool_that_cannot_be_written_says_why(own_folder: Path) -> None:
    async with opened(own_folder) as driven:
        await driven.go("2")
        (own_folder / "spool").rename(own_folder / "away")
        await driven.press("a", *"mine", "enter")
        await driven.until("not acknowledged: ")


async def test_enter_opens_the_breach_then_its_system_and_its_digit_leads_back(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("2", "enter", "enter")
        assert "> support-bot" in driven.lines[-3]
        await driven.press("2")
        assert driven.lines[3].startswith(">!! CRIT support-bot")
