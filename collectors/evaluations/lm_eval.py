"""Know the results of lm-evaluation-harness (``results_<date>.json``), 0.4 and the keys without filter before it.

A score's key is ``metric,filter``; beside it stand its standard error and entries that are no scores. A run cut short
with ``--limit`` is marked partial: it is no match for a full one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from collectors.answers import find, moment, number, table, whole
from collectors.base import Answer, Source
from collectors.evaluations.rules import Rules, Run, Score, file_labels, is_number, unrouted
from collectors.shape import strings
from store.records import Parsed

_STDERR: Final = "_stderr"
_FIXED: Final = frozenset({"name", "alias", "sample_len", "sample_count", "samples", " "})
_SCALES: Final[Mapping[str, tuple[float, float]]] = {
    "mcc": (-1.0, 1.0),
    "bleu": (0.0, 100.0),
    "chrf": (0.0, 100.0),
    "chrf++": (0.0, 100.0),
}
_LOWER: Final = frozenset({"brier_score", "perplexity", "word_perplexity", "byte_perplexity", "bits_per_byte", "ter"})


def is_lm_eval(document: object) -> bool:
    """Recognise a result: scores by task, beside versions or configurations by task."""
    beside = ("versions", "configs", "n-shot", "group_subtasks")
    is_table = isinstance(document, dict) and isinstance(document.get("results"), dict)
    return is_table and any(find(document, key) is not None for key in beside)


def evaluations(document: object, answer: Answer, source: Source, rules: Rules) -> Iterator[Parsed]:
    """Give every score of every task and group."""
    report = table(document, "the file")
    results = table(report.get("results"), "results")
    groups = table(report.get("groups") or {}, "groups")
    model, seen = _model(report), moment(report.get("date"), "date", unit="s")
    shared = Run(answer.name, "", f"{seen.isoformat()} {model}", rules.suite, seen, rules, system_version=model)
    for name, scores in {**groups, **results}.items():
        labels = {**file_labels(answer.name), **strings({"task": name, "model": model})}
        system = source.system_of(labels)
        if system is None:
            yield unrouted(source, labels)
            continue
        version = find(report, "versions", name)
        run = replace(shared, system=system, suite=rules.suite or name, suite_version=_version(version))
        yield from _Task(name, table(scores, f"results.{name}"), report, run).each()


@dataclass(frozen=True, slots=True)
class _Task:
    """One task being turned into evaluations."""

    name: str
    scores: Mapping[str, object]
    report: Mapping[str, object]
    run: Run

    def each(self) -> Iterator[Parsed]:
        for key, found in self.scores.items():
            metric, _, chosen = key.partition(",")
            is_score = key not in _FIXED and not metric.endswith(_STDERR)
            if is_score and (found is None or is_number(found)):
                yield from self.run.give(self._score(metric, chosen, found))

    def _score(self, metric: str, chosen: str, found: object) -> Score:
        n, is_partial = self._n(f"{metric},{chosen}")
        stderr = self.scores.get(f"{metric}{_STDERR},{chosen}" if chosen else f"{metric}{_STDERR}")
        better = find(self.report, "higher_is_better", self.name, metric)
        return Score(
            scorer=metric if chosen in ("", "none") else f"{metric},{chosen}",
            value=None if found is None else number(found, f"results.{self.name}.{metric}"),
            n=n,
            stderr=number(stderr, f"{metric}{_STDERR}", low=0) if is_number(stderr) else None,
            slice=self.name if self.run.rules.suite else "",
            higher_is_better=better if isinstance(better, bool) else metric not in _LOWER,
            is_partial=is_partial,
            scale=_SCALES.get(metric),
        )

    def _n(self, key: str) -> tuple[int | None, bool]:
        """Say how many documents were scored, and whether they are fewer than there are."""
        counted = find(self.report, "n-samples", self.name, "effective")
        if counted is None:
            counted = find(self.scores, "sample_count", key) or find(self.scores, "sample_len")
        there = find(self.report, "n-samples", self.name, "original")
        n = None if counted is None else whole(counted, f"n-samples.{self.name}.effective", low=0)
        if n is None or there is None:
            return n, False
        return n, n < whole(there, f"n-samples.{self.name}.original", low=0)


def _model(report: Mapping[str, object]) -> str:
    """Name the model; ``model_name`` is empty for models whose arguments do not name one."""
    said = (report.get("model_name"), find(report, "config", "model"))
    return next((name for name in said if isinstance(name, str) and name), "")


def _version(found: object) -> str:
    return "" if found is None else str(found)
