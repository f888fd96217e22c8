"""One system in full, the history of its metrics and what happened to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from operations.rows import Mark, Point
from operations.settings import System, Threshold
from operations.statistics import around, wilson
from operations.systems import history, marks, system
from store.records import Change
from store.values import Confirm
from tests.operations.stores import NOW, Store, charge, hours, score, source

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BOT = System("bot", "Ada", tier=1)
SLOW = Threshold("slow", "latency", "above", warning=2.0, critical=4.0, stat="p95", confirm=Confirm(2, 3))
OTHER = Threshold("quiet", "queue", "above", warning=9.0, stat="avg")


def filled(store: Store) -> None:
    store.described([BOT, replace(BOT, name="desk")], [source()])
    store.collected(
        *hours("latency", [1, 5, 5], "p95", unit="s", n=40),
        *hours("latency", [1, 1, 1], "p50", unit="s", dims={"model": "a"}),
        *hours("queue", [1, 2], "last"),
        *hours("hits", [7], "counter"),
        *hours("latency", [9], "p95", system="desk"),
        score(0.9, n=100, passes=90, judge="j", judge_version="3", errors=1),
        score(0.8, DAY, n=100, judge="j", judge_version="3"),
        score(0.7, DAY, judge="j", judge_version="2", eval_run="old", stderr=0.1),
        score(None, DAY, scorer="style", status="error"),
        charge(NOW.replace(hour=0) - DAY, "10"),
        charge(NOW.replace(hour=0) - DAY, "5", line="b"),
        charge(NOW.replace(hour=0) - DAY, "70", basis="invoice"),
        charge(NOW.replace(hour=0) - 40 * DAY, "99"),
        Change("bot", "1", "prompt", "Shorter answers", "pending", requested=NOW - DAY),
        Change("bot", "2", "model", "New model", "applied", requested=NOW - 2 * DAY),
        Change("desk", "3", "model", "Other", "pending"),
    )
    store.judged([SLOW, OTHER], [BOT])


def test_a_system_that_nobody_configured_has_no_page(store: Store) -> None:
    filled(store)
    assert system(store.session, "nobody", NOW) is None


def test_the_page_holds_the_systems_own_facts_and_no_others(store: Store) -> None:
    filled(store)
    page = system(store.session, "bot", NOW)
    assert page is not None
    assert page.row.system == "bot"
    assert [(v.rule, v.state) for v in page.verdicts] == [("slow", "critical"), ("quiet", "ok")]
    assert [(b.rule, b.state, b.owner) for b in page.breaches] == [("slow", "open", "Ada")]
    assert [(c.title, c.state, c.age) for c in page.changes] == [
        ("Shorter answers", "pending", DAY),
        ("New model", "applied", 2 * DAY),
    ]


def test_metrics_carry_the_state_of_the_rule_on_their_statistic(store: Store) -> None:
    filled(store)
    page = system(store.session, "bot", NOW)
    assert page is not None
    found = [(m.metric, m.stat, dict(m.dims), m.value, m.n, m.state, m.warning, m.critical) for m in page.metrics]
    assert found == [
        ("latency", "p95", {}, 5, 40, "critical", 2, 4),
        ("queue", "last", {}, 2, None, "ok", 9, None),
        ("latency", "p50", {"model": "a"}, 1, None, None, None, None),
    ]
    assert list(page.metrics[0].trend) == [1, 5, 5]
    assert (page.metrics[0].seen, page.metrics[0].source) == (NOW, "prom")


def test_costs_are_shown_by_day_and_basis_and_never_added_across_them(store: Store) -> None:
    filled(store)
    page = system(store.session, "bot", NOW)
    assert page is not None
    yesterday = (NOW - DAY).date()
    assert [(c.day, c.basis, c.provenance, c.amount, c.currency, c.lines) for c in page.costs] == [
        (yesterday, "gateway_estimate", "estimated", Decimal(15), "USD", 2),
        (yesterday, "invoice", "invoiced", Decimal(70), "USD", 1),
    ]


def test_scores_by_other_judge_versions_are_rows_of_their_own_with_their_interval(store: Store) -> None:
    filled(store)
    page = system(store.session, "bot", NOW)
    assert page is not None
    newest, older, failed = page.evaluations
    assert (newest.value, newest.n, newest.errors, newest.judge, newest.trend) == (0.9, 100, 1, "j 3", (0.8, 0.9))
    assert (newest.low, newest.high) == wilson(90, 100)
    assert (older.value, older.judge, older.trend) == (0.7, "j 2", (0.7,))
    assert (older.low, older.high) == around(0.7, 0.1)
    assert (failed.scorer, failed.value, failed.status, failed.low, failed.trend) == ("style", None, "error", None, ())


@pytest.mark.parametrize(
    ("fields", "interval"),
    [
        ({"n": 0, "passes": 0}, None),
        ({"n": 10}, None),
        ({"n": 10, "passes": 5, "scale_max": 100.0}, tuple(100 * bound for bound in wilson(5, 10) or ())),
    ],
)
def test_an_interval_is_on_the_scale_of_the_score_or_not_known(
    store: Store, fields: dict[str, object], interval: tuple[float, float] | None
) -> None:
    store.described([BOT])
    store.collected(replace(score(0.5), **fields))  # type: ignore[arg-type]  # of Evaluation
    store.judged([], [BOT])
    page = system(store.session, "bot", NOW)
    assert page is not None
    found = page.evaluations[0]
    assert (found.low, found.high) == (interval or (None, None))


def test_a_day_of_history_is_the_samples_themselves_in_half_open_time(store: Store) -> None:
    store.collected(*hours("latency", [1, 2, 3], "p95"))
    found = history(store.session, "bot", "latency", "p95", {}, NOW - 2 * HOUR, NOW)
    assert found == (Point(NOW - 2 * HOUR, 1, None, None), Point(NOW - HOUR, 2, None, None))


def test_longer_history_is_by_hour_and_by_day_with_what_each_point_stands_for(store: Store) -> None:
    store.collected(*hours("latency", [1, 2, 6], "avg", end=datetime(2026, 11, 22, 23, tzinfo=UTC), n=10))
    by_hour = history(store.session, "bot", "latency", "avg", {}, NOW - 3 * DAY, NOW)
    assert [point.value for point in by_hour] == [1, 2, 6]
    by_day = history(store.session, "bot", "latency", "avg", {}, NOW - 60 * DAY, NOW)
    assert by_day == (Point(datetime(2026, 11, 22, tzinfo=UTC), 3, 1, 6),)


def test_history_is_asked_by_dimensions(store: Store) -> None:
    store.collected(*hours("latency", [1], dims={"b": "2", "a": "é"}), *hours("latency", [5]))
    found = history(store.session, "bot", "latency", "avg", {"a": "é", "b": "2"}, NOW - HOUR, NOW + HOUR)
    assert [point.value for point in found] == [1]


def test_marks_are_breaches_that_opened_and_changes(store: Store) -> None:
    filled(store)
    assert marks(store.session, "bot", NOW - 3 * DAY, NOW) == (
        Mark(NOW - 2 * DAY, "change", "model: New model"),
        Mark(NOW - DAY, "change", "prompt: Shorter answers"),
        Mark(NOW - 2 * HOUR, "breach", "critical: slow"),
    )
    assert marks(store.session, "bot", NOW, NOW + DAY) == ()
