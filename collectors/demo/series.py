"""List the series that the gateway of the demonstration exports, each a counter computed from the world when asked.

Names are those of OpenTelemetry's GenAI conventions where they have one; the others begin with ``llm_``:

- ``gen_ai_client_operation_duration_seconds`` (histogram) and ``gen_ai_client_token_usage`` (sum and count by type),
- ``llm_cost_usd_total``, ``llm_responses_total{finish_reason}``, ``llm_schema_checks_total{outcome}``,
- ``llm_queries_total{coverage}``, ``llm_feedback_total{rating}``.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import accumulate
from typing import Final

from collectors.demo import noise, portfolio
from collectors.demo.portfolio import ANSWERED, REPLACED, SYSTEMS, DemoSystem
from collectors.demo.promql import Series
from collectors.demo.promql_grid import Places
from collectors.demo.promql_text import Matcher
from collectors.demo.world import COUNTED, HOURS, World

INTERVAL: Final = 60.0
_PER_HOUR: Final = 60
_BUCKETS: Final = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0, 40.0, math.inf)
SPREAD: Final = 0.55
"""Standard deviation of the logarithm of a request's duration."""


class Counter:
    """A counter: so much an hour, read once a minute as a whole number; computed at the first question."""

    __slots__ = ("_make", "_rates", "_scale", "_totals", "begins", "labels")

    def __init__(
        self, labels: Mapping[str, str], make: Callable[[], list[float]], begins: int = 0, *, whole: bool = True
    ) -> None:
        """Take its growth per hour; one that begins later starts at zero, the others ran before the history does."""
        self.labels = labels
        self.begins = begins
        self._make = make
        self._scale = 1 if whole else 1_000_000
        self._rates: list[float] = []
        self._totals: list[float] = []

    def values(self, places: Places) -> list[float]:
        """Read the samples of numbered minutes; after the end of the story nothing grows."""
        if not self._totals:
            rates = [rate / _PER_HOUR * self._scale for rate in self._make()]
            before = 0.0 if self.begins else rates[0] * _PER_HOUR * 400
            self._totals = list(accumulate((rate * _PER_HOUR for rate in rates), initial=before))
            self._rates = [*rates, 0.0]
        totals, rates = self._totals, self._rates
        pairs = places.pairs
        if pairs and pairs[-1][0] >= HOURS:
            pairs = [min(pair, (HOURS, 0)) for pair in pairs]
        counts: list[float] = [int(totals[hour] + rates[hour] * minute) for hour, minute in pairs]
        return counts if self._scale == 1 else [count / self._scale for count in counts]


class Gateway:
    """All series of the gateway, found by matchers."""

    def __init__(self, world: World) -> None:
        """Name every series; nothing is computed yet."""
        self._by_name: dict[str, list[Counter]] = {}
        for system in SYSTEMS:
            for counter in _counters(world, system):
                self._by_name.setdefault(counter.labels["__name__"], []).append(counter)

    def select(self, matchers: Iterable[Matcher]) -> list[Series]:
        """Find the series that all matchers accept."""
        wanted = tuple(matchers)
        named = [matcher for matcher in wanted if matcher.label == "__name__"]
        rest = [matcher for matcher in wanted if matcher.label != "__name__"]
        return [
            counter
            for name, counters in self._by_name.items()
            if all(matcher.accepts(name) for matcher in named)
            for counter in counters
            if all(matcher.accepts(counter.labels.get(matcher.label, "")) for matcher in rest)
        ]

    def all(self) -> list[Series]:
        """Give every series."""
        return [counter for counters in self._by_name.values() for counter in counters]


def _counters(world: World, system: DemoSystem) -> Iterator[Counter]:
    """Give every counter of a system."""
    base = {"instance": "gateway:9464", "job": "llm-gateway", "system": system.name}
    yield from _operations(world, system, base)
    yield from _tokens(world, system, base)
    spend = partial(_spend, world, system)
    model = ANSWERED[system.model]
    yield Counter({"__name__": "llm_cost_usd_total", "model": model, **base}, spend, whole=False)
    yield from _parts(world, system, base, "llm_responses_total", "finish_reason", ("length", "stop"), "truncated")
    yield from _parts(world, system, base, "llm_queries_total", "coverage", ("uncovered", "covered"), "uncovered")
    if system.name != "meeting-notes":
        yield from _parts(world, system, base, "llm_feedback_total", "rating", ("down", "up"), "thumbs_down")
    if system.suites == "promptfoo":
        yield from _parts(
            world, system, base, "llm_schema_checks_total", "outcome", ("valid", "invalid"), "schema_valid"
        )


def _operations(world: World, system: DemoSystem, base: Mapping[str, str]) -> Iterator[Counter]:
    """Give the duration histogram by answering model, and that of failed calls."""
    asked = {
        "gen_ai_operation_name": "chat",
        "gen_ai_provider_name": system.provider,
        "gen_ai_request_model": system.model,
    }
    yield from _histogram(world, system, {**base, **asked, "gen_ai_response_model": ANSWERED[system.model]}, "own")
    other = world.column(system.name, "other_model")
    if any(other):
        begins = next(hour for hour, share in enumerate(other) if share) * _PER_HOUR
        replaced = {**base, **asked, "gen_ai_response_model": REPLACED[system.model]}
        yield from _histogram(world, system, replaced, "other", begins)
    yield from _histogram(world, system, {**base, **asked, "error_type": "timeout"}, "failed")


def _histogram(
    world: World, system: DemoSystem, labels: Mapping[str, str], part: str, begins: int = 0
) -> Iterator[Counter]:
    name = "gen_ai_client_operation_duration_seconds"
    for bound in _BUCKETS:
        le = "+Inf" if math.isinf(bound) else f"{bound:g}"
        make = partial(_below, world, system, part, bound)
        yield Counter({"__name__": f"{name}_bucket", "le": le, **labels}, make, begins)
    yield Counter({"__name__": f"{name}_count", **labels}, partial(_calls, world, system, part), begins)
    yield Counter({"__name__": f"{name}_sum", **labels}, partial(_seconds, world, system, part), begins, whole=False)


def _tokens(world: World, system: DemoSystem, base: Mapping[str, str]) -> Iterator[Counter]:
    """Give tokens by type, as sum and count of their histogram."""
    for kind in ("input", "output"):
        labels = {
            **base,
            "gen_ai_operation_name": "chat",
            "gen_ai_provider_name": system.provider,
            "gen_ai_request_model": system.model,
            "gen_ai_token_type": kind,
        }
        used = partial(_used, world, system, f"tokens_{kind.removesuffix('put')}")
        yield Counter({"__name__": "gen_ai_client_token_usage_sum", **labels}, used)
        calls = partial(_calls, world, system, "own")
        yield Counter({"__name__": "gen_ai_client_token_usage_count", **labels}, calls)


def _parts(
    world: World,
    system: DemoSystem,
    base: Mapping[str, str],
    name: str,
    label: str,
    parts: tuple[str, str],
    signal: str,
) -> Iterator[Counter]:
    """Give a counter that is split in two by a share; the second part is the rest."""
    for index, part in enumerate(parts):
        make = partial(_split, world, system, signal, rest=bool(index))
        yield Counter({"__name__": name, label: part, **base}, make)


def _split(world: World, system: DemoSystem, signal: str, *, rest: bool) -> list[float]:
    counted = COUNTED.get(signal, 1.0)
    shares = world.column(system.name, signal)
    requests = world.column(system.name, "requests")
    return [n * counted * ((1 - share) if rest else share) for n, share in zip(requests, shares, strict=True)]


def _calls(world: World, system: DemoSystem, part: str) -> list[float]:
    """Count the calls an hour that the pinned model answered, that another one did, or that failed."""
    requests = world.column(system.name, "requests")
    errors = world.column(system.name, "errors")
    if part == "failed":
        return [n * share for n, share in zip(requests, errors, strict=True)]
    others = world.column(system.name, "other_model")
    return [
        n * (1 - failed) * (other if part == "other" else 1 - other)
        for n, failed, other in zip(requests, errors, others, strict=True)
    ]


def _below(world: World, system: DemoSystem, part: str, bound: float) -> list[float]:
    """Count the calls an hour that took at most so long; durations are log-normal."""
    calls = _calls(world, system, part)
    if math.isinf(bound):
        return calls
    medians = world.column(system.name, "latency")
    width = SPREAD * math.sqrt(2)
    return [n * (0.5 + 0.5 * math.erf(math.log(bound / m) / width)) for n, m in zip(calls, medians, strict=True)]


def _seconds(world: World, system: DemoSystem, part: str) -> list[float]:
    """Add up the durations of an hour's calls."""
    mean = math.exp(SPREAD**2 / 2)
    medians = world.column(system.name, "latency")
    return [n * median * mean for n, median in zip(_calls(world, system, part), medians, strict=True)]


def _used(world: World, system: DemoSystem, signal: str) -> list[float]:
    """Add up the tokens of an hour."""
    requests = world.column(system.name, "requests")
    return [n * tokens for n, tokens in zip(requests, world.column(system.name, signal), strict=True)]


def _spend(world: World, system: DemoSystem) -> list[float]:
    """Price the tokens of an hour in US dollars."""
    price_in, price_out = portfolio.PRICES[system.model]
    key = noise.key_of(world.seed, system.name, "cache")
    hours = zip(_used(world, system, "tokens_in"), _used(world, system, "tokens_out"), strict=True)
    return [
        (tokens_in * price_in * (0.97 + 0.02 * noise.uniform(key, hour)) + tokens_out * price_out) / 1e6
        for hour, (tokens_in, tokens_out) in enumerate(hours)
    ]
