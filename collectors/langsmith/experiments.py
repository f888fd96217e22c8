"""Turn experiments into evaluations: runs that failed or are still to come are errors and never zeros."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from collectors.answers import Doubtful, find, moment, need, number, raw, rows, table, text, whole
from collectors.base import Source, Window
from collectors.langsmith.settings import Settings
from collectors.langsmith.spans import earliest
from collectors.scorers import Scorer, is_any
from store.records import Evaluation, Missing, Parsed, Rejected, Unrouted

_RUN: Final = "run"


def began(experiment: Mapping[str, object]) -> datetime:
    """Give when an experiment began."""
    return moment(experiment.get("start_time"), "items[].start_time")


def evaluations(body: Mapping[str, object], source: Source, settings: Settings, window: Window) -> Iterator[Parsed]:
    """Give the scores of the experiments on one page that began in the window."""
    datasets: dict[object, dict[str, object]] = {}
    for entry in rows(body.get("datasets"), "datasets"):
        dataset = table(entry, "datasets[]")
        datasets[text(dataset.get("id"), "datasets[].id")] = dataset
    for entry in rows(need(body, "answer", "items"), "items"):
        experiment = table(entry, "items[]")
        dataset = datasets.get(str(experiment.get("reference_dataset_id")), {})
        name = text(dataset.get("name", experiment.get("name")), "items[].name")
        if not earliest(window) <= began(experiment) < window.end or not is_any(name, settings.datasets):
            continue
        labels = settings.labels(source, name, dataset, experiment)
        system = source.system_of(labels)
        if system is None:
            yield Unrouted(labels.get(source.route.label, name))
            continue
        try:
            yield from _scores(_experiment(experiment, name, system, labels, settings), settings)
        except Doubtful as error:
            yield Rejected(str(error), raw(experiment))


@dataclass(frozen=True, slots=True)
class _Experiment:
    """One experiment with its words and counts looked up."""

    entry: Mapping[str, object]
    suite: str
    system: str
    words: tuple[str, str, str]
    runs: int
    failed: int
    missing: int
    url: str

    def evaluation(self, scorer: Scorer, name: str, value: float | None, n: int | None, errors: int) -> Evaluation:
        """Write one score; runs still to come make it a part of what it will be."""
        done: Literal["ok", "partial"] = "partial" if self.missing else "ok"
        return Evaluation(
            system=self.system,
            eval_run=text(self.entry.get("id"), "items[].id"),
            suite=self.suite,
            scorer=name,
            seen=began(self.entry),
            value=value,
            judge=self.words[0],
            judge_version=self.words[1],
            system_version=self.words[2],
            n=n,
            errors=self.failed + self.missing + errors,
            scale_min=scorer.scale_min,
            scale_max=scorer.scale_max,
            higher_is_better=scorer.higher_is_better,
            status="error" if value is None else done,
            url=self.url,
        )


def _experiment(
    entry: Mapping[str, object], suite: str, system: str, labels: Mapping[str, str], settings: Settings
) -> _Experiment:
    def said(keys: tuple[str, ...]) -> str:
        return next((labels[key] for key in keys if key in labels), "")

    runs = whole(entry.get("run_count") or 0, "run_count", low=0)
    share = number(entry.get("error_rate") or 0, "error_rate", low=0, high=1)
    expected = find(entry, "experiment_progress", "expected_run_count")
    planned = runs if expected is None else whole(expected, "expected_run_count", low=0)
    place = f"o/{text(entry.get('tenant_id'), 'items[].tenant_id')}/projects/p/{text(entry.get('id'), 'items[].id')}"
    return _Experiment(
        entry=entry,
        suite=suite,
        system=system,
        words=(said(settings.judge), said(settings.judge_version), said(settings.system_version)),
        runs=runs,
        failed=round(share * runs),
        missing=max(planned - runs, 0),
        url=f"{settings.site.rstrip('/')}/{place}",
    )


def _scores(experiment: _Experiment, settings: Settings) -> Iterator[Evaluation | Missing]:
    is_failed = experiment.runs > 0 and experiment.failed == experiment.runs
    by_run = table(experiment.entry.get("feedback_stats") or {}, "feedback_stats")
    whole_of_it = table(experiment.entry.get("session_feedback_stats") or {}, "session_feedback_stats")
    for key, stat in (whole_of_it | by_run).items():
        feedback = table(stat, f"feedback_stats.{key}")
        scorer = settings.scorer(key)
        if scorer is None:
            continue
        errors = whole(feedback.get("errors", 0), f"feedback_stats.{key}.errors", low=0)
        mean = None if is_failed else feedback.get("avg")
        value = None if mean is None else number(mean, f"feedback_stats.{key}.avg")
        if value is None and not (is_failed or errors):
            continue  # categories without a score
        if value is not None and (missing := scorer.misfit(key, value)):
            yield missing
            continue
        n = whole(feedback.get("n"), f"feedback_stats.{key}.n", low=0) if key in by_run else None
        yield experiment.evaluation(scorer, scorer.name or key, value, n, errors)
    if is_failed and not by_run:
        yield experiment.evaluation(Scorer(_RUN), _RUN, None, 0, 0)
