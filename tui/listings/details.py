"""The tables of one system's page: metrics with their limits, costs by day, evaluations."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui.figures import (
    NOT_KNOWN,
    SEVERITY,
    SHORT,
    ago,
    bound,
    count,
    measure,
    money,
    plural,
    short,
    spoken,
)
from tui.listing import Field, Listing
from tui.widgets.columns import Column
from tui.widgets.sparkline import sparkline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from operations.rows import BreachRow, CostRow, EvaluationRow, MetricRow, SystemPage
    from tui.spans import Span
    from tui.widgets.row_filter import Cell

_TREND: Final = 8
_PREFIXES: Final = ("gen_ai.", "llmops.")


@dataclass(frozen=True, slots=True)
class MetricLine:
    """A metric with the breach that is open on it, if any."""

    row: MetricRow
    breach: BreachRow | None

    @property
    def dims(self) -> str:
        """The dimensions in words: ``model=gpt, slice=de``."""
        return ", ".join(f"{name}={value}" for name, value in sorted(self.row.dims.items()))

    @property
    def key(self) -> str:
        """What tells this series from all others of the system."""
        row = self.row
        return json.dumps([row.metric, row.stat, dict(sorted(row.dims.items())), row.source])


def metric_lines(page: SystemPage) -> tuple[MetricLine, ...]:
    """Put each metric beside the breach on it; judged ones first, worst first."""
    open_on = {breach.metric: breach for breach in page.breaches if breach.state in {"open", "closing", "unknown"}}
    lines = [
        MetricLine(row, open_on.get(row.metric) if row.state not in {None, "ok"} else None) for row in page.metrics
    ]
    return tuple(
        sorted(lines, key=lambda line: -1 if line.row.state is None else SEVERITY[line.row.state], reverse=True)
    )


def brief(metric: str) -> str:
    """Leave out the first word of a metric's name where all begin alike; the sentence has the whole name."""
    prefix = next((prefix for prefix in _PREFIXES if metric.startswith(prefix)), "")
    return metric.removeprefix(prefix)


def limits_of(row: MetricRow) -> str:
    """Write warning and critical limit beside each other."""
    known = [bound(limit, row.stat, row.unit) for limit in (row.warning, row.critical) if limit is not None]
    return "/".join(known)


def metric_sentence(line: MetricLine, now: datetime) -> Sequence[Span]:
    """Say a metric's newest value, its limits, what makes it believable and how long it has been so."""
    row = line.row
    n = f", n={row.n}" if row.n is not None else ""
    limits = f"; limits {limits_of(row)}" if limits_of(row) else "; no rule judges it"
    since = f"; {line.breach.severity} for {spoken(line.breach.since, now)}" if line.breach else ""
    dims = f" ({line.dims})" if line.dims else ""
    words = f" {row.stat}{dims}: {measure(row.value, row.stat, row.unit)}{n}, {spoken(row.seen, now)} old"
    return [(row.metric, "strong"), (f"{words}{limits}{since}; from {row.source}", "plain")]


def evaluation_sentence(row: EvaluationRow, now: datetime) -> Sequence[Span]:
    """Say a score with its interval, versions and age."""
    interval = f" [{short(row.low)}, {short(row.high)}]" if row.low is not None and row.high is not None else ""
    value = f"{short(row.value)}{interval}" if row.value is not None else f"no score ({row.status})"
    n = f", n={row.n}" if row.n is not None else ""
    versions = ", ".join(part for part in (row.suite_version, row.judge, row.system_version) if part)
    words = f" {row.scorer}: {value}{n}, {spoken(row.seen, now)} old{f'; {versions}' if versions else ''}"
    return [(row.suite, "strong"), (f"{words}{f'; {row.url}' if row.url else ''}", "plain")]


def cost_sentence(row: CostRow, _: datetime) -> Sequence[Span]:
    """Say what a day cost and how the figure is known."""
    words = f": {money(row.amount, row.currency)} {row.provenance} ({row.basis}), {plural(row.lines, 'line')}"
    return [(f"{row.day:%d %b %Y}", "strong"), (words, "plain")]


def _metric_state(line: MetricLine, _: datetime) -> Cell:
    state = line.row.state
    return ("no rule", "muted") if state is None else (SHORT[state], state)


def _metric_trend(line: MetricLine, _: datetime) -> Cell:
    return (sparkline(line.row.trend, _TREND), "muted" if line.row.state in {None, "ok"} else "accent")


def _metric_since(line: MetricLine, now: datetime) -> Cell:
    return (ago(line.breach.since, now) if line.breach else "", "")


METRICS: Final[Listing[MetricLine]] = Listing(
    name="metrics",
    natural="worst first",
    fields=(
        Field(
            Column("STATE", 7), _metric_state, lambda line: -1 if line.row.state is None else -SEVERITY[line.row.state]
        ),
        Field(
            Column("METRIC", 25, grow=3, most=40),
            lambda line, _: (brief(line.row.metric), "strong"),
            lambda line: line.row.metric,
        ),
        Field(Column("STAT", 5, drop=3), lambda line, _: (line.row.stat, "muted"), lambda line: line.row.stat),
        Field(
            Column("VALUE", 7, "right"),
            lambda line, _: (measure(line.row.value, line.row.stat, line.row.unit), ""),
            lambda line: line.row.value,
        ),
        Field(
            Column("LIMITS", 11, "right"), lambda line, _: (limits_of(line.row), "muted"), lambda line: line.row.warning
        ),
        Field(Column("N", 5, "right", drop=4), lambda line, _: (count(line.row.n), "muted"), lambda line: line.row.n),
        Field(
            Column("TREND", _TREND, drop=1), _metric_trend, lambda line: line.row.trend[-1] if line.row.trend else None
        ),
        Field(Column("SINCE", 5, "right"), _metric_since, lambda line: line.breach.since if line.breach else None),
        Field(
            Column("AGE", 4, "right"), lambda line, now: (ago(line.row.seen, now), "muted"), lambda line: line.row.seen
        ),
        Field(
            Column("OF", 10, drop=5, grow=2, most=40, name="dims"),
            lambda line, _: (line.dims, "muted"),
            lambda line: line.dims,
        ),
        Field(
            Column("SOURCE", 10, drop=6, grow=1, most=20),
            lambda line, _: (line.row.source, "muted"),
            lambda line: line.row.source,
        ),
    ),
    key=lambda line: line.key,
    sentence=metric_sentence,
    is_problem=lambda line: line.row.state not in {None, "ok"},
    empty="no metric of this system was collected yet",
)


def _score(row: EvaluationRow, _: datetime) -> Cell:
    return (short(row.value), "" if row.status == "ok" else "unknown")


def _interval(row: EvaluationRow, _: datetime) -> Cell:
    return (f"{short(row.low)}-{short(row.high)}" if row.low is not None and row.high is not None else "", "muted")


EVALUATIONS: Final[Listing[EvaluationRow]] = Listing(
    name="evaluations",
    natural="as it comes",
    fields=(
        Field(Column("SUITE", 14, grow=2, most=30), lambda row, _: (row.suite, "strong"), lambda row: row.suite),
        Field(Column("SCORER", 12, grow=2, most=30), lambda row, _: (row.scorer, ""), lambda row: row.scorer),
        Field(
            Column("SLICE", 7, drop=2, grow=1, most=20),
            lambda row, _: (row.slice or "all", "muted"),
            lambda row: row.slice,
        ),
        Field(Column("VALUE", 5, "right"), _score, lambda row: row.value),
        Field(Column("INTERVAL", 11, "right"), _interval, lambda row: row.low),
        Field(Column("N", 5, "right"), lambda row, _: (count(row.n), ""), lambda row: row.n),
        Field(
            Column("ERR", 3, "right", drop=3, name="errors"),
            lambda row, _: (count(row.errors), "muted"),
            lambda row: row.errors,
        ),
        Field(
            Column("TREND", _TREND, drop=1),
            lambda row, _: (sparkline(row.trend, _TREND), "muted"),
            lambda row: row.value,
        ),
        Field(Column("AGE", 4, "right"), lambda row, now: (ago(row.seen, now), "muted"), lambda row: row.seen),
        Field(
            Column("STATUS", 7, drop=4),
            lambda row, _: (row.status, "" if row.status == "ok" else "unknown"),
            lambda row: row.status,
        ),
        Field(
            Column("JUDGE", 10, drop=5, grow=1, most=24),
            lambda row, _: (row.judge or NOT_KNOWN, "muted"),
            lambda row: row.judge,
        ),
        Field(
            Column("SYSTEM VERSION", 14, drop=6, grow=1, most=24),
            lambda row, _: (row.system_version or NOT_KNOWN, "muted"),
            lambda row: row.system_version,
        ),
    ),
    key=lambda row: json.dumps([row.suite, row.scorer, row.judge, row.slice]),
    sentence=evaluation_sentence,
    is_problem=lambda row: row.status != "ok" or row.value is None,
    empty="nothing evaluates this system, so its quality is unknown",
)

COSTS: Final[Listing[CostRow]] = Listing(
    name="costs",
    natural="newest first",
    fields=(
        Field(Column("DAY", 11), lambda row, _: (f"{row.day:%d %b %Y}", ""), lambda row: row.day),
        Field(
            Column("AMOUNT", 10, "right"),
            lambda row, _: (money(row.amount, row.currency), "strong"),
            lambda row: row.amount,
        ),
        Field(
            Column("HOW IT IS KNOWN", 15, name="provenance"),
            lambda row, _: (row.provenance, ""),
            lambda row: row.provenance,
        ),
        Field(Column("BASIS", 16), lambda row, _: (row.basis, "muted"), lambda row: row.basis),
        Field(Column("LINES", 6, "right"), lambda row, _: (count(row.lines), "muted"), lambda row: row.lines),
    ),
    key=lambda row: f"{row.day} {row.basis} {row.currency}",
    sentence=cost_sentence,
    is_problem=lambda row: False,  # noqa: ARG005  # money alone is never a problem; its rules are
    empty="no cost of this system was collected yet",
)
