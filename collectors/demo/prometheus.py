"""Answer as a Prometheus 2.42 server does: the HTTP API's paths, parameters, limits, errors and number formats."""

import math
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, cast

from collectors.demo.promql import Labels, Series, Vector, evaluate
from collectors.demo.promql_grid import Grid, Places
from collectors.demo.promql_text import Matcher, PromqlError, Selector, is_duration, seconds
from collectors.demo.promql_tree import parse
from collectors.demo.promql_types import kind_of
from collectors.demo.series import INTERVAL, Gateway
from collectors.demo.web import Question, Reply, json_reply
from collectors.demo.world import World

MOST_POINTS: Final = 11_000
_TOO_MANY: Final = (
    "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"
)
_STEP: Final = "zero or negative query resolution step widths are not accepted. Try a positive integer"
_STATUS: Final = {"bad_data": 400, "execution": 422}
_TEXT: Final = "text/plain; charset=utf-8"
_BUILD: Final = {
    "version": "2.42.0",
    "revision": "demo",
    "branch": "HEAD",
    "buildUser": "llmops-tui",
    "buildDate": "20260101-00:00:00",
    "goVersion": "go1.19.8",
}


class Prometheus:
    """The server: one gateway's series and a clock."""

    def __init__(self, world: World, clock: Callable[[], datetime]) -> None:
        """Take the world to show and the clock that says how far it has come."""
        self._origin = world.origin
        self._clock = clock
        self._gateway = Gateway(world)
        self._grids: deque[Grid] = deque(maxlen=2)

    def answer(self, question: Question) -> Reply:
        """Answer any request."""
        if question.path in ("/-/ready", "/-/healthy"):
            word = "Ready" if question.path == "/-/ready" else "Healthy"
            return Reply(f"Prometheus Server is {word}.\n".encode(), content_type=_TEXT)
        place = question.path.removeprefix("/api/v1/")
        route = _ROUTES.get(place, _label_values if place.startswith("label/") and place.endswith("/values") else None)
        if route is None or not question.path.startswith("/api/v1/"):
            return Reply(b"404 page not found\n", 404, _TEXT)
        try:
            return route(self, question)
        except PromqlError as error:
            return json_reply({"status": "error", "errorType": error.kind, "error": str(error)}, _STATUS[error.kind])

    def now(self) -> float:
        """Read the clock once for a question."""
        return self._clock().timestamp()

    def grid(self, times: list[float], now: float) -> Grid:
        """Place steps on the scrape times; the grids of the last two questions are used again."""
        newest = now // INTERVAL * INTERVAL
        for grid in tuple(self._grids):
            if grid.now == newest and grid.times == times:
                return grid
        grid = Grid(times, self._origin, INTERVAL, newest)
        self._grids.appendleft(grid)
        return grid

    def evaluated(self, text: str, grid: Grid, *, ranged: bool) -> Vector | list[float] | str:
        """Read and evaluate a query."""
        node = parse(text)
        kind = kind_of(node)
        if ranged and kind not in ("scalar", "instant vector"):
            words = f'invalid expression type "{kind}" for range query, must be Scalar or instant Vector'
            raise PromqlError("bad_data", f'invalid parameter "query": {words}')
        return evaluate(node, grid, self._gateway)

    def samples(self, selector: Selector, until: float) -> str:
        """Write the samples of a range selector, as an instant query for one is answered."""
        last = math.floor((until - selector.offset - self._origin) / INTERVAL)
        first = math.ceil((until - selector.offset - selector.window - self._origin) / INTERVAL)
        parts = []
        for counter in self._gateway.select(selector.matchers):
            places = list(range(max(first, counter.begins, 0), last + 1))
            column: list[float | None] = [*counter.values(Places(places, 60))]
            times = [self._origin + place * INTERVAL for place in places]
            if places:
                parts.append(_series(tuple(sorted(counter.labels.items())), times, column))
        return f'{{"resultType":"matrix","result":[{",".join(parts)}]}}'

    def matching(self, question: Question, *, required: bool) -> list[Series]:
        """Find the series of the ``match[]`` parameters."""
        texts = question.params.get("match[]", [])
        if not texts:
            if required:
                raise PromqlError("bad_data", "no match[] parameter provided")
            return self._existing(self._gateway.all())
        found: dict[int, Series] = {}
        for text in texts:
            found.update((id(counter), counter) for counter in self._gateway.select(_matchers(text)))
        return self._existing(list(found.values()))

    def _existing(self, counters: list[Series]) -> list[Series]:
        """Leave out what has not begun yet."""
        newest = (self.now() - self._origin) / INTERVAL
        return [counter for counter in counters if counter.begins <= newest]


def _query(server: Prometheus, question: Question) -> Reply:
    """Answer an instant query."""
    now = server.now()
    time = _time(question, "time", now)
    text = question.param("query")
    node = parse(text)
    if isinstance(node, Selector) and node.window:
        return _success(server.samples(node, min(time, now)))
    found = server.evaluated(text, server.grid([time], now), ranged=False)
    stamp = _stamp(time)
    if isinstance(found, str):
        return _success(f'{{"resultType":"string","result":[{stamp},{_quoted(found)}]}}')
    if isinstance(found, list):
        return _success(f'{{"resultType":"scalar","result":[{stamp},"{_number(found[0])}"]}}')
    rows = (
        f'{{"metric":{_metric(labels)},"value":[{stamp},"{_number(column[0])}"]}}'
        for labels, column in found.items()
        if column[0] is not None
    )
    return _success(f'{{"resultType":"vector","result":[{",".join(rows)}]}}')


def _query_range(server: Prometheus, question: Question) -> Reply:
    """Answer a range query, split by nobody: over 11,000 points it is refused."""
    now = server.now()
    start, end, step = _time(question, "start"), _time(question, "end"), _step(question)
    if end < start:
        raise PromqlError("bad_data", 'invalid parameter "end": end timestamp must not be before start time')
    if step <= 0:
        raise PromqlError("bad_data", f'invalid parameter "step": {_STEP}')
    if (end - start) / step > MOST_POINTS:
        raise PromqlError("bad_data", _TOO_MANY)
    times = [start + step * index for index in range(math.floor((end - start) / step + 1e-9) + 1)]
    found = server.evaluated(question.param("query"), server.grid(times, now), ranged=True)
    vector: Vector = found if isinstance(found, dict) else {(): [*cast("list[float]", found)]}
    ordered = sorted(vector.items())
    rows = (_series(labels, times, column) for labels, column in ordered if any(v is not None for v in column))
    return _success(f'{{"resultType":"matrix","result":[{",".join(rows)}]}}')


def _series_list(server: Prometheus, question: Question) -> Reply:
    return _found([dict(sorted(counter.labels.items())) for counter in server.matching(question, required=True)])


def _labels(server: Prometheus, question: Question) -> Reply:
    return _found(sorted({label for counter in server.matching(question, required=False) for label in counter.labels}))


def _label_values(server: Prometheus, question: Question) -> Reply:
    label = question.path.split("/")[-2]
    counters = server.matching(question, required=False)
    return _found(sorted({counter.labels[label] for counter in counters if label in counter.labels}))


def _buildinfo(_: Prometheus, __: Question) -> Reply:
    return _found(_BUILD)


def _metadata(_: Prometheus, __: Question) -> Reply:
    return _found({})


_ROUTES: Final[dict[str, Callable[[Prometheus, Question], Reply]]] = {
    "query": _query,
    "query_range": _query_range,
    "series": _series_list,
    "labels": _labels,
    "metadata": _metadata,
    "status/buildinfo": _buildinfo,
}


def _found(content: object) -> Reply:
    return json_reply({"status": "success", "data": content})


def _success(content: str) -> Reply:
    return Reply(f'{{"status":"success","data":{content}}}'.encode())


def _series(labels: Labels, times: list[float], column: list[float | None]) -> str:
    """Write one series of a matrix; steps without a value are left out."""
    pairs = zip(times, column, strict=True)
    values = ",".join(f'[{_stamp(time)},"{_number(value)}"]' for time, value in pairs if value is not None)
    return f'{{"metric":{_metric(labels)},"values":[{values}]}}'


def _metric(labels: Labels) -> str:
    return "{" + ",".join(f"{_quoted(name)}:{_quoted(value)}" for name, value in labels) + "}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _stamp(time: float) -> str:
    """Write a time as the server does: whole seconds without a fraction, otherwise milliseconds."""
    return str(int(time)) if time == int(time) else f"{time:.3f}".rstrip("0")


def _number(value: float | None) -> str:
    """Write a value as Go does: shortest form, no exponent for ordinary sizes, +Inf and NaN by name."""
    if value is None or math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    text = repr(value)
    if text.endswith(".0"):
        return text[:-2]
    return f"{Decimal(text):f}" if "e" in text and 1e-6 <= abs(value) < 1e21 else text


def _time(question: Question, name: str, default: float | None = None) -> float:
    """Read a time: seconds since 1970 or RFC 3339."""
    text = question.param(name)
    if not text and default is not None:
        return default
    try:
        found = float(text)
    except ValueError:
        try:
            read = datetime.fromisoformat(text)
        except ValueError as error:
            words = f'cannot parse "{text}" to a valid timestamp'
            raise PromqlError("bad_data", f'invalid parameter "{name}": {words}') from error
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    return found


def _step(question: Question) -> float:
    """Read a step: seconds or a duration."""
    text = question.param("step")
    if is_duration(text):
        return seconds(text)
    try:
        return float(text)
    except ValueError as error:
        words = f'invalid parameter "step": cannot parse "{text}" to a valid duration'
        raise PromqlError("bad_data", words) from error


def _matchers(text: str) -> tuple[Matcher, ...]:
    """Read a series selector."""
    node = parse(text)
    if not isinstance(node, Selector) or node.window:
        raise PromqlError("bad_data", 'invalid parameter "match[]": expected type instant vector selector')
    return node.matchers
