"""Evidence item by item: present, missing, failing or inconclusive, in words."""

from datetime import date

import pytest

from operations.changes.evidence import evidence_hash, no_gates, suite_of
from operations.changes.judging import stand
from operations.changes.settings import Classes, ClassRule, Settings, Standard, Suites
from store.change_records import EvidenceItem
from store.records import Change, ModelDates, Sample
from tests.operations.changes.books import CONTENT, DAY, HASH, Book, Shown
from tests.operations.stores import NOW


def shown(book: Book, change: str) -> list[tuple[str, str]]:
    found = book.store.session.rows(
        EvidenceItem, "select * from change_evidence where change_id = $id order by place", {"id": change}
    )
    return [(each.state, each.words) for each in found]


def only(book: Book, *names: str) -> None:
    book.with_settings(classes=Classes(prompt=ClassRule(evidence=names)))  # type: ignore[arg-type]  # names as text


@pytest.mark.parametrize(
    ("gates", "state", "words"),
    [
        ((Shown("golden"),), "present", "golden set: pass: golden quality, n 400 and 400, +0.01 (-0.02 to +0.04)"),
        ((Shown("golden", "fail", slice="de", note="-4 points"),), "failing", "golden set: fail: golden quality/de, n 400 and 400, +0.01 (-0.02 to +0.04); -4 points"),
        ((Shown("golden"), Shown("golden-de", "inconclusive", n_new=20)), "inconclusive", "golden set: inconclusive: golden-de quality, n 400 and 20, +0.01 (-0.02 to +0.04) (and 1 more)"),
        ((Shown("golden"), Shown("golden-2", "fail"), Shown("golden-3", "inconclusive")), "failing", "golden set: fail: golden-2 quality, n 400 and 400, +0.01 (-0.02 to +0.04) (and 2 more)"),
        ((Shown("golden", n_new=None, difference=None, low=None),), "present", "golden set: pass: golden quality"),
        ((Shown("golden", gates=False),), "missing", "golden set: golden reports only: its judge is not calibrated"),
        ((Shown("golden", gates=False, note="judge j is not calibrated"),), "missing", "golden set: golden reports only: judge j is not calibrated"),
        ((Shown("canary"),), "missing", "golden set: no run of a suite like *golden* on version 13 beside 12"),
        ((), "missing", "golden set: no run of a suite like *golden* on version 13 beside 12"),
    ],
)  # fmt: skip
def test_what_suites_show_is_the_worst_that_counts(
    book: Book, gates: tuple[Shown, ...], state: str, words: str
) -> None:
    only(book, "golden")
    book.shown = gates
    assert shown(book, book.requested()) == [(state, words)]


def test_a_change_without_versions_says_what_is_missing(book: Book) -> None:
    only(book, "golden")
    assert shown(book, book.requested(to_ref="")) == [
        ("missing", "golden set: the change names no version that could have been evaluated")
    ]
    book.shown = ()
    book.with_settings(suites=Suites(golden=()))
    assert shown(book, book.requested(from_ref="")) == [
        ("missing", "golden set: no run of a suite like that is configured on version 13 beside the current")
    ]


@pytest.mark.parametrize(
    ("suite", "item"),
    [
        ("Support-Golden", "golden"), ("canary-de", "canary"), ("benign-canary", "benign_canary"), ("red_team", "red_team"),
        ("RAG-set", "retrieval"), ("golden-canary", "canary"), ("other", None),
    ],
)  # fmt: skip
def test_a_suite_counts_for_the_first_item_whose_names_it_fits(suite: str, item: str | None) -> None:
    assert suite_of(suite, Settings()) == item


def test_nothing_is_evaluated_where_no_gates_are_known(book: Book) -> None:
    assert no_gates(book.store.session, "bot", "1", "2", NOW) == ()


@pytest.mark.parametrize(
    ("dates", "state", "words"),
    [
        ((), "missing", "no source speaks of 13"),
        ((None,), "present", "nothing is announced for 13"),
        ((date(2026, 11, 24), date(2027, 1, 1)), "present", "13 ends on 2026-11-24"),
        ((date(2026, 11, 23), None), "failing", "13 ends on 2026-11-23"),
    ],
)
def test_the_new_model_must_not_end_before_it_begins(
    book: Book, dates: tuple[date | None, ...], state: str, words: str
) -> None:
    only(book, "retirement")
    for place, day in enumerate(dates):
        book.store.collected(ModelDates(f"p{place}", "13", retires_on=day), source="calendar")
    assert shown(book, book.requested()) == [(state, f"retirement date: {words}")]


def test_a_model_without_a_name_has_no_dates(book: Book) -> None:
    only(book, "retirement")
    assert shown(book, book.requested(to_ref="")) == [("missing", "retirement date: no source speaks of the new model")]


def test_content_plan_and_incident_are_evidence_themselves_and_links_for_the_rest(book: Book) -> None:
    only(book, "diff", "rollback", "incident", "tests", "access_test")
    change = book.requested(rollback="version 12", incident="INC-1", evidence={"tests": "https://ci.example/1"})
    assert shown(book, change) == [
        ("present", f"diff: content {HASH[:12]}"), ("present", "rollback plan: version 12"), ("present", "incident: INC-1"),
        ("present", "tests: https://ci.example/1"), ("missing", "access test: nothing was given"),
    ]  # fmt: skip
    book.said("eve", "attach", change, items=("tests", "access_test"), reason="run 2")
    assert shown(book, change)[3:] == [("present", "tests: run 2 (Eve)"), ("present", "access test: run 2 (Eve)")]
    bare = book.collected(Change("bot", "1", "prompt", "x"))
    assert shown(book, bare)[0] == ("missing", "diff: nothing was given")


def test_a_link_is_no_evaluation(book: Book) -> None:
    only(book, "golden")
    book.shown = ()
    assert shown(book, book.requested(evidence={"golden": "https://x"}))[0][0] == "missing"


def test_of_waivers_the_one_that_ends_last_counts_and_none_of_other_content(book: Book) -> None:
    only(book, "cost")
    change = book.requested()
    for days in (3, 1):
        book.said("bob", "waive", change, items=("cost",), expires=NOW + days * DAY)
    waived = book.store.session.execute("select waived from change_evidence")
    assert waived == [((NOW + 3 * DAY).replace(tzinfo=None),)]
    book.requested(subject=change, content="another")
    assert book.store.session.execute("select waived from change_evidence") == [(None,)]


def test_the_hash_of_the_evidence_moves_with_its_words_alone(book: Book) -> None:
    first = EvidenceItem("c", 0, "cost", "present", "cost delta: 1", None)
    assert evidence_hash([first]) != evidence_hash([EvidenceItem("c", 0, "cost", "present", "cost delta: 2", None)])
    assert evidence_hash([first]) == evidence_hash([EvidenceItem("d", 3, "cost", "present", "cost delta: 1", NOW)])


def test_a_change_that_calls_itself_standard_must_fit_a_pattern(book: Book) -> None:
    change = book.requested(change_class="standard", title="bump footer", content=CONTENT)
    assert (book.row(change).state, book.row(change).needed) == (
        "evidence ready",
        "another class: it fits no pattern of standard changes",
    )
    assert book.said("bob", "approve", change).why.startswith("it fits no pattern of standard changes; request it with")
    book.with_settings(standard=(Standard("footer", "seen often", title="bump *"),))
    book.judged()
    assert (book.row(change).state, book.row(change).note) == ("approved", "standard: footer")
    assert book.said("bob", "approve", change).why == "it is approved already, by a pattern of standard changes"


def test_that_somebody_else_wrote_it_makes_no_request_a_standard_change(book: Book) -> None:
    book.with_settings(standard=(Standard("bumps", "seen often", author="renovate*"),))
    change = book.requested(author="renovate[bot]")
    assert book.row(change).state == "evidence missing"
    collected = book.collected(Change("bot", "1", "config", "bump x", author="renovate[bot]"))
    assert (book.row(collected).state, book.row(collected).note) == ("approved", "standard: bumps")


def test_settled_changes_are_not_looked_at_again(book: Book) -> None:
    change = book.collected(Change("bot", "1", "prompt", "x", "applied"))
    assert shown(book, change) == []
    assert book.row(change).note == "applied without the approval that it needs; nothing is told of it yet"
    assert stand(book.store.session, book.rules, NOW).items == []


def test_what_an_applied_change_rested_on_stays_as_it_was_seen_last(book: Book) -> None:
    change = book.ready()
    rested, was = shown(book, change), book.row(change).evidence_hash
    book.said("bob", "applied", change)
    book.shown = (Shown("support-golden", "fail"),)
    book.judged(NOW + DAY / 2)
    assert (shown(book, change), book.row(change).evidence_hash, book.row(change).missing) == (rested, was, "")
    assert book.row(change).state == "watching"


def versions(book: Book, cost: float, hours: int = 30, requests: float = 10) -> None:
    """Collect what two versions of a system cost and how long they took, an hour after the other."""
    samples = [
        Sample("bot", metric, stat,  # type: ignore[arg-type]  # stats as text
               NOW - DAY * 3 + DAY / 24 * hour, value * (1 if version == "12" else factor), unit,
               period=3600, dims={"version": version})
        for hour in range(hours)
        for version in ("12", "13")
        for metric, stat, value, unit, factor in (
            ("llmops.cost", "sum", requests * 0.02, "USD", cost),
            ("llmops.requests", "sum", requests, "{request}", 1.0),
            ("gen_ai.client.operation.duration", "p95", 2.0, "s", 1.1),
        )
    ]  # fmt: skip
    book.store.collected(*samples, now=NOW)


def test_what_the_versions_cost_and_how_long_they_take_is_compared(book: Book) -> None:
    only(book, "cost", "latency")
    versions(book, 1.25)
    assert shown(book, book.requested()) == [
        ("present", "cost delta: 0.02 USD to 0.025 USD (+25.0%)"),
        ("present", "latency delta: 2 s to 2.2 s (+10.0%)"),
    ]


def test_of_few_requests_nobody_can_tell_and_what_people_give_counts_first(book: Book) -> None:
    only(book, "cost")
    versions(book, 1.25, hours=3)
    assert shown(book, book.requested())[0] == (
        "inconclusive", "cost delta: 0.02 USD to 0.025 USD (+25.0%); 30 requests only"
    )  # fmt: skip
    assert shown(book, book.requested(evidence={"cost": "see the sheet"}))[0] == (
        "present",
        "cost delta: see the sheet",
    )


def test_a_change_without_versions_has_no_delta(book: Book) -> None:
    only(book, "cost")
    assert shown(book, book.requested(from_ref="")) == [("missing", "cost delta: nothing was given")]
