"""Alertmanager: alerts of which one is silenced and one inhibited, as a real server lists them."""

import json

from collectors.kinds.alertmanager import Settings
from tests.collectors.kinds.case import FIXTURES, Case, recorded, routed


def _hostile(name: str) -> tuple[bytes, str]:
    alert = {
        "labels": {"alertname": name, "system": "support-bot"},
        "annotations": {},
        "fingerprint": "0f",
        "startsAt": "2026-11-23T09:37:20.553Z",
        "status": {"state": "active"},
    }
    return json.dumps([alert]).encode(), ""


CASE = Case(
    make=Settings,
    answers=lambda: recorded("alertmanager", "alerts.json"),
    hostile=_hostile,
    play=lambda _: (FIXTURES / "alertmanager" / "alerts.json").read_bytes(),
    silent=lambda _: b"[]",
    source=routed("system"),
)
