"""Scores of cases: stored once, replaced as a whole when corrected, let go with the raw samples."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from store import intake, retention
from store.database import Session
from store.records import CaseScores, Outcome
from store.retention import Keep

DAY = timedelta(days=1)


def scores(now: datetime, **fields: Any) -> CaseScores:
    return replace(CaseScores("bot", "run-7", "golden", "correct", now, {"a": 1.0, "b": 0.0}), **fields)


def taken(session: Session, run: Any, now: datetime, *found: CaseScores, source: str = "files") -> int:
    return intake.take(session, Outcome(run(source), found), now).new_rows


def held(session: Session) -> list[tuple[str, str, float]]:
    return session.execute("select scorer, case_key, value from cases order by all")


def test_the_same_scores_twice_change_nothing(session: Session, run: Any, now: datetime) -> None:
    assert taken(session, run, now, scores(now)) == 1
    assert taken(session, run, now, scores(now)) == 0
    assert held(session) == [("correct", "a", 1.0), ("correct", "b", 0.0)]
    assert session.execute("select distinct source, system, eval_run, suite, slice, run_id from cases") == [
        ("files", "bot", "run-7", "golden", "", "run-1")
    ]


@pytest.mark.parametrize(
    "corrected",
    [{"a": 0.0, "b": 1.0}, {"a": 1.0}, {"a": 1.0, "b": 0.0, "c": 0.5}, {"a": 1.0, "d": 0.0}],
)
def test_corrected_scores_replace_those_before_and_no_others(
    session: Session, run: Any, now: datetime, corrected: dict[str, float]
) -> None:
    others = (scores(now, scorer="tone"), scores(now, slice="de"), scores(now, eval_run="run-8"))
    assert taken(session, run, now, scores(now), *others) == 4
    assert taken(session, run, now, scores(now, scores=corrected), *others) == 1
    found = session.execute(
        "select case_key, value from cases where scorer = 'correct' and slice = '' and eval_run = 'run-7'"
    )
    assert dict(found) == corrected
    assert session.execute("select count(*) from cases") == [(6 + len(corrected),)]


def test_a_run_that_is_said_to_have_ended_at_another_time_is_the_same_run(
    session: Session, run: Any, now: datetime
) -> None:
    taken(session, run, now, scores(now))
    assert taken(session, run, now, scores(now - DAY)) == 1
    assert taken(session, run, now, scores(now)) == 1
    assert len(held(session)) == 2


def test_what_is_said_last_of_a_score_counts(session: Session, run: Any, now: datetime) -> None:
    assert taken(session, run, now, scores(now), scores(now, scores={"a": 0.5})) == 1
    assert held(session) == [("correct", "a", 0.5)]


def test_two_sources_do_not_replace_each_others_cases(session: Session, run: Any, now: datetime) -> None:
    taken(session, run, now, scores(now))
    assert taken(session, run, now, scores(now), source="others") == 1
    assert len(held(session)) == 4


def test_a_score_without_cases_stores_nothing(session: Session, run: Any, now: datetime) -> None:
    assert taken(session, run, now, scores(now, scores={})) == 0
    assert held(session) == []


def test_scores_of_the_future_are_held_back(session: Session, run: Any, now: datetime) -> None:
    assert taken(session, run, now, scores(now + DAY)) == 0
    assert held(session) == []
    assert session.execute("select count(*) from quarantine") == [(1,)]


def test_cases_go_when_raw_samples_go(session: Session, run: Any, now: datetime) -> None:
    taken(session, run, now, scores(now - 100 * DAY, eval_run="old"), scores(now))
    retention.trim(session, Keep(90 * DAY, 1095 * DAY), now)
    assert session.execute("select distinct eval_run from cases") == [("run-7",)]
