"""Give the answers that a kind's ``fetch`` hands to its ``parse`` when a server plays what was recorded."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from collectors.base import Answer, Collector, Reach
from tests.collectors.kinds.case import WINDOW, Asked, Play


class _Played:
    """The network of a case."""

    def __init__(self, play: Play) -> None:
        self._play = play

    async def get(self, url: str, params: Any = None, headers: Any = None) -> bytes:
        return self._play(Asked("GET", urlsplit(url).path, params or {}, headers or {}))

    async def post(self, url: str, *, json: Any = None, form: Any = None, headers: Any = None) -> bytes:
        return self._play(Asked("POST", urlsplit(url).path, json or form or {}, headers or {}))


def played(kind: Collector, settings: Any, play: Play) -> list[Answer]:
    """Collect the answers of the window that all cases share."""

    async def all_of_it() -> list[Answer]:
        reach = Reach(_Played(play), None)  # type: ignore[arg-type]  # who asks a server reads no file
        return [each async for each in kind.fetch(reach, settings, WINDOW)]

    return asyncio.run(all_of_it())
