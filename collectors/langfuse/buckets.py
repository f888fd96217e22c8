"""Read rows of aggregates: the bucket of time each speaks of, and the system it belongs to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from collectors.answers import moment, number, raw, table, text, whole
from collectors.base import Answer, Source
from collectors.langfuse.questions import COLUMNS, FULL, TIME, rows_of
from collectors.langfuse.settings import Settings
from store.errors import SourceError
from store.records import Missing, Rejected, Unrouted

_UTC: Final = ZoneInfo("UTC")
_DIMS: Final[Mapping[str, str]] = {
    "environment": "deployment.environment.name",
    "trace": "langfuse.trace.name",
    "tag": "langfuse.tag",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an answer: its bucket, its system, and by what it was told apart from those of other systems."""

    bucket: datetime
    system: str
    place: str
    dims: Mapping[str, str]
    values: Mapping[str, object]

    @property
    def n(self) -> int:
        """Give the number of requests or scores behind the row."""
        return whole(self.values.get("count_count"), "count_count", text_ok=True, low=0)

    def number(self, name: str) -> float | None:
        """Take a number, which Langfuse may write as text, ``None`` where nothing was measured."""
        found = self.values.get(name)
        return None if found is None else number(found, name, text_ok=True)

    def word(self, name: str) -> str:
        """Take the value of a dimension; empty where an observation has none."""
        return text(self.values.get(name) or "", name)


def routed(
    entries: list[object], answer: Answer, source: Source, settings: Settings
) -> Iterator[Row | Rejected | Unrouted]:
    """Give the rows of the stretch that was asked for; the server adds what lies exactly at its end."""
    for entry in entries:
        try:
            values = table(entry, "data[]")
            bucket = moment(values.get(TIME), TIME, zone=_UTC)
            place = _place(values, answer, settings)
        except SourceError as error:
            yield Rejected(str(error), raw(entry))
            continue
        if not answer.window.start <= bucket < answer.window.end:
            continue
        labels: dict[str, str] = {settings.by: place} if place else {}
        system = source.system_of(labels)
        if system is None:
            yield Unrouted(labels.get(source.route.label, place or f"no {source.route.label}"))
            continue
        dims = {_DIMS[settings.by]: place} if settings.by in _DIMS else {}
        yield Row(bucket, system, place, dims, values)


def answers_of(body: Mapping[str, object]) -> dict[str, list[object]]:
    """Take the rows of each answer of a topic."""
    return {name: rows_of(each, name) for name, each in body.items()}


def missing(answers: Mapping[str, list[object]]) -> Iterator[Missing]:
    """Report answers that were cut although they were asked for a single bucket."""
    for name, each in answers.items():
        if len(each) >= FULL:
            yield Missing(f"the rows after the first {FULL} of {name}")


def _place(values: Mapping[str, object], answer: Answer, settings: Settings) -> str:
    """Give what tells the row's system apart: the tag that was asked for, or a dimension."""
    column = COLUMNS.get(settings.by)
    return text(values.get(column) or "", column) if column else answer.name
