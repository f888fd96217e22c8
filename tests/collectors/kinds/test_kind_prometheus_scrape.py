"""Pages of model servers read directly: raw readings, one series a metric, nothing of people or keys."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from collectors.base import Source, Window
from collectors.exposition import read
from collectors.kinds.prometheus_scrape import Metric, Settings
from collectors.names import PRIVATE
from store.errors import SourceError
from store.records import Missing, Parsed, Rejected, Sample, Unrouted

URL = "http://model.example:8000/metrics"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WINDOW = Window(NOW, NOW, NOW)
Read = Callable[..., list[Parsed]]


def _values(found: list[Parsed]) -> dict[tuple[str, str, str], float]:
    return {
        (each.metric, each.stat, ", ".join(each.dims.values())): each.value
        for each in found
        if isinstance(each, Sample)
    }


@pytest.mark.parametrize(
    ("page", "values"),
    [
        (
            "vllm.txt",
            {
                ("llmops.requests.running", "last", ""): 5,
                ("llmops.queue.depth", "last", ""): 1,
                ("llmops.kv_cache.utilization", "last", ""): 0.75,
                ("gen_ai.client.token.usage", "counter", "input"): 5120,
                ("gen_ai.client.token.usage", "counter", "output"): 2048,
                ("llmops.requests", "counter", ""): 42,
                ("gen_ai.client.operation.duration", "bucket", "0.5"): 10,
                ("gen_ai.client.operation.duration", "bucket", "1.0"): 30,
                ("gen_ai.client.operation.duration", "bucket", "+Inf"): 42,
            },
        ),
        (
            "vllm_openmetrics.txt",
            {
                ("llmops.queue.depth", "last", ""): 1,
                ("gen_ai.client.token.usage", "counter", "output"): 2048,
                ("gen_ai.client.operation.duration", "bucket", "1.0"): 30,
                ("gen_ai.client.operation.duration", "bucket", "+Inf"): 42,
            },
        ),
        (
            "sglang.txt",
            {
                ("llmops.requests.running", "last", ""): 4,
                ("llmops.queue.depth", "last", ""): 0,
                ("llmops.kv_cache.utilization", "last", ""): 0.31,
                ("gen_ai.client.token.usage", "counter", "input"): 1000,
                ("llmops.requests", "counter", ""): 12,
                ("gen_ai.server.time_to_first_token", "bucket", "0.1"): 5,
                ("gen_ai.server.time_to_first_token", "bucket", "+Inf"): 12,
            },
        ),
        (
            "tgi.txt",
            {
                ("llmops.requests", "counter", ""): 77,
                ("gen_ai.client.operation.duration", "bucket", "0.2"): 60,
                ("gen_ai.client.operation.duration", "bucket", "+Inf"): 77,
                ("gen_ai.client.token.usage", "counter", "input"): 4096,
                ("llmops.queue.depth", "last", ""): 2,
            },
        ),
    ],
)
def test_each_servers_names_mean_the_same_metrics(
    page: str, values: dict[tuple[str, str, str], float], fixtures: Path, read_one: Read, one_system: Source
) -> None:
    body = (fixtures / "prometheus_scrape" / page).read_bytes()
    assert _values(read_one("prometheus_scrape", body, Settings(URL), one_system, WINDOW)) == values


def test_a_recorded_page_of_a_real_model_is_understood(fixtures: Path, read_one: Read, one_system: Source) -> None:
    body = (fixtures / "prometheus_scrape" / "llama_cpp.txt").read_bytes()
    found = read_one("prometheus_scrape", body, Settings(URL), one_system, WINDOW)
    values = _values(found)
    assert values["gen_ai.client.token.usage", "counter", "output"] > 0
    assert {metric for metric, _, _ in values} >= {
        "llmops.queue.depth",
        "llmops.requests.running",
        "llmops.prompt.time",
    }
    assert {each.seen for each in found if isinstance(each, Sample)} == {NOW}


def test_lines_of_people_and_keys_are_merged_and_never_stored(
    fixtures: Path, read_one: Read, by_label: Callable[..., Source]
) -> None:
    body = (fixtures / "prometheus_scrape" / "litellm.txt").read_bytes()
    settings = Settings(URL, dims=("requested_model",))
    found = read_one("prometheus_scrape", body, settings, by_label("team", "support"), WINDOW)
    assert _values(found) == {("llmops.requests", "counter", "m1"): 34, ("llmops.cost", "counter", ""): 0.5}
    assert found.count(Unrouted("law")) == 3
    assert not [word for word in ("ann", "example.com", "192.0.2", "2ab06cfa") if word in str(found)]


def test_a_metric_of_ones_own_is_read_and_stands_above_what_is_known(read_one: Read, one_system: Source) -> None:
    page = (
        b'# TYPE my_ms histogram\nmy_ms_bucket{le="500"} 1\nmy_ms_bucket{le="+Inf"} 2\nmy_ms_sum 1\n'
        b"# TYPE llm.calls counter\nllm:calls 7\nvllm:num_requests_waiting 3\nmy_queue 4\nmy_queue 2\n"
    )
    settings = Settings(
        URL,
        metrics=(
            Metric("my_ms", "own.latency", "histogram", "s", scale=0.001),
            Metric("llm.calls", "llmops.requests", "counter", "{request}", {"kind": "call"}, scale=2.0),
            Metric("my_queue", "llmops.queue.depth", "gauge", merge="min"),
        ),
    )
    assert _values(read_one("prometheus_scrape", page, settings, one_system, WINDOW)) == {
        ("own.latency", "bucket", "0.5"): 1,
        ("own.latency", "bucket", "+Inf"): 2,
        ("llmops.requests", "counter", "call"): 14,
        ("llmops.queue.depth", "last", ""): 2,
    }


def test_two_names_of_one_page_that_mean_the_same_are_not_added_up(read_one: Read, one_system: Source) -> None:
    page = b'vllm:prompt_tokens_total 10\ngen_ai_client_token_usage_sum{gen_ai_token_type="input"} 11\n'
    found = read_one("prometheus_scrape", page, Settings(URL), one_system, WINDOW)
    assert _values(found) == {("gen_ai.client.token.usage", "counter", "input"): 10}


def test_a_counter_whose_total_was_left_off_is_known(read_one: Read, one_system: Source) -> None:
    page = b"# TYPE vllm:prompt_tokens counter\nvllm:prompt_tokens 10\nvllm:generation_tokens 3\n"
    found = read_one("prometheus_scrape", page, Settings(URL), one_system, WINDOW)
    assert _values(found) == {("gen_ai.client.token.usage", "counter", "input"): 10}


def test_buckets_of_what_is_no_histogram_here_are_left_out(read_one: Read, one_system: Source) -> None:
    page = b'vllm:num_requests_waiting_bucket{le="1"} 3\nother_bucket{le="1"} 3\nvllm:e2e_request_latency_seconds 1\n'
    found = read_one("prometheus_scrape", page, Settings(URL), one_system, WINDOW)
    assert _values(found) == {}


def test_a_lines_own_time_counts_and_an_absurd_one_sets_it_aside(read_one: Read, one_system: Source) -> None:
    page = b"vllm:num_requests_waiting 3 1795431600500\nvllm:num_requests_running 1 -5\n"
    sample, rejected = sorted(
        read_one("prometheus_scrape", page, Settings(URL), one_system, WINDOW),
        key=lambda each: type(each).__name__,
        reverse=True,
    )
    assert isinstance(sample, Sample)
    assert sample.seen == datetime(2026, 11, 23, 11, 0, 0, 500_000, tzinfo=UTC)
    assert isinstance(rejected, Rejected)


def _pushed(*times: str) -> bytes:
    """Give a Pushgateway's page: two groups of one job, of which only the second names a system."""
    first, second = times
    return (
        f'push_time_seconds{{instance="",job="nightly"}} {first}\n'
        f'push_time_seconds{{instance="",job="nightly",system="law"}} {second}\n'
        'score{instance="",job="nightly",suite="a"} 0.94\nscore{instance="",job="nightly",suite="b",system="law"} 0.5\n'
        'score{instance="i",job="nightly",suite="c"} 0.1\nscore{instance="",job="other",suite="d"} 0.2 1795431600000\n'
    ).encode()


def test_a_pushed_value_is_as_old_as_its_push_and_not_as_its_reading(read_one: Read, one_system: Source) -> None:
    settings = Settings(URL, metrics=(Metric("score", "llmops.eval.score", "gauge"),), dims=("suite",))
    found = read_one("prometheus_scrape", _pushed("1.7954316e+09", "1795345200.5"), settings, one_system, WINDOW)
    assert {each.dims["suite"]: each.seen.isoformat() for each in found if isinstance(each, Sample)} == {
        "a": "2026-11-23T11:00:00+00:00",
        "b": "2026-11-22T11:00:00.500000+00:00",  # the group with more labels, not the fresher one
        "c": "2026-11-23T12:00:00+00:00",  # of no group: as it is now
        "d": "2026-11-23T11:00:00+00:00",  # its own time
    }


def test_values_of_several_pushes_that_are_one_here_have_the_time_of_the_oldest(
    read_one: Read, one_system: Source
) -> None:
    settings = Settings(URL, metrics=(Metric("score", "llmops.eval.score", "gauge", merge="max"),))
    found = read_one("prometheus_scrape", _pushed("1795431600", "1795345200"), settings, one_system, WINDOW)
    undated = next(each for each in found if isinstance(each, Sample) and each.value == 0.94)
    assert undated.seen == datetime(2026, 11, 22, 11, tzinfo=UTC)


def test_a_group_that_was_never_pushed_with_success_sets_its_values_aside(read_one: Read, one_system: Source) -> None:
    settings = Settings(URL, metrics=(Metric("score", "llmops.eval.score", "gauge"),), dims=("suite",))
    found = read_one("prometheus_scrape", _pushed("0", "NaN"), settings, one_system, WINDOW)
    assert [each.reason.partition(":")[0] for each in found if isinstance(each, Rejected)] == ["push_time_seconds"] * 2


def test_a_score_left_at_a_real_pushgateway_does_not_look_fresh(
    pushgateway: Any, collect_really: Any, by_label: Callable[..., Source]
) -> None:
    pushed = datetime.now(UTC)
    for group, score in (("job/nightly/system/support", 0.94), ("job/nightly/system/law", 0.5)):
        body = f'llm_eval_pass_ratio{{suite="golden"}} {score}\n'
        httpx.post(f"{pushgateway.url}/metrics/{group}", content=body).raise_for_status()
    settings = Settings(
        f"{pushgateway.url}/metrics",
        metrics=(Metric("llm_eval_pass_ratio", "llmops.eval.score", "gauge"),),
        dims=("suite",),
        expect=("llm_eval_pass_ratio",),
    )
    later = pushed + timedelta(days=2)
    found = collect_really(
        "prometheus_scrape", settings, Window(later, later, later), by_label("system", "support", "law")
    )
    scores = {each.system: each for each in found if isinstance(each, Sample)}
    assert {system: each.value for system, each in scores.items()} == {"support": 0.94, "law": 0.5}
    assert all(abs(each.seen - pushed) < timedelta(seconds=10) for each in scores.values())
    assert not [each for each in found if isinstance(each, Missing | Rejected)]


def test_what_is_expected_and_a_page_of_strangers_are_reported(read_one: Read, one_system: Source) -> None:
    settings = Settings(URL, expect=("vllm:num_requests_waiting", "my_ms"))
    found = read_one("prometheus_scrape", b'my_ms_bucket{le="1"} 1\n', settings, one_system, WINDOW)
    assert found == [
        Missing("series vllm:num_requests_waiting"),
        Missing("any name that is known here; name the page's own under metrics"),
    ]


def test_the_page_is_asked_for_in_the_format_that_keeps_names(replay: Any, gather: Any, one_system: Source) -> None:
    http = replay(lambda _: b"")
    assert gather("prometheus_scrape", Settings(URL), WINDOW, one_system, http) == []
    assert [(each.path, each.headers) for each in http.asked] == [("/metrics", {"Accept": "text/plain;version=0.0.4"})]


def test_labels_of_people_cannot_be_kept() -> None:
    assert "end_user" in PRIVATE
    with pytest.raises(ValueError, match="end_user"):
        Settings(URL, dims=("end_user", "model"))


def test_a_bucket_without_a_number_is_named(read_one: Read, one_system: Source) -> None:
    with pytest.raises(SourceError, match="le: expected a number"):
        read_one("prometheus_scrape", b'tgi_request_duration_bucket{le="x"} 1\n', Settings(URL), one_system, WINDOW)


@pytest.mark.parametrize(
    ("line", "name", "labels", "value", "moment"),
    [
        ("a 1", "a", {}, 1.0, None),
        ("a{} +Inf 5000", "a", {}, float("inf"), 5.0),
        ('a{ b = "c" , d="e", } 2e3', "a", {"b": "c", "d": "e"}, 2000.0, None),
        (r'a{b="x\"y\\z\nw\q"} -1.5', "a", {"b": 'x"y\\z\nwq'}, -1.5, None),
        (
            '{"gen_ai.client.requests_total","gen_ai.model"="m"} 1.0',
            "gen_ai.client.requests_total",
            {"gen_ai.model": "m"},
            1.0,
            None,
        ),
        ('a{b="1 # {"} 3 # {trace_id="x"} 0.3 169', "a", {"b": "1 # {"}, 3.0, None),
        ("  a\t.5\r", "a", {}, 0.5, None),
    ],
)
def test_lines_are_read(line: str, name: str, labels: dict[str, str], value: float, moment: float | None) -> None:
    (found,) = read(line.encode()).lines
    assert (found.name, found.labels, found.value, found.moment) == (name, labels, value, moment)


def test_times_of_openmetrics_are_seconds_and_types_are_kept() -> None:
    page = read(b'# HELP a b\n# TYPE a counter\n# TYPE "b.c" gauge\n#\na_total 1 12.5\n\n# EOF\n')
    assert page.lines[0].moment == 12.5
    assert page.types == {"a": "counter", "b.c": "gauge"}


@pytest.mark.parametrize(
    "page",
    [
        "<html><body>sign in</body></html>",
        "null",
        "a",
        "a x",
        "a 1 2 3",
        "a{b} 1",
        'a{b="c} 1',
        'a{b="c" d="e"} 1',
        "a{b=c} 1",
        "a{1} 1",
        'a{"b.c"} 1',
        '{b="c"} 1',
        "a{",
        "1 a",
    ],
)
def test_a_page_of_another_format_is_refused_with_its_line(page: str) -> None:
    with pytest.raises(SourceError, match="line 2 of the metrics page") as error:
        read(f"a 1\n{page}\n".encode())
    assert error.value.cause == "not_json"


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(SourceError, match="not UTF-8 text at byte 2"):
        read(b"a \xff")


def test_a_real_model_server_is_read(llama: Any, collect_really: Any, one_system: Source) -> None:
    now = datetime.now(UTC)
    found = collect_really("prometheus_scrape", Settings(f"{llama.url}/metrics"), Window(now, now, now), one_system)
    metrics = {each.metric for each in found if isinstance(each, Sample)}
    assert {"gen_ai.client.token.usage", "llmops.queue.depth", "llmops.requests.running"} <= metrics
