"""Turn aggregates of generations into samples: requests, errors, latencies, time to first token, tokens, cost.

Durations arrive in milliseconds. A sum of 0 tokens or of no cost beside requests says that nobody recorded any, and is
left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from collectors.answers import raw
from collectors.base import Answer, Source
from collectors.langfuse.buckets import Row, answers_of, missing, routed
from collectors.langfuse.settings import Settings
from collectors.names import DURATION, ERRORS, FIRST_TOKEN, REQUESTS, TOKEN_TYPE
from collectors.numbers import Doubtful, whole
from store.errors import SourceError
from store.records import Parsed, Rejected, Sample, Stat

_TOKENS: Final = {"sum_inputTokens": "input", "sum_outputTokens": "output"}
_DURATIONS: Final = {"latency": DURATION, "timeToFirstToken": FIRST_TOKEN}
_PERCENTILES: Final[tuple[Stat, ...]] = ("p50", "p95", "p99")


def samples(body: Mapping[str, object], answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give the samples of one stretch; a bucket without requests has none, for nothing is known of it."""
    answers = answers_of(body)
    yield from missing(answers)
    failed = _failed(answers["errors"], answer, source, settings)
    for row in routed(answers["requests"], answer, source, settings):
        if not isinstance(row, Row):
            yield row
            continue
        try:
            yield from list(_Bucket(row, settings, failed.get((row.bucket, row.place), 0)).samples())
        except SourceError as error:
            yield Rejected(str(error), raw(row.values))


def _failed(
    entries: list[object], answer: Answer, source: Source, settings: Settings
) -> Mapping[tuple[datetime, str], int]:
    """Count the errors by bucket; one that cannot be read would make a zero of them, so it fails the answer."""
    found: dict[tuple[datetime, str], int] = {}
    for row in routed(entries, answer, source, settings):
        if isinstance(row, Rejected):
            raise SourceError("shape", f"errors: {row.reason}")
        if isinstance(row, Row):
            found[row.bucket, row.place] = row.n
    return found


@dataclass(frozen=True, slots=True)
class _Bucket:
    """What is known of the requests of one bucket."""

    row: Row
    settings: Settings
    failed: int

    def samples(self) -> Iterator[Sample]:
        n = self.row.n
        if not n:
            return
        if self.failed > n:
            raise Doubtful(f"{self.failed} errors of {n} requests")
        yield self._sample(REQUESTS, "sum", n, "{request}")
        yield self._sample(ERRORS, "sum", self.failed, "{request}")
        yield self._sample("llmops.error_ratio", "ratio", self.failed / n, "1", n)
        for measure, metric in _DURATIONS.items():
            yield from self._percentiles(measure, metric)
        for name, kind in _TOKENS.items():
            if tokens := self._amount(name):
                yield self._sample("gen_ai.client.token.usage", "sum", tokens, "{token}", None, {TOKEN_TYPE: kind})
        if cost := self._amount("sum_totalCost"):
            yield self._sample("llmops.cost", "sum", cost, "USD")

    def _percentiles(self, measure: str, metric: str) -> Iterator[Sample]:
        n = whole(self.row.values.get(f"count_{measure}") or 0, f"count_{measure}", text_ok=True, low=0)
        for stat in _PERCENTILES if n else ():
            if (value := self._amount(f"{stat}_{measure}")) is not None:
                yield self._sample(metric, stat, value / 1000, "s", n)

    def _amount(self, name: str) -> float | None:
        found = self.row.number(name)
        if found is not None and found < 0:
            raise Doubtful(f"{name}: {found:g} is below 0")
        return found

    def _sample(
        self,
        metric: str,
        stat: Stat,
        value: float,
        unit: str,
        n: int | None = None,
        more: Mapping[str, str] | None = None,
    ) -> Sample:
        interval, row = self.settings.interval, self.row
        dims = {**row.dims, **(more or {})}
        return Sample(row.system, metric, stat, row.bucket + interval.delta, value, unit, n, interval.seconds, dims)
