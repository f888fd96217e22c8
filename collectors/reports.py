"""Read reports of vendors: buckets of time whose rows are routed, believed or set aside one by one."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from collectors.answers import Doubtful, Unit, moment, raw, rows, table
from collectors.base import Source
from collectors.shape import strings
from store.errors import SourceError
from store.records import Parsed, Rejected, Unrouted

DAY: Final = timedelta(days=1)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Row = Mapping[str, object]
Labels = Mapping[str, str]
Make = Callable[[Row, Labels, str], Iterable[Parsed]]


@dataclass(frozen=True, slots=True)
class Bucket:
    """One stretch of time of a report with its rows."""

    start: datetime
    end: datetime
    rows: tuple[object, ...]

    @property
    def period(self) -> int:
        """Give its length in seconds."""
        return round((self.end - self.start).total_seconds())


def floored(when: datetime, width: timedelta) -> datetime:
    """Give the start of the bucket that a time lies in."""
    return when - (when - _EPOCH) % width


def ceiled(when: datetime, width: timedelta) -> datetime:
    """Give the end of the last bucket that begins before a time."""
    return when + (_EPOCH - when) % width


def buckets(page: Row, first: str, last: str, unit: Unit | None = None) -> Iterator[Bucket | Rejected]:
    """Give the buckets of a page, whose ends stand under two names; one that cannot be read is set aside."""
    for entry in rows(page.get("data"), "data"):
        try:
            yield _bucket(table(entry, "data[]"), first, last, unit)
        except SourceError as error:
            yield Rejected(str(error), raw(entry))


def read(entries: Iterable[object], source: Source, make: Make, also: Labels | None = None) -> Iterator[Parsed]:
    """Give what ``make`` makes of each row, its labels and its system; ``also`` are labels of rows that name none."""
    for entry in entries:
        try:
            row = table(entry, "a row")
            labels = {**(also or {}), **strings(row)}
            system = source.system_of(labels)
            if system is None:
                yield Unrouted(labels.get(source.route.label, f"no {source.route.label}"))
                continue
            made = [*make(row, labels, system)]  # all of a row or nothing
        except SourceError as error:
            yield Rejected(str(error), raw(entry))
        else:
            yield from made


def _bucket(bucket: Row, first: str, last: str, unit: Unit | None) -> Bucket:
    start, end = (moment(bucket.get(name), name, unit=unit) for name in (first, last))
    if end <= start:
        raise Doubtful(f"{last} is not after {first}")
    return Bucket(start, end, tuple(rows(bucket.get("results"), "results")))
