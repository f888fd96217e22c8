"""What was judged is kept: cells and episodes as a whole, baselines, breaches and their evidence each in its place."""

from dataclasses import replace
from datetime import UTC, date, datetime

from store import judgements
from store.database import Session
from store.detection_records import Cell, EpisodeState, FrozenBaseline, Spoken
from store.judgements import Detected
from store.records import Breach, Verdict
from tests.making import made

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = date(2026, 11, 22)
CELL = Cell("bot", "FM1", "blind", "no source gives canary_pass", "a suite", "", None, NOW)
EPISODE = made(EpisodeState, system="bot", mode="FM1", day=DAY, handled=None, opened=DAY, calm=2, head="FM1")
BASELINE = FrozenBaseline("bot", "block", "", NOW, "the first 28 runs", "{}")
BREACH = Breach(
    "b1", "bot", "detector:FM1", "monitoring", "canary_pass", "warning", "open", "below", NOW, NOW, mode="FM1"
)
SPOKEN = made(
    Spoken, breach_id="b1", place=0, kind="scan", signal="canary_pass", score=9.0, score_limit=7.5, runs=3, value=0.5,
    usual=0.9, n=90.0, low=0.4, high=0.6, began=DAY, words="canary questions passed 50%",
)  # fmt: skip
VERDICT = Verdict("bot", "slow", "monitoring", "latency", "ok", NOW, "above")


def kept(session: Session, kind: type) -> list[object]:
    return session.rows(kind, f"select * from {kind.TABLE} order by all")  # type: ignore[attr-defined]  # noqa: S608 - a table of ours


def test_cells_and_episodes_are_replaced_as_a_whole(session: Session) -> None:
    judgements.keep_detected(session, Detected(cells=[CELL, replace(CELL, mode="FM2")], episodes=[EPISODE]))
    judgements.keep_detected(session, Detected(cells=[replace(CELL, state="armed")]))
    assert kept(session, Cell) == [replace(CELL, state="armed")]
    assert kept(session, EpisodeState) == []


def test_baselines_stay_until_another_is_given(session: Session) -> None:
    other = replace(BASELINE, dim="violence")
    judgements.keep_detected(session, Detected(baselines=[BASELINE, other]))
    judgements.keep_detected(session, Detected())
    assert kept(session, FrozenBaseline) == [BASELINE, other]
    judgements.keep_detected(session, Detected(baselines=[replace(other, reason="grown")]))
    assert kept(session, FrozenBaseline) == [BASELINE, replace(other, reason="grown")]


def test_breaches_are_replaced_and_those_that_did_not_move_stay(session: Session) -> None:
    other = replace(BREACH, breach_id="b2", rule="detector:FM2", event="model north")
    judgements.keep_detected(session, Detected(breaches=[BREACH, other]))
    judgements.keep_detected(session, Detected(breaches=[replace(BREACH, state="closed", closed=NOW)]))
    assert kept(session, Breach) == [replace(BREACH, state="closed", closed=NOW), other]


def test_the_evidence_of_a_breach_is_replaced_with_it_and_stays_while_nothing_is_said(session: Session) -> None:
    of_other = replace(SPOKEN, breach_id="b2")
    judgements.keep_detected(session, Detected(evidence=[SPOKEN, replace(SPOKEN, place=1), of_other]))
    judgements.keep_detected(session, Detected())
    assert len(kept(session, Spoken)) == 3
    judgements.keep_detected(session, Detected(evidence=[replace(SPOKEN, runs=4)]))
    assert kept(session, Spoken) == [replace(SPOKEN, runs=4), of_other]


def test_rules_and_detectors_keep_their_judgements_apart(session: Session) -> None:
    judgements.keep_detected(session, Detected(cells=[CELL], breaches=[BREACH]))
    judgements.keep(session, [VERDICT], [replace(BREACH, breach_id="r1", rule="slow")])
    judgements.keep(session, [], [])
    assert kept(session, Verdict) == []
    assert kept(session, Cell) == [CELL]
    assert [each.breach_id for each in session.rows(Breach, "select * from breaches order by all")] == ["b1", "r1"]
