"""Read promptfoo result files (``promptfoo eval --output x.json``, result versions 2 and 3).

A case that could not be run (an error) is kept apart from one that failed: the pass rate counts passes among cases that
ran, and a run in which none did is an error, not a zero. Summed scores are divided by what they sum over. Where the
file lists its cases, each is kept by a hash of its variables; of prompts, variables and outputs nothing is.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from collectors.answers import Doubtful, parse_json
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.evaluations.promptfoo import evaluations
from collectors.evaluations.rules import Rules
from store.errors import SourceError
from store.records import Parsed, Rejected

KIND: Final = Kind(
    "evaluations",
    needs="to read the files",
    limits="result format 3 (promptfoo 0.100 and newer); prompts and answers in the file are not stored",
    first=timedelta(days=365),
    restate=timedelta(days=7),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``: the files (``*`` and ``**`` allowed) and the name of their suite.

    A file is routed by the tags and metadata of its configuration, or by the labels ``file`` (its name without
    ending), ``folder`` and ``description``. Without ``suite`` the configuration's description names the suite.
    """

    path: str
    suite: str = ""


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Read the files that changed since the window began."""
    async for name, body in reach.files.read(settings.path, window.start):
        yield Answer(body, window, name=name)


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give the evaluations of one file; a file that cannot be read is set aside and the others are not."""
    try:
        yield from evaluations(parse_json(answer.body), answer, source, Rules(settings.suite))
    except Doubtful as error:
        yield Rejected(f"{answer.name}: {error}", answer.name)
    except SourceError as error:
        yield Rejected(f"{answer.name}: not a promptfoo result: {error}", answer.name)
