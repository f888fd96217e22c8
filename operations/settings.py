"""Define the sections that say what is operated: the portfolio, its people and systems, thresholds, planned work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

from store.records import Basis, Stat
from store.values import Confirm, Currency, Duration

Tier = Literal[1, 2, 3]
Domain = Literal["monitoring", "incidents", "costs", "changes", "evaluation"]

_USD: Final = Currency("USD")
_HOUR: Final = Duration(3_600)
_TWO_OF_THREE: Final = Confirm(2, 3)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Options under ``[portfolio]``: what all the systems together are called, and their zone and currency."""

    name: str
    timezone: str = "UTC"
    currency: Currency = _USD


@dataclass(frozen=True, slots=True)
class Person:
    """One ``[[people]]`` entry: somebody who owns, stands in or approves.

    ``os_user`` is the account that decides in their name, ``logins`` is what vendors call them.
    """

    name: str
    title: str = ""
    email: str = ""
    os_user: str = ""
    roles: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class System:
    """One ``[[systems]]`` entry: a deployed LLM application and who answers for it.

    ``headline`` is the evaluation scorer or metric that is shown as its quality.
    """

    name: str
    owner: str
    title: str = ""
    deputy: str = ""
    tier: Tier = 2
    environment: str = "production"
    stage: Literal["pre-launch", "live", "retiring"] = "live"
    data_class: str = ""
    depends_on: tuple[str, ...] = ()
    cost_basis: Basis = "gateway_estimate"
    monthly_budget: Decimal | None = None
    headline: str = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One ``[[thresholds]]`` entry: a declared limit on a metric, for named systems, for tiers or for all.

    An entry that names a system replaces the one of the same name that reaches it by tier. ``confirm`` counts
    consecutive windows; ``recover`` is the limit to cross again before a breach closes (the warning limit by default).
    """

    name: str
    metric: str
    direction: Literal["above", "below"]
    warning: float | None = None
    critical: float | None = None
    stat: Stat = "avg"
    dims: Mapping[str, str] = field(default_factory=dict)
    tiers: tuple[Tier, ...] = ()
    systems: tuple[str, ...] = ()
    domain: Domain = "monitoring"
    mode: Literal["", "FM1", "FM2", "FM3", "FM4", "FM5", "FM6", "FM7", "FM8"] = ""
    window: Duration = _HOUR
    min_n: int = 1
    confirm: Confirm = _TWO_OF_THREE
    recover: float | None = None
    no_data: Literal["unknown", "warning", "critical"] = "unknown"
    stale_after: Duration | None = None
    source: str = ""
    rationale: str = ""
    owner: str = ""
    review_by: date | None = None


@dataclass(frozen=True, slots=True)
class Maintenance:
    """One ``[[maintenance]]`` entry: planned work on named systems or tiers, once from start to end or on a schedule.

    A breach whose rule starts to fail inside is silenced with its reason until it ends.
    """

    name: str
    reason: str
    systems: tuple[str, ...] = ()
    tiers: tuple[Tier, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    schedule: str = ""
    timezone: str = "UTC"
    duration: Duration | None = None
