"""Define what the store keeps of the configuration, so that it can be read without one."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Literal

from store.records import Stat


@dataclass(frozen=True, slots=True)
class SystemRecord:
    """A system as configured at the last collection, so that a store can be read without its configuration."""

    TABLE: ClassVar[str] = "systems"

    name: str
    title: str
    owner: str
    deputy: str
    tier: int
    environment: str
    stage: str
    data_class: str
    cost_basis: str
    monthly_budget: Decimal | None
    currency: str
    depends_on: str
    headline: str


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """A rule as it stood for a system at the last collection; lengths of time in seconds, dimensions as JSON."""

    TABLE: ClassVar[str] = "rules"

    system: str
    rule: str
    metric: str
    stat: Stat
    direction: Literal["above", "below"]
    warning: float | None
    critical: float | None
    recover: float | None
    dims: str
    window_s: int
    hits: int
    of_windows: int
    min_n: int
    no_data: Literal["unknown", "warning", "critical"]
    stale_after_s: int | None
    source: str


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A source as configured at the last collection, with the slot in which it is due next."""

    TABLE: ClassVar[str] = "sources"

    name: str
    kind: str
    schedule: str
    next_slot: datetime | None
    systems: str
    target: str
