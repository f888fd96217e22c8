"""The real servers hold what the tests of collectors count on."""

import httpx
import pytest

from scripts.real import traffic
from scripts.real.history import SERVICES, Past
from scripts.real.processes import Server

pytestmark = pytest.mark.real


def daily(past: Past) -> dict[str, str]:
    return {"start": str(past.start), "end": str(past.stop), "step": "1d"}


def test_prometheus_holds_all_thirty_five_days(prometheus: Server, past: Past) -> None:
    query = {"query": "count by (system) (llm_cost_usd_total)", **daily(past)}
    answer = httpx.get(f"{prometheus.url}/api/v1/query_range", params=query).json()
    found = {series["metric"]["system"]: len(series["values"]) for series in answer["data"]["result"]}
    assert found == {service.system: 36 for service in SERVICES}


def test_victoria_metrics_holds_the_same_history(victoria_metrics: Server, past: Past) -> None:
    query = {"query": "count(llm_cost_usd_total)", **daily(past)}
    answer = httpx.get(f"{victoria_metrics.url}/api/v1/query_range", params=query).json()
    assert [value for _, value in answer["data"]["result"][0]["values"]] == ["4"] * 36


def test_the_real_model_answers_and_counts_its_tokens(llama: Server) -> None:
    assert traffic.burst(llama.url, 4) > 0
    page = httpx.get(f"{llama.url}/metrics").text
    counted = next(line for line in page.splitlines() if line.startswith("llamacpp:tokens_predicted_total "))
    assert float(counted.split()[1]) > 0


def test_mlflow_holds_a_nan_a_failed_run_and_pending_versions(mlflow: Server) -> None:
    search = httpx.post(f"{mlflow.url}/api/2.0/mlflow/experiments/search", json={"max_results": 100}).json()
    nightly = [one["experiment_id"] for one in search["experiments"] if one["name"].endswith("/nightly")]
    runs = httpx.post(
        f"{mlflow.url}/api/2.0/mlflow/runs/search", json={"experiment_ids": nightly, "max_results": 1000}
    ).json()["runs"]
    values = [metric["value"] for run in runs for metric in run["data"]["metrics"]]
    assert len(runs) == 120
    assert values.count("NaN") == 3
    assert [run["info"]["status"] for run in runs].count("FAILED") == 3
    pending = httpx.get(
        f"{mlflow.url}/api/2.0/mlflow/model-versions/search", params={"filter": "tags.approval='pending'"}
    ).json()["model_versions"]
    assert {version["name"] for version in pending} == {"support-bot", "claims-triage", "legal-search"}
