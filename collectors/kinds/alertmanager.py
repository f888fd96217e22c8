"""Read the alerts that an Alertmanager holds now (API v2; Grafana and Mimir offer the same) as incidents.

The fingerprint is an alert's identity. ``endsAt`` of a firing alert is a keep-alive that moves on with each update, not
an end, and is not read; an alert that is over is no longer listed, and by that the store settles it. A silenced or
inhibited alert is still wrong: it is listed as suppressed. After its own restart an Alertmanager knows nothing until
whoever sends alerts repeats them (Prometheus: about a minute), so what is settled then opens again at the next run.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from collectors.access import Access
from collectors.answers import moment, need, parse_json, rows, table, text, upstream_error
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.incidents import LEVELS, incidents
from collectors.numbers import wrong
from collectors.shape import strings
from collectors.words import plain
from store.records import Incident, IncidentLevel, IncidentState, Parsed

KIND: Final = Kind(
    "open alerts, as incidents",
    needs="to read /api/v2/alerts: no token where no proxy stands before it; for Grafana a service account with Viewer",
    limits="no pages: one answer lists every alert; what is resolved is no longer listed",
    first=timedelta(minutes=5),
    snapshot=True,
)

_STATES: Final[Mapping[str, IncidentState]] = {"active": "open", "unprocessed": "open", "suppressed": "suppressed"}
_EVERY: Final = dict.fromkeys(("active", "silenced", "inhibited", "unprocessed"), "true")
_KEPT: Final = ("fingerprint", "labels", "startsAt", "status")


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``.

    ``filter`` holds matchers that every alert must fit (``team="llm"``), ``receiver`` a regular expression for the
    names of receivers. ``severity`` names the label that says how bad it is and ``levels`` what its words mean here;
    any other word is an information. ``summary`` names the annotation that follows the alert's name in the title.
    """

    url: str
    filter: tuple[str, ...] = ()
    receiver: str = ""
    severity: str = "severity"
    levels: Mapping[str, IncidentLevel] = field(default_factory=lambda: dict(LEVELS))
    summary: str = "summary"
    access: Access = field(default_factory=Access)


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for every alert that is held now."""
    params: dict[str, Any] = {**_EVERY}
    params |= {"filter": list(settings.filter)} if settings.filter else {}
    params |= {"receiver": settings.receiver} if settings.receiver else {}
    yield Answer(await reach.http.get(f"{settings.url.rstrip('/')}/api/v2/alerts", params), window)


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give one incident an alert; one that cannot be read is set aside, and then nothing is settled."""
    found = parse_json(answer.body)
    upstream_error(found)

    def incident(alert: Mapping[str, object], labels: Mapping[str, str], system: str) -> Incident:
        return _incident(alert, labels, system, settings)

    yield from incidents(rows(found, "the answer"), source, _labels, incident, _KEPT)


def _labels(alert: Mapping[str, object]) -> dict[str, str]:
    return strings(table(alert.get("labels"), "labels"))


def _incident(alert: Mapping[str, object], labels: Mapping[str, str], system: str, settings: Settings) -> Incident:
    state = text(need(alert, "status", "state"), "status.state")
    if state not in _STATES:
        raise wrong("status.state", "active, suppressed or unprocessed", repr(plain(state, 40)))
    severity = labels.get(settings.severity, "")
    fingerprint = text(alert.get("fingerprint"), "fingerprint")
    words = (labels.get("alertname", ""), strings(alert.get("annotations")).get(settings.summary, ""))
    return Incident(
        system=system,
        external_id=fingerprint,
        title=": ".join(word for word in words if word) or fingerprint,
        started=moment(alert.get("startsAt"), "startsAt"),
        severity=severity,
        level=settings.levels.get(severity.lower(), "info"),
        state=_STATES[state],
        url=text(alert.get("generatorURL") or "", "generatorURL"),
    )
