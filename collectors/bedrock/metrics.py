"""Ask CloudWatch for the metrics of Bedrock and turn them into samples, one series a model."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from collectors.answers import moment, number, raw, rows, table, text
from collectors.base import Answer, Http, Source, Window
from collectors.bedrock.asking import CLOUDWATCH, pages
from collectors.bedrock.settings import Settings
from collectors.intervals import whole_intervals
from collectors.names import DURATION, ERRORS, FIRST_TOKEN, REQUESTS, TOKEN_TYPE
from collectors.numbers import wrong
from collectors.shape import bundled, written
from collectors.words import plain
from store.errors import SourceError
from store.records import Missing, Parsed, Rejected, Sample, Stat, Unrouted

_NAMESPACE: Final = "AWS/Bedrock"
_MODEL: Final = "gen_ai.request.model"
_CHUNK: Final = 7 * 86_400
_MOST: Final = 500  # metrics a question
_COUNTS: Final = {
    "invocations": "Invocations",
    "client": "InvocationClientErrors",
    "server": "InvocationServerErrors",
    "throttled": "InvocationThrottles",
    "legacy": "LegacyModelInvocations",
}
_LATENCIES: Final[Mapping[str, tuple[str, str, Stat]]] = {
    "latency50": ("InvocationLatency", DURATION, "p50"),
    "latency95": ("InvocationLatency", DURATION, "p95"),
    "first50": ("TimeToFirstToken", FIRST_TOKEN, "p50"),
    "first95": ("TimeToFirstToken", FIRST_TOKEN, "p95"),
}
_TOKENS: Final = {
    "input": ("InputTokenCount", "input"),
    "output": ("OutputTokenCount", "output"),
    "cacheread": ("CacheReadInputTokenCount", "cache_read"),
    "cachewrite": ("CacheWriteInputTokenCount", "cache_write"),
}
_ASKED: Final[Mapping[str, tuple[str, str]]] = {
    **{key: (name, "Sum") for key, name in _COUNTS.items()},
    **{key: (name, stat) for key, (name, _, stat) in _LATENCIES.items()},
    **{key: (name, "Sum") for key, (name, _) in _TOKENS.items()},
}
_FAILED: Final = ("InternalError", "Forbidden")

_Values = dict[str, dict[datetime, float]]


async def ask(http: Http, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for the whole intervals of the window, for as many models at once as one question may name."""
    step, at_once = settings.interval.seconds, _MOST // len(_ASKED)
    first, last = whole_intervals(window, step)
    models = list(settings.models) or [each async for each in _models(http, settings)]
    for place in range(0, len(models), at_once):
        named = models[place : place + at_once]
        for start in range(first, last, _CHUNK):
            question = _question(named, step, start, min(start + _CHUNK, last))
            asked = pages(http, settings.url, CLOUDWATCH, "GetMetricData", question, "NextToken")
            found = b",".join([body async for body, _ in asked])
            yield Answer(bundled({"models": written(named), "pages": b"[%s]" % found}), window, "metrics")


def samples(body: Mapping[str, object], source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give the samples of each model that was asked for."""
    models = [text(each, "models[]") for each in rows(body.get("models"), "models")]
    values: list[_Values] = [{} for _ in models]
    failed: dict[str, None] = {}
    for page in rows(body.get("pages"), "pages"):
        for entry in rows(table(page, "pages[]").get("MetricDataResults"), "MetricDataResults"):
            try:
                result = table(entry, "MetricDataResults[]")
                key, model = _place(result, len(models))
                values[model].setdefault(key, {}).update(_points(result))
            except SourceError as error:
                yield Rejected(str(error), raw(entry))
                continue
            if (status := result.get("StatusCode")) in _FAILED:
                failed[f"{_ASKED[key][0]} of {plain(models[model], 80)} ({status})"] = None
    yield from (Missing(words) for words in failed)
    for name, found in zip(models, values, strict=True):
        system = source.system_of({"model": name})
        if system is None:
            yield Unrouted(name if source.route.label == "model" else f"no label {source.route.label}")
        else:
            yield from _samples(found, system, name, settings)


async def _models(http: Http, settings: Settings) -> AsyncIterator[str]:
    """Give the models that were called in the last two weeks: CloudWatch lists no others."""
    question = {"Namespace": _NAMESPACE, "MetricName": "Invocations"}
    async for _, page in pages(http, settings.url, CLOUDWATCH, "ListMetrics", question, "NextToken"):
        for entry in rows(page.get("Metrics"), "Metrics"):
            dimensions = rows(table(entry, "Metrics[]").get("Dimensions") or [], "Metrics[].Dimensions")
            named = [table(each, "Metrics[].Dimensions[]") for each in dimensions]
            if [each.get("Name") for each in named] == ["ModelId"]:
                yield text(named[0].get("Value"), "Metrics[].Dimensions[].Value")


def _question(models: Sequence[str], step: int, start: int, end: int) -> dict[str, Any]:
    queries = [
        {
            "Id": f"{key}_{index}",
            "MetricStat": {
                "Metric": {
                    "Namespace": _NAMESPACE,
                    "MetricName": name,
                    "Dimensions": [{"Name": "ModelId", "Value": model}],
                },
                "Period": step,
                "Stat": stat,
            },
        }
        for index, model in enumerate(models)
        for key, (name, stat) in _ASKED.items()
    ]
    return {"MetricDataQueries": queries, "StartTime": start, "EndTime": end, "ScanBy": "TimestampAscending"}


def _place(result: Mapping[str, object], models: int) -> tuple[str, int]:
    """Find which question of which model is answered."""
    key, _, index = text(result.get("Id"), "Id").partition("_")
    if key not in _ASKED or not index.isdecimal() or int(index) >= models:
        raise wrong("Id", "one that was asked for", repr(plain(f"{key}_{index}", 40)))
    return key, int(index)


def _points(result: Mapping[str, object]) -> dict[datetime, float]:
    times, values = (rows(result.get(name), name) for name in ("Timestamps", "Values"))
    if len(times) != len(values):
        raise wrong("Values", "one a timestamp", f"{len(values)} for {len(times)}")
    return {
        moment(when, "Timestamps[]", unit="s"): number(value, "Values[]", low=0)
        for when, value in zip(times, values, strict=True)
    }


def _samples(found: _Values, system: str, model: str, settings: Settings) -> Iterator[Sample]:
    """Write samples at the end of the period that each speaks of, milliseconds as seconds."""
    step = settings.interval.seconds
    dims = {_MODEL: model}

    def sample(metric: str, stat: Stat, at: datetime, value: float, unit: str, n: float | None = None) -> Sample:
        counted = None if n is None else round(n)
        return Sample(system, metric, stat, at + timedelta(seconds=step), value, unit, counted, step, dims)

    counts = {key: found.get(key, {}) for key in _COUNTS}
    accepted = counts["invocations"]
    for at in sorted({at for key in _COUNTS if key != "legacy" for at in counts[key]}):
        # A model without an error in the period has no value of that metric: beside other counts, none is zero.
        failed = {key: counts[key].get(at, 0.0) for key in ("client", "server", "throttled")}
        apart = failed["throttled"] if settings.invocations == "accepted" else sum(failed.values())
        yield sample(REQUESTS, "sum", at, accepted.get(at, 0.0) + apart, "{request}")
        yield sample(ERRORS, "sum", at, sum(failed.values()), "{request}")
    for at, value in counts["legacy"].items():
        yield sample("llmops.requests.legacy_model", "sum", at, value, "{request}")
    for key, (_, metric, stat) in _LATENCIES.items():
        for at, value in found.get(key, {}).items():
            yield sample(metric, stat, at, value / 1000, "s", accepted.get(at))
    for key, (_, kind) in _TOKENS.items():
        for at, value in found.get(key, {}).items():
            held = {**dims, TOKEN_TYPE: kind}
            seen = at + timedelta(seconds=step)
            yield Sample(system, "gen_ai.client.token.usage", "sum", seen, value, "{token}", None, step, held)
