"""GitLab: a project with merge requests open, drafted, refused, merged and closed, and a blocked deployment."""

import json
from typing import Any

from collectors.kinds.gitlab import Settings
from tests.collectors.kinds.case import FIXTURES, Case, exchanged
from tests.collectors.kinds.played import played

_PLAY = exchanged(FIXTURES / "gitlab" / "exchange.json")


def _make(url: str) -> Settings:
    return Settings(("acme/assistants",), url, risks={"risk: high": "high"})


def _hostile(name: str) -> tuple[bytes, str]:
    merge: dict[str, Any] = {
        "iid": 7,
        "title": name,
        "state": "opened",
        "created_at": "2026-11-20T09:15:00Z",
        "sha": "a" * 40,
        "source_branch": name,
        "author": {"username": name},
        "labels": [name],
    }
    file = {"new_path": "prompts/a", "old_path": name}
    single = {"head_pipeline": {"status": name}}
    told = {"project": "acme/x", "merge": merge, "files": [file], "approvals": None, "single": single}
    return json.dumps(told).encode(), "merge"


CASE = Case(
    make=_make,
    answers=lambda: played("gitlab", _make("https://gitlab.com"), _PLAY),
    hostile=_hostile,
    play=_PLAY,
    silent=lambda _: b"[]",
)
