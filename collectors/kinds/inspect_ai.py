"""Read Inspect AI logs, ``.eval`` (a zip with Zstandard or deflate inside) and ``.json``.

A file's presence proves nothing: a run that failed has a log too, and is an error, never a zero. A log of a run that
still goes on has no header yet and is left for later. Samples, which hold prompts and answers, are not read; how each
case scored is taken from the reductions, each case by a hash of its id.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from collectors.answers import Doubtful
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.evaluations.inspect_ai import decode, evaluations
from collectors.evaluations.rules import Rules
from store.errors import SourceError
from store.records import Parsed, Rejected

KIND: Final = Kind(
    "evaluations",
    needs="to read the files",
    limits="of a .eval archive header and reductions are read; logs still being written are left to the next run",
    first=timedelta(days=365),
    restate=timedelta(days=7),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``: the logs (``*`` and ``**`` allowed) and the name of their suite.

    A log is routed by the metadata of its task, or by the labels ``task``, ``model``, ``file`` and ``folder``. Scores
    lie between ``scale_min`` and ``scale_max``.
    """

    path: str
    suite: str = ""
    scale_min: float = 0.0
    scale_max: float = 1.0


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Read the logs that changed since the window began."""
    async for name, body in reach.files.read(settings.path, window.start):
        yield Answer(body, window, name=name)


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give the evaluations of one log; a log that cannot be read is set aside and the others are not."""
    rules = Rules(settings.suite, settings.scale_min, settings.scale_max)
    try:
        yield from evaluations(decode(answer.body), answer, source, rules)
    except Doubtful as error:
        yield Rejected(f"{answer.name}: {error}", answer.name)
    except SourceError as error:
        yield Rejected(f"{answer.name}: not an Inspect log: {error}", answer.name)
