"""Rows of a select over files: hourly percentiles of a CSV."""

import json
from decimal import Decimal

from collectors.kinds.query import Settings
from collectors.mapping import RowMap
from tests.collectors.kinds.case import Case, recorded, routed

SQL = """
select app, bucket, try_cast(calls as integer) as calls, p95_ms, model
from usage
where bucket >= $start and bucket < $end
order by all
"""
MAP = RowMap(
    "sample",
    {"time": "bucket", "value": "p95_ms", "n": "calls"},
    labels={"app": "app", "model": "model"},
    dims=("model",),
    metric="llmops.retrieval.duration",
    stat="p95",
    unit="s",
    scale=Decimal("0.001"),
)


def _hostile(name: str) -> tuple[bytes, str]:
    row = {"bucket": "2026-11-22T10:00:00Z", "p95_ms": 1, "model": name}
    return json.dumps({"rows": [row]}).encode(), ""


CASE = Case(
    make=lambda place: Settings(SQL, MAP, {"usage": f"{place}.csv"}),
    answers=lambda: recorded("query", "usage.json"),
    hostile=_hostile,
    source=routed("app"),
    files=("usage.csv",),
    pattern="usage",
)
