"""The demo's servers over real sockets: paths, parameters, errors and shapes of the products they play."""

import base64
import gzip
import json
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.demo.backstage import served
from collectors.demo.configuration import Addresses
from collectors.demo.mlflow_runs import EXPERIMENTS
from collectors.demo.web import Question, Reply, Server
from collectors.demo.world import World

SHARED = Path(__file__).parents[2].parent / "shared"
ANCHOR = datetime(2026, 11, 23, 15, tzinfo=UTC)
NOW = ANCHOR + timedelta(minutes=40)
OLD = "/api/2.0/mlflow"


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def addresses(clock: Clock) -> Iterator[Addresses]:
    with served(World(1, ANCHOR), clock) as found:
        yield found


def ask(
    url: str, body: object = None, headers: Mapping[str, str] | None = None, **params: object
) -> tuple[int, str, bytes]:
    """Give status, content type and content."""
    sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    address = f"{url}?{urllib.parse.urlencode(params, doseq=True)}" if params else url
    request = urllib.request.Request(address, sent, dict(headers or {}))  # noqa: S310 - our own server on loopback
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own server on loopback
            content = answer.read()
            is_packed = answer.headers["Content-Encoding"] == "gzip"
            return answer.status, answer.headers["Content-Type"], gzip.decompress(content) if is_packed else content
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read()


def told(url: str, body: object = None, **params: object) -> Any:
    """Give the JSON of a good answer."""
    status, _, content = ask(url, body, None, **params)
    assert status == 200, content
    return json.loads(content)


def shape(value: Any) -> Any:
    """Reduce JSON to its keys and kinds."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def recorded(product: str, name: str) -> Any:
    return json.loads((SHARED / "samples" / product / name).read_text(encoding="utf-8"))


def test_prometheus_is_ready_and_unknown_paths_are_plain_404(addresses: Addresses) -> None:
    assert ask(f"{addresses.gateway}/-/ready")[2] == b"Prometheus Server is Ready.\n"
    assert ask(f"{addresses.gateway}/-/healthy")[2] == b"Prometheus Server is Healthy.\n"
    for path in ("/api/v1/nope", "/elsewhere", "/query"):
        assert ask(addresses.gateway + path) == (404, "text/plain; charset=utf-8", b"404 page not found\n")


def test_a_posted_form_asks_as_the_query_string_does(addresses: Addresses) -> None:
    url = f"{addresses.gateway}/api/v1/query_range"
    params = {"query": "sum(llm_cost_usd_total)", "start": "1795400000", "end": "1795403600.5", "step": "1m"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert ask(url, urllib.parse.urlencode(params).encode(), form)[2] == ask(url, None, None, **params)[2]
    packed = ask(url, None, {"Accept-Encoding": "gzip"}, **params)
    assert packed[2] == ask(url, None, None, **params)[2]


def test_samples_of_the_future_do_not_exist_and_instants_come_as_strings(addresses: Addresses, clock: Clock) -> None:
    url = f"{addresses.gateway}/api/v1/query"
    later = clock.now.timestamp() + 3600
    assert told(url, query="sum(llm_cost_usd_total)", time=later)["data"]["result"] == []
    (row,) = told(url, query='sum(llm_cost_usd_total{system="policy-qa"})')["data"]["result"]
    assert row["value"][0] == clock.now.timestamp()
    assert float(row["value"][1]) > 0
    assert told(url, query="scalar(vector(1))", time="2026-11-23T15:00:00.5")["data"] == {
        "resultType": "scalar", "result": [1795446000.5, "1"],
    }  # fmt: skip
    assert told(url, query='"x"')["data"]["resultType"] == "string"


def test_numbers_are_written_without_exponents_and_by_name_where_they_are_none(addresses: Addresses) -> None:
    url = f"{addresses.gateway}/api/v1/query"
    for query, text in (
        ("1e-5", "0.00001"),
        ("1 / 0", "+Inf"),
        ("-1 / 0", "-Inf"),
        ("0 / 0", "NaN"),
        ("1e22", "1e+22"),
    ):
        assert told(url, query=query)["data"]["result"][1] == text


def test_a_range_selector_gives_its_samples(addresses: Addresses) -> None:
    url = f"{addresses.gateway}/api/v1/query"
    answer = told(url, query='llm_feedback_total{system="policy-qa",rating="up"}[3m]', time=ANCHOR.timestamp())
    (row,) = answer["data"]["result"]
    assert answer["data"]["resultType"] == "matrix"
    assert [time for time, _ in row["values"]] == [ANCHOR.timestamp() - 60 * n for n in (3, 2, 1, 0)]
    assert told(url, query="llm_feedback_total[1s]", time=ANCHOR.timestamp() + 30)["data"]["result"] == []


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"start": "0", "end": "11001", "step": "1"}, "exceeded maximum resolution of 11,000 points per timeseries"),
        ({"start": "9", "end": "1", "step": "1"}, 'invalid parameter "end": end timestamp must not be before start'),
        ({"start": "0", "end": "1", "step": "0"}, "zero or negative query resolution step widths are not accepted"),
        ({"start": "0", "end": "1", "step": "x"}, 'invalid parameter "step": cannot parse "x" to a valid duration'),
        ({"start": "x", "end": "1", "step": "1"}, 'invalid parameter "start": cannot parse "x" to a valid timestamp'),
        (
            {"start": "0", "end": "1", "step": "1", "query": "up[5m]"},
            'invalid expression type "range vector" for range',
        ),
        ({"start": "0", "end": "1", "step": "1", "query": '"x"'}, 'invalid expression type "string" for range query'),
        ({"start": "0", "end": "1", "step": "1", "query": "sum(("}, "unexpected end of input"),
    ],
)
def test_a_range_that_prometheus_refuses_is_refused(addresses: Addresses, params: dict[str, str], words: str) -> None:
    status, _, content = ask(f"{addresses.gateway}/api/v1/query_range", None, None, **{"query": "up", **params})
    assert status == 400
    answer = json.loads(content)
    assert (answer["status"], answer["errorType"]) == ("error", "bad_data")
    assert words in answer["error"]


def test_a_range_of_a_scalar_is_one_series_without_labels(addresses: Addresses) -> None:
    answer = told(f"{addresses.gateway}/api/v1/query_range", query="1 + 1", start="0", end="20", step="10")
    assert answer["data"]["result"] == [{"metric": {}, "values": [[0, "2"], [10, "2"], [20, "2"]]}]


def test_execution_errors_are_422(addresses: Addresses) -> None:
    query = "llm_queries_total * on (job) group_left () llm_feedback_total"
    status, _, content = ask(f"{addresses.gateway}/api/v1/query", None, None, query=query)
    assert (status, json.loads(content)["errorType"]) == (422, "execution")


def test_latency_and_size_of_a_request_are_those_of_the_system(addresses: Addresses) -> None:
    def value(query: str) -> float:
        found = told(f"{addresses.gateway}/api/v1/query", query=query, time=ANCHOR.timestamp())
        return float(found["data"]["result"][0]["value"][1])

    mine = '{system="policy-qa"}[6h]'
    calls = f"rate(gen_ai_client_operation_duration_seconds_bucket{mine})"
    assert value(f"histogram_quantile(0.5, sum by (le) ({calls}))") == pytest.approx(1.5, rel=0.05)
    assert value(f"histogram_quantile(0.95, sum by (le) ({calls}))") == pytest.approx(3.7, rel=0.1)
    spent, count = (f"sum(rate(gen_ai_client_operation_duration_seconds_{part}{mine}))" for part in ("sum", "count"))
    assert value(f"{spent} / {count}") == pytest.approx(1.5 * 1.16, rel=0.05)
    tokens = '{system="policy-qa",gen_ai_token_type="input"}[6h]'
    used = f"sum(rate(gen_ai_client_token_usage_sum{tokens})) / sum(rate(gen_ai_client_token_usage_count{tokens}))"
    assert value(used) == pytest.approx(1700, rel=0.03)


def test_names_labels_and_series_can_be_discovered(addresses: Addresses, clock: Clock) -> None:
    api = f"{addresses.gateway}/api/v1"
    names = told(f"{api}/label/__name__/values")["data"]
    assert "llm_cost_usd_total" in names
    assert "le" in told(f"{api}/labels")["data"]
    assert told(f"{api}/metadata")["data"] == {}
    assert told(f"{api}/status/buildinfo")["data"]["version"] == "2.42.0"
    wanted = {
        "match[]": ['llm_feedback_total{system="policy-qa"}', 'llm_feedback_total{rating="up",system="policy-qa"}']
    }
    assert len(told(f"{api}/series", **wanted)["data"]) == 2
    status, _, content = ask(f"{api}/series")
    assert (status, json.loads(content)["error"]) == (400, "no match[] parameter provided")
    assert ask(f"{api}/series", None, None, **{"match[]": "x[5m]"})[0] == 400
    replaced = {"match[]": '{gen_ai_response_model="meridian-large-2026-08"}'}
    assert len(told(f"{api}/series", **replaced)["data"]) == 17
    before, clock.now = clock.now, ANCHOR - timedelta(days=10)
    assert told(f"{api}/series", **replaced)["data"] == []
    clock.now = before


@pytest.mark.shared
@pytest.mark.parametrize(
    ("sample", "path", "params"),
    [
        ("query_vector.json", "query", {"query": "llm_feedback_total"}),
        ("query_scalar.json", "query", {"query": "scalar(vector(1))"}),
        ("query_string.json", "query", {"query": '"x"'}),
        ("query_empty.json", "query", {"query": "nope_total"}),
        ("query_matrix_instant.json", "query", {"query": "llm_feedback_total[5m]"}),
        ("range_p95_latency_2d.json", "query_range",
         {"query": "sum by (system) (llm_feedback_total)", "start": "1795400000", "end": "1795403600", "step": "1h"}),
        ("labels.json", "labels", {}),
        ("buildinfo.json", "status/buildinfo", {}),
        ("series.json", "series", {"match[]": "llm_feedback_total"}),
    ],
)  # fmt: skip
def test_answers_have_the_shape_of_recorded_ones(
    addresses: Addresses, sample: str, path: str, params: dict[str, str]
) -> None:
    def bare(answer: Any) -> Any:
        if path == "series":
            answer["data"] = [{}]
        elif path.startswith("query") and answer["data"]["resultType"] in ("vector", "matrix"):
            for row in answer["data"]["result"]:
                row["metric"] = {}
        return shape(answer)

    answer = told(f"{addresses.gateway}/api/v1/{path}", **params)
    assert bare(answer) == bare(recorded("prometheus", sample))


def test_counters_run_on_after_the_story_but_not_for_ever(addresses: Addresses, clock: Clock) -> None:
    before = clock.now
    url, query = f"{addresses.gateway}/api/v1/query", "sum(increase(llm_cost_usd_total[1h]))"
    clock.now = ANCHOR + timedelta(days=29)
    assert float(told(url, query=query)["data"]["result"][0]["value"][1]) > 5
    clock.now = ANCHOR + timedelta(days=40)
    assert told(url, query=query)["data"]["result"][0]["value"][1] == "0"
    assert ask(f"{addresses.engine}/metrics")[0] == 200
    clock.now = before


def test_the_engine_page_moves_with_the_time(addresses: Addresses, clock: Clock) -> None:
    def page() -> dict[str, float]:
        status, kind, content = ask(f"{addresses.engine}/metrics")
        assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
        lines = [line.rsplit(" ", 1) for line in content.decode().splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in lines}

    before = page()
    clock.now += timedelta(seconds=60)
    after = page()
    clock.now -= timedelta(seconds=60)
    assert before.keys() == after.keys()
    done = 'vllm:request_success_total{engine="0",finished_reason="stop",model_name="coder-33b"}'
    assert 5 < after[done] - before[done] < 60
    assert all(after[name] >= before[name] for name in after if "_total" in name or "_bucket" in name)
    bucket = 'vllm:e2e_request_latency_seconds_bucket{{engine="0",le="{}",model_name="coder-33b"}}'
    assert after[bucket.format("0.3")] < after[bucket.format("5.0")] <= after[bucket.format("+Inf")]
    assert ask(f"{addresses.engine}/health")[0] == 200
    assert ask(f"{addresses.engine}/v1/models")[0] == 404


@pytest.mark.shared
def test_the_engine_page_names_what_a_vllm_server_names(addresses: Addresses) -> None:
    recorded_page = (SHARED / "samples" / "prometheus" / "exporter_metrics.txt").read_text(encoding="utf-8")
    page = ask(f"{addresses.engine}/metrics")[2].decode()

    def types(text: str) -> dict[str, str]:
        return dict(line.split()[2:4] for line in text.splitlines() if line.startswith("# TYPE vllm:"))

    there = {name: kind for name, kind in types(recorded_page).items() if not name.endswith("_created")}
    assert there.items() <= types(page).items()


def test_mlflow_says_who_it_is(addresses: Addresses) -> None:
    assert ask(f"{addresses.mlflow}/health")[2] == b"OK"
    assert ask(f"{addresses.mlflow}/version")[2] == b"3.17.2"
    status, kind, content = ask(f"{addresses.mlflow}{OLD}/nope")
    assert (status, kind) == (404, "text/html; charset=utf-8")
    assert content.startswith(b"<!doctype html>")


def number_of(system: str, kind: str) -> str:
    return next(each.number for each in EXPERIMENTS if each.system.name == system and each.kind == kind)


def test_runs_come_in_pages_in_the_order_asked(addresses: Addresses) -> None:
    url = f"{addresses.mlflow}{OLD}/runs/search"
    body: dict[str, Any] = {"experiment_ids": [number_of("support-bot", "nightly-eval")], "max_results": 25}
    met = []
    while True:
        page = told(url, body)
        met += [run["info"]["start_time"] for run in page["runs"]]
        if "next_page_token" not in page:
            break
        body["page_token"] = page["next_page_token"]
    assert len(met) == 60
    assert met == sorted(met, reverse=True)
    rising = told(url, {**body, "page_token": "", "order_by": ["attributes.start_time ASC"]})
    assert rising["runs"][0]["info"]["start_time"] == met[-1]


def test_runs_are_filtered_and_a_failed_one_has_no_scores(addresses: Addresses) -> None:
    url = f"{addresses.mlflow}{OLD}/runs/search"
    quality = {"experiment_ids": [number_of("claims-triage", "nightly-eval")], "max_results": 1000}
    low = told(url, {**quality, "filter": "metrics.`groundedness/v1/mean` < 0.85 and tags.suite = 'golden'"})
    assert 3 <= len(low["runs"]) <= 8
    failed = {"experiment_ids": [number_of("policy-qa", "nightly-eval")], "filter": "attributes.status = 'FAILED'"}
    (run,) = told(url, failed)["runs"]
    assert run["data"]["metrics"] == []
    copy = {"experiment_ids": [number_of("marketing-copy", "nightly-eval")], "max_results": 1000}
    scores = [metric["value"] for run in told(url, copy)["runs"] for metric in run["data"]["metrics"]]
    assert scores.count("NaN") == 1
    assert told(url, {"experiment_ids": ["999"]}) == {}
    wanted = run["info"]["run_id"]
    assert told(f"{addresses.mlflow}{OLD}/runs/get", run_id=wanted)["run"] == run


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        (
            "experiments/search",
            {},
            "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer",
        ),
        ("runs/search", {"max_results": 50_001}, "Invalid value 50001 for parameter 'max_results' supplied"),
        ("runs/search", {"filter": "metric faith <"}, "Invalid clause(s) in filter string: 'metric faith <'"),
        ("runs/search", {"filter": "a = 'b' c = 'd'"}, "Invalid clause(s) in filter string: \"c = 'd'\""),
        ("runs/search", {"page_token": "xyz"}, "Invalid page token, could not base64-decode"),
        ("runs/search", {"page_token": base64.b64encode(b"[]").decode()}, "Invalid page token"),
        ("runs/search", b"{", "Expecting property name"),
    ],
)
def test_mlflow_refuses_with_its_own_words(addresses: Addresses, path: str, body: object, words: str) -> None:
    status, _, content = ask(f"{addresses.mlflow}{OLD}/{path}", body)
    answer = json.loads(content)
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert words in answer["message"]


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("runs/get", {"run_id": "0" * 32}, "RESOURCE_DOES_NOT_EXIST"),
        ("experiments/get-by-name", {"experiment_name": "x"}, "RESOURCE_DOES_NOT_EXIST"),
        ("registered-models/get", {"name": "x"}, "RESOURCE_DOES_NOT_EXIST"),
        ("registered-models/alias", {"name": "refund-agent", "alias": "x"}, "INVALID_PARAMETER_VALUE"),
    ],
)
def test_what_mlflow_does_not_know_has_its_code(
    addresses: Addresses, path: str, params: dict[str, str], code: str
) -> None:
    status, _, content = ask(f"{addresses.mlflow}{OLD}/{path}", None, None, **params)
    assert status == (404 if code.startswith("RESOURCE") else 400)
    assert json.loads(content)["error_code"] == code


def test_experiments_are_found_by_name_and_tag(addresses: Addresses) -> None:
    url = f"{addresses.mlflow}{OLD}/experiments/search"
    found = told(url, {"max_results": 100, "filter": "name ILIKE '%TRACES' and tags.system = 'refund-agent'"})
    assert [each["name"] for each in found["experiments"]] == ["refund-agent/traces"]
    assert told(url, {"max_results": 1, "filter": "attribute.name LIKE 'nothing_'"}) == {}
    by_name = told(f"{addresses.mlflow}{OLD}/experiments/get-by-name", experiment_name="refund-agent/traces")
    assert by_name["experiment"] == found["experiments"][0]


def test_prompts_are_listed_apart_from_models_and_know_their_aliases(addresses: Addresses) -> None:
    url = f"{addresses.mlflow}{OLD}/registered-models/search"
    models = told(url)["registered_models"]
    prompts = told(url, filter="tags.`mlflow.prompt.is_prompt` = 'true'")["registered_models"]
    assert {each["name"] for each in models} == {"code-assist", "travel-concierge", "refund-agent"}
    assert len(prompts) == 5
    (one,) = told(url, filter="tags.`mlflow.prompt.is_prompt` = 'true' AND name = 'support-bot-system'")[
        "registered_models"
    ]
    assert one["aliases"] == [{"alias": "production", "version": "21"}]
    assert told(f"{addresses.mlflow}{OLD}/registered-models/get", name="refund-agent")["registered_model"] in models
    alias = {"name": "support-bot-system", "alias": "production"}
    version = told(f"{addresses.mlflow}{OLD}/registered-models/alias", **alias)["model_version"]
    assert (version["version"], version["aliases"]) == ("21", ["production"])


def test_versions_are_searched_across_models(addresses: Addresses) -> None:
    url = f"{addresses.mlflow}{OLD}/model-versions/search"
    pending = told(url, filter="tags.approval='pending'")["model_versions"]
    assert {each["name"] for each in pending} == {"code-assist", "travel-concierge"}
    prompt = told(url, filter="name='contract-summary-system'", max_results="2")
    assert [each["version"] for each in prompt["model_versions"]] == ["15", "14"]
    assert "next_page_token" in prompt
    assert len(told(url, filter="tags.`mlflow.prompt.is_prompt` = 'true'")["model_versions"]) == 10
    assert told(url, filter="version_number > 100") == {}
    assert len(told(url, filter="name != 'x' and version_number >= 12 and version_number <= 12")["model_versions"]) == 1


def traced(addresses: Addresses, view: str, metric: str, kinds: list[str], **more: object) -> list[Any]:
    body = {
        "experiment_ids": [number_of("support-bot", "traces")],
        "view_type": view,
        "metric_name": metric,
        "aggregations": [
            {"aggregation_type": "PERCENTILE", "percentile_value": float(kind[1:])} if kind[0] == "P" else
            {"aggregation_type": kind} for kind in kinds
        ],
        "start_time_ms": (ANCHOR.timestamp() - 7200) * 1000,
        "end_time_ms": ANCHOR.timestamp() * 1000 - 1,
        **more,
    }  # fmt: skip
    found = told(f"{addresses.mlflow}/api/3.0/mlflow/traces/metrics", body)
    points: list[Any] = found.get("data_points", [])
    return points


def test_trace_metrics_are_aggregated_by_bucket_and_dimension(addresses: Addresses) -> None:
    latency = traced(addresses, "TRACES", "latency", ["P50", "P95", "AVG", "MIN", "MAX"], time_interval_seconds=3600)
    assert [point["dimensions"]["time_bucket"] for point in latency] == [
        "2026-11-23T13:00:00+00:00", "2026-11-23T14:00:00+00:00",
    ]  # fmt: skip
    values = latency[0]["values"]
    assert values["MIN"] < values["P50.0"] < values["AVG"] < values["P95.0"] < values["MAX"]
    quarters = traced(addresses, "TRACES", "trace_count", ["COUNT"], time_interval_seconds=900)
    counts = traced(addresses, "TRACES", "trace_count", ["COUNT"], dimensions=["trace_status"])
    assert {point["dimensions"]["trace_status"] for point in counts} == {"OK", "ERROR"}
    assert len(quarters) == 8
    total = sum(point["values"]["COUNT"] for point in quarters)
    assert total == pytest.approx(sum(point["values"]["COUNT"] for point in counts), abs=5)
    (spent,) = traced(addresses, "SPANS", "total_cost", ["SUM"], dimensions=["span_model_name"])
    assert spent["dimensions"] == {"span_model_name": "meridian-large-2026-08"}
    (tokens,) = traced(addresses, "TRACES", "total_tokens", ["SUM"])
    assert "dimensions" not in tokens
    judged = traced(addresses, "ASSESSMENTS", "assessment_value", ["AVG"], dimensions=["assessment_name"])
    assert {point["dimensions"]["assessment_name"] for point in judged} == {"groundedness", "user_thumb"}
    assert traced(addresses, "TRACES", "trace_count", ["COUNT"], experiment_ids=["999"]) == []
    assert traced(addresses, "TRACES", "trace_count", ["COUNT"], start_time_ms=0, end_time_ms=1) == []
    moment = {"start_time_ms": (ANCHOR.timestamp() - 1) * 1000}
    assert traced(addresses, "TRACES", "trace_count", ["COUNT"], **moment) == []
    week = {"time_interval_seconds": 3600, "start_time_ms": 0}
    assert len(traced(addresses, "TRACES", "trace_count", ["COUNT"], **week)) == 1000


@pytest.mark.parametrize(
    ("ask_for", "words"),
    [
        ({"view_type": "NOPE"}, "view_type must be one of"),
        ({"metric_name": "nope"}, "metric_name must be one of ['trace_count', 'session_count', 'latency'"),
        ({"metric_name": "latency", "aggregations": [{"aggregation_type": "COUNT"}]}, "COUNT is not supported"),
        ({"dimensions": ["span_model_name"]}, "dimensions must be among"),
        ({"aggregations": [{"aggregation_type": "MAX"}]}, "aggregation_type 'MAX' is not supported for trace_count"),
    ],
)
def test_a_trace_question_that_mlflow_refuses_is_refused(
    addresses: Addresses, ask_for: dict[str, Any], words: str
) -> None:
    body = {"experiment_ids": [number_of("support-bot", "traces")], "view_type": "TRACES", "metric_name": "trace_count"}
    status, _, content = ask(f"{addresses.mlflow}/api/3.0/mlflow/traces/metrics", {**body, **ask_for})
    assert status == 400
    assert words in json.loads(content)["message"]


@pytest.mark.shared
def test_mlflow_answers_have_the_shape_of_recorded_ones(addresses: Addresses) -> None:
    base = f"{addresses.mlflow}{OLD}"
    experiments = told(f"{base}/experiments/search", {"max_results": 10})
    sample = recorded("mlflow", "experiments_search.json")["experiments"][1]
    assert shape(experiments["experiments"][0]) == shape(sample)
    runs = told(f"{base}/runs/search", {"experiment_ids": ["1"], "max_results": 3})
    assert shape(runs) == shape(recorded("mlflow", "runs_search_page1.json"))
    alias = told(f"{base}/registered-models/alias", name="refund-agent", alias="production")
    assert shape(alias) == shape(recorded("mlflow", "model_alias_get.json"))
    versions = told(f"{base}/model-versions/search", filter="name='code-assist'")
    assert shape(versions) == shape(recorded("mlflow", "model_versions_search.json"))
    models = told(f"{base}/registered-models/search")
    assert shape(models) == shape(recorded("mlflow", "registered_models_search.json"))
    points = traced(
        addresses, "SPANS", "total_cost", ["SUM"], dimensions=["span_model_name"], time_interval_seconds=3600
    )
    sample = recorded("mlflow", "trace_metrics_cost_by_model_hourly.json")["data_points"][0]
    assert shape(points[0]) == shape(sample)


def test_the_statistics_service_gives_complete_hours_inside_the_window(addresses: Addresses) -> None:
    stretch = {"since": "2026-11-23T12:00:00Z", "until": "2026-11-23T15:39:00"}
    rows = told(f"{addresses.stats}/v1/tools", **stretch)["rows"]
    refunds = [row for row in rows if row["system"] == "refund-agent"]
    assert [row["hour_end"] for row in refunds] == [f"2026-11-23T{hour}:00:00Z" for hour in (13, 14, 15)]
    assert all(row["empty_ratio"] > 0.15 and row["confirmed_ratio"] < 0.93 for row in refunds)
    searches = told(f"{addresses.stats}/v1/retrieval", **stretch)["rows"]
    ages = {row["system"]: row["index_age_seconds"] for row in searches}
    assert ages["legal-search"] > 11 * 86_400
    assert ages["policy-qa"] == 14 * 3600
    blocked = told(f"{addresses.stats}/v1/guardrails", **stretch)["rows"]
    assert {row["system"] for row in blocked} >= {"hr-assistant", "support-bot"}
    assert len(told(f"{addresses.stats}/v1/indexes")["indexes"]) == 4
    assert len(told(f"{addresses.stats}/v1/tools")["rows"]) == 3 * 24 * 60


def test_a_guardrail_drifts_in_one_category(addresses: Addresses) -> None:
    def share(category: str, day: str) -> float:
        url = f"{addresses.stats}/v1/guardrail-categories"
        rows = told(url, since=f"{day}T00:00:00Z", until=f"{day}T23:00:00Z")["rows"]
        mine = [row for row in rows if row["system"] == "hr-assistant" and row["category"] == category]
        return float(sum(row["blocked"] for row in mine) / sum(row["requests"] for row in mine))

    assert share("pay and benefits", "2026-11-22") > 5 * share("pay and benefits", "2026-11-12")
    assert share("injection", "2026-11-22") == pytest.approx(share("injection", "2026-11-12"), abs=0.003)


def test_the_statistics_service_refuses_what_it_cannot_read(addresses: Addresses) -> None:
    assert ask(f"{addresses.stats}/v1/nope")[0] == 404
    assert ask(f"{addresses.stats}/v1/tools", None, None, since="yesterday")[0] == 400


def test_the_portal_wants_a_token_that_nobody_has(addresses: Addresses) -> None:
    status, _, content = ask(f"{addresses.portal}/v1/retrieval", None, {"Authorization": "Bearer other"})
    assert (status, json.loads(content)) == (401, {"error": "invalid_token"})
    assert ask(f"{addresses.portal}/v1/indexes", None, {"Authorization": "Bearer expired-1"})[0] == 200


def test_alerts_are_there_from_their_time_on_and_a_silenced_one_is_suppressed(
    addresses: Addresses, clock: Clock
) -> None:
    url = f"{addresses.alerts}/api/v2/alerts"
    states = {alert["labels"]["alertname"]: alert["status"]["state"] for alert in told(url)}
    assert states == {"GatewaySpendFast": "active", "PaymentsUnmatched": "active", "TrafficDoubled": "suppressed"}
    assert [alert["labels"]["system"] for alert in told(url, active="false")] == ["marketing-copy"]
    assert len(told(url, silenced="false")) == 2
    clock.now -= timedelta(hours=30)
    try:
        assert [alert["labels"]["system"] for alert in told(url, silenced="false")] == ["refund-agent"]
    finally:
        clock.now = NOW
    assert ask(f"{addresses.alerts}/-/ready")[2] == b"OK"
    assert ask(f"{addresses.alerts}/api/v1/alerts")[0] == 404


def test_an_alert_has_every_key_of_a_recorded_one(addresses: Addresses) -> None:
    recorded_ones = json.loads((Path(__file__).parents[1] / "fixtures/alertmanager/alerts.json").read_text())
    known = {key: kind for alert in recorded_ones for key, kind in shape(alert).items()}
    for alert in told(f"{addresses.alerts}/api/v2/alerts"):
        assert shape(alert).keys() >= known.keys() - {"generatorURL"}
        assert shape(alert)["status"].keys() == known["status"].keys()


def test_nothing_without_requests_has_a_share() -> None:
    from collectors.demo.stats import _ratio

    assert _ratio(0, 0) is None


def test_ports_are_given_back_and_listen_on_loopback_alone() -> None:
    with Server(lambda question: Reply(question.param("x", "-").encode())) as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert ask(server.url)[2] == b"-"
        port = int(server.url.rsplit(":", 1)[1])
    with ExitStack() as stack:
        probe = stack.enter_context(socket.socket())
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_client_that_goes_away_disturbs_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    big = Reply(b"x" * 20_000_000)
    with Server(lambda _: big) as server:
        port = int(server.url.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            client.recv(10)
        assert ask(server.url)[0] == 200
    assert capfd.readouterr() == ("", "")


def test_a_question_without_a_body_is_an_empty_object() -> None:
    assert Question("POST", "/", {}).json() == {}
