"""Read Azure OpenAI and Foundry accounts: metrics by deployment from Azure Monitor, costs by day from Cost Management.

Both are asked through the resource manager with a token that the Azure command line gives; there is no login here.
Latencies are means of the interval with their n, because Azure has no percentiles: milliseconds become seconds, percent
shares. The older metric ``Latency`` is not read; the vendor calls it misleading for models.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Final

from collectors.answers import parse_json, table, upstream_error
from collectors.azure import costs, metrics
from collectors.azure.settings import Settings
from collectors.base import Answer, Kind, Reach, Source, Window
from store.records import Parsed

__all__ = ["KIND", "Settings", "fetch", "parse"]

KIND: Final = Kind(
    "metrics, costs",
    needs="the role Monitoring Reader on the resources, for costs Cost Management Reader on the scope",
    limits="metrics are kept for 93 days; costs are renewed about every four hours and questions for them are "
    "rationed: give costs a source of their own that runs once a day",
    finality="the sixth of the month after; seven days are asked again, until the fifth of a month all of the month "
    "before",
    restate=timedelta(hours=2),
    lag=timedelta(minutes=5),
)


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for metrics and costs, whichever are wanted."""
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
        yield from metrics.samples(body, source, settings, answer.name)
    else:
        yield from costs.lines(body, source, settings, answer.window.now)
