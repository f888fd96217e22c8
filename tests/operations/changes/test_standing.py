"""Where changes stand, what freezes their systems, what a pipeline is told, and what is left to do outside."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.approvals import pending
from operations.changes.freezes import freezes
from operations.changes.permits import permit
from operations.changes.queue import page, said
from operations.changes.settings import Settings
from operations.changes.states import after_working_days
from operations.health import working_days
from store.records import Breach, Change
from tests.making import made
from tests.operations.changes.books import CONTENT, DAY, HASH, Book
from tests.operations.stores import NOW

FRIDAY = datetime(2026, 11, 27, 12, tzinfo=NOW.tzinfo)


@pytest.mark.parametrize(
    ("state", "stands", "note"),
    [
        ("pending", "evidence missing", ""),
        ("approved", "evidence missing", "approved at its source alone"),
        ("rejected", "rejected", "at its source"),
        ("withdrawn", "withdrawn", ""),
        ("applied", "watching", "applied without the approval that it needs; nothing is told of it yet"),
    ],
)
def test_what_a_source_says_is_not_a_decision_here(book: Book, state: str, stands: str, note: str) -> None:
    change = book.collected(Change("bot", "1", "prompt", "x", state))  # type: ignore[arg-type]  # states as text
    assert (book.row(change).state, book.row(change).note) == (stands, note)


def test_a_change_is_late_after_five_working_days_and_expires_after_twenty(book: Book) -> None:
    change = book.requested()
    found = []
    for days in (7, 8, 28, 29):
        book.judged(NOW + days * DAY)
        found.append((book.row(change).state, book.row(change).is_late))
    assert found == [
        ("evidence missing", False),
        ("evidence missing", True),
        ("evidence missing", True),
        ("expired", False),
    ]
    assert book.row(change).note == "nobody decided within 20 working days"
    assert book.said("bob", "approve", change, NOW + 29 * DAY).why == "it is expired; nothing is left to decide"


def test_an_applied_change_is_watched_for_its_window_and_not_called_verified(book: Book) -> None:
    change = book.ready()
    book.said("bob", "approve", change)
    book.said("bob", "applied", change)
    assert (book.row(change).state, book.row(change).watch_until) == ("watching", NOW + DAY)
    book.judged(NOW + DAY)
    assert (book.row(change).state, book.row(change).note) == (
        "watching",
        "cannot tell: nothing is told of this system",
    )
    assert [row.title for row in pending(book.store.session, NOW)] == []


def test_requests_are_in_the_queue_of_approvals_and_counted_until_they_are_settled(book: Book) -> None:
    change = book.ready()
    assert [row.title for row in pending(book.store.session, NOW)] == ["Shorter"]
    counted = "select pending_changes from change_counts where system = 'bot'"
    assert book.store.session.execute(counted) == [(1,)]
    book.said("bob", "approve", change)
    assert pending(book.store.session, NOW) == ()
    assert book.store.session.execute(counted) == [(0,)]
    assert book.store.session.execute("select state, settled is not null from changes") == [("approved", True)]
    book.ready(subject=change, content="another")
    assert book.store.session.execute("select state, settled is not null from changes") == [("pending", False)]


def test_a_change_of_a_system_that_left_is_judged_as_of_tier_1(book: Book) -> None:
    change = book.collected(Change("gone", "1", "prompt", "x", content=CONTENT))
    assert (book.row(change).tier, book.row(change).needed) == (1, "2 approvals")


def test_the_page_of_a_change_holds_all_of_it(book: Book) -> None:
    change = book.ready()
    decision = book.said("bob", "approve", change, NOW + timedelta(seconds=1))
    found = page(book.store.session, book.row(change))
    assert (found.content, [each.item for each in found.items]) == (CONTENT, ["diff", "golden", "cost"])
    assert [each.decision for each in found.said] == ["request", "approve"]
    assert said(book.store.session, [decision.event_id, "none"]) == {decision.event_id: decision}


def test_changes_that_ask_something_come_first_by_risk_and_age(book: Book) -> None:
    done = book.collected(Change("bot", "1", "prompt", "done", "applied", risk="critical"))
    old = book.requested(title="old", now=NOW - DAY, risk="low")
    young = book.requested(title="young", risk="high")
    assert [row.change_id for row in book.rows()] == [young, old, done]
    assert [(row.is_open, row.is_done) for row in book.rows()] == [(True, False), (True, False), (False, True)]


# freezes


def breach(**fields: object) -> Breach:
    usual = {"breach_id": "b1", "system": "bot", "rule": "slow", "severity": "critical", "state": "open", "direction": "above",
             "since": NOW, "judged": NOW, "opened": NOW, "metric": "latency", "unit": "1"}  # fmt: skip
    return made(Breach, **{**usual, **fields})


@pytest.mark.parametrize(
    ("breaches", "words"),
    [
        ((), None),
        ((breach(),), "a critical breach is open: slow"),
        (
            (breach(), breach(breach_id="b2", rule="worse", since=NOW - DAY)),
            "a critical breach is open: worse and 1 more",
        ),
        ((breach(rule="detector:FM3", mode="FM3"),), "a critical breach is open: ungrounded or wrong answers"),
        ((breach(rule="detector:FM9", mode="FM9"),), "a critical breach is open: FM9"),
        ((breach(rule="slow", mode="FM3"),), "a critical breach is open: slow"),
        ((breach(severity="warning"),), None),
        ((breach(state="closed"),), None),
        ((breach(silenced_until=NOW + DAY),), None),
    ],
)
def test_a_critical_breach_that_is_heard_freezes_its_system(
    book: Book, breaches: tuple[Breach, ...], words: str | None
) -> None:
    book.store.session.append("breaches", breaches)
    assert freezes(book.store.session, Settings(), NOW).get("bot") == words
    assert freezes(book.store.session, Settings(freeze=("budget",)), NOW) == {}
    assert freezes(book.store.session, Settings(freeze=()), NOW) == {}
    assert freezes(book.store.session, Settings(freeze_exceptions=("bot",)), NOW) == {}


# what a pipeline is told


def test_a_pipeline_is_told_what_the_ledger_knows_of_its_content(book: Book) -> None:
    session = book.store.session

    def told(content_hash: str = HASH, system: str = "bot") -> tuple[str, str]:
        found = permit(session, book.rows(), system, content_hash)
        return found.answer, found.words

    assert told() == ("unknown", "no change of bot has this content; request it with 'llmops-tui changes request'")
    change = book.ready()
    assert told() == ("pending", "evidence ready: 1 approval")
    assert told(system="bank")[0] == "unknown"
    book.said("bob", "approve", change)
    assert told() == ("approved", "approved")
    session.append("breaches", [breach()])
    book.judged()
    assert told() == ("pending", "approved, and bot takes no change now: a critical breach is open: slow")
    session.execute("delete from breaches")
    book.said("bob", "applied", change)
    assert told() == ("approved", "watching")


def test_a_rejected_and_a_void_content_are_refused(book: Book) -> None:
    change = book.ready()
    book.said("bob", "reject", change)
    session = book.store.session
    assert permit(session, book.rows(), "bot", HASH).words == "rejected by Bob"
    book.ready(subject=change, content="another")
    assert permit(session, book.rows(), "bot", HASH).words == "the content moved after this was decided on; it is void"
    book.said("eve", "withdraw", change)
    assert permit(session, book.rows(), "bot", book.row(change).content_hash).words == "withdrawn"


def test_of_several_changes_with_one_content_the_newest_that_was_decided_counts(book: Book) -> None:
    def told() -> str:
        return permit(book.store.session, book.rows(), "bot", HASH).answer

    first = book.ready(now=NOW - 2 * DAY)
    assert told() == "pending"
    book.said("bob", "approve", first)
    second = book.ready(now=NOW - DAY)
    assert told() == "approved"
    book.said("bob", "reject", second)
    assert told() == "rejected"
    third = book.ready()
    assert told() == "rejected"
    book.said("bob", "approve", third)
    assert told() == "approved"
    book.said("eve", "withdraw", third)
    assert told() == "rejected"


def test_what_was_applied_before_enough_people_approved_is_not_approved(book: Book) -> None:
    change = book.ready(system="bank")
    book.said("bob", "approve", change)
    book.said("dan", "applied", change)
    assert (book.row(change).needed, book.row(change).note) == (
        "1 approval",
        "applied without the approval that it needs; nothing is told of it yet",
    )
    assert permit(book.store.session, book.rows(), "bank", HASH).answer == "pending"
    outside = book.collected(Change("bot", "9", "prompt", "x", "applied", content_hash="h"))
    assert permit(book.store.session, book.rows(), "bot", "h").answer == "pending"
    assert book.row(outside).state == "watching"


def test_what_was_never_judged_is_pending(book: Book) -> None:
    book.store.collected(Change("bot", "1", "prompt", "x", content_hash="h"))
    found = permit(book.store.session, book.rows(), "bot", "h")
    assert (found.answer, found.words) == ("pending", "not judged yet: nobody decided yet")


# working days


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.integers(0, 30))  # noqa: DTZ001 - made aware below
def test_so_many_working_days_later_just_as_many_have_passed(since: datetime, days: int) -> None:
    begun = since.replace(tzinfo=NOW.tzinfo)
    ends = after_working_days(begun, days)
    assert working_days(begun, ends) == days
    assert days == 0 or working_days(begun, ends - timedelta(seconds=1)) == days - 1


def test_a_weekend_is_no_working_day() -> None:
    assert after_working_days(FRIDAY, 2) == FRIDAY + 4 * DAY
    assert replace(Settings(), late=3).late == 3
