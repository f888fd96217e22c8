"""Jira Service Management: a request that waits and one that was approved, on two pages of Cloud's search."""

import json

from collectors.kinds.jira_service_management import Settings
from store.records import Change, Parsed
from tests.collectors.kinds.case import FIXTURES, Case, exchanged, routed
from tests.collectors.kinds.played import played

_PLAY = exchanged(FIXTURES / "jira_service_management" / "exchange.json")


def _make(url: str) -> Settings:
    return Settings(url, risk="customfield_10100")


def _hostile(name: str) -> tuple[bytes, str]:
    fields = {
        "summary": name,
        "created": "2026-11-20T10:15:00.000+0000",
        "reporter": {"displayName": name},
        "project": {"key": "LLM"},
        "labels": [name],
        "customfield_10100": name,
    }
    approval = {"name": name, "finalDecision": "pending"}
    return json.dumps({"issue": {"key": "LLM-1", "fields": fields}, "approvals": [approval]}).encode(), ""


def _shown(record: Parsed) -> str:
    return record.title.removeprefix("LLM-1 ") if isinstance(record, Change) else str(record)


CASE = Case(
    make=_make,
    answers=lambda: played("jira_service_management", _make("https://example.atlassian.net"), _PLAY),
    hostile=_hostile,
    play=_PLAY,
    silent=lambda _: b'{"issues":[],"isLast":true}',
    source=routed("system"),
    shown=_shown,
)
