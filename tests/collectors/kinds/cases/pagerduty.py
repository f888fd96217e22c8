"""PagerDuty: two pages of open incidents that overlap by one."""

import json
from typing import Any

from collectors.base import Route, Source
from collectors.kinds.pagerduty import Settings
from tests.collectors.kinds.case import FIXTURES, Asked, Case, recorded


def _play(asked: Asked) -> bytes:
    wanted: dict[str, Any] = {
        "date_range": "all",
        "statuses[]": ["triggered", "acknowledged"],
        "sort_by": "created_at:asc",
        "limit": "100",
    }
    pages = {"0": "incidents_page1.json", "1": "incidents_page2.json"}
    if asked.path != "/incidents" or dict(asked.sent) != wanted | {"offset": asked.sent["offset"]}:
        raise LookupError(asked)
    return (FIXTURES / "pagerduty" / pages[asked.sent["offset"]]).read_bytes()


def _hostile(name: str) -> tuple[bytes, str]:
    incident = {
        "id": "P1",
        "title": name,
        "status": "triggered",
        "urgency": "high",
        "created_at": "2026-11-23T09:00:00Z",
        "service": {"id": "S1", "summary": "support-bot"},
    }
    return json.dumps({"incidents": [incident], "more": False}).encode(), ""


CASE = Case(
    make=Settings,
    answers=lambda: recorded("pagerduty", "incidents_page1.json", "incidents_page2.json"),
    hostile=_hostile,
    play=_play,
    silent=lambda _: b'{"incidents": [], "limit": 100, "offset": 0, "total": null, "more": false}',
    source=Source("recorded", Route(label="service", systems={"support-bot": "support-bot", "claims-triage": "c"})),
)
