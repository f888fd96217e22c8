"""The models that a system uses and when they end; of most of them nothing is announced, and that is never ok."""

from datetime import date, timedelta

import pytest

from operations.models import is_alias, of_system, standing
from operations.rows import ModelRow
from operations.settings import System
from store.records import ModelDates
from tests.operations.stores import NOW, Store, charge, hours

TODAY = NOW.date()
DAY = timedelta(days=1)
RESPONSE, REQUEST = "gen_ai.response.model", "gen_ai.request.model"


def in_use(store: Store, *models: str) -> None:
    store.described([System("bot", "Ada", depends_on=tuple(f"model:{model}" for model in models))])


def found(store: Store) -> dict[str, ModelRow]:
    return {row.model: row for row in of_system(store.session, "bot", NOW)}


@pytest.mark.parametrize(
    ("retires", "deprecated", "said"),
    [
        (TODAY - DAY, None, "retired"),
        (TODAY, None, "retired"),
        (TODAY + DAY, None, "retires soon"),
        (TODAY + 90 * DAY, None, "retires soon"),
        (TODAY + 91 * DAY, None, "ends later"),
        (TODAY + 91 * DAY, TODAY, "deprecated"),
        (TODAY + 91 * DAY, TODAY + DAY, "ends later"),
        (TODAY + 90 * DAY, TODAY, "retires soon"),
        (None, TODAY, "deprecated"),
        (None, TODAY + DAY, "ends later"),
        (None, None, "nothing announced"),
    ],
)
def test_where_a_model_stands_follows_from_its_days(retires: date | None, deprecated: date | None, said: str) -> None:
    assert standing(retires, deprecated, TODAY) == said


@pytest.mark.parametrize("model", ["gpt-4o", "north-latest", "gpt-3.5-turbo-16k", "llama-3.1-405b", "north-4.1"])
def test_an_id_without_a_date_is_an_alias(model: str) -> None:
    assert is_alias(model)


@pytest.mark.parametrize(
    "model", ["gpt-4o-2024-08-06", "gpt-4-0613", "claude-3-5-sonnet-20241022", "maker.north-20250101-v2:0", "pro-002"]
)
def test_an_id_with_a_date_or_a_release_is_none(model: str) -> None:
    assert not is_alias(model)


def test_a_model_of_which_nothing_is_announced_is_unknown_and_never_ok(store: Store) -> None:
    in_use(store, "north")
    store.collected(ModelDates("maker", "south", retires_on=TODAY))
    row = found(store)["north"]
    assert (row.standing, row.state, row.source, row.announcements) == ("nothing announced", "unknown", "", 0)
    assert (row.days_left, row.is_declared, row.seen, row.is_alias) == (None, True, None, True)


def test_a_release_alone_announces_no_end(store: Store) -> None:
    in_use(store, "north-2026-01-15")
    store.collected(ModelDates("maker", "north-2026-01-15", released_on=date(2026, 1, 15)), source="map")
    row = found(store)["north-2026-01-15"]
    assert (row.state, row.released_on, row.source, row.is_alias) == ("unknown", date(2026, 1, 15), "map", False)


def test_models_come_from_declarations_series_and_charges_of_the_last_thirty_days(store: Store) -> None:
    store.described([System("bot", "Ada", depends_on=("prompt:p@1", "model: declared ", "model:", "desk"))])
    store.collected(
        *hours("latency", [1], dims={RESPONSE: "answered", REQUEST: "asked", "other": "x"}),
        *hours("latency", [1], dims={RESPONSE: "long gone"}, end=NOW - 31 * DAY),
        *hours("latency", [1], dims={RESPONSE: ""}),
        *hours("latency", [1], system="desk", dims={RESPONSE: "of another"}),
        charge(NOW - 2 * DAY, "1", model="charged"),
        charge(NOW - 31 * DAY, "1", model="charged long ago", line="b"),
    )
    rows = found(store)
    assert sorted(rows) == ["answered", "asked", "charged", "declared"]
    assert [rows[name].is_declared for name in sorted(rows)] == [False, False, False, True]
    assert (rows["answered"].seen, rows["charged"].seen, rows["declared"].seen) == (NOW, NOW - 2 * DAY, None)


def test_a_model_both_declared_and_seen_is_one_row(store: Store) -> None:
    in_use(store, "north")
    store.collected(*hours("latency", [1], dims={RESPONSE: "north"}), charge(NOW - DAY, "1", model="north"))
    (row,) = of_system(store.session, "bot", NOW)
    assert (row.is_declared, row.seen) == (True, NOW)


def test_of_sources_that_disagree_the_earliest_retirement_counts_and_its_source_is_named(store: Store) -> None:
    in_use(store, "north")
    store.collected(
        ModelDates("maker", "north", deprecated_on=TODAY, retires_on=TODAY + 200 * DAY, replacement="south"),
        source="vendor",
    )
    store.collected(
        ModelDates("maker", "north", released_on=TODAY - 400 * DAY, retires_on=TODAY + 80 * DAY), source="map"
    )
    store.collected(ModelDates("maker", "north"), source="silent")
    row = found(store)["north"]
    assert (row.source, row.retires_on, row.days_left, row.standing) == ("map", TODAY + 80 * DAY, 80, "retires soon")
    assert (row.last_retires_on, row.announcements, row.replacement) == (TODAY + 200 * DAY, 3, "south")
    assert (row.released_on, row.deprecated_on) == (TODAY - 400 * DAY, TODAY)


def test_a_provider_in_front_of_a_model_may_be_on_one_side_alone(store: Store) -> None:
    in_use(store, "azure/eu/north", "south", "router/west", "east")
    store.collected(
        ModelDates("azure", "north", retires_on=TODAY),
        ModelDates("router", "maker/south", retires_on=TODAY + DAY),
        ModelDates("other", "other/west", retires_on=TODAY),
        ModelDates("maker", "northeast", retires_on=TODAY),
    )
    rows = found(store)
    assert (rows["azure/eu/north"].standing, rows["azure/eu/north"].provider) == ("retired", "azure")
    assert (rows["south"].standing, rows["south"].provider) == ("retires soon", "router")
    assert rows["router/west"].standing == "nothing announced"
    assert rows["east"].standing == "nothing announced"


def test_what_ends_first_comes_first_and_what_ends_later_last(store: Store) -> None:
    in_use(store, "later", "unsaid", "soon", "ended", "sooner")
    store.collected(
        ModelDates("maker", "later", retires_on=TODAY + 91 * DAY),
        ModelDates("maker", "soon", retires_on=TODAY + 90 * DAY),
        ModelDates("maker", "sooner", retires_on=TODAY + 2 * DAY),
        ModelDates("maker", "ended", retires_on=TODAY - DAY),
    )
    assert list(found(store)) == ["ended", "sooner", "soon", "unsaid", "later"]


def test_days_that_end_in_a_slash_or_name_nothing_match_nothing(store: Store) -> None:
    in_use(store, "maker/", "north")
    store.collected(ModelDates("maker", "", retires_on=TODAY), ModelDates("maker", "x/", retires_on=TODAY))
    assert {row.standing for row in found(store).values()} == {"nothing announced"}
