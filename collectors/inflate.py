"""Undo gzip under a limit: a kilobyte of answer must never become a gigabyte of memory."""

import zlib
from typing import Final

from store.errors import SourceError

_GZIP: Final = 16 + zlib.MAX_WBITS
_STEP: Final = 1 << 20


class TooLargeError(SourceError):
    """Say that a body is larger than the source may send."""

    def __init__(self, limit: int) -> None:
        """Name the limit and how to raise it."""
        super().__init__(
            "too_large", f"the body is larger than {limit} bytes; raise limits.body_bytes if that is right"
        )


class Body:
    """Take a body piece by piece, inflate it if it is gzip, and stop as soon as it outgrows its limit."""

    def __init__(self, encoding: str, limit: int) -> None:
        """Take the Content-Encoding as sent (only gzip is asked for, so only gzip is taken) and the limit."""
        asked = encoding.strip().lower()
        if asked not in ("", "identity", "gzip", "x-gzip"):
            raise SourceError("encoding", "the body is encoded in a way that was not asked for (only gzip is)")
        self._gzip = zlib.decompressobj(_GZIP) if asked.endswith("gzip") else None
        self._limit = limit
        self._body = bytearray()

    def add(self, piece: bytes) -> None:
        """Take the next piece as it came over the wire."""
        while piece:
            piece = self._take(piece)
            if len(self._body) > self._limit:
                raise TooLargeError(self._limit)

    def done(self) -> bytes:
        """Give the whole body; a gzip stream that was cut is an error."""
        if self._gzip and not self._gzip.eof:
            raise SourceError("encoding", "the compressed body ends in the middle")
        return bytes(self._body)

    def _take(self, piece: bytes) -> bytes:
        if self._gzip is None:
            self._body += piece
            return b""
        if self._gzip.eof:  # RFC 1952: a gzip file may have several members, one after the other
            self._gzip = zlib.decompressobj(_GZIP)
        try:
            self._body += self._gzip.decompress(piece, min(_STEP, self._limit + 1 - len(self._body)))
        except zlib.error:
            raise SourceError("encoding", "the body says it is gzip and is not") from None
        return self._gzip.unconsumed_tail or self._gzip.unused_data
