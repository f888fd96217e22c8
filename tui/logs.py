"""Send log records where they belong, every known secret taken out: stderr for a collection, a file for screens."""

import json
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tui.text import printable

if TYPE_CHECKING:
    from collectors.redaction import Redactor

_LIMIT = 2_000
_USUAL = frozenset(logging.makeLogRecord({}).__dict__)


class PlainFormatter(logging.Formatter):
    """Write a record as one line for people: level, message and facts, no control characters."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        facts = "".join(f" {name}={value}" for name, value in _facts(record).items())
        return printable(f"{record.levelname.lower()}: {record.getMessage()}{facts}", _LIMIT)


class JsonFormatter(logging.Formatter):
    """Write a record as one line of JSON (ASCII)."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        facts = {"time": self.formatTime(record), "level": record.levelname.lower(), "event": record.getMessage()}
        return json.dumps({**facts, **{name: str(value) for name, value in _facts(record).items()}})


def to_stderr(redact: "Redactor", *, as_json: bool) -> None:
    """Log warnings and errors to stderr."""
    from collectors.redaction import RedactingFilter  # late: screens have no secrets and no time

    handler = logging.StreamHandler()
    handler.addFilter(RedactingFilter(redact))
    handler.setFormatter(JsonFormatter() if as_json else PlainFormatter())
    logging.getLogger().addHandler(handler)


def to_file(path: Path) -> None:
    """Log warnings and errors of the screens to a file of the user: the terminal belongs to the screens."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)


def _facts(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in record.__dict__.items() if name not in _USUAL}
