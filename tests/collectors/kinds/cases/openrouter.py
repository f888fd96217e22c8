"""An OpenRouter account of two workspaces with one day of activity."""

import json
from typing import Any

from collectors.base import Answer
from collectors.kinds.openrouter import Settings
from tests.collectors.kinds.case import FIXTURES, WINDOW, Asked, Case, routed

_FOLDER = FIXTURES / "openrouter"
_DAY = "2026-11-22"


def _file(name: str) -> Any:
    return json.loads((_FOLDER / f"{name}.json").read_text())


def _answers() -> list[Answer]:
    named = {each["id"]: each["slug"] for each in _file("workspaces")["data"]}
    bodies = {
        "activity": {"workspaces": named, "activity": _file("activity")},
        "credits": {"workspaces": named, "credits": _file("credits")},
        "keys": {"workspaces": named, "keys": _file("keys")["data"]},
        "models": _file("models"),
    }
    return [Answer(json.dumps(body).encode(), WINDOW, about) for about, body in bodies.items()]


def play(asked: Asked) -> bytes:
    """Answer as the account does that the fixtures are of."""
    name = asked.path.rsplit("/", 1)[-1]
    found = _file(name)
    if asked.sent.get("offset", "0") != "0" or (name == "activity" and asked.sent["date"] != _DAY):
        return b'{"data":[]}'
    if name == "keys":
        found["data"] = [each for each in found["data"] if each["workspace_id"] == asked.sent["workspace_id"]]
    return json.dumps(found).encode()


def _silent(asked: Asked) -> bytes:
    name = asked.path.rsplit("/", 1)[-1]
    return json.dumps(_file(name) if name == "credits" else {"data": []}).encode()


def _hostile(name: str) -> tuple[bytes, str]:
    return json.dumps({"data": [{"id": name, "created": 1_744_651_381}]}).encode(), "models"


CASE = Case(
    make=Settings,
    answers=_answers,
    hostile=_hostile,
    play=play,
    silent=_silent,
    source=routed("workspace"),
    maps=frozenset({"workspaces"}),
)
