"""Turn an HTTP status that is no answer into a named cause, with a remedy where one is known."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urljoin

from collectors.patience import hint
from collectors.words import place
from store.errors import Cause, SourceError

_RETRYABLE: Final = frozenset({408, 425, 429})
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_WORDS: Final[Mapping[int, str]] = {
    304: "not modified, though no condition was sent",
    206: "only a part, though all was asked for",
    400: "the question was not understood",
    401: "the token or password is missing or wrong",
    403: "the token or password is not allowed to read this",
    404: "there is no such thing; check the address",
    407: "the proxy wants a login; set proxy_username and proxy_password",
    429: "too many requests",
}
_CAUSES: Final[Mapping[int, Cause]] = {401: "auth", 403: "auth", 407: "proxy", 429: "throttled"}
_NAMES: Final[Mapping[Cause, re.Pattern[str]]] = {
    "throttled": re.compile(r"(?:Throttl|TooManyRequests|LimitExceeded|RequestLimitExceeded)\w*:"),
    "auth": re.compile(
        r"(?:AccessDenied|ExpiredToken|InvalidClientTokenId|InvalidSignature|MissingAuthentication|NotAuthorized"
        r"|SignatureDoesNotMatch|UnrecognizedClient)\w*:"
    ),
}


def refusal(status: int, headers: Mapping[str, str], url: str, said: str, now: datetime) -> SourceError:
    """Name the cause of a status other than 200 and 204; ``said`` is what the source wrote, already made harmless."""
    if status in _MOVED and (target := headers.get("location")):
        return SourceError(
            "redirect", f"answered {status}: wants us at {_target(url, target)}; set that address if it is right"
        )
    named = _named(said) if status == 400 else None
    is_spent = status == 403 and (headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers)
    is_quota = is_spent or named == "throttled"
    is_retryable = status in _RETRYABLE or status >= 500 or is_quota
    words = "too many requests" if is_quota else "" if named else _WORDS.get(status, "")
    message = ": ".join(part for part in (f"answered {status}", words, said) if part)
    return SourceError(
        "throttled" if is_quota else named or _CAUSES.get(status, "status"),
        message,
        retryable=is_retryable,
        retry_after=hint(headers, now) if is_retryable else None,
        status=status,
    )


def _named(said: str) -> Cause | None:
    """Give what AWS means with a 400 by the name of its error."""
    return next((cause for cause, names in _NAMES.items() if names.match(said)), None)


def _target(url: str, target: str) -> str:
    try:
        return place(urljoin(url, target))
    except ValueError:
        return "an address that is no URL"
