"""Hold what Phoenix is asked in GraphQL: aggregates and dates, never what anybody wrote or was answered.

A server of version 20 takes at most 50 aliases a question: ten days of costs and twenty experiments stay below.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from collectors.base import Window
from collectors.phoenix.settings import Settings
from collectors.steps import DAY, Step, floor

_PIECE: Final = 10

_GIVEN: Final = "$id: ID!, $whole: TimeRange!, $all: TimeRange!, $bin: TimeBinConfig!, $judged: TimeBinConfig!"
_SERIES: Final = """
  counts: traceCountByStatusTimeSeries(timeRange: $whole, timeBinConfig: $bin)
    { data { timestamp totalCount errorCount } }
  latency: traceLatencyMsPercentileTimeSeries(timeRange: $whole, timeBinConfig: $bin) { data { timestamp p50 p95 p99 } }
  tokens: traceTokenCountTimeSeries(timeRange: $whole, timeBinConfig: $bin)
    { data { timestamp promptTokenCount completionTokenCount } }
  costs: traceTokenCostTimeSeries(timeRange: $whole, timeBinConfig: $bin) { data { timestamp totalCost } }
"""
_JUDGED: Final = """
  {level}s: {level}AnnotationMetricsTimeSeries(timeRange: $all, timeBinConfig: $judged)
    {{ data {{ timestamp annotationSummaries {{ name meanScore scoreCount }} }} }}
"""
_MODELS: Final = """
  {day}: topModelsByCost(timeRange: ${day})
    {{ name costSummary(projectId: $id, timeRange: ${day}) {{ total {{ tokens cost }} }} }}
"""
_SCORES: Final = """
  {name}: node(id: ${name}) {{ ... on Experiment
    {{ annotationSummaries {{ annotationName meanScore scoreCount errorCount }} }} }}
"""
PROMPTS: Final = """
query($after: String) { prompts(first: 50, after: $after) { pageInfo { hasNextPage endCursor } edges { node {
  id name metadata versionTags { name promptVersionId }
  promptVersions(first: 100) { edges { node { id sequenceNumber createdAt user { username } } } }
} } } }
"""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of whole days of the window, and the days in it by the alias under which their costs are asked for."""

    start: datetime
    end: datetime
    days: Mapping[str, datetime]


def pieces(window: Window) -> Iterator[Piece]:
    """Part the window into stretches of ten days, from the midnight before it begins."""
    start = floor(window.start, "day")
    while start < window.end:
        end = min(start + _PIECE * DAY, window.end)
        days = {f"d{number}": start + number * DAY for number in range(-((start - end) // DAY))}
        yield Piece(start, end, days)
        start += _PIECE * DAY


def project(project_id: str, piece: Piece, settings: Settings) -> dict[str, object]:
    """Ask for the traces of one project: bins that are over, judgements and costs of the days up to the end."""
    judged = "".join(_JUDGED.format(level=level) for level in ("span", "trace", "session"))
    models = "".join(_MODELS.format(day=day) for day in piece.days)
    given = "".join(f", ${day}: TimeRange!" for day in piece.days)
    asked = f"{{ node(id: $id) {{ ... on Project {{{_SERIES}{judged}{models}}} }} }}"
    return {
        "query": f"query({_GIVEN}{given}) {asked}",
        "variables": {
            "id": project_id,
            "whole": _range(piece.start, floor(piece.end, settings.interval)),
            "all": _range(piece.start, piece.end),
            "bin": _bin(settings.interval),
            "judged": _bin(settings.scores),
            **{name: _range(day, min(day + DAY, piece.end)) for name, day in piece.days.items()},
        },
    }


def scores(experiment_ids: Sequence[str]) -> dict[str, object]:
    """Ask for the scores of some experiments, the first as ``e0``."""
    ids = {f"e{number}": experiment_id for number, experiment_id in enumerate(experiment_ids)}
    given = ", ".join(f"${name}: ID!" for name in ids)
    return {
        "query": f"query({given}) {{{''.join(_SCORES.format(name=name) for name in ids)}}}",
        "variables": ids,
    }


def _range(start: datetime, end: datetime) -> dict[str, str]:
    return {"start": start.isoformat(), "end": end.isoformat()}


def _bin(step: Step) -> dict[str, object]:
    return {"scale": step.upper(), "utcOffsetMinutes": 0}
