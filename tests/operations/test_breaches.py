"""The life of a breach: candidate, open, closing, closed; silence never closes one."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.breaches import advance, breaches, identity, withdraw
from operations.rules import Rule
from operations.settings import System, Threshold
from operations.thresholds import Evidence, Reading, judge
from store.records import Breach
from store.values import Confirm
from tests.operations.stores import NOW, Store, hours

HOUR = timedelta(hours=1)
RULE = Rule(
    System("bot", "Ada"),
    Threshold("p95", "latency", "above", warning=3.0, critical=4.0, recover=2.0, confirm=Confirm(2, 3)),
)
FLOOR = Rule(
    System("bot", "Ada"), Threshold("quality", "quality", "below", warning=0.9, critical=0.8, confirm=Confirm(1, 1))
)


def step(held: Breach | None, *values: float | None, now: datetime = NOW, rule: Rule = RULE) -> Breach | None:
    """Judge hourly windows (the newest first) and move the breach on."""
    readings = tuple(Reading(now - HOUR * (place + 1), value) for place, value in enumerate(values))
    seen = now if values else None
    return advance(held, rule, judge(rule, Evidence(readings, seen, "s", 3600), now))


def moved(held: Breach | None, *values: float | None, now: datetime = NOW, rule: Rule = RULE) -> Breach:
    found = step(held, *values, now=now, rule=rule)
    assert found is not None
    return found


def opened() -> Breach:
    return moved(None, 5, 5, 1)


def test_nothing_wrong_is_no_breach() -> None:
    assert step(None, 1, 1, 1) is None
    assert step(None, 1, 5, 5) is None
    assert step(None) is None
    assert step(None, None, 5, 5) is None


@pytest.mark.parametrize("values", [(5, 1, 1), (5,), (5, None, 1)])
def test_one_failing_window_is_a_candidate(values: tuple[float | None, ...]) -> None:
    found = moved(None, *values)
    assert (found.state, found.severity, found.opened, found.since) == ("candidate", "critical", None, NOW - HOUR)


def test_a_confirmed_rule_opens_at_once_and_dates_from_its_first_failing_window() -> None:
    found = opened()
    assert (found.state, found.severity, found.opened) == ("open", "critical", NOW)
    assert found.since == NOW - 2 * HOUR
    assert (found.value, found.worst, found.warning, found.critical, found.unit) == (5, 5, 3.0, 4.0, "s")


def test_a_candidate_that_is_confirmed_opens_and_keeps_its_identity_and_beginning() -> None:
    candidate = moved(None, 5, 1, 1)
    found = moved(candidate, 6, 5, 1, now=NOW + HOUR)
    assert (found.state, found.opened, found.since) == ("open", NOW + HOUR, candidate.since)
    assert found.breach_id == candidate.breach_id


def test_a_candidate_stays_one_while_windows_still_fail_and_ends_when_all_are_back() -> None:
    candidate = moved(None, 5, 1, 1)
    waiting = moved(candidate, 1, 5, 1, now=NOW + HOUR)
    assert waiting.state == "candidate"
    ended = moved(waiting, 1, 1, 1, now=NOW + 3 * HOUR)
    assert (ended.state, ended.closed, ended.opened) == ("closed", NOW + 3 * HOUR, None)


def test_a_candidate_confirmed_only_as_a_warning_opens_as_a_warning() -> None:
    candidate = moved(None, 5, 1, 1)
    assert candidate.severity == "critical"
    found = moved(candidate, 3.5, 5, 1, now=NOW + HOUR)
    assert (found.state, found.severity) == ("open", "warning")


def test_severity_rises_and_does_not_sink_while_a_breach_lasts() -> None:
    warning = moved(None, 3.5, 3.5, 1)
    assert warning.severity == "warning"
    critical = moved(warning, 5, 5, 3.5, now=NOW + HOUR)
    assert critical.severity == "critical"
    assert moved(critical, 3.5, 3.5, 3.5, now=NOW + 4 * HOUR).severity == "critical"


def test_the_worst_value_is_kept() -> None:
    later = moved(replace(opened(), worst=9.0), 4.5, 4.4, 4.3, now=NOW + HOUR)
    assert (later.value, later.worst) == (4.5, 9.0)
    below = moved(None, 0.7, rule=FLOOR)
    assert moved(below, 0.5, rule=FLOOR).worst == 0.5
    assert moved(moved(below, 0.5, rule=FLOOR), 0.6, rule=FLOOR).worst == 0.5


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ((2.5, 5, 5), "open"),
        ((1, 5, 5), "closing"),
        ((1, 1, 5), "closing"),
        ((1, 2.5, 1), "closing"),
        ((5, 1, 1), "open"),
        ((1, 1, 1), "closed"),
        ((2.0, 2.0, 2.0), "closed"),
        ((1, 1, None), "closed"),
        ((1, None, None), "closing"),
        ((1, None, 5), "closing"),
    ],
)
def test_a_breach_closes_only_when_its_windows_are_back_past_the_recovery_limit(
    values: tuple[float | None, ...], state: str
) -> None:
    found = moved(opened(), *values, now=NOW + 3 * HOUR)
    assert found.state == state
    assert (found.closed is not None) is (state == "closed")


@pytest.mark.parametrize("values", [(), (None, 1, 1), (None, 5, 5)])
def test_silence_makes_a_breach_unknown_and_never_closes_it(values: tuple[float | None, ...]) -> None:
    found = moved(opened(), *values, now=NOW + HOUR)
    assert (found.state, found.closed) == ("unknown", None)
    assert (found.value, found.worst) == (5, 5)
    assert moved(found, 1, 5, 5, now=NOW + 2 * HOUR).state == "closing"
    assert moved(found, 5, 5, 5, now=NOW + 2 * HOUR).state == "open"


def test_a_silent_candidate_is_a_candidate_again_when_data_returns() -> None:
    silent = moved(moved(None, 5, 1, 1), now=NOW + HOUR)
    assert (silent.state, silent.opened) == ("unknown", None)
    assert moved(silent, 5, 1, 1, now=NOW + 2 * HOUR).state == "candidate"


def test_a_failing_window_among_blind_ones_keeps_what_is_there() -> None:
    assert moved(moved(None, 5, 1, 1), 6, None, None, now=NOW + HOUR).state == "candidate"
    kept = moved(opened(), 6, None, None, now=NOW + HOUR)
    assert (kept.state, kept.value, kept.worst) == ("open", 6, 6)


def test_missing_data_that_the_rule_calls_critical_opens_a_breach_that_data_ends() -> None:
    rule = Rule(RULE.system, replace(RULE.threshold, no_data="critical"))
    found = moved(None, rule=rule)
    assert (found.state, found.severity, found.since, found.value, found.worst) == ("open", "critical", NOW, None, None)
    assert moved(found, rule=rule, now=NOW + HOUR).breach_id == found.breach_id
    assert moved(found, 1, rule=rule, now=NOW + HOUR).state == "closed"


def test_a_rule_that_is_gone_closes_its_breach() -> None:
    found = withdraw(opened(), NOW + HOUR)
    assert (found.state, found.closed, found.note) == ("closed", NOW + HOUR, "the rule is no longer declared")


def test_an_identity_is_made_of_system_rule_and_beginning() -> None:
    assert identity("a", "b", NOW) == identity("a", "b", NOW)
    assert len({identity("a", "b", NOW), identity("ab", "", NOW), identity("a", "b", NOW + HOUR)}) == 3


VALUES = st.sampled_from([None, 1.0, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0])


@given(st.lists(VALUES, min_size=1, max_size=40))
def test_judging_the_same_data_twice_changes_nothing_and_one_breach_at_most_is_open(values: list[float | None]) -> None:
    held: Breach | None = None
    closed: list[Breach] = []
    for hour in range(len(values)):
        now = NOW + HOUR * hour
        windows = values[max(0, hour - 2) : hour + 1][::-1]
        once = step(held, *windows, now=now)
        if once is not None and once.state == "closed":
            closed.append(once)
            held = None
            continue
        assert step(once, *windows, now=now) == once
        if held is not None:
            assert once is not None
            assert once.breach_id == held.breach_id
            assert once.since == held.since
        held = once
    assert all(breach.closed is not None for breach in closed)
    assert len({breach.breach_id for breach in closed}) == len(closed)


@given(st.lists(VALUES, min_size=3, max_size=40))
def test_a_breach_never_closes_on_a_window_without_data(values: list[float | None]) -> None:
    held: Breach | None = opened()
    for hour in range(2, len(values)):
        windows = values[hour - 2 : hour + 1][::-1]
        held = step(held, *windows, now=NOW + HOUR * hour)
        if held is None or held.state == "closed":
            assert windows[0] is not None
            assert windows[0] <= 2.0
            return


def test_breaches_are_listed_worst_first_with_who_answers_and_who_has_seen_them(store: Store) -> None:
    systems = [System("bot", "Ada", tier=1), System("desk", "Bob", tier=3)]
    rules = [
        Threshold("slow", "latency", "above", warning=3.0, critical=4.0),
        Threshold("busy", "queue", "above", warning=3.0),
    ]
    store.collected(
        *hours("latency", [3.5, 3.5]), *hours("queue", [9, 9]), *hours("latency", [5, 5], system="desk"),
        *hours("queue", [1, 9], system="desk"),
    )  # fmt: skip
    store.described(systems)
    found = store.judged(rules, systems)
    slow = next(each for each in found.breaches if each.system == "bot" and each.rule == "slow")
    store.acknowledged(slow.breach_id, "ada", NOW)
    store.acknowledged(slow.breach_id, "bob", NOW + HOUR)
    rows = breaches(store.session, NOW)
    assert [(row.system, row.rule, row.severity, row.state) for row in rows] == [
        ("desk", "slow", "critical", "open"),
        ("bot", "busy", "warning", "open"),
        ("bot", "slow", "warning", "open"),
        ("desk", "busy", "warning", "candidate"),
    ]
    assert [(row.owner, row.tier, row.acknowledged_by, row.acknowledged_at) for row in rows[:3]] == [
        ("Bob", 3, "", None),
        ("Ada", 1, "", None),
        ("Ada", 1, "ada", NOW),
    ]


def test_a_closed_breach_stays_in_the_list_for_a_day_and_a_candidate_that_ended_does_not(store: Store) -> None:
    bot = System("bot", "Ada")
    rule = Threshold("slow", "latency", "above", critical=4.0, confirm=Confirm(1, 1))
    candidate = Threshold("busy", "queue", "above", critical=4.0, confirm=Confirm(2, 2))
    store.described([bot])
    store.collected(*hours("latency", [5]), *hours("queue", [1, 5]))
    store.judged([rule, candidate], [bot])
    later = NOW + HOUR * 3
    store.collected(*hours("latency", [1, 1, 1], end=later), *hours("queue", [1, 1, 1], end=later), now=later)
    store.judged([rule, candidate], [bot], later)
    assert {breach.rule: breach.state for breach in store.breaches()} == {"slow": "closed", "busy": "closed"}
    assert [row.rule for row in breaches(store.session, later)] == ["slow"]
    assert breaches(store.session, later + timedelta(hours=24)) == ()
