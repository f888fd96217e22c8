"""How far a mix moved as a whole: the index and its limit at the size there is, and what is not said."""

import math
from datetime import timedelta

import pytest

from operations.baselines import Baseline
from operations.detection import frozen
from operations.detectors import query_shift
from operations.evidence import Bench, Evidence
from operations.findings import sentence
from operations.mixes import TAIL, Shift, shift
from operations.sizes import psi, psi_cut
from operations.tracks import Key, Track
from tests.operations.runs import counts, day, history, plain

LAST = 33


def bench(tracks: dict[Key, Track], *, without: tuple[str, ...] = ()) -> Bench:
    frozen_ones = {key: frozen(key, track, len(track.days)) for key, track in tracks.items() if key[1] not in without}
    return Bench(history(tracks), {key: each for key, each in frozen_ones.items() if each}, 7.5)


def mixed(before: tuple[float, ...], after: tuple[float, ...], n: float = 100.0) -> dict[Key, Track]:
    """Make topics a, b, ... of 28 runs of one mix and 6 of another."""
    return {("topic", name): counts([k] * 28 + [j] * 6, n) for name, k, j in zip("abc", before, after, strict=False)}


def found(made: Bench, dim: str = "b", length: int = 6) -> Shift | None:
    return shift(made, Evidence("scan", "topic", dim, length=length), day(LAST))


def test_the_window_is_held_against_the_baseline_with_the_limit_at_this_size() -> None:
    told = found(bench(mixed((70, 30), (50, 50))))
    assert told is not None
    assert told.index == pytest.approx(psi([300, 300], [1960, 840]))
    assert told.limit == pytest.approx(psi_cut(2, 600, 2800, TAIL))
    assert (told.n, told.kinds) == (600, 2)
    assert told.index > told.limit
    assert told.words == (
        f"the whole mix moved by a PSI of {told.index:.3g}, where chance alone stays under {told.limit:.3g} at n=600"
    )


def test_only_runs_of_the_window_count_and_none_later() -> None:
    made = bench(mixed((70, 30), (50, 50)))
    two = found(made, length=2)
    assert two is not None
    assert two.n == 200
    earlier = shift(made, Evidence("scan", "topic", "b", length=2), day(LAST) - timedelta(days=3))
    assert earlier is not None
    assert earlier == two


def test_what_no_topic_names_is_a_kind_of_its_own() -> None:
    told = found(bench(mixed((50, 30), (30, 50))))
    assert told is not None
    assert told.kinds == 3
    assert told.index == pytest.approx(psi([180, 300, 120], [1400, 840, 560]))


def test_a_topic_that_came_later_was_nothing_before() -> None:
    tracks = mixed((70, 30), (50, 30))
    tracks["topic", "new"] = Track("count", [day(place) for place in range(28, 34)], [20.0] * 6, [100.0] * 6)
    told = found(bench(tracks, without=("new",)))
    assert told is not None
    assert told.index == pytest.approx(psi([300, 180, 120], [1960, 840, 0]))


@pytest.mark.parametrize(
    "tracks",
    [
        {("topic", "b"): plain([0.3] * 28 + [0.5] * 6)},  # n is not known
        {("topic", "b"): counts([100.0] * 34)},  # one kind is no mix
        {("topic", "b"): Track("count", [day(place) for place in range(34)], [0.0] * 34, [0.0] * 34)},  # no items
    ],
)
def test_without_items_of_several_kinds_nothing_is_said(tracks: dict[Key, Track]) -> None:
    made = bench(tracks)
    assert shift(made, Evidence("scan", "topic", "b", length=6), day(LAST)) is None


def test_the_order_of_topics_changes_nothing() -> None:
    tracks = mixed((40, 30, 30), (20, 40, 40))
    one, other = found(bench(tracks)), found(bench(dict(reversed(tracks.items()))))
    assert one is not None
    assert other is not None
    assert math.isclose(one.index, other.index, rel_tol=1e-12)


def test_a_topic_that_alarms_is_told_with_the_index_and_one_that_is_quiet_is_not() -> None:
    made = bench(mixed((70, 30), (40, 60), 1000.0))
    told = {each.dim: each for each in query_shift.judge(made, query_shift.Settings(), day(LAST), None)}
    assert "; the whole mix moved by a PSI of " in sentence(told["b"])
    quiet = bench(mixed((70, 30), (69, 31)))
    assert all(not each.words for each in query_shift.judge(quiet, query_shift.Settings(), day(LAST), None))


def test_a_baseline_that_only_knows_a_level_gives_no_index() -> None:
    tracks = mixed((70, 30), (50, 50))
    level = Baseline("plain", 28, day(0), day(27), level=0.3, spread=0.1)
    made = Bench(history(tracks), dict.fromkeys(tracks, level), 7.5)
    assert shift(made, Evidence("scan", "topic", "b", length=6), day(LAST)) is None
