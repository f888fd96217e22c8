"""Say which models a system uses and when they end; one of which nothing is announced is unknown and never ok."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from operations.health import RANK
from operations.rows import ModelRow, Standing
from store.database import Reader
from store.records import State

SOON: Final = 90
"""Days before its retirement from which a model warns."""

_STATES: Final[Mapping[Standing, State]] = {
    "retired": "critical",
    "retires soon": "warning",
    "deprecated": "warning",
    "ends later": "ok",
    "nothing announced": "unknown",
}
# A date (20241022, 2026-02, 0613) or a number of three digits (-002): what tells one release of a model from the next.
_RELEASE: Final = re.compile(r"20\d\d-?[01]\d|[-@_]\d{3,4}(?![\w.])")
_OF_SYSTEM: Final = "from model_calendar where system = $system"


@dataclass(frozen=True, slots=True)
class _Model:
    """One row of the view ``model_calendar``."""

    system: str
    model: str
    is_declared: bool
    seen: datetime | None
    released_on: date | None
    deprecated_on: date | None
    retires_on: date | None
    last_retires_on: date | None
    replacement: str
    source: str
    provider: str
    announcements: int


def of_system(reader: Reader, system: str, now: datetime) -> tuple[ModelRow, ...]:
    """Give the models that one system uses: those that end first ahead, those of which nothing is said after them."""
    today = now.astimezone(UTC).date()
    found = [_row(model, today) for model in reader.rows(_Model, _OF_SYSTEM, {"system": system})]
    return tuple(sorted(found, key=_urgency))


def standing(retires_on: date | None, deprecated_on: date | None, today: date) -> Standing:
    """Say where a model stands; from the day of its retirement on, calls fail."""
    if retires_on is not None and retires_on <= today:
        return "retired"
    if retires_on is not None and (retires_on - today).days <= SOON:
        return "retires soon"
    if deprecated_on is not None and deprecated_on <= today:
        return "deprecated"
    return "nothing announced" if retires_on is None and deprecated_on is None else "ends later"


def is_alias(model: str) -> bool:
    """Say whether an id names no release of its own, so that what answers to it may move."""
    return _RELEASE.search(model) is None


def _urgency(row: ModelRow) -> tuple[int, date, str]:
    return RANK[row.state], row.retires_on or date.max, row.model


def _row(found: _Model, today: date) -> ModelRow:
    stands = standing(found.retires_on, found.deprecated_on, today)
    return ModelRow(
        system=found.system,
        model=found.model,
        is_alias=is_alias(found.model),
        is_declared=found.is_declared,
        seen=found.seen,
        released_on=found.released_on,
        deprecated_on=found.deprecated_on,
        retires_on=found.retires_on,
        last_retires_on=found.last_retires_on,
        days_left=None if found.retires_on is None else (found.retires_on - today).days,
        replacement=found.replacement,
        source=found.source,
        provider=found.provider,
        announcements=found.announcements,
        standing=stands,
        state=_STATES[stands],
    )
