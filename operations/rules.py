"""Decide which declared thresholds reach which systems: by name before by tier, by tier before for all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from operations.settings import System, Threshold
from store.described_records import RuleRecord
from store.values import Confirm, Duration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.database import Reader

Subject = Literal["samples", "evaluations", "costs"]
COST = "cost"
EVALUATION = "evaluation:"


# A gauge is judged by its mean, lowest or highest value as well.
_OF_METRIC: Final = """
select * from rules
where system = $system and metric = $metric
    and (stat = $stat or ($stat = 'last' and stat in ('avg', 'min', 'max')))
order by length(dims), rule
"""


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


def recorded(rule: Rule) -> RuleRecord:
    """Write a rule as the store keeps it."""
    threshold = rule.threshold
    return RuleRecord(
        system=rule.system.name,
        rule=threshold.name,
        metric=threshold.metric,
        stat=threshold.stat,
        direction=threshold.direction,
        warning=threshold.warning,
        critical=threshold.critical,
        recover=threshold.recover,
        dims=json.dumps(dict(threshold.dims), sort_keys=True),
        window_s=threshold.window.seconds,
        hits=threshold.confirm.hits,
        of_windows=threshold.confirm.of,
        min_n=threshold.min_n,
        no_data=threshold.no_data,
        stale_after_s=threshold.stale_after.seconds if threshold.stale_after else None,
        source=threshold.source,
    )


def of_metric(reader: Reader, system: str, metric: str, stat: str) -> Rule | None:
    """Give the rule that judges a metric of a system, as configured at the last collection; ``None`` without one."""
    found = reader.rows(RuleRecord, _OF_METRIC, {"system": system, "metric": metric, "stat": stat})
    return restored(found[0]) if found else None


def restored(record: RuleRecord) -> Rule:
    """Give the rule that the store keeps, for its system by name alone."""
    threshold = Threshold(
        name=record.rule,
        metric=record.metric,
        stat=record.stat,
        direction=record.direction,
        warning=record.warning,
        critical=record.critical,
        recover=record.recover,
        dims=json.loads(record.dims),
        window=Duration(record.window_s),
        confirm=Confirm(record.hits, record.of_windows),
        min_n=record.min_n,
        no_data=record.no_data,
        stale_after=Duration(record.stale_after_s) if record.stale_after_s is not None else None,
        source=record.source,
        systems=(record.system,),
    )
    return Rule(System(record.system, ""), threshold)


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
