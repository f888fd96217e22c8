"""Run one kind of another package, alone in its process, which ``collectors.foreign`` starts.

One request as JSON on standard input, one JSON line an answer on standard output. What the kind prints goes nowhere. It
has the same doors as our own kinds: the guarded network and files.
"""

import asyncio
import json
import os
import resource
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from importlib.metadata import entry_points
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from collectors.access import Access, credentials_of
from collectors.base import Kind, Reach, Route, Source, Window
from collectors.bounds import Bounds
from collectors.files import FileStore
from collectors.foreign import GROUP
from collectors.gate import Gate
from collectors.http import HttpClient
from collectors.redaction import Redactor
from collectors.runner import place_of
from collectors.wire import write
from store.decode import Mistakes, decode, decode_all
from store.errors import ConfigError, SourceError
from store.records import Parsed, Rejected

_MEMORY: Final = 2 * 1024**3
_PAGE: Final = 500
_PARTS: Final = ("KIND", "Settings", "fetch", "parse")

Request = Mapping[str, Any]


def main() -> int:
    """Answer one request; whatever goes wrong in the kind is an answer too."""
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        asyncio.run(_answer(json.load(sys.stdin), out))
    return 0


async def _answer(request: Request, out: IO[str]) -> None:
    known = Redactor()
    try:
        async for line in _TASKS[request["task"]](_load(request["kind"]), request, known):
            _say(out, line)
    except SourceError as error:
        _say(out, {"cause": error.cause, "words": known(str(error)), "retry_after": error.retry_after})
    except ConfigError as error:
        _say(out, {"cause": "plugin", "words": f"its options are wrong: {'; '.join(error.mistakes)}"})
    except BaseException as error:  # noqa: BLE001  # a kind that exits, recurses or takes all memory is one that failed
        _say(out, {"cause": "plugin", "words": f"it failed: {place_of(error)}"})


def _say(out: IO[str], line: object) -> None:
    out.write(json.dumps(line) + "\n")
    out.flush()


def _load(name: str) -> Any:
    point = next(iter(entry_points(group=GROUP, name=name)), None)
    if point is None:
        raise SourceError("plugin", f"no installed package offers the kind {name}")
    module = point.load()
    lacking = [part for part in _PARTS if not hasattr(module, part)]
    if lacking or not isinstance(module.KIND, Kind):
        raise SourceError("plugin", f"{point.value} is no kind: it lacks {', '.join(lacking) or 'a KIND of ours'}")
    return module


async def _describe(module: Any, _: Request, __: Redactor) -> AsyncIterator[object]:
    """Say the facts that a run needs, lengths of time in seconds."""
    facts = asdict(module.KIND)
    yield {name: each.total_seconds() if isinstance(each, timedelta) else each for name, each in facts.items()}


async def _check(module: Any, request: Request, _: Redactor) -> AsyncIterator[object]:
    """List the mistakes in the options, each with its place."""
    mistakes = Mistakes()
    decode(module.Settings, request["options"], (), mistakes)
    yield mistakes.listed()


async def _collect(module: Any, request: Request, known: Redactor) -> AsyncIterator[object]:
    """Give what the kind makes of the window, some hundred records a line, then the files that were not finished."""
    settings = decode_all(module.Settings, request["options"])
    source = Source(request["source"], Route(**request["route"]))
    window = Window(*(datetime.fromisoformat(request[name]) for name in ("start", "end", "now")))
    bounds = Bounds(**request["bounds"])
    files = FileStore(bounds.body_bytes, Path(request["base"]))
    credentials = credentials_of(getattr(settings, "access", Access()), os.environ, known)
    async with HttpClient(credentials, bounds, Gate(), window.now) as http:
        async for answer in module.fetch(Reach(http, files), settings, window):
            rows = iter(module.parse(answer, source, settings))
            while page := [*islice(rows, _PAGE)]:
                yield [write(_told(row, known)) for row in page]
    yield {"unfinished": files.unfinished}


def _told(row: Parsed, known: Redactor) -> Parsed:
    return Rejected(known(row.reason), known(row.raw)) if isinstance(row, Rejected) else row


_TASKS: Final[Mapping[str, Callable[[Any, Request, Redactor], AsyncIterator[object]]]] = {
    "describe": _describe,
    "check": _check,
    "collect": _collect,
}
