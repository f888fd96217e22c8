"""Turn the statistics of projects into samples, costs of a day, and scores of the feedback given on its runs.

Latencies are seconds. A project without a run in the span is no row: its statistics say nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from collectors.answers import Doubtful, need, number, raw, rows, table, text, whole
from collectors.base import Source
from collectors.langsmith import spans
from collectors.langsmith.settings import Settings
from collectors.langsmith.spans import Span
from collectors.names import DURATION, FIRST_TOKEN, REQUESTS, TOKEN_TYPE
from collectors.scorers import is_any
from collectors.shape import counted, priced
from collectors.steps import DAY
from store.records import CostLine, Evaluation, Missing, Parsed, Rejected, Sample, Stat, Unrouted

_FINAL: Final = timedelta(days=1)
_PERCENTILES: Final[tuple[tuple[str, str, Stat], ...]] = (
    ("latency_p50", DURATION, "p50"),
    ("latency_p99", DURATION, "p99"),
    ("first_token_p50", FIRST_TOKEN, "p50"),
    ("first_token_p99", FIRST_TOKEN, "p99"),
)
_TOKENS: Final = {"prompt_tokens": "input", "completion_tokens": "output"}


@dataclass(frozen=True, slots=True)
class _Project:
    """One project in one span."""

    name: str
    system: str
    runs: int
    session: Mapping[str, object]
    span: Span


def records(body: Mapping[str, object], source: Source, settings: Settings, end: datetime) -> Iterator[Parsed]:
    """Give what one page of projects says of a span."""
    span = spans.read(table(body.get("span"), "span"))
    for entry in rows(need(body, "answer", "items"), "items"):
        session = table(entry, "items[]")
        name = text(session.get("name"), "items[].name")
        if not is_any(name, settings.projects) or not session.get("run_count"):
            continue
        labels = settings.labels(source, name, session)
        system = source.system_of(labels)
        if system is None:
            yield Unrouted(labels.get(source.route.label, name))
            continue
        try:
            project = _Project(name, system, whole(session["run_count"], "run_count", low=0), session, span)
            if span.length == settings.interval.delta and span.is_over:
                yield from _samples(project)
            if span.length == DAY:
                yield from _cost(project, end)
                yield from _online(project, settings)
        except Doubtful as error:
            yield Rejected(str(error), raw(session))


def _samples(project: _Project) -> Iterator[Sample]:
    session, span = project.session, project.span
    period = int(span.length.total_seconds())

    def sample(metric: str, stat: Stat, value: float, unit: str, n: int | None = None, kind: str = "") -> Sample:
        dims = {TOKEN_TYPE: kind} if kind else {}
        return Sample(project.system, metric, stat, span.end, value, unit, n, period, dims)

    yield sample(REQUESTS, "sum", project.runs, "{request}")
    if session.get("error_rate") is not None:
        share = number(session["error_rate"], "error_rate", low=0, high=1)
        yield sample("llmops.error_ratio", "ratio", share, "1", project.runs)
    for key, metric, stat in _PERCENTILES:
        if session.get(key) is not None:  # how many runs streamed, and so had a first token, is not said
            n = project.runs if metric == DURATION else None
            yield sample(metric, stat, number(session[key], key, low=0), "s", n)
    for key, kind in _TOKENS.items():
        if session.get(key) is not None:
            yield sample("gen_ai.client.token.usage", "sum", number(session[key], key, low=0), "{token}", kind=kind)
    if session.get("total_cost") is not None:
        cost = number(session["total_cost"], "total_cost", text_ok=True, low=0)
        yield sample("llmops.cost", "sum", cost, "USD")


def _cost(project: _Project, end: datetime) -> Iterator[CostLine]:
    cost, tokens = project.session.get("total_cost"), project.session.get("total_tokens")
    if cost is None:
        return
    day = project.span.start
    yield CostLine(
        system=project.system,
        basis="trace_estimate",
        charge_period_start=day,
        charge_period_end=day + DAY,
        line=project.name,
        effective_cost=priced(cost, "total_cost"),
        service_name=project.name,
        consumed_quantity=None if tokens is None else counted(tokens, "total_tokens"),
        consumed_unit="" if tokens is None else "{token}",
        is_final=day + DAY + _FINAL <= end,
    )


def _online(project: _Project, settings: Settings) -> Iterator[Evaluation | Missing]:
    for key, stat in table(project.session.get("feedback_stats") or {}, "feedback_stats").items():
        feedback = table(stat, f"feedback_stats.{key}")
        scorer = settings.scorer(key)
        if scorer is None or feedback.get("avg") is None:
            continue
        value = number(feedback["avg"], f"feedback_stats.{key}.avg")
        if missing := scorer.misfit(key, value):
            yield missing
            continue
        yield Evaluation(
            system=project.system,
            eval_run=f"{project.name} {project.span.start:%Y-%m-%dT%H:%MZ}",
            suite="online",
            scorer=scorer.name or key,
            seen=project.span.end,
            value=value,
            n=whole(feedback.get("n"), f"feedback_stats.{key}.n", low=0),
            errors=whole(feedback.get("errors", 0), f"feedback_stats.{key}.errors", low=0),
            scale_min=scorer.scale_min,
            scale_max=scorer.scale_max,
            higher_is_better=scorer.higher_is_better,
        )
