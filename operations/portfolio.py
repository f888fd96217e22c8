"""Put the portfolio together: one row per system, worst first, and the one line that sums it up.

A handful of reads whatever the history: verdicts, newest values and bounded stretches of rollups, never raw samples.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from operations import collection, costs
from operations.figures import Figures, figures
from operations.health import RANK, UNWATCHED, Facts, Spend, Tally, health, rolled_up
from operations.overview import Overview, headline
from operations.portfolio_rows import DOMAINS, Summary, SystemRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from operations.source_rows import SourceRow
    from store.database import Reader
    from store.records import State


@dataclass(frozen=True, slots=True)
class _Tally:
    """One row of the board ``domain_board``."""

    system: str
    domain: str
    rules: int
    critical: int
    warning: int
    silenced: int
    unknown: int
    note: str
    mode: str


@dataclass(frozen=True, slots=True)
class _Whole:
    """One row about the portfolio as a whole."""

    portfolio: str
    currency: str
    collected: datetime | None
    armed_cells: int
    degraded_cells: int
    blind_cells: int


@dataclass(frozen=True, slots=True)
class _Waiting:
    """One row of the table ``change_waits``."""

    account: str
    changes: int


@dataclass(frozen=True, slots=True)
class _Picture:
    """All that one look reads."""

    overviews: tuple[Overview, ...]
    rows: tuple[SystemRow, ...]
    sources: tuple[SourceRow, ...]


_SYSTEMS: Final = "select * from portfolio_board"
_TALLIES: Final = """
select system, domain, rules, critical, warning, silenced, unknown, worst['note'] as note, worst['mode'] as mode
from domain_board
"""
_WHOLE: Final = "select * from whole_board"
_WAITS: Final = "select * from change_waits"


def portfolio(reader: Reader, now: datetime) -> tuple[SystemRow, ...]:
    """Give every system, worst first: by state, severity and number of breaches, tier, name."""
    return _picture(reader, now).rows


def summary(reader: Reader, now: datetime) -> Summary:
    """Sum the portfolio up in one line."""
    return board(reader, now)[1]


def board(reader: Reader, now: datetime) -> tuple[tuple[SystemRow, ...], Summary]:
    """Give the rows and their sum from one set of reads."""
    picture = _picture(reader, now)
    waits = {each.account: each.changes for each in reader.rows(_Waiting, _WAITS)}
    return picture.rows, _summed(_aged(reader.rows(_Whole, _WHOLE)[0], now), picture, waits)


def _aged(whole: _Whole, now: datetime) -> _Whole:
    """Count every cell as blind when no detector has looked for days."""
    if whole.collected is not None and now - whole.collected <= UNWATCHED:
        return whole
    cells = whole.armed_cells + whole.degraded_cells + whole.blind_cells
    return replace(whole, armed_cells=0, degraded_cells=0, blind_cells=cells)


def _picture(reader: Reader, now: datetime) -> _Picture:
    overviews = tuple(reader.rows(Overview, _SYSTEMS))
    tallies: defaultdict[str, dict[str, Tally]] = defaultdict(dict)
    for row in reader.rows(_Tally, _TALLIES):
        tally = Tally(row.rules, row.critical, row.warning, row.unknown, row.note, row.mode, row.silenced)
        tallies[row.system][row.domain] = tally
    shown = figures(reader, overviews, now)
    months = costs.months(reader, now)
    sources = collection.board(reader, now)
    feeding = collection.by_system(sources)
    rows = [
        _row(each, tallies[each.system], shown[each.system], months.get(each.system), feeding.get(each.system, ()), now)
        for each in overviews
    ]
    return _Picture(overviews, tuple(sorted(rows, key=_urgency)), sources)


def _urgency(row: SystemRow) -> tuple[int, int, int, int, str]:
    return RANK[row.state], -row.critical, -row.open_breaches, row.tier, row.system


def _row(
    found: Overview,
    tallies: Mapping[str, Tally],
    shown: Figures,
    month: costs.Month | None,
    sources: Sequence[SourceRow],
    now: datetime,
) -> SystemRow:
    outlook = None if month is None else found.outlook(costs.month_start(now).date())
    spend = costs.spend(month, outlook, found.budget, found.cost_basis)
    domains = health(_facts(found, tallies, shown, spend, sources), now)
    whole = rolled_up(domains)
    has_breach = found.breach_severity is not None
    return SystemRow(
        system=found.system,
        title=found.title,
        tier=found.tier,
        owner=found.owner,
        deputy=found.deputy,
        environment=found.environment,
        stage=found.stage,
        state=whole.state,
        domains={domain: domains[domain].state for domain in DOMAINS},
        mode=found.breach_mode or _mode(tallies.values()),
        open_breaches=found.open_breaches,
        critical=found.critical,
        headline=headline(found, whole),
        since=found.breach_since if has_breach else None,
        pending_changes=found.pending_changes,
        open_incidents=found.open_incidents,
        quality=shown.quality,
        quality_n=shown.quality_n,
        quality_name=shown.quality_name,
        latency_p95=shown.latency_p95,
        error_ratio=shown.error_ratio,
        cost_month=spend.cost,
        budget=found.budget,
        pace=None if spend.pace is None else spend.pace.middle,
        forecast=None if outlook is None else outlook.middle,
        forecast_low=None if outlook is None else outlook.low,
        forecast_high=None if outlook is None else outlook.high,
        forecast_method="" if outlook is None else outlook.method,
        currency=found.currency,
        provenance="" if month is None else month.provenance,
        newest=found.newest,
        rules=sum(tally.rules for tally in tallies.values()),
        unknown_rules=sum(tally.unknown for tally in tallies.values()),
        trend=shown.trend,
        trend_name=shown.trend_name,
        reasons={domain: domains[domain].reason for domain in DOMAINS},
    )


def _mode(tallies: Iterable[Tally]) -> str:
    """Name the failure mode of the worst rule that fails."""
    failing = [tally for tally in tallies if tally.mode and (tally.critical or tally.warning or tally.silenced)]
    return min(failing, key=lambda tally: not tally.critical).mode if failing else ""


def _facts(
    found: Overview,
    tallies: Mapping[str, Tally],
    shown: Figures,
    spend: Spend,
    sources: Sequence[SourceRow],
) -> Facts:
    return Facts(
        tallies=tallies,
        critical_unacknowledged=found.critical_unacknowledged,
        critical_breaches=found.critical,
        critical_silenced=found.critical_silenced,
        silenced=found.silenced,
        warning_unacknowledged=found.warning_unacknowledged,
        failed_sources=tuple(row.source for row in sources if row.state in collection.FAILED),
        overdue_sources=tuple(row.source for row in sources if row.overdue),
        spend=spend,
        pending_changes=found.pending_changes,
        oldest_change=found.oldest_change,
        has_changes=found.has_changes,
        has_evaluations=shown.has_evaluations,
    )


def _summed(whole: _Whole, picture: _Picture, waits: Mapping[str, int]) -> Summary:
    rows, sources = picture.rows, picture.sources
    failed = tuple(row.source for row in sources if row.state in collection.FAILED)
    waiting = [(o.oldest_unacknowledged, o.system) for o in picture.overviews if o.oldest_unacknowledged is not None]
    oldest = min(waiting, default=(None, ""))
    return Summary(
        portfolio=whole.portfolio,
        critical=_count(rows, "critical"),
        warning=_count(rows, "warning"),
        unknown=_count(rows, "unknown"),
        ok=_count(rows, "ok"),
        open_breaches=sum(row.open_breaches for row in rows),
        silenced=sum(overview.silenced for overview in picture.overviews),
        oldest_unacknowledged=oldest[0],
        oldest_unacknowledged_of=oldest[1],
        pending_changes=sum(row.pending_changes for row in rows),
        oldest_change=min((o.oldest_change for o in picture.overviews if o.oldest_change is not None), default=None),
        waiting_for=waits,
        open_incidents=sum(row.open_incidents for row in rows),
        sources=len(sources),
        sources_failed=len(failed),
        sources_partial=sum(row.state == "partial" for row in sources),
        failed_names=failed,
        oldest_data=min((row.newest for row in rows if row.newest is not None), default=None),
        unknown_rules=sum(row.unknown_rules for row in rows),
        armed_cells=whole.armed_cells,
        degraded_cells=whole.degraded_cells,
        blind_cells=whole.blind_cells,
        cost_month=_total(row.cost_month for row in rows),
        budget=_whole_budget(rows),
        currency=whole.currency,
        collected=whole.collected,
    )


def _count(rows: Iterable[SystemRow], state: State) -> int:
    return sum(row.state == state for row in rows)


def _whole_budget(rows: Iterable[SystemRow]) -> Decimal | None:
    """Add the budgets; where a system spends without one, the sum would be set against more than it was made for."""
    spending = [row for row in rows if row.cost_month is not None or row.budget is not None]
    return None if any(row.budget is None for row in spending) else _total(row.budget for row in spending)


def _total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Add what is known; nothing known is not zero."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None
