"""Read any JSON answer over HTTP by a declared mapping of its rows to samples, costs, evaluations or changes.

Paging follows a cursor, a page number or a link of the same origin, and ends when a cursor, link or page comes twice.
A list of changes is taken as all that is pending now, so a change that is no longer listed was settled at the source.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Literal

from collectors.access import Access
from collectors.answers import Doubtful, parse_json, raw, rows, text, upstream_error
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.links import linked
from collectors.mapping import RowMap, at, labels_of, record_of
from store.records import Parsed, Rejected, Unrouted

__all__ = ["KIND", "Paging", "RowMap", "Settings", "fetch", "parse"]

KIND: Final = Kind(
    "whatever its mapping says",
    needs="whatever the address asks for; choose a token that can only read",
    limits="1,000 pages and a million rows a run; pages are followed on the same server only",
    finality="two days are asked again at each run; set `restate` to what the source corrects",
    restate=timedelta(days=2),
    snapshot=True,
)

_WRITE: Final[Mapping[str, Callable[[datetime], str]]] = {
    "rfc3339": lambda when: when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "epoch": lambda when: str(int(when.timestamp())),
    "epoch_ms": lambda when: str(int(when.timestamp() * 1000)),
    "date": lambda when: when.astimezone(UTC).strftime("%Y-%m-%d"),
}


@dataclass(frozen=True, slots=True)
class Paging:
    """How the next page is asked for: ``cursor`` and ``link`` name where it stands, ``param`` where it is sent.

    With neither cursor nor link, ``param`` is a page number from ``first`` on, up to a page without rows.
    """

    cursor: str = ""
    link: str = ""
    param: str = ""
    first: int = 1

    def __post_init__(self) -> None:
        """Refuse a cursor that could not be sent, and two ways at once."""
        if self.cursor and (self.link or not self.param):
            raise ValueError("expected a param for the cursor, and no link beside it")


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``.

    ``$start`` and ``$end`` in ``params`` and ``body`` become the window, written as ``time_format`` says. With a
    ``body`` the question is posted as JSON. ``rows`` is the path of the list in the answer.
    """

    url: str
    map: RowMap
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    time_format: Literal["rfc3339", "epoch", "epoch_ms", "date"] = "rfc3339"
    rows: str = ""
    paging: Paging | None = None
    access: Access = field(default_factory=Access)

    def __post_init__(self) -> None:
        """Refuse to take a stretch of a list of changes for the whole of it."""
        words = f"{self.params} {self.body}"
        if self.map.record == "change" and ("$start" in words or "$end" in words):
            raise ValueError("expected a question for all pending changes, found $start or $end in it")


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask page by page, until there is no next one or one comes twice."""
    question = _Question(
        settings.url, _filled(settings.params, settings, window), _filled(settings.body, settings, window)
    )
    paging = settings.paging
    page = paging.first if paging else 0
    if paging and paging.param and not (paging.cursor or paging.link):
        question = question.asking(paging.param, str(page))
    met = {question.mark}
    while body := await question.ask(reach):
        found = parse_json(body)
        mark = sha256(body).hexdigest()
        if mark in met:
            return
        yield Answer(body, window)
        if paging is None:
            return
        page += 1
        following = _next(found, question, settings, paging, page)
        if following is None or following.mark in met:
            return
        met |= {mark, following.mark}
        question = following


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give one record a row; a row that cannot be believed is set aside and the others are not."""
    found = parse_json(answer.body)
    upstream_error(found)
    for row in _rows(found, settings):
        labels = labels_of(row, settings.map)
        system = source.system_of(labels)
        if system is None:
            yield Unrouted(labels.get(source.route.label, f"no label {source.route.label}"))
            continue
        try:
            yield from record_of(row, system, settings.map, answer.window.start, answer.window.end)
        except Doubtful as error:
            yield Rejected(str(error), raw(row))


@dataclass(frozen=True, slots=True)
class _Question:
    """One request for one page."""

    url: str
    params: Mapping[str, Any]
    body: Mapping[str, Any]

    @property
    def mark(self) -> str:
        """Tell this page from others."""
        return f"{self.url} {self.params} {self.body}"

    async def ask(self, reach: Reach) -> bytes:
        if self.body:
            return await reach.http.post(self.url, json=self.body)
        return await reach.http.get(self.url, self.params)

    def asking(self, param: str, value: str) -> "_Question":
        if self.body:
            return _Question(self.url, self.params, {**self.body, param: value})
        return _Question(self.url, {**self.params, param: value}, self.body)


def _next(found: object, question: _Question, settings: Settings, paging: Paging, page: int) -> _Question | None:
    if paging.cursor:
        cursor = at(found, paging.cursor)
        return question.asking(paging.param, str(cursor)) if cursor not in (None, "") else None
    if paging.link:
        link = at(found, paging.link)
        return _Question(linked(settings.url, text(link, paging.link)), {}, question.body) if link else None
    return question.asking(paging.param, str(page)) if paging.param and _rows(found, settings) else None


def _rows(found: object, settings: Settings) -> list[object]:
    return rows(at(found, settings.rows), settings.rows or "the answer")


def _filled(value: Any, settings: Settings, window: Window) -> Any:
    if isinstance(value, str):
        write = _WRITE[settings.time_format]
        return value.replace("$start", write(window.start)).replace("$end", write(window.end))
    if isinstance(value, Mapping):
        return {key: _filled(entry, settings, window) for key, entry in value.items()}
    return [_filled(entry, settings, window) for entry in value] if isinstance(value, list | tuple) else value
