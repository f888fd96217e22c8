"""Take OTLP apart: the points of metrics and the records of logs, each with the attributes that name where it is from.

The JSON form of OTLP 1.x: keys in camel case, whole numbers of 64 bits as text or number, NaN and the infinities as
text, whatever has its default value left out. Attributes are looked at one by one, by name: prompts and answers that
stand in others are never taken.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from collectors.answers import find, moment, rows, table, text, whole

_EVALUATION: Final = "gen_ai.evaluation.result"
_NO_VALUE: Final = 1  # flag of a point that says only that its stream has stopped
_SCALARS: Final = ("stringValue", "intValue", "boolValue", "doubleValue")
_FORMS: Final = ("sum", "gauge", "histogram", "exponentialHistogram")
_CUMULATIVE: Final = 2


@dataclass(frozen=True, slots=True)
class Attributes:
    """Attributes of a point or record over those of its resource, by name."""

    own: Mapping[str, object]
    resource: Mapping[str, object]

    def get(self, name: str) -> str | None:
        """Give a scalar attribute as text."""
        found = self.own.get(name, self.resource.get(name))
        scalar = next((find(found, key) for key in _SCALARS if find(found, key) is not None), None)
        return None if scalar is None else str(scalar).lower() if isinstance(scalar, bool) else str(scalar)

    def number(self, name: str) -> object:
        """Give an attribute as it stands, for one that must be a number."""
        found = self.own.get(name)
        value = find(found, "doubleValue")
        return find(found, "intValue") if value is None else value

    @property
    def identity(self) -> str:
        """Tell streams apart: the same attributes are the same stream."""
        return repr((sorted(self.resource.items(), key=repr), sorted(self.own.items(), key=repr)))


@dataclass(frozen=True, slots=True)
class Point:
    """One point of one stream of a metric; ``start`` is when its counting began, where it says so."""

    name: str
    unit: str
    form: str
    is_cumulative: bool
    is_monotonic: bool
    attributes: Attributes
    start: datetime | None
    seen: datetime
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Result:
    """One result of an evaluation of one answer."""

    attributes: Attributes
    seen: datetime


def points(line: Mapping[str, object]) -> Iterator[Point]:
    """Give the points of a line of metrics."""
    for resource, scope in _scopes(line, "resourceMetrics", "scopeMetrics"):
        for entry in rows(scope.get("metrics") or [], "metrics"):
            metric = table(entry, "metrics[]")
            form = next((form for form in _FORMS if metric.get(form) is not None), None)
            if form is not None:
                yield from _points(metric, form, resource)


def results(line: Mapping[str, object]) -> Iterator[Result]:
    """Give the results of evaluations of a line of logs; other records are passed over."""
    for resource, scope in _scopes(line, "resourceLogs", "scopeLogs"):
        for entry in rows(scope.get("logRecords") or [], "logRecords"):
            record = table(entry, "logRecords[]")
            attributes = Attributes(_attributes(record), resource)
            if _EVALUATION in (record.get("eventName"), attributes.get("event.name")):
                seen = _time(record, "timeUnixNano") or _time(record, "observedTimeUnixNano")
                yield Result(attributes, moment(None, "timeUnixNano") if seen is None else seen)


def _scopes(
    line: Mapping[str, object], outer: str, inner: str
) -> Iterator[tuple[Mapping[str, object], Mapping[str, object]]]:
    for entry in rows(line.get(outer) or [], outer):
        of_resource = table(entry, f"{outer}[]")
        resource = _attributes(table(of_resource.get("resource") or {}, "resource"))
        for scope in rows(of_resource.get(inner) or [], inner):
            yield resource, table(scope, f"{inner}[]")


def _points(metric: Mapping[str, object], form: str, resource: Mapping[str, object]) -> Iterator[Point]:
    held = table(metric[form], form)
    for entry in rows(held.get("dataPoints") or [], f"{form}.dataPoints"):
        body = table(entry, f"{form}.dataPoints[]")
        seen = _time(body, "timeUnixNano")
        if whole(body.get("flags", 0), "flags") & _NO_VALUE or seen is None:
            continue
        yield Point(
            name=text(metric.get("name"), "metrics[].name"),
            unit=text(metric.get("unit") or "", "metrics[].unit"),
            form=form,
            is_cumulative=held.get("aggregationTemporality") == _CUMULATIVE,
            is_monotonic=held.get("isMonotonic") is True,
            attributes=Attributes(_attributes(body), resource),
            start=_time(body, "startTimeUnixNano"),
            seen=seen,
            body=body,
        )


def _attributes(holder: Mapping[str, object]) -> dict[str, object]:
    """Index attributes by name, unread."""
    found = (table(entry, "attributes[]") for entry in rows(holder.get("attributes") or [], "attributes"))
    return {text(entry.get("key"), "attributes[].key"): entry.get("value") for entry in found}


def _time(holder: Mapping[str, object], key: str) -> datetime | None:
    found = holder.get(key)
    return None if found in (None, 0, "0", "") else moment(found, key, unit="ns")
