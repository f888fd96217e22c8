"""Tables are described once; cutting them never loses what is not known."""

from dataclasses import dataclass
from datetime import datetime

import pytest

from tests.tui.screen_store import NOW
from tui.cutting import Cutter
from tui.listing import Cut, Field, Listing, ordered
from tui.listings.breaches import BREACHES
from tui.listings.changes import CHANGES, host
from tui.listings.details import COSTS, EVALUATIONS, METRICS
from tui.listings.rules import RULES
from tui.listings.sources import SOURCES
from tui.listings.systems import SYSTEMS
from tui.widgets.columns import Column, layout, needed


@dataclass(frozen=True)
class Thing:
    name: str
    size: int | None


THINGS = [Thing("b", 2), Thing("c", None), Thing("a", 9)]
LISTING: Listing[Thing] = Listing(
    name="things",
    natural="as it comes",
    fields=(
        Field(Column("NAME", 4), lambda thing, _: (thing.name, ""), lambda thing: thing.name),
        Field(Column("SIZE", 4), lambda thing, _: (str(thing.size), ""), lambda thing: thing.size),
    ),
    key=lambda thing: thing.name,
    sentence=lambda thing, _: [(thing.name, "plain")],
    is_problem=lambda thing: thing.size is None,
)
ALL = (SYSTEMS, BREACHES, CHANGES, SOURCES, METRICS, EVALUATIONS, COSTS, RULES)


def names(cut: Cut, now: datetime = NOW) -> list[str]:
    return [row[0] for row in Cutter().cut(LISTING, THINGS, cut, now)]


def test_without_a_cut_rows_keep_their_order() -> None:
    assert names(Cut()) == ["b", "c", "a"]


def test_sorting_puts_the_unknown_last_in_both_directions() -> None:
    assert names(Cut(sort="size")) == ["b", "a", "c"]
    assert names(Cut(sort="size", descending=True)) == ["a", "b", "c"]


def test_sorting_by_a_column_that_is_not_there_changes_nothing() -> None:
    assert ordered(LISTING, THINGS, Cut(sort="colour")) is THINGS


def test_problems_and_filter_are_applied_together() -> None:
    assert names(Cut(problems=True)) == ["c"]
    assert names(Cut(problems=True, query="a")) == []
    assert names(Cut(query="name:a")) == ["a"]


def test_the_same_column_again_turns_the_order_round() -> None:
    cut = Cut().by("size")
    assert (cut.sort, cut.descending) == ("size", False)
    assert cut.by("size").descending
    assert not cut.by("size").by("name").descending


def test_the_notes_say_how_the_table_is_cut() -> None:
    assert Cut().notes(LISTING, 3, 3) == ("sort: as it comes", "3")
    cut = Cut("x", "size", descending=True, problems=True)
    assert cut.notes(LISTING, 1, 3) == ("problems only", "filter: x", "sort: size down", "1/3")


def test_columns_can_be_left_out() -> None:
    assert [column.key for column in LISTING.without(frozenset({"size"})).columns] == ["name"]
    assert LISTING.without(frozenset()) is LISTING


@pytest.mark.parametrize("listing", ALL, ids=lambda listing: listing.name)
def test_every_table_fits_eighty_columns(listing: Listing[object]) -> None:
    placed = layout(listing.columns, 80)
    assert needed(listing.columns, [each.index for each in placed]) <= 80


@pytest.mark.parametrize("listing", ALL, ids=lambda listing: listing.name)
def test_every_column_has_a_word_of_its_own(listing: Listing[object]) -> None:
    keys = [column.key for column in listing.columns]
    assert len(set(keys)) == len(keys)


def test_what_may_not_be_missing_on_the_first_screen_is_never_dropped() -> None:
    kept = [SYSTEMS.columns[each.index].key for each in layout(SYSTEMS.columns, 56)]
    assert kept[:2] == ["state", "system"]
    assert {"quality", "breaches"} <= set(kept)


@pytest.mark.parametrize(
    ("url", "shown"),
    [("https://git.example/x/1", "git.example"), ("not a link", "not a link"), ("", ""), ("http://[broken", "http://[broken")],
)  # fmt: skip
def test_a_link_is_shown_by_its_host(url: str, shown: str) -> None:
    assert host(url) == shown
