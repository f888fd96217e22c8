"""Turn a project's aggregates into samples by hour or day, scores by day, and costs by day and model.

A bin without a trace is no row: Phoenix fills its series with zeros, also for times in which nothing could arrive.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from collectors.answers import Doubtful, moment, need, number, raw, rows, table, text, whole
from collectors.base import Source, Window
from collectors.names import DURATION, ERRORS, REQUESTS, TOKEN_TYPE
from collectors.phoenix.settings import Settings
from collectors.shape import counted, priced
from collectors.steps import DAY, LENGTH
from store.records import CostLine, Evaluation, Missing, Parsed, Rejected, Sample, Stat, Unrouted

_FINAL: Final = timedelta(days=1)
_TOKENS: Final = {"promptTokenCount": "input", "completionTokenCount": "output"}
_PERCENTILES: Final[Mapping[str, Stat]] = {"p50": "p50", "p95": "p95", "p99": "p99"}
_SUITES: Final = {"spans": "online", "traces": "online traces", "sessions": "online sessions"}

_Point = tuple[datetime, Mapping[str, object]]


def records(body: Mapping[str, object], source: Source, settings: Settings, window: Window) -> Iterator[Parsed]:
    """Give what one project's aggregates of some days say."""
    name = text(need(body, "project", "name"), "data[].name")
    labels = settings.labels(source, name)
    system = source.system_of(labels)
    node = table(need(body, "answer", "data", "node"), "data.node")
    if system is None:
        yield Unrouted(labels.get(source.route.label, name))
        return
    yield from _samples(node, system, settings)
    yield from _online(node, system, settings, name, window.end)
    days = {key: moment(day, "days") for key, day in table(body.get("days"), "days").items()}
    yield from _costs(node, days, system, name, window.end)


def _samples(node: Mapping[str, object], system: str, settings: Settings) -> Iterator[Sample | Rejected]:
    step = LENGTH[settings.interval]
    bins: dict[datetime, dict[str, object]] = {}
    for series in ("latency", "tokens", "costs", "counts"):
        for bin_start, point in _points(node, series):
            bins.setdefault(bin_start, {}).update(point)
    for bin_start, values in bins.items():
        try:
            yield from _bin(values, system, bin_start + step, int(step.total_seconds()))
        except Doubtful as error:
            yield Rejected(str(error), raw(values))


def _bin(values: Mapping[str, object], system: str, seen: datetime, period: int) -> Iterator[Sample]:
    total = whole(values.get("totalCount"), "totalCount", low=0)
    failed = whole(values.get("errorCount"), "errorCount", low=0, high=total)
    if not total:
        return

    def sample(metric: str, stat: Stat, value: float, unit: str, dims: Mapping[str, str] | None = None) -> Sample:
        return Sample(system, metric, stat, seen, value, unit, None if stat == "sum" else total, period, dims or {})

    yield sample(REQUESTS, "sum", total, "{request}")
    yield sample(ERRORS, "sum", failed, "{request}")
    yield sample("llmops.error_ratio", "ratio", failed / total, "1")
    for key, stat in _PERCENTILES.items():
        if values.get(key) is not None:
            yield sample(DURATION, stat, number(values[key], key, low=0) / 1000, "s")
    for key, kind in _TOKENS.items():
        if values.get(key) is not None:
            tokens = number(values[key], key, low=0)
            yield sample("gen_ai.client.token.usage", "sum", tokens, "{token}", {TOKEN_TYPE: kind})
    if values.get("totalCost") is not None:
        yield sample("llmops.cost", "sum", number(values["totalCost"], "totalCost", low=0), "USD")


def _online(
    node: Mapping[str, object], system: str, settings: Settings, project: str, end: datetime
) -> Iterator[Evaluation | Missing]:
    for level, suite in _SUITES.items():
        for bin_start, point in _points(node, level):
            for entry in rows(point.get("annotationSummaries"), "annotationSummaries"):
                summary = table(entry, "annotationSummaries[]")
                name = text(summary.get("name"), "annotationSummaries[].name")
                scorer = settings.scorer(name)
                if scorer is None or summary.get("meanScore") is None:
                    continue
                value = number(summary["meanScore"], "annotationSummaries[].meanScore")
                if missing := scorer.misfit(name, value):
                    yield missing
                    continue
                yield Evaluation(
                    system=system,
                    eval_run=f"{project} {bin_start:%Y-%m-%dT%H:%MZ}",
                    suite=suite,
                    scorer=scorer.name or name,
                    seen=min(bin_start + LENGTH[settings.scores], end),
                    value=value,
                    n=whole(summary.get("scoreCount"), "annotationSummaries[].scoreCount"),
                    scale_min=scorer.scale_min,
                    scale_max=scorer.scale_max,
                    higher_is_better=scorer.higher_is_better,
                )


def _costs(
    node: Mapping[str, object], days: Mapping[str, datetime], system: str, project: str, end: datetime
) -> Iterator[CostLine | Rejected]:
    for key, day in days.items():
        for entry in rows(node.get(key), key):
            model = table(entry, f"{key}[]")
            name = text(model.get("name"), "topModelsByCost[].name")
            total = table(need(model, "costSummary", "total"), "costSummary.total")
            if total.get("cost") is None:
                continue
            try:
                yield CostLine(
                    system=system,
                    basis="trace_estimate",
                    charge_period_start=day,
                    charge_period_end=day + DAY,
                    line=f"{project}, model={name}",
                    effective_cost=priced(total["cost"], "costSummary.total.cost"),
                    service_name=project,
                    model=name,
                    consumed_quantity=_tokens(total.get("tokens")),
                    consumed_unit="{token}",
                    is_final=day + DAY + _FINAL <= end,
                )
            except Doubtful as error:
                yield Rejected(str(error), raw(model))


def _tokens(found: object) -> Decimal | None:
    return None if found is None else counted(found, "costSummary.total.tokens")


def _points(node: Mapping[str, object], series: str) -> Iterator[_Point]:
    for entry in rows(need(node, series, "data"), f"{series}.data"):
        point = table(entry, f"{series}.data[]")
        yield moment(point.get("timestamp"), f"{series}.data[].timestamp"), point
