"""Turn the metrics of a project into samples, costs of a day, and feedback scores of a day with their number.

Durations are milliseconds, and one of zero is unknown: Opik writes so where no trace has ended. An hour without a trace
is no row.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from collectors.answers import Doubtful, number, raw, rows, table, text, whole
from collectors.base import Source
from collectors.names import DURATION, ERRORS, REQUESTS, TOKEN_TYPE
from collectors.opik.questions import series, single
from collectors.opik.settings import Settings
from collectors.shape import priced
from collectors.steps import DAY, LENGTH
from store.records import CostLine, Evaluation, Missing, Parsed, Rejected, Sample, Stat, Unrouted

_FINAL: Final = timedelta(days=1)
_PERCENTILES: Final[Mapping[str, Stat]] = {"duration.p50": "p50", "duration.p90": "p90", "duration.p99": "p99"}
_TOKENS: Final = {"prompt_tokens": "input", "completion_tokens": "output"}


@dataclass(frozen=True, slots=True)
class _Hour:
    """One interval with traces; ``seen`` is its end."""

    system: str
    seen: datetime
    period: int
    total: int

    def sample(self, metric: str, stat: Stat, value: float, unit: str, kind: str = "") -> Sample:
        dims = {TOKEN_TYPE: kind} if kind else {}
        n = None if stat == "sum" else self.total
        return Sample(self.system, metric, stat, self.seen, value, unit, n, self.period, dims)


def records(body: Mapping[str, object], source: Source, settings: Settings, end: datetime) -> Iterator[Parsed]:
    """Give what one project's metrics say."""
    name = text(table(body.get("project"), "project").get("name"), "content[].name")
    labels = settings.labels(source, name)
    system = source.system_of(labels)
    if system is None:
        yield Unrouted(labels.get(source.route.label, name))
        return
    try:
        yield from _samples(body, system, settings)
        yield from _costs(body, system, name, end)
        yield from _online(body, system, settings, name, end)
    except Doubtful as error:
        yield Rejected(str(error), raw(name))


def _samples(body: Mapping[str, object], system: str, settings: Settings) -> Iterator[Sample]:
    step = LENGTH[settings.interval]
    answers = table(body.get("metrics"), "metrics")
    failed, costs = single(answers.get("failed"), "failed"), single(answers.get("costs"), "costs")
    durations, tokens = series(answers.get("durations"), "durations"), series(answers.get("tokens"), "tokens")
    for start, found in single(answers.get("counts"), "counts").items():
        hour = _Hour(system, start + step, int(step.total_seconds()), whole(found, "traces", low=0))
        if not hour.total:
            continue
        errors = whole(failed.get(start, 0), "traces with an error", low=0, high=hour.total)
        yield hour.sample(REQUESTS, "sum", hour.total, "{request}")
        yield hour.sample(ERRORS, "sum", errors, "{request}")
        yield hour.sample("llmops.error_ratio", "ratio", errors / hour.total, "1")
        for name, stat in _PERCENTILES.items():
            if took := number(durations.get(name, {}).get(start, 0), name, low=0):
                yield hour.sample(DURATION, stat, took / 1000, "s")
        for name, kind in _TOKENS.items():
            if start in tokens.get(name, {}):
                value = number(tokens[name][start], name, low=0)
                yield hour.sample("gen_ai.client.token.usage", "sum", value, "{token}", kind)
        if start in costs:
            yield hour.sample("llmops.cost", "sum", number(costs[start], "cost", low=0), "USD")


def _costs(body: Mapping[str, object], system: str, project: str, end: datetime) -> Iterator[CostLine]:
    for day, cost in single(body.get("costs"), "costs").items():
        yield CostLine(
            system=system,
            basis="trace_estimate",
            charge_period_start=day,
            charge_period_end=day + DAY,
            line=project,
            effective_cost=priced(cost, "cost"),
            service_name=project,
            is_final=day + DAY + _FINAL <= end,
        )


def _online(
    body: Mapping[str, object], system: str, settings: Settings, project: str, end: datetime
) -> Iterator[Evaluation | Missing]:
    means = series(body.get("scores"), "scores")
    for entry in rows(body.get("scored"), "scored"):
        each = table(entry, "scored[]")
        name = text(each.get("name"), "scored[].name")
        scorer = settings.scorer(name)
        if scorer is None:
            continue
        for day, found in single(each.get("answer"), "scored[].answer").items():
            n = whole(found, f"traces with {name}", low=0)
            value = number(means.get(name, {}).get(day, 0), f"scores.{name}")  # null beside a count is a mean of 0
            if missing := scorer.misfit(name, value):
                yield missing
            elif n:
                yield Evaluation(
                    system=system,
                    eval_run=f"{project} {day:%Y-%m-%dT%H:%MZ}",
                    suite="online",
                    scorer=scorer.name or name,
                    seen=min(day + DAY, end),
                    value=value,
                    n=n,
                    scale_min=scorer.scale_min,
                    scale_max=scorer.scale_max,
                    higher_is_better=scorer.higher_is_better,
                )
