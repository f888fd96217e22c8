"""MLflow: a recorded exchange with a server filled by ``scripts/real``."""

import json
from typing import Any

from collectors.base import Answer
from collectors.kinds.mlflow import Settings
from tests.collectors.kinds.case import FIXTURES, WINDOW, Case, exchanged, routed

_RECORDED = FIXTURES / "mlflow" / "exchange.json"
_METRICS = ("trace_count", "latency", "input_tokens", "total_cost", "assessment_count", "assessment_value")


def _named(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(each for each in entries if each["name"] == name)


def _answers() -> list[Answer]:
    exchange = json.loads(_RECORDED.read_text())

    def given(path: str, index: int = 0) -> Any:
        return [each["answer"] for each in exchange if each["path"].endswith(path)][index]

    def traced(metric: str, seconds: int) -> Any:
        asked = [each for each in exchange if each["path"].endswith("traces/metrics")]
        wanted = (metric, seconds)
        answers = [
            each["answer"]
            for each in asked
            if (each["sent"]["metric_name"], each["sent"]["time_interval_seconds"]) == wanted and each["answer"]
        ]
        return answers[-1] if answers else {}

    experiments = given("experiments/search")["experiments"]
    experiment = _named(experiments, "support-bot/traces")
    model = _named(given("registered-models/search")["registered_models"], "support-bot")
    parts = {
        "runs": {"experiments": experiments, "runs": given("runs/search")},
        "registered": {"model": model, "versions": given("model-versions/search")["model_versions"]},
        "hours": {"experiment": experiment} | {metric: traced(metric, 3600) for metric in _METRICS},
        "days": {"experiment": experiment, "total_cost": traced("total_cost", 86_400)},
    }
    return [Answer(json.dumps(body).encode(), WINDOW, about) for about, body in parts.items()]


def _hostile(name: str) -> tuple[bytes, str]:
    version = {"version": "3", "creation_timestamp": 1795431600000, "description": name}
    model = {"name": "m", "aliases": [{"alias": "production", "version": "3"}], "latest_versions": [version]}
    return json.dumps({"model": model, "versions": [version]}).encode(), "registered"


CASE = Case(
    make=lambda url: Settings(
        url, experiments=("support-bot/*",), traces=("support-bot/*", "legal-search/traces"), models=("support-bot*",)
    ),
    answers=_answers,
    hostile=_hostile,
    play=exchanged(_RECORDED),
    silent=lambda _: b"{}",
    source=routed("system"),
    maps=frozenset({"hours", "days", ""}),
    shown=lambda record: str(getattr(record, "title", "")).removeprefix("m version 3: "),
)
