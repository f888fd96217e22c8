"""A LiteLLM proxy with a database: its page, dates of models, budgets, and one day of spend in two pages."""

import json

from collectors.base import Answer
from collectors.kinds.litellm import Settings
from tests.collectors.kinds.case import FIXTURES, WINDOW, Asked, Case, routed

_FOLDER = FIXTURES / "litellm"
_FILES = {
    "/metrics": "metrics.txt",
    "/model/deprecations": "deprecations.json",
    "/team/list": "teams.json",
    "/key/list": "keys.json",
}
_DAY = "2026-11-22"
_QUIET = {
    "/metrics": b"litellm_in_flight_requests 1.0\n",
    "/model/deprecations": b'{"deprecated":[],"imminent":[],"upcoming":[]}',
    "/team/list": b"[]",
    "/key/list": b'{"keys":[],"total_count":0,"current_page":1,"total_pages":0}',
    "/user/daily/activity": b'{"results":[],"metadata":{"page":1,"total_pages":0,"has_more":false}}',
}


def _read(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


def _answers() -> list[Answer]:
    teams = json.dumps({"t-1": "support-bot", "t-2": "claims-triage"}).encode()
    pages = b",".join(_read(f"activity_page{number}.json") for number in (1, 2))
    bodies = {
        "metrics": _read("metrics.txt"),
        "models": _read("deprecations.json"),
        "budgets": b'{"teams":%s,"keys":%s}'
        % (_read("teams.json"), json.dumps(json.loads(_read("keys.json"))["keys"]).encode()),
        "spend": b'{"teams":%s,"pages":[%s]}' % (teams, pages),
    }
    return [Answer(body, WINDOW, about) for about, body in bodies.items()]


def play(asked: Asked) -> bytes:
    """Answer as the proxy does that the fixtures are of."""
    path = asked.path.rstrip("/")
    if path.endswith("/daily/activity") and asked.sent["start_date"] == asked.sent["end_date"] == _DAY:
        return _read(f"activity_page{asked.sent['page']}.json")
    found = next(name for name in _QUIET if path.endswith(name))
    return _read(_FILES[found]) if found in _FILES else _QUIET[found]


def _hostile(name: str) -> tuple[bytes, str]:
    row = {"model_name": "m", "litellm_model": name, "litellm_provider": "p", "deprecation_date": "2027-03-31"}
    return json.dumps({"deprecated": [], "imminent": [], "upcoming": [row]}).encode(), "models"


CASE = Case(
    make=Settings,
    answers=_answers,
    hostile=_hostile,
    play=play,
    silent=lambda asked: next(body for path, body in _QUIET.items() if asked.path.rstrip("/").endswith(path)),
    source=routed("team_alias"),
    maps=frozenset({"models", "model_groups", "api_keys", "api_key_breakdown", "teams"}),
)
