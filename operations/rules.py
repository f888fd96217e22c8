"""Decide which declared thresholds reach which systems: by name before by tier, by tier before for all."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from operations.settings import System, Threshold

Subject = Literal["samples", "evaluations", "costs"]
COST = "cost"
EVALUATION = "evaluation:"


@dataclass(frozen=True, slots=True)
class Rule:
    """One threshold as it stands for one system."""

    system: System
    threshold: Threshold

    @property
    def key(self) -> tuple[str, str]:
        """Tell this rule from all others."""
        return self.system.name, self.threshold.name


def rules(thresholds: Iterable[Threshold], systems: Iterable[System]) -> tuple[Rule, ...]:
    """Give the rules of every system; of thresholds with one name the most specific that reaches it stands."""
    declared = tuple(thresholds)
    return tuple(Rule(system, threshold) for system in systems for threshold in _standing(declared, system).values())


def subject(threshold: Threshold) -> Subject:
    """Say what kind of rows a threshold judges."""
    if threshold.metric == COST:
        return "costs"
    return "evaluations" if threshold.metric.startswith(EVALUATION) else "samples"


def suite_and_scorer(metric: str) -> tuple[str, str]:
    """Split ``evaluation:<suite>/<scorer>``; the suite is empty when any will do."""
    suite, slash, scorer = metric.removeprefix(EVALUATION).rpartition("/")
    return (suite, scorer) if slash else ("", scorer)


def _standing(declared: tuple[Threshold, ...], system: System) -> dict[str, Threshold]:
    standing: dict[str, Threshold] = {}
    for threshold in declared:
        held = standing.get(threshold.name)
        rank = _rank(threshold, system)
        if rank > (0 if held is None else _rank(held, system)):
            standing[threshold.name] = threshold
    return standing


def _rank(threshold: Threshold, system: System) -> int:
    """Say how specifically a threshold reaches a system: 3 by name, 2 by tier, 1 for all, 0 not at all."""
    if threshold.systems:
        return 3 if system.name in threshold.systems else 2 * (system.tier in threshold.tiers)
    if threshold.tiers:
        return 2 if system.tier in threshold.tiers else 0
    return 1
