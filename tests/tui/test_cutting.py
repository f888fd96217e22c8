"""While a filter is typed nothing is made twice, and what is shown is never of an earlier time or other records."""

from dataclasses import dataclass
from datetime import timedelta

from tests.tui.screen_store import NOW
from tui.cutting import Cutter
from tui.listing import Cut, Field, Listing
from tui.widgets.columns import Column


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing with a name."""

    name: str


LISTING: Listing[Thing] = Listing(
    name="things",
    natural="as given",
    fields=(
        Field(Column("NAME", 4), lambda thing, _: (thing.name, ""), lambda thing: thing.name),
        Field(Column("TIME", 5), lambda _, now: (f"{now:%H:%M}", ""), lambda _: None),
    ),
    key=lambda thing: thing.name,
    sentence=lambda _thing, _now: (),
    is_problem=lambda _: False,
)
THINGS = [Thing("Apple"), Thing("pear")]


def names(cutter: Cutter, query: str) -> list[str]:
    return [key for key, _ in cutter.cut(LISTING, THINGS, Cut(query), NOW)]


def test_each_letter_filters_the_same_rows() -> None:
    cutter = Cutter()
    assert [names(cutter, query) for query in ("", "a", "ap", "ap !pear", "")] == [
        ["Apple", "pear"], ["Apple", "pear"], ["Apple"], ["Apple"], ["Apple", "pear"],
    ]  # fmt: skip
    assert cutter.cut(LISTING, list(THINGS), Cut(), NOW) is cutter.cut(LISTING, THINGS, Cut(), NOW)


def test_another_minute_another_order_and_other_records_are_made_anew() -> None:
    cutter = Cutter()
    first = cutter.cut(LISTING, THINGS, Cut(), NOW)
    assert cutter.cut(LISTING, THINGS, Cut(), NOW + timedelta(minutes=1))[0][1][1] == ("14:31", "")
    assert [key for key, _ in cutter.cut(LISTING, THINGS, Cut(sort="name", descending=True), NOW)] == ["pear", "Apple"]
    assert cutter.cut(LISTING, THINGS[:1], Cut(), NOW) == first[:1]
    assert cutter.cut(LISTING, THINGS, Cut(problems=True), NOW) == []
