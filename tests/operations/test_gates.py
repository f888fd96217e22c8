"""Gates over a real store: what passes, what fails, what nobody can tell, and who may not decide."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from operations.evaluators import GateSettings, Judge, Suite, described
from operations.gates import Gate, Gating, gates
from store.records import CaseScores, Evaluation
from tests.operations.stores import NOW, Store

USUAL = GateSettings()
DAY = timedelta(days=1)


def run(version: str, value: float | None = 0.9, n: int | None = 400, ago: int = 1, **fields: Any) -> Evaluation:
    """Make a run of the golden set of a version."""
    made = Evaluation(
        "bot", f"{version}-{ago}", "golden", "correct", NOW - ago * DAY, value, system_version=version, n=n
    )
    return replace(made, **fields)


def cases(of: Evaluation, scores: Iterable[float], first: int = 0) -> CaseScores:
    known = {f"case-{first + place}": score for place, score in enumerate(scores)}
    return CaseScores(of.system, of.eval_run, of.suite, of.scorer, of.seen, known, slice=of.slice)


def shares(passes: int, n: int, version: str, **fields: Any) -> Evaluation:
    return run(version, passes / n, n, passes=passes, **fields)


def told(store: Store, *found: Any, settings: GateSettings = USUAL) -> tuple[Gate, ...]:
    store.collected(*found)
    return gates(store.session, "bot", "v1", "v2", settings, NOW)


def gate(store: Store, *found: Any, settings: GateSettings = USUAL) -> Gate:
    (one,) = told(store, *found, settings=settings)
    return one


def matched(store: Store, current: Sequence[float], new: Sequence[float], **fields: Any) -> Gate:
    """Ask the gate of two runs with the same cases."""
    before, after = (
        run(version, sum(scores) / len(scores), len(scores), **fields)
        for version, scores in (("v1", current), ("v2", new))
    )
    return gate(store, before, after, cases(before, current), cases(after, new))


def calibrate(store: Store, judges: Sequence[Judge] = (), suites: Sequence[Suite] = ()) -> None:
    found = described(judges, suites)
    store.session.append("judges", found[0])
    store.session.append("suites", found[1])


# What the numbers say


def test_the_same_cases_that_hardly_change_pass(store: Store) -> None:
    current = [1.0] * 364 + [0.0] * 36
    found = matched(store, current, [0.0] * 4 + [1.0] * 360 + [1.0] * 4 + [0.0] * 32)
    assert (found.state, found.gates, found.method, found.n_current, found.n_new) == ("pass", True, "paired", 400, 400)
    assert (found.value_current, found.value_new, found.difference) == (0.91, 0.91, 0)
    assert found.low is not None
    assert found.high is not None
    assert -0.02 < found.low < 0 < found.high
    assert found.note == "of 400 cases 4 got worse, 4 better"


def test_the_same_fall_is_seen_in_400_cases_and_not_in_20(store: Store) -> None:
    many = matched(store, [1.0] * 400, [0.0] * 40 + [1.0] * 360)
    assert (many.state, many.difference) == ("fail", -0.1)
    few = matched(store, [1.0] * 20, [0.0] * 2 + [1.0] * 18)
    assert few.state == "inconclusive"
    assert few.smallest_drop is not None
    assert few.smallest_drop > 0.1
    assert few.note.endswith(f"a drop of {few.smallest_drop:.3g} is the smallest that it could see")


def test_runs_without_cases_are_compared_as_shares_and_say_less(store: Store) -> None:
    found = gate(store, shares(368, 400, "v1"), shares(368, 400, "v2"))
    assert (found.method, found.state) == ("two-proportion", "inconclusive")
    assert gate(store, shares(368, 400, "v1"), shares(300, 400, "v2")).state == "fail"
    assert gate(store, shares(9200, 10_000, "v1"), shares(9200, 10_000, "v2")).state == "pass"


def test_means_with_their_errors_are_compared_by_welch(store: Store) -> None:
    found = gate(store, run("v1", 0.8, 400, stderr=0.005), run("v2", 0.8, 400, stderr=0.005))
    assert (found.method, found.state, found.note) == ("welch", "pass", "")
    assert gate(store, run("v1", 0.8, 400, stderr=0.005), run("v2", 0.75, 400, stderr=0.005)).state == "fail"


def test_a_mean_without_its_error_is_taken_at_its_widest_and_says_so(store: Store) -> None:
    found = gate(store, run("v1", 0.8, 400), run("v2", 0.8, 400, stderr=0.005))
    assert (found.method, found.state) == ("two-proportion", "inconclusive")
    assert found.note.startswith("taken as yes or no in each case, since no narrower spread is known; a drop of ")


def test_scores_of_the_same_cases_are_compared_by_their_changes(store: Store) -> None:
    current = [0.7 + place % 5 / 50 for place in range(100)]
    found = matched(store, current, [score + (0.01 if place % 2 else -0.01) for place, score in enumerate(current)])
    assert (found.state, found.method, found.note) == ("pass", "paired", "of 100 cases 50 got worse, 50 better")


def test_fewer_is_better_turns_everything_round(store: Store) -> None:
    fields: dict[str, Any] = {"higher_is_better": False, "scale_max": 10.0}
    current, worse = [1.0 + place % 3 for place in range(90)], [3.0 + place % 3 for place in range(90)]
    found = matched(store, current, worse, **fields)
    assert (found.state, found.value_current, found.value_new, found.difference) == ("fail", 2, 4, 2)
    assert found.note.startswith("of 90 cases 90 got worse, 0 better")
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low <= 2 <= found.high
    better = matched(store, worse, current, **fields)
    assert (better.state, better.difference, better.low, better.high) == ("pass", -2, -found.high, -found.low)


def test_the_margin_is_a_share_of_the_scale_and_a_suite_may_have_its_own(store: Store) -> None:
    found = [run("v1", 4.5, 400, stderr=0.02, scale_max=5.0), run("v2", 4.42, 400, stderr=0.001, scale_max=5.0)]
    assert gate(store, *found).state == "inconclusive"  # a drop of 0.08, 0.1 is borne, and 0.113 is the lower end
    assert gate(store, *found, settings=replace(USUAL, max_drop=0.03)).state == "pass"
    calibrate(store, suites=[Suite("golden", max_drop=0.03)])
    assert gate(store, *found).state == "pass"
    calibrate(store, suites=[Suite("golden", systems=("bot", "other"), max_drop=0.0)])
    assert gate(store, *found).state == "fail"


# What is too little


@pytest.mark.parametrize("n", [0, 1, 2, 19])
def test_fewer_cases_than_wanted_say_nothing(store: Store, n: int) -> None:
    counted = "1 case" if n == 1 else f"{n} cases"
    found = gate(store, run("v1", 1.0, n), run("v2", 0.0, 400))
    assert (found.state, found.note.split("; ")[-1]) == ("inconclusive", f"{counted}, 20 are wanted")


@pytest.mark.parametrize("n", [1, 2, 19])
def test_fewer_matching_cases_than_wanted_say_nothing(store: Store, n: int) -> None:
    counted = "1 case" if n == 1 else f"{n} cases"
    found = matched(store, [1.0] * n, [0.0] * n)
    assert (found.state, found.note) == (
        "inconclusive",
        f"of {counted} {n} got worse, 0 better; {counted}, 20 are wanted",
    )


def test_as_many_as_wanted_are_enough(store: Store) -> None:
    assert matched(store, [1.0] * 20, [0.0] * 20).state == "fail"


def test_a_score_whose_n_nobody_knows_says_nothing(store: Store) -> None:
    found = gate(store, run("v1", 0.9, None), run("v2", 0.1))
    assert (found.state, found.difference, found.value_current, found.value_new) == ("inconclusive", None, 0.9, 0.1)
    assert found.note == "its n is not known; collect the number of cases with it"


def test_cases_count_where_no_n_is_told(store: Store) -> None:
    before, after = run("v1", 1.0, None), run("v2", 0.5, None)
    found = gate(store, before, after, cases(before, [1.0] * 40), cases(after, [0.0] * 20 + [1.0] * 20))
    assert (found.state, found.n_new) == ("fail", 40)


def test_runs_that_share_few_cases_are_not_held_against_each_other_case_by_case(store: Store) -> None:
    before, after = shares(40, 40, "v1"), shares(40, 40, "v2")
    found = gate(store, before, after, cases(before, [1.0] * 40), cases(after, [1.0] * 40, first=5))
    assert (found.method, found.note.split(";")[0]) == ("two-proportion", "only 35 of 40 cases are in both runs")


@pytest.mark.parametrize("odd", [[1.0] * 39 + [7.0], [1.0] * 20 + [0.0] * 20, [1.0]])
def test_cases_that_are_not_what_the_score_was_made_of_are_no_cases(store: Store, odd: list[float]) -> None:
    before, after = shares(36, 40, "v1"), shares(40, 40, "v2")
    found = gate(store, before, after, cases(before, odd), cases(after, [1.0] * 40))
    assert found.method == "two-proportion"
    assert "both runs" not in found.note


def test_a_case_that_ran_several_times_is_one_case(store: Store) -> None:
    before, after = shares(76, 80, "v1"), shares(76, 80, "v2")
    scores = [0.75, 0.75, 1.0, 1.0] * 5 + [1.0] * 2 + [0.75, 1.0] * 0
    before, after = (replace(each, value=sum(scores) / len(scores), passes=None) for each in (before, after))
    found = gate(store, before, after, cases(before, scores), cases(after, scores[::-1]))
    assert (found.method, found.n_current, found.n_new) == ("paired", 22, 22)


def test_errors_that_could_hide_the_drop_let_nothing_pass(store: Store) -> None:
    scores = [1.0] * 400
    before, after = run("v1", 1.0, 400), run("v2", 1.0, 400, errors=9)
    found = gate(store, before, after, cases(before, scores), cases(after, scores))
    assert found.state == "inconclusive"
    assert found.note.endswith("9 of 409 cases have no score of the new version, which could hide such a drop")
    after = replace(after, errors=8)
    assert gate(store, after).state == "pass"


def test_cases_that_the_new_run_lost_could_hide_it_as_well(store: Store) -> None:
    before, after = run("v1", 1.0, 400), run("v2", 1.0, 390)
    found = gate(store, before, after, cases(before, [1.0] * 400), cases(after, [1.0] * 390))
    assert (found.state, found.note.split("; ")[1]) == (
        "inconclusive", "10 of 400 cases have no score of the new version, which could hide such a drop",
    )  # fmt: skip


# What is compared with what


def test_the_newest_complete_run_of_each_version_counts(store: Store) -> None:
    found = gate(
        store,
        run("v1", 0.5, 400, ago=9), run("v1", 0.9, 400, ago=5), run("v1", 0.1, 400, ago=2, status="invalidated"),
        run("v2", 0.2, 400, ago=3), run("v2", 0.8, 400, ago=1), run("v2", None, 0, ago=0, status="error"),
        run("v2", 0.3, 200, ago=0, status="partial", eval_run="half"),
    )  # fmt: skip
    assert (found.value_current, found.value_new) == (0.9, 0.8)


def test_runs_after_now_are_not_known_yet(store: Store) -> None:
    store.collected(run("v1"), run("v2", 0.2, ago=3), run("v2", 0.9, ago=1))
    (found,) = gates(store.session, "bot", "v1", "v2", USUAL, NOW - 2 * DAY)
    assert found.note == "the current version, v1, was not evaluated"
    (found,) = gates(store.session, "bot", "v1", "v2", USUAL, NOW - DAY)
    assert found.value_new == 0.9


@pytest.mark.parametrize(
    ("evaluated", "words"),
    [("v1", "the new version, v2, was not evaluated"), ("v2", "the current version, v1, was not evaluated")],
)
def test_a_version_that_was_not_evaluated_is_named(store: Store, evaluated: str, words: str) -> None:
    found = gate(store, run(evaluated))
    assert (found.suite, found.scorer, found.state, found.note, found.n_new) == (
        "golden", "correct", "inconclusive", words, None,
    )  # fmt: skip


def test_without_any_evaluation_there_is_no_gate(store: Store) -> None:
    assert told(store, run("v0"), run("v1", system="other")) == ()


def test_a_version_is_not_compared_with_itself(store: Store) -> None:
    store.collected(run("v1"))
    (found,) = gates(store.session, "bot", "v1", "v1", USUAL, NOW)
    assert (found.state, found.note) == ("inconclusive", "v1 is compared with itself")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"suite_version": "3"}, {"suite_version": "4"}, "suite version 3 against 4"),
        ({}, {"suite_version": "4"}, "suite version unknown against 4"),
        ({"judge": "j", "judge_version": "1"}, {"judge": "j", "judge_version": "2"}, "judged by j 1 and by j 2, which are not compared"),
        ({}, {"judge": "j"}, "judged by no judge and by j, which are not compared"),
        ({}, {"scale_max": 5.0}, "scored on different scales"),
        ({}, {"higher_is_better": False}, "scored on different scales"),
    ],
)  # fmt: skip
def test_what_is_not_alike_is_not_compared_and_why_is_said(
    store: Store, before: dict[str, Any], after: dict[str, Any], words: str
) -> None:
    found = gate(store, run("v1", **before), run("v2", **after))
    assert (found.state, found.difference, found.note) == ("inconclusive", None, words)


def test_older_runs_that_are_alike_are_compared_and_that_is_said(store: Store) -> None:
    old: dict[str, Any] = {"judge": "j", "judge_version": "1"}
    found = gate(
        store, run("v1", ago=5, **old), run("v2", 0.8, ago=4, **old), run("v2", 0.9, judge="j", judge_version="2")
    )
    assert found.value_new == 0.8
    assert found.note.startswith("not the newest runs: judged by j 1 and by j 2, which are not compared; ")


def test_each_suite_scorer_and_slice_has_a_gate_of_its_own(store: Store) -> None:
    kinds: list[dict[str, Any]] = [{}, {"suite": "canary"}, {"scorer": "tone"}, {"slice": "de"}]
    found = told(store, *(run(version, **fields) for fields in kinds for version in ("v1", "v2")))
    assert [(each.suite, each.scorer, each.slice) for each in found] == [
        ("canary", "correct", ""), ("golden", "correct", ""), ("golden", "correct", "de"), ("golden", "tone", ""),
    ]  # fmt: skip


def test_a_gate_says_which_kind_of_suite_it_rests_on(store: Store) -> None:
    calibrate(store, suites=[Suite("attacks", "red_team"), Suite("golden", "golden", ("other",))])
    found = told(
        store, run("v1", suite="attacks"), run("v2", suite="attacks"), run("v1"), run("v2", suite="attacks", scorer="x")
    )
    assert [(each.suite, each.kind) for each in found] == [
        ("attacks", "red_team"),
        ("attacks", "red_team"),
        ("golden", ""),
    ]


# Who may decide

GOOD = Judge("j", "2", date(2026, 10, 1), 0.9, 200, "Ada")


@pytest.mark.parametrize(
    ("judges", "words"),
    [
        ((), "judge j 2 is not calibrated"),
        ((replace(GOOD, version="1"), replace(GOOD, version="")), "judge j 2 is not calibrated, no version, 1 is"),
        ((replace(GOOD, calibrated=None),), "judge j 2 was never calibrated"),
        ((replace(GOOD, agreement=None),), "judge j 2 was never calibrated"),
        ((replace(GOOD, n=None),), "judge j 2 was never calibrated"),
        ((replace(GOOD, n=0),), "judge j 2 was never calibrated"),
        ((replace(GOOD, calibrated=date(2026, 8, 24)),), "judge j 2 was calibrated 91 days ago, 90d are allowed"),
        ((replace(GOOD, calibrated=date(2026, 11, 24)),), "judge j 2 was calibrated on 2026-11-24, which is yet to come"),
        ((replace(GOOD, n=20, agreement=0.85),), "judge j 2 agreed with people in 0.85 of 20, surely in 0.64; 0.75 is wanted"),
    ],
)  # fmt: skip
def test_a_judge_that_is_not_calibrated_reports_and_does_not_gate(
    store: Store, judges: tuple[Judge, ...], words: str
) -> None:
    calibrate(store, judges)
    judged: dict[str, Any] = {"judge": "j", "judge_version": "2"}
    found = gate(store, run("v1", 0.9, 400, **judged), run("v2", 0.2, 400, **judged))
    assert (found.state, found.gates) == ("fail", False)
    assert found.note.endswith(f"reports only: {words}")
    assert not gate(store, run("v3", **judged), settings=USUAL).note.endswith("which are not compared")


@pytest.mark.parametrize("calibrated", [date(2026, 8, 25), date(2026, 11, 23)])
def test_a_judge_that_agrees_with_people_and_did_so_lately_gates(store: Store, calibrated: date) -> None:
    calibrate(store, [replace(GOOD, calibrated=calibrated)])
    judged: dict[str, Any] = {"judge": "j", "judge_version": "2"}
    assert gate(store, run("v1", **judged), run("v2", 0.2, **judged)).gates


def test_a_gate_that_cannot_tell_says_too_whether_its_judge_may_decide(store: Store) -> None:
    assert not gate(store, run("v1", judge="j")).gates


def test_gates_are_asked_for_where_an_evaluation_names_a_version(store: Store) -> None:
    assert Gating(USUAL)(store.session, "bot", "v1", "v2", NOW) == ()
    found = told(store, shares(380, 400, "v1"), shares(380, 400, "v2"))
    gating = Gating(USUAL)
    assert gating(store.session, "bot", "v1", "v2", NOW) == found
    assert gating(store.session, "bot", "v3", "v4", NOW) == ()
    assert gating(store.session, "other", "v1", "v2", NOW) == ()
