"""Phoenix: aggregates of traces, scores with their number, experiments with failed runs, prompts ahead of production."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collectors.base import Source
from collectors.kinds.phoenix import Scorer, Settings
from store.errors import SourceError
from store.records import Change, CostLine, Evaluation, Missing, Parsed, Rejected, Sample, Unrouted
from tests.collectors.kinds.case import WINDOW, Asked, case

URL = "http://phoenix.example:6006"
Gather = Callable[..., list[Parsed]]
SUPPORT = Settings(URL, projects=("support-bot",), datasets=("support-bot/*",), prompts=("support-bot-*",))
NAMED = Settings(URL, projects=("support-bot",), system="support-bot")
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def recorded(replay: Any, gather: Gather, by_label: Callable[..., Source]) -> list[Parsed]:
    return gather("phoenix", NAMED, WINDOW, by_label("system", "support-bot"), replay(case("phoenix").play))


def _samples(found: list[Parsed], seen: datetime) -> dict[tuple[str, str, str], Sample]:
    return {
        (each.metric, each.stat, each.dims.get("gen_ai.token.type", "")): each
        for each in found
        if isinstance(each, Sample) and each.seen == seen
    }


def test_hours_with_traces_become_samples_with_their_number_and_others_are_left_out(recorded: list[Parsed]) -> None:
    hours = {each.seen for each in recorded if isinstance(each, Sample)}
    assert len(hours) == 10
    first = _samples(recorded, datetime(2026, 11, 21, 1, tzinfo=UTC))
    assert first["llmops.requests", "sum", ""].value == 1
    assert first["llmops.errors", "sum", ""].value == 1
    assert first["llmops.error_ratio", "ratio", ""] == Sample(
        "support-bot", "llmops.error_ratio", "ratio", datetime(2026, 11, 21, 1, tzinfo=UTC), 1.0, "1", 1, 3600
    )
    latency = first["gen_ai.client.operation.duration", "p95", ""]
    assert (latency.value, latency.unit, latency.n, latency.period) == (0.9, "s", 1, 3600)
    assert first["gen_ai.client.operation.duration", "p99", ""].value == 0.9
    assert first["gen_ai.client.token.usage", "sum", "input"].value == 400
    assert first["gen_ai.client.token.usage", "sum", "output"].value == 60
    assert first["llmops.cost", "sum", ""].value == pytest.approx(400 * 0.15e-6 + 60 * 0.6e-6)


def test_a_model_without_a_price_has_tokens_and_no_cost(recorded: list[Parsed]) -> None:
    third = _samples(recorded, datetime(2026, 11, 21, 4, tzinfo=UTC))
    assert third["gen_ai.client.token.usage", "sum", "input"].value == 426
    assert ("llmops.cost", "sum", "") not in third
    assert {each.model for each in recorded if isinstance(each, CostLine)} == {"gpt-4o-mini", "gpt-4o-2024-08-06"}


def test_costs_are_estimates_by_day_and_model_and_final_a_day_after_the_day(recorded: list[Parsed]) -> None:
    mini = [each for each in recorded if isinstance(each, CostLine) and each.model == "gpt-4o-mini"]
    assert [(each.charge_period_start.day, each.is_final) for each in mini] == [(21, True), (22, False), (23, False)]
    # traces 0 and 3 of the day: 400 + 439 tokens in, 60 + 81 tokens out
    assert mini[0] == CostLine(
        system="support-bot",
        basis="trace_estimate",
        charge_period_start=datetime(2026, 11, 21, tzinfo=UTC),
        charge_period_end=datetime(2026, 11, 22, tzinfo=UTC),
        line="support-bot, model=gpt-4o-mini",
        effective_cost=Decimal("0.000210450"),
        service_name="support-bot",
        model="gpt-4o-mini",
        consumed_quantity=Decimal("980.000000"),
        consumed_unit="{token}",
        is_final=True,
    )


def test_annotations_become_scores_of_a_day_with_their_number(recorded: list[Parsed]) -> None:
    online = [each for each in recorded if isinstance(each, Evaluation) and each.suite.startswith("online")]
    assert [(each.suite, each.scorer, each.seen.day, each.value, each.n) for each in online] == [
        ("online", "faithfulness", 22, 0.72, 2),
        ("online", "thumb", 22, 1.0, 1),
        ("online", "faithfulness", 23, pytest.approx(0.8), 2),
        ("online", "thumb", 23, 0.0, 1),
        ("online traces", "solved", 22, 0.0, 1),
        ("online traces", "solved", 23, 1.0, 1),
    ]
    assert online[0].eval_run == "support-bot 2026-11-21T00:00Z"


def test_experiments_become_evaluations_with_failed_and_missing_runs_as_errors(recorded: list[Parsed]) -> None:
    scored = [each for each in recorded if isinstance(each, Evaluation) and not each.suite.startswith("online")]
    assert [(each.scorer, each.value, each.n, each.errors, each.status) for each in scored] == [
        ("run", None, 0, 4, "error"),
        ("correctness", 0.55, 1, 3, "partial"),
        ("correctness", 0.6, 3, 1, "ok"),
        ("correctness", 0.575, 4, 0, "ok"),
    ]
    last = scored[-1]
    assert (last.suite, last.judge, last.system_version) == ("support-bot/golden", "gpt-4o", "gpt-4o-mini")
    assert last.url == f"{URL}/datasets/RGF0YXNldDox/compare?experimentId=RXhwZXJpbWVudDox"


def test_versions_newer_than_production_are_pending_and_production_is_applied(recorded: list[Parsed]) -> None:
    changes = [each for each in recorded if isinstance(each, Change)]
    assert [(each.external_id, each.state, each.from_ref, each.to_ref) for each in changes] == [
        ("prompt support-bot-system 3", "pending", "2", "3"),
        ("prompt support-bot-system 2", "applied", "", "2"),
    ]
    newest = changes[0]
    assert (newest.change_class, newest.title) == ("prompt", "support-bot-system version 3: revision 3")
    assert "You answer for support-bot, revision 3." in newest.content
    assert len(newest.content_hash) == 64
    assert newest.url == f"{URL}/prompts/UHJvbXB0OjE%3D"


def test_what_belongs_to_no_system_here_is_counted(recorded: list[Parsed]) -> None:
    assert Unrouted("claims-triage-system") in recorded
    assert Unrouted("claims-triage/golden") in recorded


def test_questions_cover_whole_days_from_midnight_and_hours_that_are_over(
    replay: Any, gather: Gather, one_system: Source, window: Any
) -> None:
    http = replay(_server({}))
    gather("phoenix", SUPPORT, window("2026-11-23T16:25:07", days=1), one_system, http)
    (asked,) = [each.sent["variables"] for each in http.asked if "bin" in each.sent.get("variables", {})]
    assert asked["whole"] == {"start": "2026-11-22T00:00:00+00:00", "end": "2026-11-23T16:00:00+00:00"}
    assert asked["all"] == {"start": "2026-11-22T00:00:00+00:00", "end": "2026-11-23T16:25:07+00:00"}
    assert asked["d1"] == {"start": "2026-11-23T00:00:00+00:00", "end": "2026-11-23T16:25:07+00:00"}
    assert (asked["bin"]["scale"], asked["judged"]["scale"]) == ("HOUR", "DAY")
    words = http.asked[1].sent["query"]
    assert "input" not in words
    assert "output" not in words
    assert "explanation" not in words


def test_samples_by_day_end_with_the_last_day_that_is_over(
    replay: Any, gather: Gather, one_system: Source, window: Any
) -> None:
    http = replay(_server({"counts": [_at(MIDNIGHT, totalCount=4, errorCount=1)]}))
    found = gather("phoenix", Settings(URL, interval="day"), window("2026-11-24T16:00:00", days=1), one_system, http)
    asked = http.asked[1].sent["variables"]
    assert asked["whole"] == {"start": "2026-11-23T00:00:00+00:00", "end": "2026-11-24T00:00:00+00:00"}
    requests = next(each for each in found if isinstance(each, Sample))
    assert (requests.seen, requests.period) == (MIDNIGHT + timedelta(days=1), 86_400)


def _at(moment: datetime, **values: Any) -> dict[str, Any]:
    return {"timestamp": moment.isoformat()} | values


def _node(**series: Any) -> dict[str, Any]:
    names = ("counts", "latency", "tokens", "costs", "spans", "traces", "sessions")
    days = {key: value for key, value in series.items() if key not in names}
    return {name: {"data": series.get(name, [])} for name in names} | {"d0": [], "d1": [], "d2": []} | days


def _server(series: dict[str, Any], **answers: Any) -> Callable[[Asked], bytes]:
    """Play a server with one project, and whatever else is given by the end of a path or the name of a question."""

    def answer(asked: Asked) -> bytes:
        variables = asked.sent.get("variables", {})
        if "after" in variables:
            found = answers.get("prompts") or case("phoenix").silent(asked)  # type: ignore[misc]  # this kind has one
            return found if isinstance(found, bytes) else found(asked)
        if "id" in variables:
            return json.dumps({"data": {"node": _node(**series)}}).encode()
        if asked.method == "POST":
            return json.dumps({"data": answers["scores"]}).encode()
        page = answers.get(asked.path.rsplit("/", 1)[-1], [])
        if asked.path.endswith("/projects"):
            page = [{"id": "p1", "name": "support-bot"}, {"id": "p2", "name": "other"}][: 1 + len(answers)]
        return json.dumps(page(asked) if callable(page) else {"data": page, "next_cursor": None}).encode()

    return answer


def _project(series: dict[str, Any], **body: Any) -> bytes:
    days = {"d0": MIDNIGHT.isoformat()}
    found = {"project": {"name": "support-bot"}, "days": days, "answer": {"data": {"node": _node(**series)}}}
    return json.dumps(found | body).encode()


def _summary(score: float | None, n: int = 3, name: str = "grade") -> dict[str, Any]:
    return {"name": name, "meanScore": score, "scoreCount": n}


def test_scores_of_the_day_that_runs_end_with_the_window(read_one: Any, one_system: Source) -> None:
    body = _project({"sessions": [_at(MIDNIGHT, annotationSummaries=[_summary(0.5)])]})
    (found,) = read_one("phoenix", body, Settings(URL), one_system, WINDOW, "project")
    assert (found.suite, found.seen, found.n) == ("online sessions", WINDOW.end, 3)
    (found,) = read_one("phoenix", body, Settings(URL, scores="hour"), one_system, WINDOW, "project")
    assert found.seen == MIDNIGHT + timedelta(hours=1)


def test_labels_without_a_score_are_no_score_and_another_scale_is_asked_for(read_one: Any, one_system: Source) -> None:
    summaries = [_summary(None), _summary(4.5), _summary(0.5, name="noise")]
    body = _project({"spans": [_at(MIDNIGHT, annotationSummaries=summaries)]})
    settings = Settings(URL, ignore=("noise",))
    assert read_one("phoenix", body, settings, one_system, WINDOW, "project") == [
        Missing("a scale that 4.5 of 'grade' fits (declare it in scorers)")
    ]
    declared = Settings(URL, scorers=(Scorer("gr*", "mark", 1, 5, higher_is_better=False),))
    (found,) = read_one("phoenix", body, declared, one_system, WINDOW, "project")
    assert (found.scorer, found.value, found.scale_max, found.higher_is_better) == ("mark", 4.5, 5, False)


@pytest.mark.parametrize(
    ("series", "reason"),
    [
        ({"counts": [_at(MIDNIGHT, totalCount=-1, errorCount=0)]}, "totalCount: -1"),
        ({"counts": [_at(MIDNIGHT, totalCount=1, errorCount=2)]}, "errorCount: 2"),
        ({"d0": [{"name": "m", "costSummary": {"total": {"cost": 1e20, "tokens": 1}}}]}, "costSummary.total.cost"),
    ],
)
def test_an_aggregate_that_cannot_be_true_is_set_aside(
    series: dict[str, Any], reason: str, read_one: Any, one_system: Source
) -> None:
    (found,) = read_one("phoenix", _project(series), Settings(URL), one_system, WINDOW, "project")
    assert isinstance(found, Rejected)
    assert found.reason.startswith(reason)


def test_a_cost_without_tokens_is_a_cost_and_tokens_without_a_price_are_none(read_one: Any, one_system: Source) -> None:
    models = [
        {"name": "m1", "costSummary": {"total": {"cost": 0.25, "tokens": None}}},
        {"name": "m2", "costSummary": {"total": {"cost": None, "tokens": 7}}},
    ]
    (line,) = read_one("phoenix", _project({"d0": models}), Settings(URL), one_system, WINDOW, "project")
    assert (line.model, line.effective_cost, line.consumed_quantity) == ("m1", Decimal("0.250000000"), None)


def _experiment(**changed: Any) -> dict[str, Any]:
    counts = {"successful_run_count": 4, "failed_run_count": 0, "missing_run_count": 0}
    return {"id": "x1", "dataset_version_id": "v1", "created_at": "2026-11-23T10:00:00+00:00"} | counts | changed


def _experiments(experiment: dict[str, Any], *summaries: dict[str, Any], **dataset: Any) -> bytes:
    return json.dumps(
        {
            "dataset": {"id": "d1", "name": "golden", "metadata": {}} | dataset,
            "experiments": [experiment],
            "answer": {"data": {"e0": {"annotationSummaries": list(summaries)}}},
        }
    ).encode()


def _score(mean: float | None, n: int = 4, failed: int = 0) -> dict[str, Any]:
    return {"annotationName": "correctness", "meanScore": mean, "scoreCount": n, "errorCount": failed}


def test_a_judge_that_failed_on_every_run_is_an_error_and_labels_alone_are_nothing(
    read_one: Any, one_system: Source
) -> None:
    body = _experiments(_experiment(), _score(None, 0, 4), _score(None, 0, 0))
    (found,) = read_one("phoenix", body, Settings(URL), one_system, WINDOW, "experiments")
    assert (found.value, found.status, found.errors, found.n) == (None, "error", 4, 0)


def test_a_score_of_an_experiment_in_which_every_run_failed_is_not_believed(read_one: Any, one_system: Source) -> None:
    body = _experiments(_experiment(successful_run_count=0, failed_run_count=4), _score(0.0, 4))
    (found,) = read_one("phoenix", body, Settings(URL), one_system, WINDOW, "experiments")
    assert (found.scorer, found.value, found.status, found.errors) == ("correctness", None, "error", 4)


def test_an_experiment_that_nothing_has_scored_yet_is_nothing(read_one: Any, one_system: Source) -> None:
    assert read_one("phoenix", _experiments(_experiment()), Settings(URL), one_system, WINDOW, "experiments") == []


def test_scores_of_experiments_have_declared_scales_too(read_one: Any, one_system: Source) -> None:
    body = _experiments(_experiment(), _score(3.0))
    assert read_one("phoenix", body, Settings(URL), one_system, WINDOW, "experiments") == [
        Missing("a scale that 3 of 'correctness' fits (declare it in scorers)")
    ]
    other = Settings(URL, scorers=(Scorer("tone"),))
    assert read_one("phoenix", body, other, one_system, WINDOW, "experiments") == []


def test_a_count_that_cannot_be_true_sets_its_experiment_aside(read_one: Any, one_system: Source) -> None:
    body = _experiments(_experiment(failed_run_count=-1), _score(0.5))
    (found,) = read_one("phoenix", body, Settings(URL), one_system, WINDOW, "experiments")
    assert isinstance(found, Rejected)


def test_metadata_routes_before_names_and_versions_are_read_from_it(
    read_one: Any, by_label: Callable[..., Source]
) -> None:
    metadata = {"system": "tagged", "prompt_version": 7, "judge": ["no", "text"]}
    body = _experiments(_experiment(metadata=metadata), _score(0.5), metadata=None)
    source = by_label("system", "tagged", "golden")
    (found,) = read_one("phoenix", body, Settings(URL), source, WINDOW, "experiments")
    assert (found.system, found.system_version, found.judge) == ("tagged", "7", "")
    body = _experiments(_experiment(), _score(0.5))
    (found,) = read_one("phoenix", body, Settings(URL), source, WINDOW, "experiments")
    assert found.system == "golden"
    assert read_one("phoenix", body, Settings(URL), by_label("system"), WINDOW, "experiments") == [Unrouted("golden")]


def test_only_experiments_begun_in_the_window_are_asked_for_their_scores(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    times = ("2026-11-23T16:00:00+00:00", "2026-11-23T15:59:59+00:00", "2026-11-01T15:59:59+00:00")
    listed = [_experiment(id=f"x{number}", created_at=at) for number, at in enumerate(times)]
    pages = iter([listed, [_experiment(id="never asked for")]])

    def page(_: Asked) -> dict[str, Any]:
        return {"data": next(pages), "next_cursor": "more"}

    answers = {"datasets": [{"id": "d2", "name": "other"}, {"id": "d=1", "name": "golden"}], "experiments": page}
    http = replay(_server({}, scores={"e0": {"annotationSummaries": [_score(0.5)]}}, **answers))
    found = gather("phoenix", Settings(URL, projects=(), datasets=("gold*",)), WINDOW, one_system, http)
    assert [each.eval_run for each in found if isinstance(each, Evaluation)] == ["x1"]
    assert [each.path for each in http.asked if each.path.endswith("experiments")] == ["/v1/datasets/d%3D1/experiments"]


def _prompt(*tags: tuple[str, str], versions: int = 2) -> dict[str, Any]:
    nodes = [
        {
            "id": f"v{number}",
            "sequenceNumber": number,
            "createdAt": "2026-11-20T10:00:00Z",
            "user": {"username": "ines"},
        }
        for number in range(versions, 0, -1)
    ]
    return {
        "id": "q1",
        "name": "answer",
        "metadata": {},
        "versionTags": [{"name": name, "promptVersionId": version} for name, version in tags],
        "promptVersions": {"edges": [{"node": node} for node in nodes]},
    }


def _asked_prompts(*pages: tuple[dict[str, Any], str | None]) -> Callable[[Asked], bytes]:
    answers = iter(pages)

    def answer(_: Asked) -> bytes:
        prompt, cursor = next(answers)
        info = {"hasNextPage": cursor is not None, "endCursor": cursor}
        return json.dumps({"data": {"prompts": {"pageInfo": info, "edges": [{"node": prompt}]}}}).encode()

    return answer


def test_prompts_without_a_known_production_tag_are_in_no_production(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    pages = [(_prompt(("staging", "v1")), "a"), (_prompt(("live", "v1")), "a"), (_prompt(), None)]
    http = replay(_server({}, prompts=_asked_prompts(*pages), versions=[{"id": "v2"}, {"id": "v1"}]))
    settings = Settings(URL, projects=(), production=("production", "live"))
    found = gather("phoenix", settings, WINDOW, one_system, http)
    changes = [each for each in found if isinstance(each, Change)]
    assert [(each.to_ref, each.state, each.author) for each in changes] == [
        ("2", "pending", "ines"),
        ("1", "applied", "ines"),
    ]
    asked = [each.sent["variables"]["after"] for each in http.asked if "variables" in each.sent]
    assert asked == [None, "a"]  # the cursor came again: a third page is not asked for


def test_a_version_in_production_that_is_not_listed_is_missed_not_resolved(read_one: Any, one_system: Source) -> None:
    for prompt, versions in ((_prompt(("production", "v0")), ["v2", "v1"]), (_prompt(("production", "v1")), ["v2"])):
        body = json.dumps({"prompt": prompt, "answer": {"data": [{"id": each} for each in versions]}}).encode()
        found = read_one("phoenix", body, Settings(URL), one_system, WINDOW, "prompt")
        assert found == [Missing("the versions of answer")]


def test_a_cursor_that_comes_again_ends_a_list(replay: Any, gather: Gather, one_system: Source) -> None:
    def page(_: Asked) -> dict[str, Any]:
        return {"data": [], "next_cursor": "again"}

    http = replay(_server({}, datasets=page))
    gather("phoenix", Settings(URL, projects=()), WINDOW, one_system, http)
    assert [each.sent.get("cursor") for each in http.asked if each.path.endswith("datasets")] == [None, "again"]


@pytest.mark.parametrize("about", ["project", "experiments", "prompt"])
def test_errors_of_graphql_inside_a_good_status_are_the_servers(about: str, read_one: Any, one_system: Source) -> None:
    body = b'{"answer": {"data": null, "errors": [{"message": "Cannot query field \'x\' on type \'Project\'."}]}}'
    with pytest.raises(SourceError, match="Cannot query field") as error:
        read_one("phoenix", body, Settings(URL), one_system, WINDOW, about)
    assert error.value.cause == "upstream"


def test_an_error_where_prompts_are_listed_is_the_servers_too(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(_server({}, prompts=b'{"data": null, "errors": [{"message": "an unexpected error occurred"}]}'))
    with pytest.raises(SourceError, match="unexpected") as error:
        gather("phoenix", Settings(URL, projects=()), WINDOW, one_system, http)
    assert error.value.cause == "upstream"


@pytest.mark.parametrize(
    ("body", "about", "named"),
    [
        (b'{"project":{},"answer":{"data":{"node":{}}}}', "project", "name"),
        (b'{"project":{"name":"x"},"days":{},"answer":{"data":{"node":{"counts":{}}}}}', "project", "latency"),
        (b'{"dataset":{"name":"x"},"experiments":[{}],"answer":{"data":{}}}', "experiments", "e0"),
        (_experiments({"id": "x1"}, _score(0.5)), "experiments", "missing_run_count"),
        (b'{"prompt":{"name":"x"},"answer":{}}', "prompt", "promptVersions"),
    ],
)
def test_a_required_field_that_is_missing_is_named(
    body: bytes, about: str, named: str, read_one: Any, one_system: Source
) -> None:
    with pytest.raises(SourceError, match=named) as error:
        read_one("phoenix", body, Settings(URL), one_system, WINDOW, about)
    assert error.value.cause == "shape"


def test_a_system_that_is_no_pattern_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="expected a regular expression"):
        Settings(URL, system="[")
