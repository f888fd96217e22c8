"""Say what a target of delivery must offer: ``WHOLE``, ``fits``, ``plan`` and ``read``; one module each.

``plan`` is pure and says what would be sent and what must still be so; ``read`` asks the source how it stands, before
anything is sent and again afterwards. Only ``collectors.delivery.carrying`` sends.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from store.records import DeliveryState, DeliveryVerdict

Json = str | int | Sequence["Json"] | Mapping[str, "Json"]


@dataclass(frozen=True, slots=True)
class Subject:
    """The change as it was shown: where its source keeps it, and the hash that must still be there."""

    change_id: str
    source: str
    external_id: str
    content_hash: str
    from_ref: str = ""
    to_ref: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided of it, by the event that says so; ``roll back`` undoes what was applied."""

    event_id: str
    verdict: DeliveryVerdict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """One call that carries a decision out.

    Values of ``body`` between ``<`` and ``>`` are read from the source at ``where`` just before: ids that a change does
    not carry.
    """

    target: str
    method: Literal["POST", "PATCH"]
    url: str
    body: Mapping[str, Json]
    guard: str
    headers: Mapping[str, str] = field(default_factory=dict)
    where: str = ""


@dataclass(frozen=True, slots=True)
class Outside:
    """What no call can carry out, and what a person does instead."""

    target: str
    words: str


@dataclass(frozen=True, slots=True)
class Seen:
    """How it stands at the source: nothing done yet, done, or no longer what was shown.

    ``account`` is whom the source takes the token's owner for, empty where it does not say. ``adds`` completes the body
    of the call; ``before`` is what a rollback returns to.
    """

    state: Literal["waiting", "done", "moved"]
    words: str
    account: str = ""
    adds: Mapping[str, Json] = field(default_factory=dict)
    before: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How carrying out ended: delivered only when the source itself said so on being read again."""

    state: DeliveryState
    detail: str
    before: str = ""


class Door(Protocol):
    """The way to one source as one person (``collectors.http``)."""

    async def get(
        self,
        url: str,
        params: Mapping[str, str | Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Read, with retries."""
        ...

    async def send(
        self, method: str, url: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        """Change something, asked once."""
        ...


class Target(Protocol):
    """The shape of a module of this folder that carries out; ``options`` are the ``Settings`` of the source's kind."""

    @property
    def WHOLE(self) -> bool:  # noqa: N802  # a constant of the module
        """Whether one call decides all changes that share a reference, as a review does for a pull request."""
        ...

    def fits(self, subject: Subject) -> re.Match[str] | None:
        """Read the external id; ``None`` when it is that of another target."""
        ...

    def plan(self, subject: Subject, decision: Decision, options: Any) -> Action | Outside:
        """Say what would be sent."""
        ...

    async def read(self, door: Door, subject: Subject, decision: Decision, options: Any) -> Seen:
        """Ask the source how it stands."""
        ...
