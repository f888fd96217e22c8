"""GitHub: a repository with pull requests open, drafted, refused and merged, and a run that waits for approval."""

import json
from typing import Any

from collectors.kinds.github import Settings
from tests.collectors.kinds.case import FIXTURES, Asked, Case, exchanged, routed
from tests.collectors.kinds.played import played

_PLAY = exchanged(FIXTURES / "github" / "exchange.json")


def _make(url: str) -> Settings:
    return Settings(("acme/assistants",), url, risks={"risk: high": "high"})


def _silent(asked: Asked) -> bytes:
    return b'{"total_count":0,"workflow_runs":[]}' if asked.path.endswith("runs") else b"[]"


def _hostile(name: str) -> tuple[bytes, str]:
    pull: dict[str, Any] = {
        "number": 7,
        "title": name,
        "state": "open",
        "created_at": "2026-11-20T09:15:00Z",
        "head": {"sha": "a" * 40, "ref": name},
        "user": {"login": name},
        "labels": [{"name": name}],
    }
    file = {"filename": "prompts/a", "previous_filename": name, "additions": 1, "deletions": 0}
    check = {"name": name, "conclusion": "failure"}
    told = {"repository": "acme/x", "pull": pull, "files": [file], "reviews": [], "checks": [check], "statuses": None}
    return json.dumps(told).encode(), "pull"


CASE = Case(
    make=_make,
    answers=lambda: played("github", _make("https://api.github.com"), _PLAY),
    hostile=_hostile,
    play=_PLAY,
    silent=_silent,
    source=routed("system"),
)
