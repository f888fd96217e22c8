"""Follow a list that is asked for by the number of its page, where the answer's body does not say which is the last."""

from collections.abc import AsyncIterator, Awaitable, Callable
from hashlib import sha256

from collectors.answers import find, parse_json, rows, upstream_error


async def numbered(ask: Callable[[int], Awaitable[bytes]], size: int, key: str = "") -> AsyncIterator[object]:
    """Give row by row what pages of ``size`` hold, from page 0 on, until one is short or comes again.

    The rows are the answer itself or, with ``key``, what stands there.
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
