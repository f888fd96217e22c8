"""What an intended change brought is accepted after a week; without a change nothing is, however long it lasts."""

from dataclasses import replace

import pytest

from operations.baselines import RUNS
from operations.remembered import thawed
from store.detection_records import FrozenBaseline
from store.records import Breach, Change, Event
from tests.operations.lives import BOT, DAY, START, breaches, collect, live, noon_after, pass_over, steady
from tests.operations.stores import Store, score

QUIET = steady(32, refusal=0.05, age=24.0)
MOVED = steady(40, refusal=0.3, age=24.0)
CHANGED = START + 32 * DAY
CHANGE = Change("bot", "guard-7", "guardrail", "Stricter policy", "applied", "eve", CHANGED)


def baseline(store: Store, signal: str = "refusal") -> tuple[int, int]:
    """Give the runs of the baseline of a signal, and on which day it begins."""
    asked = {"signal": signal}
    (row,) = store.session.rows(FrozenBaseline, "select * from baselines where signal = $signal", asked)
    held = thawed(row.content)
    return held.runs, (held.first - START.date()).days


def state(store: Store) -> str:
    return breaches(store)["FM6"].state


def passed(store: Store, runs: int, *changes: Change) -> Breach:
    """Let quiet weeks pass, and so many days at another level; changes are known from the beginning."""
    collect(store, QUIET)
    store.collected(*changes, now=START)
    store.detected([BOT], noon_after(31))
    live(store, MOVED[:runs], 32)
    return breaches(store)["FM6"]


def test_a_breach_that_began_with_a_recorded_change_is_open_for_a_week_and_then_accepted(store: Store) -> None:
    found = passed(store, 8, CHANGE)
    assert (found.state, baseline(store)) == ("open", (RUNS, 0))
    live(store, MOVED[:1], 40)
    (closed,) = store.breaches()
    assert (closed.state, closed.breach_id) == ("closed", found.breach_id)
    assert closed.note.endswith(
        "; closed: accepted by change " + _id(store) + " (Stricter policy); new baseline from after it"
    )
    assert baseline(store) == (7, 33)
    assert baseline(store, "index_age_h") == (RUNS, 0)


def test_what_comes_after_is_held_against_what_is_new_and_the_baseline_grows_to_its_length(store: Store) -> None:
    passed(store, 40, CHANGE)
    assert [each.state for each in store.breaches()] == ["closed"]
    assert baseline(store) == (28, 33)
    live(store, steady(4, refusal=0.6), 72)
    assert [each.state for each in store.breaches()] == ["closed", "open"]


def test_without_a_change_no_breach_is_accepted_however_long_it_lasts(store: Store) -> None:
    assert passed(store, 40).state == "open"
    assert baseline(store) == (RUNS, 0)


@pytest.mark.parametrize("days", [-6, 6])
def test_a_change_that_is_not_near_the_beginning_explains_nothing(store: Store, days: int) -> None:
    assert passed(store, 14, replace(CHANGE, requested=CHANGED + days * DAY)).state == "open"


@pytest.mark.parametrize("given", ["pending", "rejected", "withdrawn"])
def test_a_change_that_nobody_approved_explains_nothing(store: Store, given: str) -> None:
    assert passed(store, 14, replace(CHANGE, state=given)).state == "open"  # type: ignore[arg-type]  # states as text


def test_an_alarm_that_somebody_called_true_is_not_accepted(store: Store) -> None:
    found = passed(store, 5, CHANGE)
    store.session.append("events", [Event("v" * 32, "verdict", found.breach_id, "true", "ada", 1, 1, noon_after(36))])
    live(store, MOVED[:20], 37)
    assert state(store) == "open"


def test_an_attack_that_got_through_is_never_accepted(store: Store) -> None:
    attacks = [{"seen": START + place * DAY + DAY / 2, "value": 1.0 if place < 32 else 0.9} for place in range(50)]
    store.collected(
        *(score(each["value"], now=each["seen"], n=50, suite="red", scorer="refused_attacks") for each in attacks),  # type: ignore[arg-type]
        CHANGE,
    )  # fmt: skip
    store.detected([BOT], noon_after(49))
    assert state(store) == "open"


def test_judged_at_once_the_same_is_accepted_on_the_same_day(store: Store) -> None:
    collect(store, [*QUIET, *MOVED[:20]])
    store.collected(CHANGE, now=START)
    store.detected([BOT], noon_after(51))
    (found,) = store.breaches()
    assert (found.state, found.closed) == ("closed", START + 41 * DAY)
    assert baseline(store)[1] == 33


# Names


def test_a_model_that_a_later_record_leads_to_is_no_finding_any_more(store: Store) -> None:
    pass_over(store, [*steady(32, model="north-1"), *steady(5, model="north-2")])
    assert breaches(store)["FM1"].state == "open"
    late = Change("bot", "ext-1", "external", "north-2", "applied", "eve", START + 37 * DAY, to_ref="north-2")
    store.collected(late, now=START + 37 * DAY)
    live(store, steady(4, model="north-2"), 37)
    assert breaches(store)["FM1"].state == "closed"


def test_a_record_that_leads_elsewhere_explains_no_other_model(store: Store) -> None:
    pass_over(store, [*steady(32, model="north-1"), *steady(5, model="north-2")])
    late = Change("bot", "ext-1", "external", "north-3", "applied", "eve", START + 37 * DAY, to_ref="north-3")
    store.collected(late, now=START + 37 * DAY)
    live(store, steady(6, model="north-2"), 37)
    assert breaches(store)["FM1"].state == "open"


# Signals that appear while a mode is open


def test_a_signal_that_appears_while_a_mode_is_open_gets_a_baseline_and_it_does_not_grow(store: Store) -> None:
    pass_over(store, [*QUIET, *MOVED[:2]])
    assert state(store) == "open"
    live(store, steady(16, refusal=0.3, empty=0.02), 34)
    found = store.session.rows(FrozenBaseline, "select * from baselines where signal = 'retrieval_empty'")
    assert [thawed(each.content).runs for each in found] == [7]


def _id(store: Store) -> str:
    ((found,),) = store.session.execute("select change_id from changes")
    return str(found)
