"""Bedrock: hours of CloudWatch by model, days of the bill by service, usage type or tag, errors that AWS names."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Route, Source, Window
from collectors.bedrock.settings import Settings
from collectors.billing import days
from collectors.complaints import words_of
from collectors.refusals import refusal
from store.records import CostLine, Missing, Parsed, Rejected, Sample, Unrouted
from store.values import Duration
from tests.collectors.kinds.cases.bedrock import NOVA, SONNET, metrics_of, play

NOW = datetime(2026, 11, 23, 11, 20, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(hours=4), NOW, NOW)
METRICS = Settings("eu-central-1")
COSTS = Settings("eu-central-1", metrics=False, costs=True)
BY_MODEL = Source("recorded", Route(label="model", systems={SONNET: "support-bot", NOVA: "legal-search"}))
Read = Callable[..., list[Parsed]]


def _hour(hour: int) -> datetime:
    return datetime(2026, 11, 23, hour, tzinfo=UTC)


def _values(found: list[Parsed], system: str = "support-bot") -> dict[tuple[str, str], list[tuple[int, float]]]:
    values: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for each in found:
        if isinstance(each, Sample) and each.system == system:
            kind = each.dims.get("gen_ai.token.type", each.stat)
            values.setdefault((each.metric, kind), []).append((each.seen.hour, each.value))
    return values


def test_hours_of_a_model_become_samples_at_their_end_in_seconds_and_whole_counts(replay: Any, gather: Any) -> None:
    found = gather("bedrock", METRICS, WINDOW, BY_MODEL, replay(play))
    assert _values(found) == {
        ("llmops.requests", "sum"): [(9, 125), (10, 80), (11, 101)],
        ("llmops.errors", "sum"): [(9, 8), (10, 0), (11, 3)],
        ("gen_ai.client.operation.duration", "p50"): [(9, 0.8125), (10, 0.79), (11, 0.90125)],
        ("gen_ai.client.operation.duration", "p95"): [(9, 4.21), (10, 3.9005), (11, 6.12075)],
        ("gen_ai.server.time_to_first_token", "p50"): [(10, 0.31)],
        ("gen_ai.server.time_to_first_token", "p95"): [(10, 1.25)],
        ("gen_ai.client.token.usage", "input"): [(9, 61440), (10, 40210), (11, 50000)],
        ("gen_ai.client.token.usage", "output"): [(9, 12288), (10, 8100), (11, 9900)],
        ("gen_ai.client.token.usage", "cache_read"): [(9, 20480)],
        ("gen_ai.client.token.usage", "cache_write"): [(9, 4096)],
    }
    assert _values(found, "legal-search") == {
        ("llmops.requests", "sum"): [(10, 7)],
        ("llmops.errors", "sum"): [(10, 0)],
        ("llmops.requests.legacy_model", "sum"): [(10, 7)],
        ("gen_ai.client.token.usage", "input"): [(10, 700)],
    }
    assert {(each.unit, each.period) for each in found} == {("{request}", 3600), ("s", 3600), ("{token}", 3600)}
    assert [each.n for each in found if each.stat == "p95" and each.unit == "s"][:3] == [120, 80, 100]
    assert {each.dims["gen_ai.request.model"] for each in found} == {SONNET, NOVA}


def test_where_invocations_are_the_successful_ones_the_failed_are_added(replay: Any, gather: Any) -> None:
    settings = Settings("eu-central-1", models=(SONNET,), invocations="successful")
    found = gather("bedrock", settings, WINDOW, BY_MODEL, replay(play))
    assert _values(found)["llmops.requests", "sum"] == [(9, 128), (10, 80), (11, 103)]


def test_only_whole_intervals_are_asked_for_and_models_are_looked_up_once(replay: Any, gather: Any) -> None:
    http = replay(play)
    gather("bedrock", METRICS, WINDOW, BY_MODEL, http)
    listed, asked = http.asked
    assert listed.sent == {"Namespace": "AWS/Bedrock", "MetricName": "Invocations"}
    assert listed.headers == {
        "X-Amz-Target": "GraniteServiceVersion20100801.ListMetrics",
        "Content-Type": "application/x-amz-json-1.0",
    }
    assert [asked.sent[each] for each in ("StartTime", "EndTime")] == [
        round(_hour(7).timestamp()),
        round(_hour(11).timestamp()),
    ]
    queries = asked.sent["MetricDataQueries"]
    assert len(queries) == 26
    assert queries[6] == {
        "Id": "latency95_0",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/Bedrock",
                "MetricName": "InvocationLatency",
                "Dimensions": [{"Name": "ModelId", "Value": SONNET}],
            },
            "Period": 3600,
            "Stat": "p95",
        },
    }


def test_in_a_window_without_a_whole_interval_the_last_one_is_asked_again(replay: Any, gather: Any) -> None:
    http = replay(play)
    gather("bedrock", METRICS, Window(NOW - timedelta(minutes=15), NOW, NOW), BY_MODEL, http)
    sent = http.asked[-1].sent
    assert (sent["StartTime"], sent["EndTime"]) == tuple(round(_hour(hour).timestamp()) for hour in (10, 11))


def test_without_models_nothing_more_is_asked(replay: Any, gather: Any) -> None:
    none = replay(lambda _: b'{"Metrics": []}')
    assert gather("bedrock", METRICS, WINDOW, BY_MODEL, none) == []
    assert len(none.asked) == 1


def test_many_models_and_long_windows_are_asked_in_parts(replay: Any, gather: Any) -> None:
    settings = Settings("eu-central-1", models=tuple(f"m{number}" for number in range(39)), interval=Duration(86_400))
    http = replay(lambda _: b'{"MetricDataResults": []}')
    gather("bedrock", settings, Window(NOW - timedelta(days=8), NOW, NOW), BY_MODEL, http)
    sizes = [len(each.sent["MetricDataQueries"]) for each in http.asked]
    assert sizes == [38 * 13, 38 * 13, 13, 13]
    lengths = [(each.sent["EndTime"] - each.sent["StartTime"]) // 86_400 for each in http.asked]
    assert lengths == [7, 1, 7, 1]


def test_pages_of_one_question_are_read_together_and_a_token_that_comes_again_ends_them(
    replay: Any, gather: Any
) -> None:
    pages = {
        "": {"MetricDataResults": [_result("invocations_0", 10)], "NextToken": "a"},
        "a": {"MetricDataResults": [_result("throttled_0", 4)], "NextToken": "a"},
    }
    http = replay(lambda asked: json.dumps(pages[asked.sent.get("NextToken", "")]).encode())
    found = gather("bedrock", Settings("eu-central-1", models=(SONNET,)), WINDOW, BY_MODEL, http)
    assert [(each.metric, each.value) for each in found] == [("llmops.requests", 14), ("llmops.errors", 4)]
    assert len(http.asked) == 2


def _result(identity: str, value: Any, **changed: Any) -> dict[str, Any]:
    return {"Id": identity, "Timestamps": [1795424400], "Values": [value], "StatusCode": "Complete"} | changed


def test_what_cloudwatch_could_not_give_makes_the_run_partial(read_one: Read) -> None:
    results = [
        _result("input_0", 5, StatusCode="PartialData"),
        _result("output_0", 5, StatusCode="Forbidden", Timestamps=[], Values=[]),
        _result("latency95_0", 5, StatusCode="InternalError", Timestamps=[], Values=[]),
    ]
    found = read_one("bedrock", metrics_of({"MetricDataResults": results}), METRICS, BY_MODEL, WINDOW, "metrics")
    assert [each.what for each in found if isinstance(each, Missing)] == [
        f"OutputTokenCount of {SONNET} (Forbidden)",
        f"InvocationLatency of {SONNET} (InternalError)",
    ]


@pytest.mark.parametrize(
    ("result", "named"),
    [
        (_result("nothing_0", 1), "Id: expected one that was asked for, found 'nothing_0'"),
        (_result("input_7", 1), "Id"),
        (_result("input", 1), "Id"),
        (_result("input_0", 1, Values=[]), "Values: expected one a timestamp, found 0 for 1"),
        (_result("input_0", -1), "Values[]"),
        (_result("input_0", 1, Timestamps=["soon"]), "Timestamps[]"),
        ("x", "MetricDataResults[]"),
    ],
)
def test_a_result_that_cannot_be_read_is_set_aside_by_name(result: Any, named: str, read_one: Read) -> None:
    body = metrics_of({"MetricDataResults": [result, _result("output_0", 3)]})
    rejected, kept = read_one("bedrock", body, METRICS, BY_MODEL, WINDOW, "metrics")
    assert isinstance(rejected, Rejected)
    assert rejected.reason.startswith(named)
    assert isinstance(kept, Sample)


def test_a_model_that_nobody_claims_is_named(read_one: Read, by_label: Callable[..., Source]) -> None:
    body = metrics_of({"MetricDataResults": []}, models=("m1",))
    assert read_one("bedrock", body, METRICS, BY_MODEL, WINDOW, "metrics") == [Unrouted("m1")]
    assert read_one("bedrock", body, METRICS, by_label("app", "x"), WINDOW, "metrics") == [Unrouted("no label app")]


def test_days_of_the_bill_become_lines_with_their_own_finality(replay: Any, gather: Any, one_system: Source) -> None:
    http = replay(play)
    found = gather("bedrock", COSTS, WINDOW, one_system, http)
    nova, sonnet, credit, cached, output = found
    assert sonnet == CostLine(
        system="support-bot",
        basis="provider_usage",
        charge_period_start=datetime(2026, 11, 21, tzinfo=UTC),
        charge_period_end=datetime(2026, 11, 22, tzinfo=UTC),
        line="service=Claude Sonnet 4.6 (Amazon Bedrock Edition), usage_type=EUC1-MP:EUC1_InputTokenCount-Units",
        billed_cost=Decimal("12.345678901"),
        service_provider_name="AWS",
        service_name="Claude Sonnet 4.6 (Amazon Bedrock Edition)",
        model="Claude Sonnet 4.6",
        token_type="input",
        consumed_quantity=Decimal("4115.226000"),
        consumed_unit="Units",
        is_final=True,
    )
    assert (nova.model, nova.token_type, nova.consumed_unit) == ("", "input", "1K tokens")
    assert (credit.billed_cost, credit.token_type, credit.is_final) == (Decimal("-0.010000000"), "output", False)
    assert (cached.token_type, output.token_type, output.consumed_unit) == ("cache_read", "output", "")
    services, asked = http.asked
    period = {"Start": "2026-11-16", "End": "2026-11-24"}
    assert services.sent == {"TimePeriod": period, "Dimension": "SERVICE", "SearchString": "Bedrock"}
    assert asked.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert asked.sent == {
        "TimePeriod": period,
        "Granularity": "DAILY",
        "Metrics": ["UnblendedCost", "UsageQuantity"],
        "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}, {"Type": "DIMENSION", "Key": "USAGE_TYPE"}],
        "Filter": {
            "Dimensions": {
                "Key": "SERVICE",
                "Values": ["Amazon Bedrock", "Claude Sonnet 4.6 (Amazon Bedrock Edition)"],
            }
        },
    }


def test_a_line_that_is_restated_keeps_its_identity(fixtures: Path, read_one: Read, one_system: Source) -> None:
    text = (fixtures / "bedrock" / "costs.json").read_text()
    bodies = (text, text.replace('"30.125"', '"31"').replace('"Estimated": true', '"Estimated": false'))
    first, second = (read_one("bedrock", body.encode(), COSTS, one_system, WINDOW, "costs")[-1] for body in bodies)
    assert isinstance(first, CostLine)
    assert isinstance(second, CostLine)
    assert (first.line, first.charge_period_start) == (second.line, second.charge_period_start)
    assert (first.billed_cost, first.is_final) == (Decimal("30.125000000"), False)
    assert (second.billed_cost, second.is_final) == (Decimal("31.000000000"), True)


def test_a_tag_routes_the_bill_and_what_has_none_is_counted(
    fixtures: Path, replay: Any, gather: Any, by_label: Callable[..., Source]
) -> None:
    settings = Settings("eu-central-1", metrics=False, costs=True, tag="app", services=("Amazon Bedrock",))
    http = replay(lambda _: (fixtures / "bedrock" / "costs_by_tag.json").read_bytes())
    found = gather("bedrock", settings, WINDOW, by_label("app", "support-bot", "claims-triage"), http)
    assert [(each.system, each.billed_cost) for each in found if isinstance(each, CostLine)] == [
        ("support-bot", Decimal("20.500000000")),
        ("claims-triage", Decimal("0.250000000")),
    ]
    assert {(each.consumed_quantity, each.token_type) for each in found if isinstance(each, CostLine)} == {(None, "")}
    assert [each for each in found if isinstance(each, Unrouted)] == [
        Unrouted("no app on Claude Sonnet 4.6 (Amazon Bedrock Edition)")
    ]
    (asked,) = http.asked  # named services are not looked up: each request costs money
    assert asked.sent["GroupBy"][1] == {"Type": "TAG", "Key": "app"}


def test_without_a_service_on_the_bill_nothing_more_is_asked(replay: Any, gather: Any, one_system: Source) -> None:
    http = replay(lambda _: b'{"DimensionValues": [], "ReturnSize": 0, "TotalSize": 0}')
    assert gather("bedrock", COSTS, WINDOW, one_system, http) == []
    assert len(http.asked) == 1


def test_costs_are_off_until_they_are_asked_for(replay: Any, gather: Any) -> None:
    http = replay(play)
    gather("bedrock", METRICS, WINDOW, BY_MODEL, http)
    assert not [each for each in http.asked if "AWSInsights" in each.headers["X-Amz-Target"]]


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("Estimated",), None, "ResultsByTime[]: expected Estimated"),
        (("TimePeriod", "End"), "2026-11-21", "ResultsByTime[]"),
        (("TimePeriod", "Start"), None, "Start"),
        (("Groups", 0, "Keys"), ["Amazon Bedrock"], "Keys: expected a service and a usage type or tag, found 1 keys"),
        (("Groups", 0, "Metrics", "UnblendedCost", "Amount"), "much", "UnblendedCost.Amount"),
        (("Groups", 0, "Metrics", "UnblendedCost", "Unit"), None, "UnblendedCost.Unit"),
        (("Groups", 0, "Metrics", "UsageQuantity", "Amount"), None, "UsageQuantity.Amount"),
    ],
)
def test_a_line_that_cannot_be_read_is_set_aside_by_name(
    path: tuple[Any, ...], value: Any, named: str, fixtures: Path, read_one: Read, one_system: Source
) -> None:
    page = json.loads((fixtures / "bedrock" / "costs.json").read_text())
    holder = page["ResultsByTime"][0]
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    found = read_one("bedrock", json.dumps(page).encode(), COSTS, one_system, WINDOW, "costs")
    assert isinstance(found[0], Rejected)
    assert found[0].reason.startswith(named)
    assert len([each for each in found if isinstance(each, CostLine)]) >= 3


def test_until_the_tenth_all_of_the_month_before_is_asked_again() -> None:
    def asked(day: int) -> tuple[str, str]:
        end = datetime(2026, 11, day, 6, tzinfo=UTC)
        start, stop = days(Window(end - timedelta(hours=3), end, end), 10)
        return start.date().isoformat(), stop.date().isoformat()

    assert asked(10) == ("2026-10-01", "2026-11-11")
    assert asked(11) == ("2026-11-04", "2026-11-12")


@pytest.mark.parametrize(
    ("body", "cause", "retryable"),
    [
        ({"__type": "com.amazonaws.ce#LimitExceededException", "Message": "Rate exceeded"}, "throttled", True),
        ({"__type": "ThrottlingException", "message": "Rate exceeded"}, "throttled", True),
        ({"__type": "com.amazon.coral.service#AccessDeniedException", "Message": "no ce:Get"}, "auth", False),
        ({"__type": "UnrecognizedClientException", "message": "the token is invalid"}, "auth", False),
        ({"__type": "ExpiredTokenException", "message": "expired"}, "auth", False),
        ({"__type": "com.amazonaws.ce#DataUnavailableException", "Message": "not yet"}, "status", False),
        ({"message": "Throttled? No."}, "status", False),
    ],
)
def test_a_400_of_aws_means_what_its_name_says(body: dict[str, str], cause: str, retryable: bool) -> None:  # noqa: FBT001
    error = refusal(400, {}, "https://ce.us-east-1.amazonaws.com", words_of(body), NOW)
    assert (error.cause, error.retryable) == (cause, retryable)
    assert str(error).endswith((body.get("Message") or body["message"]).rstrip())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"region": "Frankfurt"}, "expected a region such as eu-central-1, found 'Frankfurt'"),
        ({"region": "eu-central-1", "metrics": False}, "expected metrics or costs, found neither"),
        ({"region": "eu-central-1", "interval": Duration(90)}, "whole minutes"),
        ({"region": "eu-central-1", "interval": Duration(30)}, "whole minutes"),
        ({"region": "eu-central-1", "interval": Duration(7 * 3600)}, "whole minutes"),
    ],
)
def test_settings_that_cannot_work_are_refused_in_words(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Settings(**options)


def test_without_an_address_it_is_that_of_the_region_or_of_the_bill() -> None:
    assert METRICS.url == "https://monitoring.eu-central-1.amazonaws.com"
    assert COSTS.url == "https://ce.us-east-1.amazonaws.com"
    assert Settings("eu-central-1", url="http://here").url == "http://here"
