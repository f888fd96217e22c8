"""Say what a change of a class needs: evidence, approvers by tier, how long it is watched; the table is the default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, Protocol

from operations.changes.settings import TIERS, ClassRule, EvidenceName, Quorum, Settings, Standard, Watch
from store.records import ChangeClass


class Described(Protocol):
    """What a pattern of standard changes looks at."""

    @property
    def change_class(self) -> ChangeClass: ...  # noqa: D102 - as in the record
    @property
    def system(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def by(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Rule:
    """What a class of change needs: evidence, approvers by tier, how long it is watched."""

    evidence: tuple[EvidenceName, ...]
    quorums: Mapping[int, Quorum]
    watch: Watch


def _rule(evidence: tuple[EvidenceName, ...], tiers: str, watch: str) -> Rule:
    quorums = [Quorum.from_toml(each.strip()) for each in tiers.split("/")]
    return Rule(evidence, dict(zip(TIERS, quorums, strict=True)), Watch.from_toml(watch))


DEFAULTS: Final[Mapping[ChangeClass, Rule]] = {
    "prompt": _rule(("diff", "golden", "cost"), "2 / 1 / owner", "24h"),
    "model": _rule(("golden", "canary", "red_team", "latency", "cost", "retirement"), "2 with risk / 2 / 1", "72h"),
    "retrieval": _rule(("retrieval", "freshness", "access_test"), "1 / 1 / owner", "72h"),
    "guardrail": _rule(("red_team", "benign_canary"), "2 with risk / 1 / 1", "72h"),
    "config": _rule(("tests", "rollback"), "1 / 1 / owner", "24h"),
    "tool": _rule(("tests", "rollback"), "1 / 1 / owner", "24h"),
    "external": _rule(("impact",), "1 / 1 / 1", "72h"),
    "emergency": _rule(("incident",), "1 / 1 / 1", "until closed"),
    "standard": _rule((), "none / none / none", "24h"),
}
"""What each class needs where nothing else is configured. An external change is acknowledged, nobody can approve it."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What one change needs; ``standard`` is the pattern that it fits, where it fits one.

    ``evidence`` is needed before it is approved, ``afterwards`` before it is reviewed, which only emergencies are.
    """

    evidence: tuple[EvidenceName, ...]
    quorum: Quorum
    watch: Watch
    standard: str = ""
    afterwards: tuple[EvidenceName, ...] = ()

    @property
    def all_evidence(self) -> tuple[EvidenceName, ...]:
        """Every item, in the order in which they are needed."""
        return (*self.evidence, *self.afterwards)


def needs(change: Described, tier: int, settings: Settings) -> Needs:
    """Say what a change of a system of this tier needs."""
    rule = rule_of(change.change_class, settings)
    fitting = pattern(change, settings.standard)
    if fitting is not None:
        return Needs((), Quorum(0), rule.watch, fitting.name)
    later = settings.review_evidence if change.change_class == "emergency" else ()
    afterwards = tuple(name for name in later if name not in rule.evidence)
    return Needs(rule.evidence, rule.quorums[tier], rule.watch, afterwards=afterwards)


def rule_of(name: ChangeClass, settings: Settings) -> Rule:
    """Give what holds for a class: what is configured, else the default."""
    given: ClassRule = getattr(settings.classes, name)
    usual = DEFAULTS[name]
    return Rule(
        usual.evidence if given.evidence is None else given.evidence,
        {tier: given.quorum(tier) or usual.quorums[tier] for tier in TIERS},
        given.watch or usual.watch,
    )


def pattern(change: Described, standard: Sequence[Standard]) -> Standard | None:
    """Give the first pattern of standard changes that a change fits; case counts."""
    return next((each for each in standard if _fits(change, each)), None)


def _fits(change: Described, each: Standard) -> bool:
    pairs = ((change.system, each.system), (change.title, each.title), (change.by, each.author))
    return each.change_class in {None, change.change_class} and all(fnmatchcase(*pair) for pair in pairs)
