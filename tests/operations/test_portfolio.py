"""The first screen's rows and its one line, from a real store."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from operations.portfolio import board, portfolio, summary
from operations.rows import DOMAINS, SystemRow
from operations.settings import System, Threshold
from store.records import Change
from store.values import Confirm, Duration
from tests.operations.stores import NOW, Store, charge, hours, score, source

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BOT = System("bot", "Ada", title="Support bot", deputy="Bob", tier=1, monthly_budget=Decimal(1000), headline="quality")
LATENCY = "gen_ai.client.operation.duration"
SLOW = Threshold("slow", LATENCY, "above", warning=2.0, critical=4.0, stat="p95", mode="FM7", confirm=Confirm(2, 3))
SCORE = Threshold("score", "evaluation:quality", "below", warning=0.8, window=Duration(86_400), domain="evaluation")


def row_of(store: Store, system: str = "bot") -> SystemRow:
    return next(row for row in portfolio(store.session, NOW) if row.system == system)


def healthy(store: Store) -> None:
    """Fill in a system that is ok in every domain."""
    store.described([BOT], [source()])
    store.collected(
        *hours(LATENCY, [1.0] * 30, "p95", unit="s", n=50),
        *hours("llmops.errors", [1], "sum"),
        *hours("llmops.requests", [200], "sum"),
        *(score(0.9 + hour / 1000, DAY * hour, n=100, passes=90) for hour in range(5, -1, -1)),
        *(charge(NOW.replace(hour=0) - DAY * ago, "10") for ago in range(1, 23)),
        Change("bot", "1", "prompt", "Shorter answers", "applied"),
    )
    store.judged([SLOW, SCORE], [BOT])


def test_a_healthy_system_is_quiet_and_shows_its_figures(store: Store) -> None:
    healthy(store)
    row = row_of(store)
    assert row.reasons["changes"] == "no change waits"
    assert row.domains == dict.fromkeys(DOMAINS, "ok")
    assert (row.state, row.headline, row.since, row.mode) == ("ok", "quiet: no confirmed breach", None, "")
    assert (row.title, row.tier, row.owner, row.deputy) == ("Support bot", 1, "Ada", "Bob")
    assert (row.environment, row.stage) == ("production", "live")
    assert (row.quality, row.quality_n, row.quality_name) == (0.9, 100, "quality")
    assert (row.latency_p95, row.error_ratio, row.newest) == (1.0, 0.005, NOW)
    assert (row.cost_month, row.budget, row.currency, row.provenance) == (
        Decimal(220),
        Decimal(1000),
        "USD",
        "estimated",
    )
    assert row.pace == pytest.approx(220 / 22 * 30 / 1000)
    assert (row.rules, row.unknown_rules, row.open_breaches, row.critical, row.pending_changes) == (2, 0, 0, 0, 0)
    assert (len(row.trend), row.trend[-1], row.trend_name) == (6, 0.9, "quality")


def test_a_breach_is_told_in_a_sentence_with_its_beginning(store: Store) -> None:
    store.described([BOT], [source()])
    store.collected(*hours(LATENCY, [1, 5, 5], "p95", unit="s"))
    store.judged([SLOW, SCORE], [BOT])
    row = row_of(store)
    assert (row.state, row.mode, row.open_breaches, row.critical) == ("critical", "FM7", 1, 1)
    assert row.headline == f"{LATENCY} 5 s over 4 s since 2026-11-23 10:00Z"
    assert row.since == NOW - 2 * HOUR
    assert (row.rules, row.unknown_rules) == (2, 1)


def test_a_breach_that_recovers_says_so_and_the_worse_of_two_is_told(store: Store) -> None:
    store.described([BOT], [source()])
    store.collected(*hours(LATENCY, [3, 3, 3], "p95", unit="s"))
    store.judged([SLOW], [BOT])
    store.collected(*hours(LATENCY, [1], "p95", unit="s", end=NOW + HOUR), now=NOW + HOUR)
    store.judged([SLOW], [BOT], NOW + HOUR)
    row = next(iter(portfolio(store.session, NOW + HOUR)))
    assert row.state == "warning"
    assert row.headline == f"{LATENCY} 1 s, recovering; breached since 2026-11-23 09:00Z"


def test_a_breach_without_data_says_that_it_cannot_be_told(store: Store) -> None:
    store.described([BOT], [source()])
    store.collected(*hours(LATENCY, [5, 5, 5], "p95", unit="s"))
    store.judged([SLOW], [BOT])
    later = NOW + 5 * HOUR
    store.judged([SLOW], [BOT], later)
    row = next(iter(portfolio(store.session, later)))
    assert row.headline == (f"{LATENCY}: no data for 5h (allowed 3h); breached since 2026-11-23 09:00Z")


def test_a_breach_of_missing_data_is_told_by_its_note(store: Store) -> None:
    store.described([BOT], [source()])
    store.collected(state="complete")
    store.judged([replace(SLOW, no_data="critical")], [BOT])
    assert row_of(store).headline == (
        f"no data for p95 of {LATENCY}; the rule calls that critical since 2026-11-23 12:00Z"
    )


def test_a_breach_of_a_rule_with_one_limit_is_compared_with_it(store: Store) -> None:
    store.described([BOT], [source()])
    store.collected(score(0.7))
    only = replace(SCORE, warning=None, critical=0.8, confirm=Confirm(1, 1))
    store.judged([only], [BOT])
    assert row_of(store).headline == "quality 0.7 under 0.8 since 2026-11-22 12:00Z"
    store.judged([replace(only, warning=0.9, critical=None)], [BOT])
    assert row_of(store).headline.startswith("quality 0.7, recovering") is False


def test_a_worse_state_than_the_breach_is_told_instead(store: Store) -> None:
    store.described([replace(BOT, monthly_budget=Decimal(5))], [source()])
    store.collected(*hours(LATENCY, [3, 3, 3], "p95"), *(charge(NOW.replace(hour=0) - DAY, "10"),))
    store.judged([SLOW], [BOT])
    row = row_of(store)
    assert (row.state, row.headline) == ("critical", "costs: the month's budget is spent")
    assert row.mode == "FM7"


def test_a_failing_rule_without_a_breach_names_its_mode(store: Store) -> None:
    store.described([BOT], [source()])
    store.collected(*hours(LATENCY, [3, 3, 3], "p95"))
    store.judged([SLOW], [BOT])
    store.session.execute("delete from breaches")
    store.refreshed()
    assert row_of(store).mode == "FM7"


def test_a_system_without_anything_is_unknown_in_every_number(store: Store) -> None:
    store.described([System("bot", "Ada", headline="quality")])
    store.judged([], [])
    row = row_of(store)
    assert (row.state, row.headline) == ("unknown", "monitoring: no rule")
    assert (row.quality, row.quality_n, row.quality_name) == (None, None, "quality")
    assert (row.latency_p95, row.error_ratio, row.cost_month, row.pace, row.newest) == (None, None, None, None, None)
    assert (row.trend, row.trend_name, row.provenance) == ((), "", "")


def test_systems_stand_worst_first_then_by_breaches_tier_and_name(store: Store) -> None:
    names = ("ok", "slow", "slower", "tier one", "a tier two", "blind")
    systems = [System(name, "Ada", tier=1 if name == "tier one" else 2) for name in names]
    store.described(systems, [source(systems=", ".join(names))])
    rules = [
        replace(SLOW, critical=None, systems=("slow", "tier one", "a tier two")),
        replace(SLOW, name="b", systems=("slower",)),
        replace(SLOW, name="c", systems=("slow",)),
    ]
    for name in names[1:5]:
        store.collected(*hours(LATENCY, [5, 5, 5], "p95", system=name))
    store.judged(rules, systems)
    assert [row.system for row in portfolio(store.session, NOW)] == [
        "slow",
        "slower",
        "tier one",
        "a tier two",
        "blind",
        "ok",
    ]


@pytest.mark.parametrize(
    ("headline", "judged", "expected"),
    [
        ("quality", False, (0.7, "quality")),
        ("golden/quality", False, (0.9, "quality")),
        ("canary/quality", False, (0.7, "quality")),
        ("missing", False, (None, "missing")),
        ("", False, (0.7, "quality")),
        ("", True, (0.5, "style")),
        ("llmops.answered", False, (0.97, "llmops.answered")),
    ],
)
def test_quality_is_what_the_headline_names(
    store: Store, headline: str, *, judged: bool, expected: tuple[float | None, str]
) -> None:
    system = replace(BOT, headline=headline)
    store.described([system], [source()])
    store.collected(
        score(0.9), score(0.7, HOUR, suite="canary"), score(0.5, scorer="style"), score(0.1, slice="de", scorer="slice"),
        *hours("llmops.answered", [0.95, 0.97], "ratio", n=400),
    )  # fmt: skip
    store.judged([replace(SCORE, metric="evaluation:golden/style")] if judged else [], [system])
    row = row_of(store)
    assert (row.quality, row.quality_name) == expected


def test_the_line_is_the_headline_metrics_else_the_latencys_where_scores_have_none(store: Store) -> None:
    systems = [
        replace(BOT, name=name, headline=headline)
        for name, headline in (("a", "answered"), ("b", "quality"), ("c", ""))
    ]
    store.described(systems, [source()])
    for name in "abc":
        store.collected(
            *hours(LATENCY, [1.0, 2.0, 3.0], "p95", system=name), *hours("answered", [0.8, 0.9], "ratio", system=name)
        )
    store.collected(score(0.9, system="b"))
    store.judged([], systems)
    rows = {row.system: row for row in portfolio(store.session, NOW)}
    assert (rows["a"].trend, rows["a"].trend_name) == ((0.8, 0.9), "answered")
    assert (rows["b"].trend, rows["b"].trend_name) == ((1.0, 2.0, 3.0), "latency p95")
    assert (rows["c"].trend, rows["c"].trend_name) == ((1.0, 2.0, 3.0), "latency p95")


@pytest.mark.parametrize(
    ("errors", "requests", "ratio", "expected"),
    [(2, 100, None, 0.02), (2, 0, None, None), (2, None, 0.3, 0.3), (None, None, 0.3, 0.3), (2, 100, 0.3, 0.02)],
)
def test_the_share_of_errors_comes_from_both_sums_where_they_are_known(
    store: Store, errors: float | None, requests: float | None, ratio: float | None, expected: float | None
) -> None:
    store.described([BOT], [source()])
    store.collected(
        *hours("llmops.errors", [errors], "sum"), *hours("llmops.requests", [requests], "sum"),
        *hours("llmops.error_ratio", [ratio], "ratio"), *hours("gen_ai.server.request.duration", [2.5], "p95"),
    )  # fmt: skip
    store.judged([], [BOT])
    row = row_of(store)
    assert (row.error_ratio, row.latency_p95) == (expected, 2.5)


def test_the_summary_counts_what_burns_what_waits_and_what_cannot_be_believed(store: Store) -> None:
    healthy(store)
    systems = [BOT, replace(BOT, name="desk", headline=""), replace(BOT, name="web", monthly_budget=None)]
    sources = [source("prom", "bot, desk"), source("mlflow", "web"), source("focus", "bot"), source("new", "web")]
    store.described(systems, sources)
    store.session.execute("insert into facts values ('portfolio', 'Acme'), ('currency', 'USD')")
    store.collected(
        *hours(LATENCY, [5, 5, 5], "p95", system="desk", end=NOW - HOUR),
        Change("desk", "2", "model", "New model", "pending", requested=NOW - 2 * DAY),
    )
    store.collected(source="mlflow", state="failed", cause="auth")
    store.collected(source="focus", state="partial")
    store.judged([SLOW, SCORE], systems)
    rows, found = board(store.session, NOW)
    assert rows == portfolio(store.session, NOW)
    assert found == summary(store.session, NOW)
    assert (found.portfolio, found.currency) == ("Acme", "USD")
    assert (found.critical, found.warning, found.unknown, found.ok) == (1, 0, 1, 1)
    assert (found.open_breaches, found.oldest_unacknowledged_of) == (1, "desk")
    assert found.oldest_unacknowledged == NOW - 4 * HOUR
    assert (found.pending_changes, found.oldest_change) == (1, NOW - 2 * DAY)
    assert (found.sources, found.sources_failed, found.sources_partial) == (4, 2, 1)
    assert found.failed_names == ("mlflow", "new")
    assert found.oldest_data == NOW - HOUR
    assert found.unknown_rules == 3
    assert (found.cost_month, found.budget) == (Decimal(220), Decimal(2000))
    assert found.collected == NOW + timedelta(seconds=2)


def test_an_acknowledged_breach_is_no_longer_the_oldest_that_waits(store: Store) -> None:
    store.described([BOT], [source()])
    store.collected(*hours(LATENCY, [5, 5, 5], "p95"))
    breach = store.judged([SLOW], [BOT]).breaches[0]
    store.acknowledged(breach.breach_id)
    store.refreshed()
    found = summary(store.session, NOW)
    assert (found.open_breaches, found.oldest_unacknowledged, found.oldest_unacknowledged_of) == (1, None, "")
    assert row_of(store).domains["incidents"] == "warning"


def test_a_store_without_systems_sums_up_to_nothing_known(store: Store) -> None:
    store.refreshed()
    rows, found = board(store.session, NOW)
    assert rows == ()
    assert (found.portfolio, found.cost_month, found.budget, found.oldest_data, found.collected) == (
        "",
        None,
        None,
        None,
        None,
    )


def test_a_suite_that_ended_no_longer_speaks_for_quality(store: Store) -> None:
    store.described([BOT], [source()])
    store.collected(score(0.2, DAY * 8, suite="a"), score(0.9, suite="b"))
    store.judged([], [BOT])
    assert row_of(store).quality == 0.9


@pytest.mark.parametrize(("other", "budget"), [(Decimal(50), Decimal(1050)), (None, None)])
def test_spend_is_set_against_a_budget_only_where_every_spender_has_one(
    store: Store, other: Decimal | None, budget: Decimal | None
) -> None:
    systems = [BOT, replace(BOT, name="web", monthly_budget=other)]
    store.described(systems, [source()])
    day = NOW.replace(hour=0) - DAY
    store.collected(charge(day, "10"), replace(charge(day, "5"), system="web"))
    store.judged([], systems)
    found = summary(store.session, NOW)
    assert (found.cost_month, found.budget) == (Decimal(15), budget)
