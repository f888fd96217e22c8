"""Ask Azure Monitor for the metrics of Azure OpenAI accounts and turn them into samples, one series a deployment.

Azure gives means and no percentiles. Dimensions come back in lower case; without ``top`` an answer has ten series at
most.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from collectors.answers import find, moment, number, raw, rows, table, text
from collectors.azure.settings import GRAINS, Settings, named
from collectors.base import Answer, Http, Source, Window
from collectors.intervals import whole_intervals
from collectors.names import DURATION, ERRORS, FIRST_TOKEN, PER_TOKEN, REQUESTS, TOKEN_TYPE
from collectors.numbers import wrong
from collectors.words import plain
from store.errors import SourceError
from store.records import Missing, Parsed, Rejected, Sample, Unrouted

_API: Final = "2024-02-01"
_NAMESPACE: Final = "Microsoft.CognitiveServices/accounts"
_TOP: Final = 500
_CHUNK: Final = 7 * 86_400
_DEPLOYMENT: Final = "ModelDeploymentName"
_MODEL: Final = (_DEPLOYMENT, "ModelName", "ModelVersion")
_REQUESTS: Final = "AzureOpenAIRequests"
_TOKENS: Final = {"ProcessedPromptTokens": "input", "GeneratedTokens": "output"}
_MEANS: Final[Mapping[str, tuple[str, str, int]]] = {
    "AzureOpenAITTLTInMS": (DURATION, "s", 1000),
    "AzureOpenAITimeToResponse": (FIRST_TOKEN, "s", 1000),
    "AzureOpenAINormalizedTBTInMS": (PER_TOKEN, "s", 1000),
    "AzureOpenAITokenPerSecond": ("llmops.generation.throughput", "{token}/s", 1),
    "AzureOpenAIAvailabilityRate": ("llmops.availability", "1", 100),
    "AzureOpenAIContextTokensCacheMatchRate": ("llmops.cache.hit_ratio", "1", 100),
    "AzureOpenAIProvisionedManagedUtilizationV2": ("llmops.provisioned.utilization", "1", 100),
}
"""What each mean is here, its unit, and what it is divided by; full capacity can be exceeded."""
_QUESTIONS: Final[tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...]] = (
    ((_REQUESTS,), "Total", (*_MODEL, "StatusCode")),
    (tuple(_TOKENS), "Total", (_DEPLOYMENT,)),
    (tuple(_MEANS), "Average,Count", _MODEL),
)

_Owner = tuple[str, tuple[tuple[str, str], ...]]
_Place = tuple[str, tuple[tuple[str, str], ...], datetime]


@dataclass(frozen=True, slots=True)
class _Series:
    """One series of one metric: the end of each interval with its numbers."""

    metric: str
    words: Mapping[str, str]
    points: tuple[tuple[datetime, Mapping[str, object]], ...]

    def values(self, name: str) -> Iterator[tuple[datetime, float]]:
        """Give the intervals that have a number; one without is no zero."""
        for seen, point in self.points:
            if point.get(name) is not None:
                yield seen, number(point[name], name, low=0)


async def ask(http: Http, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask each resource for the whole intervals of the window."""
    step = settings.interval.seconds
    first, last = whole_intervals(window, step)
    for resource in settings.resources:
        url = f"{settings.address(resource)}/Microsoft.Insights/metrics"
        for start in range(first, last, _CHUNK):
            for names, aggregation, dimensions in _QUESTIONS:
                params = {
                    "api-version": _API,
                    "metricnamespace": _NAMESPACE,
                    "metricnames": ",".join(names),
                    "aggregation": aggregation,
                    "timespan": f"{_written(start)}/{_written(min(start + _CHUNK, last))}",
                    "interval": GRAINS[step],
                    "$filter": " and ".join(f"{each} eq '*'" for each in dimensions),
                    "ValidateDimensions": "false",
                    "top": str(_TOP),
                }
                yield Answer(await http.get(url, params), window, "metrics", resource)


def samples(body: Mapping[str, object], source: Source, settings: Settings, resource: str) -> Iterator[Parsed]:
    """Give the samples of one answer; several series of one deployment that differ by status are one."""
    if (grain := body.get("interval")) != GRAINS[settings.interval.seconds]:
        raise wrong("interval", GRAINS[settings.interval.seconds], repr(plain(str(grain), 20)))
    for entry in rows(body.get("value"), "value"):
        metric = table(entry, "value[]")
        name = text(find(metric, "name", "value"), "value[].name.value")
        found = rows(metric.get("timeseries") or [], "timeseries")
        if metric.get("errorCode", "Success") != "Success":
            yield Missing(f"{plain(name, 80)} ({plain(str(metric.get('errorMessage') or metric['errorCode']), 80)})")
        if len(found) >= _TOP:
            yield Missing(f"the series after the first {_TOP} of {plain(name, 80)}")
        requests: dict[_Place, list[float]] = {}
        for each in found:
            try:
                series = _series(name, each, settings.interval.seconds)
                system, dims = _owner(series, source, resource)
                if system is None:
                    yield Unrouted(_label(series, source, resource))
                elif name == _REQUESTS:
                    _count(series, (system, tuple(dims.items())), requests)
                else:
                    yield from [*_samples(series, system, dims, settings)]
            except SourceError as error:
                yield Rejected(str(error), raw(each))
        yield from _counted(requests, settings.interval.seconds)


def _written(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _series(metric: str, entry: object, step: int) -> _Series:
    series = table(entry, "timeseries[]")
    words = {}
    for each in rows(series.get("metadatavalues") or [], "metadatavalues"):
        name = text(find(each, "name", "value"), "metadatavalues[].name.value")
        words[name.lower()] = text(find(each, "value"), name)
    points = []
    for each in rows(series.get("data") or [], "data"):
        point = table(each, "data[]")
        points.append((moment(point.get("timeStamp"), "timeStamp") + timedelta(seconds=step), point))
    return _Series(metric, words, tuple(points))


def _labels(series: _Series, resource: str) -> dict[str, str]:
    held = {"resource": named(resource)}
    held |= {"deployment": series.words[_DEPLOYMENT.lower()]} if _DEPLOYMENT.lower() in series.words else {}
    return held | ({"model": series.words["modelname"]} if series.words.get("modelname") else {})


def _label(series: _Series, source: Source, resource: str) -> str:
    return _labels(series, resource).get(source.route.label, f"no label {source.route.label}")


def _owner(series: _Series, source: Source, resource: str) -> tuple[str | None, dict[str, str]]:
    """Find whose a series is, and its dimensions: the model with its version is the one that answered."""
    labels = _labels(series, resource)
    dims: dict[str, str] = {name: labels[name] for name in ("deployment", "resource") if name in labels}
    parts = [series.words.get(name, "") for name in ("modelname", "modelversion")]
    if model := "-".join(part for part in parts if part):
        dims["gen_ai.response.model"] = model
    return source.system_of(labels), dims


def _count(
    series: _Series,
    owner: _Owner,
    requests: dict[_Place, list[float]],
) -> None:
    """Add the calls of one status to those of its deployment: all of them, and those that failed."""
    code = series.words.get("statuscode", "")
    if not code.isdecimal():
        raise wrong("StatusCode", "a number", repr(plain(code, 20)))
    for seen, total in list(series.values("total")):
        both = requests.setdefault((*owner, seen), [0.0, 0.0])
        both[0] += total
        both[1] += total if int(code) >= 400 else 0.0


def _counted(requests: Mapping[_Place, list[float]], step: int) -> Iterator[Sample]:
    for (system, dims, seen), both in requests.items():
        for metric, value in zip((REQUESTS, ERRORS), both, strict=True):
            yield Sample(system, metric, "sum", seen, value, "{request}", None, step, dict(dims))


def _samples(series: _Series, system: str, dims: dict[str, str], settings: Settings) -> Iterator[Sample]:
    step = settings.interval.seconds
    if kind := _TOKENS.get(series.metric):
        held = {**dims, TOKEN_TYPE: kind}
        for seen, total in series.values("total"):
            yield Sample(system, "gen_ai.client.token.usage", "sum", seen, total, "{token}", None, step, held)
    elif series.metric in _MEANS:
        metric, unit, divisor = _MEANS[series.metric]
        counts = dict(series.values("count"))
        for seen, mean in series.values("average"):
            n = round(counts[seen]) if seen in counts else None
            if n != 0:  # a mean of nothing
                yield Sample(system, metric, "avg", seen, mean / divisor, unit, n, step, dims)
