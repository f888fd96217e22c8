"""Read Amazon Bedrock: metrics by model from CloudWatch and, where asked for, costs by day from Cost Explorer.

Requests are signed with the keys of ``access.aws``. Percentiles are those that CloudWatch makes of one interval.
CloudWatch knows models, no applications: give each system an inference profile of its own, or a source with its models.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Final

from collectors.answers import parse_json, table, upstream_error
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.bedrock import costs, metrics
from collectors.bedrock.settings import Settings
from store.records import Parsed

__all__ = ["KIND", "Settings", "fetch", "parse"]

KIND: Final = Kind(
    "metrics; costs where asked for",
    needs="`cloudwatch:GetMetricData` and `cloudwatch:ListMetrics`; for costs `ce:GetCostAndUsage` and "
    "`ce:GetDimensionValues`",
    limits="CloudWatch takes about USD 0.01 for 1,000 metrics asked (13 a model and run); Cost Explorer takes USD 0.01 "
    "a request, two or more a run, so costs are off by default: give them a source of their own that runs once a day",
    finality="Cost Explorer marks what is estimated; seven days are asked again, until the tenth of a month all of "
    "the month before",
    restate=timedelta(hours=3),
    lag=timedelta(minutes=10),
)


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for metrics and costs, whichever are wanted."""
    if settings.metrics:
        async for answer in metrics.ask(reach.http, settings, window):
            yield answer
    if settings.costs:
        async for answer in costs.ask(reach.http, settings, window):
            yield answer


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give samples or cost lines."""
    body = table(parse_json(answer.body), "the answer")
    upstream_error(body)
    if answer.about == "metrics":
        yield from metrics.samples(body, source, settings)
    else:
        yield from costs.lines(body, source, settings)
