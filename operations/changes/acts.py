"""Read and write what people say of a change: the payload of an event, and the words that a signature is made over."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final, cast, get_args

from store.change_records import SUBJECT, Act
from store.records import Change, ChangeClass, Event
from store.signatures import canonical

ACTS: Final[tuple[Act, ...]] = get_args(Act)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a request asks for: the change itself, and what its requester says for it; ``evidence`` is links by item."""

    change_class: ChangeClass
    system: str
    title: str
    content: str
    content_hash: str
    from_ref: str = ""
    to_ref: str = ""
    author: str = ""
    risk: str = ""
    url: str = ""
    rollback: str = ""
    incident: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)

    def payload(self) -> str:
        """Write it as an event carries it."""
        return canonical(asdict(self))

    def change(self, external_id: str, now: datetime) -> Change:
        """Give the change as the ledger keeps it."""
        return Change(
            self.system, external_id, self.change_class, self.title, "pending", self.author, now, self.from_ref,
            self.to_ref, self.content_hash, self.content, self.risk, self.url,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody decided on: the hash of the content and of the evidence shown, and the items that are meant."""

    content_hash: str
    evidence_hash: str = ""
    items: tuple[str, ...] = ()

    def payload(self) -> str:
        """Write it as an event carries it."""
        return canonical(asdict(self))


def hashed(content: bytes) -> str:
    """Give the hash of exactly these bytes (SHA-256)."""
    return hashlib.sha256(content).hexdigest()


def act_of(event: Event) -> Act | None:
    """Say what an event does with a change; ``None`` for an event that speaks of something else."""
    is_act = event.subject.startswith(SUBJECT) and event.kind in ACTS
    return cast("Act", event.kind) if is_act else None


def proposal(payload: str) -> Proposal:
    """Read what a request asks for or raise ``ValueError`` in words."""
    found = _texts(payload, set(Proposal.__dataclass_fields__))
    content = str(found["content"])
    if found["change_class"] not in get_args(ChangeClass):
        raise ValueError("its class is none of the ledger's")
    if hashed(content.encode("utf-8", "surrogatepass")) != found["content_hash"]:
        raise ValueError("its hash is not that of its content")
    if not str(found["title"]).strip():
        raise ValueError("it has no title")
    return Proposal(**found)  # type: ignore[arg-type]  # texts, and a mapping of texts, as was just checked


def seen(payload: str) -> Seen:
    """Read what a decision was made on or raise ``ValueError`` in words."""
    found = _texts(payload, set(Seen.__dataclass_fields__))
    items = cast("Sequence[str]", found["items"])
    return Seen(str(found["content_hash"]), str(found["evidence_hash"]), tuple(items))


def message(portfolio: str, event: Event) -> bytes:
    """Give the words that a signature of a decision is made over; the event's id is the nonce."""
    told = {
        "portfolio": portfolio, "change": event.subject.removeprefix(SUBJECT), "decision": event.kind,
        "seen": event.payload, "reason": event.reason, "nonce": event.event_id, "time": event.written.isoformat(),
        "expires": None if event.expires is None else event.expires.isoformat(),
    }  # fmt: skip
    return canonical(told).encode("ascii")


def _texts(payload: str, names: set[str]) -> dict[str, object]:
    """Read a payload that has exactly these fields, each a text, a list of texts or texts by name."""
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        raise ValueError("its payload is no JSON") from None
    if not isinstance(found, dict) or set(found) != names or not all(map(_is_plain, found.items())):
        raise ValueError("its payload is not what an event of this kind carries")
    return found


def _is_plain(pair: tuple[str, object]) -> bool:
    name, value = pair
    if name == "evidence":
        return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    if name == "items":
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return isinstance(value, str)
