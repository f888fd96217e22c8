"""Take known secrets out of any text before it reaches a log, a message or a file.

Each value is known raw, URL-encoded, JSON-escaped, as Python writes it and in base64, also in the middle of a longer
text that was encoded as a whole.
"""

import base64
import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import quote, quote_plus

from collectors.secrets import Secret

HIDDEN: Final = "[redacted]"
_TELLING: Final = 8  # bytes from which a form in an answer is an echo and not chance
_LINE: Final = 6  # lines of a longer secret (a private key) that are searched on their own
_PLAIN: Final = frozenset(logging.makeLogRecord({}).__dict__) - {"msg", "message", "exc_text", "stack_info"}


class Redactor:
    """Replace every known secret in a text, in whatever form it was written."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        """Know these secrets from the start."""
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        for secret in secrets:
            self.add(secret)

    def add(self, secret: Secret) -> None:
        """Know one more secret from now on."""
        self._forms.update(form for form in _forms(secret.reveal()) if form)
        longest_first = sorted(self._forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(re.escape(form) for form in longest_first)) if longest_first else None

    def __call__(self, text: str) -> str:
        """Give the text with every known secret replaced."""
        return self._pattern.sub(HIDDEN, text) if self._pattern else text

    def body(self, body: bytes) -> bytes:
        """Give an answer without the secrets that its server repeats; forms too short to be telling stay."""
        met = [
            form
            for each in self._forms
            if len(form := each.encode(errors="surrogateescape")) >= _TELLING and form in body
        ]
        for form in sorted(met, key=len, reverse=True):
            body = body.replace(form, HIDDEN.encode())
        return body


class RedactingFilter(logging.Filter):
    """Redact whole log records: message, arguments, traceback and extra facts. Attach it to handlers, not to loggers.

    A filter of a logger does not see the records of its children; one of a handler sees everything that is written.
    """

    def __init__(self, redact: Redactor) -> None:
        """Take what knows the secrets; it may learn more later."""
        super().__init__()
        self._redact = redact

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place and let it pass."""
        record.msg = self._redact(record.getMessage())
        record.args = None
        if record.exc_info:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
            record.exc_info = None
        if record.exc_text:
            record.exc_text = self._redact(record.exc_text)
        if record.stack_info:
            record.stack_info = self._redact(record.stack_info)
        for name, value in record.__dict__.items():
            if name not in _PLAIN:
                record.__dict__[name] = self._clean(value)
        return True

    def _clean(self, value: object) -> object:
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, Mapping):
            return {self._redact(str(key)): self._clean(entry) for key, entry in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self._clean(entry) for entry in value]
        return self._redact(value if isinstance(value, str) else repr(value))


def _forms(value: str) -> Iterator[str]:
    for part in {value, value.replace("\n", "\r\n"), *(line for line in value.splitlines() if len(line) >= _LINE)}:
        yield part
        yield json.dumps(part)[1:-1]
        yield json.dumps(part, ensure_ascii=False)[1:-1]
        yield repr(part)[1:-1]
        for safe in ("", "/"):
            for encoded in (quote(part, safe=safe), quote_plus(part, safe=safe)):
                yield encoded
                yield re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), encoded)
        yield from _base64_forms(part.encode(errors="surrogateescape"))


def _base64_forms(value: bytes) -> Iterator[str]:
    for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
        whole = encode(value).decode()
        yield whole
        yield whole.rstrip("=")
        for shift in range(3):  # the secret may begin at any of three places inside a group of three bytes
            text = encode(bytes(shift) + value).decode()
            piece = text[-(-shift * 8 // 6) : (shift + len(value)) * 8 // 6]
            if len(piece) > 3:
                yield piece
