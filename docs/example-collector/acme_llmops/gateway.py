"""Read how many requests wait at the example company's own gateway, by application."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from collectors.access import Access
from collectors.answers import Doubtful, moment, need, number, parse_json, raw, rows, text
from collectors.base import Answer, Kind, Reach, Source, Window
from store.records import Parsed, Rejected, Sample, Unrouted

KIND = Kind(
    "requests that wait",
    needs="a token that may read /queues",
    limits="a thousand queues an answer",
    first=timedelta(hours=1),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``."""

    url: str
    access: Access = field(default_factory=Access)


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask once: the gateway knows only now."""
    yield Answer(await reach.http.get(f"{settings.url.rstrip('/')}/queues"), window)


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give one sample a queue; ``application`` is the label that routes it to a system."""
    del settings
    for queue in rows(need(parse_json(answer.body), "queues"), "queues"):
        try:
            application = text(need(queue, "application"), "application")
            system = source.system_of({"application": application})
            if system is None:
                yield Unrouted(application)
                continue
            seen = moment(need(queue, "seen"), "seen")
            waiting = number(need(queue, "waiting"), "waiting")
        except Doubtful as error:
            yield Rejected(str(error), raw(queue))
        else:
            yield Sample(system, "llmops.queue.depth", "last", seen, waiting, "{request}")
