"""OTLP lines: streams of many processes added up, percentiles by hand, nothing counted twice or short, no texts kept."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Answer, Reach, Source, Window
from collectors.kinds import otlp_file
from collectors.kinds.otlp_file import Settings
from collectors.otlp.histograms import Tally, tally_of
from collectors.settings import collector
from store import commit, intake
from store.decode import decode_all
from store.errors import ConfigError, SourceError
from store.folder import Folder
from store.records import Evaluation, Outcome, Parsed, Rejected, Run, Sample, Unrouted
from tests.collectors.kinds.case import FIXTURES

NOON = datetime(2026, 11, 23, 15, tzinfo=UTC)
WINDOW = Window(NOON - timedelta(hours=15), NOON + timedelta(minutes=10), NOON + timedelta(minutes=11))
METRICS = (FIXTURES / "otlp_file" / "metrics.jsonl").read_bytes()
LOGS = (FIXTURES / "otlp_file" / "logs.jsonl").read_bytes()
Make = Callable[..., Source]
Read = Callable[..., list[Parsed]]


@pytest.fixture
def read(one_system: Source) -> Read:
    """Read one body."""

    def reading(
        body: bytes, source: Source = one_system, window: Window = WINDOW, settings: Settings | None = None
    ) -> list[Parsed]:
        return list(otlp_file.parse(Answer(body, window), source, settings or Settings("*")))

    return reading


def _at(found: list[Parsed], minute: int) -> dict[tuple[str, str], tuple[float, int | None]]:
    seen = NOON + timedelta(minutes=minute)
    kinds = [each for each in found if isinstance(each, Sample) and each.seen == seen]
    return {
        (each.metric, each.dims.get("gen_ai.token.type", each.stat)): (round(each.value, 9), each.n) for each in kinds
    }


def test_cumulative_streams_of_two_processes_add_up_to_what_happened_in_each_step(read: Read) -> None:
    found = read(METRICS)
    assert _at(found, 5) == {
        # 8 of a process that began at 15:02 failed once; the other went from (10, 10) to (18, 20, 2)
        ("gen_ai.client.operation.duration", "p50"): (0.4, 31),
        ("gen_ai.client.operation.duration", "p95"): (1.725, 31),
        ("llmops.requests", "sum"): (31.0, None),
        ("llmops.errors", "sum"): (1.0, None),
        ("llmops.error_ratio", "ratio"): (round(1 / 31, 9), 31),
        ("gen_ai.client.token.usage", "input"): (3000.0, None),
        ("gen_ai.client.token.usage", "output"): (1240.0, None),
        ("gen_ai.server.time_to_first_token", "p50"): (round(1 + 1 / 6, 9), 10),
        ("gen_ai.server.time_to_first_token", "p95"): (round(1 + 5.5 / 6, 9), 10),
        ("llmops.queue.depth", "last"): (3.0, None),
    }


def test_a_restarted_process_counts_from_zero_and_no_error_is_zero_errors(read: Read) -> None:
    found = _at(read(METRICS), 10)
    assert found["llmops.requests", "sum"] == (4.0, None)
    assert found["llmops.errors", "sum"] == (0.0, None)
    assert found["llmops.error_ratio", "ratio"] == (0.0, 4)


def test_a_first_reading_with_nothing_before_it_leaves_its_step_out(read: Read) -> None:
    assert _at(read(METRICS), -5) == {}


def test_only_steps_that_lie_wholly_in_the_window_are_given(read: Read) -> None:
    late = replace(WINDOW, start=NOON + timedelta(minutes=1))
    assert {each.seen for each in read(METRICS, window=late) if isinstance(each, Sample)} == {
        NOON + timedelta(minutes=10)
    }
    early = replace(WINDOW, end=NOON + timedelta(minutes=9))
    assert {each.seen for each in read(METRICS, window=early) if isinstance(each, Sample)} == {
        NOON + timedelta(minutes=5)
    }


def test_points_are_routed_by_attributes_of_their_own_or_of_their_resource(read: Read, by_label: Make) -> None:
    found = read(METRICS, by_label("service.name", "search-api"))
    assert {each.metric for each in found if isinstance(each, Sample)} == {
        "gen_ai.server.time_to_first_token",
        "gen_ai.client.token.usage",
        "llmops.queue.depth",
    }
    assert Unrouted("checkout-assistant") in found
    own = read(METRICS, by_label("gen_ai.request.model", "m1"))
    assert Unrouted("no label gen_ai.request.model") in own
    scores = read(LOGS, by_label("service.name", "search-api"))
    assert set(scores) == {Unrouted("checkout-assistant")}
    assert set(read(LOGS, by_label("team"))) == {Unrouted("no label team")}


def test_results_of_evaluations_become_one_score_a_day_name_and_model(read: Read) -> None:
    relevance, safety = read(LOGS)
    assert isinstance(relevance, Evaluation)
    assert isinstance(safety, Evaluation)
    assert (relevance.scorer, relevance.slice, relevance.suite) == ("Relevance", "m1-0613", "online")
    assert (round(relevance.value or 0, 9), relevance.n, relevance.errors) == (0.7, 3, 1)
    assert (relevance.eval_run, relevance.seen) == ("2026-11-23", WINDOW.end)
    assert (safety.value, safety.n, safety.errors, safety.status) == (2 / 3, 3, 0, "ok")


def test_a_day_of_which_the_window_has_only_a_part_is_not_scored_again(read: Read) -> None:
    assert read(LOGS, window=replace(WINDOW, start=WINDOW.start + timedelta(seconds=1))) == []
    two_days = read(LOGS, window=replace(WINDOW, start=WINDOW.start - timedelta(days=1)))
    assert {each.eval_run: each.seen for each in two_days if isinstance(each, Evaluation)}["2026-11-22"] == datetime(
        2026, 11, 23, tzinfo=UTC
    )
    before = read(LOGS, window=replace(WINDOW, end=NOON))
    assert [each.n for each in before if isinstance(each, Evaluation)] == [1]


def test_scores_outside_their_scale_are_set_aside_and_words_fit_any_scale(read: Read) -> None:
    assert len([each for each in read(LOGS, settings=Settings("*", scale_max=0.6)) if isinstance(each, Rejected)]) == 3
    found = read(LOGS, settings=Settings("*", scale_min=-1.0, suite="live"))
    assert [round(each.value or 0, 9) for each in found if isinstance(each, Evaluation)] == [0.7, round(1 / 3, 9)]


def test_a_name_whose_every_evaluation_failed_is_an_error_and_no_zero(read: Read) -> None:
    failed = [line for line in LOGS.splitlines() if b"error.type" in line]
    (found,) = read(b"\n".join(failed))
    assert isinstance(found, Evaluation)
    assert (found.value, found.n, found.errors, found.status) == (None, 0, 1, "error")


def test_no_text_of_people_is_kept(read: Read) -> None:
    assert not [each for each in read(METRICS + LOGS) if "words" in str(each) or "an answer" in str(each)]


def _line(form: str, *points: dict[str, Any], name: str = "gen_ai.client.operation.duration", **held: Any) -> bytes:
    metric = {"name": name, "unit": held.pop("unit", "s"), form: {"dataPoints": list(points), **held}}
    return json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}).encode()


def _ns(minute: float) -> str:
    return str(int((NOON + timedelta(minutes=minute)).timestamp()) * 10**9)


def _point(minute: float = 1, **body: Any) -> dict[str, Any]:
    return {"timeUnixNano": _ns(minute), **body}


def test_a_histogram_in_milliseconds_becomes_seconds(read: Read) -> None:
    point = _point(count="4", sum=800, bucketCounts=["0", "4"], explicitBounds=[100])
    line = _line("histogram", point, unit="ms", aggregationTemporality=1)
    found = _at(read(line), 5)
    assert found["gen_ai.client.operation.duration", "p50"] == (0.1, 4)
    (floor, *_) = [each for each in read(line) if isinstance(each, Sample)]
    assert floor.is_floor


def test_a_histogram_without_buckets_gives_a_mean(read: Read) -> None:
    found = _at(read(_line("histogram", _point(count=4, sum=10), aggregationTemporality=1)), 5)
    assert found["gen_ai.client.operation.duration", "avg"] == (2.5, 4)
    quiet = _at(read(_line("histogram", _point(), aggregationTemporality=1)), 5)
    assert quiet == {("llmops.requests", "sum"): (0.0, None), ("llmops.errors", "sum"): (0.0, None)}


def test_a_delta_that_was_sent_twice_counts_once(read: Read) -> None:
    line = _line("histogram", _point(startTimeUnixNano=_ns(0), count=4, sum=10), aggregationTemporality=1)
    later = _line("histogram", _point(2, startTimeUnixNano=_ns(1), count=1, sum=1), aggregationTemporality=1)
    assert _at(read(b"\n".join([line, line, later])), 5)["llmops.requests", "sum"] == (5.0, None)


def test_a_stream_without_a_start_that_falls_began_anew(read: Read) -> None:
    lines = [
        _line("sum", _point(m, asInt=n), name="vllm:prompt_tokens", aggregationTemporality=2, isMonotonic=True)
        for m, n in ((-4, 100), (1, 150), (2, 30))
    ]
    assert _at(read(b"\n".join(lines)), 5) == {("gen_ai.client.token.usage", "input"): (80.0, None)}


def test_gauges_are_merged_as_their_metric_wants_over_processes(read: Read) -> None:
    def gauge(name: str, *values: float) -> bytes:
        points = [
            _point(asDouble=v, attributes=[{"key": "pod", "value": {"intValue": str(i)}}]) for i, v in enumerate(values)
        ]
        return _line("gauge", *points, name=name, unit="1")

    body = b"\n".join(
        [
            gauge("vllm:num_requests_running", 2, 3),
            gauge("vllm:kv_cache_usage_perc", 0.25, 0.75),
            gauge("sglang:cache_hit_rate", 0.25, 0.75),
        ]
    )
    assert {name: value for (name, _), (value, _) in _at(read(body), 5).items()} == {
        "llmops.requests.running": 5.0,
        "llmops.kv_cache.utilization": 0.75,
        "llmops.cache.hit_ratio": 0.25,
    }


@pytest.mark.parametrize(
    "line",
    [
        _line("sum", _point(asInt=1), name="vllm:prompt_tokens", aggregationTemporality=1),
        _line("gauge", _point(asInt=1), name="unheard.of"),
        _line("gauge", _point(asInt=1, flags=1), name="vllm:num_requests_running"),
        _line("gauge", {"asInt": 1}, name="vllm:num_requests_running"),
        _line("summary", _point(), name="vllm:num_requests_running"),
        b"{}",
        b'{"resourceMetrics": [], "resourceLogs": null}',
    ],
    ids=["not monotonic", "unknown", "no recorded value", "no time", "a summary", "nothing", "empty"],
)
def test_what_says_nothing_here_is_passed_over(line: bytes, read: Read) -> None:
    assert read(line) == []


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b'{"resourceMetrics": 1}',
        _line("gauge", _point(), name="vllm:num_requests_running"),
        _line("gauge", _point(asDouble="NaN"), name="vllm:num_requests_running"),
        _line("histogram", _point(count="-1"), aggregationTemporality=1),
    ],
)
def test_a_line_or_point_that_is_broken_is_set_aside_and_the_others_are_not(line: bytes, read: Read) -> None:
    good = _line("gauge", _point(asInt=7), name="vllm:num_requests_waiting")
    rejected, sample = read(b"# /var/otel.json\n" + line + b"\n" + good)
    assert isinstance(rejected, Rejected)
    assert rejected.raw == "/var/otel.json line 1"
    assert isinstance(sample, Sample)
    assert sample.value == 7.0


def test_a_result_without_a_time_is_set_aside(read: Read) -> None:
    record = {"eventName": "gen_ai.evaluation.result"}
    (found,) = read(json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode())
    assert isinstance(found, Rejected)
    observed = record | {"observedTimeUnixNano": _ns(1), "attributes": []}
    assert read(json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [observed]}]}]}).encode()) == []


def test_an_exponential_histogram_that_joins_its_buckets_goes_on_counting() -> None:
    fine = tally_of("exponentialHistogram", {"count": 3, "scale": 1, "positive": {"bucketCounts": [1, 1, 1]}})
    coarse = {"count": "6", "scale": 0, "zeroCount": "1", "positive": {"offset": 0, "bucketCounts": ["3", "1", "1"]}}
    now = tally_of("exponentialHistogram", coarse)
    assert now.buckets == {(0.0, 0.0): 1, (1.0, 2.0): 3, (2.0, 4.0): 1, (4.0, 8.0): 1}
    since = now.since(fine)
    assert since.count == 3
    assert +since.buckets == {(0.0, 0.0): 1, (1.0, 2.0): 1, (4.0, 8.0): 1}


def test_buckets_that_cannot_go_on_began_anew() -> None:
    body = {"count": 2, "bucketCounts": [1, 1], "explicitBounds": [1.0]}
    other = tally_of("histogram", {"count": 1, "bucketCounts": [0, 1, 0], "explicitBounds": [0.5, 1.5]})
    assert tally_of("histogram", body).since(other).buckets == {(0.0, 1.0): 1, (1.0, inf): 1}
    assert Tally().quantile(0.5) is None


def test_files_are_read_together_so_that_streams_go_on_from_one_to_the_next(
    tmp_path: Path, gather: Any, one_system: Source
) -> None:
    lines = METRICS.splitlines(keepends=True)
    for name, part, hour in (("otel-2026-11-23T14-59-00.000.json", lines[:2], 14), ("otel.json", lines[2:], 15)):
        (tmp_path / name).write_bytes(b"".join(part))
        os.utime(tmp_path / name, ((NOON + timedelta(hours=hour - 15)).timestamp(),) * 2)
    found = gather("otlp_file", Settings(f"{tmp_path}/otel*.json"), WINDOW, one_system)
    assert _at(found, 5)["llmops.requests", "sum"] == (31.0, None)


async def _fetched(path: Path, files: Any, window: Window = WINDOW) -> list[Answer]:
    asked = otlp_file.fetch(Reach(None, files), Settings(str(path)), window)  # type: ignore[arg-type]  # asks no network
    return [each async for each in asked]


async def test_a_last_line_that_is_half_written_is_left_to_the_next_run(tmp_path: Path, files: Any, read: Read) -> None:
    path = tmp_path / "otel.json"
    path.write_bytes(METRICS[:-10])
    (answer,) = await _fetched(path, files)
    assert not [each for each in read(answer.body) if isinstance(each, Rejected)]
    assert ("llmops.queue.depth", "last") not in _at(read(answer.body), 5)
    path.write_bytes(METRICS[:-1])
    (answer,) = await _fetched(path, files)
    assert ("llmops.queue.depth", "last") in _at(read(answer.body), 5)


async def test_only_lines_of_metrics_and_scores_are_kept_and_a_file_of_another_form_is_named(
    tmp_path: Path, files: Any, read: Read
) -> None:
    path = tmp_path / "otel.json"
    path.write_bytes(LOGS)
    (answer,) = await _fetched(path, files)
    assert b"gen_ai.input.messages" not in answer.body
    assert b"resourceSpans" not in answer.body
    path.write_bytes(b"\x00\x00\x01\x10protobuf\n")
    (answer,) = await _fetched(path, files)
    (found,) = read(answer.body)
    assert isinstance(found, Rejected)
    assert found.raw == f"{path} line 1"


async def test_nothing_new_asks_nothing(tmp_path: Path, files: Any) -> None:
    path = tmp_path / "otel.json"
    path.write_bytes(METRICS)
    os.utime(path, (1.0, 1.0))
    assert await _fetched(path, files) == []


async def test_more_than_a_run_can_hold_is_refused(tmp_path: Path, files: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "otel.json").write_bytes(METRICS)
    monkeypatch.setattr(otlp_file, "_MOST", 100)
    with pytest.raises(SourceError, match="more than 100 bytes of metrics and scores"):
        await _fetched(tmp_path / "otel.json", files)


def test_a_window_collected_again_changes_nothing(tmp_path: Path, read: Read) -> None:
    assert collector("otlp_file").KIND.restate == timedelta(days=2)
    folder = Folder(tmp_path / "store")
    folder.create()
    run = Run("r", "otel", "otlp_file", "complete", "", "", WINDOW.start, WINDOW.end, WINDOW.now, WINDOW.now)
    outcome = Outcome(run, tuple(read(METRICS + LOGS)), reached=WINDOW.end)  # type: ignore[arg-type]  # all are records
    again = replace(outcome, run=replace(run, run_id="again"))
    with commit.primary(folder, WINDOW.now) as session:
        assert intake.take(session, outcome, WINDOW.now).new_rows > 0
        assert intake.take(session, again, WINDOW.now).new_rows == 0


@pytest.mark.parametrize("options", [{"dims": ["user_id"]}, {"step": "0s"}, {"scale_min": 1.0}])
def test_options_that_mean_nothing_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="expected"):
        decode_all(Settings, {"path": "*", **options})
