"""Ask a PromQL server (Prometheus, VictoriaMetrics, Thanos, Mimir ...) for metrics, costs and online scores.

Every question is asked on a grid of its own window, so the same stretch of time twice gives identical rows; a value at
a grid point speaks of the window that ends there. Costs are asked for whole UTC days and for the running one. An empty
answer is quiet traffic when the metric's name exists at the server and a missing metric when it does not.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from collectors.access import Access
from collectors.answers import parse_json, rows, table, text
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.presets import expand
from collectors.promql import WINDOW, Query, absent_names, dims_of, filled, names_in, selector
from collectors.shape import bundled, priced
from collectors.vectors import data, finite, instant, series, warning
from store.records import CostLine, Evaluation, Missing, Parsed, Record, Rejected, Sample, Unrouted
from store.values import Duration

KIND: Final = Kind(
    "metrics, costs, scores",
    needs="to query; where there is a login, a user or token that can only read",
    limits="11,000 points a series and question (VictoriaMetrics: 30,000): longer windows are asked in parts",
    finality="estimates of whoever exports them; the last 15 minutes are asked again",
    first=timedelta(days=30),
    slice=timedelta(days=7),  # a preset is about 20 series a system: a month of 12 systems passes a million rows
    restate=timedelta(minutes=15),
    lag=timedelta(seconds=60),
)

_DAY: Final = 86_400
_STEP: Final = Duration(300)
_NAMES_A_CALL: Final = 60
_SMALL: Final = 2_000
_MANY: Final = 3
_UTC_DAY: Final = timedelta(days=1)
_Identity = tuple[str, frozenset[tuple[str, str]] | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``.

    ``presets`` ask about well-known servers, grouped ``by`` these labels and limited by ``match`` (``job="llm"``).
    ``step`` is the grid and the window of questions that name none. ``points`` is the longest range of one call: a
    Prometheus server refuses more than 11,000 points a series.
    """

    url: str
    step: Duration = _STEP
    presets: tuple[Literal["litellm", "llama_cpp", "otel", "sglang", "tgi", "vllm"], ...] = ()
    by: tuple[str, ...] = ("system",)
    match: str = ""
    queries: tuple[Query, ...] = ()
    points: int = 2_880
    access: Access = field(default_factory=Access)

    def __post_init__(self) -> None:
        """Refuse what the server would refuse."""
        if not self.queries and not self.presets:
            raise ValueError("expected presets or queries, found neither")
        if self.step.seconds < 1:
            raise ValueError("expected a step of at least 1s")
        if not 1 <= self.points <= 30_000:
            raise ValueError(f"expected points between 1 and 30000, found {self.points}")


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask every question range by range, then which of the names that gave nothing exist at all."""
    silent: list[int] = []
    for index, query in enumerate(_questions(settings)):
        empty = asked = False
        async for answer in _answers(reach, settings, window, query, str(index)):
            empty, asked = (empty or not asked) and _is_empty(answer.body), True
            yield answer
        if query.expect and empty:
            silent.append(index)
    for start in range(0, len(silent), _NAMES_A_CALL):
        yield await _names(reach, settings, window, silent[start : start + _NAMES_A_CALL])


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give one record a point, one rejection a doubled series, one note a missing name."""
    body = table(parse_json(answer.body), "the answer")
    if answer.about == "names":
        yield from _missing(data(body), answer.name, settings)
        return
    query = _questions(settings)[int(answer.about)]
    counts = _counts(body["count"], query, source) if "count" in body else {}
    seen: set[_Identity] = set()
    if said := warning(body["answer"]):
        yield Missing(f"an answer without warnings ({said})")
    for labels, points in series(body["answer"]):
        system = source.system_of(labels)
        if system is None:
            yield Unrouted(labels.get(source.route.label, f"no label {source.route.label}"))
            continue
        dims = dims_of(labels, query, source.route.label)
        reading = _Reading(query, settings, system, labels, dims)
        if reading.identity in seen:
            yield Rejected(
                "two series are one here, perhaps without labels of people: sum them in the query", str(dims)
            )
            continue
        seen.add(reading.identity)
        for moment, value in points:
            yield from reading.record(moment, value, counts.get((system, frozenset(dims.items()), moment)))


@dataclass(frozen=True, slots=True)
class _Reading:
    """One series being turned into records."""

    query: Query
    settings: Settings
    system: str
    labels: Mapping[str, str]
    dims: Mapping[str, str]

    @property
    def identity(self) -> _Identity:
        """Tell this series from others as its records will be told apart."""
        query = self.query
        if query.record != "evaluation":
            return self.system, frozenset(self.dims.items())
        return self.system, tuple(filled(text, self.labels) for text in (query.suite, query.scorer, query.slice))

    def record(self, moment: float, written: str, n: int | None) -> Iterator[Record]:
        """Give the record of one point; NaN and infinity are the absence of a value."""
        value = finite(written)
        if value is None:
            return
        seen = instant(moment)
        if self.query.record == "cost":
            yield self._cost(seen, written)
        elif self.query.record == "evaluation":
            yield self._evaluation(seen, value * self.query.scale, n)
        else:
            query = self.query
            period = _step(query, self.settings) if WINDOW in query.query else 0
            yield Sample(
                self.system, query.metric, query.stat, seen, value * query.scale + 0.0, query.unit, n, period, self.dims
            )

    def _cost(self, seen: datetime, written: str) -> CostLine:
        midnight = seen.replace(hour=0, minute=0, second=0, microsecond=0)
        start = midnight if seen > midnight else midnight - _UTC_DAY
        query = self.query
        return CostLine(
            system=self.system,
            basis=query.basis,
            charge_period_start=start,
            charge_period_end=start + _UTC_DAY,
            line=", ".join(f"{name}={value}" for name, value in sorted(self.dims.items())),
            billing_currency=query.currency,
            effective_cost=priced(written, "a value"),
            service_provider_name=filled(query.provider, self.labels),
            model=filled(query.model, self.labels) or self.dims.get("gen_ai.request.model", ""),
            token_type=self.dims.get("gen_ai.token.type", ""),
            is_final=seen == midnight,
        )

    def _evaluation(self, seen: datetime, value: float, n: int | None) -> Evaluation:
        query = self.query
        return Evaluation(
            system=self.system,
            eval_run=f"{query.suite} {seen:%Y-%m-%dT%H:%M:%SZ}",
            suite=filled(query.suite, self.labels),
            scorer=filled(query.scorer, self.labels),
            seen=seen,
            value=value,
            slice=filled(query.slice, self.labels),
            judge=filled(query.judge, self.labels),
            n=n,
        )


def _questions(settings: Settings) -> tuple[Query, ...]:
    presets = (query for name in settings.presets for query in expand(name, settings.by, settings.match))
    return (*presets, *settings.queries)


def _step(query: Query, settings: Settings) -> int:
    return (query.window or settings.step).seconds


async def _answers(reach: Reach, settings: Settings, window: Window, query: Query, about: str) -> AsyncIterator[Answer]:
    is_cost = query.record == "cost"
    step = _DAY if is_cost else _step(query, settings)
    start, end = window.start.timestamp(), int(window.end.timestamp())
    first, last = int(start // step + 1) * step, end // step * step
    for begin in range(first, last + 1, step * settings.points):
        finish = min(begin + step * (settings.points - 1), last)
        grid = {"start": str(begin), "end": str(finish), "step": str(step)}
        if body := await _asked(reach, f"{_base(settings)}/query_range", query, step, grid):
            yield Answer(body, window, about)
    if is_cost and end > last:  # noqa: SIM102 - the day that runs is a second question
        if body := await _asked(reach, f"{_base(settings)}/query", query, end - last, {"time": str(end)}):
            yield Answer(body, window, about)


async def _asked(reach: Reach, url: str, query: Query, seconds: int, grid: Mapping[str, str]) -> bytes:
    bodies = {}
    for name, asked in (("answer", query.query), ("count", query.count)):
        if asked:
            bodies[name] = await reach.http.post(url, form={"query": asked.replace(WINDOW, f"{seconds}s"), **grid})
    return bundled(bodies) if all(bodies.values()) else b""


async def _names(reach: Reach, settings: Settings, window: Window, silent: list[int]) -> Answer:
    questions = _questions(settings)
    patterns = dict.fromkeys(name for index in silent for name in names_in(questions[index].query))
    start = min(window.start, window.end - timedelta(hours=1))
    params = {
        "match[]": selector(patterns),
        "start": str(int(start.timestamp())),
        "end": str(int(window.end.timestamp())),
    }
    body = await reach.http.get(f"{_base(settings)}/label/__name__/values", params)
    return Answer(body, window, "names", ",".join(str(index) for index in silent))


def _base(settings: Settings) -> str:
    return f"{settings.url.rstrip('/')}/api/v1"


def _is_empty(body: bytes) -> bool:
    return len(body) < _SMALL and not any(True for _ in series(table(parse_json(body), "the answer")["answer"]))


def _counts(found: object, query: Query, source: Source) -> dict[tuple[str, frozenset[tuple[str, str]], float], int]:
    counts = {}
    for labels, points in series(found):
        system = source.system_of(labels) or ""
        dims = frozenset(dims_of(labels, query, source.route.label).items())
        for moment, written in points:
            value = finite(written)
            if value is not None:
                counts[system, dims, moment] = round(value)
    return counts


def _missing(found: object, about: str, settings: Settings) -> Iterator[Missing]:
    names = [text(name, "data[]") for name in rows(found, "data")]
    questions = _questions(settings)
    silent = {int(index) for index in about.split(",")}
    absent = absent_names((questions[index].query for index in sorted(silent)), names)
    yield from (Missing(f"series {name}") for name in absent)
    expected = {index for index, query in enumerate(questions) if query.expect}
    if not absent and expected <= silent and len(expected) >= _MANY:
        yield Missing("a single series: the names exist, so do match, by and step fit?")
