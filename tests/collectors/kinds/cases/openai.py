"""OpenAI: an organisation of two projects, as its specification writes it."""

import json
from dataclasses import replace

from collectors.base import Answer, Route, Source
from collectors.kinds.openai import Settings
from store.records import CostLine, Parsed
from tests.collectors.kinds.case import FIXTURES, Asked, Case, recorded

_ANSWERS = {
    "costs_page1.json": "costs",
    "costs_page2.json": "costs",
    "usage_completions.json": "completions",
    "usage_embeddings.json": "embeddings",
    "rate_limits.json": "limits",
}
_PLAYED = {
    "/organization/usage/completions": "usage_completions.json",
    "/organization/usage/embeddings": "usage_embeddings.json",
    "/organization/projects": "projects.json",
    "/organization/projects/proj_support/rate_limits": "rate_limits.json",
    "/models": "models.json",
}


def _answers() -> list[Answer]:
    return [replace(each, about=_ANSWERS[each.name], name="proj_support") for each in recorded("openai", *_ANSWERS)]


def _play(asked: Asked) -> bytes:
    costs = f"costs_page{2 if 'page' in asked.sent else 1}.json"
    name = costs if asked.path == "/organization/costs" else _PLAYED[asked.path]
    return (FIXTURES / "openai" / name).read_bytes()


def _hostile(name: str) -> tuple[bytes, str]:
    row = {"amount": {"value": 1, "currency": "usd"}, "line_item": name}
    bucket = {"start_time": 1795305600, "end_time": 1795392000, "results": [row]}
    return json.dumps({"data": [bucket]}).encode(), "costs"


def _shown(record: Parsed) -> str:
    return record.service_name if isinstance(record, CostLine) else str(record)


CASE = Case(
    make=lambda url: Settings(url, asks=("costs", "usage", "limits", "models")),
    answers=_answers,
    hostile=_hostile,
    play=_play,
    silent=lambda _: b'{"object": "page", "data": [], "has_more": false, "next_page": null}',
    source=Source(
        "recorded", Route(label="project_id", systems={"proj_support": "support-bot", "proj_claims": "claims-triage"})
    ),
    shown=_shown,
)
