"""Evaluations judged through a real store: runs pooled, judges kept apart, failures never zero."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from operations.settings import System, Threshold
from operations.statistics import wilson
from store.values import Confirm, Duration
from tests.operations.stores import NOW, Store, score

DAY = timedelta(days=1)
BOT = System("bot", "Ada", tier=2)
RULE = Threshold(
    "quality", "evaluation:quality", "below", warning=0.85, critical=0.8, window=Duration(86_400), confirm=Confirm(1, 1),
    domain="evaluation",
)  # fmt: skip


def test_the_runs_of_a_window_are_pooled_by_their_passes(store: Store) -> None:
    store.collected(score(0.9, n=100, passes=90), score(0.5, timedelta(hours=2), n=300, passes=150))
    verdict = store.verdict(RULE, BOT)
    assert (verdict.value, verdict.n, verdict.state) == (0.6, 400, "critical")
    assert (verdict.low, verdict.high) == wilson(240, 400)


def test_passes_are_put_on_the_scale_of_the_score(store: Store) -> None:
    store.collected(score(90.0, n=100, passes=90, scale_max=100.0))
    verdict = store.verdict(RULE, BOT)
    assert verdict.value == 90
    assert (verdict.low, verdict.high) == pytest.approx((82.563434, 94.477086))


def test_means_are_weighted_by_n_with_the_interval_of_their_errors(store: Store) -> None:
    store.collected(score(0.9, n=100, stderr=0.02), score(0.8, timedelta(hours=2), n=300, stderr=0.01))
    verdict = store.verdict(RULE, BOT)
    assert (verdict.value, verdict.n) == (0.825, 400)
    half = 1.959964 * ((100 * 0.02) ** 2 + (300 * 0.01) ** 2) ** 0.5 / 400
    assert (verdict.low, verdict.high) == pytest.approx((0.825 - half, 0.825 + half))


def test_runs_without_n_are_averaged_with_the_interval_of_their_spread(store: Store) -> None:
    store.collected(score(0.9), score(0.8, timedelta(hours=2)))
    verdict = store.verdict(RULE, BOT)
    assert (verdict.value, verdict.n) == (0.85, None)
    assert verdict.low == pytest.approx(0.85 - 12.706205 * 0.05, abs=1e-6)


def test_one_run_alone_has_no_spread(store: Store) -> None:
    store.collected(score(0.9))
    verdict = store.verdict(RULE, BOT)
    assert (verdict.value, verdict.low, verdict.high) == (0.9, None, None)


def test_a_run_over_no_case_is_averaged_plainly_and_is_too_few(store: Store) -> None:
    store.collected(score(0.9, n=0, passes=0))
    assert store.verdict(RULE, BOT).state == "unknown"


@pytest.mark.parametrize(("n", "state"), [(49, "unknown"), (50, "ok")])
def test_too_few_cases_are_unknown(store: Store, n: int, state: str) -> None:
    store.collected(score(0.9, n=n))
    assert store.verdict(replace(RULE, min_n=50), BOT).state == state


def test_windows_end_at_runs_so_that_a_run_a_little_early_is_not_lost(store: Store) -> None:
    times = (timedelta(0), DAY - timedelta(minutes=5), 2 * DAY + timedelta(minutes=5))
    store.collected(*(score(0.7, ago) for ago in times))
    verdict = store.verdict(replace(RULE, confirm=Confirm(2, 2)), BOT)
    assert verdict.state == "critical"
    assert "in 2 of 2 windows of 1d" in verdict.note


def test_fewer_runs_than_windows_cannot_confirm(store: Store) -> None:
    store.collected(score(0.7))
    assert store.verdict(replace(RULE, confirm=Confirm(2, 3)), BOT).state == "unknown"


def test_a_failed_run_is_an_error_and_never_a_zero(store: Store) -> None:
    store.collected(score(None, status="error"), score(0.9, timedelta(hours=3)))
    verdict = store.verdict(RULE, BOT)
    assert (verdict.value, verdict.state) == (0.9, "ok")
    assert verdict.note.endswith("; 1 newer runs failed")
    assert verdict.seen == NOW - timedelta(hours=3)


def test_only_failed_runs_are_unknown_and_say_so(store: Store) -> None:
    store.collected(score(None, status="error"), score(0.0, timedelta(hours=1), status="error"))
    verdict = store.verdict(RULE, BOT)
    assert (verdict.state, verdict.note) == ("unknown", "2 evaluation runs failed, none has a score")


def test_not_evaluated_is_unknown(store: Store) -> None:
    verdict = store.verdict(RULE, BOT)
    assert (verdict.state, verdict.note) == ("unknown", "no data for quality")


def test_an_old_evaluation_is_unknown(store: Store) -> None:
    store.collected(score(0.9, 4 * DAY))
    verdict = store.verdict(RULE, BOT)
    assert (verdict.state, verdict.note) == ("unknown", "no data for 4d (allowed 3d)")


@pytest.mark.parametrize("field", ["judge", "judge_version", "suite_version"])
def test_scores_of_another_judge_or_suite_version_are_never_pooled(store: Store, field: str) -> None:
    fields: dict[str, Any] = {field: "old"}
    store.collected(score(0.9), score(0.1, timedelta(hours=1), **fields))
    assert store.verdict(RULE, BOT).value == 0.9


def test_invalidated_runs_and_runs_of_the_future_are_not_looked_at(store: Store) -> None:
    store.collected(score(0.9), score(0.1, timedelta(hours=1), status="invalidated"), score(0.1, -timedelta(minutes=3)))
    assert store.verdict(RULE, BOT).value == 0.9


def test_the_suite_the_slice_and_the_source_may_be_named(store: Store) -> None:
    store.collected(
        score(0.9), score(0.8, suite="canary", eval_run="c"), score(0.7, slice="de", eval_run="d"),
    )  # fmt: skip
    store.collected(score(0.6), source="other")
    assert store.verdict(replace(RULE, metric="evaluation:golden/quality", source="prom"), BOT).value == 0.9
    assert store.verdict(replace(RULE, metric="evaluation:canary/quality"), BOT).value == 0.8
    assert store.verdict(replace(RULE, dims={"slice": "de"}), BOT).value == 0.7
    assert store.verdict(replace(RULE, metric="evaluation:golden/quality", source="other"), BOT).value == 0.6
    assert store.verdict(replace(RULE, metric="evaluation:nothing"), BOT).state == "unknown"


def test_without_a_suite_named_the_first_fresh_one_speaks(store: Store) -> None:
    store.collected(score(0.9, 5 * DAY, suite="a"), score(0.8, suite="b"), score(0.7, suite="c"))
    assert store.verdict(RULE, BOT).value == 0.8


def test_runs_are_read_as_far_back_as_the_windows_reach(store: Store) -> None:
    store.collected(*(score(0.9 if hour else 0.1, timedelta(hours=hour)) for hour in range(24)))
    assert store.verdict(RULE, BOT).value == pytest.approx((0.9 * 23 + 0.1) / 24)
