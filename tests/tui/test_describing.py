"""What a trial says of each kind of record, of rows set aside and of fields that nobody reads."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

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
from tui.describing import described

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def outcome(*records: Record, rejected: tuple[Rejected, ...] = (), detail: str = "") -> Outcome:
    run = Run("r", "src", "focus", "complete", "", detail, NOW - DAY, NOW, NOW, NOW, requests=2, received_bytes=1_500)
    return Outcome(run, records, rejected)


def test_each_kind_of_record_is_counted_and_shown() -> None:
    lines = described(
        outcome(
            Sample("bot", "m", "p95", NOW, 1.5, "s", n=7, dims={"b": "2", "a": "1"}),
            CostLine("bot", "invoice", NOW, NOW + DAY, "svc", billed_cost=Decimal("1.25")),
            CostLine("bot", "invoice", NOW, NOW + DAY, "other"),
            Evaluation("bot", "run-1", "golden", "correct", NOW, 0.5, n=20),
            Evaluation("bot", "run-2", "golden", "correct", NOW, None, status="error"),
            CaseScores("bot", "run-1", "golden", "correct", NOW, {"a": 1.0, "b": 0.0}),
            Change("bot", "#1", "prompt", "Shorter"),
            Incident("bot", "P1", "Down", NOW, "page", "critical"),
            ModelDates("openai", "gpt-x", retires_on=date(2027, 1, 2)),
        )
    )
    assert lines == [
        "src (focus) complete: 2026-11-22 12:00Z to 2026-11-23 12:00Z in 0.0 s, 2 requests, 1,500 bytes",
        "would store: 9 rows",
        "         1 x bot  cases  golden / correct",
        "             2026-11-23 12:00Z  2 cases  run-1",
        "         1 x bot  change  prompt, pending",
        "             #1  Shorter",
        "         2 x bot  cost  invoice (USD)",
        "             2026-11-23 12:00Z  1.25  svc",
        "             2026-11-23 12:00Z  no amount  other",
        "         2 x bot  evaluation  golden / correct",
        "             2026-11-23 12:00Z  0.5 (n=20)  run-1",
        "             2026-11-23 12:00Z  error  run-2",
        "         1 x bot  incident  critical, open",
        "             P1  Down",
        "         1 x bot  sample  m p95 (s)",
        "             2026-11-23 12:00Z  1.5 (n=7) a=1 b=2",
        "         1 x model dates  openai",
        "             gpt-x  deprecated None, retires 2027-01-02",
        "would set aside: 0 rows that cannot be believed",
        "belong to no system here: 0 rows",
    ]


def test_rows_set_aside_are_counted_by_their_reason_and_one_of_each_is_shown() -> None:
    rejected = (Rejected("no time", "{1}"), Rejected("no value", "{2}"), Rejected("no time", "{3}"))
    lines = described(outcome(rejected=rejected, detail="2 rows of 1 labels are no system here: x\x1b"))
    assert lines[1] == "  2 rows of 1 labels are no system here: x\u241b"
    assert lines[3:8] == [
        "would set aside: 3 rows that cannot be believed",
        "         2 x no time",
        "             {1}",
        "         1 x no value",
        "             {2}",
    ]


def test_fields_that_nobody_reads_are_listed_and_a_flood_of_them_is_cut() -> None:
    assert described(outcome(), Counter())[-1] == "not read by this kind: 0 fields"
    lines = described(outcome(), Counter({f"data[].f{number}": 2 for number in range(25)}))
    assert "not read by this kind: 25 fields" in lines
    assert lines[-1] == "           and 5 more"
