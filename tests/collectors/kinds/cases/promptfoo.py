"""Result files of promptfoo."""

import json

from collectors.kinds.promptfoo import Settings
from tests.collectors.kinds.case import Case, recorded


def _hostile(name: str) -> tuple[bytes, str]:
    results = {"timestamp": "2026-11-22T02:00:00Z", "stats": {"successes": 1}, "prompts": []}
    return json.dumps({"evalId": "e", "config": {"description": name}, "results": results}).encode(), ""


CASE = Case(
    make=Settings,
    answers=lambda: recorded("promptfoo", "version3.json", "two_prompts.json", "all_errors.json"),
    hostile=_hostile,
    maps=frozenset({"namedScores", "namedScoresCount", "vars", "tags", "metadata"}),
)
