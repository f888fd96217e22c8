"""Azure: three questions for metrics and one for costs, told apart by their path and parameters."""

import json
from typing import Any

from collectors.azure.settings import Settings
from collectors.base import Answer
from tests.collectors.kinds.case import FIXTURES, WINDOW, Asked, Case, routed

RESOURCE = "/subscriptions/0000/resourceGroups/llm/providers/Microsoft.CognitiveServices/accounts/LLM-prod"
SCOPE = "/subscriptions/0000"
_FILES = {
    "AzureOpenAIRequests": "requests.json",
    "ProcessedPromptTokens": "tokens.json",
    "AzureOpenAITTLTInMS": "means.json",
}


def recorded(name: str) -> Any:
    """Read one of the answers."""
    return json.loads((FIXTURES / "azure_monitor" / name).read_text())


def play(asked: Asked) -> bytes:
    """Answer as Azure does: of a metric, only the points inside the stretch that was asked for."""
    if asked.path.endswith("/Microsoft.CostManagement/query"):
        page = recorded("costs_by_tag.json")
        until = asked.sent["timePeriod"]["to"]
        page["properties"]["rows"] = page["properties"]["rows"] if until > "2026-11-22" else []
        return json.dumps(page).encode()
    answer = recorded(_FILES[asked.sent["metricnames"].partition(",")[0]])
    start, _, end = asked.sent["timespan"].partition("/")
    for metric in answer["value"]:
        for series in metric["timeseries"]:
            series["data"] = [point for point in series["data"] if start <= point["timeStamp"] < end]
    return json.dumps(answer).encode()


def _silent(asked: Asked) -> bytes:
    if asked.path.endswith("/query"):
        return b'{"properties": {"nextLink": null, "columns": [], "rows": []}}'
    return b'{"timespan": "", "interval": "PT1H", "value": []}'


def _hostile(name: str) -> tuple[bytes, str]:
    words = [{"name": {"value": "modeldeploymentname"}, "value": name}]
    series = {"metadatavalues": words, "data": [{"timeStamp": "2026-11-23T08:00:00Z", "total": 1}]}
    metric = {"name": {"value": "GeneratedTokens"}, "timeseries": [series]}
    return json.dumps({"interval": "PT1H", "value": [metric]}).encode(), "metrics"


CASE = Case(
    make=lambda url: Settings(url, resources=(RESOURCE,), costs=SCOPE, tag="deployment"),
    answers=lambda: [
        *(Answer(json.dumps(recorded(name)).encode(), WINDOW, "metrics", RESOURCE) for name in _FILES.values()),
        Answer(json.dumps(recorded("costs_by_tag.json")).encode(), WINDOW, "costs"),
    ],
    hostile=_hostile,
    play=play,
    silent=_silent,
    source=routed("deployment"),
)
