"""Result files of seven tools, recognised by their content."""

import json
from dataclasses import replace

from collectors.base import Answer
from collectors.kinds.evaluation_files import Settings
from tests.collectors.kinds.case import FIXTURES, Case, recorded

CHANGED = "2026-11-22T02:20:00+00:00"
_OWN = sorted(path.name for path in (FIXTURES / "evaluation_files").iterdir() if path.suffix != ".md")


def _answers() -> list[Answer]:
    found = [
        *recorded("evaluation_files", *_OWN),
        *recorded("promptfoo", "version3.json"),
        *recorded("inspect_ai", "success.eval", "failed.json"),
    ]
    return [replace(each, about=CHANGED) for each in found]


def _hostile(name: str) -> tuple[bytes, str]:
    report = {"metricsScores": [], "testCases": [{"success": True}], "datasetAlias": name}
    return json.dumps(report).encode(), CHANGED


CASE = Case(
    make=Settings,
    answers=_answers,
    hostile=_hostile,
    maps=frozenset(
        {"namedScores", "namedScoresCount", "vars", "tags", "metadata", "metrics", "results", "groups", "scores"}
    ),
)
