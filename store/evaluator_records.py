"""Define the records of what the configuration says of judges and suites, one a table."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class JudgeRecord:
    """A judge as configured at the last collection: when it was last held against people, and how far it agreed."""

    TABLE: ClassVar[str] = "judges"

    name: str
    version: str
    calibrated: date | None
    agreement: float | None
    n: int | None
    owner: str


@dataclass(frozen=True, slots=True)
class SuiteRecord:
    """A suite as configured at the last collection; ``systems`` is a list, empty for all."""

    TABLE: ClassVar[str] = "suites"

    name: str
    kind: str
    systems: str
    refreshed: date | None
    owner: str
    max_drop: float | None
