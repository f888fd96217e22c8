"""Langfuse: a server that answers from made-up rows of the form that 4.16 has."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from collectors.base import Answer, Window
from collectors.kinds.langfuse import Scorer, Settings
from tests.collectors.kinds.case import FIXTURES, NOW, WINDOW, Asked, Case, routed

ROWS: Mapping[str, list[dict[str, Any]]] = json.loads((FIXTURES / "langfuse" / "metrics_v2.json").read_text())
PROMPTS: list[dict[str, Any]] = json.loads((FIXTURES / "langfuse" / "prompts.json").read_text())
SCORERS = (Scorer("help*", 1, 5), Scorer("outcome", good=("resolved", "answered")))
_LISTED = "/api/public/v2/prompts"
_DAYS = Window(datetime.fromisoformat("2026-11-01T00:00:00Z"), NOW, NOW)


def topic(query: Mapping[str, Any]) -> str:
    """Tell which of the five questions a query is."""
    if query["view"] != "observations":
        return "numbers" if query["view"] == "scores-numeric" else "categories"
    if {"field": "providedModelName"} in query["dimensions"]:
        return "costs"
    return "errors" if any(each["column"] == "level" for each in query["filters"]) else "requests"


def metrics(query: Mapping[str, Any], rows: Mapping[str, list[dict[str, Any]]] = ROWS) -> bytes:
    """Answer a question from rows: those of the stretch, its end included, with what was asked for."""
    assert query["orderBy"] == [{"field": "time_dimension", "direction": "asc"}]
    assert query["config"] == {"row_limit": 1000}
    step = timedelta(days=1) if query["timeDimension"]["granularity"] == "day" else timedelta(hours=1)
    start, end = (_time(query[each]) for each in ("fromTimestamp", "toTimestamp"))
    wanted = [f"{each['aggregation']}_{each['measure']}" for each in query["metrics"]]
    wanted += ["time_dimension", *(each["field"] for each in query["dimensions"])]
    found = [row for row in rows[topic(query)] if start - step < _time(row["time_dimension"]) <= end]
    return json.dumps({"data": [{name: row[name] for name in wanted} for row in found]}).encode()


def listed(label: str, prompts: list[dict[str, Any]] = PROMPTS, page: int = 1, limit: int = 100) -> bytes:
    """List prompts with the version that carries a label."""
    found = [
        {
            "name": each["name"],
            "versions": [each["version"]],
            "labels": each["labels"],
            "tags": each["tags"],
            "type": each["type"],
            "lastUpdatedAt": each["updatedAt"],
            "lastConfig": each["config"],
        }
        for each in prompts
        if label in each["labels"]
    ]
    meta = {"page": page, "limit": limit, "totalItems": len(found), "totalPages": -(-len(found) // limit)}
    return json.dumps({"data": found[(page - 1) * limit : page * limit], "meta": meta, "pagination": meta}).encode()


def play(asked: Asked) -> bytes:
    """Answer as a server of v4 does."""
    if asked.path == "/api/public/v2/metrics":
        return metrics(json.loads(asked.sent["query"]))
    if asked.path == _LISTED:
        return listed(asked.sent["label"], page=int(asked.sent["page"]), limit=int(asked.sent["limit"]))
    name = unquote(asked.path.removeprefix(f"{_LISTED}/"))
    found = {(each["name"], str(each["version"])): each for each in PROMPTS}[name, asked.sent["version"]]
    return json.dumps(found).encode()


def _silent(asked: Asked) -> bytes:
    return listed("nobody") if asked.path == _LISTED else b'{"data": []}'


def _answers() -> list[Answer]:
    parts = {"requests": ("requests", "errors"), "costs": ("costs",), "scores": ("numbers", "categories")}
    answers = [
        Answer(json.dumps({name: {"data": ROWS[name]} for name in names}).encode(), _DAYS, about)
        for about, names in parts.items()
    ]
    prompt = json.dumps({"production": PROMPTS[0], "candidate": PROMPTS[1]}).encode()
    return [*answers, Answer(prompt, WINDOW, "prompt", "support-bot/answer")]


def _hostile(name: str) -> tuple[bytes, str]:
    return json.dumps({"production": PROMPTS[0] | {"commitMessage": name}}).encode(), "prompt"


def _time(written: str) -> datetime:
    return datetime.fromisoformat(written if "T" in written else f"{written}T00:00:00Z")


CASE = Case(
    make=lambda url: Settings(url, by="trace", scorers=SCORERS),
    answers=_answers,
    hostile=_hostile,
    play=play,
    silent=_silent,
    source=routed("trace"),
    maps=frozenset({"requests", "costs", "scores", "prompt", "config"}),
    shown=lambda record: str(getattr(record, "title", "")).removeprefix("support-bot/answer version 3: "),
)
