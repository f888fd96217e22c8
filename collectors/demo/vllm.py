"""Answer ``/metrics`` as a vLLM 0.33 server does, with counters and histograms that move with the real time.

Text format 0.0.4; labels ``engine`` and ``model_name``; every counter is a closed form of the time since the history
began, so two scrapes a second apart differ by a second's traffic.
"""

import math
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from itertools import accumulate
from typing import Final

from collectors.demo import noise, portfolio
from collectors.demo.series import SPREAD
from collectors.demo.web import Question, Reply
from collectors.demo.world import HOURS, World

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_E2E: Final = (0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, math.inf)
_FIRST: Final = (0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, math.inf)
_EACH: Final = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, math.inf)
_HISTOGRAMS: Final = (
    # name, help, bounds, share of the request's duration that is its median
    ("e2e_request_latency_seconds", "Histogram of end to end request latency in seconds.", _E2E, 1.0),
    ("time_to_first_token_seconds", "Histogram of time to first token in seconds.", _FIRST, 0.08),
    ("inter_token_latency_seconds", "Histogram of inter-token latency in seconds.", _EACH, 0.0021),
    ("request_queue_time_seconds", "Histogram of time spent in WAITING phase for request.", _FIRST, 0.01),
)
_TOKENS: Final = (
    ("prompt_tokens_total", "Number of prefill tokens processed.", "tokens_in", 1.0),
    ("generation_tokens_total", "Number of generation tokens processed.", "tokens_out", 1.0),
    ("prefix_cache_queries_total", "Prefix cache queries, in number of queried tokens.", "tokens_in", 1.0),
    ("prefix_cache_hits_total", "Prefix cache hits, in number of cached tokens.", "tokens_in", 0.41),
)


class Vllm:
    """One engine that serves one system."""

    def __init__(self, world: World, system: str, clock: Callable[[], datetime]) -> None:
        """Take the system whose traffic it carries."""
        self._world = world
        self._system = portfolio.BY_NAME[system]
        self._clock = clock
        self._totals: dict[str, tuple[list[float], list[float]]] = {}

    def answer(self, question: Question) -> Reply:
        """Answer any request."""
        if question.path == "/health":
            return Reply(b"", content_type="text/plain")
        if question.path != "/metrics":
            return Reply(b'{"detail":"Not Found"}', 404)
        return Reply(self._page(self._clock().timestamp()).encode(), content_type=CONTENT_TYPE)

    def _page(self, now: float) -> str:
        """Write the whole page."""
        return "\n".join((*self._gauges(now), *self._counters(now), *self._latencies(now), ""))

    def _gauges(self, now: float) -> Iterator[str]:
        hour = min(int((now - self._world.origin) // 3600), HOURS - 1)
        key = noise.key_of(self._world.seed, self._system.name, "engine")
        mean = self._column("requests")[hour] / 3600 * self._column("latency")[hour] * 1.16
        running = max(0, round(mean + math.sqrt(mean) * noise.normal(key, int(now // 5))))
        waiting = max(0, round(mean / 4 * (noise.normal(key, int(now // 15) + 10**6) - 0.8)))
        full = min(0.99, 0.08 + running * 0.04 + 0.02 * noise.uniform(key, int(now // 10)))
        yield from self._metric("num_requests_running", "gauge", "Number of requests in model execution batches.")
        yield self._line("num_requests_running", running)
        yield from self._metric("num_requests_waiting", "gauge", "Number of requests waiting to be processed.")
        yield self._line("num_requests_waiting", waiting)
        yield from self._metric("kv_cache_usage_perc", "gauge", "KV-cache usage. 1 means 100 percent usage.")
        yield self._line("kv_cache_usage_perc", full)

    def _counters(self, now: float) -> Iterator[str]:
        yield from self._metric("request_success_total", "counter", "Count of successfully processed requests.")
        for reason in ("stop", "length"):
            total = self._total(reason, partial(self._ended, is_cut=reason == "length"), now)
            yield self._line("request_success_total", int(total), f'finished_reason="{reason}",')
        for name, words, signal, share in _TOKENS:
            yield from self._metric(name, "counter", words)
            yield self._line(name, int(self._total(name, partial(self._used, signal, share), now)))

    def _latencies(self, now: float) -> Iterator[str]:
        for name, words, bounds, share in _HISTOGRAMS:
            yield from self._metric(name, "histogram", words)
            for bound in bounds:
                le = "+Inf" if math.isinf(bound) else repr(bound)
                below = self._total(f"{name} {le}", partial(self._below, bound, share), now)
                yield self._line(f"{name}_bucket", int(below), f'le="{le}",')
            yield self._line(f"{name}_count", int(self._total("all", partial(self._below, math.inf, 1.0), now)))
            yield self._line(f"{name}_sum", self._total(f"{name} sum", partial(self._spent, share), now))

    def _ended(self, *, is_cut: bool) -> list[float]:
        """Count requests that ended at the token limit, or by themselves."""
        pairs = zip(self._column("requests"), self._column("truncated"), strict=True)
        return [n * (share if is_cut else 1 - share) for n, share in pairs]

    def _used(self, signal: str, share: float) -> list[float]:
        pairs = zip(self._column("requests"), self._column(signal), strict=True)
        return [n * tokens * share for n, tokens in pairs]

    def _below(self, bound: float, share: float) -> list[float]:
        """Count requests that took at most so long."""
        requests = self._column("requests")
        if math.isinf(bound):
            return requests
        width = SPREAD * math.sqrt(2)
        pairs = zip(requests, self._column("latency"), strict=True)
        return [n * (0.5 + 0.5 * math.erf(math.log(bound / (median * share)) / width)) for n, median in pairs]

    def _spent(self, share: float) -> list[float]:
        mean = math.exp(SPREAD**2 / 2) * share
        pairs = zip(self._column("requests"), self._column("latency"), strict=True)
        return [n * median * mean for n, median in pairs]

    def _column(self, signal: str) -> list[float]:
        return self._world.column(self._system.name, signal)

    def _total(self, name: str, make: Callable[[], list[float]], now: float) -> float:
        """Add up a rate per hour until now."""
        if name not in self._totals:
            rates = make()
            self._totals[name] = (rates, list(accumulate(rates, initial=0.0)))
        rates, totals = self._totals[name]
        hour, seconds = divmod(now - self._world.origin, 3600)
        place = min(int(hour), HOURS - 1)
        return totals[place] + rates[place] * min(seconds / 3600, 1.0)

    def _metric(self, name: str, kind: str, words: str) -> Iterator[str]:
        base = f"vllm:{name}"
        yield f"# HELP {base} {words}"
        yield f"# TYPE {base} {kind}"

    def _line(self, name: str, value: float, labels: str = "") -> str:
        """Write one sample, labels in the order of the alphabet as the exporter does."""
        model = self._system.model
        rest = f'{labels}model_name="{model}"'
        return f'vllm:{name}{{engine="0",{rest}}} {float(value)!r}'
