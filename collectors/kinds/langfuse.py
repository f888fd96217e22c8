"""Read a Langfuse project: requests, latencies, tokens, costs, scores, and prompts that wait for production.

Everything but prompts comes from the metrics API as aggregates of the server: no trace, no score and no word of a user
is asked for one by one, and percentiles are those of the whole bucket (ClickHouse samples them beyond 8,192 values).
Langfuse v4 and Cloud answer at ``/v2/metrics``; a server that still runs v3 answers 404 there and is asked at
``/metrics``, for the rest of the run. Costs are Langfuse's own estimates by day, model and environment.

Its monitors are in no public API (4.16); only its MCP server, which calls itself unstable, lists them. Let Langfuse
send their alerts to your alerting, and read them there.
"""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from collectors.answers import parse_json, table, upstream_error
from collectors.base import Answer, Http, Kind, Reach, Source, Window
from collectors.langfuse import prompts
from collectors.langfuse.costs import RESTATED, cost_lines
from collectors.langfuse.questions import FULL, Question, Topic, rows_of, topics
from collectors.langfuse.requests import samples
from collectors.langfuse.scores import evaluations
from collectors.langfuse.settings import Scorer, Settings
from collectors.shape import bundled
from store.errors import SourceError
from store.records import Parsed

__all__ = ["KIND", "Scorer", "Settings", "fetch", "parse"]

KIND: Final = Kind(
    "metrics, costs, evaluations, changes",
    needs="the API keys of the project: the public one as username, the secret one as password; none is read-only",
    limits="five metrics questions a run, or five for each tag; Cloud allows an organisation 100 a day (Hobby), 100 an "
    "hour (Core), 500 an hour (Pro, Team, Enterprise), a server of your own any number",
    finality="estimates from tokens and Langfuse's price list, taken as final six days after their day; never invoiced",
    restate=RESTATED,
    lag=timedelta(minutes=2),
    snapshot=True,
)

_GONE: Final = frozenset({404, 410})


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for the aggregates of the window, and for the prompts that wait now."""
    metrics = _Metrics(reach.http, settings)
    for about, topic in topics(settings).items():
        start, end = _floor(window.start, topic.step), window.end
        if about == "requests":
            end = _floor(end, topic.step)  # a percentile of half an hour is not one of the hour
        for tag in settings.tags or ("",):
            async for body, stretch in metrics.topic(topic, tag, Window(start, end, window.now)):
                yield Answer(body, stretch, about, tag)
    async for answer in prompts.asked(reach.http, settings, window):
        yield answer


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give samples, cost lines, evaluations or changes."""
    body = table(parse_json(answer.body), "the answer")
    for part in body.values():
        upstream_error(part)
    if answer.about == "requests":
        yield from samples(body, answer, source, settings)
    elif answer.about == "costs":
        yield from cost_lines(body, answer, source, settings)
    elif answer.about == "scores":
        yield from evaluations(body, answer, source, settings)
    else:
        yield from prompts.changes(body, answer, source, settings)


@dataclass(slots=True)
class _Metrics:
    """The metrics of a project; which of two addresses has them is decided by the first answer of a run."""

    http: Http
    settings: Settings
    path: str = "v2/metrics"
    is_decided: bool = False

    async def topic(self, topic: Topic, tag: str, stretch: Window) -> AsyncIterator[tuple[bytes, Window]]:
        """Ask for a stretch, and for its halves instead when an answer was cut."""
        if stretch.start >= stretch.end:
            return
        bodies = {name: await self.ask(each, topic, tag, stretch) for name, each in topic.questions.items()}
        middle = topic.halves(stretch.start, stretch.end)
        if middle is None or not any(_is_full(name, body) for name, body in bodies.items()):
            yield bundled(bodies), stretch
            return
        for start, end in ((stretch.start, middle), (middle, stretch.end)):
            async for part in self.topic(topic, tag, Window(start, end, stretch.now)):
                yield part

    async def ask(self, question: Question, topic: Topic, tag: str, stretch: Window) -> bytes:
        """Put one question."""
        query = question.query(self.settings, tag, stretch.start, stretch.end, topic.step)
        params = {"query": json.dumps(query)}
        try:
            body = await self.http.get(f"{self.settings.api}/{self.path}", params)
        except SourceError as error:
            if self.is_decided or error.status not in _GONE:
                raise
            self.path = "metrics"
            body = await self.http.get(f"{self.settings.api}/{self.path}", params)
        self.is_decided = True
        return body


def _is_full(name: str, body: bytes) -> bool:
    found = parse_json(body)
    upstream_error(found)
    return len(rows_of(found, name)) >= FULL


def _floor(when: datetime, step: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (when - epoch) // step * step
