"""Hold what the store counts about one system, and say the worst of it in one sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from operations.health import Health
from operations.rows import Domain
from operations.words import compared, figure
from store.records import State


@dataclass(frozen=True, slots=True)
class Overview:
    """One row of the view ``portfolio``."""

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
    pending_changes: int
    oldest_change: datetime | None
    has_changes: bool
    newest: datetime | None
    breach_severity: str | None
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
    verdict_state: State | None
    verdict_note: str
    verdict_metric: str
    verdict_seen: datetime | None
    verdict_mode: str


def headline(found: Overview, domains: Mapping[Domain, Health], whole: Health) -> str:
    """Say the worst thing in one sentence: metric, value, limit, since when."""
    if found.breach_severity is not None and found.breach_metric is not None and found.breach_since is not None:
        since = f"since {found.breach_since:%Y-%m-%d %H:%M}Z"
        return f"{_breach_words(found)} {since}"
    if found.verdict_state is not None and found.verdict_state == whole.state and whole.state != "ok":
        return found.verdict_note
    if whole.state == "ok":
        blind = sum(domain.state == "unknown" for domain in domains.values())
        return f"quiet: no confirmed breach{f', {blind} domains blind' if blind else ''}"
    return whole.reason


def _breach_words(found: Overview) -> str:
    if found.breach_state == "unknown":
        return f"{found.breach_metric}: {found.breach_note}; breached"
    limit = found.breach_critical if found.breach_severity == "critical" else found.breach_warning
    limit = limit if limit is not None else found.breach_critical
    unit = found.breach_unit or "1"
    if found.breach_value is None or limit is None:
        return found.breach_note
    above = found.breach_direction == "above"
    is_over = found.breach_value > limit if above else found.breach_value < limit
    if not is_over:
        return f"{found.breach_metric} {figure(found.breach_value, unit)}, recovering"
    shown, at_limit = compared(found.breach_value, limit, unit)
    return f"{found.breach_metric} {shown} {'over' if above else 'under'} {at_limit}"
