"""Keep attempts to carry decisions out at their source: written as events by who tried, stored as rows of their own."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import ClassVar, cast, get_args

from store.change_records import SUBJECT
from store.records import DeliveryState, DeliveryVerdict, Event


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """One attempt, by the event that tells of it; ``before`` is what the source held and a rollback returns to.

    ``confirmed`` is when the source, read again, showed the decision; ``None`` until it does.
    """

    TABLE: ClassVar[str] = "deliveries"

    attempt_id: str
    change_id: str
    content_hash: str
    decision_id: str
    verdict: DeliveryVerdict
    target: str
    state: DeliveryState
    detail: str
    before: str
    actor: str
    tried: datetime
    confirmed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is tried, by whom it was decided: the part of every event about one attempt that stays the same."""

    content_hash: str
    decision_id: str
    verdict: DeliveryVerdict
    target: str

    def payload(self, state: DeliveryState, before: str = "") -> str:
        """Write how it stands as an event carries it; the event's reason says it in words."""
        return json.dumps({**asdict(self), "state": state, "before": before}, sort_keys=True)


def read(event: Event) -> DeliveryRecord | None:
    """Read the attempt that an event tells of; ``None`` when it tells of none."""
    try:
        words = json.loads(event.payload)
    except (ValueError, RecursionError):
        return None
    if not event.subject.startswith(SUBJECT) or not isinstance(words, dict) or not _is_whole(words):
        return None
    state = cast("DeliveryState", words["state"])
    return DeliveryRecord(
        attempt_id=event.event_id,
        change_id=event.subject.removeprefix(SUBJECT),
        content_hash=words["content_hash"],
        decision_id=words["decision_id"],
        verdict=cast("DeliveryVerdict", words["verdict"]),
        target=words["target"],
        state=state,
        detail=event.reason,
        before=words["before"],
        actor=event.actor,
        tried=event.written,
        confirmed=event.written if state == "delivered" else None,
    )


def _is_whole(words: Mapping[str, object]) -> bool:
    """Tell whether every word is there, is text and, where it is one of few, is one of them."""
    names = ("content_hash", "decision_id", "verdict", "target", "state", "before")
    return (
        all(isinstance(words.get(name), str) for name in names)
        and words["state"] in get_args(DeliveryState)
        and words["verdict"] in get_args(DeliveryVerdict)
    )
