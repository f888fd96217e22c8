"""What becomes of a change once it is applied: seen, watched, verified, rolled back, or nobody can tell."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import pytest

from operations.changes.queue import page
from operations.changes.rollbacks import proposal_id
from operations.changes.sightings import sightings
from store.ledger import PROPOSER
from store.records import Change, Sample
from tests.operations.changes.books import DAY, HASH, Book, Shown
from tests.operations.stores import NOW, days, hours

HOUR = timedelta(hours=1)
BEGAN = NOW - 30 * DAY


def shown(name: str, first: datetime, count: int, part: str = "prompt", share: float = 1.0) -> list[Sample]:
    """Make hours in which a name of a part has a share of the requests."""
    metrics = {
        "prompt": ("llmops.prompt.version_share", "gen_ai.prompt.version"),
        "model": ("llmops.model.response_share", "gen_ai.response.model"),
        "guardrail": ("llmops.guardrail.version_share", "guardrail.version"),
    }
    metric, dimension = metrics[part]
    end = first + (count - 1) * HOUR
    return hours(metric, [share] * count, "ratio", end, n=100, dims={dimension: name})


def cut(share: float, first: datetime, count: int, wave: float = 0.0) -> list[Sample]:
    """Make hours of answers that are cut, a hundred answers each; ``wave`` is more of them in even hours of a day."""
    values = [share + wave * ((first + place * HOUR).hour % 2) for place in range(count)]
    return hours("llmops.truncated_ratio", values, "ratio", first + (count - 1) * HOUR, n=100)


def told(book: Book, *samples: Iterable[Sample]) -> None:
    found = [each for some in samples for each in some]
    book.store.collected(*found, now=max([NOW, *(each.seen for each in found)]))


def approved(book: Book, now: datetime = NOW, **fields: object) -> str:
    change = book.ready(now=now, **fields)  # type: ignore[arg-type]  # of ready
    book.said("bob", "approve", change, now)
    return change


def applied(book: Book, **fields: object) -> str:
    change = approved(book, **fields)  # type: ignore[arg-type]  # of approved
    book.said("bob", "applied", change)
    return change


def stands(book: Book, change: str, now: datetime) -> tuple[str, str]:
    book.judged(now)
    row = book.row(change)
    return row.state, row.note


# applied


def test_a_version_that_telemetry_shows_is_applied_since_its_first_hour(book: Book) -> None:
    change = approved(book)
    told(book, shown("12", NOW - 20 * HOUR, 25), shown("13", NOW + 5 * HOUR, 2))
    assert stands(book, change, NOW + 7 * HOUR)[0] == "approved"  # two hours are a trial
    told(book, shown("13", NOW + 7 * HOUR, 1))
    assert stands(book, change, NOW + 8 * HOUR)[0] == "watching"
    row, found = book.row(change), page(book.store.session, book.row(change))
    assert (row.applied, row.watch_until) == (NOW + 4 * HOUR, NOW + 28 * HOUR)
    assert found.watch is not None
    assert (found.watch.how, found.watch.seen) == ("observed", "version of the prompt in use is 13")
    book.judged(NOW + 9 * HOUR)
    assert book.row(change).applied == NOW + 4 * HOUR


@pytest.mark.parametrize(
    ("name", "part", "fields", "state"),
    [
        ("12", "prompt", {}, "approved"),
        ("13", "model", {}, "approved"),  # of another part
        ("13", "guardrail", {"change_class": "config", "evidence": {"tests": "x"}, "rollback": "y"}, "watching"),
        (HASH[:12], "prompt", {"to_ref": ""}, "evidence missing"),
    ],
)
def test_only_what_the_change_names_shows_it(
    book: Book, name: str, part: str, fields: dict[str, object], state: str
) -> None:
    change = approved(book, **fields)  # type: ignore[arg-type]  # of approved
    told(book, shown(name, NOW + HOUR, 5, part))
    assert stands(book, change, NOW + 6 * HOUR)[0] == ("watching" if name == HASH[:12] else state)


def test_a_version_that_stood_before_it_was_asked_for_shows_nothing(book: Book) -> None:
    told(book, shown("13", NOW - 20 * HOUR, 10), shown("12", NOW - 10 * HOUR, 10))
    change = approved(book)
    assert stands(book, change, NOW + HOUR)[0] == "approved"


def test_what_is_live_without_an_approval_says_so(book: Book) -> None:
    change = book.ready()
    told(book, shown("13", NOW + HOUR, 4))
    assert stands(book, change, NOW + 5 * HOUR) == (
        "watching",
        "applied without the approval that it needs; nothing is told of it yet",
    )


def test_an_external_change_is_in_force_once_somebody_acknowledged_it_and_since_it_was_seen(book: Book) -> None:
    change = book.requested(change_class="external", to_ref="m-2", from_ref="m-1", evidence={"impact": "none"})
    told(book, shown("m-1", NOW - 20 * HOUR, 10, "model"), shown("m-2", NOW - 10 * HOUR, 12, "model"))
    assert stands(book, change, NOW + 2 * HOUR)[0] == "evidence ready"
    book.said("bob", "acknowledge", change, NOW + 3 * HOUR)
    assert (book.row(change).state, book.row(change).applied) == ("watching", NOW - 11 * HOUR)


def test_a_change_that_its_source_applied_is_applied_when_it_was_first_seen_so(book: Book) -> None:
    change = book.collected(Change("bot", "p", "prompt", "x", requested=NOW - DAY, from_ref="12", to_ref="13"))
    gone = Change("bot", "p", "prompt", "x", "applied", requested=NOW - DAY, from_ref="12", to_ref="13")
    book.collected(gone, NOW + HOUR)
    assert book.row(change).applied == NOW + HOUR
    book.collected(Change("bot", "p", "prompt", "better words", "applied", requested=NOW - DAY), NOW + 2 * HOUR)
    assert book.row(change).applied == NOW + HOUR
    always = book.collected(Change("bot", "q", "prompt", "y", "applied", requested=NOW - 9 * DAY), NOW + HOUR)
    assert book.row(always).applied == NOW - 9 * DAY


# watched


def test_a_change_after_which_nothing_is_worse_is_verified_at_the_end_of_its_window(book: Book) -> None:
    told(book, cut(0.02, NOW - 28 * DAY, 28 * 24 + 1))
    change = applied(book)
    book.shown = ()
    told(book, cut(0.02, NOW + HOUR, 24))
    assert stands(book, change, NOW + DAY - HOUR) == ("watching", "so far 1 of 1 signal no worse")
    assert stands(book, change, NOW + DAY) == ("verified", "1 of 1 signal no worse")
    (signal,) = page(book.store.session, book.row(change)).signals
    assert (signal.verdict, signal.n_before, signal.n_after) == ("no worse", 67_200, 2_400)
    told(book, cut(0.5, NOW + 25 * HOUR, 24))
    assert stands(book, change, NOW + 2 * DAY)[0] == "verified"


def test_the_hours_of_the_day_of_an_unfinished_day_are_held_against_the_same_hours(book: Book) -> None:
    told(book, cut(0.02, NOW - 28 * DAY, 28 * 24 + 1, wave=0.3))
    change = applied(book)
    book.shown = ()
    told(book, cut(0.02, NOW + HOUR, 1, wave=0.3), cut(0.02, NOW + 2 * HOUR, 1, wave=0.3))
    assert stands(book, change, NOW + 2 * HOUR) == ("watching", "so far 0 of 1 signal no worse")
    (signal,) = page(book.store.session, book.row(change)).signals
    assert signal.before == pytest.approx(signal.after, abs=1e-6)


@pytest.mark.parametrize("samples", [(), cut(0.02, NOW - 28 * DAY, 28 * 24 + 1)])
def test_a_window_without_data_verifies_nothing_until_data_comes(book: Book, samples: Sequence[Sample]) -> None:
    told(book, samples)
    change = applied(book)
    state, note = stands(book, change, NOW + 2 * DAY)
    assert (state, note.partition(":")[0]) == ("watching", "cannot tell")
    if samples:
        assert note == "cannot tell: answers cut at the token limit: nothing was told since"
        told(book, cut(0.02, NOW + 2 * DAY + HOUR, 24))
        assert stands(book, change, NOW + 4 * DAY)[0] == "verified"
        return
    assert note == "cannot tell: nothing is told of this system"
    assert stands(book, change, NOW + 43 * DAY)[0] == "watching"
    ended = "select ended is not null from change_watches"
    assert book.store.session.execute(ended) == [(True,)]


def test_evaluations_alone_verify_nothing_and_one_that_fails_is_enough_to_be_worse(book: Book) -> None:
    change = applied(book)
    assert stands(book, change, NOW + DAY)[1] == "cannot tell: nothing is told of this system"
    book.shown = (Shown("support-golden", "fail"),)
    assert stands(book, change, NOW + DAY + HOUR)[1].startswith("worse: support-golden quality of both versions: fail")


def test_an_evaluation_that_somebody_waived_is_not_held_against_the_change_afterwards(book: Book) -> None:
    book.shown = (Shown("support-golden", "fail"),)
    change = book.ready()
    book.said("bob", "waive", change, items=("golden",), expires=NOW + 3 * DAY)
    book.said("bob", "approve", change)
    book.said("bob", "applied", change)
    assert stands(book, change, NOW + HOUR) == ("watching", "nothing is told of it yet")


def test_days_of_evaluations_are_read_but_that_of_the_application(book: Book) -> None:
    from tests.operations.stores import score

    told_days = [*range(-20, 0), 0, 1, 2, 3]
    scores = [
        score(0.5 if place == 0 else 0.9, -place * DAY, suite="live", scorer="groundedness", n=3_000)
        for place in told_days
    ]
    book.store.collected(*scores, now=NOW + 4 * DAY)
    change = applied(book)
    assert stands(book, change, NOW + 4 * DAY) == ("verified", "1 of 1 signal no worse")


# worse, and back


def worse(book: Book, **fields: object) -> str:
    told(book, cut(0.02, NOW - 28 * DAY, 28 * 24 + 1))
    change = applied(book, **fields)
    told(book, cut(0.2, NOW + HOUR, 24))
    book.judged(NOW + DAY)
    return change


def test_a_change_that_made_something_worse_stays_watched_with_a_rollback_proposed_once(book: Book) -> None:
    change = worse(book)
    back = proposal_id(change)
    row = book.row(change)
    assert row.state == "watching"
    assert row.note.startswith("worse: answers cut at the token limit: 2.0% -> 20.0% (")
    assert row.note.endswith(f"; rollback proposed: change {back}")
    book.judged(NOW + 2 * DAY)
    (proposal,) = [each for each in book.rows() if each.requester == PROPOSER]
    assert (proposal.change_id, proposal.change_class, proposal.state) == (back, "prompt", "evidence missing")
    assert (proposal.title, proposal.from_ref, proposal.to_ref) == ("Roll back: Shorter", "13", "12")
    assert proposal.reason.startswith(f"change {change} made something worse: answers cut at the token limit: ")
    assert proposal.rollback == f"apply 13 again (change {change})"
    assert page(book.store.session, proposal).content == "Go back from 13 to 12.\n"
    logged = "select actor, action from audit where action = 'rollback proposed'"
    assert book.store.session.execute(logged) == [(PROPOSER, "rollback proposed")]


def test_the_rollback_holds_the_content_of_the_version_that_it_goes_back_to(book: Book) -> None:
    book.collected(
        Change("bot", "p12", "prompt", "twelve", "applied", requested=NOW - 60 * DAY, to_ref="12", content="old words")
    )
    change = worse(book)
    assert page(book.store.session, book.row(proposal_id(change))).content == "old words"


def test_a_frozen_system_takes_the_way_back(book: Book) -> None:
    change = worse(book)
    back = proposal_id(change)
    book.store.session.execute(
        "insert into breaches by name select * from (select 'b' as breach_id, 'bot' as system, 'slow' as rule,"
        " 'monitoring' as domain, 'x' as metric, 'critical' as severity, 'open' as state, 'above' as direction,"
        " now()::timestamp as since, now()::timestamp as judged, now()::timestamp as opened, '' as unit, '' as mode, '' as note)"
    )
    book.judged(NOW + DAY)
    assert book.row(back).frozen == ""


def test_a_change_is_rolled_back_when_its_rollback_is_applied(book: Book) -> None:
    change = worse(book)
    back = proposal_id(change)
    content_hash = book.row(back).content_hash
    now = NOW + DAY + HOUR
    assert book.said("bob", "applied", back, now, content_hash=content_hash).why == ""
    book.judged(now + HOUR)
    assert (book.row(change).state, book.row(change).note) == ("rolled back", f"rolled back by change {back}")
    told(book, cut(0.4, now + HOUR, 48))
    book.judged(now + 3 * DAY)
    assert proposal_id(back) not in {row.change_id for row in book.rows()}  # nothing is proposed against a proposal


def test_a_change_is_rolled_back_when_somebody_says_so(book: Book) -> None:
    change = approved(book)
    assert book.said("bob", "rolledback", change).why == "it is approved; nothing of it is live"
    book.said("bob", "applied", change)
    assert book.said("bob", "rolledback", change, reason="users complained").why == ""
    book.judged(NOW + HOUR)
    assert (book.row(change).state, book.row(change).note) == ("rolled back", "rolled back, said Bob: users complained")
    assert book.said("bob", "rolledback", change, NOW + HOUR).why == "it is rolled back; nothing of it is live"


def test_a_change_is_rolled_back_when_telemetry_shows_the_old_version_again(book: Book) -> None:
    change = approved(book)
    told(book, shown("12", NOW - 20 * HOUR, 21), shown("13", NOW + HOUR, 5), shown("12", NOW + 6 * HOUR, 4))
    assert stands(book, change, NOW + 9 * HOUR) == (
        "rolled back",
        "rolled back: version of the prompt in use is 12 again since 2026-11-23 17:00Z",
    )


def test_the_old_version_before_the_new_one_is_no_rollback(book: Book) -> None:
    change = applied(book)
    told(book, shown("12", NOW - 20 * HOUR, 24))
    assert stands(book, change, NOW + 4 * HOUR)[0] == "watching"


def test_a_change_is_rolled_back_when_its_source_shows_it_as_applied_no_more(book: Book) -> None:
    change = book.collected(Change("bot", "p", "prompt", "x", "applied", requested=NOW - HOUR, to_ref="13"))
    book.collected(Change("bot", "p", "prompt", "x", "pending", requested=NOW - HOUR, to_ref="13"), NOW + HOUR)
    assert (book.row(change).state, book.row(change).note) == (
        "rolled back",
        "applied without the approval that it needs; rolled back: its source does not show it as applied any more",
    )


@pytest.mark.parametrize("change_class", ["external", "prompt"])
def test_no_rollback_is_proposed_of_what_is_not_ours_or_is_not_the_newest(book: Book, change_class: str) -> None:
    told(book, cut(0.02, NOW - 28 * DAY, 28 * 24 + 1))
    change = (
        applied(book) if change_class == "prompt" else book.requested(change_class="external", evidence={"impact": "x"})
    )
    if change_class == "external":
        book.said("bob", "acknowledge", change)
    else:
        later = approved(book, NOW + HOUR, content="newer", to_ref="14")
        book.said("bob", "applied", later, NOW + HOUR, content_hash=book.row(later).content_hash)
    told(book, cut(0.2, NOW + HOUR, 24 * 3))
    book.judged(NOW + 3 * DAY)
    assert book.row(change).note.startswith("worse: ")
    assert "rollback proposed" not in book.row(change).note


def test_what_was_over_before_it_was_first_seen_is_not_watched_where_nobody_can_tell(book: Book) -> None:
    change = book.collected(Change("bot", "p", "prompt", "x", "applied", requested=BEGAN, to_ref="13"))
    assert book.row(change).state == "applied"
    words = "its window was over before it was first seen; cannot tell: nothing is told of this system"
    assert book.row(change).note == f"applied without the approval that it needs; {words}"
    before = book.store.session.execute("select judged from change_watches")
    book.judged(NOW + DAY)
    assert book.store.session.execute("select judged from change_watches") == before


def test_withdrawn_changes_are_not_watched(book: Book) -> None:
    told(book, shown("13", NOW + HOUR, 4))
    change = book.requested()
    book.said("eve", "withdraw", change)
    gone = book.collected(Change("bot", "p", "prompt", "x", "withdrawn", to_ref="13"))
    book.judged(NOW + 5 * HOUR)
    assert {book.row(change).state, book.row(gone).state} == {"withdrawn"}


def test_daily_figures_that_hold_both_sides_are_left_out(book: Book) -> None:
    told(book, days("llmops.truncated_ratio", [0.02] * 31, n=2_400, end=NOW.replace(hour=0) + 2 * DAY))
    change = applied(book)
    book.shown = ()
    book.judged(NOW + 2 * DAY)
    (signal,) = page(book.store.session, book.row(change)).signals
    assert (signal.n_before, signal.n_after) == (67_200, 2_400)  # of the day of the application nothing


def test_an_emergency_is_watched_until_it_is_reviewed(book: Book) -> None:
    told(book, cut(0.02, NOW - 28 * DAY, 28 * 24 + 1))
    change = book.requested(change_class="emergency", incident="INC-1")
    book.said("bob", "approve", change)
    book.said("bob", "applied", change)
    told(book, cut(0.02, NOW + HOUR, 48))
    assert stands(book, change, NOW + DAY)[0] == "watching"
    book.said("dan", "review", change, NOW + DAY)
    book.said("fay", "review", change, NOW + DAY)
    assert stands(book, change, NOW + DAY)[0] == "verified"


def test_a_fallback_of_two_hours_neither_applies_nor_rolls_back(book: Book) -> None:
    change = approved(book)
    told(book, shown("13", NOW + HOUR, 5), shown("12", NOW + 6 * HOUR, 2), shown("13", NOW + 8 * HOUR, 5))
    assert stands(book, change, NOW + 12 * HOUR)[0] == "watching"
    found = sightings(book.store.session, book.rules.given, ["bot"], NOW + 12 * HOUR)
    assert [(each.name, each.begun, each.seconds) for each in found["bot"]] == [("13", NOW, 10 * 3_600)]
