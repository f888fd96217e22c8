"""Define one frozen record per table that collectors and people fill; the table is the truth.

Times are aware UTC datetimes, money is ``Decimal``, shares are 0..1, windows are half-open, ``None`` means "not known".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Literal

Stat = Literal[
    "sum", "count", "rate", "ratio", "avg", "p50", "p90", "p95", "p99", "min", "max", "last", "counter", "bucket"
]
Basis = Literal["invoice", "provider_usage", "gateway_estimate", "trace_estimate"]
RunState = Literal["complete", "partial", "failed", "interrupted"]
State = Literal["ok", "warning", "critical", "unknown"]
ChangeClass = Literal[
    "prompt", "model", "retrieval", "guardrail", "config", "tool", "external", "emergency", "standard"
]
ChangeState = Literal["pending", "approved", "rejected", "applied", "withdrawn"]
IncidentState = Literal["open", "acknowledged", "suppressed", "resolved"]
IncidentLevel = Literal["critical", "warning", "info"]
BreachState = Literal["candidate", "open", "closing", "closed", "unknown"]
ForecastMethod = Literal["quantiles", "scenarios"]
EventKind = Literal[
    "acknowledge", "note", "verdict", "replay", "silence", "unsilence",
    "request", "withdraw", "approve", "reject", "ask", "waive", "attach", "review", "applied", "delivery",
    "rolledback",
]  # fmt: skip
DeliveryVerdict = Literal["approve", "reject", "roll back"]
DeliveryState = Literal["recorded", "delivered", "refused", "moved", "unconfirmed"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one canonical metric of a system at a time.

    ``seen`` is the end of the period the value speaks of (for an instant value, the instant); ``period`` is the
    length of that period in seconds, 0 for an instant. Stats ``counter`` and ``bucket`` are raw cumulative readings
    from which the store derives increases and percentiles; they are never judged themselves.
    """

    system: str
    metric: str
    stat: Stat
    seen: datetime
    value: float
    unit: str = "1"
    n: int | None = None
    period: int = 0
    dims: Mapping[str, str] = field(default_factory=dict)
    is_floor: bool = False


@dataclass(frozen=True, slots=True)
class CostLine:
    """What was charged to a system for a period; FOCUS column names where they fit.

    ``line`` tells lines of one period apart (service, model, token type, account ...); the same source, basis, period
    and line is the same charge, restated.
    """

    system: str
    basis: Basis
    charge_period_start: datetime
    charge_period_end: datetime
    line: str
    billing_currency: str = "USD"
    effective_cost: Decimal | None = None
    billed_cost: Decimal | None = None
    list_cost: Decimal | None = None
    contracted_cost: Decimal | None = None
    charge_category: str = "Usage"
    service_provider_name: str = ""
    service_name: str = ""
    model: str = ""
    token_type: str = ""
    consumed_quantity: Decimal | None = None
    consumed_unit: str = ""
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The score of one run of one suite by one scorer, for one slice.

    ``value`` is ``None`` when the run failed: a failed run is an error and never a zero.
    """

    system: str
    eval_run: str
    suite: str
    scorer: str
    seen: datetime
    value: float | None
    slice: str = ""
    suite_version: str = ""
    judge: str = ""
    judge_version: str = ""
    system_version: str = ""
    n: int | None = None
    passes: int | None = None
    errors: int | None = None
    stderr: float | None = None
    scale_min: float = 0.0
    scale_max: float = 1.0
    higher_is_better: bool = True
    status: Literal["ok", "error", "partial", "invalidated"] = "ok"
    url: str = ""


@dataclass(frozen=True, slots=True)
class CaseScores:
    """How each case of one evaluation came out: ``scores`` by a hash of what identifies the case, never by its text.

    It belongs to the evaluation of the same run, suite, scorer and slice, and has its scale; a case that could not be
    run is not in it, one that ran several times has its mean.
    """

    system: str
    eval_run: str
    suite: str
    scorer: str
    seen: datetime
    scores: Mapping[str, float]
    slice: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A modification of a system, proposed or observed; (source, external id) is its identity."""

    system: str
    external_id: str
    change_class: ChangeClass
    title: str
    state: ChangeState = "pending"
    author: str = ""
    requested: datetime | None = None
    from_ref: str = ""
    to_ref: str = ""
    content_hash: str = ""
    content: str = ""
    risk: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """What another tool says is wrong with a system: an alert or an incident; (source, external id) is its identity.

    ``severity`` is the source's own word for it, ``level`` what that word means here. ``started`` is when the source
    says that it began. A source that forgets what is over makes it ``resolved`` by no longer listing it.
    """

    system: str
    external_id: str
    title: str
    started: datetime
    severity: str = ""
    level: IncidentLevel = "info"
    state: IncidentState = "open"
    acknowledged: datetime | None = None
    resolved: datetime | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class ModelDates:
    """What a source announces of a model, whoever uses it; (source, provider, model) is its identity.

    ``model`` is the id that requests name. ``deprecated_on`` is the day from which the vendor advises against it,
    ``retires_on`` the day from which calls fail; ``None`` means that nothing is announced.
    """

    provider: str
    model: str
    released_on: date | None = None
    deprecated_on: date | None = None
    retires_on: date | None = None
    replacement: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not be believed; it is held in quarantine with its raw text."""

    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Unrouted:
    """A good row whose labels name no system of the portfolio; counted by label and shown, not stored."""

    label: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that the configuration expects and the source does not have; it makes the run partial."""

    what: str


Record = Sample | CostLine | Evaluation | CaseScores | Change | Incident | ModelDates
Parsed = Record | Rejected | Unrouted | Missing


@dataclass(frozen=True, slots=True)
class Run:
    """One collection of one source: window asked, rows got, how it ended and why."""

    TABLE: ClassVar[str] = "runs"

    run_id: str
    source: str
    kind: str
    state: RunState
    cause: str
    detail: str
    window_start: datetime
    window_end: datetime
    started: datetime
    finished: datetime
    slot: datetime | None = None
    rows: int = 0
    new_rows: int = 0
    rejected: int = 0
    unrouted: int = 0
    requests: int = 0
    received_bytes: int = 0
    skew_seconds: float | None = None
    retry_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of one source brought.

    ``snapshot`` says that the records list every pending change of the source: one not listed was settled there.
    ``reached`` is the time up to which every page was read: the next window may start there.
    """

    run: Run
    records: tuple[Record, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    snapshot: bool = False
    reached: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of one system now; a rule without enough data says unknown."""

    TABLE: ClassVar[str] = "verdicts"

    system: str
    rule: str
    domain: str
    metric: str
    state: State
    judged: datetime
    direction: Literal["above", "below"]
    value: float | None = None
    warning: float | None = None
    critical: float | None = None
    n: int | None = None
    low: float | None = None
    high: float | None = None
    seen: datetime | None = None
    unit: str = "1"
    mode: str = ""
    note: str = ""
    stat: str = ""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where a system's month ends, by its own basis and currency: an estimate, so no exact money.

    ``low`` and ``high`` are P10 and P90 around P50, or the least and the most of the scenarios around the run rate.
    """

    TABLE: ClassVar[str] = "forecasts"

    system: str
    month: date
    method: ForecastMethod
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that fails for a system, from candidate to closed; at most one is not closed per system and rule."""

    TABLE: ClassVar[str] = "breaches"

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
    opened: datetime | None = None
    closed: datetime | None = None
    value: float | None = None
    worst: float | None = None
    warning: float | None = None
    critical: float | None = None
    n: int | None = None
    unit: str = "1"
    mode: str = ""
    note: str = ""
    event: str = ""
    silenced_until: datetime | None = None
    silenced_by: str = ""
    silence_reason: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """What a person decided in a viewer: one spool file, identified once, stored once.

    A silence or a waiver ``expires``; what ends a silence early is an event whose ``subject`` is its ``event_id``. What
    is said of a change has the subject ``change:ID``, facts as canonical JSON in ``payload``, and may be signed.
    """

    TABLE: ClassVar[str] = "events"

    event_id: str
    kind: EventKind
    subject: str
    reason: str
    actor: str
    actor_uid: int
    login_uid: int
    written: datetime
    expires: datetime | None = None
    payload: str = ""
    signature: str = ""
