"""Keep attempts to carry decisions out at their source: written as events by who tried, stored as rows of their own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, cast, get_args

from store.records import DeliveryState, DeliveryVerdict, Event

_LONGEST: Final = 2_000


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


def payload(
    content_hash: str,
    decision_id: str,
    verdict: DeliveryVerdict,
    target: str,
    state: DeliveryState,
    detail: str,
    before: str,
) -> str:
    """Write what an event of kind ``delivery`` says beside its subject, the change."""
    words = {
        "content_hash": content_hash,
        "decision_id": decision_id,
        "verdict": verdict,
        "target": target,
        "state": state,
        "detail": detail[:_LONGEST],
        "before": before,
    }
    return json.dumps(words, sort_keys=True)


def read(event: Event) -> DeliveryRecord | None:
    """Read the attempt that an event tells of; ``None`` when it tells of none."""
    try:
        words = json.loads(event.reason)
    except (ValueError, RecursionError):
        return None
    if not isinstance(words, dict) or not _is_whole(words):
        return None
    state = cast("DeliveryState", words["state"])
    return DeliveryRecord(
        attempt_id=event.event_id,
        change_id=event.subject,
        content_hash=words["content_hash"],
        decision_id=words["decision_id"],
        verdict=cast("DeliveryVerdict", words["verdict"]),
        target=words["target"],
        state=state,
        detail=words["detail"],
        before=words["before"],
        actor=event.actor,
        tried=event.written,
        confirmed=event.written if state == "delivered" else None,
    )


def _is_whole(words: Mapping[str, object]) -> bool:
    """Tell whether every word is there, is text and, where it is one of few, is one of them."""
    names = ("content_hash", "decision_id", "verdict", "target", "state", "detail", "before")
    return (
        all(isinstance(words.get(name), str) for name in names)
        and words["state"] in get_args(DeliveryState)
        and words["verdict"] in get_args(DeliveryVerdict)
    )
