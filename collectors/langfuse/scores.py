"""Turn aggregates of scores into evaluations: numbers and yes-or-no as means, categories as the share that is good.

A day is one run of an evaluation for each source of scores: people (ANNOTATION), evaluators (EVAL) and the application
(API) do not judge alike and are kept apart. Scores that are free text are not asked for.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from collectors.answers import raw
from collectors.base import Answer, Source
from collectors.langfuse.buckets import Row, answers_of, missing, routed
from collectors.langfuse.settings import Scorer, Settings
from collectors.numbers import Doubtful
from store.errors import SourceError
from store.records import Evaluation, Missing, Parsed, Rejected, Sample

_DAY: Final = timedelta(days=1)
_DIGIT: Final = 1e-9
"""By how much the mean of equal values may come out beside them."""

_NAME: Final = "gen_ai.evaluation.name"
_LABEL: Final = "gen_ai.evaluation.score.label"
_SOURCE: Final = "langfuse.score.source"


@dataclass(frozen=True, slots=True)
class _Score:
    """One score of one day: where it belongs, its name, and who gave it."""

    bucket: datetime
    system: str
    place: str
    name: str
    source: str

    @classmethod
    def of(cls, row: Row) -> "_Score":
        name = row.word("name")
        if not name:
            raise Doubtful("name: nothing there")
        return cls(row.bucket, row.system, row.place, name, row.word("source"))

    def evaluation(
        self, scorer: Scorer, settings: Settings, end: datetime, value: float, n: int, passes: int | None
    ) -> Evaluation:
        """Write the score as far as the day has gone."""
        return Evaluation(
            system=self.system,
            eval_run=" ".join(part for part in (f"{self.bucket:%Y-%m-%d}", self.source, self.place) if part),
            suite=settings.suite,
            scorer=self.name,
            seen=min(self.bucket + _DAY, end),
            value=value,
            judge=self.source,
            n=n,
            passes=passes,
            scale_min=scorer.scale_min,
            scale_max=scorer.scale_max,
            higher_is_better=scorer.higher_is_better,
        )


def evaluations(body: Mapping[str, object], answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give the scores of one stretch."""
    answers = answers_of(body)
    yield from missing(answers)
    unknown: set[str] = set()
    for row in routed(answers["numbers"], answer, source, settings):
        if not isinstance(row, Row):
            yield row
            continue
        try:
            yield from _numeric(row, answer, settings, unknown)
        except SourceError as error:
            yield Rejected(str(error), raw(row.values))
    yield from (Missing(f"a scale for the score {name!r} (declare it in scorers)") for name in sorted(unknown))
    yield from _categorical(answers["categories"], answer, source, settings)


def _numeric(row: Row, answer: Answer, settings: Settings, unknown: set[str]) -> Iterator[Evaluation]:
    score, mean, n = _Score.of(row), row.number("avg_value"), row.n
    scorer = settings.scorer(score.name)
    low, high = row.number("min_value"), row.number("max_value")
    if not n or mean is None or low is None or high is None:
        return
    if low < scorer.scale_min or high > scorer.scale_max:
        unknown.add(score.name)
        return
    if not low - _DIGIT <= mean <= high + _DIGIT:
        raise Doubtful(f"avg_value: {mean:g} is outside {low:g} to {high:g}")
    value = min(max(mean, low), high)
    is_boolean = row.word("dataType") == "BOOLEAN"
    passes = round(row.number("sum_value") or 0) if is_boolean else None
    yield score.evaluation(scorer, settings, answer.window.end, value, n, passes)


def _categorical(entries: list[object], answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    counts: dict[_Score, Counter[str]] = {}
    dims: dict[_Score, Mapping[str, str]] = {}
    for row in routed(entries, answer, source, settings):
        if not isinstance(row, Row):
            yield row
            continue
        try:
            score = _Score.of(row)
            counts.setdefault(score, Counter())[row.word("stringValue")] += row.n
            dims[score] = row.dims
        except SourceError as error:
            yield Rejected(str(error), raw(row.values))
    for score, each in counts.items():
        if total := each.total():
            yield from _shares(score, each, total, dims[score], answer, settings)


def _shares(
    score: _Score, counts: Counter[str], n: int, dims: Mapping[str, str], answer: Answer, settings: Settings
) -> Iterator[Evaluation | Sample]:
    """Give the share of good categories where somebody said which are good, else the share of each in a whole day."""
    scorer = settings.scorer(score.name)
    end = score.bucket + _DAY
    if scorer.good:
        passes = sum(counts[label] for label in scorer.good)
        share = Scorer(scorer.name, higher_is_better=scorer.higher_is_better)
        yield score.evaluation(share, settings, answer.window.end, passes / n, n, passes)
    elif end <= answer.window.end:
        for label, count in counts.items():
            named = {**dims, _NAME: score.name, _LABEL: label, _SOURCE: score.source}
            seconds = int(_DAY.total_seconds())
            yield Sample(score.system, "llmops.eval.label_ratio", "ratio", end, count / n, "1", n, seconds, named)
