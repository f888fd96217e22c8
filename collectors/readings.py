"""Turn a ``/metrics`` page into raw readings: lines of one system and series are merged, counters stand as they are.

The store derives what happened between two readings, restarts included. Lines that differ only in labels which are
not kept are merged, so nothing of people or keys is stored and a system has one series a metric.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Final

from collectors.answers import moment
from collectors.base import Source
from collectors.exposition import Line, Page
from collectors.names import DIMENSIONS, PRIVATE, Meaning, plain
from collectors.pushes import Pushes
from store.errors import SourceError
from store.records import Rejected, Sample, Stat, Unrouted

PLAIN_TEXT: Final = {"Accept": "text/plain;version=0.0.4"}
"""Asks for the format that keeps names as they are."""

BUCKET: Final = "_bucket"
_STATS: Final[Mapping[str, Stat]] = {"counter": "counter", "gauge": "last", "histogram": "bucket"}


def check_kept(labels: tuple[str, ...]) -> None:
    """Refuse to keep labels of people and keys."""
    if private := sorted(PRIVATE.intersection(labels)):
        raise ValueError(f"expected labels that name no person and no key, found {', '.join(private)}")


def readings(
    page: Page, known: Mapping[str, Meaning], source: Source, now: datetime, kept: tuple[str, ...] = ()
) -> Iterator[Sample | Unrouted | Rejected]:
    """Give one raw reading a system and series of each name that is known; ``kept`` names labels that tell apart."""
    pushes = Pushes(page.lines)
    merged: dict[_Series, _Reading] = {}
    for line in page.lines:
        found = _meaning(line, page, known)
        if found is None or not isfinite(line.value):
            continue
        name, meaning = found
        system = source.system_of(line.labels)
        if system is None:
            yield Unrouted(line.labels.get(source.route.label, f"no label {source.route.label}"))
            continue
        try:
            own = None if line.moment is None else moment(line.moment, "time of a line", unit="s")
            pushed = pushes.time(line) if own is None else None
            seen = own or (now if pushed is None else moment(pushed, "push_time_seconds", unit="s"))
        except SourceError as error:
            yield Rejected(str(error), f"{line.name} {line.value} {line.moment}")
            continue
        series = _Series(name, system, tuple(sorted(_dims(line, meaning, kept).items())), own)
        reading = _Reading(line.value, seen)
        merged[series] = _merged(meaning, merged[series], reading) if series in merged else reading
    yield from _samples(merged, known)


@dataclass(frozen=True, slots=True)
class _Series:
    """What lines must share to be one value; ``moment`` is the time that a line itself has."""

    name: str
    system: str
    dims: tuple[tuple[str, str], ...]
    moment: datetime | None


@dataclass(frozen=True, slots=True)
class _Reading:
    """One value and when it was true."""

    value: float
    seen: datetime


def _samples(merged: Mapping[_Series, _Reading], known: Mapping[str, Meaning]) -> Iterator[Sample]:
    """Write the samples; where two names of a page mean the same, the one named first here counts, not their sum."""
    ranks = {name: rank for rank, name in enumerate(known)}
    best: dict[tuple[object, ...], str] = {}
    for series in sorted(merged, key=lambda each: ranks[each.name]):
        best.setdefault(_sameness(series, known), series.name)
    for series, reading in merged.items():
        if best[_sameness(series, known)] == series.name:
            meaning = known[series.name]
            stat = _STATS[meaning.reads]
            value = reading.value if stat == "bucket" else reading.value * meaning.scale
            yield Sample(
                series.system, meaning.metric, stat, reading.seen, value + 0.0, meaning.unit, dims=dict(series.dims)
            )


def _sameness(series: _Series, known: Mapping[str, Meaning]) -> tuple[object, ...]:
    meaning = known[series.name]
    dims = tuple(pair for pair in series.dims if pair[0] != "le")
    return series.system, meaning.metric, meaning.reads, dims


def _meaning(line: Line, page: Page, known: Mapping[str, Meaning]) -> tuple[str, Meaning] | None:
    """Find what a line means; a histogram's buckets are read, its sum and count only where they have a meaning."""
    name = plain(line.name)
    if name.endswith(BUCKET) and "le" in line.labels:
        name = name.removesuffix(BUCKET)
        return (name, known[name]) if name in known and known[name].reads == "histogram" else None
    if name not in known and page.types.get(line.name) == "counter":
        name = f"{name}_total"
    return (name, known[name]) if name in known and known[name].reads != "histogram" else None


def _dims(line: Line, meaning: Meaning, kept: tuple[str, ...]) -> dict[str, str]:
    wanted = (*kept, *meaning.keep, *(("le",) if meaning.reads == "histogram" else ()))
    found = {DIMENSIONS.get(name, name): line.labels[name] for name in wanted if name in line.labels}
    if "le" in found:
        found["le"] = _bound(found["le"], meaning.scale)
    return {**found, **meaning.dims}


def _bound(limit: str, scale: float) -> str:
    """Write a bucket's limit in one way: libraries say 1, 1.0 and 1e+00 for the same."""
    try:
        return "+Inf" if limit in ("+Inf", "Inf") else repr(float(limit) * scale)
    except ValueError:
        raise SourceError("shape", f"le: expected a number, found {limit[:40]!a}") from None


def _merged(meaning: Meaning, one: _Reading, other: _Reading) -> _Reading:
    a, b = one.value, other.value
    return _Reading({"sum": a + b, "max": max(a, b), "min": min(a, b)}[meaning.merge], min(one.seen, other.seen))
