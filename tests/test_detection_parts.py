"""The benchmarks of points and forecasts: their rules by hand, and that they run."""

from datetime import UTC, datetime, timedelta
from math import exp
from pathlib import Path
from random import Random

import pytest

from bench.detection import measure
from bench.detection.measure import Effort
from bench.detection.parts import forecast, nab
from bench.detection.parts.nab import FALSE_ALARM, Labelled, corpus, earned

TINY = Effort(systems=2, days=35, replicates=2, replayed=1, workers=1)
START = datetime(2026, 3, 2, tzinfo=UTC)


def sigmoid(position: float) -> float:
    return 2 / (1 + exp(5 * position)) - 1


# the rules of the anomaly benchmark


@pytest.mark.parametrize(
    ("places", "worth"),
    [
        ([], -1.0),
        ([100], 1.0),
        ([149], sigmoid(-0.51) / sigmoid(-1)),
        ([199], sigmoid(-0.01) / sigmoid(-1)),
        ([149, 100, 180], 1.0),  # only the earliest counts
        ([99], -1.0 - FALSE_ALARM),  # before any window a false alarm is as far away as can be
        ([200], -1.0 + FALSE_ALARM * sigmoid(1 / 99)),
        ([299], -1.0 + FALSE_ALARM * sigmoid(100 / 99)),
        ([497], -1.0 - FALSE_ALARM),
        ([100, 299, 497], 1.0 + FALSE_ALARM * (sigmoid(100 / 99) - 1)),
    ],
)
def test_alarms_earn_by_how_early_they_are(places: list[int], worth: float) -> None:
    assert earned([(100, 199)], places) == pytest.approx(worth)


def test_a_false_alarm_counts_from_the_window_before_it() -> None:
    windows = [(100, 199), (300, 310)]
    assert earned(windows, [250]) == pytest.approx(-2 + FALSE_ALARM * sigmoid(51 / 99))
    assert earned(windows, [315]) == pytest.approx(-2 + FALSE_ALARM * sigmoid(5 / 10))


def labelled(windows: list[tuple[int, int]], count: int = 1000) -> Labelled:
    return Labelled("made up", [START + timedelta(hours=place) for place in range(count)], [0.0] * count, windows)


def test_no_alarm_scores_nothing_and_the_earliest_everywhere_a_hundred() -> None:
    series = [labelled([(300, 349), (600, 649)]), labelled([])]
    silent = [0.0] * 1000
    loud = [10.0 if place in {300, 600} else 0.0 for place in range(1000)]
    assert corpus(series, [silent, silent], 5.0) == pytest.approx(0)
    assert corpus(series, [loud, silent], 5.0) == pytest.approx(100)
    assert corpus(series, [loud, loud], 5.0) == pytest.approx(100 - 100 * 2 * FALSE_ALARM / 4)


def test_the_first_points_are_probation() -> None:
    series = labelled([(100, 140), (600, 649)])
    early = [10.0 if place in {50, 100, 149} else 0.0 for place in range(1000)]
    assert series.probation == 150
    assert corpus([series], [early], 5.0) == pytest.approx(0)
    assert labelled([], 9000).probation == 750


@pytest.mark.shared
def test_the_labelled_series_are_read_whole() -> None:
    data = measure.folder("nab")
    assert data is not None
    series = nab.read(data)
    assert len(series) == 45
    assert sum(len(each.windows) for each in series) == 83
    assert all(first < last < len(each.times) for each in series for first, last in each.windows)


@pytest.mark.shared
def test_the_labelled_series_are_scored_with_one_threshold() -> None:
    (row,) = nab.rows(Effort(workers=2))
    assert row.value is not None
    assert row.value >= 66
    assert "45 series with 83 windows" in row.basis


def test_rows_say_that_the_data_is_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(measure.VARIABLE, str(tmp_path))
    assert [row.value for row in nab.rows(TINY)] == [None]
    assert [row.value is None for row in forecast.rows(TINY)] == [*[False] * 24, True]


@pytest.mark.shared
def test_real_days_are_forecast_too() -> None:
    found = forecast.rows(TINY)
    assert len(found) == 28
    assert all(row.value is not None and row.measure and row.basis for row in found)
    assert found[-4].value is not None
    assert found[-4].value >= 0.85


# made-up months


def test_a_month_is_forecast_from_the_days_before_and_in_it_alone() -> None:
    days = forecast.costs(90, 0.0, Random(1))  # noqa: S311 - noise
    found = list(forecast.of_month(days, 60))
    other = list(forecast.of_month([*days[:74], *(day * 9 for day in days[74:])], 60))
    assert [each.after for each in found] == [3, 7, 14]
    for here, there in zip(found, other, strict=True):
        assert (here.low, here.middle, here.high, here.rate) == (there.low, there.middle, there.high, there.rate)
        assert here.came == pytest.approx(sum(days[60:]))
        assert here.rate == pytest.approx(sum(days[60 : 60 + here.after]) * 30 / here.after)


def test_a_month_with_too_little_before_it_to_learn_from_has_no_forecast() -> None:
    assert list(forecast.of_month([0.0] * 90, 60)) == []


def test_made_up_days_are_the_same_for_the_same_chance() -> None:
    assert forecast.costs(30, 0.01, Random(2)) == forecast.costs(30, 0.01, Random(2))  # noqa: S311 - noise
