"""The queue shows where each change stands and which wait for the person who looks; it decides nothing."""

from pathlib import Path

from store import boards, commit, spool
from store.change_records import SUBJECT
from store.folder import Folder
from store.publish import publish
from tests.tui.driving import ledger, opened
from tests.tui.ledger_store import READY, id_of
from tests.tui.screen_store import NOW
from tui.widgets.help import actions


async def test_the_riskiest_change_is_first_with_state_approvals_and_age(ledger_config: Path) -> None:
    async with ledger(ledger_config, (120, 40)) as driven:
        await driven.go("4")
        assert driven.lines[3].split() == [
            ">", "support-bot", "prompt", "Answer", "more", "often", "evidence", "missing", "0/2", "high", "8d", "1",
            "mallory", "Cleo", "Marsh",
        ]  # fmt: skip


async def test_what_waits_for_me_is_marked_and_what_does_not_says_why(ledger_config: Path) -> None:
    async with ledger(ledger_config, (200, 50)) as driven:
        await driven.go("4")
        await driven.until(" me ")
        assert [line[:4].strip(" >") for line in driven.lines[3:8]] == ["", "me", "me", "", "me"]
        assert driven.sentence.startswith("support-bot: not for you: the evidence does not carry it: cost delta")
        await driven.press("down")
        assert driven.sentence.startswith("support-bot: waits for you to approve; Enter opens it; 1 approval")
        await driven.press("down", "down")
        assert "not for you: Ada Byron requested it; somebody else must decide" in driven.sentence


async def test_problems_are_what_waits_for_me_or_too_long(ledger_config: Path) -> None:
    async with ledger(ledger_config) as driven:
        await driven.go("4")
        await driven.until(" me ")
        await driven.press("z")
        assert "Shorter answers" not in driven.text
        await driven.press("z", "slash", *"state:ready", "enter")
        assert len(driven.table.table.rows) == 3
        await driven.press("slash", *"zzz")
        assert "no row matches" in driven.text


async def test_no_key_of_the_list_decides(ledger_config: Path) -> None:
    async with ledger(ledger_config) as driven:
        await driven.go("4")
        words = " ".join(action.words.lower() for action in actions(driven.screen))
        assert "approve" not in words
        assert "reject" not in words
        await driven.press("v", "x", "a")
        assert len(driven.app.screen_stack) == 1


async def test_enter_opens_the_change(ledger_config: Path) -> None:
    async with ledger(ledger_config) as driven:
        await driven.go("4", "enter")
        assert "> support-bot > " in driven.lines[-3]
        assert "Summary  Content  Evidence" in driven.text


async def test_an_empty_queue_says_so(screen_folder: Path) -> None:
    async with opened(screen_folder) as driven:
        await driven.go("4")
        await driven.press("slash", *"nothing", "enter", "enter")
        assert len(driven.app.screen_stack) == 1


async def test_several_that_were_settled_meanwhile_are_counted(own_ledger: Path) -> None:
    async with ledger(own_ledger, (120, 40)) as driven:
        await driven.go("4")
        with commit.primary(Folder(own_ledger.parent / "store"), NOW) as session, session.transaction():
            session.execute("update change_states set state = 'rejected' where state = 'evidence ready'")
            boards.refresh(session)
        publish(Folder(own_ledger.parent / "store"))
        await driven.press("R")
        await driven.until("rejected now, and 2 more settled: ")


async def test_what_is_said_elsewhere_and_not_stored_yet_is_marked(own_ledger: Path) -> None:
    async with ledger(own_ledger, (120, 40)) as driven:
        await driven.go("4")
        spool.write(
            Folder(own_ledger.parent / "store"), spool.new_event("ask", f"{SUBJECT}{id_of(READY)}", "tests?", NOW)
        )
        await driven.press("R", "down", "down")
        await driven.until("0/1*")
        assert "ask by " in driven.sentence
        assert "not stored yet" in driven.sentence
