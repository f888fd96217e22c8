"""The queue of changes that wait."""

from datetime import timedelta

import pytest

from operations.approvals import of_system, pending
from operations.settings import System
from store.records import Change
from tests.operations.stores import NOW, Store

DAY = timedelta(days=1)


def change(title: str, risk: str = "", system: str = "two", days: int = 1, **fields: object) -> Change:
    return Change(system, title, "prompt", title, risk=risk, requested=NOW - DAY * days, **fields)  # type: ignore[arg-type]  # of Change


def queue(store: Store) -> list[str]:
    return [row.title for row in pending(store.session, NOW)]


def test_the_riskiest_waits_first_and_of_equals_the_oldest(store: Store) -> None:
    store.described([System("two", "Ada", tier=2)])
    store.collected(
        change("low", "low", days=90), change("young", "high"), change("old", "High ", days=3), change("critical", "CRITICAL"),
        change("moderate", "moderate", days=2), change("medium", "medium"), change("done", "critical", state="approved"),
    )  # fmt: skip
    assert queue(store) == ["critical", "old", "young", "moderate", "medium", "low"]


@pytest.mark.parametrize(("tier", "place"), [(1, 1), (2, 3), (3, 5)])
def test_without_a_risk_the_tier_says_what_is_at_stake(store: Store, tier: int, place: int) -> None:
    store.described([System("two", "Ada", tier=2), System("new", "Bob", tier=tier)])  # type: ignore[arg-type]  # 1, 2 or 3
    named = [change(risk, risk) for risk in ("critical", "high", "medium", "low")]
    store.collected(*named, change("new", "", system="new", days=2))
    assert queue(store).index("new") == {1: 1, 3: 2, 5: 3}[place]


def test_a_change_carries_who_answers_and_how_long_it_waits(store: Store) -> None:
    store.described([System("two", "Ada", tier=1)])
    store.collected(
        Change("two", "x", "model", "New model", author="bob", from_ref="v1", to_ref="v2", content="diff", content_hash="h", url="http://x"),
        source="mlflow",
    )  # fmt: skip
    (row,) = pending(store.session, NOW + DAY)
    assert (row.owner, row.tier, row.age, row.requested) == ("Ada", 1, DAY, None)
    assert (row.author, row.change_class, row.state, row.source) == ("bob", "model", "pending", "mlflow")
    assert (row.from_ref, row.to_ref, row.content, row.content_hash, row.url) == ("v1", "v2", "diff", "h", "http://x")


def test_a_change_of_a_system_that_left_the_portfolio_still_waits(store: Store) -> None:
    store.collected(change("orphan"))
    assert [(row.owner, row.tier) for row in pending(store.session, NOW)] == [("", 3)]


def test_a_systems_changes_are_those_that_wait_then_those_settled_since(store: Store) -> None:
    store.collected(change("waits"), change("done", state="applied"), change("other", system="else"))
    since = NOW - 30 * DAY
    assert [row.title for row in of_system(store.session, "two", since, NOW)] == ["waits", "done"]
    assert [row.title for row in of_system(store.session, "two", NOW + DAY, NOW)] == ["waits"]


def test_a_systems_changes_that_wait_are_by_risk_then_age_and_the_settled_ones_newest_first(store: Store) -> None:
    store.collected(change("first", "low", days=5, state="applied"), change("low", "low", days=9), now=NOW - DAY)
    store.collected(
        change("second", "high", state="applied"), change("young", "high"), change("old", "high", days=3), source="git"
    )
    found = of_system(store.session, "two", NOW - 30 * DAY, NOW)
    assert [row.title for row in found] == ["old", "young", "low", "second", "first"]
