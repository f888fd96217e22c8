"""Where a month ends: properties that hold whatever the days cost, and each limit on both sides."""

from collections.abc import Sequence
from itertools import pairwise
from math import exp
from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.distributions import student_quantile, student_tail
from operations.forecast import EARLIEST, NEEDS, REACH, month_end, rest
from operations.outlook import Outlook

WEEK = (1.1, 1.15, 1.15, 1.1, 1.05, 0.75, 0.7)
MONTHS = (28, 29, 30, 31)
DAYS = st.lists(st.floats(0.01, 1e6), min_size=NEEDS, max_size=150)


def season(count: int, level: float = 100.0, growth: float = 0.0) -> list[float]:
    return [level * WEEK[day % 7] * exp(growth * day) for day in range(count)]


def noisy(count: int, seed: int, growth: float = 0.0) -> list[float]:
    chance = Random(seed)  # noqa: S311 - noise
    return [day * exp(chance.gauss(0, 0.08)) for day in season(count, growth=growth)]


def ends(found: Outlook | None) -> Sequence[float]:
    assert found is not None
    return found.low, found.middle, found.high


# the forecast


@given(st.floats(0.01, 1e9), st.sampled_from(MONTHS), st.integers(NEEDS, 150), st.data())
def test_a_flat_months_middle_is_its_total(level: float, length: int, known: int, data: st.DataObject) -> None:
    ahead = data.draw(st.integers(1, length))
    found = month_end([level] * known, ahead, length)
    assert found is not None
    assert found.method == "quantiles"
    assert ends(found) == pytest.approx([level * length] * 3)


@pytest.mark.parametrize("length", MONTHS)
@pytest.mark.parametrize("known", [70, 73, 119, 140])
def test_a_week_that_repeats_is_forecast_day_by_day(known: int, length: int) -> None:
    days = season(known + length)
    for ahead in range(1, length + 1):
        until = known + length - ahead
        assert ends(month_end(days[:until], ahead, length)) == pytest.approx([sum(days[known:])] * 3)


@given(DAYS, st.floats(0.001, 1000), st.integers(1, 31), st.floats(0, 100))
def test_money_scales_everything(days: list[float], factor: float, ahead: int, today: float) -> None:
    scaled = month_end([day * factor for day in days], ahead, 31, today * factor)
    assert ends(scaled) == pytest.approx([amount * factor for amount in ends(month_end(days, ahead, 31, today))])


@given(DAYS, st.integers(1, 31), st.floats(0, 1e6))
def test_quantiles_are_in_order_and_never_under_what_is_spent(days: list[float], ahead: int, today: float) -> None:
    low, middle, high = ends(month_end(days, ahead, 31, today))
    spent = sum(days[len(days) - 31 + ahead :])
    assert spent <= low * (1 + 1e-12)
    assert low <= middle * (1 + 1e-12)
    assert middle <= high * (1 + 1e-12)


def test_the_less_of_the_month_is_left_the_surer_is_its_end() -> None:
    days = noisy(119 + 30, seed=3)
    widths = []
    for ahead in (30, 21, 14, 7, 1):
        low, _, high = ends(month_end(days[: 149 - ahead], ahead, 30))
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)


def test_growth_is_followed_halfway() -> None:
    flat, growing = (rest(season(119, growth=growth), 30) for growth in (0.0, 0.01))
    assert flat is not None
    assert growing is not None
    level = exp(0.01 * 118.5)
    truth = sum(season(149, growth=0.01)[119:])
    assert flat.middle * level < growing.middle < truth


def test_one_wild_day_moves_the_range_and_not_the_middle() -> None:
    days = noisy(119, seed=4)
    wild = [*days[:80], days[80] * 20, *days[81:]]
    calm_low, calm, calm_high = ends(month_end(days, 20, 30))
    low, middle, high = ends(month_end(wild, 20, 30))
    assert middle == pytest.approx(calm, rel=0.02)
    assert high - low > 1.5 * (calm_high - calm_low)


def test_days_older_than_the_reach_say_nothing() -> None:
    days = noisy(REACH, seed=5)
    assert month_end([*[1e6] * 30, *days], 20, 30) == month_end(days, 20, 30)


def test_the_profile_forgets_after_seventeen_weeks_and_the_errors_do_not() -> None:
    weekends = [float(day % 7 < 5) for day in range(126)]
    whole = [*weekends, *[1.0] * 119]
    found, alone = rest(whole, 7), rest(whole[126:], 7)
    assert found is not None
    assert alone is not None
    assert found.middle == pytest.approx(7)
    assert alone.spread == pytest.approx(0)
    assert found.spread > 0.1


def test_weekdays_without_use_are_expected_to_stay_so() -> None:
    days = [float(day % 7 < 5) for day in range(119)]  # the last is a Sunday
    found = rest(days, 7)
    assert found is not None
    assert found.middle == pytest.approx(5)
    assert found.spread == pytest.approx(0)


def test_a_gap_of_days_widens_the_range() -> None:
    days = noisy(119, seed=6)
    gap = [*days[:60], *[0.0] * 10, *days[70:]]
    low, middle, high = ends(month_end(gap, 20, 30))
    whole_low, whole, whole_high = ends(month_end(days, 20, 30))
    assert middle == pytest.approx(whole, rel=0.05)
    assert high - low > whole_high - whole_low


def test_a_system_that_wakes_has_no_past_forecasts_to_learn_from() -> None:
    asleep = [0.0] * 60
    assert rest(asleep, 20) is None
    assert ends(month_end(asleep, 20, 30)) == (0, 0, 0)
    assert month_end(asleep, 28, 30) is None


def test_credits_larger_than_the_charges_turn_no_range_around() -> None:
    days = [*noisy(105, seed=7), *[-50.0 - day % 3 for day in range(14)]]
    found = rest(days, 20)
    assert found is not None
    assert found.middle < 0
    assert found.at(0.1) < found.at(0.5) < found.at(0.9)


# what was off before


@pytest.mark.parametrize(
    ("known", "ahead", "freedom"),
    [(56, 7, 4), (56, 8, 2), (56, 14, 2), (56, 15, 1), (56, 30, 1), (119, 7, 13), (119, 14, 6), (119, 21, 4), (119, 31, 4)],
)  # fmt: skip
def test_stretches_that_do_not_overlap_are_counted(known: int, ahead: int, freedom: int) -> None:
    found = rest(noisy(known, seed=8), ahead)
    assert found is not None
    assert found.freedom == freedom


def test_the_spread_runs_from_horizon_to_horizon_without_a_jump() -> None:
    days = noisy(119, seed=9)
    found = [rest(days, ahead) for ahead in range(1, 32)]
    spreads = [each.spread / each.middle for each in found if each is not None]
    assert len(spreads) == 31
    assert spreads[0] == pytest.approx(spreads[6] * 7**0.5)
    assert spreads[10] == pytest.approx((spreads[6] * 3 + spreads[13] * 4) / 7)
    assert spreads[17] == pytest.approx((spreads[13] * 3 + spreads[20] * 4) / 7)
    assert spreads[20] == pytest.approx(spreads[30])


def test_no_forecast_looks_ahead() -> None:
    """The errors of a longer history are those of the shorter one and more: what came later changes none of them."""
    from operations.forecast import _History

    days = noisy(119, seed=10, growth=0.002)
    short, long = _History(days[:91]), _History([*days[:91], *(1e9 for _ in days[91:])])
    for horizon in (7, 14, 21):
        known = short.errors(horizon)
        assert long.errors(horizon)[: len(known)] == known
        assert len(long.errors(horizon)) > len(known)
    assert long.expected(91, 30) == short.expected(91, 30)


def test_the_errors_are_those_of_the_forecast_itself() -> None:
    from operations.forecast import _History

    days = noisy(70, seed=11)
    errors = _History(days).errors(7)
    made = [
        (sum(days[until : until + 7]), sum(_History(days[:until]).expected(until, 7))) for until in range(28, 64, 5)
    ]
    assert errors == pytest.approx([came / expected - 1 for came, expected in made])


@pytest.mark.parametrize("growth", [0.0, 0.003])
def test_nine_months_in_ten_end_inside_the_ninety_percent_range(growth: float) -> None:
    inside = []
    for seed in range(60):
        days = noisy(149, seed, growth)
        found = rest(days[:126], 23)
        assert found is not None
        inside.append(found.at(0.05) <= sum(days[126:]) <= found.at(0.95))
    assert fmean(inside) >= 0.85


# a month's first days, and short histories


@pytest.mark.parametrize(("known", "method"), [(NEEDS - 1, "scenarios"), (NEEDS, "quantiles")])
def test_quantiles_need_eight_weeks(known: int, method: str) -> None:
    found = month_end(noisy(known, seed=12), 20, 30)
    assert found is not None
    assert found.method == method


@pytest.mark.parametrize("known", [NEEDS - 1, NEEDS])
@pytest.mark.parametrize("observed", [0, EARLIEST - 1, EARLIEST])
def test_it_is_too_early_only_without_history_and_without_days(known: int, observed: int) -> None:
    found = month_end(noisy(known, seed=13), 31 - observed, 31)
    assert (found is None) is (known < NEEDS and observed < EARLIEST)


@pytest.mark.parametrize("length", MONTHS)
def test_on_the_first_day_nothing_is_spent_and_all_is_forecast(length: int) -> None:
    found = month_end([10.0] * 60, length, length, today=4.0)
    assert ends(found) == pytest.approx([10.0 * length] * 3)


def test_a_system_of_this_month_is_forecast_from_its_own_days() -> None:
    assert ends(month_end([10.0] * 6, 4, 30)) == pytest.approx([100.0] * 3)


def test_days_of_the_month_before_that_are_missing_are_no_part_of_this_month() -> None:
    days = season(70)
    assert ends(month_end(days, 33, 30)) == pytest.approx([sum(season(103)[73:])] * 3)


def test_scenarios_are_the_dearest_and_the_cheapest_week() -> None:
    days = [10.0] * 7 + [20.0] * 7 + [15.0] * 7
    assert ends(month_end(days, 10, 31)) == pytest.approx([315 + 100, 315 + 150, 315 + 200])


def test_with_less_than_two_weeks_scenarios_are_the_dearest_and_the_cheapest_day() -> None:
    days = [10.0] * 12 + [40.0]
    assert ends(month_end(days, 17, 30)) == pytest.approx([160 + 170, 160 + 17 * 160 / 13, 160 + 17 * 40])
    two_weeks = [*days, 40.0]
    assert ends(month_end(two_weeks, 16, 30)) == pytest.approx([200 + 160, 200 + 16 * 200 / 14, 200 + 16 * 130 / 7])


def test_scenarios_hold_the_run_rate_between_them() -> None:
    days = [100.0] * 20 + [1.0] * 5  # a month that began dear in the month before
    low, middle, high = ends(month_end(days, 25, 30))
    assert low <= middle <= high


@pytest.mark.parametrize("known", [30, 70])
def test_what_today_costs_so_far_counts_once_it_is_more_than_expected(known: int) -> None:
    days = [10.0] * known
    ordinary = ends(month_end(days, 20, 30))
    assert ends(month_end(days, 20, 30, today=9.0)) == pytest.approx(ordinary)
    assert ends(month_end(days, 20, 30, today=35.0)) == pytest.approx([amount + 25 for amount in ordinary])


# Student's t


@pytest.mark.parametrize(
    ("tail", "freedom", "value"),
    [(0.05, 1, 6.313752), (0.05, 4, 2.131847), (0.1, 4, 1.533206), (0.025, 30, 2.042272), (0.5, 3, 0.0)],
)
def test_quantiles_of_t_are_those_of_the_tables(tail: float, freedom: float, value: float) -> None:
    assert student_quantile(tail, freedom) == pytest.approx(value, abs=1e-6)


@given(st.floats(0.0001, 0.9999), st.integers(1, 100))
def test_the_quantile_of_t_is_the_other_way_round_of_its_tail(tail: float, freedom: int) -> None:
    found = student_quantile(tail, freedom)
    assert student_tail(found, freedom) == pytest.approx(tail, rel=1e-9)
    assert student_quantile(1 - tail, freedom) == pytest.approx(-found, abs=1e-6)


def test_a_smaller_tail_lies_further_out() -> None:
    found = [student_quantile(tail, 5) for tail in (0.9, 0.5, 0.4, 0.1, 0.01)]
    assert all(nearer < further for nearer, further in pairwise(found))
