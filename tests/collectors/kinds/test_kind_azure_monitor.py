"""Azure: hours by deployment in seconds and shares, statuses added up, days of the bill by resource or tag."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collectors.azure.settings import Settings
from collectors.base import Source, Window
from collectors.refusals import refusal
from store.errors import SourceError
from store.records import CostLine, Missing, Parsed, Rejected, Sample, Unrouted
from store.values import Duration
from tests.collectors.kinds.cases.azure_monitor import RESOURCE, SCOPE, play, recorded

NOW = datetime(2026, 11, 23, 11, 20, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(hours=3), NOW, NOW)
METRICS = Settings(resources=(RESOURCE,))
COSTS = Settings(costs=SCOPE)
QUERY = f"{SCOPE}/providers/Microsoft.CostManagement/query"
Read = Callable[..., list[Parsed]]


@pytest.fixture
def by_deployment(by_label: Callable[..., Source]) -> Source:
    return by_label("deployment", "support-bot", "legal-search")


def _values(found: list[Parsed], system: str) -> dict[tuple[str, str], list[tuple[int, float]]]:
    values: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for each in found:
        if isinstance(each, Sample) and each.system == system:
            kind = each.dims.get("gen_ai.token.type", each.stat)
            values.setdefault((each.metric, kind), []).append((each.seen.hour, each.value))
    return values


def test_hours_of_a_deployment_become_samples_at_their_end(replay: Any, gather: Any, by_deployment: Source) -> None:
    found = gather("azure_monitor", METRICS, WINDOW, by_deployment, replay(play))
    assert _values(found, "support-bot") == {
        ("llmops.requests", "sum"): [(9, 125), (10, 80), (11, 98)],
        ("llmops.errors", "sum"): [(9, 7), (10, 0), (11, 1)],
        ("gen_ai.client.token.usage", "input"): [(9, 61440), (10, 40210), (11, 50000)],
        ("gen_ai.client.token.usage", "output"): [(9, 12288), (10, 8100), (11, 9900)],
        ("gen_ai.client.operation.duration", "avg"): [(9, 1.8425), (10, 1.76025), (11, 2.105)],
        ("gen_ai.server.time_per_output_token", "avg"): [(9, 0.0245)],
        ("llmops.generation.throughput", "avg"): [(9, 41)],
        ("llmops.availability", "avg"): [(9, 0.992), (10, 1), (11, 0.98)],
        ("llmops.cache.hit_ratio", "avg"): [(9, 0.375)],
        ("llmops.provisioned.utilization", "avg"): [(9, 1.04)],
    }
    assert _values(found, "legal-search") == {
        ("llmops.requests", "sum"): [(10, 12)],
        ("llmops.errors", "sum"): [(10, 0)],
        ("gen_ai.client.token.usage", "input"): [(10, 900)],
    }
    answered = [each for each in found if isinstance(each, Sample) and "gen_ai.response.model" in each.dims]
    assert answered[0].dims == {
        "deployment": "support-bot",
        "resource": "llm-prod",
        "gen_ai.response.model": "gpt-4o-2024-08-06",
    }
    means = [each for each in found if isinstance(each, Sample) and each.stat == "avg"]
    assert [each.n for each in means[:3]] == [125, 80, 98]


def test_each_group_of_metrics_is_asked_with_the_dimensions_that_it_has(
    replay: Any, gather: Any, by_deployment: Source
) -> None:
    http = replay(play)
    gather("azure_monitor", METRICS, WINDOW, by_deployment, http)
    requests, tokens, means = (each.sent for each in http.asked)
    assert {each.path for each in http.asked} == {f"{RESOURCE}/providers/Microsoft.Insights/metrics"}
    assert requests == {
        "api-version": "2024-02-01",
        "metricnamespace": "Microsoft.CognitiveServices/accounts",
        "metricnames": "AzureOpenAIRequests",
        "aggregation": "Total",
        "timespan": "2026-11-23T08:00:00Z/2026-11-23T11:00:00Z",
        "interval": "PT1H",
        "$filter": "ModelDeploymentName eq '*' and ModelName eq '*' and ModelVersion eq '*' and StatusCode eq '*'",
        "ValidateDimensions": "false",
        "top": "500",
    }
    assert (tokens["metricnames"], tokens["$filter"]) == (
        "ProcessedPromptTokens,GeneratedTokens",
        "ModelDeploymentName eq '*'",
    )
    assert means["aggregation"] == "Average,Count"
    assert "Latency" not in means["metricnames"].split(",")


def test_long_windows_are_asked_in_weeks_and_of_whole_intervals_only(
    replay: Any, gather: Any, by_deployment: Source
) -> None:
    http = replay(lambda _: b'{"interval": "P1D", "value": []}')
    settings = Settings(resources=(RESOURCE,), interval=Duration(86_400))
    gather("azure_monitor", settings, Window(NOW - timedelta(days=9), NOW, NOW), by_deployment, http)
    assert [each.sent["timespan"] for each in http.asked[::3]] == [
        "2026-11-14T00:00:00Z/2026-11-21T00:00:00Z",
        "2026-11-21T00:00:00Z/2026-11-23T00:00:00Z",
    ]
    http = replay(play)
    gather("azure_monitor", METRICS, Window(NOW - timedelta(minutes=9), NOW, NOW), by_deployment, http)
    assert {each.sent["timespan"] for each in http.asked} == {"2026-11-23T10:00:00Z/2026-11-23T11:00:00Z"}


def _body(metric: str = "GeneratedTokens", interval: str = "PT1H", **changed: Any) -> bytes:
    series = {
        "metadatavalues": [{"name": {"value": "modeldeploymentname"}, "value": "support-bot"}],
        "data": [{"timeStamp": "2026-11-23T08:00:00Z", "total": 5}],
    }
    value = {"name": {"value": metric}, "timeseries": [series], "errorCode": "Success"} | changed
    return json.dumps({"interval": interval, "value": [value]}).encode()


def test_a_metric_that_failed_or_was_cut_makes_the_run_partial(read_one: Read, by_deployment: Source) -> None:
    failed = _body(timeseries=[], errorCode="InternalServerError", errorMessage="Try later")
    assert read_one("azure_monitor", failed, METRICS, by_deployment, WINDOW, "metrics", RESOURCE) == [
        Missing("GeneratedTokens (Try later)")
    ]
    unsaid = _body(timeseries=[], errorCode="Unauthorized")
    assert read_one("azure_monitor", unsaid, METRICS, by_deployment, WINDOW, "metrics", RESOURCE) == [
        Missing("GeneratedTokens (Unauthorized)")
    ]
    full = read_one(
        "azure_monitor",
        _body(timeseries=[{"data": []}] * 500),
        METRICS,
        by_deployment,
        WINDOW,
        "metrics",
        RESOURCE,
    )
    assert full[0] == Missing("the series after the first 500 of GeneratedTokens")


def test_another_interval_than_asked_for_is_refused(read_one: Read, by_deployment: Source) -> None:
    with pytest.raises(SourceError, match="interval: expected PT1H, found 'P1D'"):
        read_one("azure_monitor", _body(interval="P1D"), METRICS, by_deployment, WINDOW, "metrics", RESOURCE)


@pytest.mark.parametrize(
    ("metric", "series", "named"),
    [
        ("GeneratedTokens", {"data": [{"total": 5}]}, "timeStamp"),
        ("GeneratedTokens", {"data": [{"timeStamp": "2026-11-23T08:00:00Z", "total": -5}]}, "total"),
        ("GeneratedTokens", {"metadatavalues": [{"value": "x"}]}, "metadatavalues[].name.value"),
        ("AzureOpenAIRequests", {"data": [{"timeStamp": "2026-11-23T08:00:00Z", "total": 5}]}, "StatusCode"),
    ],
)
def test_a_series_that_cannot_be_read_is_set_aside_by_name(
    metric: str, series: dict[str, Any], named: str, read_one: Read, one_system: Source
) -> None:
    body = _body(metric, timeseries=[series])
    (rejected,) = read_one("azure_monitor", body, METRICS, one_system, WINDOW, "metrics", RESOURCE)
    assert isinstance(rejected, Rejected)
    assert rejected.reason.startswith(named)


def test_a_metric_that_is_not_known_here_is_left_out(read_one: Read, one_system: Source) -> None:
    assert read_one("azure_monitor", _body("Latency"), METRICS, one_system, WINDOW, "metrics", RESOURCE) == []


@pytest.mark.parametrize(("label", "value"), [("resource", "llm-prod"), ("model", "gpt-4o")])
def test_resource_and_model_route_too(label: str, value: str, read_one: Read, by_label: Callable[..., Source]) -> None:
    body = json.dumps(recorded("means.json")).encode()
    found = read_one("azure_monitor", body, METRICS, by_label(label, value), WINDOW, "metrics", RESOURCE)
    assert {each.system for each in found if isinstance(each, Sample)} == {value}


def test_what_has_no_such_label_is_named(read_one: Read, by_label: Callable[..., Source]) -> None:
    found = read_one("azure_monitor", _body(), METRICS, by_label("model", "x"), WINDOW, "metrics", RESOURCE)
    assert found == [Unrouted("no label model")]


class Posts:
    """A server that answers posts to its addresses one after the other and remembers them."""

    def __init__(self, *bodies: bytes) -> None:
        self.bodies = list(bodies)
        self.asked: list[tuple[str, Any]] = []

    async def post(self, url: str, *, json: Any = None, **_: Any) -> bytes:
        self.asked.append((url, json))
        return self.bodies[min(len(self.asked), len(self.bodies)) - 1]


def _page(name: str, **changed: Any) -> bytes:
    page = recorded(name)
    page["properties"] |= changed
    return json.dumps(page).encode()


def test_days_of_the_bill_become_lines_over_all_pages(gather: Any, by_label: Callable[..., Source]) -> None:
    http = Posts(_page("costs_page1.json"), _page("costs_page2.json"))
    found = gather("azure_monitor", COSTS, WINDOW, by_label("resource", "llm-prod"), http)
    inp, outp, cached, unit = (each for each in found if isinstance(each, CostLine))
    assert inp == CostLine(
        system="llm-prod",
        basis="provider_usage",
        charge_period_start=datetime(2026, 11, 21, tzinfo=UTC),
        charge_period_end=datetime(2026, 11, 22, tzinfo=UTC),
        line=f"resource={RESOURCE.lower()}, meter=gpt 4o 0806 Inp regnl Tokens",
        billing_currency="EUR",
        billed_cost=Decimal("12.345678901"),
        service_provider_name="Microsoft",
        service_name="gpt 4o 0806 Inp regnl Tokens",
        token_type="input",
        is_final=False,
    )
    assert [each.token_type for each in (outp, cached, unit)] == ["output", "cache_read", ""]
    assert (unit.charge_period_start.date().isoformat(), unit.is_final) == ("2026-10-30", True)
    (first, question), (second, again) = http.asked
    assert first == f"https://management.azure.com{QUERY}?api-version=2025-03-01"
    assert second == f"{first}&$skiptoken=AQAAAA%3D%3D"
    assert (
        question
        == again
        == {
            "type": "ActualCost",
            "timeframe": "Custom",
            "timePeriod": {"from": "2026-11-16T00:00:00Z", "to": "2026-11-23T23:59:59Z"},
            "dataset": {
                "granularity": "Daily",
                "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}},
                "grouping": [{"type": "Dimension", "name": "ResourceId"}, {"type": "Dimension", "name": "Meter"}],
                "filter": {
                    "dimensions": {
                        "name": "ResourceType",
                        "operator": "In",
                        "values": ["microsoft.cognitiveservices/accounts"],
                    }
                },
            },
        }
    )


def test_a_line_that_is_restated_keeps_its_identity(read_one: Read, one_system: Source) -> None:
    row = recorded("costs_page1.json")["properties"]["rows"][0]
    later = Window(NOW, NOW, datetime(2026, 12, 6, tzinfo=UTC))
    first, second = (
        read_one(
            "azure_monitor", _page("costs_page1.json", rows=[[cost, *row[1:]]]), COSTS, one_system, window, "costs"
        )[0]
        for cost, window in ((1, WINDOW), (2.5, later))
    )
    assert isinstance(first, CostLine)
    assert isinstance(second, CostLine)
    assert (first.line, first.charge_period_start) == (second.line, second.charge_period_start)
    assert (first.billed_cost, first.is_final) == (Decimal("1.000000000"), False)
    assert (second.billed_cost, second.is_final) == (Decimal("2.500000000"), True)


def test_a_tag_routes_whatever_the_order_of_columns(gather: Any, by_label: Callable[..., Source]) -> None:
    http = Posts(_page("costs_by_tag.json"))
    settings = Settings(costs=f"{SCOPE}/", tag="app", resource_types=())
    found = gather("azure_monitor", settings, WINDOW, by_label("app", "support-bot"), http)
    line, untagged = found
    assert (line.system, line.billed_cost, line.billing_currency) == ("support-bot", Decimal("7.500000000"), "USD")
    assert line.line == "app=support-bot, meter=gpt 4o Outp Tokens"
    assert untagged == Unrouted("no app on gpt 4o Outp Tokens")
    ((_, question),) = http.asked
    assert question["dataset"]["grouping"][0] == {"type": "TagKey", "name": "app"}
    assert "filter" not in question["dataset"]


def test_a_long_bill_is_asked_in_parts_that_the_vendor_does_not_cut(gather: Any, one_system: Source) -> None:
    http = Posts(_page("costs_page2.json", rows=[]))
    gather("azure_monitor", COSTS, Window(NOW - timedelta(days=40), NOW, NOW), one_system, http)
    assert [tuple(question["timePeriod"].values()) for _, question in http.asked] == [
        ("2026-10-07T00:00:00Z", "2026-11-03T23:59:59Z"),
        ("2026-11-04T00:00:00Z", "2026-11-23T23:59:59Z"),
    ]


def test_an_answer_without_content_and_a_link_that_comes_again_end_the_pages(gather: Any, one_system: Source) -> None:
    assert gather("azure_monitor", COSTS, WINDOW, one_system, Posts(b"")) == []
    first = f"{QUERY}?api-version=2025-03-01"
    http = Posts(_page("costs_page1.json", nextLink=first))
    assert len(gather("azure_monitor", COSTS, WINDOW, one_system, http)) == 2
    assert len(http.asked) == 1


@pytest.mark.parametrize(
    "link", ["https://elsewhere.example/query", "http://management.azure.com/query", "//x.example"]
)
def test_a_link_to_another_server_is_never_followed(link: str, gather: Any, one_system: Source) -> None:
    http = Posts(_page("costs_page1.json", nextLink=link))
    with pytest.raises(SourceError, match="the next page is elsewhere") as error:
        gather("azure_monitor", COSTS, WINDOW, one_system, http)
    assert error.value.cause == "redirect"
    assert len(http.asked) == 1


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        (["much", 20261121, "/r", "m", "EUR"], "Cost"),
        ([1, 20261132, "/r", "m", "EUR"], "UsageDate: expected a day that exists"),
        ([1, None, "/r", "m", "EUR"], "UsageDate"),
        ([1, 19990101, "/r", "m", "EUR"], "UsageDate"),
        ([1, 20261121, None, "m", "EUR"], "ResourceId"),
        ([1, 20261121, "/r", None, "EUR"], "Meter"),
        ([1, 20261121, "/r", "m", None], "Currency"),
        ([1, 20261121, "/r", "m"], "currency: expected a column of this name, found none"),
        ("x", "rows[]"),
    ],
)
def test_a_row_that_cannot_be_read_is_set_aside_by_name(
    cells: Any, named: str, read_one: Read, one_system: Source
) -> None:
    body = _page("costs_page1.json", rows=[cells, [1, "2026-11-21T00:00:00", "/r", "m", "EUR"]])
    rejected, kept = read_one("azure_monitor", body, COSTS, one_system, WINDOW, "costs")
    assert isinstance(rejected, Rejected)
    assert rejected.reason.startswith(named)
    assert isinstance(kept, CostLine)
    assert kept.charge_period_start == datetime(2026, 11, 21, tzinfo=UTC)


def test_a_missing_column_is_named(read_one: Read, one_system: Source) -> None:
    columns = [{"name": name} for name in ("UsageDate", "ResourceId", "Meter", "Currency")]
    body = _page("costs_page1.json", columns=columns, rows=[[20261121, "/r", "m", "EUR"]])
    (rejected,) = read_one("azure_monitor", body, COSTS, one_system, WINDOW, "costs")
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "cost: expected a column of this name, found none"


def test_of_several_limits_that_were_met_the_longest_wait_is_kept() -> None:
    headers = {
        "retry-after": "5",
        "x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after": "40",
        "x-ms-ratelimit-microsoft.costmanagement-entity-retry-after": "12",
        "x-ms-ratelimit-remaining-subscription-resource-requests": "3000",
    }
    error = refusal(429, headers, "https://management.azure.com", "", NOW)
    assert (error.cause, error.retryable, error.retry_after) == ("throttled", True, 40.0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "expected resources or a scope for costs, found neither"),
        ({"resources": ("llm-prod",)}, "expected an id that starts with /subscriptions/"),
        ({"costs": "sub"}, "expected an id that starts with /subscriptions/"),
        ({"costs": "/subscriptions/0", "interval": Duration(120)}, "expected an interval of 1m"),
    ],
)
def test_settings_that_cannot_work_are_refused_in_words(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Settings(**options)
