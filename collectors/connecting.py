"""Give a run its tools: the network of each source with its secrets resolved, and files, all through one gate."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from collectors.access import Access, credentials_of
from collectors.bounds import Bounds
from collectors.files import FileStore
from collectors.gate import Gate
from collectors.http import HttpClient
from collectors.redaction import Redactor
from collectors.runner import Client, Tools
from collectors.settings import Collection, SourceSettings


def tools(
    collection: Collection, environ: Mapping[str, str], now: datetime, base: Path, redact: Redactor | None = None
) -> Tools:
    """Prepare one run; relative paths of files start from ``base``, the configuration's folder.

    A secret is resolved when its source's turn comes, so that one that fails harms no other source.
    """
    gate = Gate(collection.concurrency, collection.per_host)
    known = redact or Redactor()

    @asynccontextmanager
    async def client(settings: SourceSettings) -> AsyncIterator[Client]:
        access = getattr(settings.options, "access", Access())
        credentials = credentials_of(access, environ, known)
        async with HttpClient(credentials, Bounds.of(settings.limits), gate, now) as opened:
            yield opened

    def files(settings: SourceSettings) -> FileStore:
        return FileStore(settings.limits.body_bytes, base)

    return Tools(client, files, known)
