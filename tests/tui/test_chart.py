"""Charts show what was observed: gaps stay gaps, limits and marks stand where they belong."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.rows import Mark, Point
from tui.widgets.chart import Kind, Limit, chart, sparkline

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=1)


def series(values: Sequence[float | None]) -> list[Point]:
    step = timedelta(days=1) / len(values)
    return [Point(SINCE + step * place, value, None, None) for place, value in enumerate(values) if value is not None]


def text(lines: Sequence[Sequence[tuple[str, str]]]) -> list[str]:
    return ["".join(part for part, _ in line) for line in lines]


@pytest.mark.parametrize(
    ("values", "width", "drawn"),
    [
        ([1, 2, 3, 4, 5, 6, 7, 8], 8, "▁▂▃▄▅▆▇█"),
        ([3, 3], 4, "  ▄▄"),
        ([0, None, 10], 3, "▁ █"),
        ([0, math.nan, math.inf, 10], 4, "▁  █"),
        ([], 3, "   "),
        ([None, None], 2, "  "),
        (list(range(100)), 4, "▁▃▆█"),
        ([1, 2, None, None], 2, "▄ "),
    ],
)
def test_a_sparkline_shows_observed_values_and_leaves_gaps(values: list[float | None], width: int, drawn: str) -> None:
    assert sparkline(values, width) == drawn


def test_a_sparkline_can_be_drawn_in_ascii() -> None:
    assert sparkline(list(range(8)), 8, is_ascii=True) == "_.-:=+*#"


@given(st.lists(st.none() | st.floats(), max_size=50), st.integers(1, 30))
def test_a_sparkline_is_exactly_as_wide_as_asked(values: list[float | None], width: int) -> None:
    assert len(sparkline(values, width)) == width


@pytest.mark.parametrize("kind", ["braille", "block", "ascii"])
@pytest.mark.parametrize(("width", "height"), [(60, 10), (24, 5), (8, 3), (3, 2), (120, 30)])
def test_a_chart_has_the_size_asked_for(kind: Kind, width: int, height: int) -> None:
    lines = text(chart(series([1, 5, 3, 2]), SINCE, UNTIL, width, height, kind=kind))
    assert len(lines) == height
    if width > 20:
        assert {len(line) for line in lines} == {width}


def test_a_rising_series_rises() -> None:
    lines = text(chart(series(list(range(20))), SINCE, UNTIL, 30, 7, kind="ascii"))[:5]
    columns = [line.rindex("*") for line in lines]
    assert columns == sorted(columns, reverse=True)
    assert lines[0].lstrip().startswith("19 |")
    assert lines[4].lstrip().startswith("0 |")


@pytest.mark.parametrize("kind", ["braille", "block", "ascii"])
def test_a_stretch_without_data_stays_empty(kind: Kind) -> None:
    values = [5.0 if place < 30 or place > 70 else None for place in range(100)]
    plot = [line[5:] for line in text(chart(series(values), SINCE, UNTIL, 105, 6, kind=kind))[:4]]
    assert any(line[10:25].strip() for line in plot)
    assert all(not line[33:67].strip() for line in plot)


def test_limits_run_across_behind_the_series_and_are_named() -> None:
    lines = chart(
        series([1, 2, 3]),
        SINCE,
        UNTIL,
        40,
        12,
        limits=(Limit(4, "critical"), Limit(2, "warning"), Limit(900, "critical")),
    )
    crossed = [line for line in lines if any("╌" in part for part, _ in line)]
    assert [line[0] for line in crossed] == [("4", "critical"), ("2", "warning")]
    assert {tone for line in crossed for part, tone in line if "╌" in part} == {"critical", "warning"}


def test_breaches_and_changes_stand_below_at_their_time() -> None:
    noon = SINCE + timedelta(hours=12)
    marks = (
        Mark(noon, "breach", "b"),
        Mark(noon, "change", "c"),
        Mark(SINCE + timedelta(hours=6), "change", "c"),
        Mark(UNTIL + timedelta(days=3), "breach", "outside"),
    )
    lines = chart(series([1, 2, 3, 4]), SINCE, UNTIL, 43, 8, marks=marks)
    row = text(lines)[-2]
    assert row[3:].index("!") == 20
    assert row[3:].index("|") == 10
    assert row.count("!") + row.count("|") == 2
    assert ("!", "critical") in lines[-2]


def test_times_are_named_as_far_as_there_is_room() -> None:
    day = text(chart(series([1, 2]), SINCE, UNTIL, 40, 6))[-1]
    assert day.split() == ["00:00Z", "12:00Z", "00:00Z"]
    month = text(chart(series([1, 2]), SINCE, SINCE + timedelta(days=30), 40, 6))[-1]
    assert month.split() == ["11-01", "11-16", "12-01"]
    assert text(chart(series([1, 2]), SINCE, UNTIL, 18, 6))[-1].split() == ["00:00Z", "00:00Z"]
    assert text(chart(series([1, 2]), SINCE, UNTIL, 12, 6))[-1].split() == ["00:00Z"]


def test_no_data_is_said_and_not_drawn() -> None:
    lines = text(chart([Point(UNTIL + timedelta(days=9), 5.0, None, None)], SINCE, UNTIL, 50, 6))
    assert "no data in this stretch of time" in lines[2]
    assert not any("⠤" in line for line in lines)


def test_one_point_and_a_flat_series_are_drawn() -> None:
    assert any("*" in line for line in text(chart(series([7]), SINCE, UNTIL, 30, 6, kind="ascii")))
    flat = text(chart(series([0.0] * 9), SINCE, UNTIL, 30, 6, kind="ascii"))
    assert sum("*" in line for line in flat) == 1


@given(
    st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=60),
    st.sampled_from(["braille", "block", "ascii"]),
    st.lists(st.floats(-1e12, 1e12), max_size=2),
)
def test_any_series_can_be_drawn(values: list[float], kind: Kind, limits: list[float]) -> None:
    drawn = chart(series(values), SINCE, UNTIL, 60, 10, kind=kind, limits=[Limit(value, "warning") for value in limits])
    assert {len(line) for line in text(drawn)} == {60}
