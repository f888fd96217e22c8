"""LangSmith: statistics of days and intervals, feedback with its number, experiments, commits ahead of production."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collectors.base import Source, Window
from collectors.kinds.langsmith import Scorer, Settings
from store.errors import SourceError
from store.records import Change, CostLine, Evaluation, Missing, Parsed, Rejected, Sample, Unrouted
from store.values import Duration
from tests.collectors.kinds.case import WINDOW, Asked, case

NAMED = Settings(system="support-bot|claims-triage")
TODAY = datetime(2026, 11, 23, tzinfo=UTC)
Gather = Callable[..., list[Parsed]]


@pytest.fixture
def http(replay: Any) -> Any:
    """Play the recorded pages."""
    return replay(case("langsmith").play)


@pytest.fixture
def recorded(http: Any, gather: Gather, by_label: Callable[..., Source]) -> list[Parsed]:
    return gather("langsmith", NAMED, WINDOW, by_label("system", "support-bot", "legal-search"), http)


def _samples(found: list[Parsed], system: str) -> dict[tuple[str, str, str], Sample]:
    return {
        (each.metric, each.stat, each.dims.get("gen_ai.token.type", "")): each
        for each in found
        if isinstance(each, Sample) and each.system == system
    }


def test_a_day_that_is_over_becomes_samples_in_seconds_with_their_number(recorded: list[Parsed]) -> None:
    found = _samples(recorded, "support-bot")
    assert {each.seen for each in found.values()} == {TODAY}  # the running day is not over
    assert {each.period for each in found.values()} == {86_400}
    assert found["llmops.requests", "sum", ""].value == 120
    ratio = found["llmops.error_ratio", "ratio", ""]
    assert (ratio.value, ratio.n) == (0.025, 120)
    latency = found["gen_ai.client.operation.duration", "p99", ""]
    assert (latency.value, latency.unit, latency.n) == (7.9, "s", 120)
    first = found["gen_ai.server.time_to_first_token", "p50", ""]
    assert (first.value, first.n) == (0.31, None)
    assert found["gen_ai.client.token.usage", "sum", "input"].value == 84_000
    assert found["gen_ai.client.token.usage", "sum", "output"].value == 12_000
    assert found["llmops.cost", "sum", ""].value == pytest.approx(0.0198)


def test_what_the_statistics_do_not_know_is_left_out(recorded: list[Parsed]) -> None:
    found = _samples(recorded, "legal-search")
    assert ("llmops.error_ratio", "ratio", "") not in found
    assert ("gen_ai.server.time_to_first_token", "p50", "") not in found
    assert found["llmops.cost", "sum", ""].value == pytest.approx(0.0051)  # written as text
    assert not _samples(recorded, "claims-triage")  # no run: nothing, not zero


def test_costs_are_estimates_of_days_and_the_running_one_is_not_final(recorded: list[Parsed]) -> None:
    lines = [each for each in recorded if isinstance(each, CostLine) and each.system == "support-bot"]
    assert [(each.charge_period_start.day, each.effective_cost, each.is_final) for each in lines] == [
        (22, Decimal("0.019800000"), False),
        (23, Decimal("0.005000000"), False),
    ]
    assert (lines[0].basis, lines[0].line, lines[0].consumed_quantity) == (
        "trace_estimate",
        "support-bot",
        Decimal("96000.000000"),
    )


def test_feedback_becomes_scores_of_a_day_with_their_number(recorded: list[Parsed]) -> None:
    online = [each for each in recorded if isinstance(each, Evaluation) and each.suite == "online"]
    assert [(each.scorer, each.eval_run, each.seen, each.value, each.n, each.errors) for each in online] == [
        ("faithfulness", "support-bot 2026-11-22T00:00Z", TODAY, 0.88, 60, 2),
        ("faithfulness", "support-bot 2026-11-23T00:00Z", WINDOW.end, 0.9, 12, 0),
    ]


def test_experiments_become_evaluations_with_failed_and_missing_runs_as_errors(recorded: list[Parsed]) -> None:
    scored = [each for each in recorded if isinstance(each, Evaluation) and each.suite != "online"]
    assert [(each.scorer, each.value, each.n, each.errors, each.status) for each in scored] == [
        ("run", None, 0, 10, "error"),
        ("correctness", 0.8, 13, 2 + 4 + 1, "partial"),
        ("pass_at_1", 0.9, None, 0, "ok"),
        ("correctness", 0.85, 20, 0, "ok"),
    ]
    first = scored[-1]
    assert (first.suite, first.judge, first.system_version) == ("support-bot/golden", "gpt-4o", "3f2a")
    assert first.seen == datetime(2026, 11, 21, 2, tzinfo=UTC)
    assert first.url == (
        "https://smith.langchain.com/o/6d0d0b0e-1111-4222-8333-0123456789ab"
        "/projects/p/00000000-0000-4000-8000-000000000011"
    )


def test_commits_newer_than_production_are_pending_and_production_is_applied(recorded: list[Parsed]) -> None:
    changes = [each for each in recorded if isinstance(each, Change)]
    assert [(each.title, each.state, each.from_ref, each.to_ref) for each in changes] == [
        ("support-bot-answer commit c3c3c3c3: shorter refusals", "pending", "c2c2c2c2", "c3c3c3c3"),
        ("support-bot-answer commit c2c2c2c2", "applied", "", "c2c2c2c2"),
    ]
    newest = changes[0]
    assert (newest.author, newest.external_id) == ("Ines Weber", f"prompt support-bot-answer {'c3' * 32}")
    assert newest.requested == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert newest.content_hash == "c3" * 32
    assert "Answer briefly, c3." in newest.content
    assert newest.url == "https://smith.langchain.com/prompts/support-bot-answer/c3c3c3c3"


def test_what_belongs_to_no_system_here_is_counted(recorded: list[Parsed]) -> None:
    assert Unrouted("playground") in recorded


def test_a_day_is_asked_for_by_its_start_and_a_filter_for_its_end(recorded: list[Parsed], http: Any) -> None:
    days = [each.sent for each in http.asked if each.path.endswith("sessions") and each.sent["type"] != "EXPERIMENT"]
    assert days[0]["stats_start_time"] == "2026-11-01T00:00:00+00:00"
    assert days[0]["stats_filter"] == 'and(eq(is_root, true), lt(start_time, "2026-11-02T00:00:00+00:00"))'
    assert days[-1]["stats_filter"] == 'and(eq(is_root, true), lt(start_time, "2026-11-23T16:00:00+00:00"))'
    assert len(days) == 24  # 23 days, one of them on two pages
    assert days[0]["type"] == ["PROJECT", "AGENT"]


def test_no_older_experiment_is_asked_for_than_the_first_before_the_window(recorded: list[Parsed], http: Any) -> None:
    (asked,) = [each.sent for each in http.asked if each.sent.get("type") == "EXPERIMENT"]
    assert (asked["sort_by"], asked["sort_order"]) == ("START_TIME", "desc")
    (datasets,) = [each.sent for each in http.asked if each.path.endswith("datasets")]
    assert datasets["id"] == ["ddddddd1-0000-4000-8000-000000000001"]


def test_intervals_that_are_over_are_asked_for_beside_the_days(replay: Any, gather: Gather, one_system: Source) -> None:
    def answer(asked: Asked) -> bytes:
        found = [_session()] if "stats_filter" in asked.sent and asked.sent["type"] != "EXPERIMENT" else []
        return json.dumps({"items": found, "repos": []}).encode()

    http = replay(answer)
    window = Window(TODAY, TODAY + timedelta(hours=13, minutes=5), TODAY + timedelta(hours=13, minutes=5))
    found = gather("langsmith", Settings(interval=Duration(6 * 3600)), window, one_system, http)
    requests = [each for each in found if isinstance(each, Sample) and each.metric == "llmops.requests"]
    assert [(each.seen.hour, each.period) for each in requests] == [(6, 21_600), (12, 21_600)]
    assert len([each for each in found if isinstance(each, CostLine)]) == 1
    assert len([each for each in found if isinstance(each, Evaluation)]) == 1


def test_statistics_older_than_a_month_are_not_asked_for(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(lambda _: b'{"items": [], "repos": []}')
    gather("langsmith", Settings(scope=""), Window(TODAY - timedelta(days=90), TODAY, WINDOW.now), one_system, http)
    days = [each.sent for each in http.asked if each.path.endswith("sessions")]
    assert days[0]["stats_start_time"] == "2026-10-24T00:00:00+00:00"
    assert days[0]["stats_filter"] == 'lt(start_time, "2026-10-25T00:00:00+00:00")'


def _session(**changed: Any) -> dict[str, Any]:
    feedback = {"grade": {"n": 3, "avg": 0.5, "errors": 0}}
    return {
        "id": "s1",
        "tenant_id": "t1",
        "name": "bot",
        "run_count": 4,
        "total_cost": 0.1,
        "feedback_stats": feedback,
    } | changed


def _day(*sessions: dict[str, Any]) -> bytes:
    span = {"start": TODAY.isoformat(), "end": WINDOW.end.isoformat(), "until": (TODAY + timedelta(1)).isoformat()}
    return json.dumps({"span": span, "answer": {"items": list(sessions)}}).encode()


def test_only_projects_asked_for_are_read(read_one: Any, one_system: Source) -> None:
    body = _day(_session(), _session(name="other"))
    found = read_one("langsmith", body, Settings(projects=("bot",)), one_system, WINDOW, "projects")
    assert [type(each) for each in found] == [CostLine, Evaluation]
    assert found[0].consumed_quantity is None


def test_statistics_without_a_cost_have_no_cost_line(read_one: Any, one_system: Source) -> None:
    body = _day(_session(total_cost=None, feedback_stats=None))
    assert read_one("langsmith", body, Settings(), one_system, WINDOW, "projects") == []


def test_another_scale_is_asked_for_and_a_declared_one_is_taken(read_one: Any, one_system: Source) -> None:
    body = _day(_session(total_cost=None, feedback_stats={"grade": {"n": 3, "avg": 4.5, "errors": 0}}))
    assert read_one("langsmith", body, Settings(), one_system, WINDOW, "projects") == [
        Missing("a scale that 4.5 of 'grade' fits (declare it in scorers)")
    ]
    declared = Settings(scorers=(Scorer("gr*", "mark", 1, 5),))
    (found,) = read_one("langsmith", body, declared, one_system, WINDOW, "projects")
    assert (found.scorer, found.value, found.scale_max) == ("mark", 4.5, 5)
    assert read_one("langsmith", body, Settings(ignore=("grade",)), one_system, WINDOW, "projects") == []


@pytest.mark.parametrize("changed", [{"run_count": -1}, {"total_cost": 1e20}])
def test_statistics_that_cannot_be_true_are_set_aside(
    changed: dict[str, Any], read_one: Any, one_system: Source
) -> None:
    found = read_one("langsmith", _day(_session(**changed)), Settings(), one_system, WINDOW, "projects")
    assert [type(each) for each in found] == [Rejected]


def _experiment(**changed: Any) -> bytes:
    found = _session(start_time="2026-11-20T10:00:00Z", reference_dataset_id="d1", error_rate=0) | changed
    return json.dumps({"datasets": [{"id": "d1", "name": "golden"}], "answer": {"items": [found]}}).encode()


def test_only_experiments_of_the_window_and_of_datasets_asked_for_are_read(read_one: Any, one_system: Source) -> None:
    for body, settings in (
        (_experiment(start_time="2026-11-23T16:00:00Z"), Settings()),
        (_experiment(start_time="2026-11-01T15:59:59Z"), Settings()),
        (_experiment(), Settings(datasets=("silver",))),
    ):
        assert read_one("langsmith", body, settings, one_system, WINDOW, "experiments") == []


def test_an_experiment_without_a_known_dataset_has_its_own_name(read_one: Any, by_label: Callable[..., Source]) -> None:
    body = _experiment(reference_dataset_id=None)
    (found,) = read_one("langsmith", body, Settings(), by_label("system", "bot"), WINDOW, "experiments")
    assert (found.suite, found.value, found.n) == ("bot", 0.5, 3)
    assert read_one("langsmith", body, Settings(), by_label("system"), WINDOW, "experiments") == [Unrouted("bot")]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"error_rate": 1.0}, [(None, 4, "error")]),
        ({"feedback_stats": {"grade": {"n": 0, "avg": None, "errors": 3}}}, [(None, 3, "error")]),
        ({"feedback_stats": {"grade": {"n": 4, "avg": None, "errors": 0}}}, []),
        ({"run_count": 0, "feedback_stats": None}, []),
    ],
)
def test_failed_runs_and_failed_judges_are_errors_and_categories_nothing(
    changed: dict[str, Any], expected: list[Any], read_one: Any, one_system: Source
) -> None:
    found = read_one("langsmith", _experiment(**changed), Settings(), one_system, WINDOW, "experiments")
    assert [(each.value, each.errors, each.status) for each in found] == expected


def test_scores_of_experiments_have_declared_scales_too(read_one: Any, one_system: Source) -> None:
    body = _experiment(feedback_stats={"grade": {"n": 3, "avg": 4.5, "errors": 0}})
    assert read_one("langsmith", body, Settings(), one_system, WINDOW, "experiments") == [
        Missing("a scale that 4.5 of 'grade' fits (declare it in scorers)")
    ]
    assert read_one("langsmith", body, Settings(ignore=("*",)), one_system, WINDOW, "experiments") == []


def test_an_experiment_that_cannot_be_true_is_set_aside(read_one: Any, one_system: Source) -> None:
    (found,) = read_one("langsmith", _experiment(error_rate=2), Settings(), one_system, WINDOW, "experiments")
    assert isinstance(found, Rejected)


def test_experiments_are_read_page_by_page_until_a_cursor_comes_again(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    def answer(asked: Asked) -> bytes:
        found = [_session(start_time="2026-11-20T10:00:00Z")] if asked.sent.get("type") == "EXPERIMENT" else []
        return json.dumps({"items": found, "next_cursor": "again" if found else None, "repos": []}).encode()

    http = replay(answer)
    gather("langsmith", Settings(), WINDOW, one_system, http)
    asked = [each.sent.get("cursor") for each in http.asked if each.sent.get("type") == "EXPERIMENT"]
    assert asked == [None, "again"]


def _commits(*hashes: str) -> list[dict[str, Any]]:
    return [{"commit_hash": each, "created_at": "2026-11-20T10:00:00Z"} for each in hashes]


def _prompts(repo: dict[str, Any], tagged: dict[str, list[dict[str, Any]]], *pages: Any) -> Callable[[Asked], bytes]:
    def answer(asked: Asked) -> bytes:
        sent = asked.sent
        if "/commits/" in asked.path:
            index = min(int(sent.get("offset", 0)) // 100, len(pages) - 1)
            found = tagged.get(sent["tag"], []) if "tag" in sent else pages[index]
            return json.dumps({"commits": found}).encode()
        return json.dumps({"items": [], "repos": [{"repo_handle": "answer"} | repo]}).encode()

    return answer


def test_commits_are_followed_down_to_the_one_in_production(replay: Any, gather: Gather, one_system: Source) -> None:
    newest = _commits(*(f"n{number}" for number in range(100)))
    play = _prompts({"commit_tags": ["prod"]}, {"prod": _commits("old")}, newest, _commits("m", "old", "older"))
    http = replay(play)
    found = gather("langsmith", Settings(production=("production", "prod")), WINDOW, one_system, http)
    changes = [each for each in found if isinstance(each, Change)]
    assert len(changes) == 102
    assert (changes[-1].state, changes[-1].to_ref, changes[0].from_ref) == ("applied", "old", "old")
    paths = {each.path for each in http.asked if "/commits/" in each.path}
    assert paths == {"/api/v1/commits/-/answer"}  # a prompt without an owner is in the workspace of the key


def test_every_tag_is_tried_where_a_prompt_does_not_say_its_tags(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    http = replay(_prompts({}, {"live": _commits("a")}, _commits("b", "a")))
    found = gather("langsmith", Settings(production=("production", "live")), WINDOW, one_system, http)
    assert [each.state for each in found if isinstance(each, Change)] == ["pending", "applied"]
    http = replay(_prompts({}, {}, _commits("b", "a")))
    assert gather("langsmith", Settings(), WINDOW, one_system, http) == []


def test_a_page_of_commits_that_comes_again_ends_them_and_the_missing_one_is_said(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    same = _commits(*(f"n{number}" for number in range(100)))
    http = replay(_prompts({"commit_tags": ["production"]}, {"production": _commits("gone")}, same))
    found = gather("langsmith", Settings(), WINDOW, one_system, http)
    assert found == [Missing("the commits of answer")]
    http = replay(_prompts({"commit_tags": ["production"]}, {"production": _commits("gone")}, same))
    assert gather("langsmith", Settings(prompts=("other",)), WINDOW, one_system, http) == []


def test_a_prompt_of_no_system_here_is_counted(read_one: Any, by_label: Callable[..., Source]) -> None:
    body = json.dumps({"repo": {"repo_handle": "answer"}, "production": "a", "commits": _commits("a")}).encode()
    assert read_one("langsmith", body, Settings(), by_label("system"), WINDOW, "commits") == [Unrouted("answer")]


@pytest.mark.parametrize(
    ("body", "about", "named"),
    [
        (b'{"span":{},"answer":{"items":[]}}', "projects", "span.start"),
        (_day({"run_count": 1}), "projects", "name"),
        (_day(_session(feedback_stats={"grade": {"avg": 1}})), "projects", "feedback_stats.grade.n"),
        (b'{"datasets":[],"answer":{"items":[{"name":"x"}]}}', "experiments", "start_time"),
        (_experiment(tenant_id=None), "experiments", "tenant_id"),
        (b'{"repo":{"repo_handle":"x"},"production":"a","commits":[{}]}', "commits", "commit_hash"),
    ],
)
def test_a_required_field_that_is_missing_is_named(
    body: bytes, about: str, named: str, read_one: Any, one_system: Source
) -> None:
    with pytest.raises(SourceError, match=named) as error:
        read_one("langsmith", body, Settings(), one_system, WINDOW, about)
    assert error.value.cause == "shape"


def test_an_error_inside_a_good_status_is_the_servers(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(lambda _: b'{"error": "statistics are not available"}')
    with pytest.raises(SourceError) as error:
        gather("langsmith", Settings(), WINDOW, one_system, http)
    assert error.value.cause == "upstream"


@pytest.mark.parametrize("changed", [{"system": "["}, {"interval": Duration(60)}, {"interval": Duration(7 * 3600)}])
def test_settings_that_cannot_work_are_refused_in_words(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Settings(**changed)
