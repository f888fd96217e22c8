"""Answer as the portfolio's own statistics service does: retrieval, guardrails and tools by hour, and the indexes.

Plain JSON, no product's protocol; what ``http_json`` is for. ``since`` and ``until`` (ISO 8601) limit the hours, which
are complete ones only. With a token wanted, everything else is refused with 401.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from collectors.demo.portfolio import SYSTEMS, DemoSystem
from collectors.demo.web import Question, Reply, json_reply
from collectors.demo.world import COUNTED, HOURS, World

_CATEGORIES: Final = {"personal data": 0.42, "pay and benefits": 0.28, "injection": 0.18, "self-harm": 0.12}
# What the update of the guardrail blocks more of, and what it leaves alone.
_DRIFTING: Final = "pay and benefits"
_GUARDED: Final = ("support-bot", "hr-assistant", "claims-triage", "refund-agent", "policy-qa")
_DOCUMENTS: Final = 48_200

Row = dict[str, Any]


class Stats:
    """The service; ``token`` is what it wants to be shown, nothing when it lets everybody in."""

    def __init__(self, world: World, clock: Callable[[], datetime], token: str = "") -> None:
        """Take the world to show and the clock that says how far it has come."""
        self._world = world
        self._clock = clock
        self._token = token

    def answer(self, question: Question) -> Reply:
        """Answer any request."""
        if self._token and question.headers.get("authorization") != f"Bearer {self._token}":
            reply = json_reply({"error": "invalid_token"}, 401)
            return Reply(reply.body, 401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        now = self._clock()
        if question.path == "/v1/indexes":
            return json_reply({"generated": now.isoformat(), "indexes": list(self._indexes(now))})
        make = _TABLES.get(question.path)
        if make is None:
            return json_reply({"error": "no such resource"}, 404)
        try:
            hours = self._hours(question, now)
        except ValueError:
            return json_reply({"error": "since and until must be ISO 8601"}, 400)
        rows = [row for system in SYSTEMS for row in make(self._world, system, hours)]
        return json_reply({"generated": now.isoformat(), "rows": rows})

    def _hours(self, question: Question, now: datetime) -> range:
        """Give the complete hours that end inside the time asked for."""
        since = _moment(question.param("since")) or self._world.start
        until = min(_moment(question.param("until")) or now, now)
        first = max(self._world.hour_of(since), 0)
        return range(first, min(self._world.hour_of(until), HOURS))

    def _indexes(self, now: datetime) -> Iterator[Row]:
        """Give the search indexes as they are now."""
        for system in SYSTEMS:
            if system.knowledge:
                built = self._world.index_built(system.name, now)
                grown = int((built - self._world.start) / timedelta(days=1)) * 35
                yield {
                    "system": system.name,
                    "index": f"{system.name}-docs",
                    "built": built.isoformat(),
                    "age_seconds": round((now - built).total_seconds()),
                    "documents": _DOCUMENTS + grown,
                    "embedding_model": "meridian-embed-3",
                    "query_embedding_model": "meridian-embed-3",
                }


def _retrieval(world: World, system: DemoSystem, hours: range) -> Iterator[Row]:
    """Count searches and those that found nothing, and say how old the index was."""
    if not system.knowledge:
        return
    for hour, end, searches in _counted(world, system, hours, "retrieval_empty"):
        empty = round(searches * world.column(system.name, "retrieval_empty")[hour])
        age = (end - world.index_built(system.name, end)).total_seconds()
        yield _row(system, end) | {
            "searches": searches,
            "empty": empty,
            "empty_ratio": _ratio(empty, searches),
            "index_age_seconds": round(age),
        }


def _guardrails(world: World, system: DemoSystem, hours: range) -> Iterator[Row]:
    """Count requests and those blocked, all together."""
    if system.name in _GUARDED:
        for hour, end, requests in _counted(world, system, hours, ""):
            blocked = round(requests * world.column(system.name, "blocked")[hour])
            yield _row(system, end) | {
                "requests": requests,
                "blocked": blocked,
                "block_ratio": _ratio(blocked, requests),
            }


def _categories(world: World, system: DemoSystem, hours: range) -> Iterator[Row]:
    """Count blocked requests by category; what drifts is one category."""
    if system.name not in _GUARDED:
        return
    for hour, end, requests in _counted(world, system, hours, ""):
        usual = system.levels.get("blocked", 0.022)
        excess = max(0.0, world.level(system.name, "blocked", end) - usual)
        noisy = world.column(system.name, "blocked")[hour] - excess
        for category, part in _CATEGORIES.items():
            share = max(0.0, noisy * part) + (excess if category == _DRIFTING else 0.0)
            blocked = round(requests * share)
            counts = {"requests": requests, "blocked": blocked, "block_ratio": _ratio(blocked, requests)}
            yield _row(system, end) | {"category": category, **counts}


def _tools(world: World, system: DemoSystem, hours: range) -> Iterator[Row]:
    """Count tool calls, empty results, reported successes and those that the system of record confirms."""
    if not system.tools:
        return
    for hour, end, calls in _counted(world, system, hours, "tool_empty"):
        reported = round(world.column(system.name, "requests")[hour] * COUNTED["confirmed"])
        empty = round(calls * world.column(system.name, "tool_empty")[hour])
        confirmed = round(reported * world.column(system.name, "confirmed")[hour])
        yield _row(system, end) | {
            "calls": calls,
            "empty": empty,
            "empty_ratio": _ratio(empty, calls),
            "reported_success": reported,
            "confirmed_success": confirmed,
            "confirmed_ratio": _ratio(confirmed, reported),
        }


_TABLES: Final[dict[str, Callable[[World, DemoSystem, range], Iterator[Row]]]] = {
    "/v1/retrieval": _retrieval,
    "/v1/guardrails": _guardrails,
    "/v1/guardrail-categories": _categories,
    "/v1/tools": _tools,
}


def _counted(world: World, system: DemoSystem, hours: range, signal: str) -> Iterator[tuple[int, datetime, int]]:
    """Give each hour, its end and how many events of a signal it had."""
    requests = world.column(system.name, "requests")
    for hour in hours:
        yield hour, world.start + timedelta(hours=hour + 1), round(requests[hour] * COUNTED.get(signal, 1.0))


def _row(system: DemoSystem, end: datetime) -> Row:
    return {"system": system.name, "hour_end": f"{end:%Y-%m-%dT%H:%M:%SZ}"}


def _ratio(part: int, whole: int) -> float | None:
    """Divide; over nothing there is no share, and the service says null."""
    return round(part / whole, 6) if whole else None


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
