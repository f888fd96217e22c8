"""Any JSON answer: two pages of usage behind a cursor."""

import json
from decimal import Decimal

from collectors.kinds.http_json import Paging, RowMap, Settings
from tests.collectors.kinds.case import FIXTURES, Asked, Case, recorded, routed

_ROW = RowMap(
    "sample",
    {"time": "bucket", "value": "latency_ms", "n": "calls"},
    labels={"project": "project", "model": "model"},
    dims=("model",),
    metric="latency",
    unit="s",
    scale=Decimal("0.001"),
)


def _play(asked: Asked) -> bytes:
    return (FIXTURES / "http_json" / f"usage_page{2 if 'next' in asked.sent else 1}.json").read_bytes()


def _hostile(name: str) -> tuple[bytes, str]:
    row = {"bucket": "2026-11-22T10:00:00Z", "latency_ms": 1, "model": name}
    return json.dumps({"data": {"items": [row]}}).encode(), ""


CASE = Case(
    make=lambda url: Settings(url, _ROW, rows="data.items", paging=Paging("data.next", param="next")),
    answers=lambda: recorded("http_json", "usage_page1.json", "usage_page2.json"),
    hostile=_hostile,
    play=_play,
    silent=lambda _: b'{"data": {"items": []}}',
    source=routed("project"),
)
