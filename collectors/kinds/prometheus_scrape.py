"""Read a ``/metrics`` page directly: vLLM, SGLang, TGI, llama.cpp, LiteLLM or an instrumented application.

Counters and histogram buckets are handed on as they stand (stats ``counter`` and ``bucket``); the store derives what
happened between two readings. A Pushgateway shows for ever what was once pushed, so a value of it has the time of its
push; merged ones have that of the oldest.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from collectors.access import Access
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.exposition import Page, read
from collectors.names import MEANINGS, Meaning, plain
from collectors.readings import BUCKET, PLAIN_TEXT, check_kept, readings
from store.records import Missing, Parsed

KIND: Final = Kind(
    "metrics as they are now",
    needs="to read the page; LiteLLM wants its master key for it",
    limits="one reading a run: increases and percentiles are those between two readings",
    first=timedelta(minutes=5),
)


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
        check_kept(self.dims)


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for the page once, in the format that keeps names as they are."""
    if body := await reach.http.get(settings.url, headers=PLAIN_TEXT):
        yield Answer(body, window)


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give one raw reading a system and series of each name that is known."""
    page = read(answer.body)
    known = _known(settings)
    yield from readings(page, known, source, answer.window.now, settings.dims)
    yield from _missing(page, known, settings)


def _known(settings: Settings) -> dict[str, Meaning]:
    own = {
        plain(each.name): Meaning(each.metric, each.reads, each.unit, each.dims, each.merge, scale=each.scale)
        for each in settings.metrics
    }
    return own | {name: meaning for name, meaning in MEANINGS.items() if name not in own}


def _missing(page: Page, known: Mapping[str, Meaning], settings: Settings) -> Iterator[Missing]:
    names = {plain(line.name) for line in page.lines}
    bases = names | {name.removesuffix(BUCKET) for name in names}
    yield from (Missing(f"series {name}") for name in settings.expect if plain(name) not in bases)
    if not bases.intersection(known):
        yield Missing("any name that is known here; name the page's own under metrics")
