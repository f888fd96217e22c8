"""Episodes: one alarm a breach, the cause named before its symptoms, closed by calm runs and by nothing else."""

from collections.abc import Iterable, Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.episodes import CAUSES, Alarm, Episodes, ranked, speaking
from operations.evidence import Evidence
from tests.operations.runs import day

LIMIT = 8.0
MODES = [f"FM{number}" for number in range(1, 9)]
SIGNAL = {mode: f"signal of {mode}" for mode in MODES}


def said(mode: str, margin: float, signal: str = "") -> Evidence:
    return Evidence("scan", signal or SIGNAL[mode], score=LIMIT + margin, limit=LIMIT)


def spoken(margins: Mapping[str, float]) -> dict[str, tuple[Evidence, ...]]:
    return {mode: (said(mode, margins[mode]),) if mode in margins else () for mode in MODES}


def follow(days: Iterable[Mapping[str, float]], ran: Iterable[str] = SIGNAL.values()) -> list[Alarm]:
    """Take margins by mode, day after day; give the alarms."""
    episodes = Episodes("bot")
    ran = set(ran)
    found = [episodes.step(day(place), spoken(margins), ran, LIMIT) for place, margins in enumerate(days)]
    return [alarm for alarm in found if alarm is not None]


def opened(alarms: Iterable[Alarm]) -> list[tuple[date, str]]:
    return [(alarm.day, alarm.mode) for alarm in alarms]


# Opening


@pytest.mark.parametrize(("margin", "opens"), [(-1.0, False), (0.0, False), (0.01, True)])
def test_a_breach_opens_over_its_limit_and_not_on_it(margin: float, *, opens: bool) -> None:
    assert opened(follow([{"FM7": margin}])) == ([(day(0), "FM7")] if opens else [])


def test_a_breach_that_stays_loud_opens_once() -> None:
    assert opened(follow([{"FM7": 3.0}] * 50)) == [(day(0), "FM7")]


def test_a_breach_that_gets_quiet_and_loud_again_before_it_closes_opens_once() -> None:
    assert opened(follow([{"FM7": 3.0}, {}, {}, {"FM7": 3.0}, {}, {}] * 5)) == [(day(0), "FM7")]


def test_an_alarm_tells_all_that_is_at_least_a_candidate_what_alarms_alone_first_and_loudest_first() -> None:
    together = Evidence("together", "a", score=LIMIT + 9, limit=LIMIT, signals=("a", "b"))
    told = [said("FM7", -1.9, "c"), said("FM7", 1.0, "d"), said("FM7", -2.0, "e"), together, said("FM7", 2.0, "f")]
    alarm = Episodes("bot").step(day(0), {"FM7": told}, ["c"], LIMIT)
    assert alarm is not None
    assert [each.signal for each in alarm.evidence] == ["f", "d", "a", "c"]
    assert (alarm.system, alarm.mode, alarm.also) == ("bot", "FM7", ())
    assert ranked(speaking(told)) == list(alarm.evidence)


# Cause before symptom


@pytest.mark.parametrize(
    ("symptom", "cause"), [(symptom, cause) for symptom, causes in CAUSES.items() for cause in causes]
)
@pytest.mark.parametrize(("margin", "is_named"), [(1.0, True), (-1.9, True), (-2.0, False), (-7.0, False)])
def test_a_candidate_that_may_be_the_cause_is_named_and_its_symptom_with_it(
    symptom: str,
    cause: str,
    margin: float,
    *,
    is_named: bool,
) -> None:
    (alarm,) = follow([{symptom: 5.0, cause: margin}])
    assert (alarm.mode, alarm.also) == ((cause, (symptom,)) if is_named else (symptom, ()))


def test_what_opens_with_another_and_is_no_cause_of_it_is_named_beside_it() -> None:
    (alarm,) = follow([{"FM7": 9.0, "FM2": 1.0, "FM6": 3.0}])
    assert (alarm.mode, alarm.also) == ("FM2", ("FM7", "FM6"))


def test_modes_that_were_named_beside_another_do_not_open_again() -> None:
    assert len(follow([{"FM4": 1.0, "FM3": 5.0}] * 20)) == 1
    assert len(follow([{"FM4": -1.0, "FM3": 5.0}, {"FM4": 3.0, "FM3": 5.0}])) == 1


@pytest.mark.parametrize(("later", "alarms"), [(0, 1), (7, 1), (8, 2)])
def test_a_symptom_opens_under_its_cause_for_a_week(later: int, alarms: int) -> None:
    found = follow([*[{"FM4": 3.0}] * later, {"FM4": 3.0, "FM3": 1.0}])
    assert opened(found) == [(day(0), "FM4"), (day(8), "FM3")][:alarms]


def test_a_cause_that_is_open_since_long_is_not_opened_again_for_a_new_symptom() -> None:
    found = follow([*[{"FM4": 3.0}] * 30, *[{"FM4": 3.0, "FM3": 1.0}] * 5])
    assert opened(found) == [(day(0), "FM4"), (day(30), "FM3")]


def test_an_open_mode_knows_the_breach_that_it_belongs_to() -> None:
    episodes = Episodes("bot")
    episodes.step(day(0), spoken({"FM1": 1.0}), [], LIMIT)
    episodes.step(day(1), spoken({"FM1": 1.0, "FM5": 1.0}), [], LIMIT)
    episodes.step(day(2), spoken({"FM1": 1.0, "FM5": 1.0, "FM6": 1.0}), [], LIMIT)
    assert episodes.under("FM1") == ["FM1", "FM5"]
    assert episodes.under("FM6") == ["FM6"]
    assert episodes.under("FM5") == []


# Closing


@pytest.mark.parametrize(("calm", "alarms"), [(2, 1), (3, 2)])
def test_a_breach_closes_after_three_calm_runs_and_opens_again_only_then(calm: int, alarms: int) -> None:
    assert len(follow([{"FM7": 3.0}, *[{}] * calm, {"FM7": 3.0}])) == alarms


@pytest.mark.parametrize(("margin", "alarms"), [(-LIMIT / 2, 2), (-LIMIT / 2 + 0.01, 1)])
def test_half_the_evidence_still_holds_a_breach_open(margin: float, alarms: int) -> None:
    assert len(follow([{"FM7": 3.0}, *[{"FM7": margin}] * 3, {"FM7": 3.0}])) == alarms


def test_days_on_which_only_others_ran_do_not_close_a_breach() -> None:
    episodes = Episodes("bot")
    episodes.step(day(0), spoken({"FM7": 3.0}), [SIGNAL["FM7"]], LIMIT)
    for place in range(1, 30):
        episodes.step(day(place), spoken({}), [SIGNAL["FM1"]], LIMIT)
    assert list(episodes.opened) == ["FM7"]
    for place in range(30, 33):
        assert episodes.opened
        episodes.step(day(place), spoken({}), [SIGNAL["FM7"]], LIMIT)
    assert not episodes.opened
    assert episodes.since == {"FM7": day(32)}


def test_calm_runs_of_what_spoke_last_close_a_breach_whatever_opened_it() -> None:
    episodes = Episodes("bot")
    both = Evidence("together", "a", score=LIMIT + 1, limit=LIMIT, signals=("a", "b"))
    episodes.step(day(0), {"FM7": [both]}, ["a", "b"], LIMIT)
    assert episodes.rests == {"FM7": {"a", "b"}}
    episodes.step(day(1), {"FM7": [said("FM7", -1.0, "b")]}, ["a", "b"], LIMIT)
    assert episodes.rests == {"FM7": {"b"}}
    for place in range(2, 12):
        episodes.step(day(place), {}, ["a"], LIMIT)
    assert episodes.opened == {"FM7": day(0)}
    for place in range(12, 15):
        episodes.step(day(place), {}, ["b"], LIMIT)
    assert (episodes.opened, episodes.heads, episodes.calm, episodes.rests) == ({}, {}, {}, {})


@given(st.lists(st.dictionaries(st.sampled_from(MODES), st.floats(-8, 8)), max_size=40))
def test_a_mode_never_opens_while_it_is_open(days: list[dict[str, float]]) -> None:
    episodes = Episodes("bot")
    for place, margins in enumerate(days):
        before = set(episodes.opened)
        alarm = episodes.step(day(place), spoken(margins), set(SIGNAL.values()), LIMIT)
        if alarm is not None:
            assert before.isdisjoint((alarm.mode, *alarm.also))
            assert episodes.opened.keys() >= {alarm.mode, *alarm.also}
        assert episodes.opened.keys() == episodes.heads.keys() == episodes.calm.keys() == episodes.rests.keys()


@given(st.lists(st.dictionaries(st.sampled_from(MODES), st.floats(-8, 8)), max_size=40))
def test_an_alarm_never_names_a_cause_as_the_symptom_of_what_it_may_cause(days: list[dict[str, float]]) -> None:
    for alarm in follow(days):
        assert not set(CAUSES.get(alarm.mode, ())) & set(alarm.also)
