"""Read the open incidents of PagerDuty (REST API v2), whatever their age.

Without ``date_range=all`` the API lists the last month only, and an older open incident would look resolved. Pages
overlap by one incident: when that is another one than before, something was resolved while the list was read and an
incident may have been skipped, so the run is partial and settles nothing.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from collectors.access import Access
from collectors.answers import moment, need, parse_json, rows, table, text, upstream_error
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.incidents import incidents
from collectors.numbers import wrong
from collectors.shape import strings
from collectors.words import plain
from store.errors import SourceError
from store.records import Incident, IncidentLevel, IncidentState, Parsed

KIND: Final = Kind(
    "open incidents",
    needs="a read-only REST API key, or an OAuth token with `incidents.read`",
    limits="100 incidents a page, 10,000 a question, about 960 requests a minute and token",
    first=timedelta(minutes=5),
    snapshot=True,
)

_PAGE: Final = 100
_MOST: Final = 10_000
_VERSION: Final = {"Accept": "application/vnd.pagerduty+json;version=2"}
_STATES: Final[Mapping[str, IncidentState]] = {"triggered": "open", "acknowledged": "acknowledged"}
_OPEN: Final = {"date_range": "all", "statuses[]": list(_STATES), "sort_by": "created_at:asc", "limit": str(_PAGE)}
_KEPT: Final = ("id", "incident_number", "status", "urgency", "created_at", "service")


def _levels() -> dict[str, IncidentLevel]:
    return {"high": "critical", "low": "warning"}


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``.

    Incidents can be routed by ``service``, ``service_id``, ``escalation_policy`` and ``priority``. ``services`` and
    ``teams`` are ids: only their incidents are asked for. ``levels`` says what an urgency means here.
    """

    url: str = "https://api.pagerduty.com"
    services: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    levels: Mapping[str, IncidentLevel] = field(default_factory=_levels)
    access: Access = field(default_factory=Access)


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for every open incident, oldest first, page by page."""
    params: dict[str, Any] = {**_OPEN}
    params |= {"service_ids[]": list(settings.services)} if settings.services else {}
    params |= {"team_ids[]": list(settings.teams)} if settings.teams else {}
    offset, last = 0, ""
    while True:
        sent = params | {"offset": str(offset)}
        body = await reach.http.get(f"{settings.url.rstrip('/')}/incidents", sent, _VERSION)
        page = table(parse_json(body), "the answer")
        upstream_error(page)
        ids = [_id(entry) for entry in rows(page.get("incidents"), "incidents")]
        if last and ids[:1] != [last]:
            raise SourceError(
                "upstream", "the list of incidents changed while it was read; the next run reads it again"
            )
        yield Answer(body, window)
        if page.get("more") is not True:
            return
        if len(ids) < 2:
            raise SourceError("upstream", "the source says that there are more incidents and lists none")
        offset, last = offset + len(ids) - 1, ids[-1]
        if offset + _PAGE > _MOST:
            raise SourceError("too_large", f"more than {_MOST} open incidents; narrow them by services or teams")


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give one record an incident; one that cannot be read is set aside, and then nothing is settled."""
    page = table(parse_json(answer.body), "the answer")
    upstream_error(page)

    def incident(row: Mapping[str, object], _: Mapping[str, str], system: str) -> Incident:
        return _incident(row, system, settings)

    yield from incidents(rows(page.get("incidents"), "incidents"), source, _labels, incident, _KEPT)


def _id(entry: object) -> str:
    return text(need(entry, "id"), "incidents[].id")


def _labels(row: Mapping[str, object]) -> dict[str, str]:
    named = {name: strings(row.get(name)) for name in ("service", "escalation_policy", "priority")}
    found = {name: each["summary"] for name, each in named.items() if "summary" in each}
    service = table(row.get("service"), "service")
    return found | {"service_id": text(service.get("id"), "service.id")}


def _incident(row: Mapping[str, object], system: str, settings: Settings) -> Incident:
    status, urgency = text(row.get("status"), "status"), text(row.get("urgency") or "", "urgency")
    if status not in _STATES:
        raise wrong("status", "triggered or acknowledged", repr(plain(status, 40)))
    return Incident(
        system=system,
        external_id=_id(row),
        title=text(row.get("title") or row.get("summary"), "title"),
        started=moment(row.get("created_at"), "created_at"),
        severity=urgency,
        level=settings.levels.get(urgency, "info"),
        state=_STATES[status],
        acknowledged=_acknowledged(row),
        url=text(row.get("html_url") or "", "html_url"),
    )


def _acknowledged(row: Mapping[str, object]) -> datetime | None:
    """Give when the first of those who work on it said so; who they are is not read."""
    found = rows(row.get("acknowledgements") or [], "acknowledgements")
    return min((moment(need(each, "at"), "acknowledgements[].at") for each in found), default=None)
