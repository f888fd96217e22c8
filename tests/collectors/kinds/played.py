"""Ask a played server what a kind asks, and keep the answers: a recording of the kind's own questions."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

from collectors.base import Answer, Http, Reach
from collectors.settings import collector
from tests.collectors.kinds.case import WINDOW, Asked, Play


def played(kind: str, settings: Any, play: Play) -> list[Answer]:
    """Give everything that the kind asks for the window of the cases."""

    async def get(url: str, params: Any = None, headers: Any = None) -> bytes:
        return play(Asked("GET", urlsplit(url).path, params or {}, headers or {}))

    async def post(url: str, *, json: Any = None, form: Any = None, headers: Any = None) -> bytes:
        return play(Asked("POST", urlsplit(url).path, json or form or {}, headers or {}))

    async def all_of_it() -> list[Answer]:
        http = cast("Http", SimpleNamespace(get=get, post=post))
        reach = Reach(http, cast("Any", None))
        return [answer async for answer in collector(kind).fetch(reach, settings, WINDOW)]

    return asyncio.run(all_of_it())
