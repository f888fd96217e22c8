"""Changes that were observed and that nobody recorded: what was seen, who might know, and what closes them."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.changes.mine import Onlooker, queue
from operations.changes.prices import step
from operations.changes.queue import LedgerRow, page, unrecorded_rows
from store.change_records import Unrecorded
from store.records import Change, CostLine, Sample
from tests.operations.changes.books import DAY, SYSTEMS, Book
from tests.operations.stores import NOW, TODAY, days

PARTS = {
    "model_id": ("llmops.model.response_share", "gen_ai.response.model"),
    "prompt_version": ("llmops.prompt.version_share", "gen_ai.prompt.version"),
    "prompt_hash": ("llmops.prompt.hash_share", "gen_ai.prompt.hash"),
    "embedding_model": ("llmops.embedding.model_share", "gen_ai.embedding.model"),
    "guardrail_version": ("llmops.guardrail.version_share", "guardrail.version"),
    "index_id": ("llmops.index.id_share", "index.id"),
}
SINCE = TODAY - 4 * DAY


def named(part: str, name: str, count: int, end: datetime = TODAY, system: str = "bot") -> list[Sample]:
    metric, dimension = PARTS[part]
    return days(metric, [1.0] * count, n=100, end=end, dims={dimension: name}, system=system)


def moved(book: Book, part: str = "model_id", after: str = "m-2", now: datetime = NOW) -> None:
    """Let a part go from one name to another four days ago, let the detectors judge, and judge the ledger."""
    book.store.collected(*named(part, "m-1", 20, SINCE), *named(part, after, 4))
    book.store.detected(list(SYSTEMS), now)
    book.judged(now)


def findings(book: Book) -> list[Unrecorded]:
    return book.store.session.rows(Unrecorded, "select * from unrecorded_changes order by since, finding_id")


def listed(book: Book) -> LedgerRow:
    (found,) = unrecorded_rows(book.store.session)
    return found


@pytest.mark.parametrize(
    ("part", "change_class"),
    [
        ("model_id", "model"),
        ("prompt_version", "prompt"),
        ("prompt_hash", "prompt"),
        ("embedding_model", "retrieval"),
        ("guardrail_version", "guardrail"),
        ("index_id", "retrieval"),
    ],
)
def test_a_part_that_moved_without_a_record_is_found_since_its_day(book: Book, part: str, change_class: str) -> None:
    moved(book, part)
    (found,) = findings(book)
    assert (found.system, found.signal, found.change_class) == ("bot", part, change_class)
    assert (found.from_ref, found.to_ref, found.since, found.seen) == ("m-1", "m-2", SINCE, TODAY)
    assert (found.opened, found.closed) == (NOW, None)
    assert found.words.endswith(": m-1 -> m-2 with no recorded change")
    book.judged(NOW + DAY)
    assert findings(book) == [found]


def test_the_day_that_is_not_over_is_not_looked_at(book: Book) -> None:
    book.store.collected(*named("model_id", "m-1", 20), *named("model_id", "m-2", 1, TODAY + DAY), now=TODAY + DAY)
    book.judged(TODAY + DAY - timedelta(hours=1))
    assert findings(book) == []
    book.judged(TODAY + DAY)
    assert [each.since for each in findings(book)] == [TODAY]


@pytest.mark.parametrize(("ago", "count"), [(4, 0), (6, 0), (7, 1)])
def test_a_record_within_two_days_is_near(book: Book, ago: int, count: int) -> None:
    book.collected(Change("bot", "1", "model", "x", "applied", requested=TODAY - ago * DAY), NOW - 20 * DAY)
    moved(book)
    assert len(findings(book)) == count


def test_one_day_of_a_name_is_no_measure_and_no_name_moves_nothing(book: Book) -> None:
    book.store.collected(*named("index_id", "a", 1))
    book.judged()
    assert findings(book) == []


@pytest.mark.parametrize("change_class", ["external", "model"])
def test_a_change_that_names_what_was_seen_closes_it_whenever_it_is_recorded(book: Book, change_class: str) -> None:
    moved(book)
    change = book.requested(change_class=change_class, from_ref="m-1", to_ref="m-2", evidence={"impact": "none"})
    (found,) = findings(book)
    assert (found.closed, found.closed_by) == (NOW, change)
    assert unrecorded_rows(book.store.session) == ()
    book.judged(NOW + DAY)
    assert findings(book) == [found]


@pytest.mark.parametrize(
    "fields",
    [
        {"system": "bank", "to_ref": "m-2"},
        {"change_class": "prompt", "to_ref": "m-2"},
        {"change_class": "external", "to_ref": "m-3"},
    ],
)
def test_another_change_closes_nothing(book: Book, fields: dict[str, object]) -> None:
    moved(book)
    book.requested(**{"change_class": "model", **fields})  # type: ignore[arg-type]  # of requested
    assert [each.closed for each in findings(book)] == [None]


def test_what_is_withdrawn_is_no_record(book: Book) -> None:
    change = book.requested(change_class="model", to_ref="m-2")
    book.said("eve", "withdraw", change)
    moved(book)
    assert [each.closed for each in findings(book)] == [None]


def test_a_name_that_went_back_stays_found_until_it_is_recorded(book: Book) -> None:
    moved(book)
    book.store.collected(*named("model_id", "m-1", 3, TODAY + 3 * DAY), now=NOW + 3 * DAY)
    book.judged(NOW + 3 * DAY)
    assert [(each.closed, each.seen) for each in findings(book)] == [(None, TODAY)]


def test_those_who_changed_the_system_lately_might_know_then_owner_and_deputy_then_who_moved_to_the_same(
    book: Book,
) -> None:
    early = {"now": NOW - 35 * DAY, "title": "old", "system": "toy"}
    book.requested("dan", **early)  # type: ignore[arg-type]  # of requested
    book.requested("bob", now=NOW - 8 * DAY, title="tone", system="toy", author="cleo-l")
    book.requested("fay", now=NOW - 3 * DAY, title="nearer", system="toy")
    book.requested(
        "cleo", now=NOW - 3 * DAY, title="move", system="bank", change_class="model", to_ref="m-2", from_ref="m-1"
    )
    book.store.collected(*named("model_id", "m-1", 20, SINCE, "toy"), *named("model_id", "m-2", 4, system="toy"))
    book.judged()
    (found,) = findings(book)
    assert json.loads(found.might_know) == [
        ["Fay", "requested nearer"],
        ["Bob", "requested tone"],
        ["cleo-l", "wrote tone"],
        ["Eve", "owner of toy"],
        ["Dan", "deputy of toy"],
        ["Cleo", "requested move of bank"],
    ]


def test_a_finding_is_a_row_of_the_ledger_that_says_what_records_it(book: Book) -> None:
    moved(book, after="m-2; rm -rf ~")
    row = listed(book)
    assert (row.state, row.change_class, row.is_open, row.owner, row.by) == (
        "unrecorded",
        "model",
        True,
        "Ada Lovelace",
        "",
    )
    assert row.needed == "to be recorded; might know: Ada Lovelace (owner of bot)"
    assert "--system bot --from m-1 --to 'm-2; rm -rf ~' --title" in row.note
    book.store.refreshed()
    for onlooker in (None, Onlooker("bob", book.rules, NOW)):
        first = queue(book.store.session, onlooker, ())[0]
        assert (first.row, first.act, first.is_mine) == (row, None, False)
    found = page(book.store.session, row)
    assert (found.content, found.watch, found.signals, found.items) == ("", None, (), ())


def test_nobody_on_record_is_said(book: Book) -> None:
    book.store.session.append(
        "unrecorded_changes",
        [Unrecorded("f", "gone", "model", "model_id", "a", "b", NOW, NOW, NOW, None, "", "[]", "w")],
    )
    assert (listed(book).needed, listed(book).tier) == ("to be recorded; might know: nobody on record", 1)


# prices


def charged(day: datetime, price: str, system: str = "bot", token_type: str = "input") -> CostLine:  # noqa: S107 - a kind of token
    quantity = Decimal(1_000_000)
    return CostLine(
        system, "provider_usage", day, day + DAY, f"m {token_type}", effective_cost=Decimal(price) * quantity, model="m",
        token_type=token_type, consumed_quantity=quantity, consumed_unit="token",
    )  # fmt: skip


def test_a_price_that_moved_is_an_unrecorded_change_once_until_an_external_change_names_it(book: Book) -> None:
    lines = [
        charged(TODAY - ago * DAY, "0.000003" if ago < 4 else "0.000002", token_type=kind)
        for ago in range(1, 12)
        for kind in ("input", "output")
    ]
    steady = [charged(TODAY - ago * DAY, "0.000002", "toy") for ago in range(1, 12)]
    book.store.collected(*lines, *steady, source="costs")
    book.judged()
    found = findings(book)
    assert [(each.system, each.signal, each.change_class, each.since, each.seen) for each in found] == [
        ("bot", "price", "external", TODAY - 3 * DAY, TODAY)
    ] * 2
    first = min(found, key=lambda each: each.to_ref)
    assert (first.from_ref, first.to_ref) == ("m input 2e-06 USD/token", "m input 3e-06 USD/token")
    book.requested(change_class="external", to_ref=first.to_ref, evidence={"impact": "none"})
    assert sorted(each.closed is None for each in findings(book)) == [False, True]


def test_the_same_price_by_two_sources_is_told_once_and_a_record_beside_it_suffices(book: Book) -> None:
    lines = [charged(TODAY - ago * DAY, "0.000003" if ago < 4 else "0.000002") for ago in range(1, 12)]
    book.store.collected(*lines, source="costs")
    book.store.collected(*lines, source="gateway")
    book.collected(Change("toy", "1", "external", "new prices", "applied", requested=TODAY - 3 * DAY))
    assert len(findings(book)) == 1
    book.store.session.execute("delete from unrecorded_changes")
    book.collected(Change("bot", "2", "external", "new prices", "applied", requested=TODAY - 3 * DAY))
    assert findings(book) == []


@pytest.mark.parametrize(
    ("found", "place"),
    [
        ((), None),
        ((2.0,) * 9, None),
        ((2.0, 2.0, 2.0, 3.0, 3.0), 3),
        ((2.0, 2.0, 3.0, 3.0), None),  # two days before are no measure
        ((2.0, 2.0, 2.0, 3.0), None),  # one day since is no price
        ((2.0, 2.0, 2.0, 2.019, 2.019), None),
        ((2.0, 2.0, 2.0, 2.021, 2.021), 3),
        ((2.0, 2.2, 2.0, 3.0, 3.0), None),
        ((2.0, 2.0, 2.0, 3.0, 2.9), None),
        ((1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 3.0), 6),
    ],
)
def test_a_price_steps_where_it_is_steady_before_and_since(found: Sequence[float], place: int | None) -> None:
    assert step(found) == place


@given(st.lists(st.sampled_from([1.0, 1.5, 3.0]), max_size=9), st.sampled_from([0.5, 2.0, 1024.0]))
def test_the_currency_of_a_price_does_not_matter(found: list[float], rate: float) -> None:
    assert step([each * rate for each in found]) == step(found)
