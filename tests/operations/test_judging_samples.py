"""Samples judged through a real store: windows, statistics, the choice of series, sources that fail."""

from dataclasses import replace
from datetime import timedelta

import pytest

from operations.settings import System, Threshold
from operations.statistics import wilson
from store.records import Sample, Stat
from store.values import Confirm, Duration
from tests.operations.stores import NOW, Store, hours, source

HOUR = timedelta(hours=1)
BOT = System("bot", "Ada", tier=2)
ONE = Confirm(1, 1)


def rule(stat: str = "avg", metric: str = "m", **fields: object) -> Threshold:
    made = Threshold("rule", metric, "above", warning=1e6, critical=1e9, confirm=ONE)
    return replace(made, stat=stat, **fields)  # type: ignore[arg-type]  # of Threshold


def minutes(values: list[float], stat: str = "avg", step: int = 15, **fields: object) -> list[Sample]:
    """Make one sample a quarter of an hour, the last at the end."""
    first = Sample("bot", "m", stat, NOW, 0.0, period=step * 60)  # type: ignore[arg-type]  # statistics as text
    last = len(values) - 1
    return [
        replace(first, seen=NOW - timedelta(minutes=step * (last - place)), value=value, **fields)  # type: ignore[arg-type]
        for place, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("stat", "expected"),
    [
        ("sum", 100.0), ("count", 100.0), ("avg", 25.0), ("rate", 25.0), ("ratio", 25.0), ("min", 10.0), ("max", 40.0),
        ("last", 40.0), ("p50", 40.0), ("p90", 40.0), ("p95", 40.0), ("p99", 40.0),
    ],
)  # fmt: skip
def test_a_window_is_pooled_by_its_statistic_and_percentiles_are_never_averaged(
    store: Store, stat: str, expected: float
) -> None:
    store.collected(*minutes([99, 10, 30, 20, 40], stat))
    assert store.verdict(rule(stat), BOT).value == expected


@pytest.mark.parametrize("stat", ["avg", "ratio", "rate"])
def test_means_and_shares_are_weighted_by_n(store: Store, stat: Stat) -> None:
    few, many = minutes([0.5, 1.0], stat)
    store.collected(replace(few, n=300), replace(many, n=100))
    verdict = store.verdict(rule(stat), BOT)
    assert (verdict.value, verdict.n) == (0.625, 400)


def test_means_with_an_n_missing_are_plain_and_have_no_n(store: Store) -> None:
    few, many = minutes([0.5, 1.0])
    store.collected(replace(few, n=300), many)
    verdict = store.verdict(rule(), BOT)
    assert (verdict.value, verdict.n) == (0.75, None)


def test_a_mean_over_no_requests_is_unknown(store: Store) -> None:
    store.collected(*minutes([0.5, 1.0], n=0))
    assert store.verdict(rule(), BOT).state == "unknown"


def test_a_share_with_n_has_a_wilson_interval(store: Store) -> None:
    store.collected(*minutes([0.5, 0.5], "ratio", n=10))
    verdict = store.verdict(rule("ratio"), BOT)
    assert (verdict.low, verdict.high) == wilson(10, 20)
    assert store.verdict(rule("avg"), BOT).low is None


def test_a_share_outside_0_and_1_has_no_interval(store: Store) -> None:
    store.collected(*minutes([1.5], "ratio", n=10))
    assert store.verdict(rule("ratio"), BOT).low is None


def test_the_window_ends_at_the_newest_sample_and_is_open_at_its_start(store: Store) -> None:
    store.collected(*hours("m", [100, 1], "sum"))
    verdict = store.verdict(rule("sum"), BOT)
    assert verdict.value == 1
    assert store.verdict(rule("sum", window=Duration(7200)), BOT).value == 101


def test_windows_follow_each_other(store: Store) -> None:
    store.collected(*hours("m", [5, 7, 9], "max"))
    verdict = store.verdict(rule("max", warning=6.0, critical=None, confirm=Confirm(2, 3)), BOT)
    assert (verdict.state, verdict.value) == ("warning", 9)
    assert "in 2 of 3 windows of 1h" in verdict.note


def test_a_window_shorter_than_the_samples_period_is_as_long_as_the_period(store: Store) -> None:
    store.collected(*hours("m", [5, 7, 9], "max"))
    verdict = store.verdict(rule("max", window=Duration(300), warning=6.0, critical=None, confirm=Confirm(2, 3)), BOT)
    assert verdict.state == "warning"


def test_rules_that_look_far_back_are_read_beside_those_that_do_not(store: Store) -> None:
    store.collected(*hours("m", [1.0] * 200, "sum"))
    rules = [
        replace(rule("sum"), name=name, window=Duration(3600 * length), warning=0.0, confirm=Confirm(1, 2))
        for name, length in (("hour", 1), ("day", 24), ("three days", 72))
    ]
    found = store.judged(rules, [BOT])
    assert [verdict.value for verdict in found.verdicts] == [1, 24, 72]


def test_a_sum_below_a_limit_is_not_believed_while_periods_are_missing(store: Store) -> None:
    below = Threshold("quiet", "m", "below", warning=100.0, stat="sum", confirm=ONE)
    store.collected(*minutes([20, 20, 20], "sum"))
    assert store.verdict(below, BOT).state == "unknown"
    store.collected(*minutes([20, 20, 20, 20], "sum"))
    assert store.verdict(below, BOT).state == "warning"


def test_a_percentile_beyond_the_largest_bucket_is_a_floor(store: Store) -> None:
    store.collected(*minutes([10.0], "p95", is_floor=True))
    assert store.verdict(rule("p95"), BOT).state == "unknown"
    assert store.verdict(rule("p95", warning=5.0), BOT).state == "warning"


def test_a_sum_that_summation_blurs_equals_its_limit(store: Store) -> None:
    store.collected(*minutes([0.1, 0.1, 0.1], "sum"))
    assert 0.1 + 0.1 + 0.1 != 0.3
    assert store.verdict(rule("sum", warning=0.3), BOT).state == "ok"


def test_samples_of_the_future_are_not_looked_at(store: Store) -> None:
    store.collected(*hours("m", [1.0, 9.0], "max", end=NOW + timedelta(minutes=4)))
    verdict = store.verdict(rule("max"), BOT)
    assert (verdict.value, verdict.seen) == (1.0, NOW)


def test_without_a_series_there_is_no_data(store: Store) -> None:
    assert store.verdict(rule(), BOT).note == "no data for m"


def test_raw_counters_are_never_judged_but_their_increases_are(store: Store) -> None:
    readings = [Sample("bot", "m", "counter", NOW - timedelta(minutes=m), 100.0 - m) for m in (30, 15, 0)]
    store.collected(*readings)
    assert store.verdict(rule("counter"), BOT).state == "unknown"
    assert store.verdict(rule("sum"), BOT).value == 30


def test_the_series_without_further_dimensions_speaks_for_the_whole(store: Store) -> None:
    store.collected(
        *minutes([10], "sum"), *minutes([4], "sum", dims={"model": "a"}), *minutes([6], "sum", dims={"model": "b"})
    )
    assert store.verdict(rule("sum"), BOT).value == 10
    assert store.verdict(rule("sum", dims={"model": "b"}), BOT).value == 6
    assert store.verdict(rule("sum", dims={"model": "c"}), BOT).state == "unknown"


def test_series_by_dimension_are_pooled_where_none_speaks_for_the_whole(store: Store) -> None:
    store.collected(*minutes([4], "sum", dims={"model": "a"}), *minutes([6], "sum", dims={"model": "b"}))
    assert store.verdict(rule("sum"), BOT).value == 10
    store.collected(*minutes([4], "p95", dims={"model": "a"}), *minutes([6], "p95", dims={"model": "b"}))
    assert store.verdict(rule("p95"), BOT).value == 6


@pytest.mark.parametrize(("direction", "value"), [("above", 6), ("below", 4)])
def test_the_last_of_several_series_is_the_worse_one(store: Store, direction: str, value: float) -> None:
    store.collected(*minutes([4], "last", dims={"pod": "a"}), *minutes([6], "last", dims={"pod": "b"}))
    asked = rule("last", direction=direction, warning=5.0, critical=None)
    assert store.verdict(asked, BOT).value == value


def test_sources_are_never_added_the_first_fresh_one_speaks(store: Store) -> None:
    store.collected(*minutes([4], "sum"), source="b-gateway")
    store.collected(*minutes([6], "sum"), source="c-traces")
    old = replace(minutes([100], "sum")[0], seen=NOW - timedelta(days=3))
    store.collected(old, source="a-old")
    assert store.verdict(rule("sum"), BOT).value == 4
    assert store.verdict(rule("sum", source="c-traces"), BOT).value == 6


def test_periods_are_never_added_the_shortest_speaks(store: Store) -> None:
    store.collected(*minutes([4], "sum"), *hours("m", [50], "sum"))
    assert store.verdict(rule("sum"), BOT).value == 4


@pytest.mark.parametrize(("stat", "value"), [("avg", 2), ("max", 3), ("min", 1)])
def test_instant_readings_give_means_and_extremes(store: Store, stat: str, value: float) -> None:
    store.collected(*minutes([1, 2, 3], "last", period=0))
    assert store.verdict(rule(stat), BOT).value == value
    assert store.verdict(rule("p95"), BOT).state == "unknown"


RATIO = rule("ratio", "llmops.error_ratio", warning=0.02, critical=0.5)


def test_a_ratio_is_made_of_its_two_sums(store: Store) -> None:
    store.collected(*hours("llmops.errors", [1, 3], "sum"), *hours("llmops.requests", [10, 100], "sum"))
    verdict = store.verdict(RATIO, BOT)
    assert (verdict.value, verdict.n, verdict.unit) == (0.03, 100, "1")
    assert (verdict.low, verdict.high) == wilson(3, 100)
    both = store.verdict(replace(RATIO, window=Duration(7200)), BOT)
    assert both.value == pytest.approx(4 / 110)


def test_a_ratio_over_nothing_is_unknown(store: Store) -> None:
    store.collected(*hours("llmops.errors", [0], "sum"), *hours("llmops.requests", [0], "sum"))
    verdict = store.verdict(RATIO, BOT)
    assert (verdict.state, verdict.value, verdict.n) == ("unknown", None, 0)


def test_a_ratio_ends_where_both_sums_are_known(store: Store) -> None:
    store.collected(*hours("llmops.errors", [1, 3], "sum"))
    store.collected(*hours("llmops.requests", [10], "sum", end=NOW - HOUR))
    verdict = store.verdict(RATIO, BOT)
    assert (verdict.value, verdict.seen) == (0.1, NOW - HOUR)


def test_a_ratio_without_its_denominator_in_a_window_is_unknown(store: Store) -> None:
    store.collected(*hours("llmops.errors", [1, 2, 3], "sum"), *hours("llmops.requests", [10, None, 10], "sum"))
    verdict = store.verdict(replace(RATIO, confirm=Confirm(3, 3)), BOT)
    assert verdict.state == "unknown"
    assert "1 without enough data" in verdict.note


@pytest.mark.parametrize("other", ["source", "period"])
def test_sums_that_do_not_belong_together_give_no_ratio(store: Store, other: str) -> None:
    requests = hours("llmops.requests", [10], "sum", period=900 if other == "period" else 3600)
    store.collected(*hours("llmops.errors", [1], "sum"), *hours("llmops.error_ratio", [0.3], "ratio", n=10))
    store.collected(*requests, source="other" if other == "source" else "prom")
    assert store.verdict(RATIO, BOT).value == 0.3


def test_a_ratio_takes_both_its_sums_from_one_source(store: Store) -> None:
    store.collected(*hours("llmops.cost", [900], "sum", unit="USD"), source="a-bill")
    store.collected(*hours("llmops.requests", [7], "sum"), source="b-proxy")
    store.collected(*hours("llmops.cost", [5], "sum", unit="USD"), *hours("llmops.requests", [100], "sum"), source="c")
    asked = rule("ratio", "llmops.cost_per_request")
    assert store.verdict(asked, BOT).value == 0.05
    assert store.verdict(replace(asked, source="a-bill"), BOT).value is None


def test_a_cost_per_request_is_made_of_sums_and_has_no_interval(store: Store) -> None:
    store.collected(*hours("llmops.cost", [5], "sum", unit="USD"), *hours("llmops.requests", [100], "sum"))
    verdict = store.verdict(rule("ratio", "llmops.cost_per_request"), BOT)
    assert (verdict.value, verdict.n, verdict.low) == (0.05, 100, None)


@pytest.mark.parametrize(
    ("state", "cause", "words"),
    [
        ("failed", "auth", "no data for m; source prom failed (auth)"),
        ("interrupted", "", "no data for m; source prom interrupted"),
        ("partial", "", "no data for m"),
        ("complete", "", "no data for m"),
        ("never", "", "no data for m; source prom was never collected"),
    ],
)
def test_missing_data_names_the_source_that_failed(store: Store, state: str, cause: str, words: str) -> None:
    store.described([BOT], [source()])
    if state != "never":
        store.collected(state=state, cause=cause)
    assert store.verdict(rule(), BOT).note == words
    assert store.verdict(rule(source="prom"), BOT).note == words


def test_a_source_that_feeds_other_systems_is_not_blamed(store: Store) -> None:
    store.described([BOT], [source(systems="desk, web")])
    assert store.verdict(rule(), BOT).note == "no data for m"


def test_stale_data_names_the_source_that_failed_since(store: Store) -> None:
    store.described([BOT], [source()])
    store.collected(*hours("m", [1], end=NOW - timedelta(hours=9)))
    store.collected(state="failed", cause="dns")
    assert store.verdict(rule(), BOT).note == "no data for 9h (allowed 3h); source prom failed (dns)"


def test_data_of_a_daily_source_may_be_two_days_old(store: Store) -> None:
    store.described([BOT], [source(next_slot=NOW + timedelta(days=1))])
    store.collected(*hours("m", [1], end=NOW - timedelta(hours=9)))
    assert store.verdict(rule(), BOT).state == "ok"


def test_fresh_data_stands_although_the_last_collection_failed(store: Store) -> None:
    store.described([BOT], [source()])
    store.collected(*hours("m", [1]))
    store.collected(state="failed", cause="dns")
    assert store.verdict(rule(), BOT).state == "ok"


def test_judging_twice_gives_the_same_and_keeps_it(store: Store) -> None:
    store.collected(*hours("m", [9, 9, 9], "max"))
    asked = rule("max", warning=6.0, critical=None)
    once = store.judged([asked], [BOT])
    twice = store.judged([asked], [BOT])
    assert once == twice
    assert store.breaches() == list(once.breaches)


def test_the_breach_of_a_rule_that_is_gone_is_closed(store: Store) -> None:
    store.collected(*hours("m", [9, 9, 9], "max"))
    store.judged([rule("max", warning=6.0)], [BOT])
    found = store.judged([], [BOT], NOW + HOUR)
    assert found.verdicts == ()
    assert [(breach.state, breach.closed) for breach in store.breaches()] == [("closed", NOW + HOUR)]


def test_without_rules_there_is_nothing_to_judge(store: Store) -> None:
    found = store.judged([], [BOT])
    assert (found.verdicts, found.breaches) == ((), ())
