"""One rule judged on its windows: each side of every limit, too few, too old, nothing at all."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.rules import Rule
from operations.settings import System, Threshold
from operations.thresholds import Evidence, Judgement, Reading, judge, passes, stale_after
from store.values import Confirm, Duration
from tests.operations.stores import NOW

HOUR = timedelta(hours=1)
P95 = Threshold("p95", "latency", "above", warning=3.0, critical=4.0, stat="p95", confirm=Confirm(1, 1))
FLOOR = Threshold("quality", "quality", "below", warning=0.9, critical=0.8, confirm=Confirm(1, 1))


def evidence(*values: float | None, n: int | None = 100, **fields: object) -> Evidence:
    """Hold hourly windows, the newest first."""
    readings = tuple(
        Reading(NOW - HOUR * (place + 1), value, n if value is not None else None) for place, value in enumerate(values)
    )
    base = Evidence(readings, NOW, "s", 3600, source="prom")
    return replace(base, **fields)  # type: ignore[arg-type]  # of Evidence


def judged(threshold: Threshold, found: Evidence) -> Judgement:
    return judge(Rule(System("bot", "Ada"), threshold), found, NOW)


@pytest.mark.parametrize(
    ("threshold", "value", "state"),
    [
        (P95, 2.99, "ok"), (P95, 3.0, "ok"), (P95, 3.0000001, "warning"), (P95, 4.0, "warning"), (P95, 4.01, "critical"),
        (FLOOR, 0.91, "ok"), (FLOOR, 0.9, "ok"), (FLOOR, 0.899, "warning"), (FLOOR, 0.8, "warning"), (FLOOR, 0.79, "critical"),
        (replace(P95, warning=None), 4.0, "ok"), (replace(P95, warning=None), 4.1, "critical"),
        (replace(P95, critical=None), 400.0, "warning"), (replace(P95, critical=None, warning=None), 400.0, "ok"),
    ],
)  # fmt: skip
def test_each_side_of_every_limit(threshold: Threshold, value: float, state: str) -> None:
    assert judged(threshold, evidence(value)).verdict.state == state


def test_a_value_on_the_limit_is_said_to_be_no_breach() -> None:
    assert (
        judged(P95, evidence(3.0)).verdict.note == "p95 of latency 3 s is exactly the limit, which is no breach, n=100"
    )


def test_a_breach_says_value_limit_windows_and_n() -> None:
    rule = replace(P95, confirm=Confirm(2, 3))
    verdict = judged(rule, evidence(4.8, 4.5, 1.0, n=812)).verdict
    assert verdict.state == "critical"
    assert verdict.note == "p95 of latency 4.8 s over 4 s in 2 of 3 windows of 1h, n=812"
    assert (verdict.value, verdict.warning, verdict.critical, verdict.n) == (4.8, 3.0, 4.0, 812)
    assert (verdict.seen, verdict.judged, verdict.unit, verdict.stat) == (NOW, NOW, "s", "p95")


def test_a_breach_in_a_single_window_names_the_window() -> None:
    assert judged(FLOOR, evidence(0.7, n=None)).verdict.note == "quality 0.7 s under 0.8 s in a window of 1h"


def test_a_kept_rule_says_its_value_and_its_limit() -> None:
    assert judged(P95, evidence(1.2)).verdict.note == "p95 of latency 1.2 s, limit 3 s, n=100"
    without = replace(P95, warning=None, critical=None)
    assert judged(without, evidence(1.2)).verdict.note == "p95 of latency 1.2 s, no limit is declared, n=100"


@pytest.mark.parametrize(
    ("values", "state", "is_confirmed"),
    [
        ((5, 5, 5), "critical", True),
        ((5, 5, 1), "critical", True),
        ((5, 1, 5), "critical", True),
        ((5, 3.5, 1), "warning", True),
        ((3.5, 5, 5), "warning", True),
        ((3.5, 3.5, 1), "warning", True),
        ((5, 1, 1), "ok", False),
        ((1, 5, 5), "ok", False),
        ((1, 1, 1), "ok", False),
        ((5, None, 1), "unknown", False),
        ((5, None, None), "unknown", False),
        ((5,), "unknown", False),
        ((5, 5), "critical", True),
        ((5, None, 5), "critical", True),
        ((1, None, None), "ok", False),
        ((1,), "ok", False),
        ((None, 5, 5), "unknown", False),
    ],
)
def test_two_of_three_windows_confirm(values: tuple[float | None, ...], state: str, *, is_confirmed: bool) -> None:
    found = judged(replace(P95, confirm=Confirm(2, 3)), evidence(*values))
    assert found.verdict.state == state
    assert found.is_confirmed is is_confirmed
    assert len(found.windows) == 3


def test_windows_before_the_first_sample_are_blind_and_follow_each_other() -> None:
    found = judged(replace(P95, confirm=Confirm(2, 3)), evidence(5))
    assert [window.start for window in found.windows] == [NOW - HOUR, NOW - 2 * HOUR, NOW - 3 * HOUR]
    assert found.verdict.note == (
        "p95 of latency 5 s over 3 s in 1 of 3 windows of 1h, 2 without enough data: cannot confirm 2 of 3 yet, n=100"
    )


def test_one_window_of_three_is_told_but_alarms_nobody() -> None:
    found = judged(replace(P95, confirm=Confirm(2, 3)), evidence(5, 1, 1))
    assert (
        found.verdict.note == "p95 of latency 5 s over 3 s in 1 of 3 windows of 1h, not confirmed (2 of 3 asked), n=100"
    )


def test_a_rule_that_has_just_been_kept_again_says_what_came_before() -> None:
    found = judged(replace(P95, confirm=Confirm(2, 3)), evidence(1, 5, 5))
    assert found.verdict.note == "p95 of latency 1 s, limit 3 s; 2 of the last 3 windows failed, n=100"


@pytest.mark.parametrize(
    ("stat", "min_n", "n", "state"),
    [
        ("p95", 30, 30, "critical"),
        ("p95", 30, 29, "unknown"),
        ("p95", 30, None, "unknown"),
        ("p95", 1, None, "critical"),
        ("p95", 1, 0, "unknown"),
        ("sum", 1, 0, "critical"),
        ("count", 1, 0, "critical"),
        ("sum", 2, 1, "unknown"),
        ("sum", 2, 2, "critical"),
    ],
)
def test_too_few_is_unknown(stat: str, min_n: int, n: int | None, state: str) -> None:
    rule = replace(P95, min_n=min_n, stat=stat)  # type: ignore[arg-type]  # statistics as text
    assert judged(rule, evidence(9.0, n=n)).verdict.state == state


def test_too_few_says_how_many_there_are_and_how_many_are_needed() -> None:
    rule = replace(P95, min_n=30)
    assert judged(rule, evidence(9.0, n=29)).verdict.note == "p95 of latency: n=29, the rule needs 30"
    assert judged(rule, evidence(9.0, n=None)).verdict.note == "p95 of latency: n is not known, the rule needs 30"


def test_no_data_is_unknown_and_names_the_source_that_failed() -> None:
    verdict = judged(P95, Evidence(trouble="source prom failed (auth)")).verdict
    assert verdict.state == "unknown"
    assert verdict.note == "no data for p95 of latency; source prom failed (auth)"
    assert verdict.value is None
    assert judged(P95, Evidence()).verdict.note == "no data for p95 of latency"


@pytest.mark.parametrize("policy", ["unknown", "warning", "critical"])
def test_no_data_follows_the_rules_policy(policy: str) -> None:
    rule = replace(P95, no_data=policy)  # type: ignore[arg-type]  # policies as text
    found = judged(rule, Evidence())
    assert found.verdict.state == policy
    assert found.is_confirmed is (policy != "unknown")
    assert ("the rule calls that" in found.verdict.note) is (policy != "unknown")


@pytest.mark.parametrize(
    ("age", "stale", "state"),
    [
        (timedelta(hours=3), None, "critical"),
        (timedelta(hours=3, seconds=1), None, "unknown"),
        (timedelta(minutes=10), Duration(600), "critical"),
        (timedelta(minutes=10, seconds=1), Duration(600), "unknown"),
    ],
)
def test_data_may_be_three_windows_old_or_as_declared(age: timedelta, stale: Duration | None, state: str) -> None:
    found = judged(replace(P95, stale_after=stale), evidence(9.0, seen=NOW - age))
    assert found.verdict.state == state


def test_stale_data_says_its_age_and_what_was_allowed() -> None:
    found = judged(P95, evidence(9.0, seen=NOW - timedelta(hours=5)))
    assert found.verdict.note == "no data for 5h (allowed 3h)"
    assert found.verdict.seen == NOW - timedelta(hours=5)


@pytest.mark.parametrize(("window", "cadence", "hours"), [(3600, 0, 3), (3600, 86_400, 48), (86_400, 3_600, 72)])
def test_a_slow_source_may_be_slower(window: int, cadence: int, hours: int) -> None:
    assert stale_after(P95, Evidence(window=window, cadence=cadence)) == timedelta(hours=hours)


def test_what_cannot_be_computed_is_unknown_whatever_the_policy() -> None:
    rule = replace(P95, no_data="critical")
    found = judged(rule, evidence(9.0, problem="costs in EUR and USD are never added", trouble="source x failed"))
    assert found.verdict.state == "unknown"
    assert found.verdict.note == "costs in EUR and USD are never added; source x failed"


def test_fresh_data_without_a_window_is_unknown() -> None:
    assert judged(P95, Evidence(seen=NOW)).verdict.note == "no window of p95 of latency could be read"


@pytest.mark.parametrize(
    ("threshold", "value", "state"),
    [(P95, 9.0, "critical"), (P95, 1.0, "unknown"), (FLOOR, 0.95, "ok"), (FLOOR, 0.1, "unknown")],
)
def test_a_floor_is_judged_only_where_it_is_certain(threshold: Threshold, value: float, state: str) -> None:
    reading = Reading(NOW - HOUR, value, 50, is_floor=True)
    assert judged(threshold, evidence(readings=(reading,))).verdict.state == state


def test_a_floor_that_cannot_be_judged_says_so() -> None:
    reading = Reading(NOW - HOUR, 1.0, 50, is_floor=True)
    note = judged(P95, evidence(readings=(reading,))).verdict.note
    assert note == "p95 of latency is at least 1 s (the source's largest bucket): cannot tell"


@pytest.mark.parametrize(
    ("direction", "value", "state"),
    [("above", 9.0, "critical"), ("above", 1.0, "ok"), ("below", 9.0, "ok"), ("below", 1.0, "unknown")],
)
def test_a_sum_with_periods_missing_is_only_a_lower_bound(direction: str, value: float, state: str) -> None:
    rule = Threshold("requests", "requests", direction, warning=5.0, critical=5.0, stat="sum", confirm=Confirm(1, 1))  # type: ignore[arg-type]  # directions as text
    found = judged(rule, evidence(readings=(Reading(NOW - HOUR, value, is_whole=False),)))
    assert found.verdict.state == state
    assert ("periods are missing" in found.verdict.note) is (state == "unknown")


def test_a_remark_of_the_evidence_is_told() -> None:
    assert judged(P95, evidence(1.0, remark="2 newer runs failed")).verdict.note.endswith("; 2 newer runs failed")


@pytest.mark.parametrize(
    ("recover", "value", "is_recovered"),
    [(None, 3.0, True), (None, 3.1, False), (2.0, 2.0, True), (2.0, 2.1, False), (3.5, 3.4, False), (2.0, 1.0, True)],
)
def test_a_window_has_recovered_when_the_recovery_limit_is_crossed_back(
    recover: float | None, value: float, *, is_recovered: bool
) -> None:
    found = judged(replace(P95, recover=recover), evidence(value))
    assert found.windows[0].is_recovered is is_recovered


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(NUMBERS, NUMBERS)
def test_no_value_is_both_above_and_below_a_limit(value: float, limit: float) -> None:
    assert [passes("above", value, limit), passes("below", value, limit), value == limit].count(True) == 1


@given(NUMBERS, NUMBERS, NUMBERS)
def test_worse_is_never_judged_milder(first: float, second: float, limit: float) -> None:
    rank = {"ok": 0, "warning": 1, "critical": 2}
    rule = replace(P95, warning=limit, critical=limit + abs(limit) / 10)
    milder, worse = sorted((first, second))
    assert rank[judged(rule, evidence(milder)).verdict.state] <= rank[judged(rule, evidence(worse)).verdict.state]


@given(st.lists(st.none() | st.floats(0, 10), max_size=5), st.integers(1, 4), st.integers(0, 3))
def test_ok_is_never_said_without_a_value_in_the_newest_window(
    values: list[float | None], hits: int, more: int
) -> None:
    found = judged(replace(P95, confirm=Confirm(hits, hits + more)), evidence(*values))
    if not values or values[0] is None:
        assert found.verdict.state == "unknown"
    if found.is_confirmed:
        assert sum(value is not None and value > 3 for value in values) >= hits
