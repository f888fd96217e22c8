"""Opik: metrics by hour, costs and scores by day with the number of traces behind them, experiments."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collectors.base import Source, Window
from collectors.kinds.opik import Scorer, Settings
from collectors.patience import hint
from store.errors import SourceError
from store.records import CostLine, Evaluation, Missing, Parsed, Rejected, Sample, Unrouted
from tests.collectors.kinds.case import WINDOW, Asked, case

TODAY = datetime(2026, 11, 23, tzinfo=UTC)
Gather = Callable[..., list[Parsed]]


@pytest.fixture
def http(replay: Any) -> Any:
    """Play what was recorded."""
    return replay(case("opik").play)


@pytest.fixture
def recorded(http: Any, gather: Gather, by_label: Callable[..., Source]) -> list[Parsed]:
    return gather("opik", Settings(), WINDOW, by_label("system", "support-bot"), http)


def _samples(found: list[Parsed], hour: int) -> dict[tuple[str, str, str], Sample]:
    return {
        (each.metric, each.stat, each.dims.get("gen_ai.token.type", "")): each
        for each in found
        if isinstance(each, Sample) and each.seen == TODAY + timedelta(hours=hour)
    }


def test_hours_with_traces_become_samples_in_seconds_with_their_number(recorded: list[Parsed]) -> None:
    found = _samples(recorded, 14)
    assert {each.system for each in found.values()} == {"support-bot"}
    assert (found["llmops.requests", "sum", ""].value, found["llmops.errors", "sum", ""].value) == (20, 1)
    ratio = found["llmops.error_ratio", "ratio", ""]
    assert (ratio.value, ratio.n, ratio.period) == (0.05, 20, 3600)
    latency = found["gen_ai.client.operation.duration", "p99", ""]
    assert (latency.value, latency.unit, latency.n) == (8.40025, "s", 20)
    assert found["gen_ai.client.operation.duration", "p90", ""].value == 3.1
    assert found["gen_ai.client.token.usage", "sum", "input"].value == 16_000
    assert found["gen_ai.client.token.usage", "sum", "output"].value == 2_400
    assert found["llmops.cost", "sum", ""].value == pytest.approx(0.00384)


def test_an_hour_without_traces_is_nothing_and_a_duration_of_zero_is_unknown(recorded: list[Parsed]) -> None:
    assert not _samples(recorded, 15)
    found = _samples(recorded, 16)
    assert found["llmops.errors", "sum", ""].value == 0  # traces were counted, none had an error
    assert ("gen_ai.client.operation.duration", "p99", "") not in found
    assert ("llmops.cost", "sum", "") not in found


def test_costs_are_estimates_of_days_final_a_day_after_the_day(recorded: list[Parsed]) -> None:
    lines = [each for each in recorded if isinstance(each, CostLine)]
    assert [(each.charge_period_start.day, each.effective_cost, each.is_final) for each in lines] == [
        (21, Decimal("0.041200000"), True),
        (22, Decimal("0.007600000"), False),
        (23, Decimal("0.011500000"), False),
    ]
    assert {(each.basis, each.line) for each in lines} == {("trace_estimate", "support-bot/live")}


def test_feedback_scores_of_a_day_have_the_number_of_their_traces_and_a_null_mean_is_zero(
    recorded: list[Parsed],
) -> None:
    online = [each for each in recorded if isinstance(each, Evaluation) and each.suite == "online"]
    assert [(each.scorer, each.seen, each.value, each.n) for each in online] == [
        ("faithfulness", TODAY, 0.91, 20),
        ("faithfulness", WINDOW.end, 0.875, 32),
        ("thumb", TODAY, 0.0, 3),
        ("thumb", WINDOW.end, 0.5, 6),
    ]
    assert online[0].eval_run == "support-bot/live 2026-11-22T00:00Z"


def test_experiments_become_evaluations_and_a_failed_one_an_error(recorded: list[Parsed]) -> None:
    scored = [each for each in recorded if isinstance(each, Evaluation) and each.suite != "online"]
    assert [(each.scorer, each.value, each.n, each.passes, each.errors, each.status) for each in scored] == [
        ("run", None, 7, None, 7, "error"),
        ("correctness", 0.8, 12, None, None, "partial"),
        ("recall", 0.7, 20, None, None, "ok"),
        ("correctness", 0.85, 20, None, None, "ok"),
        ("pass_rate", 0.9, 20, 18, None, "ok"),
    ]
    second = scored[1]
    assert (second.suite, second.suite_version, second.judge, second.system_version) == (
        "golden",
        "v3",
        "gpt-4o",
        "a1b2c3d4",
    )
    assert second.url == (
        "https://www.comet.com/opik/default/experiments/01c00000-0000-7000-8000-000000000001/compare"
        "?experiments=%5B%2201b00000-0000-7000-8000-000000000003%22%5D"
    )


def test_questions_begin_at_midnight_and_end_inside_what_is_over(
    recorded: list[Parsed], http: Any, replay: Any, gather: Gather, one_system: Source
) -> None:
    metrics = [each for each in http.asked if each.method == "POST"]
    assert metrics[0].path.endswith("/v1/private/projects/01a00000-0000-7000-8000-000000000001/metrics")
    assert metrics[0].sent["interval_start"] == "2026-11-01T00:00:00+00:00"
    assert metrics[0].sent["interval_end"] == "2026-11-23T15:59:59.999999+00:00"  # their end is inclusive
    assert len(metrics) == 12  # one each for the two projects that had no trace
    filters = [each.sent["trace_filters"] for each in metrics if each.sent["trace_filters"]]
    assert filters[0] == [{"field": "error_info", "operator": "is_not_empty", "value": ""}]
    assert filters[1] == [{"field": "feedback_scores", "key": "faithfulness", "operator": "is_not_empty", "value": ""}]


def test_the_workspace_is_named_where_there_is_one(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(case("opik").play)
    found = gather("opik", Settings(workspace="acme"), WINDOW, one_system, http)
    assert {each.headers.get("Comet-Workspace") for each in http.asked} == {"acme"}
    links = [each.url for each in found if isinstance(each, Evaluation) and each.url]
    assert links[0].startswith("https://www.comet.com/opik/acme/experiments/")
    assert "Comet-Workspace" not in Settings().headers


def test_samples_by_day_wait_for_the_end_of_the_day(replay: Any, gather: Gather, one_system: Source) -> None:
    def answer(asked: Asked) -> bytes:
        if asked.path.endswith("/projects"):
            return b'{"content": [{"id": "p1", "name": "bot"}]}'
        points = [{"time": "2026-11-22T00:00:00Z", "value": 4}]
        results = [{"name": "traces", "data": points}] if asked.sent.get("metric_type") == "TRACE_COUNT" else None
        return json.dumps({"content": [], "results": results}).encode()

    def asked_for(window: Window) -> tuple[list[Any], list[Parsed]]:
        http = replay(answer)
        found = gather("opik", Settings(interval="day"), window, one_system, http)
        return [each.sent for each in http.asked if each.method == "POST"], found

    end = TODAY + timedelta(hours=5)
    sent, found = asked_for(Window(end - timedelta(days=1), end, end))
    assert sent[1]["interval_end"] == "2026-11-22T23:59:59.999999+00:00"
    requests = next(each for each in found if isinstance(each, Sample))
    assert (requests.seen, requests.period) == (TODAY, 86_400)
    sent, _ = asked_for(Window(TODAY, end, end))
    assert [each["metric_type"] for each in sent] == ["TRACE_COUNT", "FEEDBACK_SCORES", "COST"]
    sent, _ = asked_for(Window(TODAY, TODAY, TODAY))
    assert sent == []


def test_scores_that_are_none_are_not_counted(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(case("opik").play)
    settings = Settings(projects=("support-bot/*",), ignore=("thumb",), datasets=())
    found = gather("opik", settings, WINDOW, one_system, http)
    assert {each.scorer for each in found if isinstance(each, Evaluation)} == {"faithfulness"}
    filtered = [each.sent["trace_filters"] for each in http.asked if each.sent.get("trace_filters")]
    assert [each[0].get("key") for each in filtered] == [None, "faithfulness"]


def _series(**named: Any) -> dict[str, Any]:
    return {
        "results": [
            {"name": name, "data": [{"time": TODAY.isoformat(), "value": value}]} for name, value in named.items()
        ]
    }


def _project(**parts: Any) -> bytes:
    names = ("counts", "failed", "durations", "tokens", "costs")
    metrics = {name: parts.pop(name, {}) for name in names}
    body = {"project": {"name": "bot"}, "metrics": metrics, "scores": {}, "scored": [], "costs": {}}
    return json.dumps(body | parts).encode()


def _graded(value: Any, n: int, name: str = "grade") -> dict[str, Any]:
    return {"scores": _series(**{name: value}), "scored": [{"name": name, "answer": _series(traces=n)}]}


def test_another_scale_is_asked_for_and_a_declared_one_is_taken(read_one: Any, one_system: Source) -> None:
    body = _project(**_graded(4.5, 3))
    assert read_one("opik", body, Settings(), one_system, WINDOW, "project") == [
        Missing("a scale that 4.5 of 'grade' fits (declare it in scorers)")
    ]
    declared = Settings(scorers=(Scorer("gr*", "mark", 1, 5),))
    (found,) = read_one("opik", body, declared, one_system, WINDOW, "project")
    assert (found.scorer, found.value, found.scale_max) == ("mark", 4.5, 5)
    assert read_one("opik", body, Settings(ignore=("grade",)), one_system, WINDOW, "project") == []
    assert read_one("opik", _project(**_graded(0.5, 0)), Settings(), one_system, WINDOW, "project") == []


@pytest.mark.parametrize(
    "parts",
    [
        {"counts": _series(traces=-1)},
        {"counts": _series(traces=1), "failed": _series(traces=2)},
        {"counts": _series(traces=1), "durations": _series(**{"duration.p50": -1})},
        {"day": _series(cost=1e20)},
    ],
)
def test_a_metric_that_cannot_be_true_is_set_aside(parts: dict[str, Any], read_one: Any, one_system: Source) -> None:
    body = json.loads(_project(**{key: value for key, value in parts.items() if key != "day"}))
    body["costs"] = parts.get("day", {})
    found = read_one("opik", json.dumps(body).encode(), Settings(), one_system, WINDOW, "project")
    assert isinstance(found[-1], Rejected)


def test_an_hour_counted_as_zero_is_nothing(read_one: Any, one_system: Source) -> None:
    body = _project(counts=_series(traces=0))
    assert read_one("opik", body, Settings(), one_system, WINDOW, "project") == []


def test_a_project_of_no_system_here_is_counted(read_one: Any, by_label: Callable[..., Source]) -> None:
    assert read_one("opik", _project(), Settings(), by_label("system"), WINDOW, "project") == [Unrouted("bot")]


def _experiment(**changed: Any) -> bytes:
    found = {
        "id": "x1",
        "dataset_name": "golden",
        "created_at": "2026-11-20T10:00:00Z",
        "feedback_scores": [{"name": "grade", "value": 0.5}],
    } | changed
    return json.dumps({"content": [found]}).encode()


def test_only_experiments_of_the_window_and_of_datasets_asked_for_are_read(read_one: Any, one_system: Source) -> None:
    for body, settings in (
        (_experiment(created_at="2026-11-23T16:00:00Z"), Settings()),
        (_experiment(created_at="2026-11-01T15:59:59Z"), Settings()),
        (_experiment(), Settings(datasets=("silver",))),
    ):
        assert read_one("opik", body, settings, one_system, WINDOW, "experiments") == []


def test_an_experiment_without_a_project_belongs_where_its_metadata_or_dataset_says(
    read_one: Any, by_label: Callable[..., Source]
) -> None:
    source = by_label("system", "golden", "tagged")
    (found,) = read_one("opik", _experiment(), Settings(), source, WINDOW, "experiments")
    assert (found.system, found.n) == ("golden", None)
    body = _experiment(metadata={"system": "tagged", "model": "m1"})
    (found,) = read_one("opik", body, Settings(), source, WINDOW, "experiments")
    assert (found.system, found.system_version) == ("tagged", "m1")
    assert read_one("opik", body, Settings(), by_label("system"), WINDOW, "experiments") == [Unrouted("tagged")]


def test_scores_of_a_failed_experiment_are_errors(read_one: Any, one_system: Source) -> None:
    body = _experiment(status="failed", pass_rate=0.5)
    (found,) = read_one("opik", body, Settings(), one_system, WINDOW, "experiments")
    assert (found.scorer, found.value, found.status, found.errors) == ("grade", None, "error", 1)


def test_scores_of_experiments_have_declared_scales_too(read_one: Any, one_system: Source) -> None:
    body = _experiment(feedback_scores=[{"name": "grade", "value": 4.5}])
    assert read_one("opik", body, Settings(), one_system, WINDOW, "experiments") == [
        Missing("a scale that 4.5 of 'grade' fits (declare it in scorers)")
    ]
    assert read_one("opik", body, Settings(ignore=("*",)), one_system, WINDOW, "experiments") == []


def test_an_experiment_that_cannot_be_true_is_set_aside_without_what_people_wrote(
    read_one: Any, one_system: Source
) -> None:
    body = _experiment(trace_count=-1, comments=[{"text": "she said so"}])
    (found,) = read_one("opik", body, Settings(), one_system, WINDOW, "experiments")
    assert isinstance(found, Rejected)
    assert "she said so" not in found.raw


def _pages(*pages: list[dict[str, Any]]) -> Callable[[Asked], bytes]:
    def answer(asked: Asked) -> bytes:
        index = min(int(asked.sent["page"]), len(pages)) - 1
        return json.dumps({"content": [] if asked.path.endswith("projects") else pages[index]}).encode()

    return answer


def _many(at: str, start: int) -> list[dict[str, Any]]:
    return [json.loads(_experiment(id=f"x{start + n}", created_at=at))["content"][0] for n in range(100)]


def test_experiments_are_read_until_a_page_with_one_before_the_window(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    pages = _many("2026-11-20T10:00:00Z", 0), _many("2026-10-20T10:00:00Z", 100), _many("2026-09-20T10:00:00Z", 200)
    http = replay(_pages(*pages))
    found = gather("opik", Settings(), WINDOW, one_system, http)
    assert len(found) == 100
    assert [each.sent["page"] for each in http.asked if each.path.endswith("experiments")] == ["1", "2"]


def test_a_page_that_comes_again_ends_them(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(_pages(_many("2026-11-20T10:00:00Z", 0)))
    assert len(gather("opik", Settings(), WINDOW, one_system, http)) == 100
    assert [each.sent["page"] for each in http.asked if each.path.endswith("experiments")] == ["1", "2"]


@pytest.mark.parametrize(
    ("body", "about", "named"),
    [
        (b'{"project":{},"metrics":{}}', "project", "name"),
        (_project(counts={"results": [{"data": []}]}), "project", "counts.results"),
        (b'{"content":[{}]}', "experiments", "created_at"),
        (_experiment(id=None), "experiments", "id"),
        (_experiment(pass_rate=0.5), "experiments", "passed_count"),
    ],
)
def test_a_required_field_that_is_missing_is_named(
    body: bytes, about: str, named: str, read_one: Any, one_system: Source
) -> None:
    with pytest.raises(SourceError, match=named) as error:
        read_one("opik", body, Settings(), one_system, WINDOW, about)
    assert error.value.cause == "shape"


def test_an_error_inside_a_good_status_is_the_servers(read_one: Any, one_system: Source) -> None:
    with pytest.raises(SourceError, match="no such project") as error:
        read_one("opik", _project(durations={"errors": ["no such project"]}), Settings(), one_system, WINDOW, "project")
    assert error.value.cause == "upstream"


def test_the_clouds_own_hint_about_waiting_is_understood() -> None:
    assert hint({"ratelimit-reset": "42"}, WINDOW.now) == 42.0


def test_a_system_that_is_no_pattern_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="expected a regular expression"):
        Settings(system="[")
