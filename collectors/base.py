"""Say what a kind of source must offer: ``Settings``, ``fetch`` and ``parse``; no more is needed to add one.

A kind is a module in ``collectors/kinds``; its name is the ``kind`` in the configuration::

    @dataclass(frozen=True, slots=True)
    class Settings: ...  # options under [sources.options]


    async def fetch(reach, settings, window) -> AsyncIterator[Answer]: ...  # asks, nothing else
    def parse(answer, source, settings) -> Iterator[Parsed]: ...  # pure: no network, no clock, no file


    KIND = Kind(...)  # what it gives and needs, its limits, first window, restatement

A commented example of its table stands in ``collectors/examples/<kind>.toml``.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from store.records import Parsed


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open stretch of time asked for; ``now`` is the run's one reading of the clock."""

    start: datetime
    end: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the body, which of the settings' questions it answers, and when it was asked."""

    body: bytes
    window: Window
    about: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """Which system a row belongs to: one for the whole source, or by the value of a label."""

    system: str = ""
    label: str = ""
    systems: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What ``parse`` may know of the source it reads for: its name and where rows belong."""

    name: str
    route: Route

    def system_of(self, labels: Mapping[str, str]) -> str | None:
        """Name the system that a row with these labels belongs to; ``None`` when the portfolio has none."""
        route = self.route
        if not route.label:
            return route.system or None
        found = labels.get(route.label)
        return None if found is None else (route.systems or {}).get(found)


@dataclass(frozen=True, slots=True)
class Kind:
    """Facts of a kind of source, for the people who configure it and for the runner.

    ``gives`` is what it reads, in a few words; ``needs`` the permission that its token needs (the least, read-only
    where there is such a thing); ``limits`` what the source allows and what that means here; ``finality`` when its
    costs no longer change, empty where it gives none.

    ``first``: how far back the first collection asks. ``restate``: how much is asked again at each run, because the
    source corrects itself. ``lag``: how long the newest data takes to settle. ``snapshot``: whether one answer lists
    all pending changes, so that one no longer listed was resolved at the source. ``slice``: the longest stretch asked
    for at once; a longer window is read slice by slice, so that a limit met half-way does not undo what came first.
    """

    gives: str
    needs: str
    limits: str
    finality: str = ""
    first: timedelta = timedelta(days=30)
    restate: timedelta = timedelta(0)
    lag: timedelta = timedelta(0)
    snapshot: bool = False
    slice: timedelta | None = None


class Http(Protocol):
    """The one way to the network (``collectors.http``): every guard of the design holds behind it."""

    async def get(
        self,
        url: str,
        params: Mapping[str, str | Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Give the body of a 200 answer or raise ``SourceError`` with its cause; several values repeat a name."""
        ...

    async def post(
        self,
        url: str,
        *,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Ask a read-only question that must be posted (searches, long queries); retried like ``get``."""
        ...


class Files(Protocol):
    """The one way to files (``collectors.files``): globs, size caps, half-written files."""

    base: Path
    """The folder that relative patterns start from."""

    unfinished: list[str]
    """Files passed over because they were still being written; the run is partial and the next one reads them."""

    async def has_changed(self, pattern: str, since: datetime) -> bool:
        """Tell whether a file of the pattern changed since then, without reading any."""
        ...

    def read(self, pattern: str, since: datetime | None = None) -> AsyncIterator[tuple[str, bytes]]:
        """Give (name, content) of each file of the pattern, oldest first, or raise ``SourceError``."""
        ...

    def changed(self, name: str) -> datetime:
        """Say when a file that was read had changed last."""
        ...


@dataclass(frozen=True, slots=True)
class Reach:
    """What ``fetch`` may touch."""

    http: Http
    files: Files


class Collector(Protocol):
    """The shape of a module in ``collectors/kinds``."""

    @property
    def KIND(self) -> Kind:  # noqa: N802  # a constant of the module
        """Facts of the kind."""
        ...

    @property
    def Settings(self) -> type[Any]:  # noqa: N802  # a class of the module
        """Options of a source of the kind."""
        ...

    def fetch(self, reach: Reach, settings: Any, window: Window) -> AsyncGenerator[Answer, None]:
        """Ask the source for the window, page by page."""
        ...

    def parse(self, answer: Answer, source: Source, settings: Any) -> Iterator[Parsed]:
        """Turn one answer into records."""
        ...
