"""The table of systems: state, mode and since when, quality, speed, money, what is open and whom to call."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tui.figures import NOT_KNOWN, SEVERITY, SHORT, ago, count, money, plural, seconds, share, short, spoken
from tui.listing import Field, Listing
from tui.widgets.columns import Column
from tui.widgets.sparkline import sparkline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from operations.portfolio_rows import SystemRow
    from tui.spans import Span, Tone
    from tui.widgets.row_filter import Cell

_TREND: Final = 8


def sentence(row: SystemRow, now: datetime) -> Sequence[Span]:
    """Say how long a system has been so and what is worst about it, or what makes its being ok believable."""
    tone: Tone = "strong" if row.state == "ok" else row.state
    lead = ", ".join(part for part in (row.mode, f"for {spoken(row.since, now)}" if row.since else "") if part)
    return [(row.system, tone), (f" {lead}" if lead else "", "strong"), (f": {_words(row, now)}", "plain")]


def _words(row: SystemRow, now: datetime) -> str:
    if row.state != "ok":
        return row.headline or "nothing is known of it"
    held = f"{plural(row.rules, 'rule holds', 'rules hold')}, newest data {spoken(row.newest, now)} old"
    n = f" (n={row.quality_n})" if row.quality_n else ""
    quality = f"; {row.quality_name} {short(row.quality)}{n}" if row.quality is not None else ""
    return f"{row.headline}; {held}{quality}" if row.headline else held + quality


def _since(row: SystemRow, now: datetime) -> Cell:
    return (ago(row.since, now) if row.since else "", "")


def _quality(row: SystemRow, _: datetime) -> Cell:
    """Colour a quality that evaluation rules complain of."""
    state = row.domains.get("evaluation", "ok")
    return (short(row.quality), state if state in {"critical", "warning"} else "")


@lru_cache(4_096)
def _line(trend: tuple[float, ...]) -> str:
    """Draw a trend once; most are the same at the next tick."""
    return sparkline(trend, _TREND)


def _trend(row: SystemRow, _: datetime) -> Cell:
    return (_line(row.trend), "accent" if row.state != "ok" else "muted")


def _pace(row: SystemRow, _: datetime) -> Cell:
    """Give the forecast of the month against the budget, as bad as it is judged; at first it is too early to say."""
    if row.pace is None:
        return ("early" if row.budget is not None and row.cost_month is not None else NOT_KNOWN, "muted")
    state = row.domains.get("costs", "ok")
    return (share(row.pace), state if row.pace > 1 and state in {"critical", "warning"} else "")


def _breaches(row: SystemRow, _: datetime) -> Cell:
    return (str(row.open_breaches), "critical" if row.critical else "warning" if row.open_breaches else "muted")


def _changes(row: SystemRow, _: datetime) -> Cell:
    return (str(row.pending_changes), "accent" if row.pending_changes else "muted")


FIELDS: Final[tuple[Field[SystemRow], ...]] = (
    Field(Column("STATE", 7), lambda row, _: (SHORT[row.state], row.state), lambda row: -SEVERITY[row.state]),
    Field(Column("SYSTEM", 16, grow=3, most=32), lambda row, _: (row.system, "strong"), lambda row: row.system),
    Field(Column("FM", 3, drop=1, name="mode"), lambda row, _: (row.mode, ""), lambda row: row.mode or None),
    Field(Column("SINCE", 5, "right", drop=2), _since, lambda row: row.since),
    Field(Column("QUAL", 5, "right", name="quality"), _quality, lambda row: row.quality),
    Field(Column("N", 5, "right", drop=11), lambda row, _: (count(row.quality_n), "muted"), lambda row: row.quality_n),
    Field(Column("TREND", _TREND, drop=6), _trend, lambda row: row.trend[-1] if row.trend else None),
    Field(
        Column("P95", 5, "right", drop=7), lambda row, _: (seconds(row.latency_p95), ""), lambda row: row.latency_p95
    ),
    Field(
        Column("ERR%", 5, "right", drop=8, name="errors"),
        lambda row, _: (share(row.error_ratio), ""),
        lambda row: row.error_ratio,
    ),
    Field(
        Column("MONTH", 6, "right", drop=10, name="cost"),
        lambda row, _: (money(row.cost_month, row.currency), "muted"),
        lambda row: row.cost_month,
    ),
    Field(Column("PACE", 5, "right", drop=3), _pace, lambda row: row.pace),
    Field(Column("BR", 2, "right", name="breaches"), _breaches, lambda row: row.open_breaches),
    Field(Column("CHG", 3, "right", drop=4, name="changes"), _changes, lambda row: row.pending_changes),
    Field(Column("OWNER", 8, drop=5, grow=1, most=20), lambda row, _: (row.owner, ""), lambda row: row.owner or None),
    Field(Column("T", 1, drop=12, name="tier"), lambda row, _: (str(row.tier), "muted"), lambda row: row.tier),
    Field(
        Column("AGE", 4, "right", drop=9),
        lambda row, now: (ago(row.newest, now), "muted"),
        lambda row: row.newest,
    ),
)

SYSTEMS: Final = Listing(
    name="systems",
    natural="worst first",
    fields=FIELDS,
    key=lambda row: row.system,
    sentence=sentence,
    is_problem=lambda row: row.state != "ok",
    empty="no system is in the store yet; 'llmops-tui collect' brings the configured ones",
)
