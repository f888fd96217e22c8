"""Tell a watching service that a collection begins, ended or failed (healthchecks and its kin).

Its address is a secret in its path: no message, log record or repr shows more of it than the host.
"""

import asyncio
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from collectors.access import Credentials
from collectors.bounds import Bounds
from collectors.gate import Gate
from collectors.http import HttpClient
from collectors.redaction import Redactor
from collectors.secrets import Secret, SecretRef, resolve
from collectors.words import origin
from store.errors import SourceError

log = logging.getLogger(__name__)

News = Literal["start", "success", "fail"]

# A watching service that hangs must not hold the collection that it watches.
_BOUNDS: Final = Bounds(connect=1.5, read=1.5, total=2.0, source=3.0, tries=2)
_PATHS: Final[Mapping[News, str]] = {"start": "/start", "success": "", "fail": "/fail"}
_PARTS: Final = re.compile(r"[/?&=#]+")
_SHORTEST: Final = 3


@dataclass(frozen=True, slots=True)
class Ping:
    """The way to a watching service for one collection; ``redact`` is what the rest of the program hides secrets by."""

    reference: SecretRef
    environ: Mapping[str, str] = field(repr=False)
    now: datetime
    redact: Redactor = field(repr=False)

    async def send(self, news: News, words: str = "") -> None:
        """Send the news, tried twice within seconds; that they were not heard is a warning and no more."""
        hidden = Redactor()
        try:
            address = await asyncio.to_thread(self._address, hidden)
            credentials = Credentials(environ=self.environ, redact=hidden)
            async with HttpClient(credentials, _BOUNDS, Gate(), self.now) as http:
                await http.tell(at(address, news), words)
        except SourceError as error:
            facts = {"news": news, "cause": error.cause, "detail": hidden(str(error))}
            log.warning("the watching service did not hear us", extra=facts)

    def _address(self, hidden: Redactor) -> Secret:
        """Fetch the address; the whole is made known to everybody's redactor, its parts to that of our own messages."""
        address = resolve(self.reference, self.environ)
        self.redact.add(address)
        for part in parts_of(address):
            hidden.add(part)
        return address


def at(address: Secret, news: News) -> str:
    """Give the address for this news: it is told by the end of the path."""
    whole, _, _ = address.reveal().partition("#")
    path, mark, query = whole.partition("?")
    return f"{path.rstrip('/')}{_PATHS[news]}{mark}{query}"


def is_address(address: Secret) -> bool:
    """Tell whether this could be called at all."""
    try:
        scheme, host, _ = origin(address.reveal())
    except ValueError:
        return False
    return scheme in ("http", "https") and bool(host)


def parts_of(address: Secret) -> list[Secret]:
    """Give every part of the address after the host by which it could be put together again."""
    _, _, rest = address.reveal().partition("://")
    return [Secret(part) for part in _PARTS.split(rest)[1:] if len(part) >= _SHORTEST]
