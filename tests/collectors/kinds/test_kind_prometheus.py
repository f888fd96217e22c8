"""PromQL servers: grids, splitting, n, costs by day, scores, quiet or missing, other people's labels."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Source, Window
from collectors.kinds.prometheus import Settings
from collectors.presets import PRESETS
from collectors.promql import Query
from store.errors import SourceError
from store.records import CostLine, Evaluation, Missing, Parsed, Rejected, Sample, Unrouted
from store.values import Duration

URL = "http://prometheus.example:9090/"
EMPTY = b'{"status":"success","data":{"resultType":"matrix","result":[]}}'
REQUESTS = "sum by (system) (increase(llm_requests_total[$window]))"
ASK = Query(REQUESTS, "llmops.requests", "sum", "{request}")
SYSTEMS = ("claims-triage", "legal-search", "support-bot")
Gather = Callable[..., list[Parsed]]


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _between(start: int, end: float) -> Window:
    until = datetime.fromtimestamp(end, UTC)
    return Window(_time(start), until, until)


def _vector(*series: tuple[dict[str, str], Any]) -> bytes:
    result = [{"metric": labels, "value": point} for labels, point in series]
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}).encode()


def test_a_recorded_answer_becomes_a_sample_a_point(
    fixtures: Path, replay: Any, gather: Gather, by_label: Callable[..., Source]
) -> None:
    for recorded in ("matrix.json", "victoria_matrix.json"):
        http = replay(lambda _, name=recorded: (fixtures / "prometheus" / name).read_bytes())
        settings = Settings(URL, queries=(ASK,))
        found = gather("prometheus", settings, _between(1795431300, 1795432541.7), by_label("system", *SYSTEMS), http)
        samples = [each for each in found if isinstance(each, Sample)]
        assert len(samples) == 12
        assert samples[0] == Sample(
            "claims-triage", "llmops.requests", "sum", _time(1795431600), 312.0215999999855, "{request}", None, 300
        )
        assert [each for each in found if not isinstance(each, Sample)] == [Unrouted("code-assist")]


def test_questions_are_put_on_the_grid_whatever_the_window(
    replay: Any, gather: Gather, by_label: Callable[..., Source]
) -> None:
    http = replay(lambda _: EMPTY)
    settings = Settings(URL, queries=(Query("x", "m", expect=False),))
    gather("prometheus", settings, _between(1795431600, 1795432541.7), by_label("system"), http)
    gather("prometheus", settings, _between(1795431599, 1795431600), by_label("system"), http)
    gather("prometheus", settings, _between(1795431600, 1795431899), by_label("system"), http)
    assert [(each.sent["start"], each.sent["end"], each.sent["step"]) for each in http.asked] == [
        ("1795431900", "1795432500", "300"),  # a point at the start spoke of the time before
        ("1795431600", "1795431600", "300"),
    ]
    assert {each.path for each in http.asked} == {"/api/v1/query_range"}


def test_long_ranges_are_split_and_every_point_is_asked_once(
    replay: Any, gather: Gather, by_label: Callable[..., Source]
) -> None:
    http = replay(lambda _: EMPTY)
    settings = Settings(URL, queries=(Query("x", "m", expect=False),), points=10)
    gather("prometheus", settings, _between(1795431600, 1795431600 + 25 * 300), by_label("system"), http)
    asked = [
        point
        for each in http.asked
        for point in range(int(each.sent["start"]), int(each.sent["end"]) + 1, int(each.sent["step"]))
    ]
    assert asked == [1795431600 + 300 * index for index in range(1, 26)]
    assert [int(each.sent["end"]) - int(each.sent["start"]) for each in http.asked] == [2700, 2700, 1200]


def test_a_percentile_is_asked_for_its_window_and_carries_its_n(
    fixtures: Path, replay: Any, gather: Gather, by_label: Callable[..., Source]
) -> None:
    folder = fixtures / "prometheus"
    answers = {"quantile": folder / "quantile.json", "count": folder / "quantile_count.json"}
    http = replay(lambda asked: answers["quantile" if "quantile" in asked.sent["query"] else "count"].read_bytes())
    query = Query("histogram_quantile(x[$window])", "latency", "p95", "s", count="sum(x_count[$window])")
    found = gather(
        "prometheus",
        Settings(URL, queries=(query,)),
        _between(1795431300, 1795432541),
        by_label("system", *SYSTEMS),
        http,
    )
    assert [each.sent["query"] for each in http.asked] == ["histogram_quantile(x[300s])", "sum(x_count[300s])"]
    assert found[0] == Sample("claims-triage", "latency", "p95", _time(1795431600), 4.174769230769225, "s", 332, 300)


def test_a_query_with_a_window_of_its_own_is_asked_on_that_grid(
    replay: Any, gather: Gather, by_label: Callable[..., Source]
) -> None:
    http = replay(lambda _: EMPTY)
    hourly = Query("avg_over_time(x[$window])", "m", "avg", window=Duration(3600), expect=False)
    gather("prometheus", Settings(URL, queries=(hourly,)), _between(1795431600, 1795439000), by_label("system"), http)
    assert http.asked[0].sent == {
        "query": "avg_over_time(x[3600s])",
        "start": "1795435200",
        "end": "1795438800",
        "step": "3600",
    }


def test_costs_are_asked_for_whole_days_and_for_the_day_so_far(
    fixtures: Path, replay: Any, gather: Gather, by_label: Callable[..., Source]
) -> None:
    folder = fixtures / "prometheus"
    names = {"/api/v1/query_range": "days.json", "/api/v1/query": "day_so_far.json"}
    http = replay(lambda asked: (folder / names[asked.path]).read_bytes())
    query = Query("sum by (system) (increase(llm_cost_usd_total[$window]))", record="cost")
    window = _between(1795219200 - 7200, 1795348800)
    found = gather("prometheus", Settings(URL, queries=(query,)), window, by_label("system", "support-bot"), http)
    lines = [each for each in found if isinstance(each, CostLine)]
    assert [(each.charge_period_start.day, each.effective_cost, each.is_final) for each in lines] == [
        (20, Decimal("428.543900000"), True),
        (21, Decimal("169.920200000"), True),
        (22, Decimal("78.857200000"), False),
    ]
    assert all(each.charge_period_end - each.charge_period_start == timedelta(days=1) for each in lines)
    assert lines[0].basis == "gateway_estimate"
    assert [each.sent["query"][-10:] for each in http.asked] == ["[86400s]))", "[43200s]))"]
    assert http.asked[1].sent["time"] == "1795348800"


def test_a_cost_at_midnight_has_no_day_so_far(replay: Any, gather: Gather, by_label: Callable[..., Source]) -> None:
    http = replay(lambda _: EMPTY)
    query = Query("increase(c[$window])", record="cost", expect=False)
    gather("prometheus", Settings(URL, queries=(query,)), _between(1795219200, 1795305600), by_label("system"), http)
    assert [each.sent["start"] for each in http.asked] == ["1795305600"]


def test_the_model_and_token_type_of_a_cost_come_from_labels(read_one: Any, by_label: Callable[..., Source]) -> None:
    labels = {"system": "a", "model_name": "m1", "gen_ai_token_type": "output", "vendor": "v"}
    body = b'{"answer":%s}' % _vector((labels, [1795219200, "1.5"]))
    source = by_label("system", "a")
    for query, model in (("", "m1"), ("{vendor}-x", "v-x")):
        settings = Settings(URL, queries=(Query("c[$window]", record="cost", model=query, provider="{vendor}"),))
        (line,) = read_one("prometheus", body, settings, source, _between(0, 1), "0")
        assert (line.model, line.token_type, line.service_provider_name) == (model, "output", "v")
        assert line.line == "gen_ai.request.model=m1, gen_ai.token.type=output, vendor=v"


def test_scores_become_evaluations(
    fixtures: Path, replay: Any, gather: Gather, by_label: Callable[..., Source]
) -> None:
    http = replay(lambda _: (fixtures / "prometheus" / "scores.json").read_bytes())
    query = Query("llm_eval_score", record="evaluation", suite="online", scorer="{metric}", window=Duration(3600))
    found = gather(
        "prometheus",
        Settings(URL, queries=(query,)),
        _between(1795431600 - 3600, 1795431600),
        by_label("system", "support-bot"),
        http,
    )
    scores = [each for each in found if isinstance(each, Evaluation)]
    assert {each.scorer for each in scores} == {"faithfulness", "answer_relevance"}
    assert {(each.suite, each.eval_run) for each in scores} == {("online", "online 2026-11-23T11:00:00Z")}


def test_what_is_not_finite_is_no_row(fixtures: Path, read_one: Any, one_system: Source) -> None:
    settings = Settings(URL, queries=(Query("x", "m"),))
    for recorded in ("nan.json", "scalar.json"):
        body = b'{"answer":%s}' % (fixtures / "prometheus" / recorded).read_bytes()
        assert read_one("prometheus", body, settings, one_system, _between(0, 1), "0") == []
    for text in ("+Inf", "-Inf", "NaN"):
        body = b'{"answer":%s,"count":%s}' % (_vector(({}, [1, "-0"])), _vector(({}, [1, text])))
        (sample,) = read_one("prometheus", body, settings, one_system, _between(0, 1), "0")
        assert (str(sample.value), sample.n) == ("0.0", None)


def test_a_metric_that_does_not_exist_is_told_apart_from_quiet(
    fixtures: Path, replay: Any, gather: Gather, one_system: Source
) -> None:
    folder = fixtures / "prometheus"
    http = replay(lambda asked: (folder / ("names.json" if "label" in asked.path else "empty.json")).read_bytes())
    queries = (
        Query("rate(llm_requests_total[$window]) > 1e9", "m1"),
        Query('sum(vllm:nowhere_total{a="b"})', "m2"),
        Query('{__name__=~"vllm[:_]generation_tokens_total"}', "m3"),
        Query("{__name__='gone_total'} or gone_too", "m4"),
        Query("renamed_total", "m5", expect=False),
        Query("vector(1) > 2", "m6"),
    )
    window = _between(1795431300, 1795431600)
    found = gather("prometheus", Settings(URL, queries=queries), window, one_system, http)
    assert found == [Missing("series vllm:nowhere_total"), Missing("series gone_total")]
    last = http.asked[-1]
    assert (last.method, last.path) == ("GET", "/api/v1/label/__name__/values")
    assert "renamed_total" not in last.sent["match[]"]
    assert int(last.sent["end"]) - int(last.sent["start"]) == 3600


def test_names_that_exist_and_not_one_series_is_reported(
    fixtures: Path, replay: Any, gather: Gather, one_system: Source
) -> None:
    folder = fixtures / "prometheus"
    http = replay(lambda asked: (folder / ("names.json" if "label" in asked.path else "empty.json")).read_bytes())
    queries = tuple(Query(f'up + llm_requests_total{{job="typo{index}"}}', f"m{index}") for index in range(3))
    window = _between(1795431300, 1795431600)
    found = gather("prometheus", Settings(URL, queries=queries), window, one_system, http)
    assert found == [Missing("a single series: the names exist, so do match, by and step fit?")]


def test_an_answer_with_no_content_is_no_rows(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(lambda _: b"")
    queries = (Query("x", "m"), Query("x[$window]", record="cost"))
    assert (
        gather("prometheus", Settings(URL, queries=queries), _between(1795219200, 1795348800), one_system, http) == []
    )


def test_labels_of_people_and_keys_are_dropped_and_a_collision_is_set_aside(
    read_one: Any, by_label: Callable[..., Source]
) -> None:
    body = b'{"answer":%s}' % _vector(
        ({"system": "a", "end_user": "ann", "zone": "x"}, [1795431600, "1"]),
        ({"system": "a", "end_user": "bob", "zone": "x"}, [1795431600, "2"]),
    )
    settings = Settings(URL, queries=(Query("x", "m"),))
    first, second = read_one("prometheus", body, settings, by_label("system", "a"), _between(0, 1), "0")
    assert (first.value, first.dims) == (1.0, {"zone": "x"})
    assert isinstance(second, Rejected)
    assert "ann" not in str(second)


def test_only_the_wanted_labels_are_kept_and_fixed_ones_added(read_one: Any, by_label: Callable[..., Source]) -> None:
    body = b'{"answer":%s}' % _vector(
        ({"system": "a", "model_name": "m1", "zone": "x"}, [1, "1"]), ({"zone": "y"}, [1, "1"])
    )
    query = Query("x", "m", dims=("model_name",), fixed={"kind": "k"}, scale=0.001)
    settings = Settings(URL, queries=(query,))
    sample, unrouted = read_one("prometheus", body, settings, by_label("system", "a"), _between(0, 1), "0")
    assert (sample.dims, sample.value) == ({"gen_ai.request.model": "m1", "kind": "k"}, 0.001)
    assert unrouted == Unrouted("no label system")


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (b'{"status":"error","errorType":"bad_data","error":"1:9: parse error"}', "upstream"),
        (b'{"status":"partial"}', "shape"),
        (b"[]", "shape"),
        (b"null", "shape"),
        (b'{"status":"success"}', "shape"),
        (b'{"status":"success","data":{"resultType":"string","result":[1,"x"]}}', "shape"),
        (b'{"status":"success","data":{"resultType":"vector","result":{}}}', "shape"),
        (b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":1},"value":[1,"1"]}]}}', "shape"),
        (b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,1]}]}}', "shape"),
        (b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[true,"1"]}]}}', "shape"),
        (b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":["1","1"]}]}}', "shape"),
        (b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}}', "shape"),
        (b"<html>", "not_json"),
    ],
)
def test_an_answer_of_another_shape_is_named(answer: bytes, cause: str, read_one: Any, one_system: Source) -> None:
    settings = Settings(URL, queries=(Query("x", "m"),))
    with pytest.raises(SourceError) as error:
        read_one("prometheus", b'{"answer":%s}' % answer, settings, one_system, _between(0, 1), "0")
    assert error.value.cause == cause


def test_a_warning_of_the_server_makes_the_run_partial(read_one: Any, one_system: Source) -> None:
    answer = b'{"status":"success","warnings":["store 2 is down"],"infos":["x"],"data":{"resultType":"scalar","result":[1,"3"]}}'
    settings = Settings(URL, queries=(Query("x", "m"),))
    missing, sample = read_one("prometheus", b'{"answer":%s}' % answer, settings, one_system, _between(0, 1), "0")
    assert missing == Missing("an answer without warnings (store 2 is down)")
    assert isinstance(sample, Sample)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Settings(URL),
        lambda: Settings(URL, presets=("otel",), step=Duration(0)),
        lambda: Settings(URL, presets=("otel",), points=0),
        lambda: Query("x"),
        lambda: Query("x", "m", stat="counter"),
        lambda: Query("x", record="cost"),
        lambda: Query("x", record="evaluation", suite="s"),
        lambda: Query("x", "m", window=Duration(0)),
    ],
)
def test_settings_that_cannot_work_are_refused_in_words(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="expected"):
        make()


def test_real_servers_give_the_same_window_twice_alike(
    prometheus: Any, victoria_metrics: Any, past: Any, collect_really: Gather, by_label: Callable[..., Source]
) -> None:
    queries = (
        Query("sum by (system, model_name) (increase(llm_cost_usd_total[$window]))", record="cost"),
        Query("llm_eval_score", record="evaluation", suite="online", scorer="{metric}", window=Duration(3600)),
        Query(REQUESTS, "llmops.requests", "sum", "{request}", window=Duration(600)),
        Query("nowhere_total", "m"),
    )
    window = _between(past.stop - 40 * 3600, past.stop - 1800.5)
    counts = []
    for server in (prometheus, victoria_metrics):
        settings = Settings(server.url, presets=("otel", "llama_cpp"), queries=queries, points=50)
        source = by_label("system", *SYSTEMS, "code-assist", "smollm-desk")
        first = collect_really("prometheus", settings, window, source)
        assert first == collect_really("prometheus", settings, window, source)
        assert Missing("series nowhere_total") in first
        identities = [
            (each.system, each.metric, each.stat, each.period, each.seen, tuple(each.dims.items()))
            for each in first
            if isinstance(each, Sample)
        ]
        assert len(identities) == len(set(identities))
        counts.append({kind: sum(isinstance(each, kind) for each in first) for kind in (Sample, CostLine, Evaluation)})
    assert counts[0] == counts[1]
    assert all(counts[0].values())


def test_the_limit_and_the_refusals_of_each_real_server_are_told_as_it_tells_them(
    prometheus: Any, victoria_metrics: Any, past: Any, collect_really: Gather, one_system: Source
) -> None:
    end = datetime.fromtimestamp(past.stop, UTC)
    window = Window(end - timedelta(seconds=20_000), end, end)

    def asked(server: Any, promql: str) -> list[Parsed]:
        query = Query(promql, "llmops.spend", unit="USD", expect=False)
        settings = Settings(server.url, Duration(1), queries=(query,), points=30_000)
        return collect_really("prometheus", settings, window, one_system)

    sum_of_all = "sum(llm_cost_usd_total)"
    assert len(asked(victoria_metrics, sum_of_all)) > 11_000
    with pytest.raises(SourceError, match=r"answered 400.*11,000"):
        asked(prometheus, sum_of_all)
    for server, status in ((prometheus, "answered 400"), (victoria_metrics, "answered 422")):
        with pytest.raises(SourceError, match=status) as error:
            asked(server, "sum by ((")
        assert error.value.cause == "status"


def test_every_preset_is_understood_by_real_servers(
    prometheus: Any, victoria_metrics: Any, past: Any, collect_really: Gather, one_system: Source
) -> None:
    window = _between(past.stop - 3600, past.stop - 1800)
    for server in (prometheus, victoria_metrics):
        settings = Settings(server.url, presets=tuple(PRESETS), match='system="support-bot"')  # type: ignore[arg-type]  # all the literals
        found = collect_really("prometheus", settings, window, one_system)
        assert not [each for each in found if isinstance(each, Rejected)]
        assert [each for each in found if isinstance(each, Missing)]


def test_the_live_model_is_seen_through_a_real_server(
    prometheus: Any, llama: Any, collect_really: Gather, by_label: Callable[..., Source]
) -> None:
    assert llama.url
    settings = Settings(prometheus.url, step=Duration(1), presets=("llama_cpp",))
    source = by_label("system", "smollm-desk")
    metrics: set[str] = set()
    for _ in range(40):  # a server that has just started has not scraped yet
        until = datetime.now(UTC)
        found = collect_really("prometheus", settings, Window(until - timedelta(seconds=10), until, until), source)
        metrics = {each.metric for each in found if isinstance(each, Sample)}
        if metrics:
            break
        time.sleep(0.25)
    assert {"llmops.queue.depth", "llmops.requests.running"} <= metrics


@pytest.mark.parametrize("answer", ["matrix.json"])
def test_presets_group_by_the_labels_asked_for(
    answer: str, fixtures: Path, replay: Any, gather: Gather, by_label: Callable[..., Source]
) -> None:
    http = replay(lambda _: (fixtures / "prometheus" / answer).read_bytes())
    settings = Settings(URL, presets=("vllm",), by=("system", "zone"), match='job="llm"')
    gather("prometheus", settings, _between(1795431300, 1795431600), by_label("system"), http)
    asked = {each.sent["query"] for each in http.asked}
    assert all("sum by (system, zone" in text or "max by (system, zone)" in text for text in asked)
    assert all('job="llm"' in text for text in asked)
    assert any('{__name__="vllm_generation_tokens_total", job="llm"}[300s]' in text for text in asked)
