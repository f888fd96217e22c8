"""Where a month ends, in words."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.tui.test_snapshot import ROW
from tui.outlooks import outlook

FORECAST = replace(
    ROW, currency="USD", budget=Decimal(1000), pace=0.82, forecast=820.0, forecast_low=790.0, forecast_high=1250.0,
    forecast_method="quantiles",
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "forecast $820 (P10 to P90 $790 to $1.25k), pace 82%"),
        ({"budget": None, "pace": None}, "forecast $820 (P10 to P90 $790 to $1.25k)"),
        ({"forecast_method": "scenarios"}, "at this rate $820 (scenarios $790 to $1.25k), pace 82%"),
        ({"forecast": None, "forecast_low": None, "forecast_high": None}, "too early to forecast"),
    ],
)
def test_a_forecast_is_a_range_that_says_what_it_is(change: dict[str, object], words: str) -> None:
    assert outlook(replace(FORECAST, **change)) == words  # type: ignore[arg-type]  # cases of several fields
