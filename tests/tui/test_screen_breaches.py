"""Breaches can be taken up: a reason is asked for, an event is written, and it is shown at once as pending."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from textual.widgets import Input

from store import spool
from store.accounts import own_name
from store.folder import Folder
from store.records import Sample
from tests.tui.driving import LATER, opened
from tests.tui.screen_store import NOW, collect_again


def events(folder: Path) -> list[dict[str, object]]:
    return [json.loads(path.read_text()) for path in sorted((folder / "spool").glob("*.json"))]


async def test_open_breaches_are_listed_worst_first(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("2")
        assert "2 Breaches" in driven.lines[-3]
        assert driven.lines[3].startswith(">!! CRIT support-bot")
        assert "0.72    <0.75" in driven.text


async def test_an_acknowledgement_is_written_and_shown_as_pending_then_as_stored(own_folder: Path) -> None:
    me = own_name()
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


async def test_a_breach_is_silenced_for_a_time_and_marked_as_pending_then_as_stored(own_folder: Path) -> None:
    me = own_name()
    async with opened(own_folder, (200, 50)) as driven:
        await driven.go("2")
        breach = driven.table.table.cursor_key
        await driven.press("d")
        assert "Silence: support-bot, groundedness" in driven.text
        assert "how long, then why: 4h the vendor is on it" in driven.text
        await driven.press(*"4h", "space", *"vendor", "enter")
        await driven.until("silenced until 10 Mar 18:30Z as")
        assert "silenced" in driven.lines[3]
        assert f"pending {me}" in driven.lines[3]
        (written,) = events(own_folder)
        assert (written["kind"], written["subject"], written["reason"]) == ("silence", f"breach:{breach}", "vendor")
        assert written["expires"] == (LATER + timedelta(hours=4)).isoformat()
        await driven.press("d")
        assert driven.sentence == f"already silenced (pending) by {me}"
        collect_again(Folder(own_folder), (), LATER)
        await driven.press("R")
        await driven.until(f"4h left {me}")
        assert "claims-triage" in driven.lines[3]  # it sorts after what is heard
        assert "!! CRIT support-bot" in driven.lines[4]
        assert "silenced" in driven.lines[4]
        await driven.press("up", "down")
        assert driven.sentence.startswith(
            f"support-bot: silenced until 10 Mar 18:30Z by {me}: vendor; evaluation:groundedness 0.72 under 0.75"
        )
        await driven.press("d")
        await driven.until("End the silence: support-bot, groundedness")
        assert "covers" in driven.text
        await driven.press(*"mended", "enter")
        await driven.until(f"silence ended as {me}")
        (ended,) = [each for each in events(own_folder) if each["kind"] == "unsilence"]
        assert ended["reason"] == "mended"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "expected a length of time such as"),
        ("soon the vendor", "expected a length of time such as"),
        ("4h", "a reason is needed after the length of time"),
        ("31d holiday", "expected at most 30d, found '31d'"),
        ("0h now", "expected at most 30d"),
    ],
)
async def test_a_silence_without_length_or_reason_is_not_written(own_folder: Path, words: str, said: str) -> None:
    async with opened(own_folder) as driven:
        await driven.go("2")
        await driven.press("d")
        driven.app.screen.query_one(Input).value = words
        await driven.press("enter")
        assert said in driven.text
        await driven.press("escape")
        assert events(own_folder) == []


async def test_an_unsuccessful_silence_says_why(own_folder: Path) -> None:
    async with opened(own_folder) as driven:
        await driven.go("2")
        (own_folder / "spool").rename(own_folder / "away")
        await driven.press("d", *"2d", "space", *"vendor", "enter")
        await driven.until("not silenced: ")


async def test_a_breach_of_a_system_that_somebody_silenced_elsewhere_is_shown_as_pending(own_folder: Path) -> None:
    folder = Folder(own_folder)
    spool.write(folder, spool.new_event("silence", "rule:claims-triage/latency", "known", NOW, NOW + timedelta(days=1)))
    spool.write(folder, spool.new_event("silence", "system:support-bot", "over", NOW, LATER))
    spool.write(folder, spool.new_event("silence", "nonsense", "unreadable", NOW, NOW + timedelta(days=1)))
    async with opened(own_folder) as driven:
        await driven.go("2")
        assert "open" in driven.lines[3]
        assert "silenced" in driven.lines[4]


async def test_a_closed_breach_is_left_as_it_is(own_folder: Path) -> None:
    folder, well = Folder(own_folder), LATER + timedelta(hours=3)
    latency = "gen_ai.client.operation.duration"
    hours = [LATER + timedelta(hours=hour) for hour in range(1, 4)]
    collect_again(folder, tuple(Sample("claims-triage", latency, "p95", at, 1.0, "s", 400, 3600) for at in hours), well)
    spool.write(folder, spool.new_event("silence", "system:claims-triage", "known", NOW, NOW + timedelta(days=1)))
    async with opened(own_folder, now=lambda: well) as driven:
        await driven.go("2")
        await driven.press("end")
        assert "claims-triage latency         closed" in driven.text
        for key, what in (("a", "acknowledge"), ("d", "silence")):
            await driven.press(key)
            assert driven.sentence == f"this breach is closed; nothing is left to {what}"


async def test_enter_opens_the_breach_then_its_system_and_its_digit_leads_back(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("2", "enter", "enter")
        assert "> support-bot" in driven.lines[-3]
        await driven.press("2")
        assert driven.lines[3].startswith(">!! CRIT support-bot")
