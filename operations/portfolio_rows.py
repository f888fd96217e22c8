"""Define the rows of the portfolio's first screen apart, so that a viewer can paint them before it loads the others.

Times are aware UTC, money is ``Decimal``, shares are 0..1; ``None`` means "not known": never zero and never ok.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from store.records import State

Domain = Literal["monitoring", "incidents", "costs", "changes", "evaluation"]
DOMAINS: tuple[Domain, ...] = ("monitoring", "incidents", "costs", "changes", "evaluation")


@dataclass(frozen=True, slots=True)
class SystemRow:
    """One system as the portfolio shows it: its state, the worst thing about it and its main figures.

    ``forecast`` is where the month ends: P50 between P10 and P90 (``forecast_method`` is quantiles), or the run rate
    between the least and the most of the scenarios; ``pace`` is its share of the budget.
    """

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
    open_incidents: int
    quality: float | None
    quality_n: int | None
    quality_name: str
    latency_p95: float | None
    error_ratio: float | None
    cost_month: Decimal | None
    budget: Decimal | None
    pace: float | None
    forecast: float | None
    forecast_low: float | None
    forecast_high: float | None
    forecast_method: str
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
    """The portfolio in one line: what burns, what waits and for whom, and whether the picture can be believed.

    ``waiting_for`` counts the changes that wait for each person, by account.
    """

    portfolio: str
    critical: int
    warning: int
    unknown: int
    ok: int
    open_breaches: int
    silenced: int
    oldest_unacknowledged: datetime | None
    oldest_unacknowledged_of: str
    pending_changes: int
    oldest_change: datetime | None
    waiting_for: Mapping[str, int]
    open_incidents: int
    sources: int
    sources_failed: int
    sources_partial: int
    failed_names: tuple[str, ...]
    oldest_data: datetime | None
    unknown_rules: int
    armed_cells: int
    degraded_cells: int
    blind_cells: int
    cost_month: Decimal | None
    budget: Decimal | None
    currency: str
    collected: datetime | None

    @property
    def cells(self) -> int:
        """All cells: a failure mode of a system each."""
        return self.armed_cells + self.degraded_cells + self.blind_cells
