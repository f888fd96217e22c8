"""Findings: severity on each side, odds in words, sentences, intervals, since when; what sources say is data."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from operations.baselines import Baseline
from operations.detection import frozen
from operations.evidence import EVENT, Bench, Evidence
from operations.findings import (
    breach,
    confidence,
    identity,
    midnight,
    moved,
    note,
    odds,
    rows,
    sentence,
    severity,
    shown,
)
from operations.modes import MODES
from operations.settings import System, Tier
from operations.statistics import wilson
from operations.tracks import History, Key, Track

FIRST = date(2026, 9, 1)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FM1, _, FM3, _, _, _, FM7, _ = MODES
BOT = System("bot", "Ada", tier=2)
LOUD = Evidence("scan", "golden_pass", score=20.0, limit=7.5, length=5, value=0.7, usual=0.9, n=500.0)


def day(place: int) -> date:
    return FIRST + timedelta(days=place)


def bench(tracks: Mapping[Key, Track], baselines: Mapping[Key, Baseline] | None = None) -> Bench:
    """Give a bench whose baselines are the first 28 runs."""
    found = {key: frozen(key, each, len(each.days)) for key, each in tracks.items()}
    return Bench(History("bot", tracks), baselines or {key: each for key, each in found.items() if each}, 7.5)


def fallen(runs: int = 40, since: int = 35) -> Track:
    """Make a golden set that passes nine of ten, and seven of ten from a day on."""
    k = [70.0 if place >= since else 90.0 + place % 3 - 1 for place in range(runs)]
    return Track("count", [day(place) for place in range(runs)], k, [100.0] * runs)


FALLEN = bench({("golden_pass", ""): fallen()})


# Severity

SCAN = [Evidence("scan", "unit_cost", score=9.0, limit=8.0, value=1.5, usual=1.0)]
DOUBLED = [replace(SCAN[0], value=2.0)]
JUST_UNDER = [replace(SCAN[0], value=1.99)]
EVENTS = [SCAN[0], Evidence("event", "red_team_passed", score=EVENT)]


@pytest.mark.parametrize(
    ("mode", "told", "by_tier"),
    [
        ("FM1", SCAN, "cww"), ("FM2", SCAN, "cww"), ("FM4", SCAN, "cww"), ("FM5", SCAN, "cww"), ("FM6", SCAN, "cww"),
        ("FM3", SCAN, "ccw"), ("FM8", SCAN, "ccw"),
        ("FM6", EVENTS, "ccc"), ("FM6", EVENTS[::-1], "ccc"), ("FM1", EVENTS, "cww"),
        ("FM7", SCAN, "www"), ("FM7", JUST_UNDER, "www"), ("FM7", DOUBLED, "ccw"),
        ("FM7", [replace(SCAN[0], value=None)], "www"), ("FM7", [replace(SCAN[0], usual=None)], "www"),
    ],
)  # fmt: skip
def test_severity_follows_from_the_tier_and_the_harm(mode: str, told: list[Evidence], by_tier: str) -> None:
    tiers: tuple[Tier, ...] = (1, 2, 3)
    assert "".join(severity(mode, tier, told)[0] for tier in tiers) == by_tier


def test_certainty_changes_no_severity() -> None:
    assert severity("FM2", 2, [replace(LOUD, score=1e6)]) == severity("FM2", 2, [replace(LOUD, score=7.6)]) == "warning"


@pytest.mark.parametrize(
    ("margin", "word"),
    [(-1.0, "possible"), (0.1, "possible"), (1.99, "possible"), (2.0, "likely"), (5.99, "likely"), (6.0, "certain")],
)
def test_certainty_is_said_in_a_word(margin: float, word: str) -> None:
    assert confidence(margin) == word


# Words


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (0.0, "1 in 1"), (math.log(7.4), "1 in 7"), (math.log(99), "1 in 99"), (math.log(123), "1 in 120"),
        (math.log(12_345), "1 in 12,000"), (math.log(987_654), "1 in 990,000"), (math.log(9.96e6), "1 in 10,000,000"),
        (math.log(1.1e7), "1 in 10^7"), (67.0, "1 in 10^29"), (100_000.0, "1 in 10^43429"),
    ],
)  # fmt: skip
def test_odds_are_said_with_as_many_digits_as_they_deserve(score: float, words: str) -> None:
    assert odds(score) == f"{words} by chance"


def test_a_scan_is_told_with_value_baseline_length_and_odds() -> None:
    assert sentence(LOUD) == "golden set passed 70.0% against 90.0% over 5 runs, 1 in 10^9 by chance"
    assert sentence(replace(LOUD, length=1, dim="de")).startswith(
        "golden set passed (de) 70.0% against 90.0% over 1 run,"
    )


def test_quantities_are_told_with_three_digits_and_what_is_not_known_with_a_question_mark() -> None:
    cost = replace(LOUD, signal="unit_cost", value=0.012345, usual=None)
    assert sentence(cost).startswith("cost of one request 0.0123 against ? over 5 runs")
    assert shown(LOUD, 0.98765) == "98.8%"


def test_a_fact_is_told_in_its_own_words() -> None:
    changed = Evidence("event", "model_id", words="north-1 -> north-2 with no recorded change")
    assert sentence(changed) == "the model that answers: north-1 -> north-2 with no recorded change"
    age = Evidence("age", "index_age_h", words="90 h old, over 60 h")
    assert sentence(age) == "age of the index: 90 h old, over 60 h"


def test_signals_that_move_together_are_told_together() -> None:
    both = replace(LOUD, kind="together", signals=("golden_pass", "canary_pass"))
    assert (
        sentence(both)
        == "golden set passed and canary questions passed moved together over 5 runs, 1 in 10^9 by chance"
    )


def test_a_note_names_the_mode_the_loudest_and_up_to_two_signals_beside_it() -> None:
    beside = [replace(LOUD, signal=signal) for signal in ("canary_pass", "latency_p50", "block")]
    words = note("vendor model change", [LOUD, *beside])
    assert (
        words
        == f"vendor model change: {sentence(LOUD)}, certain; also canary questions passed and median time of a request"
    )
    assert (
        note("vendor model change", [LOUD, replace(LOUD, dim="b")]) == f"vendor model change: {sentence(LOUD)}, certain"
    )
    assert note("vendor model change", [LOUD, beside[0], beside[0]]).endswith("; also canary questions passed")


# Breaches


def test_a_breach_says_since_when_and_by_how_much() -> None:
    made = breach(BOT, FM1, day(38), [LOUD], FALLEN, day(39), NOW)
    assert (made.breach_id, made.rule, made.domain, made.mode) == (
        identity("bot", "FM1", day(38)), "detector:FM1", "monitoring", "FM1",
    )  # fmt: skip
    assert (made.since, made.opened, made.judged) == (midnight(day(35)), midnight(day(39)), NOW)
    assert (made.value, made.worst, made.n, made.unit, made.direction) == (0.7, 0.7, 500, "1", "below")
    assert (made.state, made.severity, made.metric) == ("open", "warning", "golden_pass")


@pytest.mark.parametrize(
    ("value", "usual", "direction"),
    [(0.9, 0.9, "above"), (0.89, 0.9, "below"), (None, 0.9, "above"), (0.1, None, "above")],
)
def test_a_breach_says_on_which_side_harm_lies(value: float | None, usual: float | None, direction: str) -> None:
    told = [replace(LOUD, kind="event", value=value, usual=usual, n=None)]
    made = breach(BOT, FM1, day(39), told, FALLEN, day(39), NOW)
    assert (made.direction, made.n) == (direction, None)


def test_quantities_have_no_unit_and_money_and_scores_have_their_own_domains() -> None:
    told = [replace(LOUD, signal="unit_cost", dim="elsewhere")]
    made = breach(BOT, FM7, day(39), told, FALLEN, day(39), NOW)
    assert (made.unit, made.domain, made.since) == ("", "costs", midnight(day(39)))
    assert breach(BOT, FM3, day(39), told, FALLEN, day(39), NOW).domain == "evaluation"


def test_a_breach_never_opens_later_than_it_is_judged() -> None:
    early = midnight(day(39)) + timedelta(hours=3)
    assert breach(BOT, FM1, day(39), [LOUD], FALLEN, day(39), early).opened == early


def test_identity_tells_systems_modes_and_days_apart() -> None:
    assert len({identity(*each) for each in [("a", "FM1", day(1)), ("b", "FM1", day(1)), ("a", "FM2", day(1)),
                                             ("a", "FM1", day(2)), ("a", "FM1", day(1))]}) == 4  # fmt: skip


def test_a_breach_that_is_held_on_keeps_its_beginning_its_event_and_its_highest_severity() -> None:
    first = replace(breach(BOT, FM1, day(36), [LOUD], FALLEN, day(36), NOW), severity="critical", event="model north-1")
    later = breach(BOT, FM1, day(39), [replace(LOUD, value=0.75)], FALLEN, day(39), NOW + timedelta(days=1))
    on = moved(replace(first, state="closing"), later)
    assert (on.breach_id, on.since, on.opened) == (first.breach_id, first.since, first.opened)
    assert (on.severity, on.event, on.state) == ("critical", "model north-1", "open")
    assert (on.value, on.worst, on.judged) == (0.75, 0.7, NOW + timedelta(days=1))
    assert moved(replace(first, severity="warning"), replace(later, severity="critical")).severity == "critical"
    assert moved(replace(first, severity="warning"), later).severity == "warning"


@pytest.mark.parametrize(
    ("held", "made", "direction", "worst"),
    [
        (0.7, 0.6, "below", 0.6), (0.6, 0.7, "below", 0.6), (3.0, 2.0, "above", 3.0), (2.0, 3.0, "above", 3.0),
        (None, 2.0, "above", 2.0), (2.0, None, "above", None),
    ],
)  # fmt: skip
def test_the_worst_value_is_kept(held: float | None, made: float | None, direction: str, worst: float | None) -> None:
    before = replace(breach(BOT, FM1, day(39), [LOUD], FALLEN, day(39), NOW), worst=held)
    now = replace(before, worst=made, direction=direction)  # type: ignore[arg-type]  # directions as text
    assert moved(before, now).worst == worst
    assert moved(replace(before, metric="canary_pass"), now).worst == made


# Evidence as it is stored


def test_evidence_is_stored_loudest_first_with_intervals_and_beginnings() -> None:
    second = replace(LOUD, signal="canary_pass", score=8.0)
    first, other = rows("b1", [LOUD, second], FALLEN, day(39))
    assert (first.breach_id, first.place, first.signal, first.score, first.score_limit) == (
        "b1",
        0,
        "golden_pass",
        20,
        7.5,
    )
    assert (first.low, first.high) == wilson(350, 500)
    assert (first.began, first.words) == (day(35), sentence(LOUD))
    assert (other.place, other.began) == (1, None)


@pytest.mark.parametrize(
    "fields",
    [{"signal": "unit_cost"}, {"value": None}, {"n": None}, {"n": 0.0}, {"kind": "together"}],
)
def test_only_a_share_with_its_n_has_an_interval(fields: dict[str, object]) -> None:
    told = replace(LOUD, dim="elsewhere", **fields)  # type: ignore[arg-type]  # of Evidence
    (row,) = rows("b1", [told], FALLEN, day(39))
    assert (row.low, row.high) == (None, None)


def test_a_name_stands_since_its_first_day_without_a_break() -> None:
    names = Track("name", [day(place) for place in range(10)], texts=["a"] * 6 + ["b"] * 4)
    changed = Evidence("event", "model_id", score=EVENT, length=4, words="a -> b")
    (row,) = rows("b1", [changed], bench({("model_id", ""): names}), day(9))
    assert row.began == day(6)
    (row,) = rows("b1", [replace(changed, length=99)], bench({("model_id", ""): names}), day(9))
    assert row.began == day(0)


@pytest.mark.parametrize("hostile", ["\x1b[2J", "a\nb", "[red]x[/]", "\u202egpj", "%s {x}", "'; drop table breaches"])
def test_what_sources_name_is_data_in_every_sentence(hostile: str) -> None:
    told = replace(LOUD, dim=hostile)
    assert f"({hostile})" in sentence(told)
    assert f"({hostile})" in note("vendor model change", [told])
