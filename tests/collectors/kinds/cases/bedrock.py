"""Bedrock: CloudWatch and Cost Explorer behind one address, told apart by the header that names the operation."""

import json
from typing import Any

from collectors.base import Answer, Route, Source
from collectors.bedrock.settings import Settings
from tests.collectors.kinds.case import FIXTURES, NAMES, WINDOW, Asked, Case

SONNET, NOVA = "eu.anthropic.claude-sonnet-4-6", "amazon.nova-lite-v1:0"
_FILES = {
    "GraniteServiceVersion20100801.ListMetrics": "metrics_listed.json",
    "GraniteServiceVersion20100801.GetMetricData": "metric_data.json",
    "AWSInsightsIndexService.GetDimensionValues": "services.json",
    "AWSInsightsIndexService.GetCostAndUsage": "costs.json",
}
_EMPTY: dict[str, Any] = {"Metrics": [], "MetricDataResults": [], "DimensionValues": [], "ResultsByTime": []}


def _recorded(name: str) -> Any:
    return json.loads((FIXTURES / "bedrock" / name).read_text())


def play(asked: Asked) -> bytes:
    """Answer as AWS does: of a metric, only the values inside the stretch that was asked for."""
    target = {name.lower(): value for name, value in asked.headers.items()}["x-amz-target"]
    answer = _recorded(_FILES[target])
    for result in answer.get("MetricDataResults", ()):
        start, end = asked.sent["StartTime"], asked.sent["EndTime"]
        inside = [(t, v) for t, v in zip(result["Timestamps"], result["Values"], strict=True) if start <= t < end]
        result["Timestamps"], result["Values"] = [t for t, _ in inside], [v for _, v in inside]
    return json.dumps(answer).encode()


def metrics_of(*pages: Any, models: tuple[str, ...] = (SONNET, NOVA)) -> bytes:
    """Write what ``fetch`` hands on of CloudWatch's pages."""
    return json.dumps({"models": models, "pages": pages}).encode()


def _hostile(name: str) -> tuple[bytes, str]:
    result = {"Id": "input_0", "Timestamps": [1795424400], "Values": [1], "StatusCode": "Complete"}
    return metrics_of({"MetricDataResults": [result]}, models=(name,)), "metrics"


CASE = Case(
    make=lambda url: Settings("eu-central-1", costs=True, url=url, costs_url=url),
    answers=lambda: [
        Answer(metrics_of(_recorded("metric_data.json")), WINDOW, "metrics"),
        Answer(json.dumps(_recorded("costs.json")).encode(), WINDOW, "costs"),
    ],
    hostile=_hostile,
    play=play,
    silent=lambda _: json.dumps(_EMPTY).encode(),
    source=Source("recorded", Route(system=NAMES[0])),
)
