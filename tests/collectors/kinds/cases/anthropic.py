"""Anthropic: an organisation of two workspaces, as its documentation writes it."""

import json
from dataclasses import replace

from collectors.base import Answer, Route, Source
from collectors.kinds.anthropic import Settings
from store.records import CostLine, Parsed
from tests.collectors.kinds.case import FIXTURES, Asked, Case, recorded

_ANSWERS = {
    "cost_report_page1.json": "costs",
    "cost_report_page2.json": "costs",
    "usage_report.json": "usage",
    "workspace_rate_limits.json": "limits",
}
_PLAYED = {
    "/v1/organizations/usage_report/messages": "usage_report.json",
    "/v1/organizations/analytics/cost": "analytics_cost.json",
    "/v1/organizations/analytics/usage": "analytics_usage.json",
    "/v1/organizations/rate_limits": "rate_limits.json",
    "/v1/organizations/workspaces": "workspaces.json",
    "/v1/organizations/workspaces/wrkspc_support/rate_limits": "workspace_rate_limits.json",
    "/v1/models": "models.json",
}


def _answers() -> list[Answer]:
    return [
        replace(each, about=_ANSWERS[each.name], name="wrkspc_support") for each in recorded("anthropic", *_ANSWERS)
    ]


def _play(asked: Asked) -> bytes:
    costs = f"cost_report_page{2 if 'page' in asked.sent else 1}.json"
    name = costs if asked.path == "/v1/organizations/cost_report" else _PLAYED[asked.path]
    return (FIXTURES / "anthropic" / name).read_bytes()


def _hostile(name: str) -> tuple[bytes, str]:
    row = {"amount": "1", "currency": "USD", "description": name}
    bucket = {"starting_at": "2026-11-21T00:00:00Z", "ending_at": "2026-11-22T00:00:00Z", "results": [row]}
    return json.dumps({"data": [bucket]}).encode(), "costs"


def _shown(record: Parsed) -> str:
    return record.service_name if isinstance(record, CostLine) else str(record)


CASE = Case(
    make=lambda url: Settings(url, asks=("costs", "usage", "limits", "models")),
    answers=_answers,
    hostile=_hostile,
    play=_play,
    silent=lambda _: b'{"data": [], "has_more": false, "next_page": null}',
    source=Source(
        "recorded",
        Route(label="workspace_id", systems={"wrkspc_support": "support-bot", "default": "claims-triage"}),
    ),
    shown=_shown,
)
