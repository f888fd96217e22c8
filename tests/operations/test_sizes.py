"""How large chance alone makes a shift, and how small a fall so many items can show."""

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from operations.sizes import psi, psi_cut, smallest_drop

COUNTS = st.lists(st.integers(0, 1000), min_size=2, max_size=12).filter(any)


def test_the_index_of_two_mixes_is_that_of_its_formula() -> None:
    shares = [(80.5, 50.5), (20.5, 50.5)]
    expected = sum((p - q) / 101 * math.log(p / q) for p, q in shares)
    assert psi([80, 20], [50, 50]) == pytest.approx(expected, rel=1e-12)


@given(COUNTS)
def test_a_mix_does_not_differ_from_itself(counts: list[int]) -> None:
    assert psi(counts, counts) == 0


@given(COUNTS, st.data())
def test_the_index_is_never_negative_and_does_not_mind_which_mix_came_first(
    counts: list[int], data: st.DataObject
) -> None:
    other = data.draw(st.lists(st.integers(0, 1000), min_size=len(counts), max_size=len(counts)).filter(any))
    there, back = psi(counts, other), psi(other, counts)
    assert there is not None
    assert 0 <= there < math.inf
    assert there == pytest.approx(back)


@pytest.mark.parametrize(("current", "reference"), [([0, 0], [1, 2]), ([1, 2], [0, 0]), ([], [])])
def test_no_items_are_no_mix(current: list[int], reference: list[int]) -> None:
    assert psi(current, reference) is None


def test_mixes_of_other_categories_are_not_compared() -> None:
    with pytest.raises(ValueError, match="shorter"):
        psi([1, 2, 3], [1, 2])


@pytest.mark.parametrize(
    ("n", "m", "cut"),
    [(50, 500, 0.613), (100, 500, 0.335), (200, 1000, 0.167), (500, 2000, 0.070), (5000, 20_000, 0.007)],
)
def test_the_cut_falls_as_samples_grow(n: int, m: int, cut: float) -> None:
    assert psi_cut(10, n, m, 0.001) == pytest.approx(cut, abs=6e-4)
    assert psi_cut(10, n, m, 0.001) == pytest.approx(stats.chi2.isf(0.001, 9) * (1 / n + 1 / m), rel=1e-9)


def test_a_mix_of_one_category_cannot_shift() -> None:
    assert psi_cut(1, 100, 100, 0.001) == 0


def test_two_samples_of_one_mix_exceed_the_cut_as_seldom_as_was_asked() -> None:
    rng = Random(20)  # noqa: S311  # repeatable, not secret
    weights = [30, 20, 15, 10, 8, 7, 5, 5]

    def drawn(n: int) -> list[int]:
        seen = rng.choices(range(8), weights, k=n)
        return [seen.count(place) for place in range(8)]

    cut = psi_cut(8, 400, 1000, 0.05)
    over = sum((psi(drawn(400), drawn(1000)) or 0) > cut for _ in range(1000))
    assert 25 <= over <= 75  # 50 expected, standard deviation 7


@pytest.mark.parametrize(
    ("share", "drop", "items"),
    [
        (0.97, 0.02, 1427), (0.97, 0.05, 275), (0.97, 0.10, 85), (0.97, 0.20, 28),
        (0.90, 0.02, 3901), (0.90, 0.05, 670), (0.90, 0.10, 185), (0.90, 0.20, 53),
        (0.80, 0.02, 6721), (0.80, 0.05, 1111), (0.80, 0.10, 291), (0.80, 0.20, 78),
    ],
)  # fmt: skip
def test_the_smallest_visible_fall_is_that_of_the_published_items(share: float, drop: float, items: int) -> None:
    assert smallest_drop(share, items) == pytest.approx(drop, rel=0.01)


@pytest.mark.parametrize(("share", "items"), [(0.9, 0), (0.9, 0.5), (0.0, 100), (0.9, 3), (0.02, 100)])
def test_too_few_items_show_no_fall_at_all(share: float, items: float) -> None:
    assert smallest_drop(share, items) is None


def test_one_item_more_than_a_fall_to_nothing_needs_shows_it() -> None:
    enough = math.log(3650) / -math.log(1 - 0.5)
    assert smallest_drop(0.5, math.floor(enough)) is None
    assert smallest_drop(0.5, math.ceil(enough)) == pytest.approx(0.5, abs=0.05)


@settings(max_examples=200)
@given(st.floats(0.05, 1), st.integers(1, 100_000))
def test_more_items_show_a_smaller_fall_and_never_one_beyond_nothing(share: float, items: int) -> None:
    few, many = smallest_drop(share, items), smallest_drop(share, 2 * items)
    if few is not None:
        assert many is not None
        assert 0 < many < few <= share


def test_a_suite_that_always_passes_still_needs_more_than_half_an_item_of_failure_to_be_seen() -> None:
    drop = smallest_drop(1.0, 100)
    assert drop is not None
    assert 0.03 < drop < 0.1
