"""Phoenix: a recorded exchange with a server filled by ``scripts/real``; of a GraphQL question the variables count."""

import json
from typing import Any

from collectors.base import Answer
from collectors.kinds.phoenix import Settings
from tests.collectors.kinds.case import FIXTURES, Asked, Case, Play, routed
from tests.collectors.kinds.played import played

_EMPTY: Any = {"data": [], "next_cursor": None}
_NO_PROMPTS: Any = {"data": {"prompts": {"pageInfo": {"hasNextPage": False, "endCursor": None}, "edges": []}}}


def _recorded() -> Play:
    def key(method: str, path: str, sent: Any) -> tuple[str, str, str]:
        return method, path, json.dumps(sent.get("variables", sent), sort_keys=True)

    known = {
        key(each["method"], each["path"], each["sent"]): json.dumps(each["answer"]).encode()
        for each in json.loads((FIXTURES / "phoenix" / "exchange.json").read_text())
    }
    return lambda asked: known[key(asked.method, asked.path, asked.sent)]


def _silent(asked: Asked) -> bytes:
    return json.dumps(_NO_PROMPTS if asked.method == "POST" else _EMPTY).encode()


def _answers() -> list[Answer]:
    return played("phoenix", _make(""), _recorded())


def _hostile(name: str) -> tuple[bytes, str]:
    node = {"id": "v1", "sequenceNumber": 1, "createdAt": "2026-11-20T10:00:00+00:00", "user": None}
    prompt = {
        "id": "p1",
        "name": "m",
        "versionTags": [{"name": "production", "promptVersionId": "v1"}],
        "promptVersions": {"edges": [{"node": node}]},
    }
    body = {"prompt": prompt, "answer": {"data": [{"id": "v1", "description": name}]}}
    return json.dumps(body).encode(), "prompt"


def _make(url: str) -> Settings:
    return Settings(url, projects=("support-bot", "claims-triage"), system="support-bot|claims-triage")


CASE = Case(
    make=_make,
    answers=_answers,
    hostile=_hostile,
    play=_recorded(),
    silent=_silent,
    source=routed("system"),
    maps=frozenset({"days", "template", "messages", "invocation_parameters", "openai", ""}),
    shown=lambda record: str(getattr(record, "title", "")).removeprefix("m version 1: "),
)
