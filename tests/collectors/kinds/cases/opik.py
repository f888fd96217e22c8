"""Opik: a server that plays recorded pages and, for one project, recorded metrics."""

import json

from collectors.base import Answer
from collectors.kinds.opik import Settings
from tests.collectors.kinds.case import FIXTURES, Asked, Case, routed
from tests.collectors.kinds.played import played

_NOTHING = b'{"content": [], "results": []}'


def _play(asked: Asked) -> bytes:
    if asked.method == "GET":
        return (FIXTURES / "opik" / f"{asked.path.rsplit('/', 1)[-1]}.json").read_bytes()
    sent = asked.sent
    filters = [each.get("key") or each["field"] for each in sent["trace_filters"]]
    name = " ".join([sent["metric_type"], sent["interval"], *filters])
    if not asked.path.endswith("000000000001/metrics"):
        return _NOTHING
    return json.dumps(json.loads((FIXTURES / "opik" / "metrics.json").read_text())[name]).encode()


def _answers() -> list[Answer]:
    return played("opik", _make(""), _play)


def _hostile(name: str) -> tuple[bytes, str]:
    found = {
        "id": "x1",
        "dataset_name": name,
        "created_at": "2026-11-20T10:00:00Z",
        "feedback_scores": [{"name": "correctness", "value": 0.5}],
    }
    return json.dumps({"content": [found]}).encode(), "experiments"


def _make(url: str) -> Settings:
    return Settings(url)


CASE = Case(
    make=_make,
    answers=_answers,
    hostile=_hostile,
    play=_play,
    silent=lambda _: _NOTHING,
    source=routed("system"),
    maps=frozenset({"metrics"}),
)
