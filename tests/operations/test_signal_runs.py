"""Signals read from a real store: how a day is read, which series speaks, what configuration replaces."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from operations.given import KNOWN, Given, standing
from operations.signal_runs import histories
from operations.signals import SIGNALS
from operations.tracks import History, Track
from store.records import Change, Sample
from tests.operations.stores import TODAY, Store, days, hours, score

DAY = timedelta(days=1)
YESTERDAY = date(2026, 11, 22)


def read(store: Store, *given: Given, systems: Sequence[str] = ("bot",), since: datetime = TODAY - 45 * DAY) -> History:
    """Read the history of the first system."""
    return histories(store.session, given or KNOWN, since, TODAY, systems)[systems[0]]


def only(history: History) -> Track:
    """Give the one track that there is."""
    (track,) = history.tracks.values()
    return track


def before(days_ago: int) -> date:
    return YESTERDAY - timedelta(days=days_ago - 1)


REFUSALS = Given("refusal", "llmops.refusal_ratio")
LATENCY = Given("latency_p50", "latency", "p50", "mean")


# How a day is read


def test_a_share_is_so_many_of_n_pooled_over_the_hours_of_a_day(store: Store) -> None:
    few, many = hours("llmops.refusal_ratio", [0.5, 0.1], "ratio", TODAY)
    store.collected(replace(few, n=10), replace(many, n=90))
    track = only(read(store, REFUSALS))
    assert (track.form, track.days, track.counts) == ("count", (YESTERDAY,), (100,))
    assert track.values == pytest.approx([14])


def test_a_share_that_is_inverted_counts_the_others(store: Store) -> None:
    store.collected(*days("answered", [0.9], n=200))
    assert only(read(store, Given("refusal", "answered", inverts=True))).values == pytest.approx([20])


def test_a_share_without_n_is_a_quantity_and_its_mean_not_its_sum(store: Store) -> None:
    store.collected(*hours("llmops.refusal_ratio", [0.1, 0.3], "ratio", TODAY))
    assert only(read(store, REFUSALS)) == Track("plain", (YESTERDAY,), (0.2,))
    turned = only(read(store, replace(REFUSALS, inverts=True)))
    assert (turned.form, turned.values) == ("plain", (0.8,))


def test_a_day_without_items_is_no_run_and_no_share_of_zero(store: Store) -> None:
    store.collected(*days("llmops.refusal_ratio", [0.1, 0.1], n=50), *days("llmops.refusal_ratio", [0.0], n=0))
    track = only(read(store, REFUSALS))
    assert (track.form, track.days) == ("count", (before(2),))


@pytest.mark.parametrize(("known", "form"), [(1, "plain"), (2, "count"), (4, "count")])
def test_days_whose_n_is_missing_are_left_out_unless_they_are_the_most(store: Store, known: int, form: str) -> None:
    samples = days("llmops.refusal_ratio", [0.1, 0.2, 0.3, 0.4])
    store.collected(*(replace(each, n=100) for each in samples[:known]), *samples[known:])
    track = only(read(store, REFUSALS))
    assert (track.form, len(track.days)) == (form, known if form == "count" else 4)
    assert track.values[0] == pytest.approx(10 if form == "count" else 0.1)


@pytest.mark.parametrize(("told", "k"), [(1.5, 100), (-0.5, 0), (1.0, 100), (0.0, 0)])
def test_a_share_outside_0_and_1_is_all_or_nothing(store: Store, told: float, k: float) -> None:
    store.collected(*days("llmops.refusal_ratio", [told], n=100))
    assert only(read(store, REFUSALS)).values == (k,)


def test_a_share_told_in_percent_is_scaled(store: Store) -> None:
    store.collected(*days("refused", [5.0], n=100))
    assert only(read(store, Given("refusal", "refused", scale=0.01))).values == pytest.approx([5])


def test_a_mean_is_weighted_by_n_and_plain_without_it(store: Store) -> None:
    slow, fast = hours("latency", [3.0, 1.0], "p50", TODAY)
    store.collected(replace(slow, n=300), replace(fast, n=100))
    assert only(read(store, LATENCY)) == Track("log", (YESTERDAY,), (2.5,))
    store.collected(slow, fast)
    assert only(read(store, LATENCY)).values == (2.0,)


def test_the_last_value_of_a_day_counts_and_is_scaled_into_the_unit_of_its_signal(store: Store) -> None:
    store.collected(*hours("llmops.index.age", [36_000, 7_200], "last", TODAY))
    assert only(read(store)) == Track("log", (YESTERDAY,), (2.0,))
    assert list(read(store).tracks) == [("index_age_h", "")]


def test_a_cost_is_set_against_the_requests_of_the_same_source_and_period(store: Store) -> None:
    cost = hours("llmops.cost", [1.0, 3.0], "sum", TODAY)
    store.collected(
        *cost,
        *hours("llmops.requests", [100, 300], "sum", TODAY),
        *hours("llmops.requests", [7], "sum", TODAY, dims={"model": "a"}),
        *days("llmops.requests", [9_999], "sum"),
    )
    store.collected(*hours("llmops.requests", [5, 5], "sum", TODAY), source="other")
    assert read(store).tracks["unit_cost", ""] == Track("log", (YESTERDAY,), (0.01,))


@pytest.mark.parametrize("requests", [[], [0.0, 0.0]])
def test_a_cost_without_requests_says_nothing(store: Store, requests: list[float]) -> None:
    store.collected(*hours("llmops.cost", [1.0, 3.0], "sum", TODAY), *hours("llmops.requests", requests, "sum", TODAY))
    assert set(read(store).tracks) == {("spend_hour", "")}


def test_a_share_may_be_a_sum_over_a_sum(store: Store) -> None:
    store.collected(*hours("refused", [2, 3], "sum", TODAY), *hours("asked", [40, 60], "sum", TODAY))
    track = only(read(store, Given("refusal", "refused", "sum", "per", whole="asked")))
    assert (track.form, track.counts) == ("count", (100,))
    assert track.values == pytest.approx([5])


def test_a_name_is_the_one_with_the_largest_share_of_the_day(store: Store) -> None:
    shares = {"north-1": (0.8, 0.4, 0.0), "north-2": (0.2, 0.6, 1.0)}
    for name, values in shares.items():
        dims = {"gen_ai.response.model": name}
        store.collected(*days("llmops.model.response_share", values, n=100, dims=dims))
    store.collected(*days("llmops.model.response_share", [1.0, 1.0, 1.0]))  # of no model in particular
    track = read(store).tracks["model_id", ""]
    assert track == Track("name", (before(3), before(2), YESTERDAY), texts=("north-1", "north-2", "north-2"))


def test_two_names_of_one_share_are_told_apart_by_the_alphabet_and_not_by_chance(store: Store) -> None:
    for name in ("b", "a", "c"):
        store.collected(*days("llmops.prompt.version_share", [0.3], dims={"gen_ai.prompt.version": name}))
    assert only(read(store)).texts == ("c",)


# Which series speaks


def test_a_dimension_tells_tracks_of_one_signal_apart(store: Store) -> None:
    for topic, share in (("billing", 0.7), ("returns", 0.3)):
        store.collected(*days("llmops.query.topic_share", [share], n=10, dims={"topic": topic}))
    store.collected(*days("llmops.query.topic_share", [1.0], n=10))
    found = read(store).tracks
    assert {key: each.values for key, each in found.items()} == {
        ("topic", "billing"): pytest.approx([7]),
        ("topic", "returns"): pytest.approx([3]),
    }


@pytest.mark.parametrize("name", ["topic", "a.b", 'a"b', "a\\b", "$", "größe"])
def test_any_text_may_name_a_dimension(store: Store, name: str) -> None:
    store.collected(*days("shares", [0.5], n=10, dims={name: "x"}), *days("shares", [0.1], n=10, dims={"z": "y"}))
    assert list(read(store, Given("topic", "shares", dimension=name)).tracks) == [("topic", "x")]
    assert only(read(store, Given("uncovered", "shares", only=f"{name}=x"))).values == (5,)


def test_only_keeps_series_of_one_value(store: Store) -> None:
    for kind, value in (("input", 900.0), ("output", 90.0)):
        dims = {"gen_ai.token.type": kind}
        store.collected(*hours("gen_ai.client.token.usage", [value], "sum", TODAY, dims=dims))
    store.collected(*hours("llmops.requests", [10], "sum", TODAY))
    assert {key[0]: each.values for key, each in read(store).tracks.items()} == {
        "tokens_in_p50": (90,),
        "tokens_out_p50": (9,),
    }


def _speaks(store: Store, given: Given = LATENCY) -> float:
    return read(store, given).tracks[given.signal, ""].values[-1]


def test_the_series_with_the_fewest_dimensions_speaks(store: Store) -> None:
    store.collected(*days("latency", [1.0], "p50", dims={"model": "a"}), *days("latency", [2.0], "p50"))
    store.collected(*days("latency", [3.0], "p50", dims={"model": "a", "region": "b"}), source="aaa")
    assert _speaks(store) == 2.0


def test_of_equals_the_source_that_comes_first_speaks_then_the_longer_period(store: Store) -> None:
    store.collected(*days("latency", [1.0], "p50"), source="zeta")
    store.collected(*hours("latency", [2.0], "p50", TODAY), *days("latency", [3.0], "p50"), source="alpha")
    assert _speaks(store) == 3.0


def test_of_two_slices_alike_in_all_else_always_the_same_speaks(store: Store) -> None:
    store.collected(
        *days("latency", [2.0], "p50", dims={"model": "b"}), *days("latency", [1.0], "p50", dims={"model": "a"})
    )
    assert _speaks(store) == 1.0


@pytest.mark.parametrize(("ago", "speaks"), [(7, 1.0), (8, 2.0)])
def test_a_series_that_still_comes_speaks_before_one_that_stopped(store: Store, ago: int, speaks: float) -> None:
    store.collected(*days("latency", [1.0] * 3, "p50", TODAY - ago * DAY))
    store.collected(*days("latency", [2.0], "p50", dims={"model": "a"}))
    assert _speaks(store) == speaks
    assert _speaks(store) == read(store, LATENCY, since=TODAY - 400 * DAY).tracks["latency_p50", ""].values[-1]


def test_the_entry_that_comes_first_speaks(store: Store) -> None:
    store.collected(*days("latency", [1.0], "p50"), *days("waiting", [2.0], "p50", dims={"a": "b"}))
    waiting = replace(LATENCY, metric="waiting")
    assert only(read(store, waiting, LATENCY)).values == (2.0,)
    assert only(read(store, LATENCY, waiting)).values == (1.0,)


# Time


def test_today_is_left_out_and_so_is_what_was_before_the_time_asked_for(store: Store) -> None:
    store.collected(*days("latency", [1.0, 2.0, 3.0, 4.0], "p50", TODAY + DAY), now=TODAY + DAY)
    assert only(read(store, LATENCY, since=TODAY - 2 * DAY)).days == (before(2), YESTERDAY)
    assert only(read(store, LATENCY)).values == (1.0, 2.0, 3.0)


def test_a_run_in_the_last_moment_of_a_day_belongs_to_that_day(store: Store) -> None:
    moment = timedelta(microseconds=1)
    store.collected(score(0.9, n=10, now=TODAY - moment), score(0.5, n=10, now=TODAY))
    assert only(read(store, Given("golden_pass", "evaluation:quality"))).days == (YESTERDAY,)


# Evaluations

GOLDEN = Given("golden_pass", "evaluation:golden/quality")


def test_the_runs_of_a_day_are_added(store: Store) -> None:
    store.collected(
        score(0.9, n=100, passes=90, now=TODAY - DAY), score(0.5, timedelta(hours=3), n=20, now=TODAY - DAY / 2)
    )
    assert read(store, GOLDEN).tracks == {
        ("golden_pass", "golden/quality"): Track("count", (YESTERDAY,), (100.0,), (120.0,))
    }


def test_scores_are_put_on_0_to_1_and_never_beyond(store: Store) -> None:
    for place, (value, passes) in enumerate([(3.0, None), (9.0, None), (-1.0, None), (1.0, 999)]):
        store.collected(score(value, now=TODAY - (4 - place) * DAY, n=10, passes=passes, scale_min=1.0, scale_max=5.0))
    assert only(read(store, GOLDEN)).values == (5, 10, 0, 10)


def test_different_judges_are_different_tracks(store: Store) -> None:
    for place, judge in enumerate(["", "gpt", "gpt"]):
        store.collected(
            score(0.9, now=TODAY - DAY / 4, n=10, eval_run=f"r{place}", judge=judge, judge_version="2" * place)
        )
    assert {key[1] for key in read(store, GOLDEN).tracks} == {
        "golden/quality", "golden/quality by gpt 2", "golden/quality by gpt 22",
    }  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "error", "value": None}, {"value": None}, {"status": "invalidated"}, {"status": "error"}, {"n": 0},
        {"slice": "de"}, {"scale_max": 0.0}, {"scorer": "tone"}, {"suite": "canary"},
    ],
)  # fmt: skip
def test_failed_runs_slices_and_other_suites_are_no_run_and_no_zero(store: Store, fields: dict[str, object]) -> None:
    store.collected(
        score(**{"value": 0.1, "n": 50, "now": TODAY - DAY / 2, "eval_run": "failed", **fields}),  # type: ignore[arg-type]
        score(0.9, n=50, now=TODAY - DAY / 2),
    )
    track = only(read(store, GOLDEN))
    assert (track.counts, track.values) == ((50,), (45,))


def test_a_scorer_without_a_suite_is_of_any_suite(store: Store) -> None:
    store.collected(score(0.9, n=10, now=TODAY - DAY / 2), score(0.8, n=10, now=TODAY - DAY / 2, suite="live"))
    assert {key[1] for key in read(store, Given("grounded", "evaluation:quality")).tracks} == {
        "golden/quality",
        "live/quality",
    }


@pytest.mark.parametrize(
    ("inverts", "higher", "k"), [(False, True, 9), (True, True, 1), (False, False, 1), (True, False, 9)]
)
def test_an_evaluation_is_read_as_good_answers_or_inverted_as_the_others(
    store: Store, k: float, *, inverts: bool, higher: bool
) -> None:
    store.collected(score(0.9, n=10, now=TODAY - DAY / 2, higher_is_better=higher))
    assert only(read(store, replace(GOLDEN, inverts=inverts))).values == pytest.approx([k])


def test_scores_without_n_are_a_quantity(store: Store) -> None:
    store.collected(score(0.9, now=TODAY - DAY / 2), score(0.7, now=TODAY - DAY / 3))
    assert only(read(store, GOLDEN)) == Track("plain", (YESTERDAY,), (0.8,))


def test_suites_are_read_a_year_back(store: Store) -> None:
    store.collected(*(score(0.9, n=10, now=TODAY - each * DAY) for each in (1, 300, 500)))
    assert only(read(store, GOLDEN)).days == (before(300), YESTERDAY)


# Changes and systems


def test_changes_that_were_made_are_on_record_with_every_day_that_is_known(store: Store) -> None:
    made = Change("bot", "1", "model", "north-2", "approved", requested=TODAY - 9 * DAY)
    store.collected(
        made, replace(made, external_id="2", state="applied", requested=None),
        replace(made, external_id="3", state="rejected", requested=TODAY - 5 * DAY),
        replace(made, external_id="4", state="pending", requested=TODAY - 4 * DAY),
        replace(made, external_id="5", system="other", requested=TODAY - 3 * DAY),
    )  # fmt: skip
    store.collected(*days("llmops.refusal_ratio", [0.1], n=10))
    assert read(store).changes == (before(9), YESTERDAY + DAY)


def test_only_systems_that_are_asked_for_are_read(store: Store) -> None:
    store.collected(
        *(
            replace(each, system=system)
            for system in ("bot", "desk")
            for each in days("llmops.refusal_ratio", [0.1], n=9)
        ),
        replace(score(0.9, n=10, now=TODAY - DAY / 2), system="desk"),
    )
    found = histories(store.session, KNOWN, TODAY - 45 * DAY, TODAY, ["bot", "nobody"])
    assert [(name, list(each.tracks)) for name, each in found.items()] == [("bot", [("refusal", "")]), ("nobody", [])]
    assert histories(store.session, KNOWN, TODAY - 45 * DAY, TODAY, []) == {}


def _of_two(store: Store, *given: Given) -> dict[str, list[float]]:
    found = histories(store.session, given, TODAY - 45 * DAY, TODAY, ["bot", "desk"])
    return {name: [value for track in each.tracks.values() for value in track.values] for name, each in found.items()}


def _both(samples: list[Sample]) -> list[Sample]:
    return [replace(each, system=system) for system in ("bot", "desk") for each in samples]


def test_an_entry_for_a_system_replaces_what_is_known_of_its_signal_for_that_system_alone(store: Store) -> None:
    store.collected(*_both(days("latency", [1.0], "p50")), *_both(days("waiting", [2.0], "p50")))
    named = replace(LATENCY, metric="waiting", systems=("bot",))
    assert _of_two(store, named, LATENCY) == {"bot": [2.0], "desk": [1.0]}
    assert _of_two(store, LATENCY, named) == {"bot": [2.0], "desk": [1.0]}


def test_an_entry_whose_metric_is_not_there_replaces_what_is_known_all_the_same(store: Store) -> None:
    store.collected(*_both(days("latency", [1.0], "p50")))
    assert _of_two(store, replace(LATENCY, metric="absent", systems=("bot",)), LATENCY) == {"bot": [], "desk": [1.0]}


def test_a_metric_may_replace_an_evaluation_and_the_other_way_round(store: Store) -> None:
    runs = score(0.9, n=10, now=TODAY - DAY / 2)
    store.collected(runs, replace(runs, system="desk"), *_both(days("passed", [0.5], n=10)))
    of_metric = Given("golden_pass", "passed")
    assert _of_two(store, replace(of_metric, systems=("bot",)), GOLDEN) == {"bot": [5], "desk": [9]}
    assert _of_two(store, replace(GOLDEN, systems=("bot",)), of_metric) == {"bot": [9], "desk": [5]}


def test_entries_for_the_same_system_stand_beside_each_other() -> None:
    first, second = replace(LATENCY, systems=("bot",)), replace(LATENCY, systems=("bot", "desk"))
    assert standing([LATENCY, first, second], ["bot", "desk", "mail"]) == [
        (1, "bot"),
        (2, "bot"),
        (2, "desk"),
        (0, "mail"),
    ]


def test_every_signal_is_known_without_a_word_in_the_configuration() -> None:
    assert {each.signal for each in KNOWN} == set(SIGNALS)
