"""Hold what one source may cost in seconds, bytes and pages, as the network code counts it."""

from dataclasses import dataclass
from typing import Self

from collectors.settings import Limits


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of one source; ``total`` is for one request, ``source`` for all requests and pauses together."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 30.0
    source: float = 120.0
    body_bytes: int = 32 * 1024 * 1024
    pages: int = 1_000
    tries: int = 3

    @classmethod
    def of(cls, limits: Limits) -> Self:
        """Take the configured limits."""
        return cls(
            connect=limits.connect.seconds,
            read=limits.read.seconds,
            total=limits.total.seconds,
            source=limits.source.seconds,
            body_bytes=limits.body_bytes,
            pages=limits.pages,
            tries=limits.tries,
        )
