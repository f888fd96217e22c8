"""Define what the doctor finds: a part, how it is, what was seen and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from store.errors import EXIT_CRITICAL, EXIT_OK, EXIT_WARNING

Part = Literal["config", "secrets", "source", "store", "schedule", "watch", "terminal"]
Grade = Literal["ok", "warn", "fail"]

_CODES: Final = {"ok": EXIT_OK, "warn": EXIT_WARNING, "fail": EXIT_CRITICAL}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    part: Part
    grade: Grade
    what: str
    remedy: str = ""


def exit_code(findings: Iterable[Finding]) -> int:
    """Give 0 when all is well, 1 when something should be looked at, 2 when something does not work."""
    return max((_CODES[finding.grade] for finding in findings), default=EXIT_OK)
