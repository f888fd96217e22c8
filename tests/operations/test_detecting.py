"""Detectors over a real store: frozen baselines, breaches from opened to closed, silence that is no recovery."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from operations.baselines import Baseline
from operations.remembered import frozen_row, thawed
from operations.settings import System
from store.detection_records import FrozenBaseline
from store.records import Change
from tests.operations.lives import BOT, DAY, START, breaches, collect, live, noon_after, pass_over, states, steady
from tests.operations.stores import NOW, TODAY, Store, days

TABLES = ("baselines", "cells", "episodes", "evidence", "breaches")
OLD, FRESH = 90.0, 24.0
"""Hours: of an index that is late, and of one that is not."""


def everything(store: Store, *tables: str) -> dict[str, list[tuple[object, ...]]]:
    asked = tables or TABLES
    return {table: store.session.execute(f"select * from {table} order by all") for table in asked}  # noqa: S608 - ours


def baselines(store: Store) -> dict[tuple[str, str], Baseline]:
    found = store.session.rows(FrozenBaseline, "select * from baselines")
    return {(each.signal, each.dim): thawed(each.content) for each in found}


def runs(store: Store) -> Mapping[str, int]:
    return {signal: each.runs for (signal, _), each in baselines(store).items()}


def cell(store: Store, mode: str) -> tuple[str, str]:
    ((state, reason),) = store.session.execute("select state, reason from cells where mode = $mode", {"mode": mode})
    return state, reason


QUIET = steady(32, age=FRESH, refusal=0.05)
LATE = steady(1, age=OLD, refusal=0.05)


# Doing it twice, and all at once


def test_judging_the_same_day_twice_changes_nothing(store: Store) -> None:
    collect(store, [*QUIET, *LATE * 3])
    store.detected([BOT], noon_after(34))
    before = everything(store)
    assert [len(before[table]) for table in TABLES] == [2, 8, 8, 1, 1]
    store.detected([BOT], noon_after(34))
    assert everything(store) == before


def test_a_first_collection_of_two_months_finds_what_sixty_daily_ones_found(store: Store) -> None:
    told = [
        *steady(33, age=FRESH, refusal=0.05, golden=0.9, model="north-1"),
        *steady(4, age=OLD, refusal=0.05, golden=0.9, model="north-1"),
        *steady(14, age=FRESH, refusal=0.05, golden=0.6, model="north-1"),
        *steady(9, age=FRESH, refusal=0.3, golden=0.6, model="north-2"),
    ]
    live(store, told)
    daily = everything(store, "cells", "episodes")
    held, found = baselines(store), {each.breach_id: replace(each, judged=NOW) for each in store.breaches()}
    for table in TABLES:
        store.session.execute(f"delete from {table}")  # noqa: S608 - ours
    store.detected([BOT], noon_after(len(told) - 1))
    assert baselines(store) == held
    assert {each.breach_id: replace(each, judged=NOW) for each in store.breaches()} == found
    assert sorted((each.mode, each.state) for each in found.values()) == [
        ("FM1", "open"), ("FM4", "closed"), ("FM6", "open"),
    ]  # fmt: skip
    assert everything(store, "cells", "episodes") == daily


def test_days_that_went_by_unjudged_are_judged_with_all_that_was_known_then(store: Store) -> None:
    pass_over(store, QUIET)
    pass_over(store, [*LATE * 3, *steady(60, age=FRESH, refusal=0.05)], 32)
    (held,) = store.breaches()
    assert (held.state, held.since, held.closed) == ("closed", START + 32 * DAY, START + 38 * DAY)


# Baselines


def test_a_baseline_is_frozen_once_whatever_comes_later(store: Store) -> None:
    pass_over(store, QUIET)
    before = everything(store, "baselines")
    live(store, steady(20, age=FRESH + 1, refusal=0.051), len(QUIET))
    assert everything(store, "baselines") == before
    assert baselines(store)["refusal", ""].last == (START + 27 * DAY).date()


def test_a_provisional_baseline_becomes_a_whole_one(store: Store) -> None:
    lengths = {}
    collect(store, steady(32, age=FRESH))
    for number in (7, 8, 14, 15, 28, 29, 32):
        store.detected([BOT], noon_after(number - 1))
        lengths[number] = runs(store).get("index_age_h", 0)
    assert list(lengths.values()) == [0, 7, 7, 14, 14, 28, 28]


def test_a_provisional_baseline_does_not_grow_while_a_breach_is_open(store: Store) -> None:
    pass_over(store, [*steady(10, age=FRESH), *steady(30, age=OLD)])
    assert runs(store) == {"index_age_h": 7}
    assert cell(store, "FM4")[1].startswith(
        "no source gives retrieval_empty; no source gives top_sim_p50; index_age_h: baseline"
    )
    pass_over(store, steady(3, age=FRESH), 40)
    assert runs(store) == {"index_age_h": 7}
    pass_over(store, steady(1, age=FRESH), 43)
    assert runs(store) == {"index_age_h": 28}


def test_a_signal_that_comes_later_gets_a_baseline_of_its_own_first_runs(store: Store) -> None:
    pass_over(store, QUIET)
    before = baselines(store)["refusal", ""]
    pass_over(store, steady(9, age=FRESH, refusal=0.05, empty=0.02), len(QUIET))
    assert runs(store) == {"index_age_h": 28, "refusal": 28, "retrieval_empty": 7}
    assert baselines(store)["refusal", ""] == before


def test_late_data_of_days_that_were_judged_changes_no_baseline_and_opens_nothing(store: Store) -> None:
    told = steady(32, age=FRESH, refusal=0.05)
    for place, day in enumerate(told):
        collect(store, [day] if place != 3 else [], place)
    store.detected([BOT], noon_after(31))
    before = everything(store, "baselines", "breaches")
    collect(store, [told[3]], 0)
    collect(store, steady(1, age=FRESH, refusal=0.9), 12)
    pass_over(store, steady(2, age=FRESH, refusal=0.05), 32)
    assert everything(store, "baselines", "breaches") == before


def test_a_baseline_is_the_same_when_it_is_read_again() -> None:
    made = Baseline("logit", 28, date(2026, 9, 1), date(2026, 9, 28), 1 / 3, 0.1, ids=("a", "b"), between=1e-300)
    row = frozen_row("bot", ("topic", "x"), made, NOW)
    assert thawed(row.content) == made
    assert (row.system, row.signal, row.dim, row.frozen, row.reason) == (
        "bot", "topic", "x", NOW, "28 runs from 2026-09-01 on",
    )  # fmt: skip


def test_a_share_that_loses_its_n_is_another_quantity_and_gets_another_baseline(store: Store) -> None:
    collect(store, steady(32, refusal=0.05))
    store.detected([BOT], noon_after(31))
    assert baselines(store)["refusal", ""].form in {"count", "logit"}
    store.collected(*days("llmops.refusal_ratio", [0.05, 0.051] * 35, end=START + 70 * DAY))
    store.detected([BOT], noon_after(69))
    assert baselines(store)["refusal", ""].form == "plain"
    assert "refusal: its n is not known" in cell(store, "FM6")[1]
    assert store.breaches() == []


# Breaches


def test_a_breach_opens_moves_on_is_closing_and_closes_after_three_calm_days(store: Store) -> None:
    pass_over(store, QUIET)
    found = live(store, [{"age": each, "refusal": 0.05} for each in (OLD, 120.0, FRESH, FRESH, FRESH, FRESH)], 32)
    assert states(found) == ["open", "open", "closing", "closing", "closed", ""]
    held = breaches(store)["FM4"]
    assert (held.since, held.opened, held.closed) == (START + 32 * DAY, START + 33 * DAY, START + 37 * DAY)
    assert (held.metric, held.worst) == ("index_age_h", 120.0)
    assert held.note.endswith("; closed: nothing speaks for it any more")


def test_a_breach_that_closed_opens_again_as_another(store: Store) -> None:
    pass_over(store, [*QUIET, *LATE, *QUIET[:4], *LATE])
    assert [(each.state, each.since) for each in store.breaches()] == [
        ("closed", START + 32 * DAY), ("open", START + 37 * DAY),
    ]  # fmt: skip


def test_a_breach_is_unknown_when_its_signal_stops_and_open_again_when_it_comes_back(store: Store) -> None:
    pass_over(store, [*QUIET, *LATE])
    silent = live(store, steady(6, refusal=0.05), 33)
    assert states(silent) == ["open", "open", "unknown", "unknown", "unknown", "unknown"]
    assert states(live(store, LATE, 39)) == ["open"]
    assert len(store.breaches()) == 1


def test_a_breach_is_unknown_where_nothing_comes_at_all(store: Store) -> None:
    pass_over(store, [*QUIET, *LATE])
    assert states([store.detected([BOT], noon_after(each)) for each in (33, 36, 90, 600)]) == [
        "open", "unknown", "unknown", "unknown",
    ]  # fmt: skip
    assert cell(store, "FM4")[0] == "blind"
    assert "index_age_h: nothing any more" in cell(store, "FM4")[1]


def test_silence_closes_no_breach_however_long_it_lasts_while_others_go_on(store: Store) -> None:
    pass_over(store, [*QUIET, *LATE])
    pass_over(store, steady(63, refusal=0.05), 33)
    assert states(live(store, steady(4, refusal=0.05), 96)) == ["unknown"] * 4
    assert cell(store, "FM4") == (
        "blind",
        "no source gives retrieval_empty; no source gives top_sim_p50; index_age_h: nothing any more",
    )
    assert [each.state for each in store.breaches()] == ["unknown"]


def test_a_symptom_outlives_its_cause_under_the_breach_of_the_cause(store: Store) -> None:
    collect(store, [*steady(32, age=FRESH, grounded=0.9), *steady(2, age=OLD, grounded=0.5)])
    collect(store, steady(6, age=FRESH, grounded=0.5), 34)
    store.detected([BOT], noon_after(33))
    found = store.detected([BOT], noon_after(39))
    assert [(each.mode, each.state, each.metric) for each in store.breaches()] == [("FM4", "open", "grounded")]
    assert {each.mode: each.head for each in found.episodes if each.opened} == {"FM3": "FM4"}


def test_a_model_that_changes_without_a_record_is_an_event_and_with_one_is_none(store: Store) -> None:
    told = [*steady(5, model="north-1"), *steady(3, model="north-2")]
    store.collected(Change("desk", "1", "model", "to north-2", "applied", requested=START + 5 * DAY))
    collect(store, told)
    collect(store, told, system="desk")
    found = store.detected([BOT, System("desk", "Ada")], noon_after(7))
    assert [(each.system, each.mode, each.value) for each in found.breaches] == [("bot", "FM1", None)]
    assert found.breaches[0].note == (
        "vendor model change: the model that answers: north-1 -> north-2 with no recorded change, likely"
    )


def test_three_systems_on_one_model_are_one_event(store: Store) -> None:
    systems = [System(name, "Ada", depends_on=("model:north",)) for name in ("a", "b", "c")]
    for system in systems:
        collect(store, [*steady(5, model="north-1"), *steady(2, model="north-2")], system=system.name)
    found = store.detected(systems, noon_after(6))
    assert [each.event for each in found.breaches] == ["model north"] * 3
    assert [each.event for each in store.detected(systems, noon_after(6)).breaches] == ["model north"] * 3


# Systems


def test_a_system_that_leaves_has_its_breaches_closed_and_no_cells(store: Store) -> None:
    pass_over(store, [*QUIET, *LATE])
    store.detected([System("desk", "Ada")], noon_after(33))
    held = breaches(store)["FM4"]
    assert (held.state, held.closed) == ("closed", noon_after(33))
    assert held.note.endswith("; closed: the system left the portfolio")
    assert store.session.execute("select distinct system from cells") == [("desk",)]
    assert not store.detected([System("desk", "Ada")], noon_after(34)).breaches


def test_a_system_that_comes_back_has_its_baseline_still_and_the_same_breach(store: Store) -> None:
    pass_over(store, [*QUIET, *LATE])
    before, held = everything(store, "baselines"), breaches(store)["FM4"]
    store.detected([System("desk", "Ada")], noon_after(33))
    store.detected([BOT], noon_after(33))
    assert everything(store, "baselines") == before
    assert [(each.breach_id, each.state) for each in store.breaches()] == [(held.breach_id, "open")]


def test_a_system_without_any_history_is_blind_and_has_no_episodes(store: Store) -> None:
    found = store.detected([BOT])
    assert {each.state for each in found.cells} == {"blind"}
    assert [*found.episodes, *found.baselines, *found.breaches, *found.evidence] == []


def test_what_is_judged_of_one_system_is_nothing_to_another(store: Store) -> None:
    desk = System("desk", "Ada", tier=1)
    collect(store, QUIET)
    collect(store, [*QUIET, *LATE], system="desk")
    found = store.detected([BOT, desk], noon_after(32))
    assert [(each.system, each.mode, each.severity) for each in found.breaches] == [("desk", "FM4", "critical")]
    assert len(found.cells) == 16


@pytest.mark.parametrize("hour", [0, 23])
def test_a_day_is_judged_when_it_is_over_and_not_before(store: Store, hour: int) -> None:
    collect(store, [*QUIET, *LATE])
    today = START + 32 * DAY
    assert not store.detected([BOT], today + timedelta(hours=hour)).breaches
    assert len(store.detected([BOT], today + DAY).breaches) == 1
    assert today < TODAY
