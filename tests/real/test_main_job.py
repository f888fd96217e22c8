"""The main job on real servers: one collection brings everything, a second nothing, and a killed one is made good."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from scripts.real import traffic
from scripts.real.configuration import LLM, Places
from scripts.real.history import SERVICES
from scripts.real.site import Site, asked_by_both
from scripts.real.terminal import Terminal

pytestmark = pytest.mark.real


def asked(places: Places, query: str, moment: datetime) -> dict[str, float]:
    """Ask Prometheus directly, as curl would, for a value by system."""
    answer = httpx.get(f"{places.prometheus}/api/v1/query", params={"query": query, "time": moment.timestamp()}).json()
    return {series["metric"].get("system", ""): float(series["value"][1]) for series in answer["data"]["result"]}


def newest(site: Site, system: str, metric: str, stat: str, dims: str = "%") -> tuple[datetime, float]:
    """Give the newest sample on a grid of one series."""
    found = site.rows(
        """select seen, value from samples join series using (series_id)
        where system = ? and metric = ? and stat = ? and dims like ? and source <> 'llm-page' order by seen desc limit 1""",
        *(system, metric, stat, dims),
    )
    seen, value = found[0]
    return seen.replace(tzinfo=UTC), value


def test_one_collect_brings_metrics_costs_scores_and_pending_changes(collected: Site) -> None:
    states = collected.rows("select source, state from runs order by source")
    assert states == [(source, "complete") for source in ("llm", "llm-page", "metrics", "mlflow")]
    metered = {system for (system,) in collected.rows("select distinct system from series")}
    assert metered == {LLM, *(service.system for service in SERVICES)}
    charged = collected.rows("select count(distinct charge_period_start) from costs where source = 'metrics'")
    assert charged[0][0] >= 30
    scored = {scorer for (scorer,) in collected.rows("select distinct scorer from evaluations where source = 'mlflow'")}
    assert {"faithfulness", "answer_relevance", "pass_ratio"} <= scored
    pending = collected.rows("select system, change_class from changes where state = 'pending' order by all")
    assert pending == [
        (system, kind) for system in ("claims-triage", "legal-search", "support-bot") for kind in ("model", "prompt")
    ]


def test_a_failed_run_and_a_nan_score_are_errors_and_not_zeros(collected: Site) -> None:
    found = collected.rows("select distinct status, value from evaluations where source = 'mlflow' and status <> 'ok'")
    assert found == [("error", None)]
    assert collected.rows("select count(*) from evaluations where suite = 'golden' and value = 0") == [(0,)]


def test_latency_equals_what_prometheus_answers(collected: Site, places: Places) -> None:
    seen, value = newest(collected, "support-bot", "gen_ai.client.operation.duration", "p95")
    buckets = "gen_ai_client_operation_duration_seconds_bucket"
    query = f"histogram_quantile(0.95, sum by (system, le) (rate({buckets}[15m])))"
    assert value == asked(places, query, seen)["support-bot"]


def test_errors_equal_what_prometheus_answers(collected: Site, places: Places) -> None:
    seen, value = newest(collected, "claims-triage", "llmops.error_ratio", "ratio")
    failed = "sum by (system) (increase(llm_requests_total{code!='200'}[15m]))"
    every = "sum by (system) (increase(llm_requests_total[15m]))"
    assert value == asked(places, f"{failed} / {every}", seen)["claims-triage"]


def test_the_cost_of_yesterday_equals_what_prometheus_answers(collected: Site, places: Places) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    yesterday = (midnight - timedelta(days=1)).replace(tzinfo=None)
    stored = collected.rows(
        "select effective_cost from costs where system = 'code-assist' and source = 'metrics' and charge_period_start = ?",
        yesterday,
    )
    answered = asked(places, "sum by (system) (increase(llm_cost_usd_total[1d]))", midnight)["code-assist"]
    assert [float(cost) for (cost,) in stored] == [pytest.approx(answered, abs=1e-9)]


def test_the_score_of_the_last_night_equals_what_mlflow_answers(collected: Site, places: Places) -> None:
    ((run, stored),) = collected.rows(
        """select eval_run, value from evaluations where source = 'mlflow' and system = 'legal-search'
        and suite = 'golden' and scorer = 'faithfulness' order by seen desc limit 1"""
    )
    answer = httpx.get(f"{places.mlflow}/api/2.0/mlflow/runs/get", params={"run_id": run}).json()
    answered = {metric["key"]: metric["value"] for metric in answer["run"]["data"]["metrics"]}
    assert stored == answered["faithfulness/v1/mean"]


def test_the_tokens_of_the_real_model_equal_what_its_page_says(collected: Site, places: Places) -> None:
    stored = collected.rows(
        """select value from samples join series using (series_id) where source = 'llm-page'
        and metric = 'gen_ai.client.token.usage' and dims like '%output%' order by seen desc limit 1"""
    )
    page = httpx.get(f"{places.llama}/metrics").text
    lines = dict(line.split() for line in page.splitlines() if not line.startswith("#"))
    assert stored == [(float(lines["llamacpp:tokens_predicted_total"]),)]


def test_a_second_collect_changes_nothing(new_site: Callable[[str], Site]) -> None:
    site = new_site("twice")
    site.run("collect")
    asked_first = site.asked()
    before = site.held(asked_first)
    site.run("collect")
    assert site.held(asked_first) == before
    told = {name for name, rows in before.items() if rows}
    assert told >= {"samples of metrics", "costs of metrics", "evaluations of metrics", "samples of llm-page"}
    assert told >= {"samples of mlflow", "costs of mlflow", "evaluations of mlflow", "changes of mlflow"}


def test_what_the_real_model_answers_is_collected_within_one_slot(
    new_site: Callable[[str], Site], places: Places
) -> None:
    site = new_site("slot")
    deadline = time.monotonic() + 60
    traffic.burst(places.llama, 4)
    found: set[str] = set()
    wanted = {"gen_ai.client.token.usage", "gen_ai.server.time_per_output_token", "llmops.queue.depth"}
    while not wanted <= found and time.monotonic() < deadline:
        site.run("collect", "--source", "llm")
        found = {metric for (metric,) in site.rows("select distinct metric from series join latest using (series_id)")}
    assert wanted <= found
    spoken = site.rows(
        """select sum(value) from samples join series using (series_id)
        where metric = 'gen_ai.client.token.usage' and dims like '%output%'"""
    )
    assert spoken[0][0] > 0
    with closing(Terminal(site.argv("view", "--system", LLM), 120, 30, site.environ)) as terminal:
        shown = terminal.wait_for(lambda text: "queue.depth" in text)
    for metric in wanted:
        assert metric.removeprefix("gen_ai.").removeprefix("llmops.") in shown


@pytest.mark.parametrize("moment", ["one source is fetched", "the store is open", "the store is written"])
def test_a_killed_collect_is_made_good_by_the_next(
    new_site: Callable[[str], Site], collected: Site, moment: str
) -> None:
    site = new_site("killed")
    process = subprocess.Popen(
        site.argv("collect", "--log-json"),
        env=site.environ,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    primary = site.store / "primary.duckdb"
    if moment == "one source is fetched":
        json.loads(process.stderr.readline())
    else:
        least = 0 if moment == "the store is open" else 2_000_000
        while process.poll() is None and not (primary.exists() and held_bytes(site.store) > least):
            time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()
    assert process.returncode == -signal.SIGKILL
    site.run("collect")
    both = asked_by_both(site, collected)
    assert site.held(both) == collected.held(both)


def held_bytes(store: Path) -> int:
    """Add up the primary and its write-ahead log."""
    return sum(path.stat().st_size for path in store.glob("primary.duckdb*") if path.exists())
