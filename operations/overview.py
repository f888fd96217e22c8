"""Hold what the store counts about one system, and say the worst of it in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from operations.health import RANK, Health
from operations.outlook import Outlook
from operations.words import compared, figure, subject

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

    from store.records import ForecastMethod, State


@dataclass(frozen=True, slots=True)
class Overview:
    """One row of the view ``portfolio``, kept as ``portfolio_board``."""

    system: str
    title: str
    tier: int
    owner: str
    deputy: str
    environment: str
    stage: str
    cost_basis: str
    budget: Decimal | None
    currency: str
    headline_name: str
    open_breaches: int
    critical: int
    critical_unacknowledged: int
    warning_unacknowledged: int
    silenced: int
    critical_silenced: int
    oldest_unacknowledged: datetime | None
    pending_changes: int
    oldest_change: datetime | None
    has_changes: bool
    open_incidents: int
    newest: datetime | None
    breach_severity: State | None
    breach_state: str | None
    breach_metric: str | None
    breach_direction: str | None
    breach_since: datetime | None
    breach_value: float | None
    breach_warning: float | None
    breach_critical: float | None
    breach_unit: str | None
    breach_mode: str
    breach_note: str
    breach_silenced_until: datetime | None
    latency_p95: float | None
    latency_series: int | None
    error_ratio: float | None
    measured_name: str | None
    measured: float | None
    measured_n: int | None
    measured_series: int | None
    forecast_month: date | None
    forecast_method: ForecastMethod | None
    forecast: tuple[float, ...]

    def outlook(self, month: date) -> Outlook | None:
        """Say where a month ends; ``None`` where it was too early, or the last collection was in another month."""
        if self.forecast_method is None or self.forecast_month != month:
            return None
        return Outlook(self.forecast_method, *self.forecast)


def headline(found: Overview, whole: Health) -> str:
    """Say the worst thing in one sentence: metric, value, limit, since when."""
    if found.breach_since is not None and _weight(found) <= RANK[whole.state]:
        return f"{_breach_words(found)} since {found.breach_since:%Y-%m-%d %H:%M}Z{_silenced(found)}"
    return "quiet: no confirmed breach" if whole.state == "ok" else whole.reason


def _weight(found: Overview) -> int:
    """Rank the worst breach as it counts for the system's state: silenced it is a warning at most."""
    return RANK["warning" if found.breach_silenced_until else found.breach_severity or "ok"]


def _silenced(found: Overview) -> str:
    return f"; silenced until {found.breach_silenced_until:%Y-%m-%d %H:%M}Z" if found.breach_silenced_until else ""


def _breach_words(found: Overview) -> str:
    name = subject(found.breach_metric or "", "")
    if found.breach_state == "unknown":
        return f"{name}: {found.breach_note}; breached"
    limit = found.breach_critical if found.breach_severity == "critical" else found.breach_warning
    limit = limit if limit is not None else found.breach_critical
    value, unit = found.breach_value, found.breach_unit or "1"
    if value is None or limit is None:
        return found.breach_note
    side = "over" if found.breach_direction == "above" else "under"
    if not (value > limit if side == "over" else value < limit):
        return f"{name} {figure(value, unit)}, recovering; breached"
    shown, at_limit = compared(value, limit, unit)
    return f"{name} {shown} {side} {at_limit}"
