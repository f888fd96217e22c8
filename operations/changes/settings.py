"""Define the ``[changes]`` section: evidence, approvers and watch windows by class, standard changes, freezes."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self

from store.records import ChangeClass
from store.values import Duration, shown

EvidenceName = Literal[
    "diff", "golden", "canary", "benign_canary", "red_team", "retrieval", "cost", "latency", "retirement", "freshness",
    "access_test", "tests", "rollback", "impact", "incident",
]  # fmt: skip
SuiteName = Literal["golden", "canary", "benign_canary", "red_team", "retrieval"]
FreezeReason = Literal["budget", "breach"]

_QUORUM: Final = re.compile(r"(\d)(?: with ([A-Za-z][A-Za-z0-9_-]{0,40}))?", re.ASCII)
_UNTIL_CLOSED: Final = "until closed"
_QUARTER: Final = Duration(90 * 86_400)


@dataclass(frozen=True, slots=True)
class Quorum:
    """Who must approve: a number of people, one of them in a role, the owner (or deputy) of the system, or nobody."""

    count: int
    role: str = ""
    is_owner: bool = False

    @classmethod
    def from_toml(cls, value: object) -> Self:
        """Read ``2``, ``"2"``, ``"2 with risk"``, ``"owner"`` or ``"none"``."""
        if value == "owner":
            return cls(1, is_owner=True)
        if value == "none":
            return cls(0)
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        found = _QUORUM.fullmatch(text) if isinstance(text, str) else None
        if found is None or (found[1] == "0" and found[2]):
            raise ValueError(f'expected approvers such as "2", "2 with risk", "owner" or "none", found {shown(value)}')
        return cls(int(found[1]), found[2] or "")

    def __str__(self) -> str:
        """Write it as it is configured."""
        if self.is_owner:
            return "owner"
        if not self.count:
            return "none"
        return f"{self.count} with {self.role}" if self.role else str(self.count)


@dataclass(frozen=True, slots=True)
class Watch:
    """How long a change is watched once it is applied; ``None`` is until its incident is closed and it is reviewed."""

    length: Duration | None

    @classmethod
    def from_toml(cls, value: object) -> Self:
        """Read ``24h`` or ``until closed``."""
        if value == _UNTIL_CLOSED:
            return cls(None)
        try:
            return cls(Duration.from_toml(value))
        except ValueError as error:
            raise ValueError(f'{error}, or "{_UNTIL_CLOSED}"') from None

    def __str__(self) -> str:
        """Write it as it is configured."""
        return _UNTIL_CLOSED if self.length is None else str(self.length)


@dataclass(frozen=True, slots=True)
class ClassRule:
    """Options under ``[changes.classes.NAME]``; what is not given is as in the table of the class's defaults."""

    evidence: tuple[EvidenceName, ...] | None = None
    tier1: Quorum | None = None
    tier2: Quorum | None = None
    tier3: Quorum | None = None
    watch: Watch | None = None

    def quorum(self, tier: int) -> Quorum | None:
        """Give the approvers of a tier."""
        return {1: self.tier1, 2: self.tier2, 3: self.tier3}[tier]


_USUAL: Final = ClassRule()


@dataclass(frozen=True, slots=True)
class Classes:
    """Options under ``[changes.classes]``, one table a class of change."""

    prompt: ClassRule = _USUAL
    model: ClassRule = _USUAL
    retrieval: ClassRule = _USUAL
    guardrail: ClassRule = _USUAL
    config: ClassRule = _USUAL
    tool: ClassRule = _USUAL
    external: ClassRule = _USUAL
    emergency: ClassRule = _USUAL
    standard: ClassRule = _USUAL


_CLASSES: Final = Classes()


@dataclass(frozen=True, slots=True)
class Suites:
    """Options under ``[changes.suites]``: which suites are which evidence, by patterns of their names, in any case."""

    golden: tuple[str, ...] = ("*golden*",)
    canary: tuple[str, ...] = ("*canary*",)
    benign_canary: tuple[str, ...] = ("*benign*",)
    red_team: tuple[str, ...] = ("*red*team*", "*redteam*", "*jailbreak*", "*attack*")
    retrieval: tuple[str, ...] = ("*retrieval*", "*rag*")


_SUITES: Final = Suites()


@dataclass(frozen=True, slots=True)
class Standard:
    """One ``[[changes.standard]]`` entry: changes that are listed and logged, and need nobody. Patterns take ``*``."""

    name: str
    reason: str
    change_class: ChangeClass | None = None
    system: str = "*"
    title: str = "*"
    author: str = "*"


@dataclass(frozen=True, slots=True)
class Watching:
    """Options under ``[changes.watching]``: what an applied change is held against.

    ``level`` is the chance that one of all signals is called worse where nothing is. ``points`` is the harm of a share
    that is borne, ``parts`` that of anything else as a part of what was usual. A share needs ``min_n`` items.
    """

    level: float = 0.05
    points: float = 0.01
    parts: float = 0.1
    min_n: int = 100


_WATCHING: Final = Watching()


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[changes]``.

    ``late`` and ``expires`` are working days that a change may wait; ``longest_waiver`` says how far ahead one may end.
    An emergency is approved first: within ``review_within`` working days it brings ``review_evidence`` and is reviewed.
    ``freeze`` says what stops changes of a system, ``freeze_exceptions`` which classes and systems go on all the same.
    """

    approver_roles: tuple[str, ...] = ("approver", "risk")
    late: int = 5
    expires: int = 20
    longest_waiver: Duration = _QUARTER
    reviewers: int = 2
    review_within: int = 2
    review_evidence: tuple[EvidenceName, ...] = ("diff", "golden")
    require_signature: bool = False
    allowed_signers: Path | None = None
    freeze: tuple[FreezeReason, ...] = ("budget", "breach")
    freeze_exceptions: tuple[str, ...] = ("emergency", "external")
    suites: Suites = _SUITES
    classes: Classes = _CLASSES
    watching: Watching = _WATCHING
    standard: tuple[Standard, ...] = ()


TIERS: Final[tuple[int, ...]] = (1, 2, 3)
