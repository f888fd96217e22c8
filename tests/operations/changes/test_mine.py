"""What a change asks of one person: the same answers as at ingestion, before anything is said."""

from dataclasses import replace
from datetime import timedelta

import pytest

from operations.changes.earlier import earlier
from operations.changes.mine import Onlooker, OpenChange, QueueRow, opened, overlaid, queue
from operations.portfolio import summary
from operations.settings import Person
from store.change_records import Act
from store.records import Change
from tests.operations.changes.books import CONTENT, DAY, HASH, Book, Shown, event
from tests.operations.stores import NOW


def looks(book: Book, account: str) -> Onlooker:
    return Onlooker(account, book.rules, NOW)


def queued(book: Book, onlooker: Onlooker | None, also: tuple[str, ...]) -> tuple[QueueRow, ...]:
    book.store.refreshed()
    return queue(book.store.session, onlooker, also)


def asked(book: Book, account: str, change: str) -> QueueRow:
    found = {each.row.change_id: each for each in queued(book, looks(book, account), ())}
    return found[change]


def sight(book: Book, account: str, change: str) -> OpenChange:
    found = opened(book.store.session, looks(book, account), change)
    assert found is not None
    return found


def test_a_ready_change_waits_for_an_approver_and_not_for_its_requester(book: Book) -> None:
    change = book.ready()
    mine = asked(book, "bob", change)
    assert (mine.act, mine.wanted, mine.is_mine) == ("approve", 1, True)
    assert asked(book, "eve", change).why == "Eve requested it; somebody else must decide"
    nobody = asked(book, "mallory", change)
    assert not nobody.is_mine
    assert nobody.why.startswith("the account mallory stands for no person")


def test_evidence_that_is_missing_and_a_second_approval_are_told_as_at_ingestion(book: Book) -> None:
    lacking = book.requested(system="bank")
    assert asked(book, "bob", lacking).why.startswith("the evidence does not carry it: cost delta: nothing was given")
    ready = book.ready(system="bank", title="Longer")
    book.said("bob", "approve", ready)
    assert asked(book, "bob", ready).why == "Bob decided that already"
    assert (asked(book, "dan", ready).row.approvals, asked(book, "dan", ready).wanted) == (1, 2)


def test_an_external_change_asks_for_an_acknowledgement_and_an_emergency_for_a_review(book: Book) -> None:
    moved = book.requested(change_class="external")
    assert (asked(book, "bob", moved).act, asked(book, "bob", moved).is_mine) == ("acknowledge", True)
    urgent = book.requested(change_class="emergency", incident="INC-1", title="Now")
    book.said("bob", "approve", urgent)
    assert (asked(book, "bob", urgent).act, asked(book, "bob", urgent).why) == (
        "review", "Bob approved it; somebody else must review it",
    )  # fmt: skip
    assert asked(book, "dan", urgent).is_mine


def test_a_required_signature_is_no_reason_before_the_deed(book: Book) -> None:
    change = book.ready()
    book.with_settings(require_signature=True)
    assert asked(book, "bob", change).is_mine


def test_what_no_collection_has_judged_waits_for_nobody_yet(book: Book) -> None:
    book.store.collected(
        Change("bot", "1", "prompt", "x", content=CONTENT, content_hash=HASH), source="github", now=NOW
    )
    (row,) = queued(book, looks(book, "bob"), ())
    assert (row.act, row.row.state) == (None, "")
    assert set(sight(book, "bob", row.row.change_id).refusals.values()) == {"no collection has judged it yet"}


def test_settled_changes_are_left_out_unless_they_were_listed_before(book: Book) -> None:
    change = book.ready()
    book.said("bob", "reject", change)
    assert queued(book, looks(book, "bob"), ()) == ()
    (row,) = queued(book, looks(book, "bob"), (change,))
    assert (row.row.state, row.act, row.is_mine) == ("rejected", None, False)


def test_without_an_onlooker_the_queue_says_what_waits_and_not_for_whom(book: Book) -> None:
    change = book.ready()
    (row,) = queued(book, None, ())
    assert (row.row.change_id, row.wanted, row.act, row.is_mine) == (change, 0, "approve", False)
    found = opened(book.store.session, None, change)
    assert found is not None
    assert (found.needs, found.refusals, found.people) == (None, {}, ())
    assert opened(book.store.session, None, "no such id") is None


def test_a_change_is_opened_with_what_each_act_would_meet_and_who_may_decide(book: Book) -> None:
    change = book.requested()
    found = sight(book, "bob", change)
    assert found.lacking == ("cost",)
    assert {act for act, why in found.refusals.items() if not why} == {"reject", "waive", "ask", "attach", "applied"}
    assert found.refusals["withdraw"] == "only Eve, who requested it, can withdraw it"
    assert found.people == (
        "Ada Lovelace (owner, approver)", "Bob (approver)", "Cleo (approver, risk)", "Dan (approver)", "Fay (approver)",
    )  # fmt: skip


def test_an_approved_emergency_lacks_what_its_review_needs(book: Book) -> None:
    book.shown = ()
    change = book.requested(change_class="emergency", incident="INC-1")
    assert sight(book, "bob", change).lacking == ()
    book.said("bob", "approve", change)
    found = sight(book, "dan", change)
    assert found.lacking == ("golden",)
    assert found.refusals["review"].startswith("the evidence does not carry it: golden set (afterwards): ")
    assert (found.refusals["waive"], found.refusals["attach"], found.refusals["ask"]) == ("", "", "")


def test_who_has_approved_is_not_named_among_those_who_may_decide(book: Book) -> None:
    change = book.ready(system="bank")
    book.said("bob", "approve", change)
    assert "Bob (approver)" not in sight(book, "dan", change).people


def test_those_who_acknowledge_are_named_for_an_external_change(book: Book) -> None:
    change = book.requested(change_class="external")
    assert "Bob (approver)" in sight(book, "dan", change).people


@pytest.mark.parametrize(
    ("actor", "act", "why"),
    [
        ("bob", "approve", "you said so; it is not stored yet"),
        ("bob", "ask", ""),
        ("dan", "approve", ""),
    ],
)
def test_what_the_spool_holds_is_shown_and_what_i_said_waits_for_me_no_more(
    book: Book, actor: str, act: Act, why: str
) -> None:
    change = book.ready(system="bank")
    rows = queued(book, looks(book, "bob"), ())
    spooled = (event(actor, act, change), replace(event("bob", "verdict", change), subject="x"))
    (row,) = overlaid(rows, spooled, "bob")
    assert (row.pending, row.why) == (f"{act} by {actor}", why)
    assert list(overlaid(rows, (), "bob")) == list(rows)


def test_the_answers_are_those_of_ingestion(book: Book) -> None:
    book.shown = (Shown("golden", "inconclusive"),)
    changes = [book.ready(actor="dan", system="toy"), book.requested(change_class="external")]
    acts: tuple[Act, ...] = ("approve", "reject", "acknowledge", "withdraw")
    for change in changes:
        for account in ("bob", "dan", "eve"):
            for act in acts:
                before = sight(book, account, change).refusals[act]
                told = book.said(account, act, change)
                assert told.why == before
                book.store.session.execute("delete from decisions where event_id = $id", {"id": told.event_id})
                book.store.session.execute("delete from events where event_id = $id", {"id": told.event_id})
                book.judged()


def test_those_whom_changes_wait_for_are_counted_as_the_queue_marks_them(book: Book) -> None:
    shared = book.ready(system="bank")
    book.said("bob", "approve", shared)
    book.ready(actor="dan", system="toy")
    book.requested(system="bank", title="Without evidence")
    book.collected(Change("bot", "1", "external", "model retires", content_hash="h"))
    urgent = book.requested(change_class="emergency", incident="INC-1", title="Now")
    book.said("fay", "approve", urgent)
    book.with_settings(require_signature=True)
    book.people = (*book.people, Person("Gus", roles=("approver",)))
    book.judged()
    waits = dict(book.store.session.execute("select account, changes from change_waits"))
    assert waits == {"ada": 4, "bob": 3, "cleo": 4, "dan": 3, "eve": 1, "fay": 3}
    for account in ("ada", "bob", "cleo", "dan", "eve", "fay", "mallory"):
        mine = [row for row in queued(book, looks(book, account), ()) if row.is_mine]
        assert waits.get(account, 0) == len(mine)
    book.store.refreshed()
    assert summary(book.store.session, NOW).waiting_for == waits


def test_the_content_that_a_request_replaces_is_found_by_its_version(book: Book) -> None:
    first = book.ready(content="Old.\n", to_ref="12", title="First")
    found = earlier(book.store.session, book.row(book.ready()))
    assert found is not None
    assert (found.change_id, found.title, found.content) == (first, "First", "Old.\n")
    assert earlier(book.store.session, book.row(first)) is None


def test_of_two_contents_of_one_version_none_is_shown(book: Book) -> None:
    book.ready(content="Old.\n", to_ref="12")
    book.ready(content="Older.\n", to_ref="12")
    assert earlier(book.store.session, book.row(book.ready())) is None
    assert earlier(book.store.session, book.row(book.ready(from_ref="", title="New"))) is None


def test_a_source_that_names_its_prompts_is_asked_for_the_same_one(book: Book) -> None:
    for name, content in (("greeting", "Hello.\n"), ("farewell", "Bye.\n")):
        book.collected(
            Change("bot", f"prompt {name} 12", "prompt", name, "applied", to_ref="12", content=content), NOW - DAY, name
        )
    book.store.session.execute("update changes set source = 'mlflow'")
    change = book.collected(
        Change("bot", "prompt greeting 13", "prompt", "x", from_ref="12", to_ref="13", content="Hi.\n"),
        NOW + timedelta(hours=1),
        "mlflow",
    )
    found = earlier(book.store.session, book.row(change))
    assert found is not None
    assert found.content == "Hello.\n"
