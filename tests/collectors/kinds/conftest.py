"""Give kinds of source recorded answers to read, and gather what they make of them."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from collectors.access import Credentials
from collectors.base import Answer, Files, Reach, Route, Source, Window
from collectors.bounds import Bounds
from collectors.files import FileStore
from collectors.gate import Gate
from collectors.http import HttpClient
from collectors.settings import collector
from store.records import Parsed
from tests.collectors.kinds.case import FIXTURES, Asked, Play, exchanged
from tests.collectors.kinds.site import Site, serving


@dataclass
class Replay:
    """Answer questions from a function and remember them."""

    answer: Play
    asked: list[Asked] = field(default_factory=list)

    async def get(
        self,
        url: str,
        params: Mapping[str, str | Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        return self._answered(Asked("GET", urlsplit(url).path, params or {}, headers or {}))

    async def post(
        self,
        url: str,
        *,
        json: Any = None,
        form: Mapping[str, str | Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        return self._answered(Asked("POST", urlsplit(url).path, json or form or {}, headers or {}))

    def _answered(self, asked: Asked) -> bytes:
        self.asked.append(asked)
        return self.answer(asked)


@pytest.fixture
def fixtures() -> Path:
    """Give the folder of recorded answers."""
    return FIXTURES


@pytest.fixture
def replay() -> Callable[[Callable[[Asked], bytes]], Replay]:
    """Make an ``Http`` that answers from a function."""
    return Replay


@pytest.fixture
def exchange() -> Callable[[Path], Replay]:
    """Make an ``Http`` that answers as a recorded exchange did, and fails on a question that was never put."""

    def from_file(path: Path) -> Replay:
        return Replay(exchanged(path))

    return from_file


@pytest.fixture
def files() -> Files:
    """Read real files."""
    return FileStore(32 * 1024 * 1024)


@pytest.fixture
def window() -> Callable[..., Window]:
    """Make windows that end at a time written in short."""

    def ending(end: str, **length: float) -> Window:
        until = datetime.fromisoformat(end).replace(tzinfo=UTC)
        return Window(until - timedelta(**length), until, until)

    return ending


@pytest.fixture
def by_label() -> Callable[..., Source]:
    """Make a source whose rows belong to the systems that a label names."""

    def source(label: str, *systems: str) -> Source:
        return Source("recorded", Route(label=label, systems={name: name for name in systems}))

    return source


@pytest.fixture
def one_system() -> Source:
    """Make a source whose rows all belong to one system."""
    return Source("recorded", Route(system="support-bot"))


@pytest.fixture
def gather(files: Files) -> Callable[..., list[Parsed]]:
    """Collect a window through a kind: everything it asks for, parsed."""

    def gathered(kind: str, settings: Any, window: Window, source: Source, http: Any = None) -> list[Parsed]:
        module = collector(kind)

        async def all_of_it() -> list[Parsed]:
            reach = Reach(http or SimpleNamespace(), files)
            found: list[Parsed] = []
            async for answer in module.fetch(reach, settings, window):
                found += module.parse(answer, source, settings)
            return found

        return asyncio.run(all_of_it())

    return gathered


@pytest.fixture
def collect_really(files: Files) -> Callable[..., list[Parsed]]:
    """Collect a window through a kind over the real network client."""

    def gathered(kind: str, settings: Any, window: Window, source: Source) -> list[Parsed]:
        module = collector(kind)

        async def all_of_it() -> list[Parsed]:
            found: list[Parsed] = []
            async with HttpClient(Credentials(), Bounds(), Gate(), window.now) as http:
                async for answer in module.fetch(Reach(http, files), settings, window):
                    found += module.parse(answer, source, settings)
            return found

        return asyncio.run(all_of_it())

    return gathered


@pytest.fixture
def read_one() -> Callable[..., list[Parsed]]:
    """Parse one body as a kind does."""

    def parsed(
        kind: str, body: bytes, settings: Any, source: Source, window: Window, about: str = "", name: str = ""
    ) -> list[Parsed]:
        return list(collector(kind).parse(Answer(body, window, about, name), source, settings))

    return parsed


@pytest.fixture
def site() -> Iterator[Site]:
    """Serve every kind on loopback."""
    with serving() as played:
        yield played
