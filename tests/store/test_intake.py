"""Intake: costs with revisions, evaluations, changes, quarantine and watermarks."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from store import intake, quarantine
from store.database import Session
from store.progress import progress
from store.records import Change, CostLine, Evaluation, Incident, ModelDates, Outcome, Rejected, Sample

DAY = timedelta(days=1)


def cost(now: datetime, amount: str = "1.50", line: str = "chat/input", **kept: Any) -> CostLine:
    made = CostLine("bot", "provider_usage", now - DAY, now, line, effective_cost=Decimal(amount))
    return replace(made, **kept)


def score(now: datetime, value: float | None = 0.9, **kept: Any) -> Evaluation:
    return replace(Evaluation("bot", "run-7", "golden", "faithfulness", now, value, n=100), **kept)


def test_a_restated_cost_replaces_the_old_one_and_keeps_the_revision(session: Session, run: Any, now: datetime) -> None:
    assert intake.take(session, Outcome(run(), (cost(now),)), now).new_rows == 1
    assert intake.take(session, Outcome(run(), (cost(now),)), now).new_rows == 0
    assert intake.take(session, Outcome(run(), (cost(now, "1.75"),)), now).new_rows == 1
    assert session.execute("select amount, provenance from cost_lines") == [(Decimal("1.750000000"), "estimated")]
    assert session.execute("select effective_cost, run_id from cost_revisions") == [(Decimal("1.500000000"), "run-1")]


def test_a_line_that_the_source_no_longer_states_is_removed_with_a_revision(
    session: Session, run: Any, now: datetime
) -> None:
    intake.take(session, Outcome(run(), (cost(now), cost(now, line="chat/output"))), now)
    intake.take(session, Outcome(run(), (cost(now),)), now)
    assert session.execute("select line from costs") == [("chat/input",)]
    assert session.execute("select line from cost_revisions") == [("chat/output",)]


def test_a_partial_run_removes_no_line_and_moves_no_watermark(session: Session, run: Any, now: datetime) -> None:
    intake.take(session, Outcome(run(), (cost(now), cost(now, line="chat/output")), reached=now), now)
    intake.take(session, Outcome(run(state="partial", now=now + DAY), (cost(now),)), now + DAY)
    assert session.execute("select count(*) from costs") == [(2,)]
    assert progress_of(session) == now


def test_a_run_that_read_all_but_missed_an_expected_series_moves_the_watermark(
    session: Session, run: Any, now: datetime
) -> None:
    intake.take(session, Outcome(run(state="partial"), reached=now), now)
    assert progress_of(session) == now


def test_a_watermark_never_goes_back(session: Session, run: Any, now: datetime) -> None:
    intake.take(session, Outcome(run(), reached=now), now)
    intake.take(session, Outcome(run(), reached=now - DAY), now)
    assert progress_of(session) == now


def progress_of(session: Session, source: str = "prom") -> datetime | None:
    return progress(session)[source].high_water


def test_money_keeps_every_digit(session: Session, run: Any, now: datetime) -> None:
    intake.take(session, Outcome(run(), (cost(now, "0.000000001"), cost(now, "0.000000002", line="b"))), now)
    assert session.execute("select sum(effective_cost) from costs") == [(Decimal("0.000000003"),)]


def test_an_evaluation_is_stored_once_and_corrected_in_place(session: Session, run: Any, now: datetime) -> None:
    assert intake.take(session, Outcome(run(), (score(now), score(now, slice="de"))), now).new_rows == 2
    assert intake.take(session, Outcome(run(), (score(now), score(now, slice="de"))), now).new_rows == 0
    assert intake.take(session, Outcome(run(), (score(now, 0.8),)), now).new_rows == 1
    assert session.execute("select slice, value from evaluations order by slice") == [("", 0.8), ("de", 0.9)]


def test_what_a_corrected_score_said_stays_as_a_revision_that_is_written_once(
    session: Session, run: Any, now: datetime
) -> None:
    for made in (score(now), score(now), score(now + DAY, 0.8), score(now + DAY, 0.8), score(now, 0.7)):
        intake.take(session, Outcome(run(), (made,)), now + DAY)
    kept = session.execute("select value, seen, run_id, replaced from evaluation_revisions order by run_id")
    seen, replaced = now.replace(tzinfo=None), (now + DAY).replace(tzinfo=None)
    assert kept == [(0.9, seen, "run-1", replaced), (0.8, replaced, "run-3", replaced)]
    assert session.execute("select value from evaluations") == [(0.7,)]


def test_a_failed_evaluation_is_an_error_and_never_a_zero(session: Session, run: Any, now: datetime) -> None:
    intake.take(session, Outcome(run(), (score(now, None, status="error"),)), now)
    assert session.execute("select value, status from evaluations") == [(None, "error")]


def test_a_change_no_longer_listed_was_settled_at_the_source(session: Session, run: Any, now: datetime) -> None:
    listed = (
        Change("bot", "prompt@7", "prompt", "Tighten refusal", requested=now),
        Change("bot", "prompt@8", "prompt", "Shorter", requested=now),
    )
    assert intake.take(session, Outcome(run(), listed, snapshot=True), now).new_rows == 2
    assert intake.take(session, Outcome(run(), listed, snapshot=True), now).new_rows == 0
    assert intake.take(session, Outcome(run(), listed[:1], snapshot=True), now + DAY).new_rows == 1
    states = session.execute("select external_id, state, settled is not null from changes order by external_id")
    assert states == [("prompt@7", "pending", False), ("prompt@8", "withdrawn", True)]


def test_without_a_snapshot_a_change_that_is_not_listed_stays_pending(
    session: Session, run: Any, now: datetime
) -> None:
    intake.take(session, Outcome(run(), (Change("bot", "1", "prompt", "a"),)), now)
    intake.take(session, Outcome(run(), (Change("bot", "2", "prompt", "b"),)), now)
    assert session.execute("select distinct state from changes") == [("pending",)]


def test_a_settled_change_whose_words_are_corrected_was_settled_when_it_was(
    session: Session, run: Any, now: datetime
) -> None:
    for days, title, state in ((0, "a", "pending"), (1, "a", "applied"), (2, "b", "applied"), (3, "b", "pending")):
        intake.take(session, Outcome(run(), (Change("bot", "1", "prompt", title, state=state),)), now + days * DAY)  # type: ignore[arg-type]  # states as text
        expected = (now + DAY).replace(tzinfo=None) if state == "applied" else None
        assert session.execute("select title, settled from changes") == [(title, expected)]


def test_when_a_change_was_first_seen_stays(session: Session, run: Any, now: datetime) -> None:
    intake.take(session, Outcome(run(), (Change("bot", "1", "prompt", "a"),)), now)
    intake.take(session, Outcome(run(), (Change("bot", "1", "prompt", "a", state="applied"),)), now + DAY)
    assert session.execute("select first_seen, settled, state from changes") == [
        (now.replace(tzinfo=None), (now + DAY).replace(tzinfo=None), "applied")
    ]


def test_what_a_change_came_from_stays_when_its_source_tells_no_more_of_it(
    session: Session, run: Any, now: datetime
) -> None:
    waiting = Change("bot", "prompt answers 13", "prompt", "Shorter", "pending", from_ref="12", to_ref="13")
    live = replace(waiting, state="applied", from_ref="")
    for told, new in ((waiting, 1), (live, 1), (live, 0), (replace(waiting, from_ref="11"), 1)):
        taken = intake.take(session, Outcome(run("mlflow"), (told,), snapshot=True), now)
        assert taken.new_rows == new
        held = session.execute("select state, from_ref from changes")
        assert held == [(told.state, told.from_ref or "12")]


def _states(session: Session) -> list[tuple[str, bool]]:
    return session.execute("select state, settled is not null from incidents order by external_id")


def test_an_incident_no_longer_listed_is_over_and_one_listed_again_is_not(
    session: Session, run: Any, now: datetime
) -> None:
    alerts = (
        Incident("bot", "a", "Latency", now - DAY, "page", "critical"),
        Incident("bot", "b", "Quality", now, "ticket", "warning", "acknowledged", acknowledged=now),
    )
    assert intake.take(session, Outcome(run(), alerts, snapshot=True), now).new_rows == 2
    assert intake.take(session, Outcome(run(), alerts, snapshot=True), now).new_rows == 0
    assert intake.take(session, Outcome(run(), alerts[1:], snapshot=True), now + DAY).new_rows == 1
    assert _states(session) == [("resolved", True), ("acknowledged", False)]
    assert intake.take(session, Outcome(run(), alerts[1:], snapshot=True), now + DAY).new_rows == 0
    assert intake.take(session, Outcome(run(), alerts, snapshot=True), now + DAY).new_rows == 1
    assert _states(session) == [("open", False), ("acknowledged", False)]
    assert intake.take(session, Outcome(run(state="partial"), (), snapshot=True), now + DAY).new_rows == 0
    assert intake.take(session, Outcome(run(), (), snapshot=True), now + DAY).new_rows == 2


def test_dates_of_a_model_are_replaced_and_stay_when_no_longer_listed(
    session: Session, run: Any, now: datetime
) -> None:
    model = ModelDates("openai", "gpt-x", retires_on=date(2027, 3, 1))
    assert intake.take(session, Outcome(run(), (model,), snapshot=True), now).new_rows == 1
    later = replace(model, retires_on=date(2027, 6, 1), replacement="gpt-y")
    assert intake.take(session, Outcome(run(), (later,)), now).new_rows == 1
    assert intake.take(session, Outcome(run(), (), snapshot=True), now).new_rows == 0
    assert session.execute("select provider, model, retires_on, deprecated_on, replacement from model_dates") == [
        ("openai", "gpt-x", date(2027, 6, 1), None, "gpt-y")
    ]


def test_a_rejected_row_holds_the_watermark_back_until_it_is_written_off(
    session: Session, run: Any, now: datetime
) -> None:
    good = intake.take(session, Outcome(run(), reached=now), now)
    bad = (Rejected("value is no number", '{"value": "x"}'),)
    later = now + timedelta(hours=1)
    assert intake.take(session, Outcome(run(now=later), rejected=bad, reached=later), later).rejected == 1
    assert progress_of(session) == good.window_end
    eighth = now + timedelta(days=8)
    intake.take(session, Outcome(run(now=eighth), rejected=bad, reached=eighth), eighth)
    assert progress_of(session) == eighth
    assert session.execute("select count(*), count(written_off) from quarantine") == [(1, 1)]


def test_a_row_of_the_future_is_held_back_and_moves_nothing(session: Session, run: Any, now: datetime) -> None:
    records = (
        Sample("bot", "latency", "avg", now + timedelta(minutes=4), 1.0),
        Sample("bot", "latency", "avg", now + timedelta(minutes=6), 2.0),
        score(now + DAY),
    )
    taken = intake.take(session, Outcome(run(), records, reached=now), now)
    assert (taken.new_rows, taken.rejected) == (1, 2)
    assert progress(session)["prom"].high_water is None
    assert session.execute("select count(*) from quarantine where reason like '%future%'") == [(2,)]


def test_text_that_no_encoding_holds_is_kept_as_its_escape(session: Session, run: Any, now: datetime) -> None:
    intake.take(session, Outcome(run(), rejected=(Rejected("bad", "a\ud800b"),)), now)
    assert session.execute("select raw from quarantine") == [("a\\ud800b",)]


def test_of_very_many_rejected_rows_the_first_keep_their_text_and_all_are_counted(
    session: Session, run: Any, now: datetime
) -> None:
    bad = tuple(Rejected("value is no number", f"row {number}") for number in range(quarantine.WITH_TEXT + 7))
    taken = intake.take(session, Outcome(replace(run(), detail="as it came"), rejected=bad, reached=now), now)
    assert taken.rejected == len(bad)
    assert taken.detail == "as it came; 7 rejected rows are kept without their text, the first 1000 with it"
    kept = "select count(*), count(distinct fingerprint), count(*) filter (raw <> '') from quarantine"
    assert session.execute(kept) == [(1_007, 1_007, 1_000)]
    assert session.execute("select raw from quarantine where raw <> '' limit 2 offset 998") == [
        ("row 998",),
        ("row 999",),
    ]
    assert session.execute("select detail from last_runs") == [(taken.detail,)]
    assert progress(session)["prom"].high_water is None


def test_rows_known_already_take_no_room_from_new_ones(session: Session, run: Any, now: datetime) -> None:
    bad = tuple(Rejected("value is no number", f"row {number}") for number in range(quarantine.WITH_TEXT))
    assert intake.take(session, Outcome(run(), rejected=(*bad, *bad)), now).rejected == 2_000
    later = intake.take(session, Outcome(run(), rejected=(*bad, Rejected("value is no number", "one more"))), now)
    assert later.detail == ""
    assert session.execute("select count(*), count(*) filter (raw <> '') from quarantine") == [(1_001, 1_001)]


def test_the_same_row_of_two_sources_is_kept_for_each(session: Session, run: Any, now: datetime) -> None:
    bad = (Rejected("value is no number", "x"), Rejected("value is no number", "x"))
    for source in ("prom", "focus"):
        intake.take(session, Outcome(run(source), rejected=bad, reached=now), now)
    assert session.execute("select source, raw from quarantine order by all") == [("focus", "x"), ("prom", "x")]
    assert all(held.high_water is None for held in progress(session).values())


@pytest.mark.parametrize(
    ("states", "failures"),
    [(["complete"], 0), (["failed", "failed"], 2), (["complete", "failed"], 1), (["failed", "partial"], 0)],
)
def test_progress_counts_failures_in_a_row(
    session: Session, run: Any, now: datetime, states: list[str], failures: int
) -> None:
    for minute, state in enumerate(states):
        intake.take(session, Outcome(run(state=state, now=now + timedelta(minutes=minute))), now)
    assert progress(session)["prom"].failures == failures


def test_a_run_not_made_because_its_source_rests_says_nothing_of_it(session: Session, run: Any, now: datetime) -> None:
    intake.take(session, Outcome(run(state="failed")), now)
    resting = replace(run(state="failed", now=now + DAY), cause="circuit")
    intake.take(session, Outcome(resting), now)
    held = progress(session)["prom"]
    assert (held.failures, held.last_started) == (1, now)
