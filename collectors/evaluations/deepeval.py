"""Know DeepEval's test runs (``test_run_<time>.json`` of ``DEEPEVAL_RESULTS_FOLDER``).

The time stands in the file's name alone, without a zone. A metric that gave no score is an error. Whether lower scores
are better is read off the cases: where a lower score passed and a higher one failed, it is. Of test cases, which hold
prompts and answers, only scores and the names of metrics and judges are kept, each case by a hash of its input.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from collectors.answers import find, number, rows, table, text, whole
from collectors.base import Answer, Source
from collectors.evaluations.rules import (
    PASS_RATE,
    Rules,
    Run,
    Score,
    content_id,
    file_labels,
    is_number,
    mean_of,
    suite_of,
    unrouted,
    written_at,
)
from collectors.shape import strings
from store.records import Parsed


def is_deepeval(document: object) -> bool:
    """Recognise a test run by the names of its lists."""
    return isinstance(document, dict) and "metricsScores" in document and "testCases" in document


def evaluations(document: object, answer: Answer, source: Source, rules: Rules) -> Iterator[Parsed]:
    """Give the share of cases that passed, then the mean of each metric."""
    report = table(document, "the file")
    own = strings({"identifier": report.get("identifier"), "dataset": report.get("datasetAlias")})
    labels = {**file_labels(answer.name), **strings(report.get("hyperparameters")), **own}
    system = source.system_of(labels)
    if system is None:
        yield unrouted(source, labels)
        return
    run = Run(
        file=answer.name,
        system=system,
        eval_run=_identity(report),
        suite=rules.suite or labels.get("dataset") or _text(report, "testFile") or suite_of(answer.name),
        seen=written_at(answer, rules),
        rules=rules,
        suite_version=_text(report, "datasetVersion"),
        system_version=labels.get("model", ""),
    )
    yield from run.give(_passed(report))
    cases = _cases(report)
    for entry in _scores(report):
        scores = table(entry, "metricsScores[]")
        name = text(scores.get("metric"), "metricsScores[].metric")
        yield from run.give(_metric(name, scores, cases.get(name, _Metric())))
    for scorer, each in _case_scores(report).items():
        yield from run.give_cases(scorer, each)


@dataclass(slots=True)
class _Metric:
    """What the cases say of a metric beyond its scores."""

    judges: set[str] = field(default_factory=set)
    passing_above: int = 0
    passing_below: int = 0


def _case_scores(report: Mapping[str, object]) -> dict[str, list[tuple[object, float]]]:
    """Give what came of each case that has an input: passed or not, and its score by every metric."""
    found: dict[str, list[tuple[object, float]]] = {}
    for case in _each_case(report):
        asked, outcome = find(case, "input") or find(case, "scenario"), _outcome(case)
        if asked and outcome in ("pass", "fail"):
            found.setdefault(PASS_RATE, []).append((asked, float(outcome == "pass")))
        for measured in rows(find(case, "metricsData") or [], "metricsData"):
            score = find(measured, "score")
            if asked and is_number(score):
                found.setdefault(_named(text(find(measured, "name"), "name")), []).append(
                    (asked, number(score, "score"))
                )
    return found


def _named(metric: str) -> str:
    return f"metric {metric}" if metric == PASS_RATE else metric


def _identity(report: Mapping[str, object]) -> str:
    """Identify a run by its cases, its scores and how long it took: what else may change is no other run."""
    scores = [[str(find(each, key)) for key in ("metric", "scores", "errors")] for each in _scores(report)]
    cases = [(str(find(case, "name")), _outcome(case)) for case in _each_case(report)]
    return content_id(scores, cases, str(report.get("runDuration")))


def _scores(report: Mapping[str, object]) -> list[object]:
    return rows(report.get("metricsScores"), "metricsScores")


def _passed(report: Mapping[str, object]) -> Score:
    """Count the cases; one that did not pass because a metric gave no score, and none failed, was not measured."""
    outcomes = [_outcome(case) for case in _each_case(report)]
    passes, failures, errors = (outcomes.count(outcome) for outcome in ("pass", "fail", "error"))
    n = passes + failures
    return Score(PASS_RATE, passes / n if n else None, n, passes, errors)


def _outcome(case: object) -> str:
    passed = find(case, "success")
    if passed is None:
        return "not evaluated"
    if passed is True:
        return "pass"
    measured = [table(each, "metricsData[]") for each in rows(find(case, "metricsData") or [], "metricsData")]
    has_failed = any(each.get("success") is False and each.get("score") is not None for each in measured)
    return "error" if measured and not has_failed else "fail"


def _metric(name: str, scores: Mapping[str, object], known: _Metric) -> Score:
    values = [number(each, f"{name}.scores[]") for each in rows(scores.get("scores") or [], f"{name}.scores")]
    value, stderr = mean_of(values)
    return Score(
        _named(name),
        value,
        len(values),
        errors=whole(scores.get("errors", 0), f"{name}.errors", low=0),
        stderr=stderr,
        judge=", ".join(sorted(known.judges)),
        higher_is_better=known.passing_above >= known.passing_below,
    )


def _cases(report: Mapping[str, object]) -> dict[str, _Metric]:
    found: dict[str, _Metric] = {}
    for case in _each_case(report):
        for entry in rows(find(case, "metricsData") or [], "metricsData"):
            measured = table(entry, "metricsData[]")
            name = text(measured.get("name"), "metricsData[].name")
            _note(measured, found.setdefault(name, _Metric()))
    return found


def _each_case(report: Mapping[str, object]) -> list[object]:
    return [case for key in ("testCases", "conversationalTestCases") for case in rows(report.get(key) or [], key)]


def _note(measured: Mapping[str, object], metric: _Metric) -> None:
    if isinstance(judge := measured.get("evaluationModel"), str):
        metric.judges.add(judge)
    score, threshold, passed = (measured.get(key) for key in ("score", "threshold", "success"))
    if score is None or threshold is None or not isinstance(passed, bool):
        return
    above = number(score, "score") - number(threshold, "threshold")
    metric.passing_above += (above > 0) == passed and above != 0
    metric.passing_below += (above < 0) == passed and above != 0


def _text(report: Mapping[str, object], key: str) -> str:
    return text(report.get(key) or "", key)
