"""Cost and latency of two versions: by the series that name them, or why nobody can tell."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from operations.deltas import Delta, deltas
from store.records import Sample
from tests.operations.stores import NOW, Store, hours

PROMPT = "gen_ai.prompt.version"
MODEL = "gen_ai.request.model"


def cost(each: float, requests: float, dims: Mapping[str, str], end: timedelta = timedelta(0)) -> list[Sample]:
    """Make ten hours of a version: so many requests an hour, each at a price."""
    at = {"dims": dims, "end": NOW - timedelta(hours=1) - end}
    return [
        *hours("llmops.requests", [requests] * 10, "sum", unit="{request}", **at),  # type: ignore[arg-type]  # of Sample
        *hours("llmops.cost", [each * requests] * 10, "sum", unit="USD", **at),  # type: ignore[arg-type]  # of Sample
    ]


def waits(values: list[float | None], dims: Mapping[str, str]) -> list[Sample]:
    end = NOW - timedelta(hours=1)
    return hours("gen_ai.client.operation.duration", values, "p95", end=end, unit="s", dims=dims)


def told(store: Store, *samples: Sample, current: str = "v1", new: str = "v2") -> tuple[Delta, Delta]:
    store.collected(*samples)
    found = deltas(store.session, "bot", current, new, NOW)
    assert [each.measure for each in found] == ["unit cost", "p95 latency"]
    return found[0], found[1]


def test_the_unit_cost_of_either_version_is_a_sum_over_a_sum(store: Store) -> None:
    found, _ = told(store, *cost(0.02, 50, {PROMPT: "v1"}), *cost(0.03, 20, {PROMPT: "v2"}))
    assert found == Delta("unit cost", "USD", 0.02, 0.03, 0.5, 500, 200)


def test_the_latency_is_the_median_of_the_hours(store: Store) -> None:
    slow = [1.0] * 13 + [9.0] * 11
    _, found = told(store, *waits([*slow], {MODEL: "v1"}), *waits([2.0] * 24, {MODEL: "v2"}))
    assert found == Delta("p95 latency", "s", 1, 2, 1, 24, 24)


@pytest.mark.parametrize(("requests", "note"), [(9.9, "99 requests only"), (10.0, "")])
def test_few_requests_are_told_as_few(store: Store, requests: float, note: str) -> None:
    found, _ = told(store, *cost(0.02, 50, {PROMPT: "v1"}), *cost(0.02, requests, {PROMPT: "v2"}))
    assert (found.change, found.note) == (0, note)


def test_few_hours_are_told_as_few(store: Store) -> None:
    _, found = told(store, *waits([1.0] * 24, {MODEL: "v1"}), *waits([1.0] * 23, {MODEL: "v2"}))
    assert found.note == "23 hours only"


def test_the_version_of_a_prompt_may_leave_out_its_name(store: Store) -> None:
    samples = (*cost(0.02, 50, {PROMPT: "14"}), *cost(0.01, 50, {PROMPT: "15"}))
    found, _ = told(store, *samples, current="checkout@14", new="checkout@15")
    assert found.change == -0.5
    samples = (*cost(0.02, 50, {MODEL: "14"}), *cost(0.01, 50, {MODEL: "15"}))
    store.session.execute("delete from rollup_1h")
    found, _ = told(store, *samples, current="checkout@14", new="checkout@15")
    assert found.current is None


@pytest.mark.parametrize(
    ("there", "words"),
    [
        ((), "no source gives cost and requests of v1 and of v2 by a dimension that names it"),
        (("v1",), "no source gives cost and requests of v2 by a dimension that names it"),
        (("v2",), "no source gives cost and requests of v1 by a dimension that names it"),
    ],
)
def test_a_version_that_no_series_names_is_said(store: Store, there: tuple[str, ...], words: str) -> None:
    found, latency = told(store, *(sample for each in there for sample in cost(0.02, 50, {PROMPT: each})))
    assert found == Delta("unit cost", "", note=words)
    assert latency.note == "no source gives a p95 of latency of v1 and of v2 by a dimension that names it"


def test_versions_told_by_different_dimensions_are_not_compared(store: Store) -> None:
    found, _ = told(store, *cost(0.02, 50, {PROMPT: "v1"}), *cost(0.02, 50, {MODEL: "v2"}))
    assert found.note == "no source gives cost and requests of v1 and of v2 alike by a dimension that names it"


def test_versions_told_in_different_currencies_are_not_compared(store: Store) -> None:
    euros = [replace(each, unit="EUR") if each.unit == "USD" else each for each in cost(0.02, 50, {PROMPT: "v2"})]
    found, _ = told(store, *cost(0.02, 50, {PROMPT: "v1"}), *euros)
    assert found.current is None
    both = [replace(each, unit="EUR") for each in cost(0.02, 50, {PROMPT: "v1"}) if each.unit == "USD"]
    found, _ = told(store, *both)
    assert found.note == "no source gives cost and requests of v1 by a dimension that names it"


def test_finer_cuts_of_the_same_requests_are_not_counted_again(store: Store) -> None:
    finer = [
        sample
        for version in ("v1", "v2")
        for kind in ("chat", "search")
        for sample in cost(0.5, 10, {PROMPT: version, "route": kind})
    ]
    found, _ = told(store, *cost(0.02, 50, {PROMPT: "v1"}), *cost(0.03, 50, {PROMPT: "v2"}), *finer)
    assert (found.current, found.new) == (0.02, 0.03)


def test_cuts_by_other_dimensions_add_up_for_costs_and_leave_latency_unknown(store: Store) -> None:
    routes = ((0.02, "chat"), (0.04, "search"))
    samples = [s for v in ("v1", "v2") for price, route in routes for s in cost(price, 50, {PROMPT: v, "route": route})]
    waiting = [s for v in ("v1", "v2") for _, route in routes for s in waits([1.0] * 24, {PROMPT: v, "route": route})]
    found, latency = told(store, *samples, *waiting)
    assert (found.current, found.n_current) == (0.03, 1000)
    assert latency.current is None


def test_requests_without_costs_and_costs_without_requests_say_nothing(store: Store) -> None:
    samples = [*cost(0.02, 50, {PROMPT: "v1"}), *cost(0.02, 50, {PROMPT: "v2"})]
    for metric in ("llmops.cost", "llmops.requests"):
        store.session.execute("delete from rollup_1h")
        found, _ = told(store, *(each for each in samples if each.metric == metric))
        assert found.current is None


def test_what_costs_nothing_has_no_relative_change(store: Store) -> None:
    found, _ = told(store, *cost(0.0, 50, {PROMPT: "v1"}), *cost(0.01, 50, {PROMPT: "v2"}))
    assert (found.current, found.new, found.change) == (0, 0.01, None)


def test_what_is_older_than_four_weeks_is_not_compared(store: Store) -> None:
    old = cost(0.02, 50, {PROMPT: "v1"}, timedelta(days=29))
    found, _ = told(store, *old, *cost(0.02, 50, {PROMPT: "v2"}))
    assert found.note == "no source gives cost and requests of v1 by a dimension that names it"


def test_of_several_ways_to_tell_versions_apart_the_one_that_tells_most_counts(store: Store) -> None:
    store.collected(*cost(0.5, 5, {MODEL: "v1"}), *cost(0.5, 5, {MODEL: "v2"}), source="small")
    found, _ = told(store, *cost(0.02, 50, {PROMPT: "v1"}), *cost(0.03, 50, {PROMPT: "v2"}))
    assert found.new == 0.03
