"""Who may decide what: each refusal with its reason, and exactly the right decisions count."""

import itertools
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from operations.changes.decisions import decide
from operations.changes.settings import Classes, ClassRule, Quorum
from store.records import Change
from store.signatures import Checked
from tests.operations.changes.books import CONTENT, DAY, HASH, PEOPLE, Book, Shown, event, request
from tests.operations.stores import NOW


def test_one_approver_of_tier_2_approves_a_prompt_and_the_log_tells_it(book: Book) -> None:
    change = book.ready()
    assert (book.row(change).state, book.row(change).needed) == ("evidence ready", "1 approval")
    assert book.said("bob", "approve", change).state == "counted"
    row = book.row(change)
    assert (row.state, row.approvals, row.needed, row.plain_state) == ("approved", 1, "", "approved")
    logged = book.store.session.execute("select action, subject from audit order by sequence")
    assert logged == [("request counted", change), ("approve counted", change)]


def test_tier_1_needs_two_and_a_third_is_told_that_nothing_is_left(book: Book) -> None:
    change = book.ready(system="bank")
    assert book.row(change).needed == "2 approvals"
    assert book.said("bob", "approve", change).state == "counted"
    assert (book.row(change).state, book.row(change).needed) == ("evidence ready", "1 approval")
    assert book.said("bob", "approve", change).why == "Bob decided that already"
    assert book.said("dan", "approve", change).state == "counted"
    assert book.said("fay", "approve", change).why == "it is approved already, by Bob, Dan"


def test_tier_3_needs_the_owner_for_whom_the_deputy_stands_in(book: Book) -> None:
    change = book.ready(actor="ada", system="toy")
    assert book.row(change).needed == "approval of Eve"
    assert book.said("bob", "approve", change).state == "counted"
    assert (book.row(change).state, book.row(change).needed) == ("evidence ready", "approval of Eve")
    assert book.said("dan", "approve", change).role == "deputy approver"
    assert book.row(change).state == "approved"


def test_a_model_of_tier_1_needs_somebody_of_risk_among_two(book: Book) -> None:
    book.shown = tuple(Shown(suite) for suite in ("golden", "canary", "red-team"))
    book.with_settings(classes=Classes(model=ClassRule(evidence=("golden", "canary", "red_team"))))
    change = book.requested(change_class="model", system="bank")
    assert book.row(change).needed == "2 approvals, one with role risk"
    for account in ("bob", "dan"):
        book.said(account, "approve", change)
    assert (book.row(change).state, book.row(change).needed) == ("evidence ready", "1 approval, one with role risk")
    book.said("cleo", "approve", change)
    assert book.row(change).state == "approved"


@pytest.mark.parametrize(
    ("author", "why"),
    [
        ("bob", "Bob wrote it; somebody else must decide"),
        ("BOB", "Bob wrote it; somebody else must decide"),
        ("Bob <bob@elsewhere.example>", "Bob wrote it; somebody else must decide"),
        ("carl", ""),
    ],
)
def test_an_author_is_refused_under_any_name(book: Book, author: str, why: str) -> None:
    change = book.ready(author=author)
    assert book.said("bob", "approve", change).why == why


@pytest.mark.parametrize(
    "author", ["ada", "Ada Lovelace", "ADA@ACME.EXAMPLE", "@Ada-L", "head", "Carl, ada-l", "\uff21da Lovelace"]
)
def test_a_collected_author_is_known_by_account_name_title_mail_and_login(book: Book, author: str) -> None:
    change = book.collected(Change("bot", "1", "prompt", "x", author=author, content=CONTENT, content_hash=HASH))
    assert book.said("ada", "approve", change).why == "Ada Lovelace wrote it; somebody else must decide"


def test_the_requester_is_refused_whatever_they_are(book: Book) -> None:
    change = book.ready(actor="ada", system="bot")
    for act in ("approve", "reject", "waive"):
        assert book.said("ada", act, change).why == "Ada Lovelace requested it; somebody else must decide"


def test_the_last_editor_is_refused(book: Book) -> None:
    change = book.ready(actor="bob")
    book.store.session.execute("update requests set editor = 'Dan'")
    assert book.said("dan", "approve", change).why == "Dan last edited it; somebody else must decide"


@pytest.mark.parametrize(
    ("account", "why"),
    [
        ("eve", "eve may not decide on changes of bot; needs one of: approver, risk, owner or deputy of the system"),
        ("mallory", "the account mallory stands for no person; give it as os_user under [[people]]"),
    ],
)
def test_who_has_no_role_is_refused(book: Book, account: str, why: str) -> None:
    change = book.ready(actor="bob")
    decision = book.said(account, "approve", change)
    assert (decision.state, decision.why) == ("refused", why)
    assert book.row(change).approvals == 0


def test_a_changed_byte_voids_what_was_decided_and_it_stays_listed(book: Book) -> None:
    change = book.ready(system="bank")
    first = book.said("bob", "approve", change)
    book.requested(subject=change, system="bank", content=CONTENT + " ", evidence={"cost": "none"}, now=NOW + DAY)
    void = book.decision(first.event_id)
    assert (void.state, void.voided) == ("void", NOW + DAY)
    assert void.why.startswith("the content moved: it is ")
    assert (book.row(change).approvals, book.row(change).needed) == (0, "2 approvals")
    assert book.said("dan", "approve", change, NOW + DAY).why.startswith("the content moved: it is ")
    assert ("Bob", "approve", "void") in book.decisions(change)
    moved = book.row(change).content_hash
    assert book.said("bob", "approve", change, NOW + DAY, content_hash=moved).state == "counted"


def test_content_that_moves_at_its_source_voids_too_until_it_is_applied(book: Book) -> None:
    proposed = Change("bot", "1", "config", "x", author="carl", content="a", content_hash="h1")
    change = book.collected(proposed)
    book.said("bob", "attach", change, items=("tests", "rollback"), reason="https://ci.example/1")
    book.said("bob", "approve", change, content_hash="h1")
    assert book.row(change).state == "approved"
    book.collected(replace(proposed, content_hash="h2"))
    assert ("Bob", "approve", "void") in book.decisions(change)
    assert book.row(change).state == "evidence ready"
    book.said("bob", "approve", change, content_hash="h2")
    book.collected(replace(proposed, content_hash="h3", state="applied"))
    assert ("Bob", "approve", "counted") in book.decisions(change)


def test_a_rejection_ends_it_until_the_content_moves(book: Book) -> None:
    change = book.ready()
    book.said("bob", "approve", change)
    assert book.said("dan", "reject", change).state == "counted"
    assert (book.row(change).state, book.row(change).note, book.row(change).plain_state) == (
        "rejected",
        "by Dan",
        "rejected",
    )
    assert book.said("fay", "approve", change).why == "it is rejected; nothing is left to decide"
    assert book.said("fay", "reject", change).why == "it is rejected; nothing is left to decide"
    book.ready(subject=change, content="another")
    assert book.row(change).state == "evidence ready"


def test_who_approved_can_still_reject(book: Book) -> None:
    change = book.ready(system="bank")
    book.said("bob", "approve", change)
    assert book.said("bob", "reject", change).state == "counted"
    assert book.row(change).state == "rejected"


def test_missing_evidence_is_named_and_can_be_attached_or_waived(book: Book) -> None:
    book.shown = ()
    change = book.requested()
    missing = "golden set: no run of a suite like *golden* on version 13 beside 12; cost delta: nothing was given, and "
    missing += "no source gives cost and requests of 12 and of 13 by a dimension that names it"
    assert book.row(change).missing == missing
    assert book.said("bob", "approve", change).why == (
        f"the evidence does not carry it: {missing}; attach it, or waive it with a reason and an end"
    )
    assert book.said("eve", "attach", change, items=("cost",), reason="https://costs.example").state == "counted"
    assert book.row(change).missing == missing.partition(";")[0]
    assert book.said("bob", "waive", change, items=("golden",), expires=NOW + DAY).state == "counted"
    assert (book.row(change).state, book.row(change).missing) == ("evidence ready", "")
    assert book.said("bob", "approve", change).state == "counted"
    assert book.row(change).state == "approved"
    book.judged(NOW + DAY)
    assert book.row(change).state == "evidence missing"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"items": ("golden",)}, "a waiver ends within 90d"),
        ({"items": ("golden",), "expires": NOW}, "a waiver ends within 90d"),
        ({"items": ("golden",), "expires": NOW + 91 * DAY}, "a waiver ends within 90d"),
        ({"expires": NOW + DAY}, "it names no evidence; this change needs diff, golden, cost"),
        ({"items": ("tests",), "expires": NOW + DAY}, "it names tests; this change needs diff, golden, cost"),
        ({"items": ("golden",), "expires": NOW + DAY, "reason": " "}, "it gives no reason"),
        (
            {"items": ("golden",), "expires": NOW + DAY, "content_hash": "x"},
            f"the content moved: it is {HASH[:12]} now, not x",
        ),
        ({"payload": "{"}, "its payload is no JSON"),
        ({"payload": "[" * 5000}, "its payload is no JSON"),
        ({"payload": "{}"}, "its payload is not what an event of this kind carries"),
        (
            {"payload": '{"content_hash":"","evidence_hash":"","items":[3]}'},
            "its payload is not what an event of this kind carries",
        ),
    ],
)
def test_a_waiver_needs_a_reason_an_end_and_what_it_is_for(book: Book, fields: dict[str, object], why: str) -> None:
    change = book.requested()
    assert book.said("bob", "waive", change, **fields).why == why  # type: ignore[arg-type]  # of event


@pytest.mark.parametrize("state", ["fail", "inconclusive"])
def test_evaluations_that_do_not_pass_stop_an_approval(book: Book, state: str) -> None:
    book.shown = (Shown("golden", state),)
    change = book.ready()
    assert f"golden set: {state}: golden quality" in book.said("bob", "approve", change).why


def test_an_event_from_the_future_is_refused(book: Book) -> None:
    change = book.ready()
    late = event("bob", "approve", change, NOW + timedelta(minutes=5, seconds=1))
    assert book.wrote(late).why == "it is dated in the future"
    assert book.wrote(event("bob", "approve", change, NOW + timedelta(minutes=5))).state == "counted"


def test_what_is_said_of_an_unknown_change_is_kept_as_refused(book: Book) -> None:
    assert book.said("bob", "approve", "none").why == "no change has this id"
    assert book.decisions("none") == [("Bob", "approve", "refused")]


def test_an_event_is_decided_once_and_others_are_left_alone(book: Book) -> None:
    change = book.ready()
    book.store.session.append("events", [replace(event("bob", "note", change), payload="")])
    book.said("bob", "approve", change)
    assert decide(book.store.session, book.rules, NOW).decisions == []


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"system": "bit"}, "no system is named bit"),
        ({"reason": " "}, "it gives no reason"),
        ({"change_class": "emergency"}, "an emergency names its incident"),
        ({"change_class": "whim"}, "its class is none of the ledger's"),
        ({"title": " "}, "it has no title"),
        ({"subject": "0123456789ab"}, "no change of this id can be revised"),
    ],
)
def test_what_cannot_be_requested_says_why(book: Book, fields: dict[str, object], why: str) -> None:
    assert book.wrote(request(**fields)).why == why  # type: ignore[arg-type]  # of request
    assert book.rows() == ()


def test_a_request_whose_hash_is_another_is_refused(book: Book) -> None:
    made = request()
    assert (
        book.wrote(replace(made, payload=made.payload.replace("Answer", "Answar"))).why
        == "its hash is not that of its content"
    )


def test_only_the_requester_revises_and_not_what_is_settled(book: Book) -> None:
    change = book.ready()
    assert book.wrote(request("bob", subject=change)).why == "only who requested it can revise it: Eve"
    collected = book.collected(Change("bot", "1", "prompt", "x"))
    assert book.wrote(request(subject=collected)).why.endswith("it was not requested here")
    assert book.said("bob", "withdraw", change).why == "only Eve, who requested it, can withdraw it"
    assert book.said("bob", "withdraw", collected).why == "it was not requested here; close it at its source"
    assert book.said("eve", "withdraw", change).state == "counted"
    assert (book.row(change).state, book.row(change).plain_state) == ("withdrawn", "withdrawn")
    assert book.wrote(request(subject=change)).why == "it is settled already; request another"
    assert book.said("eve", "withdraw", change).why == "it is withdrawn already"
    assert book.said("bob", "attach", change, items=("cost",)).why == "it is withdrawn already"


def test_a_pipelines_account_may_request_withdraw_and_apply_and_nothing_else(book: Book) -> None:
    change = book.ready(actor="ci")
    assert book.row(change).requester == "ci"
    assert (
        book.said("ci", "ask", change).why == "the account ci stands for no person; give it as os_user under [[people]]"
    )
    assert book.said("other-ci", "applied", change).why.startswith("the account other-ci stands for no person")
    book.said("bob", "approve", change)
    assert book.said("ci", "applied", change, reason="").state == "counted"
    assert book.row(change).state == "watching"
    assert book.said("bob", "applied", change).why == "it is watching already"


def test_a_revision_without_another_content_keeps_its_approvals(book: Book) -> None:
    change = book.ready(system="bank")
    book.said("bob", "approve", change)
    book.ready(subject=change, system="bank", title="Shorter answers")
    assert (book.row(change).approvals, book.row(change).title) == (1, "Shorter answers")


def test_asking_for_evidence_is_kept_and_binds_nobody(book: Book) -> None:
    change = book.ready()
    assert book.said("bob", "ask", change, reason="which users?").state == "counted"
    assert book.row(change).state == "evidence ready"


def test_an_external_change_is_acknowledged_and_then_watched(book: Book) -> None:
    change = book.collected(Change("bot", "1", "external", "model retires", content_hash="h"), source="calendar")
    assert book.row(change).needed == "1 acknowledgement"
    assert (
        book.said("bob", "approve", change, content_hash="h").why
        == "an external change is acknowledged, nobody can approve it"
    )
    assert (
        book.said("bob", "reject", change, content_hash="h").why
        == "an external change holds whatever anybody decides; acknowledge it"
    )
    assert book.said("bob", "acknowledge", change, content_hash="h", reason="we move in May").state == "counted"
    assert (book.row(change).state, book.row(change).watch_until) == ("watching", NOW + 3 * DAY)
    assert book.said("dan", "acknowledge", change, content_hash="h").why == "it is watching; nothing is left to decide"
    book.judged(NOW + 3 * DAY)
    assert book.row(change).state == "watching"
    assert book.row(change).note == "cannot tell: nothing is told of this system"
    prompt = book.ready()
    assert (
        book.said("bob", "acknowledge", prompt).why == "only an external change is acknowledged; approve or reject it"
    )


def test_an_emergency_is_approved_by_one_and_reviewed_by_two_others_in_time(book: Book) -> None:
    change = book.requested(change_class="emergency", system="bank", incident="INC-1")
    assert book.said("dan", "review", change).why == "nobody has approved it yet; a review comes afterwards"
    book.said("bob", "approve", change)
    row = book.row(change)
    assert (row.state, row.review_due, row.is_late) == ("approved", NOW + 2 * DAY, False)
    book.said("bob", "applied", change)
    assert (book.row(change).state, book.row(change).watch_until) == ("watching", None)
    assert book.said("bob", "review", change).why == "Bob approved it; somebody else must review it"
    assert book.said("eve", "review", change).why == "Eve requested it; somebody else must decide"
    assert book.said("dan", "review", change).state == "counted"
    assert book.said("dan", "review", change).why == "Dan decided that already"
    book.judged(NOW + 3 * DAY)
    assert (book.row(change).is_late, book.row(change).note) == (
        True,
        "nothing is told of it yet; its review is overdue",
    )
    book.said("fay", "review", change, NOW + 3 * DAY)
    row = book.row(change)
    assert (row.state, row.reviews, row.review_due, row.is_late) == ("watching", 2, None, False)
    assert book.said("dan", "review", book.ready()).why == "only an emergency is reviewed afterwards"


def test_an_emergency_brings_its_evidence_before_it_is_reviewed(book: Book) -> None:
    book.shown = ()
    change = book.requested(change_class="emergency", to_ref="3", incident="INC-1")
    assert (book.row(change).state, book.row(change).missing) == ("evidence ready", "")
    assert book.said("bob", "approve", change).state == "counted"
    book.said("bob", "applied", change)
    lacks = "golden set (afterwards): no run of a suite like *golden* on version 3 beside 12"
    assert book.row(change).missing == lacks
    assert book.said("dan", "review", change).why == (
        f"the evidence does not carry it: {lacks}; attach it, or waive it with a reason and an end"
    )
    assert book.said("dan", "ask", change, reason="the golden set").state == "counted"
    book.judged(NOW + 3 * DAY)
    assert book.row(change).note.endswith("; its evidence and review are overdue")
    counts = "select pending_changes, oldest_change from change_counts"
    assert book.store.session.execute(counts) == [(1, NOW.replace(tzinfo=None))]
    book.shown = (Shown("support-golden"),)
    assert book.said("dan", "review", change).state == "counted"
    assert book.said("fay", "review", change).state == "counted"
    book.shown = ()
    book.judged()
    assert (book.row(change).missing, book.row(change).review_due) == ("", None)
    assert book.store.session.execute(counts) == [(0, None)]
    assert book.said("dan", "ask", change).why == "it is watching; nothing is left to decide"


def test_an_emergency_is_reviewed_once_enough_people_approved_it_and_nobody_rejected_it(book: Book) -> None:
    book.shown = ()
    book.with_settings(classes=Classes(emergency=ClassRule(tier1=Quorum(2))))
    change = book.requested(change_class="emergency", system="bank", to_ref="3", incident="INC-1")
    assert book.said("bob", "approve", change).state == "counted"
    assert (book.row(change).missing, book.row(change).review_due) == ("", None)
    assert book.said("dan", "approve", change).state == "counted"
    assert (book.row(change).state, book.row(change).review_due) == ("approved", NOW + 2 * DAY)
    assert book.row(change).missing.startswith("golden set (afterwards): ")
    assert book.said("bob", "reject", change).state == "counted"
    assert (book.row(change).state, book.row(change).review_due) == ("rejected", None)


def test_evidence_of_an_emergency_is_given_or_waived_once_it_is_approved(book: Book) -> None:
    book.shown = ()
    change = book.collected(Change("bot", "1", "emergency", "stop it", content_hash="h"))
    assert book.said("bob", "approve", change, content_hash="h").why.startswith(
        "the evidence does not carry it: incident"
    )
    said = partial(book.said, content_hash="h")
    assert said("dan", "attach", change, items=("incident",), reason="INC-1").state == "counted"
    assert said("bob", "approve", change).state == "counted"
    book.said("bob", "applied", change, content_hash="h")
    assert said("bob", "attach", change, items=("tests",)).why == (
        "it names tests; this change needs incident, diff, golden"
    )
    assert said("bob", "attach", change, items=("diff",), reason="pull request 7").state == "counted"
    assert book.row(change).missing.startswith("golden set (afterwards): ")
    assert said("dan", "waive", change, items=("golden",), expires=NOW + DAY).state == "counted"
    assert book.row(change).missing == ""
    assert said("dan", "review", change).state == "counted"


def test_an_emergency_of_which_no_evidence_is_wanted_is_reviewed_alone(book: Book) -> None:
    book.shown = ()
    book.with_settings(review_evidence=())
    change = book.requested(change_class="emergency", to_ref="3", incident="INC-1")
    book.said("bob", "approve", change)
    assert (book.row(change).missing, book.said("dan", "review", change).state) == ("", "counted")


def test_a_frozen_system_takes_no_approval_but_exceptions_go_on(book: Book) -> None:
    from decimal import Decimal

    from tests.operations.stores import TODAY, charge

    book.systems = (replace(book.systems[0], monthly_budget=Decimal(10)), *book.systems[1:])
    book.store.described(book.systems)
    book.store.collected(charge(TODAY - DAY, "10"))
    change = book.ready()
    words = "the month's budget is spent: 10.00 of 10.00 USD"
    assert book.row(change).frozen == words
    assert book.said("bob", "approve", change).why == f"bot takes no change now: {words}"
    hasty = book.requested(change_class="emergency", incident="INC-1")
    assert (book.row(hasty).frozen, book.said("bob", "approve", hasty).state) == ("", "counted")
    settled = book.ready(title="Shorter")
    assert book.row(settled).frozen == words
    book.said("bob", "reject", settled)
    assert book.row(settled).frozen == ""
    book.with_settings(freeze_exceptions=("bot",))
    assert book.said("bob", "approve", change).state == "counted"


# signatures


def test_a_required_signature_is_asked_for_and_checked_for_the_person_of_the_account(book: Book) -> None:
    book.with_settings(require_signature=True)
    change = book.ready()
    assert (
        book.said("bob", "approve", change).why == "it is not signed, and signatures are required; sign it with --key"
    )
    assert book.said("bob", "approve", change, signature="S").why == "no allowed_signers are configured under [changes]"
    book.checked = Checked(fault="the signature does not hold for Bob: no")
    assert book.said("bob", "approve", change, signature="S").why == "the signature does not hold for Bob: no"
    book.checked = Checked("SHA256:abc")
    decision = book.said("bob", "approve", change, signature="S")
    assert (decision.state, decision.fingerprint) == ("counted", "SHA256:abc")
    message, signature, person = book.asked[-1]
    assert (signature, person) == ("S", "Bob")
    for word in (
        b'"portfolio":"Acme"',
        change.encode(),
        HASH.encode(),
        b'"decision":"approve"',
        decision.event_id.encode(),
    ):
        assert word in message


def test_a_signature_that_nobody_can_check_counts_as_none_where_none_is_needed(book: Book) -> None:
    change = book.ready()
    decision = book.said("bob", "approve", change, signature="S")
    assert (decision.state, decision.fingerprint) == ("counted", "")


# a law: whatever the order, those that may and no others count


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(["ada", "bob", "cleo", "dan", "eve", "fay", "bob", "mallory"]), st.integers(1, 4))
def test_in_any_order_exactly_as_many_approvals_count_as_the_quorum_asks(
    book: Book, order: list[str], count: int
) -> None:
    book.with_settings(classes=Classes(prompt=ClassRule((), tier2=Quorum(count))))
    change = book.requested(title=f"{order} {count}")
    book.store.session.append(
        "events",
        [event(account, "approve", change, NOW + timedelta(seconds=place)) for place, account in enumerate(order)],
    )
    book.judged(NOW + timedelta(minutes=1))
    counted = [person for person, act, state in book.decisions(change) if (act, state) == ("approve", "counted")]
    entitled = {person.name for person in PEOPLE} - {"Eve"}
    assert len(counted) == len(set(counted)) == count
    assert set(counted) <= entitled
    first = list(itertools.islice(dict.fromkeys(each for each in order if each not in {"eve", "mallory"}), count))
    assert counted == [next(person.name for person in PEOPLE if person.os_user == each) for each in first]
    assert book.row(change).state == "approved"
