"""Collect kinds of other packages, each in a process of its own, so that a broken one harms nobody.

A package offers a kind by an entry point of the group ``llmops_tui.collectors`` that names a module of the same shape
as ours. Only a kind that the configuration names is ever imported, and never in this process.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, suppress
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import cached_property
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final, Self, get_args

from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.wire import read
from collectors.words import plain
from store.errors import Cause, SourceError
from store.records import Parsed

if TYPE_CHECKING:
    from collectors.settings import SourceSettings

GROUP: Final = "llmops_tui.collectors"
_ARGV: Final = (sys.executable, "-P", "-c", "from collectors.hosting import main; main()")
_PATIENCE: Final = 20.0
_LONGEST: Final = 64 * 1024 * 1024
_GRACE: Final = 0.5
_STEP: Final = 1 << 16
_LENGTHS: Final = ("first", "restate", "lag", "slice")
_UNKNOWN: Final = Kind("another package's kind", needs="its documentation says", limits="its documentation says")


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a kind that is not ours, as they stand in the file; only the kind knows which of them are secret."""

    table: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def from_toml(cls, value: object) -> Self:
        """Take any table; the kind's own process decodes it."""
        if not isinstance(value, Mapping):
            raise ValueError("expected a table")  # noqa: TRY004  # the decoder's protocol
        return cls(value)

    def __str__(self) -> str:
        """Say how many there are."""
        return f"{len(self.table)} of another package's kind"


def installed() -> dict[str, str]:
    """Give the kinds that installed packages offer, each with the package's name; nothing is imported."""
    return {point.name: point.dist.name if point.dist else "" for point in entry_points(group=GROUP)}


def mistakes(kind: str, options: Options) -> list[str]:
    """Ask a kind what is wrong with the options that it is given, each with its place."""
    found = _asked({"task": "check", "kind": kind, "options": options.table})
    return [plain(str(each), 300) for each in found] if isinstance(found, list) else ["it did not answer as it should"]


class Foreign:
    """One source of a kind of another package; a collector like any other to whoever runs it."""

    Settings = Options

    def __init__(self, source: "SourceSettings") -> None:
        """Take the source; nothing is started yet."""
        self._source = source

    @cached_property
    def KIND(self) -> Kind:  # noqa: N802  # the name that every kind has
        """Ask the kind for its facts; what is broken says so when it is collected."""
        with suppress(SourceError, TypeError, AttributeError):
            facts = dict(_asked({"task": "describe", "kind": self._source.kind}))
            lengths = {name: timedelta(seconds=facts[name]) for name in _LENGTHS if facts.get(name) is not None}
            return Kind(**{**facts, **lengths})
        return _UNKNOWN

    async def fetch(self, reach: Reach, settings: Options, window: Window) -> AsyncGenerator[Answer, None]:
        """Let the other process collect the window; its lines are the answers."""
        from collectors.bounds import Bounds  # late: it knows the settings, which know this module

        route = self._source.route
        request = {
            "task": "collect",
            "kind": self._source.kind,
            "options": settings.table,
            "source": self._source.name,
            "route": asdict(route) if route else {"system": self._source.system},
            "bounds": asdict(Bounds.of(self._source.limits)),
            "base": str(reach.files.base.absolute()),
            **{name: getattr(window, name).isoformat() for name in ("start", "end", "now")},
        }
        async with aclosing(_lines(request)) as lines:
            async for line in lines:
                if line.startswith(b"["):
                    yield Answer(line, window)
                    continue
                reach.files.unfinished += [plain(str(name)) for name in _decoded(line)[0]["unfinished"]]
                return
        raise SourceError("plugin", "its process ended before it was done")

    def parse(self, answer: Answer, source: Source, settings: Options) -> Iterator[Parsed]:
        """Check every record again: what came from the other process is believed no more than any other answer."""
        del source, settings
        for written in _decoded(answer.body):
            yield read(written, plain(json.dumps(written), 2_000))


def _decoded(line: bytes) -> list[Any]:
    """Give the content of a line; a failure is raised as the source's."""
    try:
        found = json.loads(line)
    except ValueError:
        raise SourceError("plugin", "its process wrote what is no answer") from None
    if isinstance(found, dict) and "cause" in found:
        cause: Cause = found["cause"] if found["cause"] in get_args(Cause) else "plugin"
        wait = found.get("retry_after")
        raise SourceError(
            cause, plain(str(found.get("words")), 500), retry_after=wait if isinstance(wait, int | float) else None
        )
    return found if isinstance(found, list) else [found]


def _asked(request: Mapping[str, Any]) -> Any:
    """Put one short question to a kind and give its answer."""
    try:
        done = subprocess.run(  # noqa: S603  # ourselves
            _ARGV, input=json.dumps(request, default=str).encode(), capture_output=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise SourceError("plugin", f"it did not answer in {_PATIENCE:.0f} s") from None
    found = _decoded(done.stdout)
    return found if request["task"] == "check" else found[0]


async def _lines(request: Mapping[str, Any]) -> AsyncGenerator[bytes, None]:
    """Start the process, hand it the request and give its lines; whatever happens, it does not outlive this."""
    process = await asyncio.create_subprocess_exec(
        *_ARGV,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=_LONGEST,
        start_new_session=True,
    )
    stdin, stdout = process.stdin, process.stdout
    assert stdin  # noqa: S101  # asked for above
    assert stdout  # noqa: S101
    try:
        stdin.write(json.dumps(request, default=str).encode())
        stdin.close()
        while line := await stdout.readline():
            yield line
    except ValueError:
        raise SourceError("plugin", f"it wrote a line of more than {_LONGEST} bytes") from None
    finally:
        with suppress(TimeoutError):  # one that has said its last word ends by itself
            await asyncio.wait_for(_drained(stdout), _GRACE)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await _drained(stdout)
        await process.wait()


async def _drained(stdout: asyncio.StreamReader) -> None:
    """Read to the end: asyncio does not see a process end whose pipe it has stopped reading."""
    while await stdout.read(_STEP):
        pass
