"""Which thresholds reach which systems."""

import pytest

from operations.rules import rules, subject, suite_and_scorer
from operations.settings import System, Threshold

BOT = System("bot", "Ada", tier=1)
DESK = System("desk", "Ada", tier=2)


def limit(warning: float, **fields: object) -> Threshold:
    return Threshold("p95", "latency", "above", warning=warning, **fields)  # type: ignore[arg-type]  # of Threshold


def standing(*declared: Threshold) -> dict[str, float | None]:
    return {rule.system.name: rule.threshold.warning for rule in rules(declared, [BOT, DESK])}


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ((limit(1),), {"bot": 1, "desk": 1}),
        ((limit(1, tiers=(1,)),), {"bot": 1}),
        ((limit(1, systems=("desk",)),), {"desk": 1}),
        ((limit(1), limit(2, tiers=(1,))), {"bot": 2, "desk": 1}),
        ((limit(2, tiers=(1,)), limit(1)), {"bot": 2, "desk": 1}),
        ((limit(1, tiers=(1, 2)), limit(3, systems=("bot",))), {"bot": 3, "desk": 1}),
        ((limit(3, systems=("bot",)), limit(1, tiers=(1, 2))), {"bot": 3, "desk": 1}),
        ((limit(1, systems=("desk",), tiers=(1,)),), {"bot": 1, "desk": 1}),
        ((limit(1), limit(2)), {"bot": 1, "desk": 1}),
        ((limit(1, systems=("nobody",)),), {}),
        ((), {}),
    ],
)
def test_the_most_specific_threshold_of_a_name_stands(
    declared: tuple[Threshold, ...], expected: dict[str, float]
) -> None:
    assert standing(*declared) == expected


def test_thresholds_of_other_names_stand_beside_each_other() -> None:
    found = rules([limit(1), Threshold("errors", "errors", "above", warning=2)], [BOT])
    assert [rule.key for rule in found] == [("bot", "p95"), ("bot", "errors")]


@pytest.mark.parametrize(
    ("metric", "kind"),
    [("cost", "costs"), ("evaluation:quality", "evaluations"), ("latency", "samples"), ("cost_per_request", "samples")],
)
def test_the_metric_says_what_is_judged(metric: str, kind: str) -> None:
    assert subject(Threshold("x", metric, "above")) == kind


@pytest.mark.parametrize(
    ("metric", "names"),
    [
        ("evaluation:quality", ("", "quality")),
        ("evaluation:golden/quality", ("golden", "quality")),
        ("evaluation:team/golden/quality", ("team/golden", "quality")),
    ],
)
def test_an_evaluation_is_named_by_scorer_and_where_it_matters_suite(metric: str, names: tuple[str, str]) -> None:
    assert suite_and_scorer(metric) == names
