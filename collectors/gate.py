"""Let only so many requests out at once, in all and to one host; one gate is shared by all sources of a run."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
    """The door that every request passes."""

    def __init__(self, total: int = 8, per_host: int = 2) -> None:
        """Take how many may be out at once, in all and to one host and port."""
        self._all = asyncio.Semaphore(total)
        self._per_host = per_host
        self._hosts: dict[tuple[str, int], asyncio.Semaphore] = {}

    @asynccontextmanager
    async def passed(self, host: str, port: int) -> AsyncIterator[None]:
        """Wait for a free place, first at the host, so that a slow host holds no place that others could use."""
        at_host = self._hosts.setdefault((host, port), asyncio.Semaphore(self._per_host))
        async with at_host, self._all:
            yield
