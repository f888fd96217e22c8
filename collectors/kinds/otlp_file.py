"""Read OTLP as JSON lines, as the file exporter of the OpenTelemetry Collector writes them, rotated files too.

Metrics become what happened in each step of time (requests, errors, tokens, percentiles), whichever processes counted
it, in delta or cumulative form. Results of evaluations (events named ``gen_ai.evaluation.result``) become one score a
day, name and model, of the whole days in the window. Traces and other logs are passed over: prompts and answers in
them are not looked at. A last line that is not yet whole is left to the next run.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from collectors.answers import parse_json, table
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.names import PRIVATE
from collectors.otlp.histograms import Tally, tally_of
from collectors.otlp.lines import Point, Result, points, results
from collectors.otlp.results import Scale, evaluations
from collectors.otlp.series import Series, meanings
from collectors.words import plain
from store.errors import SourceError
from store.records import Parsed, Rejected
from store.values import Duration

KIND: Final = Kind(
    "metrics and online scores",
    needs="to read the files",
    limits=(
        "files of 32 MB (`limits.body_bytes`): set `rotation.max_megabytes` to 30 at the exporter, and leave "
        "`compression` off; 256 MB of metrics and scores a run"
    ),
    first=timedelta(days=7),
    restate=timedelta(days=2),
    lag=timedelta(minutes=5),
)

_MOST: Final = 1 << 28
_METRICS: Final = b'"resourceMetrics"'
_RESULT: Final = b"gen_ai.evaluation.result"
_FILE: Final = b"# "
_STEP: Final = Duration(300)


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``: the files (``*`` and ``**`` allowed), rotated ones among them.

    A point is routed by any attribute of its own or of its resource, such as ``service.name`` or
    ``deployment.environment.name``. ``dims`` names attributes to keep as dimensions. ``step`` is how long a sample
    speaks for. Online scores belong to ``suite`` and lie between ``scale_min`` and ``scale_max``.
    """

    path: str
    dims: tuple[str, ...] = ()
    step: Duration = _STEP
    suite: str = "online"
    scale_min: float = 0.0
    scale_max: float = 1.0

    def __post_init__(self) -> None:
        """Refuse to keep attributes of people and keys, and steps or scales that are none."""
        if private := sorted(PRIVATE.intersection(self.dims)):
            raise ValueError(f"expected attributes that name no person and no key, found {', '.join(private)}")
        if self.step.seconds < 1 or self.scale_min >= self.scale_max:
            raise ValueError("expected a step of at least a second, and a scale from low to high")


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Read the files that changed since the window began and keep their lines of metrics and scores, as one answer.

    Streams go on from one file to the next, and a day's scores may lie in several: they are only right together.
    """
    kept: list[bytes] = []
    size = 0
    async for name, body in reach.files.read(settings.path, window.start):
        found = [line for line in _whole_lines(body) if _METRICS in line or _RESULT in line or not _is_table(line)]
        size += sum(map(len, found))
        if size > _MOST:
            raise SourceError("too_large", f"more than {_MOST} bytes of metrics and scores; collect more often")
        kept += [_FILE + plain(name, 300).encode(), *found]
    if kept:
        yield Answer(b"\n".join(kept), window)


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give the steps and scores of all files; a line that is none is set aside and the others are not."""
    measured: list[tuple[Point, Tally]] = []
    scored: list[Result] = []
    for name, number, line in _numbered(answer.body):
        try:
            content = table(parse_json(line), "the line")
            known = (point for point in points(content) if next(meanings(point), None))
            measured += [(point, tally_of(point.form, point.body)) for point in known]
            scored += results(content)
        except SourceError as error:
            yield Rejected(f"{name} line {number}: not OTLP: {error}", f"{name} line {number}")
    series = Series(source, answer.window, settings.step.delta, settings.dims)
    yield from series.take(measured)
    yield from series.samples()
    scale = Scale(settings.suite, settings.scale_min, settings.scale_max)
    yield from evaluations(scored, source, answer.window, scale)


def _is_table(line: bytes) -> bool:
    return line.lstrip().startswith(b"{") or not line.strip()


def _whole_lines(body: bytes) -> list[bytes]:
    """Leave out a last line that does not end yet, unless it is whole all the same."""
    *lines, last = body.split(b"\n")
    try:
        parse_json(last)
    except SourceError:
        return lines
    return [*lines, last]


def _numbered(body: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Give the lines with the file they are from; a line is numbered among those that were kept of its file."""
    name, number = "", 0
    for line in body.split(b"\n"):
        if line.startswith(_FILE):
            name, number = line.removeprefix(_FILE).decode(), 0
        elif line.strip():
            number += 1
            yield name, number, line
