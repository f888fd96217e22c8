"""Ask MLflow for aggregates of traces and turn them into samples, cost lines and online scores.

The aggregates hold no word of any user. A server cuts an answer at 1,000 points without saying so (3.17), so a
stretch is asked for in pieces that stay below, and an answer that is full is reported.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from collectors.answers import Doubtful, moment, number, rows, table, text
from collectors.base import Source
from collectors.mlflow.settings import Settings
from collectors.names import DURATION, ERRORS, REQUESTS, TOKEN_TYPE
from collectors.shape import pairs, priced
from store.records import CostLine, Evaluation, Missing, Parsed, Rejected, Sample, Stat, Unrouted

FULL: Final = 1_000
PIECE: Final = 168
"""Buckets asked for at once: five values of a dimension each stay below a full answer."""

_DAY: Final = timedelta(days=1)
_ASSESSED: Final = "assessment_name"
_TOKENS: Final = {
    "input_tokens": "input",
    "output_tokens": "output",
    "cache_read_input_tokens": "cache_read",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One aggregate to ask for."""

    view: str
    metric: str
    aggregations: tuple[tuple[str, float | None], ...]
    dimensions: tuple[str, ...] = ()

    def body(self, experiment_id: str, seconds: int, start: int, end: int) -> dict[str, object]:
        """Write the request for buckets of so many seconds in [start, end); the server's end is inclusive."""
        return {
            "experiment_ids": [experiment_id],
            "view_type": self.view,
            "metric_name": self.metric,
            "aggregations": [
                {"aggregation_type": kind} | ({} if percent is None else {"percentile_value": percent})
                for kind, percent in self.aggregations
            ],
            "dimensions": list(self.dimensions),
            "time_interval_seconds": seconds,
            "start_time_ms": start * 1000,
            "end_time_ms": end * 1000 - 1,
        }


_SUM: Final = (("SUM", None),)
COUNT: Final = Question("TRACES", "trace_count", (("COUNT", None),), ("trace_status",))
HOURLY: Final[Mapping[str, Question]] = {
    "trace_count": COUNT,
    "latency": Question("TRACES", "latency", (("PERCENTILE", 50.0), ("PERCENTILE", 95.0))),
    **{name: Question("TRACES", name, _SUM) for name in _TOKENS},
    "total_cost": Question("SPANS", "total_cost", _SUM),
    "assessment_count": Question("ASSESSMENTS", "assessment_count", (("COUNT", None),), (_ASSESSED,)),
    "assessment_value": Question("ASSESSMENTS", "assessment_value", (("AVG", None),), (_ASSESSED,)),
}
DAILY: Final = Question("SPANS", "total_cost", _SUM, ("span_model_name",))


@dataclass(frozen=True, slots=True)
class _Point:
    """One aggregate of one bucket; ``place`` is the value of the dimension asked for."""

    bucket: datetime
    place: str
    values: Mapping[str, object]

    def value(self, name: str) -> float:
        """Take one of its numbers, none of which can be below zero."""
        return number(self.values.get(name), name, low=0)


def days_of(answer: Mapping[str, object]) -> list[float]:
    """Give the starts of the days, in seconds since 1970, of which a daily answer speaks."""
    points = _points(rows(answer.get("data_points", []), "data_points"), "")
    return sorted({point.bucket.timestamp() for point in points})


def records(
    body: Mapping[str, object], source: Source, settings: Settings, about: str, end: datetime
) -> Iterator[Parsed]:
    """Give what one experiment's aggregates say: hourly samples and scores, or daily costs."""
    experiment = table(body.get("experiment"), "experiment")
    name = text(experiment.get("name"), "experiment.name")
    labels = settings.labels(source, name, pairs(experiment.get("tags"), "experiment.tags"))
    system = source.system_of(labels)
    if system is None:
        yield Unrouted(labels.get(source.route.label, name))
        return
    answers = {
        key: rows(table(each, key).get("data_points", []), key) for key, each in body.items() if key != "experiment"
    }
    yield from (
        Missing(f"the points after the first {FULL} of {key}") for key, each in answers.items() if len(each) >= FULL
    )
    try:
        if about == "days":
            yield from _costs(answers["total_cost"], system, name, end)
        else:
            yield from _samples(answers, system, settings)
            yield from _online(answers, system, settings, name)
    except Doubtful as error:
        yield Rejected(str(error), name)


def _samples(answers: Mapping[str, list[object]], system: str, settings: Settings) -> Iterator[Sample]:
    counts: dict[datetime, dict[str, int]] = {}
    for point in _points(answers["trace_count"], "trace_status"):
        counts.setdefault(point.bucket, {})[point.place] = round(point.value("COUNT"))
    done = {bucket: sum(n for status, n in each.items() if status != "IN_PROGRESS") for bucket, each in counts.items()}
    of = _Writer(system, settings, done)
    for bucket, n in done.items():
        failed = counts[bucket].get("ERROR", 0)
        yield of.sample(bucket, REQUESTS, "sum", n, "{request}")
        yield of.sample(bucket, ERRORS, "sum", failed, "{request}")
        if n:
            yield of.sample(bucket, "llmops.error_ratio", "ratio", failed / n, "1")
    for point in _points(answers.get("latency", []), ""):
        yield of.sample(point.bucket, DURATION, "p50", point.value("P50.0") / 1000, "s")
        yield of.sample(point.bucket, DURATION, "p95", point.value("P95.0") / 1000, "s")
    for name, kind in _TOKENS.items():
        for point in _points(answers.get(name, []), ""):
            tokens = point.value("SUM")
            yield of.sample(point.bucket, "gen_ai.client.token.usage", "sum", tokens, "{token}", {TOKEN_TYPE: kind})
    for point in _points(answers.get("total_cost", []), ""):
        yield of.sample(point.bucket, "llmops.cost", "sum", point.value("SUM"), "USD")


@dataclass(frozen=True, slots=True)
class _Writer:
    """Write samples of one system, with the number of traces behind a percentile or share as n."""

    system: str
    settings: Settings
    done: Mapping[datetime, int]

    def sample(
        self, bucket: datetime, metric: str, stat: Stat, value: float, unit: str, dims: Mapping[str, str] | None = None
    ) -> Sample:
        n = None if stat == "sum" else self.done.get(bucket)
        interval = self.settings.interval
        return Sample(self.system, metric, stat, bucket + interval.delta, value, unit, n, interval.seconds, dims or {})


def _online(
    answers: Mapping[str, list[object]], system: str, settings: Settings, experiment: str
) -> Iterator[Evaluation | Missing]:
    counts = {(point.bucket, point.place): point for point in _points(answers.get("assessment_count", []), _ASSESSED)}
    for point in _points(answers.get("assessment_value", []), _ASSESSED):
        scorer = settings.scorer(point.place)
        counted = counts.get((point.bucket, point.place))
        if scorer is None:
            continue
        value = number(point.values.get("AVG"), point.place)
        if missing := scorer.misfit(point.place, value):
            yield missing
            continue
        yield Evaluation(
            system=system,
            eval_run=f"{experiment} {point.bucket:%Y-%m-%dT%H:%MZ}",
            suite="online",
            scorer=scorer.name or point.place,
            seen=point.bucket + settings.interval.delta,
            value=value,
            n=None if counted is None else round(counted.value("COUNT")),
            scale_min=scorer.scale_min,
            scale_max=scorer.scale_max,
            higher_is_better=scorer.higher_is_better,
        )


def _costs(points: list[object], system: str, experiment: str, end: datetime) -> Iterator[CostLine]:
    for point in _points(points, "span_model_name"):
        yield CostLine(
            system=system,
            basis="trace_estimate",
            charge_period_start=point.bucket,
            charge_period_end=point.bucket + _DAY,
            line=f"{experiment}, model={point.place}",
            effective_cost=priced(point.values.get("SUM"), "SUM"),
            service_name=experiment,
            model=point.place,
            is_final=point.bucket + _DAY <= end,
        )


def _points(found: list[object], dimension: str) -> Iterator[_Point]:
    for entry in found:
        point = table(entry, "data_points[]")
        dims = table(point.get("dimensions"), "data_points[].dimensions")
        yield _Point(
            bucket=moment(dims.get("time_bucket"), "time_bucket"),
            place=text(dims.get(dimension), dimension) if dimension else "",
            values=table(point.get("values"), "data_points[].values"),
        )
