"""Explanations: evidence, since when, changes near the start with their base rate, who shares a cause, what would help."""

import math
from datetime import timedelta

import pytest

from operations.explanation import Explanation, explanation
from operations.settings import System, Threshold
from store.records import Change
from store.values import Confirm
from tests.operations.stores import NOW, TODAY, Store, days, hours

BOT = System("bot", "Ada", tier=2, depends_on=("model:m1", "index:kb"))
OTHER = System("other", "Bea", depends_on=("model:m1",))
FAR = System("far", "Cem", depends_on=("model:m2",))
SHARES = [0.02 + 0.002 * (place % 3) for place in range(35)] + [0.09] * 5


def change(identity: str, hours: float) -> Change:
    """A prompt change so many hours after the emptied searches began."""
    requested = TODAY - timedelta(days=5) + timedelta(hours=hours)
    return Change("bot", identity, "prompt", f"prompt {identity}", "applied", "eve", requested)


@pytest.fixture
def broken(store: Store) -> Store:
    store.described([BOT, OTHER, FAR])
    store.collected(*days("llmops.retrieval.empty_ratio", SHARES, n=1000))
    return store


def explained(store: Store) -> Explanation:
    store.detected([BOT, OTHER, FAR])
    (breach,) = [each for each in store.breaches() if each.state == "open"]
    found = explanation(store.session, breach.breach_id, NOW)
    assert found is not None
    return found


def test_an_unknown_breach_has_no_explanation(store: Store) -> None:
    assert explanation(store.session, "nobody", NOW) is None


def test_a_breach_says_value_baseline_n_interval_and_since_when(broken: Store) -> None:
    found = explained(broken)
    loudest = found.evidence[0]
    assert (loudest.signal, loudest.n) == ("retrieval_empty", 5000)
    assert loudest.value == pytest.approx(0.09)
    assert loudest.usual == pytest.approx(0.022, abs=0.001)
    assert loudest.low is not None
    assert loudest.high is not None
    assert loudest.low < 0.09 < loudest.high
    first = (TODAY - timedelta(days=5)).date()
    assert (loudest.earliest, loudest.began, loudest.latest) == (first, first, first)
    assert loudest.score > loudest.score_limit


def test_the_last_runs_of_the_loudest_signal_are_kept_for_the_chart(broken: Store) -> None:
    points = explained(broken).points
    assert [round(point.value, 3) for point in points] == [round(share, 3) for share in SHARES]
    assert points[-1].seen == TODAY


def test_only_changes_within_two_days_of_the_start_are_named_nearest_first(broken: Store) -> None:
    broken.collected(change("near", -20), change("nearer", 3), change("far", 60), source="git")
    found = explained(broken)
    assert [each.title for each in found.changes] == ["prompt nearer", "prompt near"]
    assert [each.after for each in found.changes] == [3 * 3600, -20 * 3600]


def test_the_base_rate_is_that_of_the_systems_own_changes(broken: Store) -> None:
    assert explained(broken).chance is None
    broken.collected(*(change(str(place), -24 * 7 * place) for place in range(5)), source="git")
    chance = explained(broken).chance
    span = 5 * 86_400 + 12 * 3_600 + 4 * 7 * 86_400
    assert chance == pytest.approx(1 - math.exp(-5 * 4 * 86_400 / span))


def test_who_depends_on_the_same_is_named_with_its_own_breach(broken: Store) -> None:
    assert [(each.system, each.thing, each.severity) for each in explained(broken).sharing] == [
        ("other", "model:m1", "")
    ]


def test_what_would_make_it_surer_is_what_the_detector_misses(broken: Store) -> None:
    found = explained(broken)
    assert found.cell is not None
    assert found.cell.state == "degraded"
    assert any("top_sim_p50" in words for words in found.surer)
    assert "index" in found.response


def test_evidence_just_over_its_limit_asks_for_time(store: Store) -> None:
    store.described([BOT])
    store.collected(*days("llmops.retrieval.empty_ratio", [*SHARES[:35], 0.034, 0.034], n=1000))
    store.detected([BOT])
    (breach,) = store.breaches()
    found = explanation(store.session, breach.breach_id, NOW)
    assert found is not None
    assert found.evidence[0].score - found.evidence[0].score_limit < 2
    assert found.surer[0].startswith("wait for 2 more runs")


def test_the_smallest_visible_fall_shrinks_with_more_items(store: Store) -> None:
    seen = []
    for n in (100, 10_000):
        store.session.execute("delete from breaches")
        store.session.execute("delete from episodes")
        store.session.execute("delete from baselines")
        store.described([BOT])
        shares = [0.93, 0.94, 0.95] * 12 + [0.5] * 4
        store.collected(*days("llmops.schema_valid_ratio", shares, n=n))
        store.detected([BOT])
        (breach,) = store.breaches()
        found = explanation(store.session, breach.breach_id, NOW)
        assert found is not None
        assert found.visible is not None
        seen.append(found.visible)
    assert seen[0] > 2 * seen[1]


def test_a_breach_of_a_rule_is_explained_without_evidence(store: Store) -> None:
    limit = Threshold("slow", "latency", "above", warning=2.0, confirm=Confirm(1, 1))
    store.collected(*hours("latency", [3.0, 3.0, 3.0]))
    (breach,) = store.judged([limit], [BOT]).breaches
    found = explanation(store.session, breach.breach_id, NOW)
    assert found is not None
    assert (found.evidence, found.points, found.visible, found.cell, found.sharing) == ((), (), None, None, ())
