"""MLflow: runs as evaluations, failed and undefined ones, aggregates of traces, versions ahead of production."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Source, Window
from collectors.kinds.mlflow import Scorer, Settings
from store.errors import SourceError
from store.records import Change, CostLine, Evaluation, Missing, Parsed, Rejected, Sample, Unrouted
from store.values import Duration

URL = "http://mlflow.example:5000/"
WINDOW = Window(
    datetime(2026, 11, 1, 16, tzinfo=UTC),
    datetime(2026, 11, 23, 16, tzinfo=UTC),
    datetime(2026, 11, 23, 16, tzinfo=UTC),
)
SUPPORT = Settings(
    URL, experiments=("support-bot/*",), traces=("support-bot/*", "legal-search/traces"), models=("support-bot*",)
)
Gather = Callable[..., list[Parsed]]


@pytest.fixture
def recorded(
    fixtures: Path, exchange: Callable[[Path], Any], gather: Gather, by_label: Callable[..., Source]
) -> list[Parsed]:
    http = exchange(fixtures / "mlflow" / "exchange.json")
    return gather("mlflow", SUPPORT, WINDOW, by_label("system", "support-bot"), http)


def _run(**changed: Any) -> dict[str, Any]:
    info = {
        "run_id": "r1",
        "experiment_id": "1",
        "status": "FINISHED",
        "start_time": 1795431000000,
        "end_time": 1795431600000,
    }
    metrics = changed.pop("metrics", {"faithfulness/v1/mean": 0.9})
    pairs = {
        name: [{"key": key, "value": value} for key, value in changed.pop(name, {}).items()]
        for name in ("tags", "params")
    }
    return {"info": info | changed, "data": {"metrics": [{"key": k, "value": v} for k, v in metrics.items()]} | pairs}


def _runs(*runs: dict[str, Any], **experiment: Any) -> bytes:
    known = {"experiment_id": "1", "name": "support-bot/nightly"} | experiment
    return json.dumps({"experiments": [known], "runs": {"runs": list(runs)}}).encode()


def test_recorded_runs_become_evaluations(recorded: list[Parsed]) -> None:
    scores = [each for each in recorded if isinstance(each, Evaluation) and each.suite != "online"]
    assert Counter((each.scorer, each.status) for each in scores) == {
        ("faithfulness", "ok"): 2,
        ("faithfulness", "error"): 2,
        ("answer_relevance", "ok"): 3,
        ("answer_relevance", "error"): 1,
        ("pass_ratio", "ok"): 3,
        ("pass_ratio", "error"): 1,
    }
    first = scores[0]
    assert (first.suite, first.suite_version, first.judge, first.n, first.errors) == (
        "golden",
        "12",
        "gpt-4o-mini",
        250,
        0,
    )
    assert first.value is not None
    assert 0.85 < first.value < 0.95
    assert first.url.startswith(f"{URL}#/experiments/1/runs/")


def test_a_failed_run_and_an_undefined_score_are_errors_and_never_zeros(recorded: list[Parsed]) -> None:
    failed = [each for each in recorded if isinstance(each, Evaluation) and each.status == "error"]
    assert {(each.value, each.errors) for each in failed} == {(None, 250)}


def test_recorded_traces_become_samples_costs_and_online_scores(recorded: list[Parsed]) -> None:
    samples = {
        (each.metric, each.stat, each.dims.get("gen_ai.token.type", "")): each
        for each in recorded
        if isinstance(each, Sample)
    }
    assert samples["llmops.requests", "sum", ""].value == 24
    assert samples["llmops.error_ratio", "ratio", ""] == Sample(
        "support-bot", "llmops.error_ratio", "ratio", datetime(2026, 11, 23, 16, tzinfo=UTC), 3 / 24, "1", 24, 3600
    )
    latency = samples["gen_ai.client.operation.duration", "p95", ""]
    assert (latency.n, latency.unit, latency.period) == (24, "s", 3600)
    assert latency.value < 1
    assert samples["gen_ai.client.token.usage", "sum", "input"].value > 1000
    assert samples["gen_ai.client.token.usage", "sum", "output"].unit == "{token}"
    costs = [each for each in recorded if isinstance(each, CostLine)]
    assert [(each.model, each.basis, each.is_final) for each in costs] == [("gpt-4o-mini", "trace_estimate", False)]
    assert samples["llmops.cost", "sum", ""].value == pytest.approx(float(costs[0].effective_cost or 0))
    online = {each.scorer: each for each in recorded if isinstance(each, Evaluation) and each.suite == "online"}
    assert (online["faithfulness"].n, online["thumb"].n) == (24, 6)
    assert Unrouted("legal-search") in recorded


def test_versions_newer_than_production_are_pending_and_production_is_applied(recorded: list[Parsed]) -> None:
    changes = {each.external_id: each for each in recorded if isinstance(each, Change)}
    assert {name: each.state for name, each in changes.items()} == {
        "model support-bot 2": "applied",
        "model support-bot 3": "pending",
        "prompt support-bot-system 2": "applied",
        "prompt support-bot-system 3": "pending",
    }
    prompt = changes["prompt support-bot-system 3"]
    assert (prompt.change_class, prompt.from_ref, prompt.to_ref, prompt.author) == ("prompt", "2", "3", "jonas")
    assert "revision 3" in prompt.content
    assert len(prompt.content_hash) == 64
    assert prompt.url == f"{URL}#/prompts/support-bot-system"
    assert changes["model support-bot 3"].url == f"{URL}#/models/support-bot/versions/3"
    assert changes["model support-bot 3"].requested == datetime(2026, 11, 23, 15, 20, 51, 490000, tzinfo=UTC)


def test_the_same_recorded_window_gives_the_same_records(
    recorded: list[Parsed],
    fixtures: Path,
    exchange: Callable[[Path], Any],
    gather: Gather,
    by_label: Callable[..., Source],
) -> None:
    http = exchange(fixtures / "mlflow" / "exchange.json")
    assert gather("mlflow", SUPPORT, WINDOW, by_label("system", "support-bot"), http) == recorded


def test_a_run_is_asked_for_by_its_end_in_a_half_open_window(
    fixtures: Path, exchange: Callable[[Path], Any], gather: Gather, one_system: Source
) -> None:
    http = exchange(fixtures / "mlflow" / "exchange.json")
    gather("mlflow", SUPPORT, WINDOW, one_system, http)
    runs = next(each for each in http.asked if each.path.endswith("runs/search"))
    assert runs.sent["filter"] == "attributes.end_time >= 1793548800000 and attributes.end_time < 1795449600000"
    traces = [each.sent for each in http.asked if each.path.endswith("traces/metrics")]
    assert traces[0]["start_time_ms"] == 1793491200000  # midnight, as for the costs of that day
    assert traces[0]["end_time_ms"] == 1795449599999
    hours = [each for each in traces if each["metric_name"] == "latency" and each["experiment_ids"] == ["2"]]
    assert [(each["start_time_ms"], each["end_time_ms"]) for each in hours] == [(1795305600000, 1795449599999)]


@pytest.mark.parametrize(
    ("settings", "tags", "system"),
    [
        (Settings(URL), {"system": "tagged"}, "tagged"),
        (Settings(URL), {}, "support-bot"),
        (Settings(URL, system="[a-z]+"), {}, "support"),
        (Settings(URL, system="[0-9]+"), {}, None),
    ],
)
def test_the_system_is_a_tag_or_the_start_of_the_name(
    settings: Settings, tags: dict[str, str], system: str | None, read_one: Any, by_label: Callable[..., Source]
) -> None:
    source = by_label("system", "tagged", "support-bot", "support")
    (found,) = read_one("mlflow", _runs(_run(tags=tags)), settings, source, WINDOW, "runs")
    assert found == Unrouted("support-bot/nightly") if system is None else found.system == system


def test_a_tag_of_the_run_stands_above_the_one_of_its_experiment(
    read_one: Any, by_label: Callable[..., Source]
) -> None:
    tags = [{"key": "system", "value": "outer"}]
    source = by_label("system", "outer", "inner")
    body = _runs(_run(), _run(tags={"system": "inner"}), tags=tags)
    assert [each.system for each in read_one("mlflow", body, Settings(URL), source, WINDOW, "runs")] == [
        "outer",
        "inner",
    ]


def test_runs_that_go_on_are_left_for_later(read_one: Any, one_system: Source) -> None:
    body = _runs(_run(status="RUNNING"), _run(status="SCHEDULED"))
    assert read_one("mlflow", body, Settings(URL), one_system, WINDOW, "runs") == []


def test_a_run_killed_before_any_score_is_one_error(read_one: Any, one_system: Source) -> None:
    body = _runs(_run(status="KILLED", metrics={}, end_time=None))
    (found,) = read_one("mlflow", body, Settings(URL), one_system, WINDOW, "runs")
    assert (found.scorer, found.value, found.status, found.errors) == ("run", None, "error", 1)
    assert (found.suite, found.seen) == ("support-bot/nightly", datetime(2026, 11, 23, 10, 50, tzinfo=UTC))


def test_what_is_no_score_is_left_out(read_one: Any, one_system: Source) -> None:
    metrics = {"cost_usd": 0.4, "latency/mean": 0.3, "faithfulness/v1/p90": 0.9, "cases": 7, "loss": 12.5, "tone": 1}
    (found,) = read_one("mlflow", _runs(_run(metrics=metrics)), Settings(URL), one_system, WINDOW, "runs")
    assert (found.scorer, found.value, found.n) == ("tone", 1.0, 7)


def test_declared_scores_have_their_scale_and_everything_else_is_left_out(read_one: Any, one_system: Source) -> None:
    settings = Settings(
        URL, scorers=(Scorer("grade/*", "grade", 1, 5), Scorer("loss", scale_max=99, higher_is_better=False))
    )
    metrics = {"grade/v1/mean": 4.5, "loss": 12.5, "tone": 1}
    grade, loss = read_one("mlflow", _runs(_run(metrics=metrics)), settings, one_system, WINDOW, "runs")
    assert (grade.scorer, grade.value, grade.scale_min, grade.scale_max) == ("grade", 4.5, 1, 5)
    assert (loss.scorer, loss.higher_is_better) == ("loss", False)


@pytest.mark.parametrize("metrics", [{"grade": 9}, {"grade": "text"}, {"grade": 4, "cases": -1}])
def test_a_score_that_cannot_be_true_sets_its_run_aside(
    metrics: dict[str, Any], read_one: Any, one_system: Source
) -> None:
    settings = Settings(URL, scorers=(Scorer("grade", scale_max=5),))
    body = _runs(_run(metrics=metrics), _run())
    found = read_one("mlflow", body, settings, one_system, WINDOW, "runs")
    assert [type(each) for each in found] == [Rejected]
    assert "r1" in found[0].raw


def _experiment(**answers: Any) -> bytes:
    return json.dumps({"experiment": {"experiment_id": "2", "name": "support-bot/traces"}} | answers).encode()


def _points(*points: tuple[str, dict[str, str], dict[str, Any]]) -> dict[str, Any]:
    return {
        "data_points": [{"dimensions": {"time_bucket": at} | dims, "values": values} for at, dims, values in points]
    }


HOUR = "2026-11-23T10:00:00+00:00"


def test_traces_that_go_on_are_not_counted_and_no_trace_is_no_ratio(read_one: Any, one_system: Source) -> None:
    count = _points((HOUR, {"trace_status": "IN_PROGRESS"}, {"COUNT": 4}))
    found = read_one("mlflow", _experiment(trace_count=count), Settings(URL), one_system, WINDOW, "hours")
    assert [(each.metric, each.value) for each in found] == [("llmops.requests", 0), ("llmops.errors", 0)]


def test_a_full_answer_is_reported_as_cut(read_one: Any, one_system: Source) -> None:
    count = _points(*[(HOUR, {"trace_status": "OK"}, {"COUNT": 1})] * 1000)
    found = read_one("mlflow", _experiment(trace_count=count), Settings(URL), one_system, WINDOW, "hours")
    assert found[0] == Missing("the points after the first 1000 of trace_count")


def test_an_assessment_of_another_scale_is_asked_to_be_declared(read_one: Any, one_system: Source) -> None:
    graded = _points((HOUR, {"assessment_name": "grade"}, {"AVG": 4.5}))
    body = _experiment(trace_count=_points(), assessment_value=graded)
    (missing,) = read_one("mlflow", body, Settings(URL), one_system, WINDOW, "hours")
    assert missing == Missing("a scale that 4.5 of 'grade' fits (declare it in scorers)")
    (found,) = read_one(
        "mlflow", body, Settings(URL, scorers=(Scorer("grade", "mark", 1, 5),)), one_system, WINDOW, "hours"
    )
    assert (found.scorer, found.value, found.n) == ("mark", 4.5, None)
    assert read_one("mlflow", body, Settings(URL, scorers=(Scorer("tone"),)), one_system, WINDOW, "hours") == []


def test_an_aggregate_that_cannot_be_true_is_set_aside(read_one: Any, one_system: Source) -> None:
    body = _experiment(trace_count=_points((HOUR, {"trace_status": "OK"}, {"COUNT": -1})))
    (found,) = read_one("mlflow", body, Settings(URL), one_system, WINDOW, "hours")
    assert isinstance(found, Rejected)


def test_a_day_that_has_ended_has_a_final_cost(read_one: Any, one_system: Source) -> None:
    cost = _points(("2026-11-22T00:00:00+00:00", {"span_model_name": "m1"}, {"SUM": 0.1}))
    (line,) = read_one("mlflow", _experiment(total_cost=cost), Settings(URL), one_system, WINDOW, "days")
    assert (line.effective_cost, line.is_final, line.line) == (
        Decimal("0.100000000"),
        True,
        "support-bot/traces, model=m1",
    )


def _model(**changed: Any) -> dict[str, Any]:
    aliases = [{"alias": "champion", "version": "2"}, {"alias": "staging", "version": "3"}]
    return {"name": "support-bot", "aliases": aliases, "latest_versions": [_version(3)]} | changed


def _version(number: int, **tags: str) -> dict[str, Any]:
    written = [{"key": key, "value": value} for key, value in tags.items()]
    return {
        "name": "support-bot",
        "version": str(number),
        "creation_timestamp": 1795431600000,
        "user_id": "u7",
        "tags": written,
    }


def test_an_approval_tag_and_a_risk_are_taken_from_the_version(read_one: Any, one_system: Source) -> None:
    versions = [
        _version(2),
        _version(3, approval="approved", risk="high"),
        _version(4, approval="rejected"),
        _version(1),
    ]
    body = json.dumps({"model": _model(), "versions": versions}).encode()
    found = read_one("mlflow", body, Settings(URL), one_system, WINDOW, "registered")
    assert [(each.to_ref, each.state, each.risk, each.author) for each in found] == [
        ("2", "applied", "", "u7"),
        ("3", "approved", "high", "u7"),
        ("4", "rejected", "", "u7"),
    ]


def test_versions_that_are_held_back_are_missed_not_resolved(read_one: Any, one_system: Source) -> None:
    body = json.dumps({"model": _model(), "versions": []}).encode()
    assert read_one("mlflow", body, Settings(URL), one_system, WINDOW, "registered") == [
        Missing("the versions of support-bot")
    ]


def test_a_model_of_no_system_here_is_counted(read_one: Any, by_label: Callable[..., Source]) -> None:
    body = json.dumps({"model": _model(), "versions": [_version(3)]}).encode()
    found = read_one("mlflow", body, Settings(URL), by_label("system", "elsewhere"), WINDOW, "registered")
    assert found == [Unrouted("support-bot")]


def _server(models: list[dict[str, Any]], versions: list[dict[str, Any]]) -> Callable[[Any], bytes]:
    def answer(asked: Any) -> bytes:
        if asked.path.endswith("experiments/search"):
            page = {
                "experiments": [{"experiment_id": asked.sent.get("page_token", "a"), "name": "x"}],
                "next_page_token": "b",
            }
        elif asked.path.endswith("runs/search"):
            return b""
        elif asked.path.endswith("registered-models/search"):
            page = {} if "filter" in asked.sent else {"registered_models": models}
        elif asked.path.endswith("model-versions/search"):
            token = asked.sent.get("page_token")
            page = (
                {"model_versions": versions[1:]} if token else {"model_versions": versions[:1], "next_page_token": "t"}
            )
        else:
            return b""
        return json.dumps(page).encode()

    return answer


def test_pages_are_followed_and_a_token_that_comes_again_ends_them(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    http = replay(_server([_model()], [_version(3), _version(2)]))
    found = gather("mlflow", Settings(URL), WINDOW, one_system, http)
    assert [each.to_ref for each in found if isinstance(each, Change)] == ["3", "2"]
    searches = [each.sent.get("page_token") for each in http.asked if each.path.endswith("experiments/search")]
    assert searches == [None, "b"]
    runs = next(each for each in http.asked if each.path.endswith("runs/search"))
    assert runs.sent["experiment_ids"] == ["a", "b"]


def test_a_model_in_production_with_nothing_newer_needs_no_further_question(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    newest = _model(latest_versions=[_version(2)])
    unused = [_model(aliases=[]), _model(name="other", aliases=None), newest | {"name": "skipped"}]
    http = replay(_server([newest, *unused], []))
    found = gather("mlflow", Settings(URL, models=("support-bot", "other")), WINDOW, one_system, http)
    assert [(each.to_ref, each.state) for each in found if isinstance(each, Change)] == [("2", "applied")]
    assert not [each for each in http.asked if each.path.endswith("model-versions/search")]


def test_names_with_quotes_are_asked_for_as_they_are(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(_server([_model(name="it's"), _model()], [_version(3)]))
    gather("mlflow", Settings(URL), WINDOW, one_system, http)
    asked = [each.sent["filter"] for each in http.asked if each.path.endswith("model-versions/search")]
    assert asked == ['name="it\'s"', 'name="it\'s"', "name='support-bot'", "name='support-bot'"]


@pytest.mark.parametrize(
    ("body", "about"),
    [
        (b"null", "runs"),
        (b'{"experiments":[],"runs":[]}', "runs"),
        (b'{"experiments":[],"runs":{"runs":[{}]}}', "runs"),
        (b'{"experiments":[],"runs":{"runs":[{"info":{"experiment_id":1}}]}}', "runs"),
        (b'{"model":{"name":"x","aliases":[{"alias":"champion","version":"x"}]},"versions":[]}', "registered"),
        (b'{"model":{"name":"x","tags":[{"key":1}]},"versions":[]}', "registered"),
        (b'{"experiment":{"name":"x"},"trace_count":{"data_points":[{}]}}', "hours"),
        (b'{"experiment":{"name":"x"},"total_cost":{"data_points":{}}}', "days"),
    ],
)
def test_an_answer_of_another_shape_is_named(body: bytes, about: str, read_one: Any, one_system: Source) -> None:
    with pytest.raises(SourceError) as error:
        read_one("mlflow", body, Settings(URL), one_system, WINDOW, about)
    assert error.value.cause == "shape"


def test_an_error_inside_a_good_status_is_the_servers(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(lambda _: b'{"error":{"message":"quota"}}')
    with pytest.raises(SourceError) as error:
        gather("mlflow", Settings(URL), WINDOW, one_system, http)
    assert error.value.cause == "upstream"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Settings(URL, system="["),
        lambda: Settings(URL, interval=Duration(7)),
        lambda: Settings(URL, interval=Duration(7 * 60)),
    ],
)
def test_settings_that_cannot_work_are_refused_in_words(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="expected"):
        make()


def test_a_real_server_gives_what_was_put_into_it(
    mlflow: Any, collect_really: Gather, by_label: Callable[..., Source]
) -> None:
    until = datetime.now(UTC)
    source = by_label("system", "support-bot", "claims-triage", "legal-search")
    runs = Settings(mlflow.url, traces=())
    traces = Settings(mlflow.url, interval=Duration(60), experiments=(), models=())
    first: list[Parsed] = []
    for settings, back in ((runs, timedelta(days=41)), (traces, timedelta(minutes=30))):
        window = Window(until - back, until, until)
        found = collect_really("mlflow", settings, window, source)
        assert found == collect_really("mlflow", settings, window, source)
        first += found
    assert {type(each) for each in first} >= {Evaluation, Change}
    pending = [each for each in first if isinstance(each, Change) and each.state == "pending"]
    assert {each.external_id for each in pending} == {
        f"{what} {name} 3"
        for system in ("support-bot", "claims-triage", "legal-search")
        for what, name in (("model", system), ("prompt", f"{system}-system"))
    }
    assert not [each for each in first if isinstance(each, Rejected | Missing | Unrouted)]
