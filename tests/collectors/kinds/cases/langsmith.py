"""LangSmith: a server that plays the recorded pages: yesterday's and today's statistics, experiments, prompts."""

import json

from collectors.base import Answer
from collectors.kinds.langsmith import Settings
from tests.collectors.kinds.case import FIXTURES, Asked, Case, routed
from tests.collectors.kinds.played import played

_NOTHING = b'{"items": [], "next_cursor": null, "repos": [], "commits": []}'


def _recorded(name: str) -> bytes:
    return (FIXTURES / "langsmith" / f"{name}.json").read_bytes()


def _play(asked: Asked) -> bytes:
    sent = asked.sent
    if asked.path.endswith("/v2/sessions"):
        if sent["type"] == "EXPERIMENT":
            return _recorded("experiments")
        day = {"2026-11-22T00:00:00+00:00": "sessions_page1", "2026-11-23T00:00:00+00:00": "sessions_today"}
        name = "sessions_page2" if sent.get("cursor") else day.get(sent["stats_start_time"], "")
        return _recorded(name) if name else _NOTHING
    if asked.path.endswith("/v2/datasets"):
        return _recorded("datasets")
    if asked.path.endswith("/v1/repos"):
        return _recorded("repos")
    if asked.path.endswith("/v1/commits/acme/support-bot-answer"):
        return _recorded("commits_production" if "tag" in sent else "commits")
    raise LookupError(asked.path)


def _answers() -> list[Answer]:
    found = played("langsmith", _make(""), _play)
    return [each for each in found if each.about != "projects" or json.loads(each.body)["answer"]["items"]]


def _hostile(name: str) -> tuple[bytes, str]:
    commit = {"commit_hash": "c1", "created_at": "2026-11-20T10:00:00+00:00", "description": name}
    return json.dumps({"repo": {"repo_handle": "m"}, "production": "c1", "commits": [commit]}).encode(), "commits"


def _make(url: str) -> Settings:
    return Settings(url, system="support-bot|claims-triage")


CASE = Case(
    make=_make,
    answers=_answers,
    hostile=_hostile,
    play=_play,
    silent=lambda _: _NOTHING,
    source=routed("system"),
    maps=frozenset({"feedback_stats", "session_feedback_stats", "manifest", "kwargs"}),
    shown=lambda record: str(getattr(record, "title", "")).removeprefix("m commit c1: "),
)
