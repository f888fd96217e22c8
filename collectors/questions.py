"""Ask more than one thing: a list page by page, and parts of which a token may read one and not another."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from hashlib import sha256
from typing import Final

from collectors.answers import find, parse_json, rows, upstream_error
from collectors.base import Answer
from store.errors import SourceError

_REFUSED: Final = frozenset({"auth", "status"})
"""Causes that say nothing about the next question."""


async def numbered(ask: Callable[[int], Awaitable[bytes]], size: int, key: str = "") -> AsyncIterator[object]:
    """Give row by row what pages of ``size`` hold, from page 0 on, until one is short or comes again.

    For answers whose body does not say which page is the last. The rows are the answer itself or, with ``key``, what
    stands there.
    """
    met: set[bytes] = set()
    page = 0
    while True:
        body = await ask(page)
        mark = sha256(body).digest()
        if mark in met:
            return
        met.add(mark)
        answer = parse_json(body)
        upstream_error(answer)
        found = rows(find(answer, key) if key else answer, key or "the answer")
        for row in found:
            yield row
        if len(found) < size:
            return
        page += 1


async def each_in_turn(parts: Iterable[AsyncIterator[Answer]]) -> AsyncIterator[Answer]:
    """Give the answers of all parts; what one of them refuses is raised when the others have been read."""
    refused: list[SourceError] = []
    for part in parts:
        try:
            async for answer in part:
                yield answer
        except SourceError as error:
            if error.cause not in _REFUSED:
                raise
            refused.append(error)
    if refused:
        raise refused[0]


async def if_allowed(question: Awaitable[object]) -> object:
    """Give the answer, ``None`` when the token may not read it or the source has no such thing."""
    try:
        return await question
    except SourceError as error:
        if error.cause in _REFUSED:
            return None
        raise
