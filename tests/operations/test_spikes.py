"""Single points that stand out: a score that never looks ahead."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf
from random import Random
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.spikes import QUIET, Surprise, _Lately, _Tail, alarms

WEEK = 168
START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


# quiet


def test_after_an_alarm_it_is_quiet_for_half_a_day() -> None:
    scored = [(START + HOUR * hour, score) for hour, score in enumerate([9.9, 10.0, 99.0, *[50.0] * 11, 10.0, 0.0])]
    assert list(alarms(scored, 10.0)) == [START + HOUR, START + HOUR + QUIET]


def test_a_score_under_the_limit_starts_no_quiet() -> None:
    scored = [(START, 9.99), (START + HOUR, 10.0)]
    assert list(alarms(scored, 10.0)) == [START + HOUR]


@given(st.lists(st.floats(0, 20), max_size=100), st.floats(1, 20), st.integers(1, 48))
def test_alarms_are_never_closer_than_the_quiet(scores: list[float], limit: float, hours: int) -> None:
    quiet = HOUR * hours
    scored = [(START + HOUR * place, score) for place, score in enumerate(scores)]
    found = list(alarms(scored, limit, quiet))
    assert all(after - before >= quiet for before, after in pairwise(found))
    assert bool(found) is any(score >= limit for score in scores)


# the score


def day(hours: int, seed: int = 1, level: float = 100.0) -> list[float]:
    """Make hours that rise by day and fall by night, with a little noise."""
    chance = Random(seed)  # noqa: S311 - noise
    return [level * (2 if 8 <= hour % 24 < 20 else 1) * (1 + chance.gauss(0, 0.03)) for hour in range(hours)]


def scores(values: Sequence[float], step: timedelta = HOUR) -> list[float]:
    surprise = Surprise(step)
    return [surprise.score(START + step * place, value) for place, value in enumerate(values)]


def test_the_first_two_days_of_hours_say_nothing() -> None:
    found = scores([*day(48), 10_000.0])
    assert found[:48] == [0.0] * 48


def test_a_point_that_stands_out_scores_above_all_others() -> None:
    values = day(600)
    values[500] *= 3
    found = scores(values)
    assert max(range(600), key=found.__getitem__) in {500, 501, 502}
    assert found[500] > 12
    assert found[500] > max(found[:500])


def test_what_is_usual_by_day_stands_out_by_night() -> None:
    values = day(700)
    night, noon = 24 * 25 + 3, 24 * 25 + 12
    assert scores([*values[:noon], 200.0])[-1] < 8
    assert scores([*values[:night], 200.0])[-1] > 12


@pytest.mark.parametrize("factor", [0.02, 1.0, 50.0])
def test_the_unit_of_the_values_does_not_matter(factor: float) -> None:
    values = day(300)
    values[250] *= 4
    assert scores([value * factor for value in values]) == pytest.approx(scores(values))


def test_a_fall_stands_out_as_a_rise_does() -> None:
    values = day(600)
    values[500:504] = [value / 5 for value in values[500:504]]
    assert max(scores(values)[500:504]) > 12


def test_a_new_level_is_said_when_it_comes_and_is_usual_later() -> None:
    values = [*day(600), *day(600, seed=2, level=160.0)]
    found = scores(values)
    assert max(found[600:604]) > 12
    assert median(found[1100:]) < 3


def test_values_that_begin_to_tremble_stand_out() -> None:
    chance = Random(3)  # noqa: S311 - noise
    steady = [100 * (1 + chance.gauss(0, 0.01)) for _ in range(2000)]
    trembling = [100 * (1 + 0.2 * (-1) ** place) for place in range(12)]
    found = scores([*steady, *trembling], timedelta(minutes=5))
    assert max(found[2000:]) > 15 > max(found[:2000])


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_a_flat_line_says_nothing_until_it_moves(value: float) -> None:
    found = scores([value] * 300 + [value + 5.0])
    assert max(found[:300]) < 4
    assert found[300] > 12


def test_noise_under_a_fiftieth_of_the_value_is_none() -> None:
    chance = Random(4)  # noqa: S311 - noise
    assert max(scores([100 + chance.uniform(-0.1, 0.1) for _ in range(1000)])) < 12


@settings(max_examples=25)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=200), st.lists(st.floats(-1e9, 1e9), max_size=50))
def test_no_score_looks_ahead(values: list[float], more: list[float]) -> None:
    found = scores([*values, *more])
    assert found[: len(values)] == scores(values)
    assert all(0 <= score < inf for score in found)


def test_points_may_come_without_a_step_between_them() -> None:
    surprise = Surprise(timedelta(0))
    assert [surprise.score(START, 1.0) for _ in range(60)] == [0.0] * 60


# what it rests on


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=200), st.integers(1, 20))
def test_the_running_median_is_that_of_the_last_values(values: list[int], most: int) -> None:
    lately = _Lately(most)
    for place, value in enumerate(values):
        lately.add(value)
        kept = values[max(0, place + 1 - most) : place + 1]
        assert len(lately) == len(kept)
        assert lately.median() == median(kept)


def test_a_tail_is_the_share_of_values_as_large_and_fades_beyond_them() -> None:
    tail = _Tail()
    found = [tail.nats(float(value)) for value in range(50)]
    assert found == [0.0] * 50
    assert tail.nats(25.0) == pytest.approx(0.674, abs=0.05)  # half of them are as large
    far, further = _grown(200.0), _grown(300.0)
    assert 3.5 < far < further


def _grown(value: float) -> float:
    tail = _Tail()
    for known in range(100):
        tail.nats(float(known))
    return tail.nats(value)


def test_values_that_hardly_differ_have_no_short_tail() -> None:
    tail = _Tail()
    for _ in range(100):
        tail.nats(1.0)
    assert tail.nats(1.3) == pytest.approx(3.5066 + 1.0, abs=0.001)
