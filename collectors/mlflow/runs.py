"""Turn MLflow runs into evaluations: one score a metric, a failed run as an error and never as a zero."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote

from collectors.answers import Doubtful, moment, number, raw, rows, table, text, whole
from collectors.base import Source
from collectors.mlflow.settings import Settings
from collectors.scorers import Scorer
from collectors.shape import pairs
from store.errors import SourceError
from store.records import Evaluation, Parsed, Rejected, Unrouted

_FAILED: Final = frozenset({"FAILED", "KILLED"})
_VERSIONED: Final = re.compile(r"(.+)/v\d+/mean")
_NOT_FINITE: Final = frozenset({"NaN", "Infinity", "-Infinity"})
_RUN: Final = "run"


@dataclass(frozen=True, slots=True)
class _Run:
    """One run with its words looked up."""

    run_id: str
    experiment_id: str
    experiment: str
    info: Mapping[str, object]
    metrics: Mapping[str, object]
    words: Mapping[str, str]
    labels: Mapping[str, str]


def evaluations(body: Mapping[str, object], source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give the evaluations of one page of runs; ``experiments`` of the body holds the experiments' own answer."""
    experiments = {text(each.get("experiment_id"), "experiment_id"): each for each in listed_experiments(body)}
    for entry in rows(table(body.get("runs"), "the answer").get("runs", []), "runs"):
        run = _run(table(entry, "runs[]"), experiments, source, settings)
        if run.info.get("status") in ("RUNNING", "SCHEDULED"):
            continue
        system = source.system_of(run.labels)
        if system is None:
            yield Unrouted(run.labels.get(source.route.label, run.experiment))
            continue
        try:
            yield from _scores(run, system, settings)
        except Doubtful as error:
            yield Rejected(str(error), raw(entry))


def listed_experiments(body: Mapping[str, object]) -> list[dict[str, object]]:
    """Take the experiments beside an answer."""
    return [table(entry, "experiments[]") for entry in rows(body.get("experiments"), "experiments")]


def _run(
    entry: Mapping[str, object], experiments: Mapping[str, dict[str, object]], source: Source, settings: Settings
) -> _Run:
    info = table(entry.get("info"), "runs[].info")
    content = table(entry.get("data") or {}, "runs[].data")
    experiment_id = text(info.get("experiment_id"), "runs[].info.experiment_id")
    experiment = experiments.get(experiment_id, {})
    name = text(experiment.get("name", ""), "experiments[].name")
    tags, params = pairs(content.get("tags"), "tags"), pairs(content.get("params"), "params")
    owned = pairs(experiment.get("tags"), "experiments[].tags")
    metrics = {}
    for each in rows(content.get("metrics") or [], "metrics"):
        metric = table(each, "metrics[]")
        metrics[text(metric.get("key"), "metrics[].key")] = metric.get("value")
    return _Run(
        run_id=text(info.get("run_id"), "runs[].info.run_id"),
        experiment_id=experiment_id,
        experiment=name,
        info=info,
        metrics=metrics,
        words=params | tags,
        labels=settings.labels(source, name, owned, tags),
    )


def _scores(run: _Run, system: str, settings: Settings) -> Iterator[Evaluation]:
    counted = next((run.metrics[key] for key in settings.count if key in run.metrics), None)
    n = None if counted is None else whole(counted, "the number of cases", low=0)
    is_failed = str(run.info.get("status")) in _FAILED
    found = False
    for key, written in run.metrics.items():
        scorer = settings.scorer(key)
        if scorer is None or not _is_believable(scorer, written, is_declared=bool(settings.scorers)):
            continue
        found = True
        value = None if is_failed or str(written) in _NOT_FINITE else _value(written, scorer, key)
        yield _evaluation(run, system, settings, _named(scorer, key), value, n)
    if is_failed and not found:
        yield _evaluation(run, system, settings, Scorer(_RUN, _RUN), None, n)


def _is_believable(scorer: Scorer, written: object, *, is_declared: bool) -> bool:
    """Leave out what nobody declared to be a score and is no share, such as a count or a loss."""
    if is_declared or str(written) in _NOT_FINITE:
        return True
    return scorer.scale_min <= number(written, "metrics[].value") <= scorer.scale_max


def _value(written: object, scorer: Scorer, key: str) -> float:
    try:
        return number(written, key, low=scorer.scale_min, high=scorer.scale_max)
    except Doubtful:
        raise
    except SourceError as error:
        raise Doubtful(str(error)) from None


def _named(scorer: Scorer, key: str) -> Scorer:
    short = _VERSIONED.fullmatch(key)
    name = scorer.name or (short[1] if short else key)
    return Scorer(key, name, scorer.scale_min, scorer.scale_max, scorer.higher_is_better)


def _evaluation(
    run: _Run, system: str, settings: Settings, scorer: Scorer, value: float | None, n: int | None
) -> Evaluation:
    status: Literal["ok", "error"] = "ok" if value is not None else "error"

    def said(keys: tuple[str, ...]) -> str:
        return next((run.words[key] for key in keys if key in run.words), "")

    return Evaluation(
        system=system,
        eval_run=run.run_id,
        suite=said(settings.suite) or run.experiment,
        scorer=scorer.name,
        seen=moment(run.info.get("end_time") or run.info.get("start_time"), "runs[].info.end_time", unit="ms"),
        value=value,
        suite_version=said(settings.suite_version),
        judge=said(settings.judge),
        judge_version=said(settings.judge_version),
        system_version=said(settings.system_version),
        n=n,
        errors=0 if value is not None else (n or 1),
        scale_min=scorer.scale_min,
        scale_max=scorer.scale_max,
        higher_is_better=scorer.higher_is_better,
        status=status,
        url=f"{settings.url.rstrip('/')}/#/experiments/{quote(run.experiment_id)}/runs/{quote(run.run_id)}",
    )
