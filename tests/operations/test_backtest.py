"""Back-tests: the same judging over what is stored, so that a limit is known before it is saved."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from operations.backtest import MOST, Fired, Replay, replay
from operations.rules import Rule, of_metric, recorded, restored
from operations.settings import System, Threshold
from store.records import Sample
from store.values import Confirm, Duration
from tests.operations.stores import NOW, Store, charge, hours, score

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0)
SLOW = Threshold("slow", "latency", "above", 2.0, 4.0, confirm=Confirm(1, 1))


def replayed(store: Store, bot: System, threshold: Threshold = SLOW, days: float = 7) -> Replay:
    return replay(store.session, Rule(bot, threshold), timedelta(days=days), NOW)


def forget_raw(store: Store, before: datetime) -> None:
    """Let raw samples go as retention does; their hourly sums stay."""
    store.session.execute("delete from samples where seen < $before", {"before": before})


def test_it_says_how_often_how_long_and_when_limits_would_have_fired(store: Store, bot: System) -> None:
    store.collected(*hours("latency", [1, 3, 3, 1, 1, 5, 9, 5, 1, 1]))
    found = replayed(store, bot)
    assert found.fired == (
        Fired(NOW - 9 * HOUR, NOW - 8 * HOUR, NOW - 6 * HOUR, "warning", 3.0),
        Fired(NOW - 5 * HOUR, NOW - 4 * HOUR, NOW - 1 * HOUR, "critical", 9.0),
    )
    assert found.in_breach == 5 * HOUR
    assert (found.windows, found.unknown, found.from_raw, found.from_rollups) == (10, 0, 10, 0)
    assert (found.begins, found.ends, found.window, found.confirm) == (NOW - 10 * HOUR, NOW, 3600, "1 of 1")
    assert (found.days, found.days_in_breach, found.share_of_days) == (1, 1, 1.0)
    assert (found.rule, found.warning, found.critical, found.source, found.unit) == ("slow", 2.0, 4.0, "prom", "1")
    assert found.note == "nothing to judge before 2026-11-23 02:00Z"


def test_a_breach_that_would_still_be_open_lasts_until_the_end(store: Store, bot: System) -> None:
    store.collected(*hours("latency", [1, 3, 3]))
    (fired,) = replayed(store, bot).fired
    assert (fired.fired, fired.ended) == (NOW - HOUR, None)
    assert replayed(store, bot).in_breach == HOUR


def test_it_judges_as_collections_do(store: Store, bot: System) -> None:
    """What a replay finds is what judging at each hour has stored."""
    threshold = replace(SLOW, confirm=Confirm(2, 3), recover=1.5)
    values = [1, 3, 1, 3, 5, 1.8, 1, 1, 1, 1, 3, None, None, 3, 3, 1, None, None, None, None, None, 1, 1, 3, 3, 3, 1, 1]
    store.described([bot])
    first = NOW - (len(values) - 1) * HOUR
    for place, value in enumerate(values):
        at = first + place * HOUR
        if value is not None:
            store.collected(*hours("latency", [value], end=at), now=at)
        store.judged([threshold], [bot], at)
    stored = [
        (each.opened, each.closed, each.severity, each.worst) for each in store.breaches() if each.opened is not None
    ]
    found = [(each.fired, each.ended, each.severity, each.worst) for each in replayed(store, bot, threshold).fired]
    assert len(stored) > 1
    assert found == stored


def test_what_a_limit_is_not_judged_on_is_unknown_and_never_fires(store: Store, bot: System) -> None:
    store.collected(*hours("latency", [9, 9, 9], n=3))
    found = replayed(store, bot, replace(SLOW, min_n=5))
    assert (found.fired, found.unknown, found.windows) == ((), 3, 3)


def test_days_without_data_count_for_nothing(store: Store, bot: System) -> None:
    gap: list[float | None] = [None] * 60
    store.collected(*hours("latency", [1, 1, *gap, 9, 1, 1]))
    found = replayed(store, bot)
    assert (found.days, found.days_in_breach, found.share_of_days) == (2, 1, 0.5)


def test_a_gap_leaves_what_was_said_before_until_it_is_too_old(store: Store, bot: System) -> None:
    strict = replace(SLOW, no_data="critical", stale_after=Duration(2 * 3600))
    store.collected(*hours("latency", [1, None, None, None, 1, 1]))
    (fired,) = replayed(store, bot, strict).fired
    assert (fired.fired, fired.ended, fired.severity, fired.worst) == (NOW - 2 * HOUR, NOW - HOUR, "critical", None)


def test_where_raw_samples_are_gone_hourly_sums_are_replayed_and_it_says_so(store: Store, bot: System) -> None:
    store.collected(*hours("latency", [1, 5, 5, 1] * 24))
    before = replayed(store, bot)
    forget_raw(store, NOW - DAY)
    after = replayed(store, bot)
    assert (before.from_raw, before.from_rollups) == (96, 0)
    assert (after.from_raw, after.from_rollups, after.windows) == (25, 71, 96)
    assert after.fired == before.fired
    assert after.note == before.note


@pytest.mark.parametrize(
    ("stat", "values", "fields", "highest"),
    [
        ("sum", [3.0, 4.0], {}, 7.0),
        ("p95", [3.0, 4.0], {}, 4.0),
        ("avg", [3.0, 4.0], {}, 3.5),
        ("last", [9.0, 4.0], {}, 4.0),
        ("max", [9.0, 4.0], {}, 9.0),
    ],
)
def test_hourly_sums_say_what_their_samples_said(
    store: Store, bot: System, stat: str, values: list[float], fields: dict[str, object], highest: float
) -> None:
    halves = [
        Sample("bot", "latency", stat, MIDNIGHT - DAY + place * HOUR / 2, value, n=10, period=1800)  # type: ignore[arg-type]  # as text
        for place, value in enumerate([0.0, *values, 0.0, 0.0], 0)
    ]
    store.collected(*halves, *hours("latency", [0.0], stat, period=1800))
    threshold = replace(SLOW, stat=stat, warning=2.0, critical=None)  # type: ignore[arg-type]  # as text
    before = replayed(store, bot, threshold)
    forget_raw(store, NOW - HOUR)
    after = replayed(store, bot, threshold)
    assert [each.worst for each in before.fired] == [each.worst for each in after.fired] == [highest]
    assert after.from_rollups > 0


def test_shares_of_two_sums_are_replayed_from_hourly_sums_too(store: Store, bot: System) -> None:
    store.collected(
        *hours("llmops.errors", [0, 30, 0] * 24, "sum"), *hours("llmops.requests", [100, 100, 100] * 24, "sum")
    )
    threshold = Threshold("errors", "llmops.error_ratio", "above", 0.2, stat="ratio", confirm=Confirm(1, 1))
    before = replayed(store, bot, threshold)
    forget_raw(store, NOW - DAY)
    after = replayed(store, bot, threshold)
    assert len(before.fired) == 24
    assert after.fired == before.fired
    assert {each.worst for each in after.fired} == {0.3}


def test_windows_that_hours_cannot_fill_end_where_raw_samples_do(store: Store, bot: System) -> None:
    store.collected(*hours("latency", [5] * 96, period=0))
    forget_raw(store, NOW - DAY)
    found = replayed(store, bot, replace(SLOW, window=Duration(1800)))
    assert found.from_rollups == 0
    assert found.begins == NOW - DAY - timedelta(minutes=30)
    assert found.note == "nothing to judge before 2026-11-22 11:30Z"


def test_when_every_raw_sample_is_gone_the_hours_speak_alone(store: Store, bot: System) -> None:
    store.collected(*hours("latency", [5, 1, 5, 1]))
    forget_raw(store, NOW + HOUR)
    found = replayed(store, bot)
    assert (found.from_raw, found.from_rollups, len(found.fired)) == (0, 4, 2)


def test_a_metric_that_was_never_stored_cannot_be_replayed(store: Store, bot: System) -> None:
    found = replayed(store, bot)
    assert (found.windows, found.fired, found.share_of_days) == (0, (), None)
    assert (found.begins, found.note) == (None, "nothing is stored of this metric")


def test_old_data_is_replayed_although_no_rule_would_judge_it_now(store: Store, bot: System) -> None:
    store.collected(*hours("latency", [1, 5], end=NOW - 3 * DAY))
    assert len(replayed(store, bot).fired) == 1
    nothing = replayed(store, bot, days=1)
    assert (nothing.windows, nothing.note) == (0, "nothing is stored of this metric")


def test_scores_are_replayed_run_by_run(store: Store, bot: System) -> None:
    store.collected(*(score(value, ago=place * DAY) for place, value in enumerate([0.9, 0.6, 0.7, 0.9, 0.9])))
    threshold = Threshold(
        "quality", "evaluation:golden/quality", "below", 0.8, window=Duration(86_400), confirm=Confirm(1, 1)
    )
    found = replayed(store, bot, threshold, days=30)
    (fired,) = found.fired
    assert (fired.fired, fired.ended, fired.worst) == (NOW - 2 * DAY, NOW, 0.6)
    assert (found.windows, found.days, found.days_in_breach) == (5, 5, 3)


def test_costs_are_replayed_day_by_day(store: Store, bot: System) -> None:
    store.described([bot])
    store.collected(*(charge(MIDNIGHT - (place + 1) * DAY, cost) for place, cost in enumerate(["5", "20", "5", "5"])))
    threshold = Threshold("spend", "cost", "above", 10, stat="sum", window=Duration(86_400), confirm=Confirm(1, 1))
    found = replayed(store, bot, threshold, days=30)
    (fired,) = found.fired
    assert (fired.fired, fired.ended, fired.worst, found.unit) == (MIDNIGHT - DAY, MIDNIGHT, 20.0, "USD")


def test_costs_of_two_currencies_say_why_they_cannot_be_replayed(store: Store, bot: System) -> None:
    store.described([bot])
    store.collected(charge(MIDNIGHT - DAY, "5"), charge(MIDNIGHT - 2 * DAY, "5", billing_currency="EUR"))
    threshold = Threshold("spend", "cost", "above", 10, stat="sum", window=Duration(86_400))
    assert replayed(store, bot, threshold).note == "costs in EUR and USD are never added"


def test_no_more_windows_are_replayed_than_can_be_waited_for(store: Store, bot: System) -> None:
    store.collected(*hours("latency", [5, 5]), *hours("latency", [5], end=NOW - 20 * DAY))
    found = replayed(store, bot, replace(SLOW, window=Duration(1), stale_after=Duration(3600)), days=30)
    assert found.windows <= MOST


def test_a_rule_kept_in_the_store_judges_as_the_one_declared(store: Store, bot: System) -> None:
    declared = replace(
        SLOW, recover=1.0, dims={"model": "m"}, window=Duration(7200), min_n=3, no_data="warning",
        stale_after=Duration(9000), source="prom",
    )  # fmt: skip
    for threshold in (declared, SLOW):
        kept = restored(recorded(Rule(bot, threshold)))
        assert replace(kept.threshold, systems=()) == threshold
        assert kept.key == ("bot", "slow")


@pytest.mark.parametrize(("stat", "name"), [("avg", "slow"), ("last", "slow"), ("p95", None), ("max", "most")])
def test_the_rule_on_a_metric_is_found_for_its_chart(store: Store, bot: System, stat: str, name: str | None) -> None:
    most = replace(SLOW, name="most", stat="max", dims={"model": "m"})
    store.session.append("rules", [recorded(Rule(bot, threshold)) for threshold in (most, SLOW)])
    found = of_metric(store.session, "bot", "latency", stat)
    assert (found.threshold.name if found else None) == name
