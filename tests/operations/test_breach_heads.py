"""Breaches of one failure mode are one: the detector's leads, a symptom's are under its cause's, counts count heads."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from operations.breaches import breaches
from operations.portfolio import portfolio
from operations.rows import BreachRow
from operations.settings import System
from operations.systems import system
from store.detection_records import EpisodeState
from store.records import Breach
from tests.making import made
from tests.operations.stores import NOW, Store

HOUR = timedelta(hours=1)
BOT = System("bot", "Ada", tier=2)


def rule(name: str, mode: str = "", **fields: object) -> Breach:
    """Make the open breach of a threshold."""
    breach = Breach(
        name, "bot", name, "monitoring", "m", "warning", "open", "above", NOW - HOUR, NOW, opened=NOW - HOUR, mode=mode
    )
    return replace(breach, **fields)  # type: ignore[arg-type]  # of Breach


def detector(mode: str, **fields: object) -> Breach:
    """Make the open breach of a detector."""
    return replace(rule(f"of-{mode}", mode, **fields), rule=f"detector:{mode}")


def listed(store: Store, held: Sequence[Breach], **heads: str) -> dict[str, BreachRow]:
    """Store breaches, and under which mode's breach each mode is open; give all that is listed, by id."""
    store.described([BOT])
    store.session.append(Breach.TABLE, held)
    day = date(2026, 11, 22)
    state = made(EpisodeState, system="bot", day=day, handled=None, opened=day, calm=0)
    store.session.append(EpisodeState.TABLE, [replace(state, mode=mode, head=head) for mode, head in heads.items()])
    store.refreshed()
    return {each.breach_id: each for each in store.session.rows(BreachRow, "from breach_list")}


def heads(rows: dict[str, BreachRow]) -> dict[str, str]:
    return {name: each.head for name, each in rows.items()}


def test_the_detectors_breach_leads_those_of_thresholds_of_its_mode(store: Store) -> None:
    found = listed(
        store, [rule("a", "FM3", severity="critical", since=NOW - 9 * HOUR), detector("FM3"), rule("b", "FM3")]
    )
    assert heads(found) == {"a": "of-FM3", "of-FM3": "of-FM3", "b": "of-FM3"}
    assert found["of-FM3"].children == 2


def test_without_a_detectors_breach_the_worst_leads_then_the_oldest(store: Store) -> None:
    held = [rule("a", "FM3"), rule("b", "FM3", since=NOW - 2 * HOUR), rule("c", "FM3", severity="critical")]
    assert set(heads(listed(store, held)).values()) == {"c"}
    store.session.execute("delete from breaches where breach_id = 'c'")
    assert set(heads(listed(store, [])).values()) == {"b"}


def test_the_breaches_of_a_symptom_are_under_its_cause(store: Store) -> None:
    held = [detector("FM4"), rule("empty", "FM4"), rule("grounded", "FM3"), detector("FM7"), rule("cost", "FM7")]
    found = listed(store, held, FM4="FM4", FM3="FM4", FM7="FM7", FM1="")
    assert heads(found) == {
        "of-FM4": "of-FM4", "empty": "of-FM4", "grounded": "of-FM4", "of-FM7": "of-FM7", "cost": "of-FM7",
    }  # fmt: skip
    assert (found["of-FM4"].children, found["of-FM7"].children) == (2, 1)


def test_a_mode_whose_episode_is_over_stands_alone_again(store: Store) -> None:
    assert heads(listed(store, [detector("FM4"), rule("grounded", "FM3")], FM4="FM4", FM3="")) == {
        "of-FM4": "of-FM4", "grounded": "grounded",
    }  # fmt: skip


def test_the_head_has_the_worst_severity_of_all_that_belongs_to_it(store: Store) -> None:
    found = listed(store, [detector("FM3"), rule("a", "FM3", severity="critical"), rule("b", "FM5")])
    assert {name: each.severity for name, each in found.items()} == {
        "of-FM3": "critical", "a": "critical", "b": "warning",
    }  # fmt: skip


def test_rules_without_a_mode_stand_alone(store: Store) -> None:
    found = listed(store, [rule("a"), rule("b"), detector("FM3")])
    assert heads(found) == {"a": "a", "b": "b", "of-FM3": "of-FM3"}
    assert {each.children for each in found.values()} == {0}


@pytest.mark.parametrize(
    "fields", [{"state": "closed", "closed": NOW}, {"state": "candidate", "opened": None}, {"system": "desk"}]
)
def test_what_is_over_not_confirmed_or_of_another_system_belongs_to_nothing(
    store: Store, fields: dict[str, object]
) -> None:
    found = listed(store, [detector("FM3"), rule("a", "FM3", severity="critical", **fields)])
    assert heads(found) == {"of-FM3": "of-FM3", "a": "a"}
    assert (found["of-FM3"].children, found["of-FM3"].severity) == (0, "warning")


@pytest.mark.parametrize("state", ["closing", "unknown"])
def test_what_is_closing_or_unknown_still_belongs(store: Store, state: str) -> None:
    assert listed(store, [detector("FM3", state=state), rule("a", "FM3", state=state)])["a"].head == "of-FM3"


def test_every_list_and_count_is_of_heads(store: Store) -> None:
    held = [detector("FM4"), rule("a", "FM4", severity="critical"), rule("b", "FM3"), rule("c"), detector("FM7")]
    listed(store, held, FM4="FM4", FM3="FM4")
    store.acknowledged("of-FM7")
    store.refreshed()
    names = ["of-FM4", "c", "of-FM7"]
    assert [each.breach_id for each in breaches(store.session, NOW)] == names
    (row,) = portfolio(store.session, NOW)
    assert (row.open_breaches, row.critical, row.mode) == (3, 1, "FM4")
    page = system(store.session, "bot", NOW)
    assert page is not None
    assert {each.breach_id for each in page.breaches} == set(names)
    counted = "select critical_unacknowledged, warning_unacknowledged from breach_counts"
    assert store.session.execute(counted) == [(1, 1)]


def test_a_breach_names_the_event_that_it_shares(store: Store) -> None:
    assert listed(store, [detector("FM1", event="model north")])["of-FM1"].event == "model north"
