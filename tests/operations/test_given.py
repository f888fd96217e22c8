"""Entries that say what gives a signal: each mistake is told with the key that is to be changed."""

from dataclasses import replace

import pytest

from operations.given import KNOWN, Given, mistakes

SHARE = Given("refusal", "refused")
COST = Given("unit_cost", "spent", "sum", "per", whole="asked")
HOURS = Given("spend_hour", "spent", "sum", "hour")
NAME = Given("model_id", "models", reads="name", dimension="model")


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        (SHARE, []), (COST, []), (NAME, []), (replace(SHARE, inverts=True, only="a=b", scale=0.01, systems=("x",)), []),
        (replace(SHARE, metric="evaluation:suite/scorer"), []), (replace(SHARE, metric="evaluation:scorer"), []),
        (replace(SHARE, signal="refusals"), ["signal"]), (replace(SHARE, metric="evaluation: / "), ["metric"]),
        (replace(SHARE, stat="counter"), ["stat"]), (replace(SHARE, scale=0.0), ["scale"]),
        (replace(COST, metric="evaluation:cost"), ["metric"]), (replace(NAME, metric="evaluation:model"), ["metric"]),
        (replace(SHARE, metric="evaluation:x", reads="mean"), ["metric"]),
        (HOURS, []), (replace(HOURS, reads="mean"), ["reads"]), (replace(SHARE, reads="hour"), ["reads"]),
        (replace(HOURS, metric="evaluation:x"), ["metric"]),
        (replace(NAME, reads="share"), ["reads"]), (replace(NAME, signal="refusal"), ["reads"]),
        (replace(COST, whole=""), ["whole"]), (replace(SHARE, whole="asked"), ["whole"]),
        (replace(NAME, dimension=""), ["dimension"]), (replace(COST, inverts=True), ["inverts"]),
        (replace(SHARE, only="a"), ["only"]),
        (replace(COST, stat="bucket", scale=-1.0, whole="", only="a"), ["stat", "scale", "whole", "only"]),
    ],
)  # fmt: skip
def test_each_mistake_names_the_key_that_is_to_be_changed(given: Given, keys: list[str]) -> None:
    assert [key for key, _ in mistakes(given)] == keys


def test_what_is_known_without_configuration_has_no_mistake() -> None:
    assert [(each, found) for each in KNOWN if (found := list(mistakes(each)))] == []
