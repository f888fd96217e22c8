"""Vendor events: what reaches three systems of one model within a day is one event, anything less is several."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from operations.settings import System
from operations.vendors import LEAST, folded
from store.records import Breach

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def breach(system: str, opened: datetime | None = NOON, **fields: object) -> Breach:
    made = Breach(
        f"{system}-1", system, "detector:FM1", "monitoring", "canary_pass", "warning", "open", "below", NOON, NOON,
        opened=opened, mode="FM1",
    )  # fmt: skip
    return replace(made, **fields)  # type: ignore[arg-type]  # of Breach


def system(name: str, *depends_on: str) -> System:
    return System(name, "Ada", depends_on=depends_on or ("model:north-1",))


def events(breaches: list[Breach], *more: System) -> list[str]:
    return [each.event for each in folded(breaches, [*more, *map(system, "abcdef")])]


def test_three_systems_on_one_model_within_a_day_are_one_event() -> None:
    assert LEAST == 3
    assert events([breach("a"), breach("b"), breach("c", NOON + 24 * HOUR)]) == ["model north-1"] * 3


def test_two_systems_are_two_events() -> None:
    assert events([breach("a"), breach("b")]) == ["", ""]


def test_two_breaches_of_one_system_count_once() -> None:
    assert events([breach("a"), breach("a", breach_id="a-2"), breach("b")]) == ["", "", ""]


def test_a_day_and_a_minute_apart_is_another_event() -> None:
    assert events([breach("a"), breach("b"), breach("c", NOON + 24 * HOUR + HOUR / 60)]) == ["", "", ""]


def test_each_that_is_within_a_day_of_the_first_of_three_belongs() -> None:
    times = [0, 23, 24, 30, 80]
    assert events([breach(name, NOON + HOUR * hours) for name, hours in zip("abcde", times, strict=True)]) == [
        *["model north-1"] * 4, "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [{"state": "closed"}, {"mode": "FM4"}, {"mode": ""}, {"opened": None}, {"system": "stranger"}],
)
def test_closed_ones_other_modes_and_systems_that_are_not_there_do_not_count(fields: dict[str, object]) -> None:
    assert events([breach("a"), breach("b"), replace(breach("c"), **fields)]) == ["", "", ""]  # type: ignore[arg-type]


@pytest.mark.parametrize("state", ["open", "closing", "unknown"])
def test_all_that_is_not_over_counts(state: str) -> None:
    assert events([breach("a"), breach("b"), breach("c", state=state)]) == ["model north-1"] * 3


def test_systems_on_other_models_are_not_of_the_event() -> None:
    others = [system("x", "model:south-1"), system("y", "index:north-1"), System("z", "Ada")]
    found = [breach("a"), breach("b"), breach("x"), breach("y"), breach("z")]
    assert events(found, *others) == [""] * 5
    assert events([*found, breach("c")], *others) == ["model north-1", "model north-1", "", "", "", "model north-1"]


def test_a_system_on_two_models_is_of_the_one_that_three_share() -> None:
    assert (
        events([breach("a"), breach("b"), breach("x")], system("x", "model:south-1", "model:north-1"))
        == ["model north-1"] * 3
    )


def test_an_event_keeps_its_name_while_the_breach_lasts_and_a_late_one_joins_it() -> None:
    held = [breach("a", event="model north-1"), breach("b", event="model north-1", state="closed")]
    assert events(held) == ["model north-1", "model north-1"]
    assert events([breach("a", event="model north-0"), breach("b"), breach("c")]) == [
        "model north-0", "model north-1", "model north-1",
    ]  # fmt: skip
