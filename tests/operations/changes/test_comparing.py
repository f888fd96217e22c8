"""Signals after a change beside before: better, no worse, worse, cannot tell, on both sides of every limit."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.changes.comparing import APPLIED, HARM, compared
from operations.changes.settings import Watching
from operations.tracks import Key, Track
from store.change_records import WatchedSignal
from tests.operations.changes.books import Shown

USUAL = Watching()
NOISE = (0.0, 1.0, -1.0, 0.5, -0.5, 0.8, -0.8)


def days(before: int, since: int) -> tuple[date, ...]:
    return tuple(APPLIED + timedelta(days=place) for place in range(-before, since))


def shares(was: float, now: float, n: float = 10_000, before: int = 28, since: int = 1) -> Track:
    levels = [was] * before + [now] * since
    values = [level * n + NOISE[place % 7] * (level * n) ** 0.5 / 2 for place, level in enumerate(levels)]
    return Track("count", days(before, since), values, [n] * (before + since))


def amounts(was: float, now: float, before: int = 28, since: int = 3, noise: float = 0.01) -> Track:
    levels = [was] * before + [now] * since
    return Track("log", days(before, since), [level * (1 + noise * NOISE[p % 7]) for p, level in enumerate(levels)])


def one(signal: str, track: Track, settings: Watching = USUAL, *, is_over: bool = True) -> WatchedSignal:
    (found,) = compared("c", {(signal, ""): track}, (), settings, is_over=is_over)
    return found


@pytest.mark.parametrize(
    ("signal", "track", "verdict"),
    [
        ("finish_length", shares(0.006, 0.031), "worse"),
        ("finish_length", shares(0.006, 0.012), "no worse"),  # sure, and borne
        ("finish_length", shares(0.006, 0.006), "no worse"),
        ("finish_length", shares(0.031, 0.006), "better"),
        ("finish_length", shares(0.031, 0.035, n=200), "cannot tell"),
        ("schema_valid", shares(0.99, 0.95), "worse"),
        ("schema_valid", shares(0.95, 0.99), "better"),
        ("refusal", shares(0.05, 0.09), "worse"),
        ("refusal", shares(0.05, 0.01), "worse"),  # both sides harm
        ("refusal", shares(0.05, 0.05), "no worse"),
        ("refusal", shares(0.05, 0.05, n=150), "cannot tell"),
        ("unit_cost", amounts(0.002, 0.003), "worse"),
        ("unit_cost", amounts(0.002, 0.00215), "no worse"),
        ("unit_cost", amounts(0.002, 0.0015), "better"),
        ("unit_cost", amounts(0.002, 0.0021, noise=0.2), "cannot tell"),
        ("top_sim_p50", replace(amounts(0.8, 0.6), form="plain"), "worse"),
        ("top_sim_p50", replace(amounts(0.8, 0.8), form="plain"), "no worse"),
        ("latency_p50", amounts(1.0, 1e30), "worse"),
    ],
)
def test_a_signal_is_judged_on_its_side_of_harm_by_the_interval_and_the_margin(
    signal: str, track: Track, verdict: str
) -> None:
    found = one(signal, track)
    assert found.verdict == verdict, found.words
    assert found.low is not None
    assert found.high is not None
    assert found.change is not None
    assert found.low <= found.change <= found.high


def test_few_items_of_a_rare_share_are_counted_as_chance_explains_them() -> None:
    found = one("finish_length", shares(0.004, 0.05, n=120))
    assert (found.verdict, found.n_before, found.n_after) == ("worse", 3360, 120)
    assert found.words.startswith("answers cut at the token limit: 0.4% -> 5.0% (+")
    assert found.words.endswith(" points), n 3,360 and 120")


@pytest.mark.parametrize(
    ("track", "words"),
    [
        (shares(0.01, 0.01, before=6), "6 runs before, 7 are needed"),
        (shares(0.01, 0.01, since=0), "nothing was told since"),
        (shares(0.01, 0.01, n=99), "n 99 since, 100 are needed"),
        (Track("count", days(7, 1), [0.0] * 8, [0.0] * 8), "7 runs before, 7 are needed"),
    ],
)
def test_where_data_lacks_nobody_can_tell_and_the_words_say_what_lacks(track: Track, words: str) -> None:
    found = one("finish_length", track)
    assert (found.verdict, found.change) == ("cannot tell", None)
    assert found.words == f"answers cut at the token limit: {words}"


@pytest.mark.parametrize("track", [shares(0.01, 0.01, before=7), shares(0.01, 0.01, n=100)])
def test_just_enough_is_enough(track: Track) -> None:
    assert one("finish_length", track).change is not None


def test_what_was_zero_has_no_parts() -> None:
    track = Track("plain", days(28, 3), [0.0] * 28 + [1.0] * 3)
    assert one("top_sim_p50", track).words.endswith("of nothing there is no part")


def test_days_of_no_items_tell_nothing_even_where_none_are_asked_for() -> None:
    track = Track("count", days(28, 1), [500.0, 480.0] * 14 + [0.0], [1_000.0] * 28 + [0.0])
    assert one("finish_length", track, Watching(min_n=0)).verdict == "cannot tell"


def test_while_the_window_lasts_a_thousandth_is_asked_and_at_its_end_the_level() -> None:
    track = shares(0.02, 0.04, n=300)
    assert (one("finish_length", track, is_over=False).verdict, one("finish_length", track).verdict) == (
        "cannot tell",
        "worse",
    )


def test_many_signals_share_the_level() -> None:
    alone = one("finish_length", shares(0.02, 0.03, n=3_000))
    others = {(signal, ""): shares(0.5, 0.5) for signal in ("schema_valid", "thumbs_down", "tool_empty", "confirmed")}
    found = compared("c", {("finish_length", ""): shares(0.02, 0.03, n=3_000), **others}, (), USUAL, is_over=True)
    wider = next(each for each in found if each.signal == "finish_length")
    assert alone.low is not None
    assert wider.low is not None
    assert wider.low < alone.low


def test_signals_without_a_side_of_harm_are_left_out() -> None:
    assert compared("c", {("topic", "rail"): shares(0.1, 0.5)}, (), USUAL, is_over=True) == []


@pytest.mark.parametrize(
    ("gate", "verdict", "words"),
    [
        (Shown("golden"), "no worse", "golden quality of both versions: pass +0.01 (-0.02 to +0.04)"),
        (Shown("golden", "fail", note="n 20"), "worse", "golden quality of both versions: fail +0.01 (-0.02 to +0.04); n 20"),
        (Shown("golden", "inconclusive", difference=None, low=None), "cannot tell", "golden quality of both versions: inconclusive"),
        (Shown("golden", "fail", gates=False), "cannot tell", "golden quality of both versions: fail +0.01 (-0.02 to +0.04)"),
    ],
)  # fmt: skip
def test_evaluations_of_both_versions_speak_unless_their_judge_may_not_decide(
    gate: Shown, verdict: str, words: str
) -> None:
    (found,) = compared("c", {}, [gate], USUAL, is_over=True)  # type: ignore[list-item]  # states as text
    assert (found.verdict, found.words, found.n_after) == (verdict, words, 400)


TRACKS: dict[Key, Track] = {
    ("finish_length", ""): shares(0.006, 0.031),
    ("schema_valid", ""): shares(0.99, 0.99),
    ("unit_cost", ""): amounts(0.002, 0.0015),
    ("outcome", "resolved"): shares(0.6, 0.6, n=150),
    ("outcome", "escalated"): shares(0.2, 0.2),
}


@given(st.permutations(list(TRACKS)))
def test_the_order_in_which_signals_come_does_not_matter(order: list[Key]) -> None:
    found = compared("c", {key: TRACKS[key] for key in order}, (), USUAL, is_over=True)
    assert found == compared("c", TRACKS, (), USUAL, is_over=True)
    assert [each.place for each in found] == list(range(5))
    assert [each.verdict for each in found] == ["worse", "cannot tell", "cannot tell", "no worse", "better"]


@given(st.sampled_from(sorted(HARM)), st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.integers(100, 10_000))
def test_more_harm_never_makes_an_answer_milder(signal: str, was: float, now: float, n: int) -> None:
    found = one(signal, Track("count", days(28, 2), [was * n] * 28 + [now * n] * 2, [float(n)] * 30))
    assert found.low is not None
    assert found.high is not None
    if found.verdict == "worse":
        assert found.low > 0 or found.high < 0
