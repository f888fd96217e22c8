"""Aggregate traces as MLflow's ``traces/metrics`` does: by time bucket and dimension, from the world's hours.

A tenth of the traffic is traced. Nothing of a trace but numbers exists, so no word of a user can leak from here.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import NormalDist
from typing import Any, Final

from collectors.demo.portfolio import ANSWERED, PRICES, REPLACED, DemoSystem
from collectors.demo.series import SPREAD
from collectors.demo.world import HOURS, World

TRACED: Final = 0.1
METRICS: Final[Mapping[str, tuple[str, ...]]] = {
    "TRACES": (
        "trace_count", "session_count", "latency", "input_tokens", "output_tokens", "total_tokens",
        "cache_read_input_tokens", "cache_creation_input_tokens",
    ),
    "SPANS": ("span_count", "latency", "input_cost", "output_cost", "total_cost"),
    "ASSESSMENTS": ("assessment_count", "assessment_value"),
}  # fmt: skip
MOST_POINTS: Final = 1_000
"""MLflow 3.17 cuts an answer here without a word."""
DIMENSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "TRACES": ("trace_name", "trace_status"),
    "SPANS": ("span_model_name", "span_model_provider", "span_type", "span_status"),
    "ASSESSMENTS": ("assessment_name",),
}
_JUDGED: Final = {"groundedness": ("groundedness", 0.25), "user_thumb": ("thumbs_down", 0.12)}


class AskError(Exception):
    """Say what of a question the server does not accept."""


@dataclass(frozen=True, slots=True)
class Part:
    """The traces of one system in (a part of) one hour that share their dimensions.

    ``scale`` turns the part's mean into what is measured; a latency is spread log-normally around ``median``.
    """

    dimensions: Mapping[str, str]
    count: float
    mean: float
    median: float = 0.0


def data_points(world: World, systems: Sequence[DemoSystem], ask: Mapping[str, Any], now: datetime) -> list[Any]:
    """Answer one question."""
    view, metric = str(ask.get("view_type", "")), str(ask.get("metric_name", ""))
    if view not in METRICS:
        raise AskError(f"view_type must be one of {sorted(METRICS)}, got {view!r}")
    if metric not in METRICS[view]:
        raise AskError(f"metric_name must be one of {list(METRICS[view])}, got {metric!r}")
    aggregations = [(str(a["aggregation_type"]), a.get("percentile_value")) for a in ask.get("aggregations", [])]
    if metric == "latency" and any(kind == "COUNT" for kind, _ in aggregations):
        raise AskError("aggregation_type COUNT is not supported for latency")
    wanted = [str(name) for name in ask.get("dimensions", [])]
    if unknown := [name for name in wanted if name not in DIMENSIONS[view]]:
        raise AskError(f"dimensions must be among {list(DIMENSIONS[view])}, got {unknown}")
    groups: dict[tuple[tuple[str, str], ...], list[Part]] = {}
    interval = int(ask.get("time_interval_seconds", 0))
    for begins, part in _parts(world, systems, metric, _stretch(world, ask, now), min(interval or 3600, 3600)):
        key = {name: part.dimensions[name] for name in wanted}
        if interval:
            key["time_bucket"] = datetime.fromtimestamp(begins // interval * interval, UTC).isoformat()
        groups.setdefault(tuple(key.items()), []).append(part)
    points = ((dict(key), _values(metric, parts, aggregations)) for key, parts in groups.items())
    return [
        {"metric_name": metric, **({"dimensions": dimensions} if dimensions else {}), "values": values}
        for dimensions, values in points
        if values
    ][:MOST_POINTS]


def _stretch(world: World, ask: Mapping[str, Any], now: datetime) -> tuple[float, float]:
    """Give the time asked for, inside what exists."""
    start = max(float(ask.get("start_time_ms", 0)) / 1000, world.origin)
    latest = min(now.timestamp(), world.origin + HOURS * 3600)
    return start, min(float(ask.get("end_time_ms", math.inf)) / 1000, latest)


def _parts(
    world: World, systems: Sequence[DemoSystem], metric: str, stretch: tuple[float, float], step: int
) -> Iterable[tuple[float, Part]]:
    """Cut the time into hours or shorter steps, and those into parts of equal dimensions."""
    start, end = stretch
    moment = start
    while moment < end:
        until = min((moment // step + 1) * step, end)
        hour = int((moment - world.origin) // 3600)
        for system in systems:
            traced = world.column(system.name, "requests")[hour] * (until - moment) / 3600 * TRACED
            for part in _split(world, system, metric, hour, traced):
                yield moment, part
        moment = until


def _split(world: World, system: DemoSystem, metric: str, hour: int, traced: float) -> Iterable[Part]:
    """Give the parts of a stretch of an hour: by status, by answering model, by kind of assessment."""
    if metric.startswith("assessment"):
        for name, (signal, share) in _JUDGED.items():
            level = world.column(system.name, signal)[hour]
            value = 1 - level if signal == "thumbs_down" else min(1.0, level)
            yield Part({"assessment_name": name}, traced * share, value)
        return
    failed = world.column(system.name, "errors")[hour]
    other = world.column(system.name, "other_model")[hour]
    mean, median = _mean(world, system, metric, hour)
    for status, share in (("OK", 1 - failed), ("ERROR", failed)):
        for model, of_model in ((ANSWERED[system.model], 1 - other), (REPLACED.get(system.model, ""), other)):
            count = traced * share * of_model
            if count:
                dimensions = {
                    "trace_name": "answer", "trace_status": status, "span_model_name": model,
                    "span_model_provider": system.provider, "span_type": "CHAT_MODEL", "span_status": status,
                }  # fmt: skip
                yield Part(dimensions, count, mean, median)


def _mean(world: World, system: DemoSystem, metric: str, hour: int) -> tuple[float, float]:
    """Give mean and median of what is measured of one trace in an hour."""
    if metric == "latency":
        median = world.column(system.name, "latency")[hour] * 1000
        return median * math.exp(SPREAD**2 / 2), median
    tokens_in, tokens_out = (world.column(system.name, f"tokens_{way}")[hour] for way in ("in", "out"))
    price_in, price_out = PRICES[system.model]
    sizes = {
        "input_tokens": tokens_in,
        "output_tokens": tokens_out,
        "total_tokens": tokens_in + tokens_out,
        "cache_read_input_tokens": tokens_in * 0.18,
        "cache_creation_input_tokens": 0.0,
        "input_cost": tokens_in * price_in / 1e6,
        "output_cost": tokens_out * price_out / 1e6,
        "total_cost": (tokens_in * price_in + tokens_out * price_out) / 1e6,
    }
    return sizes.get(metric, 1.0), 0.0


def _values(metric: str, parts: Sequence[Part], aggregations: Iterable[tuple[str, Any]]) -> dict[str, float]:
    """Aggregate the parts of one group; fewer than one trace is none."""
    count = sum(part.count for part in parts)
    if count < 1:
        return {}
    total = sum(part.count * part.mean for part in parts)
    values: dict[str, float] = {}
    for kind, percentile in aggregations:
        if kind == "COUNT":
            values["COUNT"] = float(round(count))
        elif kind == "SUM":
            values["SUM"] = total
        elif kind == "AVG":
            values["AVG"] = total / count
        elif kind == "PERCENTILE":
            median = sum(part.count * part.median for part in parts) / count
            values[f"P{float(percentile)}"] = median * math.exp(SPREAD * NormalDist().inv_cdf(float(percentile) / 100))
        elif kind in ("MIN", "MAX") and metric == "latency":
            sign = 1 if kind == "MAX" else -1
            far = NormalDist().inv_cdf(1 - 0.5 / max(count, 2.0))
            middle = sum(part.count * part.median for part in parts) / count
            values[kind] = middle * math.exp(sign * SPREAD * far)
        else:
            raise AskError(f"aggregation_type {kind!r} is not supported for {metric}")
    return values
