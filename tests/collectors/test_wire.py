"""Records between processes: what is written is read back the same, and nothing of a wrong type is."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from collectors.wire import read, write
from store.records import (
    CaseScores,
    Change,
    CostLine,
    Evaluation,
    Incident,
    Missing,
    ModelDates,
    Parsed,
    Rejected,
    Sample,
    Unrouted,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
RECORDS: tuple[Parsed, ...] = (
    Sample("bot", "m", "p95", NOW, 1, "s", n=3, dims={"model": "x"}, is_floor=True),
    CostLine("bot", "invoice", NOW, NOW, "line", billed_cost=Decimal("1.250000000")),
    Evaluation("bot", "run", "golden", "correct", NOW, None, status="error"),
    CaseScores("bot", "run", "golden", "correct", NOW, {"a": 1.0, "b": 0.5}),
    Change("bot", "#1", "prompt", "Shorter", requested=NOW),
    Incident("bot", "P1", "Down", NOW, acknowledged=NOW),
    ModelDates("openai", "gpt-x", retires_on=date(2027, 1, 2)),
    Rejected("bad", "raw"),
    Unrouted("label"),
    Missing("series"),
)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_what_is_written_is_read_back(record: Parsed) -> None:
    assert read(json.loads(json.dumps(write(record))), "raw") == record


def _sample(**changed: Any) -> dict[str, Any]:
    fields = {"system": "bot", "metric": "m", "stat": "last", "seen": "2026-11-23T12:00:00+00:00", "value": 1.0}
    return {"kind": "Sample", "fields": {**fields, **changed}}


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (3, "expected a record, found something else"),
        ({"kind": "Sample", "fields": []}, "expected a record, found something else"),
        ({"kind": "Run", "fields": {}}, "expected a kind of record"),
        ({"kind": "Sample", "fields": {"system": "bot"}}, "a field is missing"),
        (_sample(other=1), "no record of this kind has a field 'other'"),
        (_sample(system=1), "system: not what this field holds"),
        (_sample(stat="most"), "stat: not what this field holds"),
        (_sample(value="1"), "value: not what this field holds"),
        (_sample(value=True), "value: not what this field holds"),
        (_sample(value=float("inf")), "value: not what this field holds"),
        (_sample(n=1.5), "n: not what this field holds"),
        (_sample(seen=5), "seen: not what this field holds"),
        (_sample(seen="yesterday"), "seen: not what this field holds"),
        (_sample(seen="2026-11-23T12:00:00"), "seen: not what this field holds"),
        (_sample(dims={"a": 1}), "dims: not what this field holds"),
        (_sample(dims=[]), "dims: not what this field holds"),
    ],
)
def test_what_is_no_record_is_set_aside_with_the_field_that_is_wrong(written: Any, reason: str) -> None:
    found = read(written, "raw")
    assert isinstance(found, Rejected)
    assert found.reason.startswith(reason)
    assert found.raw == "raw"


@pytest.mark.parametrize("cost", ["NaN", "Infinity", "much", 1.5])
def test_money_is_a_finite_decimal_written_as_text(cost: Any) -> None:
    written: Any = write(CostLine("bot", "invoice", NOW, NOW, "line"))
    written["fields"]["billed_cost"] = cost
    assert read(written, "raw") == Rejected("billed_cost: not what this field holds", "raw")


@pytest.mark.parametrize("scores", [{"a": "1"}, {"a": True}, {"a": None}, [1.0], None])
def test_scores_of_cases_are_numbers_by_name(scores: Any) -> None:
    written: Any = write(CaseScores("bot", "run", "golden", "correct", NOW, {}))
    written["fields"]["scores"] = scores
    assert read(written, "raw") == Rejected("scores: not what this field holds", "raw")
