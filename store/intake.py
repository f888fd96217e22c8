"""Take in what one run of one source brought, so that doing it twice changes nothing and nothing is lost in silence."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from store import cases, charges, findings, listed, quarantine, samples
from store.database import Session
from store.records import (
    CaseScores,
    Change,
    CostLine,
    Evaluation,
    Incident,
    ModelDates,
    Outcome,
    Record,
    Rejected,
    Run,
    Sample,
)

# A row later than this is a wrong clock, not news: it is held back and never moves a watermark.
FUTURE = timedelta(minutes=5)
LAST_RUNS = 20

Kept = TypeVar("Kept", Sample, CostLine, Evaluation, CaseScores, Change, Incident, ModelDates)


def take(session: Session, outcome: Outcome, now: datetime) -> Run:
    """Store one outcome inside the caller's transaction; give its run with the numbers of rows that were new."""
    records, early = _split_future(outcome.records, now)
    rejected = (*outcome.rejected, *early)
    run, source = outcome.run, outcome.run.source
    whole = run.state == "complete" and not rejected
    new = samples.take(session, source, _run_number(session, run.run_id), _only(records, Sample), now)
    new += charges.take(session, source, run.run_id, _only(records, CostLine), now, whole=whole)
    new += findings.take_evaluations(session, source, run.run_id, _only(records, Evaluation), now)
    new += cases.take(session, source, run.run_id, _only(records, CaseScores))
    new += _take_listed(session, replace(outcome, records=tuple(records)), now, whole=whole)
    kept = quarantine.take(session, run, rejected, now)
    if outcome.reached is not None and not kept.holding:
        session.execute(
            """
            insert into watermarks values ($source, $high, $run) on conflict (source) do update set
                high_water = excluded.high_water, run_id = excluded.run_id
                where excluded.high_water > watermarks.high_water
            """,
            {"source": source, "high": outcome.reached, "run": run.run_id},
        )
    detail = "; ".join(words for words in (run.detail, kept.words) if words)
    stored = replace(run, new_rows=new, rejected=len(rejected), detail=detail)
    session.append("runs", [stored])
    _keep_last(session, stored)
    return stored


def _take_listed(session: Session, outcome: Outcome, now: datetime, *, whole: bool) -> int:
    """Store what the source lists; a list that is not whole settles nothing."""
    source, run_id, records = outcome.run.source, outcome.run.run_id, outcome.records
    snapshot = outcome.snapshot and whole
    new = listed.take(session, listed.CHANGES, source, run_id, _only(records, Change), now, snapshot=snapshot)
    new += listed.take(session, listed.INCIDENTS, source, run_id, _only(records, Incident), now, snapshot=snapshot)
    return new + listed.take(
        session, listed.MODEL_DATES, source, run_id, _only(records, ModelDates), now, snapshot=False
    )


def _keep_last(session: Session, run: Run) -> None:
    """Keep the newest runs of a source apart, so that screens need not look through years of them."""
    session.execute(
        """
        insert into last_runs by name
        select run_id, source, state, cause, detail, started, finished, slot, rows, new_rows, rejected, unrouted,
            skew_seconds
        from runs where run_id = $run
        """,
        {"run": run.run_id},
    )
    session.execute(
        """
        delete from last_runs where source = $source and run_id not in (
            select run_id from last_runs where source = $source order by started desc, run_id desc limit $kept)
        """,
        {"source": run.source, "kept": LAST_RUNS},
    )


def _only(records: Sequence[Record], kind: type[Kept]) -> list[Kept]:
    return [record for record in records if isinstance(record, kind)]


def _split_future(records: Sequence[Record], now: datetime) -> tuple[Sequence[Record], list[Rejected]]:
    """Part the rows that speak of a time after now from the others."""
    limit = now + FUTURE
    early = [r for r in records if isinstance(r, Sample | Evaluation | CaseScores) and r.seen > limit]
    if not early:
        return records, []
    words = [Rejected(f"its time {r.seen.isoformat()} lies in the future", repr(r)) for r in early]
    return [r for r in records if not (isinstance(r, Sample | Evaluation | CaseScores) and r.seen > limit)], words


def _run_number(session: Session, run_id: str) -> int:
    number = 1 + int(session.execute("select coalesce(max(run_number), 0) from run_numbers")[0][0])
    session.execute("insert into run_numbers values ($number, $run)", {"number": number, "run": run_id})
    return number
