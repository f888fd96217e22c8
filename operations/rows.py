"""Define what this room hands to screens and headless commands: one frozen row per line that people see.

Times are aware UTC, money is ``Decimal``, shares are 0..1; ``None`` means "not known": never zero and never ok.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from store.records import BreachState, ChangeClass, ChangeState, RunState, State, Verdict

Domain = Literal["monitoring", "incidents", "costs", "changes", "evaluation"]
DOMAINS: tuple[Domain, ...] = ("monitoring", "incidents", "costs", "changes", "evaluation")


@dataclass(frozen=True, slots=True)
class SystemRow:
    """One system as the portfolio shows it: its state, the worst thing about it and its main figures."""

    system: str
    title: str
    tier: int
    owner: str
    deputy: str
    environment: str
    stage: str
    state: State
    domains: Mapping[str, State]
    mode: str
    open_breaches: int
    critical: int
    headline: str
    since: datetime | None
    pending_changes: int
    quality: float | None
    quality_n: int | None
    quality_name: str
    latency_p95: float | None
    error_ratio: float | None
    cost_month: Decimal | None
    budget: Decimal | None
    pace: float | None
    currency: str
    provenance: str
    newest: datetime | None
    rules: int
    unknown_rules: int
    trend: tuple[float, ...]
    trend_name: str
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Summary:
    """The portfolio in one line: what burns, what waits, and whether the picture can be believed."""

    portfolio: str
    critical: int
    warning: int
    unknown: int
    ok: int
    open_breaches: int
    oldest_unacknowledged: datetime | None
    oldest_unacknowledged_of: str
    pending_changes: int
    oldest_change: datetime | None
    sources: int
    sources_failed: int
    sources_partial: int
    failed_names: tuple[str, ...]
    oldest_data: datetime | None
    blind_cells: int
    cost_month: Decimal | None
    budget: Decimal | None
    currency: str
    collected: datetime | None


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
class BreachRow:
    """One breach with who answers for it and who has acknowledged it."""

    breach_id: str
    system: str
    rule: str
    domain: str
    metric: str
    severity: Literal["warning", "critical"]
    state: BreachState
    direction: Literal["above", "below"]
    since: datetime
    judged: datetime
    opened: datetime | None
    closed: datetime | None
    value: float | None
    worst: float | None
    warning: float | None
    critical: float | None
    n: int | None
    unit: str
    mode: str
    note: str
    owner: str
    tier: int
    acknowledged_by: str
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source: how its last collection went, when the next is due and how complete the last twenty were."""

    source: str
    kind: str
    target: str
    systems: str
    state: RunState | Literal["never"]
    cause: str
    detail: str
    started: datetime | None
    duration_s: float | None
    rows: int
    new_rows: int
    rejected: int
    unrouted: int
    next_slot: datetime | None
    overdue: bool
    high_water: datetime | None
    completeness: float | None
    failures: int
    skew_seconds: float | None
    trend: tuple[float, ...]


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
    kind: Literal["breach", "change"]
    text: str
