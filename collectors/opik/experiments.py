"""Turn experiments into evaluations: one that failed is an error and never a zero.

Opik gives the mean of each score and no number of scores; n is the number of the experiment's traces.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from urllib.parse import quote

from collectors.answers import Doubtful, find, moment, number, raw, rows, table, text, whole
from collectors.base import Source, Window
from collectors.opik.settings import Settings
from collectors.scorers import Scorer, is_any
from store.records import Evaluation, Missing, Parsed, Rejected, Unrouted

_RUN: Final = "run"
_PASS_RATE: Final = "pass_rate"  # noqa: S105 - the name of a score
_TOLD: Final = ("id", "name", "trace_count", "passed_count", "total_count", "pass_rate")
_UNFINISHED: Final = ("running", "cancelled")


def created(experiment: Mapping[str, object]) -> datetime:
    """Give when an experiment was created."""
    return moment(experiment.get("created_at"), "content[].created_at")


def evaluations(body: Mapping[str, object], source: Source, settings: Settings, window: Window) -> Iterator[Parsed]:
    """Give the scores of the experiments on one page that were created in the window."""
    for entry in rows(body.get("content"), "content"):
        experiment = table(entry, "content[]")
        dataset = _word(experiment, "dataset_name")
        if not window.start <= created(experiment) < window.end or not is_any(dataset, settings.datasets):
            continue
        name = _word(experiment, "project_name") or dataset
        labels = settings.labels(source, name, experiment.get("metadata"))
        system = source.system_of(labels)
        if system is None:
            yield Unrouted(labels.get(source.route.label, name))
            continue
        try:
            yield from _scores(_Experiment(experiment, dataset, system, labels, settings))
        except Doubtful as error:
            yield Rejected(str(error), _named(experiment))


@dataclass(frozen=True, slots=True)
class _Experiment:
    """One experiment and what it is known by."""

    entry: Mapping[str, object]
    dataset: str
    system: str
    labels: Mapping[str, str]
    settings: Settings

    @property
    def is_failed(self) -> bool:
        return self.entry.get("status") == "failed"

    @property
    def traces(self) -> int | None:
        found = self.entry.get("trace_count")
        return None if found is None else whole(found, "content[].trace_count", low=0)

    def evaluation(
        self, scorer: Scorer, name: str, value: float | None, n: int | None, passes: int | None = None
    ) -> Evaluation:
        def said(keys: tuple[str, ...]) -> str:
            return next((self.labels[key] for key in keys if key in self.labels), "")

        done: Literal["ok", "partial"] = "partial" if self.entry.get("status") in _UNFINISHED else "ok"
        return Evaluation(
            system=self.system,
            eval_run=text(self.entry.get("id"), "content[].id"),
            suite=self.dataset,
            scorer=name,
            seen=created(self.entry),
            value=value,
            suite_version=_word(self.entry, "dataset_version_summary", "version_name"),
            judge=said(self.settings.judge),
            judge_version=said(self.settings.judge_version),
            system_version=said(self.settings.system_version) or _word(self.entry, "prompt_version", "commit"),
            n=n,
            passes=passes,
            errors=None if value is not None else (n or 1),
            scale_min=scorer.scale_min,
            scale_max=scorer.scale_max,
            higher_is_better=scorer.higher_is_better,
            status="error" if value is None else done,
            url=_link(self.entry, self.settings),
        )


def _scores(experiment: _Experiment) -> Iterator[Evaluation | Missing]:
    entry, settings = experiment.entry, experiment.settings
    found: dict[str, object] = {}
    for key in ("experiment_scores", "feedback_scores"):
        for each in rows(entry.get(key) or [], f"content[].{key}"):
            score = table(each, f"content[].{key}[]")
            found[text(score.get("name"), f"content[].{key}[].name")] = score.get("value")
    for name, mean in found.items():
        scorer = settings.scorer(name)
        if scorer is None:
            continue
        value = None if experiment.is_failed else number(mean, f"feedback_scores.{name}")
        if value is not None and (missing := scorer.misfit(name, value)):
            yield missing
            continue
        yield experiment.evaluation(scorer, scorer.name or name, value, experiment.traces)
    if entry.get("pass_rate") is not None and not experiment.is_failed:
        passed, total = (whole(entry.get(key), f"content[].{key}", low=0) for key in ("passed_count", "total_count"))
        share = number(entry["pass_rate"], "content[].pass_rate", low=0, high=1)
        yield experiment.evaluation(Scorer(_PASS_RATE), _PASS_RATE, share, total, passed)
    if experiment.is_failed and not found:
        yield experiment.evaluation(Scorer(_RUN), _RUN, None, experiment.traces)


def _link(entry: Mapping[str, object], settings: Settings) -> str:
    wanted = quote(json.dumps([_word(entry, "id")]))
    return f"{settings.site}/experiments/{quote(_word(entry, 'dataset_id'))}/compare?experiments={wanted}"


def _named(entry: Mapping[str, object]) -> str:
    """Name an experiment for quarantine, without the comments and metadata that people wrote."""
    return raw({key: entry.get(key) for key in _TOLD})


def _word(entry: Mapping[str, object], *path: str) -> str:
    found = find(entry, *path)
    return "" if found is None else text(found, ".".join(path))
