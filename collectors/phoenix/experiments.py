"""Turn experiments into evaluations: runs that failed or never came are errors and never zeros."""

from collections.abc import Iterator, Mapping
from typing import Literal
from urllib.parse import quote

from collectors.answers import Doubtful, moment, need, number, raw, rows, table, text, whole
from collectors.base import Source
from collectors.phoenix.settings import Settings
from collectors.scorers import Scorer
from store.records import Evaluation, Missing, Parsed, Rejected, Unrouted

_RUN = "run"


def evaluations(body: Mapping[str, object], source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give the scores of some experiments of one dataset; ``answer`` holds those of the first as ``e0``."""
    dataset = table(body.get("dataset"), "dataset")
    name = text(dataset.get("name"), "data[].name")
    for index, entry in enumerate(rows(body.get("experiments"), "experiments")):
        experiment = table(entry, "experiments[]")
        labels = settings.labels(source, name, dataset.get("metadata"), experiment.get("metadata"))
        system = source.system_of(labels)
        if system is None:
            yield Unrouted(labels.get(source.route.label, name))
            continue
        found = rows(need(body, "answer", "data", f"e{index}", "annotationSummaries"), "annotationSummaries")
        summaries = [table(each, "annotationSummaries[]") for each in found]
        try:
            yield from _scores(_Run(dataset, experiment, labels, system, settings), summaries, settings)
        except Doubtful as error:
            yield Rejected(str(error), raw(experiment))


def _scores(run: "_Run", summaries: list[dict[str, object]], settings: Settings) -> Iterator[Evaluation | Missing]:
    for summary in summaries:
        name = text(summary.get("annotationName"), "annotationName")
        scorer = settings.scorer(name)
        if scorer is None:
            continue
        mean = None if run.is_failed else summary.get("meanScore")
        value = None if mean is None else number(mean, "meanScore")
        failed = whole(summary.get("errorCount"), "errorCount", low=0)
        if value is None and not (failed or run.is_failed):
            continue  # labels without a score
        if value is not None and (missing := scorer.misfit(name, value)):
            yield missing
            continue
        yield run.evaluation(scorer, scorer.name or name, value, whole(summary.get("scoreCount"), "scoreCount"), failed)
    if run.is_failed and not summaries:
        yield run.evaluation(Scorer(_RUN), _RUN, None, 0, 0)


class _Run:
    """One experiment with its words and counts looked up."""

    def __init__(
        self,
        dataset: Mapping[str, object],
        experiment: Mapping[str, object],
        labels: Mapping[str, str],
        system: str,
        settings: Settings,
    ) -> None:
        def count(name: str) -> int:
            return whole(experiment.get(name), f"data[].{name}", low=0)

        def said(keys: tuple[str, ...]) -> str:
            return next((labels[key] for key in keys if key in labels), "")

        self.missing = count("missing_run_count")
        self.errors = count("failed_run_count") + self.missing
        self.is_failed = self.errors > 0 and not count("successful_run_count")
        self._created = moment(experiment.get("created_at"), "data[].created_at")
        self._id = text(experiment.get("id"), "data[].id")
        self._version = text(experiment.get("dataset_version_id", ""), "data[].dataset_version_id")
        self._suite = text(dataset.get("name"), "data[].name")
        self._words = (said(settings.judge), said(settings.judge_version), said(settings.system_version))
        place = text(dataset.get("id"), "data[].id")
        self._url = f"{settings.base}/datasets/{quote(place)}/compare?experimentId={quote(self._id)}"
        self._system = system

    def evaluation(self, scorer: Scorer, name: str, value: float | None, n: int, failed: int) -> Evaluation:
        """Write one score; runs that are missing make it a part of what it will be."""
        done: Literal["ok", "partial"] = "partial" if self.missing else "ok"
        judge, judge_version, system_version = self._words
        return Evaluation(
            system=self._system,
            eval_run=self._id,
            suite=self._suite,
            scorer=name,
            seen=self._created,
            value=value,
            suite_version=self._version,
            judge=judge,
            judge_version=judge_version,
            system_version=system_version,
            n=n,
            errors=self.errors + failed,
            scale_min=scorer.scale_min,
            scale_max=scorer.scale_max,
            higher_is_better=scorer.higher_is_better,
            status="error" if value is None else done,
            url=self._url,
        )
