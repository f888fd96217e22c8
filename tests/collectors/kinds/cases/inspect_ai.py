"""Logs of Inspect: one that ran, one that failed."""

import json

from collectors.kinds.inspect_ai import Settings
from tests.collectors.kinds.case import Case, recorded


def _hostile(name: str) -> tuple[bytes, str]:
    log = {"status": "error", "eval": {"eval_id": "e", "task": name, "created": "2026-11-22T02:00:00Z"}}
    return json.dumps(log).encode(), ""


CASE = Case(
    make=Settings,
    answers=lambda: recorded("inspect_ai", "success.eval", "failed.json"),
    hostile=_hostile,
    maps=frozenset({"metrics", "metadata"}),
)
