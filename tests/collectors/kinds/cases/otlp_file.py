"""Lines of metrics and of logs, as the Collector's file exporter writes them."""

import json

from collectors.kinds.otlp_file import Settings
from tests.collectors.kinds.case import NOW, Case, recorded


def _hostile(name: str) -> tuple[bytes, str]:
    seen = str(int(NOW.timestamp()) * 10**9 - 600 * 10**9)
    model = {"key": "gen_ai.request.model", "value": {"stringValue": name}}
    point = {"timeUnixNano": seen, "asInt": "3", "attributes": [model]}
    metric = {"name": "vllm:num_requests_waiting", "gauge": {"dataPoints": [point]}}
    return json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}).encode(), ""


CASE = Case(
    make=lambda url: Settings(url, dims=("gen_ai.request.model",)),
    answers=lambda: recorded("otlp_file", "metrics.jsonl", "logs.jsonl"),
    hostile=_hostile,
)
