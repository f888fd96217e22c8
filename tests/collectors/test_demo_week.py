"""Whatever hour of the week the demo is started: the same failures are in breach, and nothing else is."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from collectors.demo import backstage, evaluations
from collectors.demo.configuration import Addresses
from collectors.demo.portfolio import PRICES, SYSTEMS, DemoSystem
from collectors.demo.world import COUNTED, World
from operations.settings import Threshold
from operations.thresholds import Reading, window_state
from tui.settings import load

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
SIGNALS = {
    "llmops.query.uncovered_ratio": "uncovered",
    "llmops.truncated_ratio": "truncated",
    "llmops.schema_valid_ratio": "schema_valid",
    "llmops.feedback.thumbs_down_ratio": "thumbs_down",
    "llmops.retrieval.empty_ratio": "retrieval_empty",
    "llmops.guardrail.block_ratio": "blocked",
    "llmops.tool.empty_ratio": "tool_empty",
    "llmops.outcome.confirmed_ratio": "confirmed",
    "llmops.error_ratio": "errors",
    "llmops.cost_per_request": "cost",
}
EXPECTED = {
    ("claims-triage", "golden-groundedness"),
    ("claims-triage", "thumbs-down"),
    ("code-assist", "cost-per-request"),
    ("contract-summary", "answers-cut"),
    ("contract-summary", "schema-valid"),
    ("hr-assistant", "benign-answered"),
    ("hr-assistant", "guardrail-blocks"),
    ("legal-search", "index-age"),
    ("legal-search", "retrieval-empty"),
    ("refund-agent", "outcomes-confirmed"),
    ("refund-agent", "tools-empty"),
    ("support-bot", "answered-model"),
    ("support-bot", "golden-correctness"),
    ("travel-concierge", "queries-uncovered"),
}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> tuple[Threshold, ...]:
    folder = tmp_path_factory.mktemp("week")
    addresses = Addresses(*["http://127.0.0.1:1"] * 6)
    return load(backstage.furnish(World(1, MONDAY), folder, addresses, MONDAY), os.environ).thresholds


def reach(rule: Threshold) -> Iterator[DemoSystem]:
    for system in SYSTEMS:
        if system.name in rule.systems or (not rule.systems and (not rule.tiers or system.tier in rule.tiers)):
            yield system


def value(world: World, system: DemoSystem, signal: str, hour: int) -> float:
    if signal == "cost":
        tokens = [world.column(system.name, f"tokens_{way}")[hour] for way in ("in", "out")]
        return sum(price * count for price, count in zip(PRICES[system.model], tokens, strict=True)) / 1e6
    return world.column(system.name, signal)[hour]


def readings(world: World, rule: Threshold, system: DemoSystem) -> list[Reading]:
    """Give what the rule's windows hold, newest first; nothing for what is not measured there."""
    if rule.metric == "llmops.index.age":
        age = (world.anchor - world.index_built(system.name, world.anchor)).total_seconds()
        return [Reading(world.anchor, age)]
    if rule.metric == "llmops.model.response_share":
        other = world.column(system.name, "other_model")[world.hour_of(world.anchor) - 1]
        return [Reading(world.anchor, 1 - other, 1_000)]
    if rule.metric.startswith("evaluation:"):
        scorer = rule.metric.removeprefix("evaluation:").rpartition("/")[2]
        if not system.suites or (system.suites == "promptfoo" and scorer == "groundedness"):
            return []
        nights = list(evaluations.nights(world, system, world.anchor))[: -rule.confirm.of - 1 : -1]
        scores = [evaluations.score(world, system, scorer, night) for night in nights]
        return [Reading(world.anchor, score.share, score.cases) for score in scores]
    if rule.metric not in SIGNALS:
        return []
    return [_hours(world, rule, system, place) for place in range(rule.confirm.of)]


def _hours(world: World, rule: Threshold, system: DemoSystem, place: int) -> Reading:
    signal, length = SIGNALS[rule.metric], rule.window.seconds // 3600
    until = world.hour_of(world.anchor) - length * place
    counted = [world.column(system.name, "requests")[h] * COUNTED.get(signal, 1) for h in range(until - length, until)]
    total = sum(n * value(world, system, signal, until - length + offset) for offset, n in enumerate(counted))
    return Reading(world.anchor, total / sum(counted), round(sum(counted)))


@pytest.mark.parametrize("hours", range(0, 168, 21))
def test_the_same_failures_are_in_breach_and_nothing_else(rules: tuple[Threshold, ...], hours: int) -> None:
    world = World(1, MONDAY + timedelta(hours=hours))
    found = set()
    for rule in rules:
        for system in reach(rule):
            states = [window_state(rule, reading).state for reading in readings(world, rule, system)]
            assert "unknown" not in states, (system.name, rule.name)
            failing = sum(state in ("warning", "critical") for state in states)
            if states and states[0] != "ok" and failing >= min(rule.confirm.hits, len(states)):
                found.add((system.name, rule.name))
    assert found == EXPECTED
