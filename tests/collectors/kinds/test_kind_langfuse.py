"""Langfuse: requests, costs and scores as aggregates, servers of v3, answers that were cut, prompts before production."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Source, Window
from collectors.kinds.langfuse import KIND, Scorer, Settings
from collectors.patience import hint
from store.errors import SourceError
from store.records import Change, CostLine, Evaluation, Missing, Parsed, Rejected, Sample, Unrouted
from store.values import Duration
from tests.collectors.kinds.case import Asked, Play
from tests.collectors.kinds.cases.langfuse import PROMPTS, ROWS, SCORERS, listed, metrics, play, topic

URL = "http://langfuse.example/"
BY_TRACE = Settings(URL, by="trace", scorers=SCORERS)
NOW = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
WINDOW = Window(datetime(2026, 11, 16, 16, 12, tzinfo=UTC), NOW, NOW)
TEN = datetime(2026, 11, 22, 11, tzinfo=UTC)
Gather = Callable[..., list[Parsed]]


@pytest.fixture
def collected(replay: Any, gather: Gather, by_label: Callable[..., Source]) -> list[Parsed]:
    return gather("langfuse", BY_TRACE, WINDOW, by_label("trace", "support-bot"), replay(play))


@pytest.fixture
def ask(replay: Any, gather: Gather, one_system: Source) -> Callable[..., tuple[list[Parsed], list[Asked]]]:
    """Collect from a server, with what was asked of it."""

    def asked(answer: Play, settings: Settings | None = None, window: Window = WINDOW) -> Any:
        http = replay(answer)
        found = gather("langfuse", settings or Settings(URL, scorers=SCORERS), window, one_system, http)
        return found, http.asked

    return asked


@pytest.fixture
def read(read_one: Any, one_system: Source) -> Callable[..., list[Parsed]]:
    """Parse one answer made of rows by the names of their questions."""

    def parsed(about: str, settings: Settings | None = None, **rows: Any) -> Any:
        body = json.dumps({name: {"data": each} for name, each in rows.items()}).encode()
        return read_one("langfuse", body, settings or Settings(URL), one_system, WINDOW, about)

    return parsed


def _queries(asked: list[Asked]) -> list[dict[str, Any]]:
    return [json.loads(each.sent["query"]) for each in asked if each.path.endswith("metrics")]


def _samples(found: list[Parsed]) -> dict[tuple[str, str, datetime], Sample]:
    return {
        (each.metric + each.dims.get("gen_ai.token.type", ""), each.stat, each.seen): each
        for each in found
        if isinstance(each, Sample) and "gen_ai.evaluation.name" not in each.dims
    }


def _row(name: str, index: int = 0, /, **changed: Any) -> dict[str, Any]:
    return ROWS[name][index] | changed


def test_an_hour_becomes_requests_errors_latencies_tokens_and_cost(collected: list[Parsed]) -> None:
    found = {(name, stat): each for (name, stat, seen), each in _samples(collected).items() if seen == TEN}
    assert {key: (each.value, each.unit, each.n) for key, each in found.items()} == {
        ("llmops.requests", "sum"): (120, "{request}", None),
        ("llmops.errors", "sum"): (6, "{request}", None),
        ("llmops.error_ratio", "ratio"): (0.05, "1", 120),
        ("gen_ai.client.operation.duration", "p50"): (0.64, "s", 119),
        ("gen_ai.client.operation.duration", "p95"): (1.8405, "s", 119),
        ("gen_ai.client.operation.duration", "p99"): (4.2, "s", 119),
        ("gen_ai.server.time_to_first_token", "p50"): (0.21, "s", 80),
        ("gen_ai.server.time_to_first_token", "p95"): (0.48, "s", 80),
        ("gen_ai.server.time_to_first_token", "p99"): (0.9, "s", 80),
        ("gen_ai.client.token.usageinput", "sum"): (84000, "{token}", None),
        ("gen_ai.client.token.usageoutput", "sum"): (21000, "{token}", None),
        ("llmops.cost", "sum"): (1.26, "USD", None),
    }
    assert {(each.system, each.period) for each in found.values()} == {("support-bot", 3600)}
    assert {each.dims["langfuse.trace.name"] for each in found.values()} == {"support-bot"}


def test_what_nobody_recorded_is_absent_and_no_errors_beside_requests_are_none(collected: list[Parsed]) -> None:
    found = {key: each.value for key, each in _samples(collected).items() if key[2] == TEN + timedelta(hours=1)}
    assert {name for name, _, _ in found} == {
        "llmops.requests",
        "llmops.errors",
        "llmops.error_ratio",
        "gen_ai.client.operation.duration",
    }
    assert found["llmops.errors", "sum", TEN + timedelta(hours=1)] == 0


def test_traces_of_others_and_without_a_name_are_counted(collected: list[Parsed]) -> None:
    labels = [each.label for each in collected if isinstance(each, Unrouted)]
    assert labels == ["legal-search", "no trace"]


def test_a_day_costs_by_model_and_environment_and_what_has_no_price_is_no_line(collected: list[Parsed]) -> None:
    north, judge = (each for each in collected if isinstance(each, CostLine))
    assert north == CostLine(
        system="support-bot",
        basis="trace_estimate",
        charge_period_start=datetime(2026, 11, 22, tzinfo=UTC),
        charge_period_end=datetime(2026, 11, 23, tzinfo=UTC),
        line="place=support-bot, environment=production, model=north-2026-01-15",
        effective_cost=Decimal("12.345678901"),
        service_name="production",
        model="north-2026-01-15",
        consumed_quantity=Decimal("1234567.000000"),
        consumed_unit="{token}",
    )
    assert (judge.effective_cost, judge.consumed_quantity, judge.consumed_unit) == (Decimal("0.250000000"), None, "")
    assert judge.line == "place=support-bot, environment=langfuse-llm-as-a-judge, model=north-mini"


def test_a_restated_cost_keeps_its_identity_and_is_final_when_it_is_asked_for_the_last_time(
    read_one: Any, one_system: Source
) -> None:
    day = datetime(2026, 11, 1, tzinfo=UTC)

    def line(now: datetime, cost: float) -> CostLine:
        row = _row("costs", 0, time_dimension="2026-11-01", sum_totalCost=cost)
        body = json.dumps({"costs": {"data": [row]}}).encode()
        (found,) = read_one("langfuse", body, Settings(URL), one_system, Window(day, now, now), "costs")
        assert isinstance(found, CostLine)
        return found

    runs = [line(day + timedelta(days=days, hours=1), 1 + days / 10) for days in (0, 6, 7)]
    assert len({(each.line, each.charge_period_start, each.charge_period_end) for each in runs}) == 1
    assert [each.is_final for each in runs] == [False, False, True]
    last_window = day + timedelta(days=7, hours=1) - KIND.restate
    assert last_window < day + timedelta(days=1)  # so the day is still among those asked for


def test_scores_are_evaluations_of_a_day_kept_apart_by_who_gave_them(collected: list[Parsed]) -> None:
    found = {(each.scorer, each.judge): each for each in collected if isinstance(each, Evaluation)}
    assert {key: (each.value, each.n, each.passes) for key, each in found.items()} == {
        ("faithfulness", "EVAL"): (0.82, 40, None),
        ("faithfulness", "ANNOTATION"): (0.5, 4, None),
        ("thumb", "API"): (0.7, 10, 7),
        ("helpfulness", "ANNOTATION"): (4.2, 5, None),
        ("outcome", "API"): (0.75, 40, 30),
    }
    judged = found["faithfulness", "EVAL"]
    assert (judged.eval_run, judged.suite, judged.seen) == (
        "2026-11-22 EVAL support-bot",
        "online",
        datetime(2026, 11, 23, tzinfo=UTC),
    )
    assert found["thumb", "API"].seen == NOW  # the day is not over
    assert (found["helpfulness", "ANNOTATION"].scale_min, found["helpfulness", "ANNOTATION"].scale_max) == (1, 5)


def test_categories_that_nobody_called_good_are_shares_of_whole_days(collected: list[Parsed]) -> None:
    found = [each for each in collected if isinstance(each, Sample) and "gen_ai.evaluation.name" in each.dims]
    assert [(each.dims["gen_ai.evaluation.score.label"], each.value, each.n, each.period) for each in found] == [
        ("polite", 0.8, 10, 86_400),
        ("rude", 0.2, 10, 86_400),
    ]
    assert {each.metric for each in found} == {"llmops.eval.label_ratio"}
    assert {each.dims["langfuse.score.source"] for each in found} == {"EVAL"}


def test_a_score_outside_its_scale_wants_one_and_is_named_once(read: Any) -> None:
    rows = [_row("numbers", 3), _row("numbers", 3, source="API"), _row("numbers", 0)]
    found = read("scores", numbers=rows, categories=[])
    assert [type(each) for each in found] == [Evaluation, Missing]
    assert found[1] == Missing("a scale for the score 'helpfulness' (declare it in scorers)")


def test_a_declared_score_that_is_better_low_is_so(read: Any) -> None:
    settings = Settings(URL, scorers=(Scorer("faith*", higher_is_better=False),))
    (found,) = read("scores", settings, numbers=[_row("numbers")], categories=[])
    assert not found.higher_is_better


@pytest.mark.parametrize(
    "changed",
    [
        {"avg_value": 1.5},
        {"avg_value": "much"},
        {"count_count": -1},
        {"count_count": None},
        {"name": None},
        {"name": 7},
        {"time_dimension": None},
        {"time_dimension": "yesterday"},
    ],
)
def test_a_score_that_cannot_be_true_is_set_aside_and_the_others_are_not(changed: dict[str, Any], read: Any) -> None:
    found = read("scores", numbers=[_row("numbers", 0, **changed), _row("numbers", 1)], categories=[])
    assert [type(each) for each in found] == [Rejected, Evaluation]


@pytest.mark.parametrize("changed", [{"stringValue": 3}, {"count_count": "many"}, {"name": ""}, {"traceName": 4}])
def test_a_category_that_cannot_be_read_is_set_aside(changed: dict[str, Any], read: Any) -> None:
    settings = Settings(URL, by="trace")
    found = read("scores", settings, numbers=[], categories=[_row("categories", 0, **changed)])
    assert [type(each) for each in found] == [Rejected]


def test_rows_without_scores_say_nothing(read: Any) -> None:
    numbers = [_row("numbers", 0, count_count="0"), _row("numbers", 0, avg_value=None)]
    assert read("scores", numbers=numbers, categories=[_row("categories", 0, count_count="0")]) == []


@pytest.mark.parametrize(
    "changed", [{"p95_latency": -1}, {"count_latency": "x"}, {"sum_inputTokens": []}, {"count_count": "5"}]
)
def test_an_hour_that_cannot_be_true_is_set_aside_whole(changed: dict[str, Any], read: Any) -> None:
    found = read("requests", requests=[_row("requests", 0, **changed), _row("requests", 1)], errors=ROWS["errors"])
    assert [type(each) for each in found[:2]] == [Rejected, Sample]
    assert {each.seen for each in found[1:]} == {TEN + timedelta(hours=1)}


def test_a_percentile_that_is_not_there_is_absent(read: Any) -> None:
    found = read("requests", requests=[_row("requests", 0, p99_latency=None)], errors=[])
    stats = [each.stat for each in found if each.metric == "gen_ai.client.operation.duration"]
    assert stats == ["p50", "p95"]


def test_an_hour_filled_with_zeros_by_the_server_is_no_hour(read: Any) -> None:
    assert read("requests", requests=[_row("requests", 0, count_count="0")], errors=[]) == []


def test_errors_that_cannot_be_read_fail_the_answer_because_they_would_become_none(read: Any) -> None:
    with pytest.raises(SourceError, match="errors: time_dimension"):
        read("requests", requests=ROWS["requests"], errors=[_row("errors", 0, time_dimension=None)])
    with pytest.raises(SourceError, match="count_count"):
        read("requests", requests=ROWS["requests"], errors=[_row("errors", 0, count_count=None)])


@pytest.mark.parametrize("changed", [{"sum_totalCost": -1}, {"sum_totalCost": "dear"}, {"providedModelName": 4}])
def test_a_cost_that_cannot_be_true_is_set_aside(changed: dict[str, Any], read: Any) -> None:
    found = read("costs", costs=[_row("costs", 1, **changed), _row("costs", 2)])
    assert [type(each) for each in found] == [Rejected, CostLine]


@pytest.mark.parametrize("body", [b"[]", b'{"costs": []}', b'{"costs": {}}', b'{"costs": {"data": {}}}'])
def test_an_answer_of_another_form_is_an_error(body: bytes, read_one: Any, one_system: Source) -> None:
    with pytest.raises(SourceError) as error:
        read_one("langfuse", body, Settings(URL), one_system, WINDOW, "costs")
    assert error.value.cause == "shape"


def test_an_error_inside_a_200_is_the_servers(read_one: Any, one_system: Source) -> None:
    body = b'{"costs": {"error": "Request timed out", "message": "narrow it"}}'
    with pytest.raises(SourceError, match="Request timed out"):
        read_one("langfuse", body, Settings(URL), one_system, WINDOW, "costs")


def test_whole_hours_and_days_from_midnight_are_asked_for_in_order(ask: Any) -> None:
    _, asked = ask(play)
    queries = _queries(asked)
    stretches = [
        (topic(each), each["timeDimension"]["granularity"], each["fromTimestamp"], each["toTimestamp"])
        for each in queries
    ]
    hours = ("hour", "2026-11-16T16:00:00Z", "2026-11-23T16:00:00Z")
    days = ("day", "2026-11-16T00:00:00Z", "2026-11-23T16:30:00Z")
    assert stretches == [
        ("requests", *hours),
        ("errors", *hours),
        ("costs", *days),
        ("numbers", *days),
        ("categories", *days),
    ]
    assert all(each.path == "/api/public/v2/metrics" for each in asked if each.path.endswith("metrics"))


def test_what_langfuse_runs_itself_is_a_cost_and_no_request(ask: Any) -> None:
    own = {"column": "environment", "operator": "does not contain", "value": "langfuse-", "type": "string"}
    types = {"column": "type", "operator": "any of", "value": ["GENERATION"], "type": "stringOptions"}
    level = {"column": "level", "operator": "=", "value": "ERROR", "type": "string"}
    filters = {topic(each): each["filters"] for each in _queries(ask(play)[1])}
    assert filters == {
        "requests": [types, own],
        "errors": [types, level, own],
        "costs": [],
        "numbers": [own],
        "categories": [own],
    }


def test_environments_narrow_everything_and_types_are_the_configured_ones(ask: Any) -> None:
    settings = Settings(URL, by="environment", environments=("production",), types=("GENERATION", "EMBEDDING"))
    queries = _queries(ask(play, settings)[1])
    only = {"column": "environment", "operator": "any of", "value": ["production"], "type": "stringOptions"}
    assert all(only in each["filters"] for each in queries)
    assert queries[0]["filters"][0]["value"] == ["GENERATION", "EMBEDDING"]
    assert queries[0]["dimensions"] == [{"field": "environment"}]
    assert queries[2]["dimensions"] == [{"field": "providedModelName"}, {"field": "environment"}]


def test_by_environment_a_row_belongs_to_the_system_of_its_environment(
    replay: Any, gather: Gather, by_label: Callable[..., Source]
) -> None:
    settings = Settings(URL, by="environment", scorers=SCORERS, prompts=())
    found = gather("langfuse", settings, WINDOW, by_label("environment", "production"), replay(play))
    samples = [each for each in found if isinstance(each, Sample)]
    assert {each.dims["deployment.environment.name"] for each in samples} == {"production"}
    assert Unrouted("langfuse-llm-as-a-judge") in found


def test_each_tag_is_asked_for_by_itself_and_routes_its_rows(
    replay: Any, gather: Gather, by_label: Callable[..., Source]
) -> None:
    def tagged(asked: Asked) -> bytes:
        query = json.loads(asked.sent["query"])
        (tag,) = (each["value"][0] for each in query["filters"] if each["column"] == "tags")
        return metrics(query) if tag == "support-bot" else b'{"data": []}'

    http = replay(tagged)
    settings = Settings(URL, by="tag", tags=("support-bot", "legal"), scorers=SCORERS, prompts=())
    found = gather("langfuse", settings, WINDOW, by_label("tag", "support-bot", "legal"), http)
    assert len(http.asked) == 10
    assert {each.dims["langfuse.tag"] for each in found if isinstance(each, Sample)} == {"support-bot"}
    assert {each.system for each in found if isinstance(each, CostLine)} == {"support-bot"}
    elsewhere = gather("langfuse", settings, WINDOW, by_label("system", "support-bot"), replay(tagged))
    assert set(elsewhere) == {Unrouted("support-bot")}  # the route's label must be what `by` says


def _gone(status: int) -> SourceError:
    return SourceError("status", f"answered {status}", status=status)


@pytest.mark.parametrize("status", [404, 410])
def test_a_server_of_v3_is_asked_at_the_old_address_for_the_rest_of_the_run(
    status: int, ask: Any, fixtures: Path
) -> None:
    old = json.loads((fixtures / "langfuse" / "metrics_v1.json").read_text())

    def play_v3(asked: Asked) -> bytes:
        if asked.path == "/api/public/v2/metrics":
            raise _gone(status)
        return json.dumps(old[topic(json.loads(asked.sent["query"]))]).encode()

    found, asked = ask(play_v3, Settings(URL, prompts=()))
    assert [each.path.removeprefix("/api/public/") for each in asked] == ["v2/metrics", *["metrics"] * 5]
    samples = {key[:2]: each for key, each in _samples(found).items()}
    assert samples["gen_ai.client.operation.duration", "p95"].value == 1.8
    assert samples["llmops.errors", "sum"].value == 0
    (cost,) = (each for each in found if isinstance(each, CostLine))
    assert (cost.line, cost.effective_cost) == ("environment=default, model=north-2026-01-15", Decimal("0.126000000"))


def test_a_server_that_has_neither_address_is_an_error(ask: Any) -> None:
    def nothing(_: Asked) -> bytes:
        raise _gone(404)

    with pytest.raises(SourceError, match="answered 404"):
        ask(nothing)


@pytest.mark.parametrize("status", [401, 403, 422, 429])
def test_another_refusal_is_no_reason_to_ask_elsewhere(status: int, ask: Any) -> None:
    def refuse(asked: Asked) -> bytes:
        assert asked.path == "/api/public/v2/metrics"
        raise _gone(status)

    with pytest.raises(SourceError, match=str(status)):
        ask(refuse)


def test_an_address_that_answered_once_is_not_given_up_in_the_same_run(ask: Any) -> None:
    def moody(asked: Asked) -> bytes:
        if topic(json.loads(asked.sent["query"])) == "costs":
            raise _gone(404)
        return play(asked)

    with pytest.raises(SourceError, match="answered 404"):
        ask(moody)


def test_a_refusal_of_the_real_client_carries_its_status_to_the_old_address(
    serve: Any, collect_really: Gather, one_system: Source, fixtures: Path
) -> None:
    old = json.loads((fixtures / "langfuse" / "metrics_v1.json").read_text())
    names = ("requests", "errors", "costs", "numbers", "categories")
    answers = [{"status": 200, "body": json.dumps(old[name])} for name in names]
    served = serve({"status": 404, "body": '{"message": "only in v4"}'}, *answers)
    found = collect_really("langfuse", Settings(served.url(), prompts=()), WINDOW, one_system)
    assert len([each for each in found if isinstance(each, CostLine)]) == 1


def test_langfuse_cloud_says_how_long_to_wait() -> None:
    date = "Mon Nov 23 2026 16:31:05 GMT+0000 (Coordinated Universal Time)"
    headers = {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "0", "x-ratelimit-reset": date}
    assert hint(headers, NOW) == 65
    assert hint({**headers, "retry-after": "66"}, NOW) == 66


def test_an_answer_that_was_cut_is_asked_for_again_in_halves(ask: Any) -> None:
    many = [_row("costs", 1, providedModelName=f"m{number}") for number in range(1000)]

    def cut(asked: Asked) -> bytes:
        query = json.loads(asked.sent.get("query", "null"))
        if (
            query
            and topic(query) == "costs"
            and query["fromTimestamp"][:10] <= "2026-11-22" < query["toTimestamp"][:10]
        ):
            return json.dumps({"data": many}).encode()
        return play(asked)

    found, asked = ask(cut)
    costs = [each for each in _queries(asked) if topic(each) == "costs"]
    assert [(each["fromTimestamp"][8:13], each["toTimestamp"][8:13]) for each in costs] == [
        ("16T00", "23T16"),  # full
        ("16T00", "20T00"),
        ("20T00", "23T16"),  # full
        ("20T00", "22T00"),
        ("22T00", "23T16"),  # full
        ("22T00", "23T00"),  # full, and a single day
        ("23T00", "23T16"),
    ]
    assert Missing("the rows after the first 1000 of costs") in found
    lines = [each.line for each in found if isinstance(each, CostLine)]
    assert len(lines) == len(set(lines)) == 1000


def test_a_row_at_the_very_end_of_a_stretch_belongs_to_the_next(read: Any) -> None:
    rows = [_row("requests", 0, time_dimension=when) for when in ("2026-11-23T16:30:00Z", "2026-11-16T16:11:00Z")]
    assert read("requests", requests=rows, errors=[]) == []


def test_an_hour_that_is_not_over_is_not_asked_for(ask: Any) -> None:
    window = Window(NOW - timedelta(minutes=20), NOW, NOW)
    _, asked = ask(play, window=window)
    assert {topic(each) for each in _queries(asked)} == {"costs", "numbers", "categories"}


def test_days_are_the_interval_where_that_is_configured(ask: Any) -> None:
    found, asked = ask(play, Settings(URL, interval=Duration(86_400), scorers=SCORERS))
    assert _queries(asked)[0]["timeDimension"] == {"granularity": "day"}
    assert _queries(asked)[0]["toTimestamp"] == "2026-11-23T00:00:00Z"
    assert {each.period for each in found if isinstance(each, Sample)} == {86_400}


def test_the_newest_version_waits_for_production_and_what_moved_is_applied(collected: list[Parsed]) -> None:
    found = {each.external_id: each for each in collected if isinstance(each, Change)}
    assert {name: (each.state, each.from_ref, each.to_ref) for name, each in found.items()} == {
        "prompt support-bot/answer 3": ("applied", "", "3"),
        "prompt support-bot/answer 5": ("pending", "3", "5"),
        "prompt classify 2": ("applied", "", "2"),
    }
    waiting = found["prompt support-bot/answer 5"]
    assert (waiting.system, waiting.change_class, waiting.author) == ("support-bot", "prompt", "usr-9")
    assert waiting.title == "support-bot/answer version 5: cite pages"
    assert waiting.requested == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert waiting.content.split("\n") == [
        "system: Answer from the handbook, and name the page.",
        "placeholder: history",
        'config: {"model": "north-2026-01-15", "temperature": 0.2}',
    ]
    assert len({each.content_hash for each in found.values()}) == 3
    assert waiting.url == "http://langfuse.example/project/prj-1/prompts/support-bot%2Fanswer?version=5"
    assert found["prompt classify 2"].content == "Name the topic of {{question}}."


def test_only_versions_of_interest_are_read_and_without_their_dependencies(ask: Any) -> None:
    asked = [each for each in ask(play)[1] if "/prompts/" in each.path]
    assert [(each.path.rpartition("/")[2], dict(each.sent)) for each in asked] == [
        ("support-bot%2Fanswer", {"version": "3", "resolve": "false"}),
        ("support-bot%2Fanswer", {"version": "5", "resolve": "false"}),
        ("classify", {"version": "2", "resolve": "false"}),
    ]


def test_labels_and_prompts_are_the_configured_ones(ask: Any) -> None:
    settings = Settings(URL, scorers=SCORERS, production="live", candidate="staging", prompts=("class*",))
    found, asked = ask(play, settings)
    labels = [each.sent["label"] for each in asked if each.path.endswith("/v2/prompts")]
    assert labels == ["live", "staging"]
    assert not [each for each in found if isinstance(each, Change)]
    found, _ = ask(play, Settings(URL, scorers=SCORERS, prompts=("class*",)))
    assert [each.external_id for each in found if isinstance(each, Change)] == ["prompt classify 2"]


def test_a_prompt_is_routed_by_tag_folder_or_name_and_others_are_counted(
    read_one: Any, by_label: Callable[..., Source]
) -> None:
    def system(**changed: Any) -> Any:
        body = json.dumps({"production": PROMPTS[2] | changed}).encode()
        (found,) = read_one("langfuse", body, BY_TRACE, by_label("trace", "support-bot", "x/y"), WINDOW, "prompt")
        return found.label if isinstance(found, Unrouted) else found.system

    assert system() == "support-bot"
    assert system(tags=[], name="support-bot/deep/down") == "support-bot"
    assert system(tags=["other"], name="x/y") == "x/y"
    assert system(tags=None, name="classify") == "prompt classify"


def test_what_the_specification_does_not_promise_may_be_absent(read_one: Any, one_system: Source) -> None:
    promised = {"name", "version", "type", "labels", "tags", "prompt", "config"}
    prompt = {key: value for key, value in PROMPTS[0].items() if key in promised}
    body = json.dumps({"production": prompt}).encode()
    (found,) = read_one("langfuse", body, Settings(URL), one_system, WINDOW, "prompt")
    assert (found.author, found.requested, found.url) == ("", None, "")


@pytest.mark.parametrize("field", ["name", "version", "prompt"])
@pytest.mark.parametrize("place", ["production", "candidate"])
def test_a_prompt_without_a_required_field_is_set_aside_and_the_field_named(
    field: str, place: str, read_one: Any, one_system: Source
) -> None:
    versions = {"production": PROMPTS[0], "candidate": PROMPTS[1]}
    versions[place] = {key: each for key, each in versions[place].items() if key != field}
    body = json.dumps(versions).encode()
    (found,) = read_one("langfuse", body, Settings(URL), one_system, WINDOW, "prompt", "answer")
    assert isinstance(found, Rejected)
    assert found.reason.startswith(f"prompt answer: {field}")


def _only_prompts(answer: Callable[[Mapping[str, Any]], bytes]) -> Play:
    def played(asked: Asked) -> bytes:
        if asked.path.endswith("metrics"):
            return b'{"data": []}'
        return answer(asked.sent) if asked.path.endswith("/v2/prompts") else json.dumps(PROMPTS[3]).encode()

    return played


def test_prompts_are_listed_to_the_last_page(ask: Any) -> None:
    many = [PROMPTS[3] | {"name": f"p{number:03}"} for number in range(250)]
    _, asked = ask(_only_prompts(lambda sent: listed(sent["label"], many, int(sent["page"]), int(sent["limit"]))))
    pages = [(each.sent["label"], each.sent["page"]) for each in asked if each.path.endswith("/v2/prompts")]
    assert pages == [(label, page) for label in ("production", "latest") for page in ("1", "2", "3")]


def test_a_page_that_comes_again_ends_the_list(ask: Any) -> None:
    def same(_: Mapping[str, Any]) -> bytes:
        return json.dumps(json.loads(listed("production")) | {"meta": {"totalPages": 1_000_000}}).encode()

    _, asked = ask(_only_prompts(same))
    assert len([each for each in asked if each.path.endswith("/v2/prompts")]) == 4


def test_a_server_that_does_not_look_at_labels_is_an_error_and_no_empty_list(ask: Any) -> None:
    def all_versions(_: Mapping[str, Any]) -> bytes:
        body = json.loads(listed("production"))
        for each in body["data"]:
            each["versions"] = [1, 2, 3]
        return json.dumps(body).encode()

    with pytest.raises(SourceError, match="versions: expected the one version with the label, found 3"):
        ask(_only_prompts(all_versions))


def test_a_window_without_news_gives_nothing(ask: Any) -> None:
    found, asked = ask(_only_prompts(lambda _: listed("nobody")))
    assert found == []
    assert len(asked) == 7


@pytest.mark.parametrize(
    "options",
    [{"interval": Duration(60)}, {"by": "tag"}, {"tags": ("a",)}],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Settings(URL, **options)


def test_cloud_is_the_default_address() -> None:
    assert Settings().api == "https://cloud.langfuse.com/api/public"
