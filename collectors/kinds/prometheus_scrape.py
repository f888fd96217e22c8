"""Read a ``/metrics`` page directly: vLLM, SGLang, TGI, llama.cpp, LiteLLM or an instrumented application.

Counters and histogram buckets are handed on as they stand (stats ``counter`` and ``bucket``); the store derives what
happened between two readings, restarts included. Lines that differ only in labels which are not kept are merged, so
nothing of people or keys is stored and a system has one series a metric. A Pushgateway shows for ever what was once
pushed, so a value of it has the time of its push; merged ones have that of the oldest.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite
from typing import Final, Literal

from collectors.access import Access
from collectors.answers import moment
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.exposition import Line, Page, read
from collectors.names import DIMENSIONS, MEANINGS, PRIVATE, Meaning, plain
from collectors.pushes import Pushes
from store.errors import SourceError
from store.records import Missing, Parsed, Rejected, Sample, Stat, Unrouted

KIND: Final = Kind(
    "metrics as they are now",
    needs="to read the page; LiteLLM wants its master key for it",
    limits="one reading a run: increases and percentiles are those between two readings",
    first=timedelta(minutes=5),
)

_PLAIN_TEXT: Final = {"Accept": "text/plain;version=0.0.4"}
_BUCKET: Final = "_bucket"
_STATS: Final[Mapping[str, Stat]] = {"counter": "counter", "gauge": "last", "histogram": "bucket"}


@dataclass(frozen=True, slots=True)
class Metric:
    """A name of the page that is not known here, or means something else at this server.

    A histogram is named without ``_bucket``. ``merge`` says how lines of one system become one value, ``scale`` turns
    the page's unit into this one (0.001 for milliseconds).
    """

    name: str
    metric: str
    reads: Literal["counter", "gauge", "histogram"]
    unit: str = "1"
    dims: Mapping[str, str] = field(default_factory=dict)
    merge: Literal["sum", "max", "min"] = "sum"
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``.

    ``dims`` names labels of the page to keep as dimensions; ``expect`` names that must be on the page.
    """

    url: str
    metrics: tuple[Metric, ...] = ()
    dims: tuple[str, ...] = ()
    expect: tuple[str, ...] = ()
    access: Access = field(default_factory=Access)

    def __post_init__(self) -> None:
        """Refuse to keep labels of people and keys."""
        if private := sorted(PRIVATE.intersection(self.dims)):
            raise ValueError(f"expected labels that name no person and no key, found {', '.join(private)}")


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for the page once, in the format that keeps names as they are."""
    if body := await reach.http.get(settings.url, headers=_PLAIN_TEXT):
        yield Answer(body, window)


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give one raw reading a system and series of each name that is known."""
    page = read(answer.body)
    known = _known(settings)
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
            seen = own or (answer.window.now if pushed is None else moment(pushed, "push_time_seconds", unit="s"))
        except SourceError as error:
            yield Rejected(str(error), f"{line.name} {line.value} {line.moment}")
            continue
        series = _Series(name, system, tuple(sorted(_dims(line, meaning, settings).items())), own)
        reading = _Reading(line.value, seen)
        merged[series] = _merged(meaning, merged[series], reading) if series in merged else reading
    yield from _samples(merged, known)
    yield from _missing(page, known, settings)


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


def _known(settings: Settings) -> dict[str, Meaning]:
    own = {
        plain(each.name): Meaning(each.metric, each.reads, each.unit, each.dims, each.merge, scale=each.scale)
        for each in settings.metrics
    }
    return own | {name: meaning for name, meaning in MEANINGS.items() if name not in own}


def _meaning(line: Line, page: Page, known: Mapping[str, Meaning]) -> tuple[str, Meaning] | None:
    """Find what a line means; a histogram's buckets are read, its sum and count only where they have a meaning."""
    name = plain(line.name)
    if name.endswith(_BUCKET) and "le" in line.labels:
        name = name.removesuffix(_BUCKET)
        return (name, known[name]) if name in known and known[name].reads == "histogram" else None
    if name not in known and page.types.get(line.name) == "counter":
        name = f"{name}_total"
    return (name, known[name]) if name in known and known[name].reads != "histogram" else None


def _dims(line: Line, meaning: Meaning, settings: Settings) -> dict[str, str]:
    wanted = (*settings.dims, *meaning.keep, *(("le",) if meaning.reads == "histogram" else ()))
    kept = {DIMENSIONS.get(name, name): line.labels[name] for name in wanted if name in line.labels}
    if "le" in kept:
        kept["le"] = _bound(kept["le"], meaning.scale)
    return {**kept, **meaning.dims}


def _bound(limit: str, scale: float) -> str:
    """Write a bucket's limit in one way: libraries say 1, 1.0 and 1e+00 for the same."""
    try:
        return "+Inf" if limit in ("+Inf", "Inf") else repr(float(limit) * scale)
    except ValueError:
        raise SourceError("shape", f"le: expected a number, found {limit[:40]!a}") from None


def _merged(meaning: Meaning, one: _Reading, other: _Reading) -> _Reading:
    a, b = one.value, other.value
    return _Reading({"sum": a + b, "max": max(a, b), "min": min(a, b)}[meaning.merge], min(one.seen, other.seen))


def _missing(page: Page, known: Mapping[str, Meaning], settings: Settings) -> Iterator[Missing]:
    names = {plain(line.name) for line in page.lines}
    bases = names | {name.removesuffix(_BUCKET) for name in names}
    yield from (Missing(f"series {name}") for name in settings.expect if plain(name) not in bases)
    if not bases.intersection(known):
        yield Missing("any name that is known here; name the page's own under metrics")
