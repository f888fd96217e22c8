"""Know the log of OpenAI's evals framework (``oaieval``): JSON lines of a spec, events and a final report.

A log without a final report belongs to a run that still goes on or that broke off; a day after its start it is taken
as broken off: an error. Events hold prompts and answers; of them only matches and errors are counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from collectors.answers import find, moment, number, rows, table, text
from collectors.base import Answer, Source
from collectors.evaluations.rules import Rules, Run, Score, file_labels, is_number, unrouted
from collectors.shape import strings
from store.records import Parsed

_UTC: Final = ZoneInfo("UTC")
_ABANDONED: Final = timedelta(days=1)
_ACCURACY: Final = "accuracy"
_STDS: Final = ("boostrap_std", "bootstrap_std")  # the first is how the framework spells it
_NOT_SCORES: Final = ("usage_", "counts/", "invalid_request_")


def is_openai_evals(document: object) -> bool:
    """Recognise a log by its first line."""
    return isinstance(document, list) and bool(document) and isinstance(find(document[0], "spec", "run_id"), str)


def evaluations(document: object, answer: Answer, source: Source, rules: Rules) -> Iterator[Parsed]:
    """Give what the final report scores, or the run that did not come to one."""
    lines = [table(line, "a line") for line in rows(document, "the file")]
    spec = table(lines[0].get("spec") if lines else None, "spec")
    model = _model(spec)
    own = {"eval": spec.get("eval_name"), "base_eval": spec.get("base_eval"), "model": model}
    labels = {**file_labels(answer.name), **strings(own)}
    system = source.system_of(labels)
    if system is None:
        yield unrouted(source, labels)
        return
    run = Run(
        file=answer.name,
        system=system,
        eval_run=text(spec.get("run_id"), "spec.run_id"),
        suite=rules.suite or text(spec.get("eval_name"), "spec.eval_name"),
        seen=moment(spec.get("created_at"), "spec.created_at", zone=_UTC),
        rules=rules,
        suite_version=text(spec.get("split") or "", "spec.split"),
        system_version=model,
    )
    count = _count(lines[1:])
    report = next((line["final_report"] for line in reversed(lines) if "final_report" in line), None)
    if report is not None:
        yield from _scores(table(report, "final_report"), count, run)
    elif run.seen + _ABANDONED <= answer.window.now:
        yield from run.give(Score("run", None, 0, errors=max(1, count.errors)))


@dataclass(frozen=True, slots=True)
class _Count:
    """What the events say: matches, how many of them are correct, samples that could not be run."""

    matches: int
    correct: int
    errors: int


def _count(events: Sequence[Mapping[str, object]]) -> _Count:
    correct = [find(event, "data", "correct") for event in events if event.get("type") == "match"]
    failed = {str(event.get("sample_id")) for event in events if event.get("type") == "error"}
    return _Count(len(correct), correct.count(True), len(failed))


def _scores(report: Mapping[str, object], count: _Count, run: Run) -> Iterator[Parsed]:
    std = next((report[name] for name in _STDS if name in report), None)
    for name, found in report.items():
        if name in _STDS or name.startswith(_NOT_SCORES) or not (found is None or is_number(found)):
            continue
        value = None if found is None else number(found, f"final_report.{name}")
        n, errors = count.matches or None, count.errors
        if name != _ACCURACY:
            yield from run.give(Score(name, value, n, errors=errors))
            continue
        passes = count.correct if n and value is not None and abs(value - count.correct / n) < 1e-9 else None
        stderr = None if std is None else number(std, "final_report.boostrap_std", low=0)
        yield from run.give(Score(name, value, n, passes, errors, stderr))


def _model(spec: Mapping[str, object]) -> str:
    """Name what was evaluated: completion functions, or the one model of logs of 2023."""
    found = spec.get("completion_fns")
    names = [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
    return ", ".join(names) or text(spec.get("model_name") or "", "spec.model_name")
