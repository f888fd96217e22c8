"""Define what this room hands to screens and headless commands: one frozen row per line that people see.

Times are aware UTC, money is ``Decimal``, shares are 0..1; ``None`` means "not known": never zero and never ok.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from operations.breach_rows import BreachRow, SilenceRow, SilenceState
from operations.coverage_rows import CellRow
from operations.portfolio_rows import DOMAINS, Domain, Summary, SystemRow
from operations.source_rows import SourceRow
from store.records import ChangeClass, ChangeState, IncidentLevel, IncidentState, State, Verdict

__all__ = [
    "DOMAINS",
    "BasisRow",
    "BreachRow",
    "ChangeRow",
    "CostRow",
    "Domain",
    "EvaluationRow",
    "IncidentRow",
    "Mark",
    "MetricRow",
    "ModelRow",
    "Point",
    "SilenceRow",
    "SilenceState",
    "SourceRow",
    "Summary",
    "SystemPage",
    "SystemRow",
]

Standing = Literal["retired", "retires soon", "deprecated", "ends later", "nothing announced"]
"""Where a model stands between its release and its end; of most models nothing is announced."""


@dataclass(frozen=True, slots=True)
class MetricRow:
    """The newest value of one series of a system, with the rule that judges it; no rule is no state."""

    metric: str
    stat: str
    dims: Mapping[str, str]
    unit: str
    value: float
    n: int | None
    seen: datetime
    source: str
    state: State | None
    warning: float | None
    critical: float | None
    trend: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CostRow:
    """What one day cost by one basis; estimated and invoiced money are never added."""

    day: date
    basis: str
    provenance: Literal["invoiced", "estimated"]
    amount: Decimal
    currency: str
    lines: int


@dataclass(frozen=True, slots=True)
class BasisRow:
    """What the month has cost so far by one basis in one currency; bases are compared and never added.

    ``ratio`` is the total over that of the basis by which the system is judged, where both are of one currency.
    ``total`` is ``None`` where the judged basis has no charge.
    """

    basis: str
    provenance: str
    currency: str
    total: Decimal | None
    lines: int
    newest: date | None
    is_judged: bool
    ratio: float | None


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """The newest run of one suite by one scorer and judge for one slice, with what makes its value believable."""

    suite: str
    suite_version: str
    scorer: str
    judge: str
    slice: str
    value: float | None
    n: int | None
    low: float | None
    high: float | None
    errors: int | None
    status: str
    seen: datetime
    system_version: str
    url: str
    trend: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change that waits for a decision or was observed; ``age`` runs from the request or the first sighting."""

    change_id: str
    system: str
    change_class: ChangeClass
    title: str
    author: str
    requested: datetime | None
    age: timedelta | None
    risk: str
    tier: int
    state: ChangeState
    from_ref: str
    to_ref: str
    source: str
    url: str
    content_hash: str
    content: str
    owner: str


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One alert or incident of another tool; ``age`` runs from its start to its end, or to now while it lasts."""

    incident_id: str
    system: str
    source: str
    external_id: str
    title: str
    level: IncidentLevel
    severity: str
    state: IncidentState
    started: datetime
    acknowledged: datetime | None
    ended: datetime | None
    is_open: bool
    age: timedelta
    url: str
    owner: str
    tier: int


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model that a system uses, and what is announced for it; ``seen`` is ``None`` where it is only declared.

    Of sources that disagree the earliest retirement counts; ``last_retires_on`` is the latest that one of them says.
    ``is_alias`` says that the id has no date or version of its own, so that the vendor may point it elsewhere.
    """

    system: str
    model: str
    is_alias: bool
    is_declared: bool
    seen: datetime | None
    released_on: date | None
    deprecated_on: date | None
    retires_on: date | None
    last_retires_on: date | None
    days_left: int | None
    replacement: str
    source: str
    provider: str
    announcements: int
    standing: Standing
    state: State


@dataclass(frozen=True, slots=True)
class SystemPage:
    """Everything about one system that the drill-down shows."""

    row: SystemRow
    metrics: tuple[MetricRow, ...]
    costs: tuple[CostRow, ...]
    evaluations: tuple[EvaluationRow, ...]
    changes: tuple[ChangeRow, ...]
    breaches: tuple[BreachRow, ...]
    verdicts: tuple[Verdict, ...]
    cells: tuple[CellRow, ...]
    incidents: tuple[IncidentRow, ...]
    models: tuple[ModelRow, ...]
    bases: tuple[BasisRow, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a metric's history, with the lowest and highest of what it stands for."""

    seen: datetime
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened to a system at a time, drawn on its charts."""

    seen: datetime
    kind: Literal["breach", "change", "incident"]
    text: str
