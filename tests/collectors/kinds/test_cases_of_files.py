"""Cases of evaluation files: one score a case under a hash, errors left out, repeats averaged, no text kept."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Source, Window
from collectors.evaluations.rules import case_key
from collectors.kinds import evaluation_files, inspect_ai, promptfoo
from store.records import CaseScores, Evaluation, Parsed, Rejected

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=9_000), NOW, NOW)
Read = Callable[..., Any]


def _cases(found: list[Parsed]) -> dict[str, dict[str, float]]:
    return {f"{each.scorer} {each.slice}".strip(): dict(each.scores) for each in found if isinstance(each, CaseScores)}


def _row(question: str, **fields: Any) -> dict[str, Any]:
    return {"promptIdx": 0, "vars": {"q": question}, "success": True, "score": 1, **fields}


def _promptfoo(read_one: Read, source: Source, *rows: Any, prompts: int = 1) -> list[Parsed]:
    labelled = [{"provider": f"p{number}", "label": f"v{number}"} for number in range(prompts)]
    results = {"timestamp": "2026-11-22T02:00:00Z", "stats": {"successes": 1}, "prompts": labelled, "results": rows}
    body = json.dumps({"evalId": "e", "results": results}).encode()
    return list(read_one("promptfoo", body, promptfoo.Settings("*"), source, WINDOW, "", "golden.json"))


def _q(question: str, description: str | None = None) -> str:
    return case_key([{"q": question}, description])


def test_promptfoo_keeps_each_case_under_a_hash_by_every_scorer(read_one: Read, one_system: Source) -> None:
    found = _promptfoo(
        read_one,
        one_system,
        _row("a", namedScores={"tone": 0.5, "score": 0.25, "words": "none"}),
        _row("b", success=False, score=0.5),
    )
    assert _cases(found) == {
        "pass_rate": {_q("a"): 1, _q("b"): 0},
        "score": {_q("a"): 1, _q("b"): 0.5},
        "tone": {_q("a"): 0.5},
        "named score": {_q("a"): 0.25},
    }
    cases = next(each for each in found if isinstance(each, CaseScores))
    evaluation = next(each for each in found if isinstance(each, Evaluation))
    for name in ("system", "eval_run", "suite", "scorer", "slice", "seen"):
        assert getattr(cases, name) == getattr(evaluation, name)


def test_promptfoo_leaves_a_case_that_could_not_be_run_out(read_one: Read, one_system: Source) -> None:
    found = _promptfoo(read_one, one_system, _row("a"), _row("b", success=False, score=0, failureReason=2))
    assert _cases(found)["pass_rate"] == {_q("a"): 1}


def test_promptfoo_takes_the_mean_of_a_case_that_ran_several_times(read_one: Read, one_system: Source) -> None:
    found = _promptfoo(read_one, one_system, _row("a"), _row("a", success=False, score=0.5))
    assert _cases(found) == {"pass_rate": {_q("a"): 0.5}, "score": {_q("a"): 0.75}}


def test_promptfoo_knows_a_case_by_its_own_variables_and_description(read_one: Read, one_system: Source) -> None:
    added = {"q": "a", "_conversation": [1], "sessionId": "x"}
    found = _promptfoo(
        read_one, one_system, _row("a", vars=added), _row("a", testCase={"description": "rude"}), _row("a", vars=None)
    )
    assert list(_cases(found)["pass_rate"]) == [_q("a"), _q("a", "rude"), case_key([{}, None])]


def test_promptfoo_keeps_the_cases_of_each_prompt_apart(read_one: Read, one_system: Source) -> None:
    found = _promptfoo(
        read_one, one_system, _row("a"), _row("a", promptIdx=1, success=False), _row("a", promptIdx=2), prompts=2
    )
    assert {name: scores for name, scores in _cases(found).items() if name.startswith("pass_rate")} == {
        "pass_rate 1: p0 v0": {_q("a"): 1},
        "pass_rate 2: p1 v1": {_q("a"): 0},
    }


def test_promptfoo_gives_nothing_where_a_case_says_nothing(read_one: Read, one_system: Source) -> None:
    assert _cases(_promptfoo(read_one, one_system, _row("a", success=None, score=None))) == {}


def test_promptfoo_sets_a_file_with_broken_cases_aside_as_a_whole(read_one: Read, one_system: Source) -> None:
    (found,) = _promptfoo(read_one, one_system, _row("a"), 3)
    assert isinstance(found, Rejected)


def test_no_word_of_a_case_is_kept(fixtures: Path, gather: Any, by_label: Any) -> None:
    settings = promptfoo.Settings(str(fixtures / "promptfoo" / "version3.json"))
    found = gather("promptfoo", settings, WINDOW, by_label("system", "support-bot"))
    assert [list(each.scores.values()) for each in found if isinstance(each, CaseScores)] == [[0], [0.5]]
    assert "a user's words" not in str(found)


def test_inspect_reads_the_cases_of_a_real_archive(fixtures: Path, gather: Any, by_label: Any) -> None:
    settings = inspect_ai.Settings(str(fixtures / "inspect_ai" / "*.eval"))
    found = gather("inspect_ai", settings, WINDOW, by_label("system", "smollm-desk"))
    names = [case_key(name) for name in ("blue", "river", "seven", "glass")]
    assert _cases(found) == {"includes": dict.fromkeys(names, 1.0), "match": dict.fromkeys(names, 0.0)}
    assert "linguistics" not in str(found)


def _log(*reductions: Any, **fields: Any) -> dict[str, Any]:
    run = {"eval_id": "e1", "task": "golden", "created": "2026-11-22T02:00:00+00:00"}
    scores = [{"name": "judge", "metrics": {"mean": {"value": 0.5}, "max": {"value": 1}}}]
    return {"status": "success", "eval": run, "results": {"scores": scores}, "reductions": list(reductions), **fields}


def _inspect(read_one: Read, source: Source, log: Any, **settings: Any) -> list[Parsed]:
    body = json.dumps(log).encode()
    return list(read_one("inspect_ai", body, inspect_ai.Settings("*", **settings), source, WINDOW, "", "a.json"))


def _reduced(*values: Any, **fields: Any) -> dict[str, Any]:
    samples = [{"sample_id": number, "value": value} for number, value in enumerate(values)]
    return {"scorer": "judge", "samples": samples, **fields}


def test_inspect_gives_cases_to_the_metric_that_is_their_mean(read_one: Read, one_system: Source) -> None:
    found = _inspect(read_one, one_system, _log(_reduced(0.25, "I", 0.75)))
    assert _cases(found) == {"judge/mean": {case_key(0): 0.25, case_key(2): 0.75}}


def test_inspect_tells_the_reductions_of_one_scorer_apart(read_one: Read, one_system: Source) -> None:
    scores = [{"name": "m", "reducer": reducer, "metrics": {"mean": {"value": 0.5}}} for reducer in ("mode", "median")]
    log = _log(
        {**_reduced(0.0), "scorer": "m", "reducer": "median"},
        {**_reduced(1.0), "scorer": "m", "reducer": "mode"},
        results={"scores": scores},
    )
    assert _cases(_inspect(read_one, one_system, log)) == {"m mode": {case_key(0): 1}, "m median": {case_key(0): 0}}


@pytest.mark.parametrize(
    "reductions", [(), (_reduced(4.5),), (_reduced(),), (_reduced(None),), (_reduced(0.5, scorer="other"),)]
)
def test_inspect_gives_no_cases_that_are_not_those_of_a_score(
    read_one: Read, one_system: Source, reductions: tuple[Any, ...]
) -> None:
    found = _inspect(read_one, one_system, _log(*reductions))
    assert _cases(found) == {}
    assert len(found) == 2


def test_inspect_gives_no_cases_of_a_run_that_failed(read_one: Read, one_system: Source) -> None:
    found = _inspect(read_one, one_system, _log(_reduced(1.0), status="error", results={}))
    assert [type(each) for each in found] == [Evaluation]


def test_an_archive_without_reductions_has_scores_alone(read_one: Read, one_system: Source) -> None:
    log = _log()
    del log["reductions"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("header.json", json.dumps(log))
    found = read_one("inspect_ai", packed.getvalue(), inspect_ai.Settings("*"), one_system, WINDOW, "", "a.eval")
    assert [type(each) for each in found] == [Evaluation, Evaluation]


def _file(read_one: Read, source: Source, body: bytes, **settings: Any) -> dict[str, dict[str, float]]:
    found = read_one(
        "evaluation_files",
        body,
        evaluation_files.Settings("*", **settings),
        source,
        WINDOW,
        "2026-11-22T02:00:00Z",
        "golden",
    )
    assert not [each for each in found if isinstance(each, Rejected)]
    return _cases(found)


def test_ragas_knows_a_case_by_its_question(read_one: Read, one_system: Source) -> None:
    body = b"user_input,faithfulness,note\na,0.5,x\nb,,y\nc,1,z\n"
    assert _file(read_one, one_system, body) == {"faithfulness": {case_key("a"): 0.5, case_key("c"): 1}}
    rows = [{"question": ["a", "b"], "faithfulness": 0.5}, {"faithfulness": 1}]
    assert _file(read_one, one_system, json.dumps(rows).encode()) == {"faithfulness": {case_key(["a", "b"]): 0.5}}


def test_ragas_without_questions_has_scores_alone(read_one: Read, one_system: Source) -> None:
    assert _file(read_one, one_system, b'{"scores": [{"faithfulness": 0.5}]}') == {}


def test_junit_knows_a_case_by_its_suite_class_and_name(read_one: Read, one_system: Source) -> None:
    tests = "<testcase classname='k' name='a'/><testcase name='b'><failure/></testcase><testcase name='c'><error/></testcase>"
    one = {case_key(["s", ["k", "a"]]): 1.0, case_key(["s", ["", "b"]]): 0.0}
    body = f"<testsuite name='s'>{tests}</testsuite>"
    assert _file(read_one, one_system, body.encode()) == {"pass_rate": one}
    both = f"<testsuites>{body}<testsuite><testcase name='d'><skipped/></testcase><testcase name='e'/></testsuite></testsuites>"
    assert _file(read_one, one_system, both.encode()) == {
        "pass_rate": {**one, case_key(["", ["", "e"]]): 1},
        "pass_rate s": {case_key(["k", "a"]): 1, case_key(["", "b"]): 0},
        "pass_rate unnamed": {case_key(["", "e"]): 1},
    }


def test_deepeval_knows_a_case_by_its_input(read_one: Read, one_system: Source) -> None:
    measured = [{"name": "Bias", "score": 0.5}, {"name": "pass_rate", "score": 1}, {"name": "Broken", "score": None}]
    report = {
        "metricsScores": [],
        "testCases": [
            {"input": "a", "success": True, "metricsData": measured},
            {"input": "b", "success": False, "metricsData": [{"name": "Bias", "score": 0.7, "success": False}]},
            {"input": "c", "success": False, "metricsData": [{"name": "Bias", "error": "timed out"}]},
            {"success": True, "metricsData": measured},
        ],
        "conversationalTestCases": [{"scenario": "d", "success": True}],
    }
    assert _file(read_one, one_system, json.dumps(report).encode()) == {
        "pass_rate": {case_key("a"): 1, case_key("b"): 0, case_key("d"): 1},
        "Bias": {case_key("a"): 0.5, case_key("b"): 0.7},
        "metric pass_rate": {case_key("a"): 1},
    }
    assert list(_file(read_one, one_system, json.dumps(report).encode(), scorers=("Bias",))) == ["Bias"]


def test_cases_outside_the_scale_of_their_score_are_not_given(read_one: Read, one_system: Source) -> None:
    body = b"user_input,faithfulness\na,0.5\nb,1\n"
    assert _file(read_one, one_system, body, scales={"faithfulness": (0.5, 1.0)}) != {}
    assert (
        _cases(
            read_one(
                "evaluation_files",
                body,
                evaluation_files.Settings("*", scale_max=0.7),
                one_system,
                WINDOW,
                "2026-11-22T02:00:00Z",
                "g",
            )
        )
        == {}
    )
