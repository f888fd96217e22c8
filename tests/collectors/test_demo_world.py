"""The world of the demo: seeded, the same each time, and each failure where and when the story tells it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from collectors.demo import evaluations, noise, portfolio, story
from collectors.demo.portfolio import BY_NAME, SYSTEMS
from collectors.demo.story import STORY, Episode
from collectors.demo.world import HOURS, World

ANCHOR = datetime(2026, 11, 23, 15, tzinfo=UTC)
MODES = [f"FM{number}" for number in range(1, 9)]


@pytest.fixture(scope="module")
def world() -> World:
    return World(1, ANCHOR + timedelta(minutes=20))


def mean(column: list[float], since: int, until: int) -> float:
    return sum(column[since:until]) / (until - since)


def test_the_same_seed_tells_the_same_history_and_another_seed_another(world: World) -> None:
    again, other = World(1, ANCHOR), World(2, ANCHOR)
    assert world.anchor == ANCHOR
    assert world.column("support-bot", "requests") == again.column("support-bot", "requests")
    assert world.column("support-bot", "requests") != other.column("support-bot", "requests")


def test_a_column_is_computed_once(world: World) -> None:
    assert world.column("policy-qa", "latency") is world.column("policy-qa", "latency")
    assert len(world.column("policy-qa", "latency")) == HOURS


def test_the_eight_modes_each_happen_once_in_a_system_of_their_own() -> None:
    failures = [episode for episode in STORY if episode.mode]
    assert sorted(episode.mode for episode in failures) == MODES
    assert len({episode.system for episode in failures}) == 8
    assert {episode.system for episode in STORY} <= set(BY_NAME)
    assert all(episode.before < story.HISTORY for episode in STORY)


@pytest.mark.parametrize("episode", STORY, ids=lambda episode: f"{episode.mode or 'benign'} {episode.system}")
def test_an_episode_moves_its_signals_at_its_time_and_no_other(world: World, episode: Episode) -> None:
    begins, complete = episode.begins(world.anchor), episode.begins(world.anchor) + episode.ramp
    for signal, target in episode.to.items():
        before = world.level(episode.system, signal, begins - timedelta(minutes=1))
        assert before != target
        assert world.level(episode.system, signal, complete) == pytest.approx(target)
    for signal, factor in episode.times.items():
        before = world.level(episode.system, signal, begins - timedelta(minutes=1))
        assert world.level(episode.system, signal, complete) == pytest.approx(before * factor)
    moved = {*episode.to, *episode.times}
    if "correctness" not in moved:
        at = [world.level(episode.system, "correctness", when) for when in (begins, complete)]
        assert at[0] == at[1]


def test_a_ramp_grows_and_what_lasts_a_time_ends(world: World) -> None:
    spreading = next(episode for episode in STORY if episode.mode == "FM2")
    days = [world.level("travel-concierge", "uncovered", ANCHOR - timedelta(days=d)) for d in range(12, 3, -1)]
    assert all(later > earlier for earlier, later in pairwise(days))
    assert spreading.strength(-1) == 0
    holiday = next(episode for episode in STORY if episode.lasts)
    assert holiday.strength(1) == 1
    assert holiday.strength(72) == 0


def test_the_errors_of_a_failing_system_stay_as_they_were(world: World) -> None:
    for episode in STORY:
        column = world.column(episode.system, "errors")
        began = world.hour_of(episode.begins(world.anchor))
        now = world.hour_of(world.anchor)
        assert mean(column, began, now) == pytest.approx(mean(column, began - 200, began), abs=0.004)


def test_a_campaign_doubles_requests_and_leaves_the_size_of_a_request_alone(world: World) -> None:
    now, week = world.hour_of(world.anchor), 168
    requests, tokens = (world.column("marketing-copy", signal) for signal in ("requests", "tokens_out"))
    assert mean(requests, now - 72, now) / mean(requests, now - 72 - week, now - week) == pytest.approx(2, rel=0.06)
    assert mean(tokens, now - 72, now) == pytest.approx(mean(tokens, now - 72 - week, now - week), rel=0.03)


def test_traffic_is_never_silent_and_shares_stay_shares(world: World) -> None:
    for system in SYSTEMS:
        assert min(world.column(system.name, "requests")) > 20
        for signal in ("errors", "schema_valid", "confirmed", "tool_empty", "blocked", "other_model"):
            column = world.column(system.name, signal)
            assert 0 <= min(column) <= max(column) <= 1


def test_the_index_is_built_each_night_until_that_stops(world: World) -> None:
    noon = ANCHOR.replace(hour=12)
    assert world.index_built("policy-qa", noon) == ANCHOR.replace(hour=1)
    assert world.index_built("policy-qa", ANCHOR.replace(hour=0)) == ANCHOR.replace(hour=1) - timedelta(days=1)
    assert world.anchor - world.index_built("legal-search", ANCHOR) > story.REINDEXING_STOPPED


def test_the_story_names_every_mode_with_its_time() -> None:
    told = "\n".join(story.tell(ANCHOR))
    for mode in MODES:
        assert f"\n{mode}    " in told
    assert "since   2026-11-17 12:00 UTC, 6 d 3 h ago\n" in told
    assert "12 d ago, growing for 8 d" in told
    assert "over after 3 d" in told
    assert "meeting-notes has no quality data" in told
    assert "alert  refund-agent: PaymentsUnmatched, " in told
    assert "Alertmanager, severity warning, silenced\n       shows   suppressed, not counted as open" in told


def test_noise_is_centred_and_bounded() -> None:
    key = noise.key_of(7, "a", "b")
    normal = [noise.normal(key, place) for place in range(4_000)]
    assert sum(normal) / 4_000 == pytest.approx(0, abs=0.06)
    assert sum(value**2 for value in normal) / 4_000 == pytest.approx(1, abs=0.06)
    assert max(map(abs, normal)) < 3.47
    uniform = [noise.uniform(key, place) for place in range(4_000)]
    assert 0 <= min(uniform) < max(uniform) < 1
    assert sum(uniform) / 4_000 == pytest.approx(0.5, abs=0.02)
    assert noise.key_of(7, "a", "b") != noise.key_of(7, "b", "a") != noise.key_of(8, "b", "a")


def test_identifiers_are_as_long_as_asked_and_differ() -> None:
    assert len(noise.hex_id(1, 2, 22)) == 22
    assert len({noise.hex_id(1, place) for place in range(100)}) == 100


def test_an_evaluation_measures_the_level_of_its_night(world: World) -> None:
    system = BY_NAME["claims-triage"]
    nights = list(evaluations.nights(world, system, world.anchor))
    assert len(nights) == 60
    shares = [evaluations.score(world, system, "groundedness", night).share for night in nights]
    assert sum(shares[:45]) / 45 == pytest.approx(0.94, abs=0.01)
    assert shares[-1] == pytest.approx(0.79, abs=0.04)
    assert evaluations.score(world, system, "groundedness", nights[0], 10).cases == 10


def test_every_owner_is_a_person_and_every_model_has_a_price() -> None:
    names = {person.name for person in portfolio.PEOPLE}
    assert len(SYSTEMS) == 12
    assert {system.owner for system in SYSTEMS} | {system.deputy for system in SYSTEMS} <= names
    assert {system.tier for system in SYSTEMS} == {1, 2, 3}
    assert all(portfolio.cost_per_request(system) * system.requests * 730 < system.budget * 1.05 for system in SYSTEMS)
