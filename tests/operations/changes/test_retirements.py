"""A model that a vendor retires is a change from outside for each system that uses it, once for each date."""

from dataclasses import replace
from datetime import date, timedelta

from operations.changes.retirements import retirements
from store import ledger
from store.records import ModelDates
from tests.operations.changes.books import SYSTEMS, Book
from tests.operations.stores import NOW, TODAY, days

NEAR = (NOW + timedelta(days=90)).date()


def announced(book: Book, retires_on: date | None, replacement: str = "", model: str = "m-1") -> None:
    """Let a system answer with a model, and its vendor announce its end."""
    share = days(
        "llmops.model.response_share", [1.0] * 3, end=TODAY, dims={"gen_ai.response.model": "m-1"}, system="bot"
    )
    book.store.collected(*share)
    book.store.collected(ModelDates("north", model, retires_on=retires_on, replacement=replacement), source="calendar")
    book.store.described(SYSTEMS)


def kept(book: Book) -> list[tuple[str, str, str, str]]:
    """Judge as a collection does, and give what is on record then."""
    session = book.store.session
    with session.transaction():
        ledger.keep_proposals(session, retirements(session, book.rules, NOW), "retirement announced", NOW)
    book.judged()
    return [(row.system, row.change_class, row.title, row.to_ref) for row in book.rows()]


def test_a_retirement_within_ninety_days_is_on_record_once(book: Book) -> None:
    announced(book, NEAR, "m-2")
    found = [("bot", "external", f"m-1 retires on {NEAR.isoformat()}", "m-2")]
    assert kept(book) == found
    assert kept(book) == found
    (entry,) = book.store.session.execute("select action, actor from audit where action = 'retirement announced'")
    assert entry == ("retirement announced", "llmops-tui")


def test_one_that_is_farther_away_or_of_a_model_that_nobody_uses_is_not(book: Book) -> None:
    announced(book, NEAR + timedelta(days=1))
    assert kept(book) == []
    announced(book, NEAR, model="other")
    assert kept(book) == []
    announced(book, None)
    assert kept(book) == []


def test_a_date_that_moves_is_another_change(book: Book) -> None:
    announced(book, NEAR)
    announced(book, NEAR)
    kept(book)
    announced(book, NEAR - timedelta(days=10))
    assert sorted(title for _, _, title, _ in kept(book)) == [
        f"m-1 retires on {day.isoformat()}" for day in (NEAR - timedelta(days=10), NEAR)
    ]


def test_a_system_that_is_going_has_none(book: Book) -> None:
    book.systems = tuple(replace(each, stage="retiring") for each in SYSTEMS)
    announced(book, NEAR)
    assert kept(book) == []


def test_a_person_acknowledges_it_and_it_never_expires(book: Book) -> None:
    announced(book, NEAR)
    kept(book)
    (row,) = book.rows()
    later = NOW + timedelta(days=60)
    book.judged(later)
    assert book.row(row.change_id).state == "evidence missing"
    assert book.said("bob", "acknowledge", row.change_id, later, content_hash=row.content_hash).state == "counted"
    assert book.row(row.change_id).state == "watching"
