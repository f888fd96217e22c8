"""Hours that cost several times what they usually do: the rule on both sides, known at once, and never for good."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from operations.detection import Settings
from operations.detectors import cost_creep
from operations.evidence import EVENT, Bench
from operations.given import KNOWN, Given
from operations.hourly import TIMES, peaks
from operations.settings import System
from operations.told import Told
from operations.tracks import Track
from store.records import Breach, Sample
from tests.operations.runs import day, history
from tests.operations.stores import NOW, TODAY, Store

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
BOT = System("bot", "Ada", tier=2)
COST = Sample("bot", "llmops.cost", "sum", NOW, 0.0, "USD", period=3600)


def costs(value: float | None, *before: float | None, ends: datetime = TODAY) -> list[Sample]:
    """Make one hour, and the same hour of the weeks before, newest first."""
    return [
        replace(COST, seen=ends - week * WEEK, value=each)
        for week, each in enumerate((value, *before))
        if each is not None
    ]


def peak(store: Store, ends: datetime = TODAY, extra: Sequence[Given] = ()) -> Told | None:
    """Give the hour that stands out of the day before a time."""
    found = peaks(store.session, (*extra, *KNOWN), TODAY - timedelta(days=1), ends, ["bot"])
    assert len(found) <= 1
    return found[0] if found else None


def told(store: Store) -> tuple[float, float | None, str] | None:
    found = peak(store)
    return (found.values[-1], found.counts[-1], found.texts[-1]) if found else None


# What is usual


@pytest.mark.parametrize(
    ("before", "usual"),
    [
        ((10.0, 8.0, 12.0, 11.0), 10.5),
        ((10.0, 10.0, 10.0), 10.0),
        ((10.0, None, 20.0, 30.0), 20.0),
        ((100.0, 10.0, 10.0, 10.0, 999.0, 999.0), 10.0),  # only four weeks are asked, one spike hides nothing
        ((0.0, 0.0, 0.0, 0.0), 0.0),
    ],
)
def test_usual_is_the_median_of_the_same_hour_in_the_four_weeks_before(
    store: Store, before: Sequence[float | None], usual: float
) -> None:
    store.collected(*costs(30.0, *before))
    assert told(store) == (30.0, usual, "23:00Z")


@pytest.mark.parametrize("before", [(), (10.0, 10.0), (10.0, None, None, 10.0), (None, None, 10.0, 10.0, 10.0)])
def test_what_is_usual_is_not_known_from_fewer_than_three_of_four_weeks(
    store: Store, before: Sequence[float | None]
) -> None:
    store.collected(*costs(30.0, *before))
    assert told(store) == (30.0, 0.0, "")


def test_a_day_without_hours_is_no_day_and_daily_costs_are_no_hours(store: Store) -> None:
    store.collected(*costs(None, 10.0, 10.0, 10.0), replace(COST, seen=TODAY, value=99.0, period=86_400))
    assert told(store) is None


# Which hour of a day stands out


def test_of_several_hours_the_dearest_over_three_times_the_usual_stands_out(store: Store) -> None:
    store.collected(
        *costs(900.0, 400.0, 400.0, 400.0, ends=TODAY - 3 * HOUR),  # dearer, and usual
        *costs(40.0, 10.0, 10.0, 10.0, ends=TODAY - 2 * HOUR),
        *costs(5.0, 0.1, 0.1, 0.1, ends=TODAY - HOUR),  # further from the usual, and cheaper
        *costs(3.0, None, 1.0, ends=TODAY),
    )
    assert told(store) == (40.0, 10.0, "21:00Z")


def test_without_any_the_one_nearest_to_it_does(store: Store) -> None:
    store.collected(
        *costs(20.0, 10.0, 10.0, 10.0, ends=TODAY - HOUR), *costs(0.2, 0.3, 0.3, 0.3), *costs(0.0, 0.0, 0.0, 0.0)
    )
    assert told(store) == (20.0, 10.0, "22:00Z")


def test_an_entry_may_name_another_metric_and_its_scale(store: Store) -> None:
    store.collected(*(replace(each, metric="app.cents") for each in costs(4000.0, 1000.0, 1000.0, 1000.0)))
    found = peak(store, extra=[Given("spend_hour", "app.cents", "sum", "hour", scale=0.01)])
    assert found is not None
    assert (found.values, found.counts) == ((40.0,), (10.0,))


# The rule


def spoken(value: float, usual: float, text: str = "14:00Z", ago: int = 0, floor: float = 5.0) -> list[str]:
    """Say what the rule says of a day whose newest hour is so many days old."""
    track = Track("hour", [day(40 - ago)], [value], [usual], [text])
    bench = Bench(history({"spend_hour": track}), {}, 7.5)
    return [each.words for each in cost_creep.spikes(bench, cost_creep.Settings(floor=floor), day(40))]


@pytest.mark.parametrize(
    ("value", "usual", "is_spike"),
    [(30.0, 10.0, False), (30.01, 10.0, True), (5.0, 0.1, False), (5.01, 0.1, True), (5.01, 0.0, True), (0.0, 0.0, False)],
)  # fmt: skip
def test_a_spike_is_over_three_times_what_is_usual_and_over_the_floor(
    value: float, usual: float, *, is_spike: bool
) -> None:
    assert bool(spoken(value, usual)) is is_spike


def test_a_spike_is_a_fact_with_both_figures() -> None:
    assert spoken(42.5, 10.0) == ["42.5 in the hour from 14:00Z, where 10 is usual"]
    bench = Bench(history({"spend_hour": Track("hour", [day(40)], [42.5], [10.0], ["14:00Z"])}), {}, 7.5)
    (each,) = cost_creep.judge(bench, cost_creep.Settings(), day(40), None)
    assert (each.kind, each.margin, each.value, each.usual) == ("event", EVENT, 42.5, 10.0)


def test_an_hour_of_which_nothing_is_usual_yet_and_one_of_another_day_say_nothing() -> None:
    assert spoken(42.5, 0.0, text="") == []
    assert spoken(42.5, 10.0, ago=1) == []
    assert spoken(42.5, 10.0, ago=-1) == []


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(st.integers(0, 1000), min_size=4, max_size=4), value=st.integers(0, 5000))
def test_the_store_chooses_what_the_rule_says(store: Store, before: list[int], value: int) -> None:
    store.collected(*costs(float(value), *map(float, before)))
    found = peak(store)
    assert found is not None
    assert found.counts == (median(before),)
    assert bool(spoken(found.values[0], found.counts[0] or 0.0)) is (value > TIMES * median(before) and value > 5)


# Live


def weeks(store: Store, until: datetime = NOW) -> None:
    """Let five weeks of ordinary hours pass, and judge."""
    hours = int(timedelta(days=35) / HOUR)
    ordinary = (replace(COST, seen=until - place * HOUR, value=2.0 + place % 3 / 10) for place in range(hours))
    store.collected(*ordinary, now=max(until, NOW))


def cost_breach(store: Store) -> Breach | None:
    return next((each for each in store.breaches() if each.mode == "FM7"), None)


def test_a_spike_opens_at_the_next_collection_before_its_day_is_over(store: Store) -> None:
    weeks(store)
    store.detected([BOT])
    assert cost_breach(store) is None
    later = NOW + HOUR
    store.collected(replace(COST, seen=later, value=9.0), now=later)
    store.detected([BOT], later + timedelta(minutes=5))
    found = cost_breach(store)
    assert found is not None
    assert (found.state, found.severity, found.metric, found.value) == ("open", "critical", "spend_hour", 9.0)
    assert found.opened == later + timedelta(minutes=5)
    assert found.since == TODAY
    assert found.note == "cost and token creep: cost of an hour: 9 in the hour from 12:00Z, where 2.2 is usual, likely"


def test_judging_the_same_hour_twice_changes_nothing_and_the_whole_day_finds_the_same(store: Store) -> None:
    weeks(store)
    store.collected(replace(COST, seen=NOW, value=9.0))
    store.detected([BOT])
    tables = ("breaches", "evidence", "episodes", "cells", "baselines")
    before = {table: store.session.execute(f"from {table} order by all") for table in tables}
    store.detected([BOT])
    assert {table: store.session.execute(f"from {table} order by all") for table in tables} == before
    held = cost_breach(store)
    weeks(store, TODAY + timedelta(days=1))
    store.collected(replace(COST, seen=NOW, value=9.0))
    store.detected([BOT], NOW + timedelta(days=1))
    (found,) = store.breaches()
    assert held is not None
    assert (found.breach_id, found.opened, found.value) == (held.breach_id, held.opened, 9.0)


def test_it_closes_after_three_days_of_ordinary_hours(store: Store) -> None:
    weeks(store)
    store.collected(replace(COST, seen=NOW, value=9.0))
    store.detected([BOT])
    states = []
    for ahead in range(1, 5):
        weeks(store, TODAY + timedelta(days=ahead))
        store.collected(replace(COST, seen=NOW, value=9.0))
        store.detected([BOT], NOW + timedelta(days=ahead))
        states.append(getattr(cost_breach(store), "state", ""))
    assert states == ["open", "closing", "closing", "closed"]


def test_a_spike_under_an_open_cause_stays_under_it(store: Store) -> None:
    share = Sample("bot", "llmops.model.response_share", "ratio", NOW, 1.0, n=100, period=86_400)
    named = [
        replace(share, seen=TODAY - timedelta(days=ago), dims={"gen_ai.response.model": "b" if ago < 2 else "a"})
        for ago in range(30)
    ]
    weeks(store)
    store.collected(*named, replace(COST, seen=NOW, value=9.0))
    store.detected([BOT])
    (found,) = store.breaches()
    assert found.mode == "FM1"
    assert found.metric == "model_id"


def test_its_cell_is_blind_until_it_is_known_what_is_usual(store: Store) -> None:
    def reasons() -> str:
        ((reason,),) = store.session.execute("select reason from cells where mode = 'FM7'")
        return str(reason)

    store.detected([BOT])
    assert "no source gives spend_hour" in reasons()
    store.collected(*(replace(COST, seen=TODAY - place * HOUR, value=2.0) for place in range(24 * 10)))
    store.detected([BOT])
    assert "spend_hour: what an hour of the week usually costs is known after three weeks" in reasons()
    weeks(store, TODAY)
    store.detected([BOT])
    assert "spend_hour" not in reasons()
    ((signals,),) = store.session.execute("select signals from cells where mode = 'FM7'")
    assert signals == "spend_hour"


def test_a_floor_may_be_set(store: Store) -> None:
    weeks(store)
    store.collected(replace(COST, seen=NOW, value=9.0))
    store.detected([BOT], settings=Settings(FM7=cost_creep.Settings(floor=9.0)))
    assert cost_breach(store) is None
