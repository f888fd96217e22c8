"""Write the past of four LLM systems as OpenMetrics text, for promtool to turn into Prometheus blocks.

What happens in it is fixed: load follows the day and the week, counters start again when a pod does, one system's cost
jumps nine days ago, and one system's faithfulness slides over twelve days while every request still answers.
"""

import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

DAY = 86_400
COST_JUMP_DAYS = 9
SLIDE_DAYS = 12
SEED = 11
BOUNDS = (0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, math.inf)
UNDER = (0.03, 0.12, 0.35, 0.68, 0.90, 0.98, 0.996, 1.0)
MEAN_SECONDS = 1.31
TOKENS = {"vllm:prompt_tokens": 620.0, "vllm:generation_tokens": 180.0}
CODES = {"200": 0.985, "429": 0.010, "500": 0.005}
SCORERS = ("faithfulness", "answer_relevance")


@dataclass(frozen=True, slots=True)
class Service:
    """One system as its metrics show it: the model behind it and its busiest rate in requests per second."""

    system: str
    model: str
    rate: float
    cost_jumps: bool = False
    slides: bool = False


SERVICES = (
    Service("support-bot", "support-llama-8b", 4.0, slides=True),
    Service("claims-triage", "gpt-4o-2024-08-06", 1.2),
    Service("legal-search", "claude-sonnet", 0.3),
    Service("code-assist", "gpt-4o-mini", 7.5, cost_jumps=True),
)
USD_PER_REQUEST = 0.0021


@dataclass(frozen=True, slots=True)
class Past:
    """The stretch of time to write: whole steps, in Unix seconds, the last one included."""

    start: int
    stop: int
    step: int

    def instants(self) -> range:
        """Give every instant that has a sample."""
        return range(self.start, self.stop + 1, self.step)


def past(now: float, days: int, step: int) -> Past:
    """Give the stretch that ends now; a Prometheus started on it afterwards goes on where it ends."""
    stop = int(now) // step * step
    return Past(stop - days * DAY, stop, step)


def load(instant: float, rate: float) -> float:
    """Give the requests per second at an instant: busiest in the early afternoon, two fifths of it at the weekend."""
    hour = instant % DAY / 3600
    weekday = (instant // DAY + 3) % 7
    daily = 0.35 + 0.65 * max(0.0, math.sin((hour - 6) / 14 * math.pi))
    return rate * daily * (0.4 if weekday >= 5 else 1.0)


def cost_factor(service: Service, instant: float, stop: float) -> float:
    """Give how much dearer a request is than planned at an instant."""
    return 1.6 if service.cost_jumps and instant > stop - COST_JUMP_DAYS * DAY else 1.0


def score(service: Service, scorer: str, instant: float, stop: float) -> float:
    """Give a judge's score at an instant, before noise."""
    if not service.slides or scorer != "faithfulness":
        return 0.91
    return 0.91 - 0.18 * max(0.0, instant - (stop - SLIDE_DAYS * DAY)) / (SLIDE_DAYS * DAY)


def lines(span: Past, seed: int = SEED) -> Iterator[str]:
    """Write every family, each series in the order of time, as promtool wants it."""
    rng = random.Random(seed)
    for family in (_tokens, _requests, _costs, _scores, _durations):
        yield from family(span, rng)
    yield "# EOF\n"


def _tokens(span: Past, rng: random.Random) -> Iterator[str]:
    """Write the tokens taken and made, as a vLLM server counts them."""
    for name, per_request in TOKENS.items():
        yield _head(name, "counter", "Tokens.")
        for service in SERVICES:
            labels = {"system": service.system, "model_name": service.model, "engine": "0"}
            yield from _counter(span, rng, f"{name}_total", labels, _each(service, per_request))


def _requests(span: Past, rng: random.Random) -> Iterator[str]:
    """Write requests by the status that was answered."""
    yield _head("llm_requests", "counter", "Requests.")
    for service in SERVICES:
        for code, share in CODES.items():
            labels = {"system": service.system, "model_name": service.model, "code": code}
            yield from _counter(span, rng, "llm_requests_total", labels, _each(service, share))


def _costs(span: Past, rng: random.Random) -> Iterator[str]:
    """Write what a gateway says was spent."""
    yield _head("llm_cost_usd", "counter", "Spend.")
    for service in SERVICES:

        def spent(instant: int, service: Service = service) -> float:
            return load(instant, service.rate) * USD_PER_REQUEST * cost_factor(service, instant, span.stop)

        yield from _counter(
            span, rng, "llm_cost_usd_total", {"system": service.system, "model_name": service.model}, spent
        )


def _scores(span: Past, rng: random.Random) -> Iterator[str]:
    """Write what an online judge says of a sample of answers."""
    yield _head("llm_eval_score", "gauge", "Judge score.")
    for service in SERVICES:
        for scorer in SCORERS:
            labels = _labels({"system": service.system, "metric": scorer})
            for instant in span.instants():
                value = min(1.0, score(service, scorer, instant, span.stop) + rng.gauss(0, 0.015))
                yield f"llm_eval_score{labels} {value:.4f} {instant}\n"


def _durations(span: Past, rng: random.Random) -> Iterator[str]:
    """Write how long requests took, as the OpenTelemetry conventions name it, in cumulative buckets."""
    name = "gen_ai_client_operation_duration_seconds"
    yield _head(name, "histogram", "Duration of an operation.")
    for service in SERVICES:
        fixed = {"system": service.system, "gen_ai_request_model": service.model}
        counts: list[int] = []
        for instant in span.instants():
            noise = max(0.0, rng.gauss(1, 0.05))
            counts.append((counts[-1] if counts else 0) + int(load(instant, service.rate) * span.step * noise))
        for bound, share in zip(BOUNDS, UNDER, strict=True):
            labels = {**fixed, "le": "+Inf" if math.isinf(bound) else str(bound)}
            yield from _values(span, f"{name}_bucket", labels, [int(count * share) for count in counts])
        yield from _values(span, f"{name}_count", fixed, counts)
        yield from _values(span, f"{name}_sum", fixed, [round(count * MEAN_SECONDS, 3) for count in counts])


def _each(service: Service, per_request: float) -> Callable[[int], float]:
    """Give the rate of something that every request brings ``per_request`` of."""
    return lambda instant: load(instant, service.rate) * per_request


def _counter(
    span: Past, rng: random.Random, name: str, labels: Mapping[str, str], rate: Callable[[int], float]
) -> Iterator[str]:
    """Add up a rate; about twice a month the process behind it starts again from zero."""
    total = 0.0
    written = _labels(labels)
    for instant in span.instants():
        total += rate(instant) * span.step * max(0.0, rng.gauss(1, 0.08))
        yield f"{name}{written} {total:.4f} {instant}\n"
        if rng.random() < span.step / (15 * DAY):
            total = 0.0


def _values(span: Past, name: str, labels: Mapping[str, str], values: list[int] | list[float]) -> Iterator[str]:
    """Write ready values beside their instants."""
    written = _labels(labels)
    for instant, value in zip(span.instants(), values, strict=True):
        yield f"{name}{written} {value} {instant}\n"


def _head(name: str, kind: str, words: str) -> str:
    """Write what OpenMetrics says before the samples of a family."""
    return f"# HELP {name} {words}\n# TYPE {name} {kind}\n"


def _labels(labels: Mapping[str, str]) -> str:
    """Write labels; ours need no escaping."""
    return "{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}"
