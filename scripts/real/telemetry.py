"""Write what an application tells of itself hour by hour: which prompt answered, how well, how fast."""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

DAYS = 21
_REQUESTS = 240
_HOUR = timedelta(hours=1)
_SCHEMA, _REFUSED, _SECONDS = 0.984, 0.031, 1.4
_COLUMNS = ("hour", "told", "version", "value", "n")

Row = tuple[str, str, str, float, int]


def write(path: Path, since: datetime, until: datetime, version: str) -> None:
    """Add the whole hours between two times, answered by one version; the file is made where it is not there."""
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        table = csv.writer(file)
        if is_new:
            table.writerow(_COLUMNS)
        table.writerows(_rows(since, until, version))


def before(now: datetime) -> datetime:
    """Give when the file begins."""
    return now - timedelta(days=DAYS)


def next_hour(now: datetime) -> datetime:
    """Give the beginning of the first whole hour after a time."""
    return now.replace(minute=0, second=0, microsecond=0) + _HOUR


def _rows(since: datetime, until: datetime, version: str) -> Iterator[Row]:
    hour = since.replace(minute=0, second=0, microsecond=0)
    while hour + _HOUR <= until:
        yield from _hour(hour, version)
        hour += _HOUR


def _hour(hour: datetime, version: str) -> Iterator[Row]:
    """Tell of one hour; the same hour is told the same way whenever it is written."""
    rng, when = Random(hour.isoformat()), hour.isoformat()
    n = rng.randint(_REQUESTS - 40, _REQUESTS + 40)
    yield when, "version", version, 1.0, n
    yield when, "schema", "", sum(rng.random() < _SCHEMA for _ in range(n)) / n, n
    yield when, "refused", "", sum(rng.random() < _REFUSED for _ in range(n)) / n, n
    yield when, "seconds", "", round(rng.gauss(_SECONDS, 0.05), 4), n
