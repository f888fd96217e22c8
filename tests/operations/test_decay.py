"""Evaluators decay: who judged is not calibrated, says the same for ever or varies otherwise, or a golden set is stale."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from operations.baselines import Baseline, freeze
from operations.cells import cells
from operations.decay import USUAL, Believed, believing, decayed
from operations.detection import DETECTORS
from operations.evaluators import Doubt, GateSettings, Judge, Suite, described
from operations.settings import System
from operations.tracks import History, Track
from store.detection_records import Cell
from tests.operations.stores import NOW as STORED
from tests.operations.stores import Store, score

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
JUDGED = Believed(is_judged=True)
REMEDY = "look at what the judge says of single answers, and calibrate it again"
SETTINGS = GateSettings()
GOOD = Judge("j", "2", date(2026, 10, 1), 0.9, 200, "Ada")
DIM = "golden/accuracy by j 2"


def days(runs: int) -> list[date]:
    return [NOW.date() - timedelta(days=runs - place) for place in range(runs)]


def counts(k: Sequence[float], n: float = 50) -> Track:
    return Track("count", days(len(k)), k, [n] * len(k))


def plain(values: Sequence[float]) -> Track:
    return Track("plain", days(len(values)), values)


def frozen(track: Track, *, is_suite: bool = False) -> Baseline:
    baseline = freeze(track, 0, 28, is_suite=is_suite)
    assert baseline is not None
    return baseline


def trouble(track: Track, believed: Believed = JUDGED) -> str:
    words, remedy = decayed(track, frozen(track), believed)
    assert bool(words) == bool(remedy)
    return words


def noisy(n: int, share: float, runs: int, seed: int = 7) -> list[float]:
    rng = random.Random(seed)  # noqa: S311  # repeatable, not secret
    return [float(sum(rng.random() < share for _ in range(n))) for _ in range(runs)]


# A judge that always says the same


@pytest.mark.parametrize(("repeats", "is_stuck"), [(1, False), (2, False), (3, True), (5, True)])
def test_a_judge_that_says_exactly_1_again_and_again_is_stuck(repeats: int, *, is_stuck: bool) -> None:
    usual = [46.0, 47, 45, 47, 48, 46, 47] * 5  # 93% of 50: exactly 50 of 50 comes by chance once in 30 runs
    found = trouble(counts(usual + [50.0] * repeats))
    assert found == (f"its judge said exactly 1 in {repeats} runs in a row" if is_stuck else "")


def test_its_usual_value_may_come_more_often_in_a_row() -> None:
    usual = [46.0, 47, 45, 47, 48, 46, 47] * 5
    assert not trouble(counts([*usual, 46.0, *[47.0] * 5]))
    assert trouble(counts([*usual, 46.0, *[47.0] * 8])) == "its judge said exactly 0.94 in 8 runs in a row"


@pytest.mark.parametrize(("repeats", "is_stuck"), [(6, False), (7, True)])
def test_a_mean_is_stuck_after_seven_times_the_same(repeats: int, *, is_stuck: bool) -> None:
    values = [0.80, 0.83, 0.79, 0.81, 0.82] * 6
    assert bool(trouble(plain([*values, *[0.9] * repeats]))) == is_stuck


def test_what_no_judge_scored_may_stay_the_same() -> None:
    assert decayed(counts([50.0] * 40), frozen(counts([50.0] * 40)), USUAL) == ("", "")


def test_what_always_said_the_same_is_not_stuck_for_saying_it_again() -> None:
    for value in (0.0, 47.0, 50.0):
        assert not trouble(counts([value] * 60))
    assert not trouble(plain([0.8] * 60))
    assert trouble(counts([50.0] * 40 + [47.0] * 5)) == ""
    assert not trouble(Track("count", days(40), [0.0] * 40, [50.0] * 30 + [0.0] * 10))


# A judge that varies otherwise than it did


def test_a_judge_whose_scores_hardly_differ_any_more_is_suspect() -> None:
    track = counts([*noisy(200, 0.8, 28), *([160.0, 161.0] * 14)], 200)
    assert decayed(track, frozen(track), JUDGED) == ("the variance of its judge is 0.027 times what it was", REMEDY)


def test_a_judge_whose_scores_jump_is_suspect() -> None:
    track = plain([*([0.80, 0.81] * 14), *([0.70, 0.90] * 14)])
    assert trouble(track).startswith("the variance of its judge is ")


def test_a_fall_of_the_level_is_no_jump_of_the_variance() -> None:
    assert not trouble(counts([*noisy(200, 0.95, 28), *noisy(200, 0.70, 28, 8)], 200))
    assert not trouble(plain([*([0.80, 0.81, 0.83] * 10), *([0.60, 0.61, 0.63] * 10)]))


def test_a_sudden_fall_of_a_suite_that_hardly_varies_is_no_jump_of_the_variance() -> None:
    steady = [222.0, 224, 221, 223, 222, 220, 223, 221, 222] * 6  # less than chance, as fixed suites are
    assert not trouble(counts([*steady, 191.0, 201, 196, 194, 192, 200], 240))


def test_before_twenty_eight_runs_after_the_baseline_nobody_knows() -> None:
    jumping = [*([0.80, 0.81] * 14), *([0.70, 0.90] * 14)]
    assert not trouble(plain(jumping[:-1]))
    assert not trouble(plain(jumping[:40]))


def test_a_baseline_without_any_spread_is_no_measure() -> None:
    assert not trouble(plain([*[0.8] * 28, *([0.70, 0.90] * 14)]))


def test_two_steady_judges_of_three_hundred_in_a_year_are_called_unsteady_at_most() -> None:
    found = [trouble(counts([*noisy(100, 0.9, 28, seed), *noisy(100, 0.9, 28, -seed)], 100)) for seed in range(1, 301)]
    assert sum(map(bool, found)) <= 6


# What the configuration says


def _stored(store: Store, judges: Sequence[Judge] = (), suites: Sequence[Suite] = (), **fields: Any) -> dict[str, Any]:
    found = described(judges, suites)
    store.session.append("judges", found[0])
    store.session.append("suites", found[1])
    made: dict[str, Any] = {"scorer": "accuracy", "judge": "j", "judge_version": "2", **fields}
    store.collected(replace(score(0.9, n=100), **made))
    return believing(store.session, SETTINGS, STORED)["bot"]


def test_without_any_judge_configured_nothing_is_said_of_calibration(store: Store) -> None:
    assert _stored(store) == {DIM: JUDGED}


def test_from_the_first_judge_configured_on_every_other_must_be_too(store: Store) -> None:
    (found,) = _stored(store, [replace(GOOD, name="other")]).values()
    assert found.doubt.words == "judge j 2 is not calibrated"
    assert found.doubt.remedy.startswith("hold it against people's verdicts")


def test_a_judge_that_is_calibrated_is_believed_and_watched(store: Store) -> None:
    assert _stored(store, [GOOD]) == {DIM: JUDGED}


def test_scores_without_a_judge_need_none(store: Store) -> None:
    assert _stored(store, [GOOD], judge="", judge_version="") == {"golden/accuracy": USUAL}


@pytest.mark.parametrize(
    ("suite", "words"),
    [
        (Suite("golden", refreshed=date(2026, 8, 25)), ""),
        (Suite("golden", refreshed=date(2026, 8, 24)), "golden set golden got its last case 91 days ago, 90d are allowed"),
        (Suite("golden", refreshed=date(2026, 11, 24)), "golden set golden got its last case on 2026-11-24, which is yet to come"),
        (Suite("golden"), "nobody said when golden set golden got its last case"),
        (Suite("golden", "canary"), ""),
        (Suite("other"), ""),
        (Suite("golden", systems=("other",)), ""),
    ],
)  # fmt: skip
def test_a_golden_set_must_get_new_cases(store: Store, suite: Suite, words: str) -> None:
    (found,) = _stored(store, suites=[suite]).values()
    assert found.doubt.words == words


def test_the_suite_of_a_system_goes_before_that_of_all(store: Store) -> None:
    (found,) = _stored(store, suites=[Suite("golden"), Suite("golden", "canary", ("bot",))]).values()
    assert found.doubt.words == ""


def test_a_judge_is_doubted_before_its_suite(store: Store) -> None:
    (found,) = _stored(store, [replace(GOOD, version="1")], [Suite("golden")]).values()
    assert found.doubt.words == "judge j 2 is not calibrated, 1 is"


# What becomes of cells


def _cell(believed: Believed) -> Cell:
    track = counts(noisy(100, 0.9, 40), 100)
    tracks = {("golden_pass", DIM): track, ("model_id", ""): Track("name", days(40), texts=("north-1",) * 40)}
    baselines = {key: found for key, each in tracks.items() if (found := freeze(each, 0, 28)) is not None}
    given = cells(History("bot", tracks), baselines, DETECTORS, NOW, {DIM: believed})
    return next(each for each in given if each.mode == "FM1")


def test_a_cell_whose_judge_is_doubted_is_degraded_with_the_reason_and_the_remedy() -> None:
    assert _cell(JUDGED).state == "armed"
    cell = _cell(Believed(Doubt("judge j 2 is not calibrated", "calibrate it"), is_judged=True))
    assert (cell.state, cell.reason, cell.remedy) == (
        "degraded",
        f"golden_pass ({DIM}): judge j 2 is not calibrated",
        f"golden_pass ({DIM}): calibrate it",
    )


def test_what_the_configuration_says_of_judges_reaches_the_cells_of_a_collection(store: Store, bot: System) -> None:
    judged: dict[str, Any] = {"scorer": "accuracy", "judge": "j", "judge_version": "2"}
    rng = random.Random(3)  # noqa: S311  # repeatable, not secret
    runs = [score(0.9 + rng.randint(-3, 3) / 100, timedelta(days=ago), n=100, **judged) for ago in range(1, 41)]
    store.collected(*runs)

    def reasons(*judges: Judge) -> list[str]:
        store.session.execute("delete from judges")
        store.session.append("judges", described(judges, ())[0])
        return [cell.reason for cell in store.detected([bot]).cells if "golden_pass" in cell.signals]

    assert not any("judge j" in reason for reason in reasons())
    assert not any("judge j" in reason for reason in reasons(GOOD))
    degraded = reasons(replace(GOOD, version="1"))
    assert degraded
    assert all(f"golden_pass ({DIM}): judge j 2 is not calibrated, 1 is" in reason for reason in degraded)
