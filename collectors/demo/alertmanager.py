"""Answer as an Alertmanager does (API v2): the alerts of the story that have begun by now, silenced ones among them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from collectors.demo import noise, story
from collectors.demo.story import Alert
from collectors.demo.web import Question, Reply, json_reply
from collectors.demo.world import World

_KEPT_ALIVE: Final = timedelta(minutes=5)


class Alertmanager:
    """The one that the portfolio's Prometheus sends its alerts to."""

    def __init__(self, world: World, clock: Callable[[], datetime]) -> None:
        """Take the world to show and the clock that says how far it has come."""
        self._world = world
        self._clock = clock

    def answer(self, question: Question) -> Reply:
        """Answer any request."""
        if question.path in {"/-/healthy", "/-/ready"}:
            return Reply(b"OK", content_type="text/plain; charset=utf-8")
        if question.path != "/api/v2/alerts":
            return json_reply({"code": 404, "message": f"path {question.path} was not found"}, 404)
        wanted = {state: question.param(name, "true") == "true" for state, name in _ASKED.items()}
        return json_reply([alert for alert in self._alerts() if wanted[alert["status"]["state"]]])

    def _alerts(self) -> Iterator[dict[str, Any]]:
        now = self._clock().astimezone(UTC)
        for place, alert in enumerate(story.ALERTS):
            if alert.begins(self._world.anchor) <= now:
                yield self._alert(alert, place, now)

    def _alert(self, alert: Alert, place: int, now: datetime) -> dict[str, Any]:
        """Write one alert; its end is a keep-alive that moves on, as in the original."""
        silences = [noise.hex_id(self._key("silence"), place)] if alert.is_silenced else []
        return {
            "annotations": {"summary": alert.summary},
            "endsAt": _moment(now + _KEPT_ALIVE),
            "fingerprint": noise.hex_id(self._key("alert"), place, 16),
            "receivers": [{"name": "operations"}],
            "startsAt": _moment(alert.begins(self._world.anchor)),
            "status": {
                "inhibitedBy": [],
                "silencedBy": silences,
                "state": "suppressed" if silences else "active",
            },
            "updatedAt": _moment(now),
            "generatorURL": f"http://prometheus.example/graph?g0.expr={alert.name}",
            "labels": {"alertname": alert.name, "severity": alert.severity, "system": alert.system},
        }

    def _key(self, what: str) -> int:
        return noise.key_of(self._world.seed, "alertmanager", what)


_ASKED: Final = {"active": "active", "suppressed": "silenced"}


def _moment(then: datetime) -> str:
    return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")
