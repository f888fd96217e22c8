"""Health by domain and rolled up: what nobody evaluates is unknown, and unknown outranks ok."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.health import Facts, Health, Spend, Tally, health, rolled_up, working_days, worst
from operations.outlook import Outlook
from operations.rows import DOMAINS
from store.records import State
from tests.operations.stores import NOW

KEPT = Tally(rules=2)
BUDGET = Decimal(100)
RANGE = "of the month's budget (P10-P90 80-99%)"
STATES: tuple[State, ...] = ("critical", "warning", "unknown", "ok")
PACE = Outlook("quantiles", 0.8, 0.9, 0.99)
SPEND = Spend(Decimal(50), BUDGET, PACE, NOW)
GOOD = Facts(
    tallies={"monitoring": KEPT, "evaluation": KEPT}, spend=SPEND, has_changes=True, has_evaluations=True
)  # fmt: skip


def state_of(domain: str, **fields: object) -> tuple[str, str]:
    found = health(replace(GOOD, **fields), NOW)[domain]  # type: ignore[arg-type,index]  # of Facts
    return found.state, found.reason


def test_a_system_that_is_watched_in_every_domain_is_ok() -> None:
    found = health(GOOD, NOW)
    assert {domain: each.state for domain, each in found.items()} == dict.fromkeys(DOMAINS, "ok")
    assert rolled_up(found).state == "ok"


def test_a_system_that_nobody_watches_is_unknown_in_every_domain() -> None:
    found = health(Facts(), NOW)
    assert {domain: each.state for domain, each in found.items()} == dict.fromkeys(DOMAINS, "unknown")
    assert [found[domain].reason for domain in DOMAINS] == [
        "no rule",
        "no rule can tell whether there is one",
        "no rule and no budget",
        "no source shows changes",
        "not evaluated",
    ]


@pytest.mark.parametrize(
    ("tally", "state", "reason"),
    [
        (Tally(), "unknown", "no rule"),
        (Tally(3, 1, 1, 1, "p95 5 s over 4 s"), "critical", "p95 5 s over 4 s (1 of 3 rules critical)"),
        (Tally(3, 0, 1, 1, "p95 3 s over 2 s"), "warning", "p95 3 s over 2 s (1 of 3 rules in warning)"),
        (Tally(1, 0, 0, 1, "no data"), "unknown", "no data (1 of 1 rule cannot tell)"),
        (Tally(1), "ok", "1 rule kept"),
        (Tally(3), "ok", "3 rules kept"),
    ],
)
def test_the_rules_of_a_domain_speak_for_it_worst_first(tally: Tally, state: str, reason: str) -> None:
    tallies = {"monitoring": tally, "evaluation": tally}
    assert state_of("monitoring", tallies=tallies) == (state, reason)
    assert state_of("evaluation", tallies=tallies) == (state, reason)


@pytest.mark.parametrize("domain", ["incidents", "costs", "changes"])
def test_rules_of_any_domain_count_beside_what_it_computes(domain: str) -> None:
    tallies = {**GOOD.tallies, domain: Tally(1, 1, note="bad")}
    assert state_of(domain, tallies=tallies) == ("critical", "bad (1 of 1 rule critical)")


def test_a_failed_or_overdue_collection_makes_monitoring_unknown_but_hides_no_alarm() -> None:
    assert state_of("monitoring", failed_sources=("prom", "mlflow")) == ("unknown", "collection failed: prom, mlflow")
    assert state_of("monitoring", overdue_sources=("prom",)) == ("unknown", "collection overdue: prom")
    alarmed = {"monitoring": Tally(1, 1, note="bad")}
    assert state_of("monitoring", tallies=alarmed, failed_sources=("prom",))[0] == "critical"


@pytest.mark.parametrize(
    ("critical", "unacknowledged", "warning", "state", "reason"),
    [
        (2, 1, 0, "critical", "1 critical breach not acknowledged"),
        (2, 2, 1, "critical", "2 critical breaches not acknowledged"),
        (2, 0, 1, "warning", "2 critical breaches acknowledged"),
        (0, 0, 1, "warning", "1 breach not acknowledged"),
        (0, 0, 0, "ok", "no open breach waits"),
    ],
)
def test_incidents_are_the_breaches_that_wait_for_somebody(
    critical: int, unacknowledged: int, warning: int, state: str, reason: str
) -> None:
    found = state_of(
        "incidents",
        critical_breaches=critical,
        critical_unacknowledged=unacknowledged,
        warning_unacknowledged=warning,
    )
    assert found == (state, reason)


def test_no_incident_is_only_said_where_a_rule_could_tell() -> None:
    blind = {"monitoring": Tally(2, unknown=2, note="no data")}
    assert state_of("incidents", tallies=blind) == ("unknown", "no rule can tell whether there is one")


@pytest.mark.parametrize(
    ("spend", "state", "reason"),
    [
        (Spend(), "unknown", "no rule and no budget"),
        (Spend(budget=BUDGET), "unknown", "no cost known"),
        (replace(SPEND, newest=NOW - timedelta(days=3)), "ok", f"pace 90% {RANGE}"),
        (replace(SPEND, newest=NOW - timedelta(days=3, seconds=1)), "unknown", "costs known up to 3d ago only"),
        (replace(SPEND, pace=None), "ok", "within budget; too early to forecast"),
        (replace(SPEND, cost=None, pace=None), "ok", "within budget; too early to forecast"),
        (replace(SPEND, pace=replace(PACE, middle=1.0)), "ok", f"pace 100% {RANGE}"),
        (replace(SPEND, pace=replace(PACE, middle=1.01)), "warning", f"pace 101% {RANGE}"),
        (
            replace(SPEND, pace=Outlook("quantiles", 1.0, 1.2, 1.3)),
            "warning",
            "pace 120% of the month's budget (P10-P90 100-130%)",
        ),
        (
            replace(SPEND, pace=Outlook("quantiles", 1.01, 1.2, 1.3)),
            "critical",
            "pace 120% of the month's budget (P10-P90 101-130%)",
        ),
        (
            replace(SPEND, pace=Outlook("scenarios", 1.01, 1.2, 1.3)),
            "warning",
            "pace 120% of the month's budget (scenarios 101-130%)",
        ),
        (replace(SPEND, cost=BUDGET), "ok", f"pace 90% {RANGE}"),
        (replace(SPEND, cost=BUDGET + Decimal("0.01")), "critical", "the month's budget is spent"),
    ],
)
def test_money_is_judged_against_the_months_budget(spend: Spend, state: str, reason: str) -> None:
    assert state_of("costs", spend=spend) == (state, reason)


def test_a_rule_on_costs_is_enough_without_a_budget() -> None:
    tallies = {**GOOD.tallies, "costs": Tally(1)}
    assert state_of("costs", tallies=tallies, spend=Spend()) == ("ok", "1 rule kept")


@pytest.mark.parametrize(
    ("waiting", "state"),
    [
        (timedelta(days=6, hours=23), "ok"),  # since Monday last week, almost the sixth working day
        (timedelta(days=7), "ok"),
        (timedelta(days=8), "warning"),
        (timedelta(days=30), "warning"),
    ],
)
def test_a_change_may_wait_five_working_days(waiting: timedelta, state: str) -> None:
    assert state_of("changes", pending_changes=1, oldest_change=NOW - waiting)[0] == state


def test_changes_say_how_many_wait_and_how_long() -> None:
    assert state_of("changes", pending_changes=2, oldest_change=NOW - timedelta(days=9)) == (
        "warning",
        "2 changes waiting, the oldest for 9d",
    )
    assert state_of("changes", pending_changes=1, oldest_change=NOW) == ("ok", "1 change waiting")
    assert state_of("changes") == ("ok", "no change waits")
    assert state_of("changes", has_changes=False, tallies={"changes": Tally(1)}) == ("ok", "1 rule kept")


def test_scores_without_a_rule_are_not_evaluated() -> None:
    assert state_of("evaluation", tallies={}) == ("unknown", "no rule")
    assert state_of("evaluation", tallies={}, has_evaluations=False) == ("unknown", "not evaluated")


@pytest.mark.parametrize(("first", "second"), list(product(STATES, STATES)))
def test_the_worst_of_two_wins_and_unknown_outranks_ok(first: State, second: State) -> None:
    expected = STATES[min(STATES.index(first), STATES.index(second))]
    assert worst([Health(first, ""), Health(second, "")]).state == expected


def test_nothing_at_all_is_unknown() -> None:
    assert worst([]).state == "unknown"


def test_the_roll_up_names_the_worst_domain() -> None:
    domains = health(replace(GOOD, has_changes=False, failed_sources=("prom",)), NOW)
    assert rolled_up(domains) == Health("unknown", "monitoring: collection failed: prom")


FRIDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        (FRIDAY, FRIDAY, 0),
        (FRIDAY, FRIDAY + timedelta(days=1), 0),
        (FRIDAY, FRIDAY + timedelta(days=3), 1),
        (FRIDAY, FRIDAY + timedelta(days=7), 5),
        (FRIDAY, FRIDAY + timedelta(days=14), 10),
        (FRIDAY + timedelta(days=3), FRIDAY + timedelta(days=4), 1),
        (FRIDAY, FRIDAY - timedelta(days=2), 0),
    ],
)
def test_working_days_are_counted_from_monday_to_friday(since: datetime, until: datetime, days: int) -> None:
    assert working_days(since, until) == days


@given(st.integers(0, 400), st.integers(0, 400))
def test_more_time_never_has_fewer_working_days(days: int, more: int) -> None:
    shorter = working_days(FRIDAY, FRIDAY + timedelta(days=days))
    assert shorter <= working_days(FRIDAY, FRIDAY + timedelta(days=days + more))
