"""Hold the demo's PromQL against a real Prometheus that was given the same samples."""

import json
import math
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.demo.prometheus import Prometheus
from collectors.demo.promql_grid import Places
from collectors.demo.series import Gateway
from collectors.demo.story import STORY
from collectors.demo.web import Server
from collectors.demo.world import World
from scripts.real import processes

pytestmark = pytest.mark.real

CALLS = "gen_ai_client_operation_duration_seconds"
NOT_YET = 6 * 60  # minutes that both hold


@dataclass(frozen=True)
class Pair:
    """The two servers and the stretch of time that both know."""

    real: str
    played: str
    start: int
    end: int


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, need: Callable[..., None]) -> Iterator[Pair]:
    need("prometheus", "promtool")
    world = World(5, datetime.now(UTC) - timedelta(hours=4))
    replaced = STORY[0].begins(world.anchor)  # a series begins in the middle
    start = replaced - timedelta(hours=3)
    end = start + timedelta(minutes=NOT_YET)
    folder = tmp_path_factory.mktemp("promql")
    _backfill(world, start, end, folder)
    address = f"127.0.0.1:{processes.free_port()}"
    (folder / "prometheus.yml").write_text("scrape_configs: []\n")
    argv = ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data"]
    argv += ["--storage.tsdb.retention.time=400d", f"--web.listen-address={address}"]
    ready = processes.answers(f"http://{address}/-/ready")
    server = processes.start("prometheus", argv, f"http://{address}", ready, folder)
    with Server(Prometheus(world, lambda: end).answer) as played:
        yield Pair(server.url, played.url, int(start.timestamp()), int(end.timestamp()))
    processes.stop(server)


def _backfill(world: World, start: datetime, end: datetime, folder: Path) -> None:
    first = round((start.timestamp() - world.origin) / 60)
    places = Places(list(range(first, first + NOT_YET + 1)), 60)
    text = folder / "history.om"
    with text.open("w") as output:
        for series in Gateway(world).all():
            labels = ",".join(f'{k}="{v}"' for k, v in series.labels.items() if k != "__name__")
            for number, value in zip(places.numbers, series.values(places), strict=True):
                if number >= series.begins:
                    output.write(f"{series.labels['__name__']}{{{labels}}} {value} {world.origin + number * 60:.0f}\n")
        output.write("# EOF\n")
    promtool = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q", "--max-block-duration=1000h"]
    subprocess.run([*promtool, str(text), str(folder / "data")], check=True, stdout=subprocess.DEVNULL)


def ask(url: str, path: str, **params: object) -> tuple[int, Any]:
    address = f"{url}/api/v1/{path}?{urllib.parse.urlencode(params, doseq=True)}"
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - our own servers on loopback
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def rows(answer: Any) -> dict[str, list[tuple[float, float]]]:
    return {
        json.dumps(row["metric"], sort_keys=True): [
            (float(t), float(v)) for t, v in (row.get("values") or [row["value"]])
        ]
        for row in answer["data"]["result"]
    }


def same(left: dict[str, list[tuple[float, float]]], right: dict[str, list[tuple[float, float]]]) -> bool:
    def close(a: tuple[float, float], b: tuple[float, float]) -> bool:
        both_nan = math.isnan(a[1]) and math.isnan(b[1])
        return a[0] == b[0] and (both_nan or math.isclose(a[1], b[1], rel_tol=1e-9, abs_tol=1e-12))

    return left.keys() == right.keys() and all(
        len(left[key]) == len(right[key]) and all(map(close, left[key], right[key])) for key in left
    )


QUERIES = [
    'llm_cost_usd_total{system="support-bot"}',
    '{__name__=~"llm_(cost|feedback).*",system!~"s.*"}',
    "sum by (system) (increase(llm_cost_usd_total[30m]))",
    f"sum by (system) (rate({CALLS}_count[5m]))",
    f'sum by (system) (increase({CALLS}_count{{error_type!=""}}[1h])) / sum by (system) (increase({CALLS}_count[1h]))',
    f"histogram_quantile(0.95, sum by (system, le) (rate({CALLS}_bucket[15m])))",
    f"histogram_quantile(0.5, sum without (gen_ai_response_model, error_type) (rate({CALLS}_bucket[10m])))",
    (
        f'sum by (system, gen_ai_response_model) (increase({CALLS}_count{{error_type=""}}[1h]))'
        f' / on (system) group_left () sum by (system) (increase({CALLS}_count{{error_type=""}}[1h]))'
    ),
    f'increase({CALLS}_count{{gen_ai_response_model="meridian-large-2026-08"}}[7m])',
    f'rate({CALLS}_count{{system="support-bot"}}[90s])',
    f'delta({CALLS}_count{{system="support-bot"}}[10m])',
    'sum by (system) (increase(llm_queries_total{coverage="uncovered"}[1h])) > 20',
    "sum by (system) (increase(llm_cost_usd_total[1h])) > bool 5",
    "5 < sum by (system) (increase(llm_cost_usd_total[1h]))",
    "sum by (system) (rate(nothing_at_all[5m])) or 0 * sum by (system) (rate(llm_cost_usd_total[5m]))",
    'llm_responses_total{finish_reason="stop"} and on (system) llm_schema_checks_total{outcome="valid"}',
    'llm_responses_total{finish_reason="stop"} unless on (system) llm_schema_checks_total{outcome="valid"}',
    "max(avg_over_time(llm_feedback_total[9m])) - min(min_over_time(llm_feedback_total[9m]))",
    "count by (job) (count_over_time(llm_feedback_total[9m])) + group(last_over_time(llm_queries_total[3m]))",
    "sum(max_over_time(llm_queries_total[2m])) ^ 0.5 % 7",
    'sum_over_time(llm_feedback_total{system="policy-qa"}[3m])',
    "avg without (instance, job) (llm_feedback_total)",
    "clamp_max(rate(llm_cost_usd_total[5m]), 0.001) + clamp_min(-rate(llm_cost_usd_total[5m]), -0.002)",
    "abs(-llm_feedback_total offset 10m)",
    'label_replace(llm_feedback_total, "side", "$1-${1}", "rating", "(.).*")',
    'sum by (system) (label_replace(rate(llm_queries_total[5m]), "spelling", "0", "", "") or rate(llm_cost_usd_total[5m]))',
    "scalar(sum(llm_feedback_total)) + vector(1)",
    'llm_cost_usd_total{system="support-bot"} / ignoring (model) llm_feedback_total{system="support-bot",rating="up"}',
    "sum by (system) (llm_feedback_total) * on (system) group_right (model) llm_cost_usd_total",
    "llm_feedback_total - llm_feedback_total",
    "llm_feedback_total / 0",
    "0 / (llm_feedback_total - llm_feedback_total)",
    f"histogram_quantile(0, sum by (system, le) (rate({CALLS}_bucket[15m])))",
    f'histogram_quantile(1, rate({CALLS}_bucket{{gen_ai_response_model="halcyon-pro-4.1"}}[15m]))',
    f"histogram_quantile(-1, sum by (le) (rate({CALLS}_bucket[15m])))",
    f"histogram_quantile(2, sum by (le) (rate({CALLS}_bucket[15m])))",
    f"histogram_quantile(0 / 0, sum by (le) (rate({CALLS}_bucket[15m])))",
    f'histogram_quantile(0.9, sum by (system, le) (rate({CALLS}_bucket{{le!="+Inf"}}[15m])))',
    f'histogram_quantile(0.9, sum by (system, le) (rate({CALLS}_bucket{{le="+Inf"}}[15m])))',
    f"histogram_quantile(0.9, 0 * sum by (system, le) (rate({CALLS}_bucket[15m])))",
    f'histogram_quantile(0.9, rate({CALLS}_bucket{{gen_ai_response_model="meridian-large-2026-08"}}[15m]))',
    "histogram_quantile(0.9, llm_feedback_total)",
    "1 / 0", "2 ^ 3 ^ 2", "-2 ^ 2", "0x10 + 1e3", "7 % 0", "time() - 5", "1 == bool 1",
    'llm_feedback_total{rating=~"u."} != llm_feedback_total{rating="up"}',
    'llm_feedback_total{rating="up"} >= on (system) group_left () sum by (system) (llm_feedback_total{rating="down"})',
    'sum(llm_feedback_total{rating="up"}) <= 1e12', "sum(rate(llm_cost_usd_total[1h30m]))",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_a_range_query_gives_what_a_real_prometheus_gives(pair: Pair, query: str) -> None:
    params = {"query": query, "start": pair.start + 7200 + 13, "end": pair.end, "step": "137"}
    real, played = (ask(url, "query_range", **params) for url in (pair.real, pair.played))
    assert played[0] == real[0] == 200, (real, played)
    assert same(rows(played[1]), rows(real[1])), (query, real, played)


@pytest.mark.parametrize("query", [*QUERIES, '"x"', "scalar(vector(1))", 'llm_feedback_total{system="policy-qa"}[4m]'])
def test_an_instant_query_gives_what_a_real_prometheus_gives(pair: Pair, query: str) -> None:
    params = {"query": query, "time": pair.end - 1234.5}
    real, played = (ask(url, "query", **params) for url in (pair.real, pair.played))
    assert played[0] == real[0] == 200, (real, played)
    assert played[1]["data"]["resultType"] == real[1]["data"]["resultType"]
    if played[1]["data"]["resultType"] in ("scalar", "string"):
        assert played[1] == real[1]
    else:
        assert same(rows(played[1]), rows(real[1])), (query, real, played)


@pytest.mark.parametrize(
    "query",
    [
        "sum by ((", "sum(", "", "rate(llm_cost_usd_total)", "sum(llm_cost_usd_total[5m])", "nope(1)", 'x{a="b"', "{}",
        '{a=~""}', "1 and 2", "1 == 1", "x[5m] + 1", "x offset", "x[abc]", 'x{a=~"("}', "x{=1}", "x{a}", "x{a=1}", "$",
        "vector(1, 2)", "x y", "sum by (1) (x)", '"a" + 1', "llm_queries_total * on (job) llm_feedback_total",
        "llm_queries_total * on (system) group_left () llm_feedback_total",
        "llm_queries_total * on (system) sum by (system) (llm_feedback_total)",
        'label_replace(llm_queries_total, "coverage", "x", "", "")', "rate(x[5m", "sum by (a,) (x", "-", "x{a='b' c}",
    ],
)  # fmt: skip
def test_a_bad_query_is_refused_with_the_same_status_and_kind(pair: Pair, query: str) -> None:
    params = {"query": query, "time": pair.end}
    real, played = (ask(url, "query", **params) for url in (pair.real, pair.played))
    assert (played[0], played[1]["errorType"]) == (real[0], real[1]["errorType"]), (real, played)


@pytest.mark.parametrize(
    ("start", "end", "step"),
    [("11000", "0", "1"), ("0", "11001", "1"), ("0", "11000", "1"), ("0", "60", "0"), ("0", "60", "-1"), ("x", "1", "1"),
     ("0", "60", "y"), ("0", "60", ""), ("2026-11-01T00:00:00Z", "2026-11-01T01:00:00Z", "1m")],
)  # fmt: skip
def test_limits_of_a_range_are_those_of_a_real_prometheus(pair: Pair, start: str, end: str, step: str) -> None:
    params = {"query": "llm_cost_usd_total", "start": start, "end": end, "step": step}
    real, played = (ask(url, "query_range", **params) for url in (pair.real, pair.played))
    assert played[0] == real[0], (real, played)
    assert played[1].get("errorType") == real[1].get("errorType")


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("series", {"match[]": 'llm_feedback_total{system="support-bot"}'}),
        ("labels", {"match[]": "llm_feedback_total"}),
        ("label/__name__/values", {"match[]": '{__name__=~"llm_.+|gen_ai_client_t.+"}'}),
        ("label/system/values", {}),
        ("label/nothing/values", {}),
        ("series", {}),
        ("series", {"match[]": "x[5m]"}),
        ("metadata", {}),
    ],
)
def test_discovery_answers_as_a_real_prometheus_does(pair: Pair, path: str, params: dict[str, str]) -> None:
    stretch = {"start": pair.start, "end": pair.end}
    real, played = (ask(url, path, **params, **stretch) for url in (pair.real, pair.played))
    assert played[0] == real[0]
    if played[0] == 200:
        assert played[1] == real[1]
    else:
        assert played[1]["errorType"] == real[1]["errorType"]
