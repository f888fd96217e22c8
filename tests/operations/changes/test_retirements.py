"""A model that a vendor retires is a change from outside for each system that uses it, in force from its own day on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from operations.changes.mine import Onlooker, queue
from operations.changes.queue import LedgerRow
from operations.changes.settings import Standard
from operations.explanation import explanation
from operations.portfolio import portfolio
from operations.signal_runs import recorded
from store.records import Breach, ModelDates
from tests.operations.changes.books import DAY, SYSTEMS, Book
from tests.operations.stores import NOW, TODAY, days

NEAR = (NOW + timedelta(days=90)).date()
SOON = (NOW + timedelta(days=10)).date()
IN_FORCE = NOW + timedelta(days=10)


def announced(
    book: Book, retires_on: date | None, replacement: str = "", model: str = "m-1", now: datetime = NOW
) -> None:
    """Let a system answer with a model up to now, and its vendor announce its end."""
    answers(book, now)
    dates = ModelDates("north", model, retires_on=retires_on, replacement=replacement)
    book.store.collected(dates, source="calendar", now=now)
    book.store.described(book.systems)
    book.judged(now)


def answers(book: Book, now: datetime = NOW, model: str = "m-1", count: int = 3) -> None:
    """Let a system answer with a model for some days, up to now."""
    dims = {"gen_ai.response.model": model}
    midnight = now.replace(hour=0)
    share = days("llmops.model.response_share", [1.0] * count, end=midnight, dims=dims, system="bot")
    book.store.collected(*share, now=now)


def seen(book: Book) -> list[tuple[str, str]]:
    """Give the title and the state of everything on record."""
    return sorted((row.title, row.state) for row in book.rows())


def the_one(book: Book) -> LedgerRow:
    (row,) = book.rows()
    return row


def acknowledged(book: Book, now: datetime = NOW) -> LedgerRow:
    """Let a person say what follows from the one retirement that waits."""
    row = next(row for row in book.rows() if row.is_open)
    assert book.said("bob", "acknowledge", row.change_id, now, content_hash=row.content_hash).why == ""
    return book.row(row.change_id)


def asking(book: Book, now: datetime = NOW) -> Sequence[tuple[str, str | None, bool]]:
    """Give what the queue holds for Bob: title, the act that it waits for, whether it waits for him."""
    book.store.refreshed()
    rows = queue(book.store.session, Onlooker("bob", book.rules, now), ())
    return [(each.row.title, each.act, each.is_mine) for each in rows]


def waiting(book: Book, now: datetime = NOW) -> int:
    book.store.refreshed(now)
    return next(row.pending_changes for row in portfolio(book.store.session, now) if row.system == "bot")


def test_a_retirement_within_ninety_days_is_on_record_once(book: Book) -> None:
    announced(book, NEAR, "m-2")
    first = the_one(book)
    book.judged(NOW + DAY)
    again = the_one(book)
    assert again == first
    assert (again.system, again.change_class, again.title) == ("bot", "external", f"m-1 retires on {NEAR.isoformat()}")
    assert (again.from_ref, again.to_ref, again.author, again.source) == ("m-1", "", "north", "by announcement")
    logged = book.store.session.execute("select action, actor, subject from audit")
    assert logged == [("retirement announced", "llmops-tui", again.change_id)]


@pytest.mark.parametrize(("replacement", "words"), [("m-2", "m-2 is named instead"), ("", "no replacement is named")])
def test_its_content_says_who_says_so_and_what_comes_after(book: Book, replacement: str, words: str) -> None:
    announced(book, NEAR, replacement)
    ((content,),) = book.store.session.execute("select content from changes")
    assert content == f"m-1 retires on {NEAR.isoformat()}, says north; {words}. From that day on calls to it fail.\n"


def test_each_system_that_uses_it_has_its_own(book: Book) -> None:
    book.systems = (SYSTEMS[0], replace(SYSTEMS[1], depends_on=("model:m-1",)), SYSTEMS[2])
    announced(book, NEAR)
    assert sorted(row.system for row in book.rows()) == ["bank", "bot"]


@pytest.mark.parametrize("retires_on", [None, NEAR + DAY, NOW.date(), NOW.date() - DAY])
def test_one_that_is_farther_away_undated_or_over_when_it_is_first_heard_of_is_not(
    book: Book, retires_on: date | None
) -> None:
    announced(book, retires_on)
    assert seen(book) == []


def test_one_of_a_model_that_nobody_uses_is_not(book: Book) -> None:
    announced(book, NEAR, model="other")
    assert seen(book) == []


def test_a_system_that_is_going_has_none(book: Book) -> None:
    book.systems = tuple(replace(each, stage="retiring") for each in SYSTEMS)
    announced(book, NEAR)
    assert seen(book) == []


def test_a_date_that_moves_is_another_change_and_withdraws_the_former(book: Book) -> None:
    announced(book, NEAR)
    acknowledged(book)
    announced(book, NEAR - DAY, now=NOW + DAY)
    assert seen(book) == [
        (f"m-1 retires on {(NEAR - DAY).isoformat()}", "evidence missing"),
        (f"m-1 retires on {NEAR.isoformat()}", "withdrawn"),
    ]
    assert [row.note for row in book.rows() if row.state == "withdrawn"] == [
        "its date moved, or the system leaves the model before"
    ]


def test_one_of_a_system_that_leaves_the_model_before_is_withdrawn(book: Book) -> None:
    announced(book, NEAR)
    book.systems = tuple(replace(each, stage="retiring") for each in SYSTEMS)
    book.judged(NOW + DAY)
    assert (the_one(book).state, asking(book)) == ("withdrawn", [])


def test_it_waits_to_be_acknowledged_and_never_expires(book: Book) -> None:
    announced(book, NEAR)
    later = NOW + timedelta(days=60)
    book.judged(later)
    row = the_one(book)
    assert (row.state, row.needed, row.missing) == (
        "evidence missing", "1 acknowledgement", "impact note: nothing was given"
    )  # fmt: skip
    assert asking(book, later) == [(row.title, "acknowledge", True)]
    assert book.said("bob", "approve", row.change_id, later, content_hash=row.content_hash).state == "refused"


def test_once_it_is_acknowledged_it_asks_nothing_more_and_is_not_in_force(book: Book) -> None:
    announced(book, NEAR)
    assert waiting(book) == 1
    row = acknowledged(book)
    assert (row.state, row.note, row.applied) == ("approved", "acknowledged, and not in force yet", None)
    assert (row.is_open, asking(book), waiting(book)) == (False, [], 0)
    (item,) = book.store.session.execute("select words from change_evidence")
    assert item == ("impact note: looks right (Bob)",)


def test_a_pattern_of_standard_changes_takes_it_without_anybody(book: Book) -> None:
    book.with_settings(standard=(Standard("retirements", "we move in time", "external", title="* retires on *"),))
    announced(book, NEAR)
    assert (the_one(book).note, asking(book)) == ("standard: retirements", [])


def test_it_is_in_force_and_watched_from_its_day_on(book: Book) -> None:
    announced(book, SOON)
    acknowledged(book)
    before = IN_FORCE - DAY
    answers(book, before)
    book.judged(before)
    assert (the_one(book).state, the_one(book).applied) == ("approved", None)
    answers(book, IN_FORCE)
    book.judged(IN_FORCE)
    assert (the_one(book).state, the_one(book).applied) == ("watching", IN_FORCE)


def test_one_that_nobody_acknowledged_still_waits_when_it_is_in_force(book: Book) -> None:
    announced(book, SOON)
    answers(book, IN_FORCE)
    book.judged(IN_FORCE)
    assert (the_one(book).state, the_one(book).applied) == ("evidence missing", None)
    row = acknowledged(book, IN_FORCE + DAY)
    assert (row.state, row.applied) == ("watching", IN_FORCE)


@pytest.mark.parametrize(("ahead", "risk"), [(30, "high"), (31, "low")])
def test_its_risk_is_low_until_thirty_days_before(book: Book, ahead: int, risk: str) -> None:
    announced(book, (NOW + timedelta(days=ahead)).date())
    assert the_one(book).risk == risk


def test_what_it_was_acknowledged_for_holds_when_its_risk_rises(book: Book) -> None:
    announced(book, SOON + timedelta(days=30))
    first = acknowledged(book)
    book.judged(IN_FORCE)
    assert (first.risk, the_one(book).risk, the_one(book).state) == ("low", "high", "approved")


def test_it_stands_above_approvals_once_it_is_near_and_below_before(book: Book) -> None:
    book.requested(title="Ours")
    announced(book, NEAR)
    assert [title for title, _, _ in asking(book)] == ["Ours", f"m-1 retires on {NEAR.isoformat()}"]
    announced(book, SOON)
    assert [title for title, _, _ in asking(book)] == [f"m-1 retires on {SOON.isoformat()}", "Ours"]


def test_no_day_of_a_change_is_remembered_of_it_before_it_is_in_force(book: Book) -> None:
    announced(book, SOON)
    acknowledged(book)
    assert recorded(book.store.session) == {}
    answers(book, IN_FORCE)
    book.judged(IN_FORCE)
    (day,) = recorded(book.store.session)["bot"]
    assert (day.day, day.to_ref) == ((IN_FORCE.date() - date(1970, 1, 1)).days, "")


def test_no_version_that_is_seen_counts_as_recorded_by_it(book: Book) -> None:
    answers(book, NOW - DAY, count=40)
    announced(book, SOON, "m-2", now=NOW - DAY)
    acknowledged(book, NOW - DAY)
    later = NOW + timedelta(days=4)
    answers(book, later, "m-2", count=5)
    book.judged(later)
    found = book.store.session.execute("select from_ref, to_ref, might_know from unrecorded_list")
    assert [each[:2] for each in found] == [("m-1", "m-2")]
    assert "north" not in found[0][2]


def test_it_stands_near_a_breach_only_where_it_was_in_force(book: Book) -> None:
    announced(book, SOON)
    answers(book, IN_FORCE)
    book.judged(IN_FORCE)
    near: list[tuple[list[str], bool]] = []
    for opened in (TODAY, IN_FORCE + timedelta(hours=3)):
        breach = Breach("b", "bot", "r", "monitoring", "m", "warning", "open", "above", opened, opened, opened=opened)
        book.store.session.execute("delete from breaches")
        book.store.session.append("breaches", [breach])
        found = explanation(book.store.session, "b", IN_FORCE + DAY)
        assert found is not None
        near.append(([each.title for each in found.changes], found.chance is None))
    assert near == [([], False), ([f"m-1 retires on {SOON.isoformat()}"], False)]
    marks = book.store.session.execute("select seen from system_marks where kind = 'change'")
    assert marks == [(IN_FORCE.replace(tzinfo=None),)]


def test_an_announcement_shows_no_changes_of_a_system_whose_changes_no_source_shows(book: Book) -> None:
    announced(book, NEAR)
    book.store.refreshed()
    bot = next(row for row in portfolio(book.store.session, NOW) if row.system == "bot")
    assert (bot.domains["changes"], bot.pending_changes) == ("unknown", 1)
