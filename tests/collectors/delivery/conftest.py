"""Give a played GitHub with a pull request and a waiting run, and doors to it as different people."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.access import Access, credentials_of
from collectors.bounds import Bounds
from collectors.delivery.base import Action, Decision, Delivery, Door, Subject, Target
from collectors.delivery.carrying import deliver
from collectors.gate import Gate
from collectors.http import HttpClient
from collectors.secrets import SecretRef
from scripts.real.github import GitHub, serving
from scripts.real.github_answers import Pull, Run
from store.errors import SourceError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OLD, HEAD, LATER = "a" * 40, "b" * 40, "c" * 40
TOKENS = {"ghp-CANARY-maria": "maria", "ghp-CANARY-jonas": "jonas", "ghp-CANARY-lee": "lee"}
APPROVE = Decision("e1", "approve", "looks right")
REJECT = Decision("e2", "reject", "too short")


@pytest.fixture
def site() -> Iterator[GitHub]:
    """Serve one pull request of maria and one run that waits for jonas."""
    run = Run(7, "Shorter refusals", "maria", HEAD, {"staging": 160, "production": 161}, ("jonas",))
    with serving(GitHub(TOKENS, {12: Pull(12, "Shorter refusals", "maria", [OLD, HEAD])}, {7: run})) as made:
        yield made


@dataclass
class Person:
    """Somebody who carries decisions out with a token of their own, and what they were told just before."""

    login: str
    told: list[Action] = field(default_factory=list)

    async def deliver(self, target: Target, subject: Subject, decision: Decision, options: Any) -> Delivery:
        access = Access(token=SecretRef("env", ("MY_TOKEN",)))
        credentials = credentials_of(access, {"MY_TOKEN": f"ghp-CANARY-{self.login}"})
        async with HttpClient(credentials, Bounds(total=5, source=20, tries=1), Gate(), NOW) as door:
            found = await deliver(door, target, subject, decision, options, self.told.append)
        assert "CANARY" not in repr(found)
        return found


@pytest.fixture
def jonas() -> Person:
    """Give a person who did not write the change."""
    return Person("jonas")


Played = Callable[[Mapping[str, str], Mapping[str, Any]], bytes]


@dataclass
class Pages:
    """A source as a table of answers: ``"GET /path"`` to what is answered; a call may change them, or fail."""

    answers: dict[str, Any]
    after: dict[str, Any] = field(default_factory=dict)
    fault: SourceError | None = None
    sent: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    async def get(
        self, url: str, params: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """Answer from the table."""
        import json

        del headers
        self.asked.append((url, params or {}))
        found = self.answers[url.removeprefix("https://host.example")]
        if isinstance(found, SourceError):
            raise found
        return json.dumps(found).encode()

    async def send(
        self, method: str, url: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        """Note the call; what it changes shows at the next reading, even where its answer is lost."""
        del headers
        self.sent.append((method, url.removeprefix("https://host.example"), body))
        self.answers |= self.after
        if self.fault is not None:
            raise self.fault


def carry(pages: Pages, target: Target, subject: Subject, decision: Decision, options: Any) -> Any:
    """Carry a decision out at a table of answers."""
    door: Door = pages
    return deliver(door, target, subject, decision, options, lambda _: None)
