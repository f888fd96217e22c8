"""A change is decided on in its own screen: after its content and evidence were read, and never by keys typed ahead."""

import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from store import spool
from store.change_records import Act
from store.folder import Folder
from tests.tui import ledger_store
from tests.tui.driving import LATER, STILL, Driven, ledger, opened
from tests.tui.ledger_store import EXTERNAL, ME, OWN, READY, TIER_1, id_of
from tests.tui.screen_store import NOW
from tui import change_tabs
from tui.live import clock
from tui.opening import Open
from tui.screens.change import ChangeScreen
from tui.widgets.decide import Decide


async def open_change(driven: Driven, change: str) -> None:
    await driven.go("4")
    driven.app.post_message(Open("change", change))
    await driven.until(lambda: len(driven.app.screen_stack) == 2)
    await driven.read()
    await driven.until(lambda: driven.app.onlooking.known is not None)


async def asking(driven: Driven, key: str) -> Decide:
    """Press a key that asks, and wait until the question takes keys."""
    await driven.press(key)
    await driven.until(lambda: isinstance(driven.app.screen, Decide))
    question = driven.app.screen
    assert isinstance(question, Decide)
    await driven.until(lambda: question.is_listening)
    return question


def spooled(config: Path) -> list[dict[str, Any]]:
    folder = Folder(config.parent / "store")
    return [json.loads(path.read_text()) for path in sorted(folder.spool.glob("*.json"))]


async def decided(driven: Driven, config: Path) -> dict[str, Any]:
    """Wait until something was written; stored or not, give it."""
    store = Folder(config.parent / "store")
    await driven.until(lambda: any(store.done.glob("*.json")) or bool(spooled(config)))
    (path,) = (*store.done.glob("*.json"), *store.spool.glob("*.json"))
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest.fixture
def foreign_ledger(own_ledger: Path) -> Path:
    """Give a ledger whose store belongs to somebody else, so that what is said here waits."""
    os.chown(own_ledger.parent / "store", 4711, -1)
    return own_ledger


async def test_nothing_is_decided_before_content_and_evidence_were_opened(ledger_config: Path) -> None:
    async with ledger(ledger_config) as driven:
        await open_change(driven, id_of(READY))
        assert "no   v  approve: open Content first (Tab)" in driven.text
        await driven.press("v")
        assert driven.sentence == "you cannot approve: open Content first (Tab)"
        await driven.press("]", "x")
        assert driven.sentence == "you cannot reject: open Evidence first (Tab)"
        await driven.press("]", "[", "[")
        assert "yes  v  approve" in driven.text
        question = await asking(driven, "v")
        assert question.focused is not None
        assert question.focused.id == "leave"
        await driven.press("enter")
        assert len(driven.app.screen_stack) == 2


@pytest.mark.parametrize(
    ("change", "waits_for", "acts"),
    [
        (READY, "approve", ["approve", "reject", "waive", "ask", "withdraw", "applied"]),
        (READY, "review", ["review", "reject", "waive", "ask", "withdraw", "applied"]),
        (EXTERNAL, "acknowledge", ["acknowledge", "ask", "applied"]),
        (EXTERNAL, None, ["acknowledge", "ask", "applied"]),
    ],
)
async def test_the_summary_names_what_people_do_about_such_a_change(
    ledger_config: Path, change: str, waits_for: Act | None, acts: list[Act]
) -> None:
    async with ledger(ledger_config) as driven:
        await open_change(driven, id_of(change))
        screen = driven.app.screen
        assert isinstance(screen, ChangeScreen)
        assert screen.found is not None
        assert list(change_tabs.acts(replace(screen.found, act=waits_for))) == acts
        usual = list(change_tabs.acts(screen.found))
        shown = [line.split(maxsplit=2) for line in driven.lines if line.strip().startswith(("yes  ", "no   "))]
        assert [words.split(":")[0].strip() for _, _, words in shown] == [change_tabs.ACT_WORDS[act] for act in usual]


async def test_an_approval_is_written_with_what_was_shown_and_pending_at_once(foreign_ledger: Path) -> None:
    async with ledger(foreign_ledger) as driven:
        await open_change(driven, id_of(READY))
        await driven.press("]", "]")
        await asking(driven, "v")
        assert "Approve: claims-triage, prompt" in driven.text
        await driven.press("tab", *"right", "enter", "enter")
        event = await decided(driven, foreign_ledger)
        assert (event["kind"], event["reason"], event["subject"]) == ("approve", "right", f"change:{id_of(READY)}")
        seen = json.loads(event["payload"])
        assert len(seen["content_hash"]) == 64
        assert len(seen["evidence_hash"]) == 64
        await driven.until(lambda: f"approve: written as {ME}" in driven.text)
        await driven.press("]")
        await driven.until("(pending, not stored yet): right")
        await driven.press("v")
        assert driven.sentence == "you cannot approve: you said so already; it is not stored yet"
        await driven.press("escape")
        await driven.until("0/1*")
        assert not driven.lines[5].startswith(" me")


async def test_what_is_said_is_stored_at_once_where_the_store_is_ours_and_told(tmp_path: Path) -> None:
    config = ledger_store.build(tmp_path / "present", clock())  # the child that stores it has the clock of the machine
    async with ledger(config, now=clock) as driven:
        await open_change(driven, id_of(READY))
        await driven.press("]", "]")
        await asking(driven, "x")
        await driven.press("tab", *"no", "tab", "enter")
        await driven.app.workers.wait_for_complete()
        await driven.read()
        assert "reject counted" in driven.text
        assert driven.lines[2].startswith(" rejected")


async def test_a_decision_needs_its_words_and_tier_1_the_id(foreign_ledger: Path) -> None:
    change = id_of(TIER_1)
    async with ledger(foreign_ledger) as driven:
        await open_change(driven, change)
        await driven.press("]", "]")
        await asking(driven, "v")
        assert f"type the last 8 characters of the change's id ({change[-8:]})" in driven.text
        await driven.press("up", "enter")
        assert "a reason is needed; Esc leaves it" in driven.text
        await driven.press(*"fine", "down", *"12345678", "down", "enter")
        assert f"type {change[-8:]} to say that you mean this change" in driven.text
        assert spooled(foreign_ledger) == []
        await driven.press(*["backspace"] * 8, *change[-8:], "enter", "enter")
        assert (await decided(driven, foreign_ledger))["kind"] == "approve"


async def test_a_waiver_says_what_until_when_and_why(foreign_ledger: Path) -> None:
    async with ledger(foreign_ledger) as driven:
        await driven.go("4", "enter")
        await driven.press("]", "]")
        await driven.until(lambda: driven.app.onlooking.known is not None)
        await driven.read()
        await asking(driven, "u")
        assert "lacking: cost" in driven.text
        await driven.press("up", "enter")
        assert "expected" in driven.text
        await driven.press(*"3d", "tab", *"gold", "up", "up", "up", "enter")
        assert "no evidence is called gold" in driven.text
        await driven.press(*["backspace"] * 4, "tab", *"vendor is slow", "tab", *a_tail(driven), "tab", "enter")
        event = await decided(driven, foreign_ledger)
        assert (event["kind"], json.loads(event["payload"])["items"]) == ("waive", ["cost"])
        assert event["expires"] == (LATER + timedelta(days=3)).isoformat()


def a_tail(driven: Driven) -> str:
    """Give the characters that the question asks for."""
    return driven.text.split("id (")[1][:8]


@pytest.mark.parametrize(
    ("change", "key", "why"),
    [
        (OWN, "v", "you cannot approve: Ada Byron requested it; somebody else must decide"),
        (READY, "a", "you cannot acknowledge: only an external change is acknowledged; approve or reject it"),
        (READY, "X", "you cannot withdraw: only Eve Stone, who requested it, can withdraw it"),
        (EXTERNAL, "v", "you cannot approve: an external change is acknowledged, nobody can approve it"),
    ],
)
async def test_a_key_that_is_not_for_me_says_why(ledger_config: Path, change: str, key: str, why: str) -> None:
    async with ledger(ledger_config, (120, 40)) as driven:
        await open_change(driven, id_of(change))
        await driven.press("]", "]", key)
        assert driven.sentence == why


@pytest.mark.parametrize(
    ("change", "key", "kind"), [(EXTERNAL, "a", "acknowledge"), (OWN, "X", "withdraw"), (OWN, "A", "applied"), (READY, "m", "ask")]
)  # fmt: skip
async def test_what_is_mine_is_written(foreign_ledger: Path, change: str, key: str, kind: str) -> None:
    async with ledger(foreign_ledger) as driven:
        await open_change(driven, id_of(change))
        await driven.press("]", "]")
        await asking(driven, key)
        await driven.press("tab", *"x", "tab", "enter")
        assert (await decided(driven, foreign_ledger))["kind"] == kind


async def test_a_content_that_moves_is_to_be_opened_again_and_announced(foreign_ledger: Path) -> None:
    async with ledger(foreign_ledger) as driven:
        await open_change(driven, id_of(READY))
        await driven.press("]", "]")
        ledger_store.revise(foreign_ledger, NOW)
        await driven.press("R")
        await driven.until("now with another content; that was decided elsewhere")
        await driven.press("v")
        assert driven.sentence == "you cannot approve: open Content first (Tab)"


async def test_what_was_decided_elsewhere_is_announced_and_stays_listed(foreign_ledger: Path) -> None:
    async with ledger(foreign_ledger) as driven:
        await driven.go("4")
        await driven.until(" me ")
        bob = ledger_store.said("bob", "reject", READY, NOW)
        ledger_store.put(foreign_ledger, NOW, bob)
        await driven.press("R")
        await driven.until("rejected now: claims-triage: Cite clause and page")
        assert "rejected" in driven.lines[7]


async def test_without_a_configuration_the_reason_is_said(ledger_config: Path) -> None:
    folder = ledger_config.parent / "store"
    async with opened(folder, (120, 40)) as driven:
        await driven.go("4", "enter")
        await driven.press("v")
        assert "no configuration is known here; decide with 'llmops-tui changes'" in driven.sentence
    async with opened(folder, (200, 50), options=replace(STILL, config=folder / "none.toml")) as driven:
        await driven.go("4", "enter")
        await driven.press("v")
        assert "none.toml cannot be read: No such file or directory" in driven.sentence


async def test_a_change_that_is_gone_says_so(ledger_config: Path) -> None:
    async with ledger(ledger_config) as driven:
        driven.app.post_message(Open("change", "nothing"))
        await driven.until("the ledger knows this change no more")
        await driven.press("v", "y")


async def test_the_content_stands_beside_what_it_replaces_when_it_is_wide(ledger_config: Path) -> None:
    async with ledger(ledger_config, (160, 40)) as driven:
        await open_change(driven, id_of(READY))
        await driven.press("]")
        line = next(each for each in driven.lines if "-Cite the clause." in each)
        assert "+Cite clause and page." in line
        assert "NOW" in driven.text
        await driven.pilot.resize_terminal(80, 24)
        await driven.until(lambda: not any("-Cite the" in each and "+Cite" in each for each in driven.lines))
        assert "-Cite the clause." in driven.text


async def test_a_content_too_long_for_a_screen_cannot_be_decided_on_here(own_ledger: Path) -> None:
    ledger_store.revise(own_ledger, NOW, "a line\n" * 6_000)
    async with ledger(own_ledger) as driven:
        await open_change(driven, id_of(READY))
        await driven.press("]", "]", "v")
        assert "the content is too long to be shown whole" in driven.sentence


async def test_enter_opens_the_system(ledger_config: Path) -> None:
    async with ledger(ledger_config) as driven:
        await open_change(driven, id_of(READY))
        await driven.go("enter")
        assert "> claims-triage" in driven.lines[-3]


async def test_a_refusal_at_the_last_moment_is_told(foreign_ledger: Path) -> None:
    async with ledger(foreign_ledger, (200, 50)) as driven:
        await open_change(driven, id_of(READY))
        await driven.press("]", "]")
        await asking(driven, "v")
        ledger_store.put(foreign_ledger, NOW, ledger_store.said("bob", "reject", READY, NOW))
        await driven.app.reading.look(lambda viewer, _: viewer.refresh(), LATER)
        await driven.press("tab", *"fine", "tab", "enter")
        await driven.until("not written, approve: approve refused: it is rejected; nothing is left to decide")
        assert spooled(foreign_ledger) == []


async def test_events_of_the_spool_are_this_accounts(foreign_ledger: Path) -> None:
    async with ledger(foreign_ledger) as driven:
        await open_change(driven, id_of(READY))
        await driven.press("]", "]")
        await asking(driven, "m")
        await driven.press("tab", *"the red team", "tab", "enter")
        await decided(driven, foreign_ledger)
    (event,) = spool.waiting(Folder(foreign_ledger.parent / "store"))
    assert event.actor == ME
