"""Write the questions that are put to the metrics of a Langfuse project.

Three habits of the server (4.16) shape them: without an order it fills gaps with rows of zeros that nobody measured, it
cuts an answer at its row limit without saying so, and the end of a stretch is included.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from collectors.answers import rows, table
from collectors.langfuse.settings import GRANULARITIES, Settings

FULL: Final = 1_000
TIME: Final = "time_dimension"
COLUMNS: Final[Mapping[str, str]] = {"environment": "environment", "trace": "traceName"}
"""The dimension that each way to tell systems apart reads; a tag is a filter, as a trace has many."""

_OWN: Final = "langfuse-"
_PERCENTILES: Final = ("p50", "p95", "p99")

Filter = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Question:
    """One aggregate to ask for; a metric is written as its answer is named, such as ``p95_latency``."""

    view: str
    metrics: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    only_requests: bool = False
    only_errors: bool = False
    with_own: bool = False

    def query(self, settings: Settings, tag: str, start: datetime, end: datetime, step: timedelta) -> dict[str, object]:
        """Write the question for the buckets of a stretch."""
        dimensions = dict.fromkeys([*self.dimensions, *filter(None, [COLUMNS.get(settings.by)])])
        return {
            "view": self.view,
            "dimensions": [{"field": name} for name in dimensions],
            "metrics": [{"aggregation": how, "measure": what} for how, _, what in map(_parted, self.metrics)],
            "filters": self._filters(settings, tag),
            "timeDimension": {"granularity": GRANULARITIES[int(step.total_seconds())]},
            "fromTimestamp": _written(start),
            "toTimestamp": _written(end),
            "orderBy": [{"field": TIME, "direction": "asc"}],
            "config": {"row_limit": FULL},
        }

    def _filters(self, settings: Settings, tag: str) -> list[Filter]:
        found: list[Filter] = []
        if self.only_requests:
            found.append(_filter("type", "any of", list(settings.types), "stringOptions"))
        if self.only_errors:
            found.append(_filter("level", "=", "ERROR", "string"))
        if settings.environments:
            found.append(_filter("environment", "any of", list(settings.environments), "stringOptions"))
        elif not self.with_own:
            found.append(_filter("environment", "does not contain", _OWN, "string"))
        if tag:
            found.append(_filter("tags", "any of", [tag], "arrayOptions"))
        return found


@dataclass(frozen=True, slots=True)
class Topic:
    """Questions whose answers belong together, and the length of their buckets."""

    step: timedelta
    questions: Mapping[str, Question]

    def halves(self, start: datetime, end: datetime) -> datetime | None:
        """Give the bucket at which a stretch parts into two, ``None`` when it is one bucket."""
        count = -(-(end - start) // self.step)
        return start + self.step * (count // 2) if count > 1 else None


_DAY: Final = timedelta(days=1)
_REQUESTS: Final = Question(
    "observations",
    (
        "count_count",
        *("sum_inputTokens", "sum_outputTokens", "sum_totalCost", "count_latency", "count_timeToFirstToken"),
        *(f"{each}_{what}" for what in ("latency", "timeToFirstToken") for each in _PERCENTILES),
    ),
    only_requests=True,
)
_ERRORS: Final = Question("observations", ("count_count",), only_requests=True, only_errors=True)
_COSTS: Final = Question(
    "observations", ("sum_totalCost", "sum_totalTokens"), ("providedModelName", "environment"), with_own=True
)
_NUMBERS: Final = Question(
    "scores-numeric",
    ("count_count", "avg_value", "sum_value", "min_value", "max_value"),
    ("name", "source", "dataType"),
)
_CATEGORIES: Final = Question("scores-categorical", ("count_count",), ("name", "source", "stringValue"))


def topics(settings: Settings) -> Mapping[str, Topic]:
    """Give all that is asked, by the word that marks its answers."""
    return {
        "requests": Topic(settings.interval.delta, {"requests": _REQUESTS, "errors": _ERRORS}),
        "costs": Topic(_DAY, {"costs": _COSTS}),
        "scores": Topic(_DAY, {"numbers": _NUMBERS, "categories": _CATEGORIES}),
    }


def rows_of(answer: object, name: str) -> list[object]:
    """Take the rows of one answer."""
    return rows(table(answer, name).get("data"), f"{name}.data")


def _parted(metric: str) -> tuple[str, str, str]:
    return metric.partition("_")


def _filter(column: str, operator: str, value: object, kind: str) -> Filter:
    return {"column": column, "operator": operator, "value": value, "type": kind}


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
