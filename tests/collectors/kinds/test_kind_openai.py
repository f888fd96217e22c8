"""OpenAI: dollars as numbers and as text, whole buckets, months that settle, limits of projects, dates of models."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from collectors.access import Credentials
from collectors.base import Files, Reach, Route, Source, Window
from collectors.bounds import Bounds
from collectors.gate import Gate
from collectors.http import HttpClient
from collectors.kinds.openai import Settings, fetch
from store.errors import SourceError
from store.records import CostLine, ModelDates, Parsed, Rejected, Sample, Unrouted
from tests.collectors.kinds.case import NOW, WINDOW, Asked
from tests.collectors.kinds.cases.openai import CASE

URL = "https://openai.example"
EMPTY = b'{"object": "page", "data": [], "has_more": false, "next_page": null}'
DAY = {"start_time": 1795219200, "end_time": 1795305600}
Gather = Callable[..., list[Parsed]]
Read = Callable[..., list[Parsed]]


@pytest.fixture
def collected(replay: Any, gather: Gather) -> list[Parsed]:
    """Give all that the recorded organisation says."""
    return gather("openai", CASE.make(URL), WINDOW, CASE.source, replay(CASE.play))


def _day(*rows: Any) -> bytes:
    return json.dumps({"data": [{**DAY, "results": list(rows)}]}).encode()


def _of(found: list[Parsed], kind: type[Any]) -> list[Any]:
    return [each for each in found if isinstance(each, kind)]


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _asked(http: Any, path: str) -> list[Any]:
    return [each.sent for each in http.asked if each.path == f"/v1/{path}"]


def test_dollars_are_exact_whether_they_come_as_numbers_or_as_text(collected: list[Parsed]) -> None:
    lines = [
        (f"{each.charge_period_start:%m-%d}", each.system, each.line, each.billed_cost, each.model, each.token_type)
        for each in _of(collected, CostLine)
    ]
    mini = "o9-mini-2026-04-02"
    assert lines == [
        ("10-31", "support-bot", f"project_id=proj_support, {mini}, input_tokens", Decimal("1.25"), mini, "input"),
        ("11-20", "support-bot", f"project_id=proj_support, {mini}, input_tokens", Decimal("0.0612575"), mini, "input"),
        (
            "11-20",
            "support-bot",
            f"project_id=proj_support, {mini}, cached_input_tokens",
            Decimal("0.012"),
            mini,
            "cache_read",
        ),
        ("11-20", "claims-triage", f"project_id=proj_claims, {mini}, output_tokens", Decimal("0.41"), mini, "output"),
        ("11-20", "support-bot", "project_id=proj_support, web search tool calls", Decimal(0), "", ""),
        (
            "11-23",
            "support-bot",
            "project_id=proj_support, text-embed-9, input",
            Decimal("0.000033"),
            "text-embed-9",
            "input",
        ),
    ]
    first = _of(collected, CostLine)[0]
    assert (first.basis, first.billing_currency, first.effective_cost) == ("provider_usage", "USD", None)
    assert (first.consumed_quantity, first.consumed_unit) == (Decimal(5_000_000), "tokens")
    assert first.charge_period_end - first.charge_period_start == timedelta(days=1)


def test_a_month_is_final_from_the_sixth_of_the_next_on(read_one: Read, one_system: Source, fixtures: Path) -> None:
    body = (fixtures / "openai" / "costs_page1.json").read_bytes()
    for now, wanted in (("2026-11-05T23:59:59", [False]), ("2026-11-06T00:00:00", [True]), ("2026-11-30", [True])):
        window = Window(_utc("2026-10-20"), _utc(now), _utc(now))
        found = _of(read_one("openai", body, Settings(), one_system, window, "costs"), CostLine)
        assert [each.is_final for each in found if each.charge_period_start < _utc("2026-11-01")] == wanted
        assert not any(each.is_final for each in found if each.charge_period_start >= _utc("2026-11-01"))


@pytest.mark.parametrize(
    ("start", "end", "first"),
    [
        ("2026-11-16T10:30", "2026-11-23T11:00", "2026-11-16"),  # a week, asked again
        ("2026-10-26T10:30", "2026-11-02T11:00", "2026-10-01"),  # the month before may still change
        ("2026-10-29T23:50", "2026-11-06T00:10", "2026-10-01"),  # the first run after it has settled marks it final
        ("2026-10-30T00:10", "2026-11-06T00:30", "2026-10-30"),  # and the next no longer asks
        ("2026-09-03T10:30", "2026-11-02T11:00", "2026-09-03"),  # a long way back stays
    ],
)
def test_the_month_before_is_asked_again_until_it_was_seen_final(
    start: str, end: str, first: str, replay: Any, gather: Gather, one_system: Source
) -> None:
    http = replay(lambda _: EMPTY)
    gather("openai", Settings(asks=("costs",)), Window(_utc(start), _utc(end), _utc(end)), one_system, http)
    (asked,) = _asked(http, "organization/costs")
    assert datetime.fromtimestamp(int(asked["start_time"]), UTC) == _utc(first)


def test_whole_days_and_whole_hours_are_asked_with_the_longest_pages(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    http = replay(lambda _: EMPTY)
    window = Window(_utc("2026-11-16T10:30"), _utc("2026-11-23T11:20"), _utc("2026-11-23T11:20"))
    settings = Settings(by=("project_id", "api_key_id"), usage=("completions",), projects=("proj_1", "proj_2"))
    assert gather("openai", settings, window, one_system, http) == []
    assert [(each.path, each.sent) for each in http.asked] == [
        (
            "/v1/organization/costs",
            {
                "start_time": str(int(_utc("2026-11-16").timestamp())),
                "end_time": str(int(_utc("2026-11-24").timestamp())),
                "bucket_width": "1d",
                "limit": "180",
                "group_by[]": ["project_id", "api_key_id", "line_item"],
                "project_ids[]": ["proj_1", "proj_2"],
            },
        ),
        (
            "/v1/organization/usage/completions",
            {
                "start_time": str(int(_utc("2026-11-16T10:00").timestamp())),
                "end_time": str(int(_utc("2026-11-23T11:00").timestamp())),
                "bucket_width": "1h",
                "limit": "168",
                "group_by[]": ["project_id", "api_key_id", "model"],
                "project_ids[]": ["proj_1", "proj_2"],
            },
        ),
    ]


def test_usage_of_a_day_that_is_not_over_is_not_asked(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(lambda _: EMPTY)
    window = Window(_utc("2026-11-23T10:30"), _utc("2026-11-23T11:20"), _utc("2026-11-23T11:20"))
    gather("openai", Settings(asks=("usage",), interval="1d"), window, one_system, http)
    assert http.asked == []


def test_usage_becomes_requests_and_tokens_of_closed_hours(collected: list[Parsed]) -> None:
    found: dict[Any, dict[str, float]] = {}
    for each in _of(collected, Sample):
        if not each.metric.startswith("llmops.limit."):
            names = ("gen_ai.operation.name", "gen_ai.request.model", "project_id")
            key = (each.seen.hour, *(each.dims[name] for name in names))
            found.setdefault(key, {})[each.dims.get("gen_ai.token.type", "requests")] = each.value
            assert (each.stat, each.period, each.n) == ("sum", 3600, None)
            assert each.unit == ("{request}" if each.metric == "llmops.requests" else "{token}")
    assert found == {
        (14, "chat", "o9-mini-2026-04-02", "proj_support"): {
            "requests": 42,
            "input": 51234,
            "cache_read": 20480,
            "cache_write": 500,
            "input_audio": 0,
            "output": 6100,
        },
        (14, "chat", "o9-audio", "proj_claims"): {
            "requests": 3,
            "input": 900,
            "cache_read": 0,
            "input_audio": 600,
            "output": 700,
            "output_audio": 450,
        },
        (16, "chat", "o9-mini-2026-04-02", "proj_support"): {"requests": 7, "input": 800, "output": 90},
        (14, "embeddings", "text-embed-9", "proj_support"): {"requests": 12, "input": 1650},
    }  # the hour from 16 on is still open; the idle hour is absent and not zero


def test_what_belongs_to_no_project_here_is_counted(collected: list[Parsed]) -> None:
    assert _of(collected, Unrouted) == [Unrouted("no project_id"), Unrouted("proj_other")]
    assert _of(collected, Rejected) == []


def test_a_key_routes_when_rows_are_split_by_it(read_one: Read) -> None:
    source = Source("s", Route(label="api_key_id", systems={"key_1": "support-bot"}))
    row = {"num_model_requests": 5, "model": None, "api_key_id": "key_1", "project_id": "proj_1"}
    settings = Settings(by=("api_key_id",))
    (found,) = _of(read_one("openai", _day(row), settings, source, WINDOW, "images"), Sample)
    assert (found.system, found.value, found.period) == ("support-bot", 5, 86_400)
    assert found.dims == {"gen_ai.operation.name": "images", "api_key_id": "key_1"}


def test_limits_are_what_they_are_now(collected: list[Parsed]) -> None:
    found = {
        (each.dims["gen_ai.request.model"], each.metric.removeprefix("llmops.limit.")): (
            each.value,
            each.unit,
            each.seen,
        )
        for each in _of(collected, Sample)
        if each.metric.startswith("llmops.limit.")
    }
    assert found == {
        ("o9-mini", "requests_per_minute"): (5000, "{request}", NOW),
        ("o9-mini", "tokens_per_minute"): (4_000_000, "{token}", NOW),
        ("o9-mini", "batch_tokens_per_day"): (40_000_000, "{token}", NOW),
        ("text-embed-9", "requests_per_minute"): (3000, "{request}", NOW),
        ("text-embed-9", "tokens_per_minute"): (1_000_000, "{token}", NOW),
        ("text-embed-9", "requests_per_day"): (100_000, "{request}", NOW),
    }


def test_limits_are_asked_of_the_projects_that_are_named_and_kept_for_the_models_that_are(
    replay: Any, gather: Gather, one_system: Source, fixtures: Path
) -> None:
    http = replay(lambda _: (fixtures / "openai" / "rate_limits.json").read_bytes())
    settings = Settings(asks=("limits",), projects=("proj/1",), models=("text-*",))
    found = gather("openai", settings, WINDOW, one_system, http)
    assert [each.path for each in http.asked] == ["/v1/organization/projects/proj%2F1/rate_limits"]
    assert {each.dims["gen_ai.request.model"] for each in _of(found, Sample)} == {"text-embed-9"}


def test_dates_of_models_are_what_is_announced(collected: list[Parsed]) -> None:
    released = date(2026, 4, 2)
    assert _of(collected, ModelDates) == [
        ModelDates("openai", "o9-mini-2026-04-02", released, retires_on=date(2027, 4, 30)),
        ModelDates("openai", "o9-mini", released),
        ModelDates("openai", "text-embed-9"),
    ]


def test_only_the_models_in_use_are_kept_and_a_strange_date_is_set_aside(read_one: Read, one_system: Source) -> None:
    body = json.dumps(
        {
            "data": [
                {"id": "a", "created": 1},
                {"id": "b", "created": 1795219200, "shutdown_date": "soon"},
                {"id": "c"},
                7,
            ]
        }
    ).encode()
    found = read_one("openai", body, Settings(models=("b", "c")), one_system, WINDOW, "models")
    reasons = [each.reason for each in _of(found, Rejected)]
    assert len(found) == 3
    assert "shutdown_date" in reasons[0]
    assert "created" in reasons[1]
    assert "data[]" in reasons[2]


def test_a_bad_row_is_set_aside_and_the_others_are_not(read_one: Read, one_system: Source) -> None:
    good = {"amount": {"value": 2, "currency": "eur"}, "line_item": "a"}
    rows = [good, {"line_item": "b"}, {"amount": {"currency": "usd"}}, {"amount": {"value": True}}, "x"]
    found = read_one("openai", _day(*rows), Settings(), one_system, WINDOW, "costs")
    (line,) = _of(found, CostLine)
    assert (line.billed_cost, line.billing_currency, line.line) == (Decimal(2), "EUR", "a")
    assert [each.reason.split(":")[0] for each in _of(found, Rejected)] == [
        "amount",
        "amount.value",
        "amount.value",
        "a row",
    ]
    usage = read_one("openai", _day({"model": "m", "input_tokens": 4}), Settings(), one_system, WINDOW, "completions")
    assert [each.reason for each in _of(usage, Rejected)] == ["num_model_requests: expected a whole number, found null"]
    assert len(usage) == 1


@pytest.mark.parametrize("about", ["costs", "completions"])
def test_a_bad_bucket_is_set_aside(about: str, read_one: Read, one_system: Source) -> None:
    buckets = [{"end_time": 1795305600, "results": []}, {"start_time": 1795305600, "end_time": 1795305600}]
    found = read_one("openai", json.dumps({"data": buckets}).encode(), Settings(), one_system, WINDOW, about)
    assert [each.reason for each in _of(found, Rejected)] == [
        "start_time: expected a time, found null",
        "end_time is not after start_time",
    ]


def test_the_pages_of_costs_are_followed_and_a_cursor_that_comes_again_ends_them(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    http = replay(CASE.play)
    gather("openai", Settings(URL, asks=("costs",)), WINDOW, one_system, http)
    assert [each.sent.get("page") for each in http.asked] == [None, "page_AAAA"]
    http = replay(lambda _: b'{"data": [], "has_more": true, "next_page": "again"}')
    gather("openai", Settings(asks=("costs",)), WINDOW, one_system, http)
    assert [each.sent.get("page") for each in http.asked] == [None, "again"]


def test_a_page_that_promises_more_and_names_none_is_an_error(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(lambda _: b'{"data": [], "has_more": true}')
    with pytest.raises(SourceError, match="has_more without next_page") as error:
        gather("openai", Settings(asks=("costs",)), WINDOW, one_system, http)
    assert error.value.cause == "shape"


def test_lists_are_followed_by_the_last_id(replay: Any, gather: Gather, one_system: Source) -> None:
    def answer(asked: Asked) -> bytes:
        is_second = "after" in asked.sent
        page = {"data": [{"id": f"p{2 if is_second else 1}"}], "has_more": not is_second, "last_id": "p1"}
        return EMPTY if "rate_limits" in asked.path else json.dumps(page).encode()

    http = replay(answer)
    gather("openai", Settings(asks=("limits",)), WINDOW, one_system, http)
    assert [each.path.removeprefix("/v1/organization/projects") for each in http.asked] == [
        "",
        "",
        "/p1/rate_limits",
        "/p2/rate_limits",
    ]


@pytest.mark.parametrize(
    ("asks", "remedy"),
    [(("costs",), "need an admin key"), (("limits",), "need an admin key"), (("models",), "key of a project")],
)
@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_comes_with_a_remedy(
    status: int, asks: Any, remedy: str, serve: Callable[..., Any], collect_really: Gather, one_system: Source
) -> None:
    said = {"error": {"message": "You have insufficient permissions for this operation.", "code": None}}
    url = serve({"status": status, "body": json.dumps(said)}).url()
    with pytest.raises(SourceError, match=remedy) as error:
        collect_really("openai", Settings(url, asks=asks), WINDOW, one_system)
    assert error.value.cause == "auth"
    assert "insufficient permissions" in str(error.value)


def test_any_other_fault_is_left_as_it_is(
    serve: Callable[..., Any], collect_really: Gather, one_system: Source
) -> None:
    with pytest.raises(SourceError) as error:
        collect_really("openai", Settings(serve({"status": 404, "body": "{}"}).url()), WINDOW, one_system)
    assert error.value.cause == "status"
    assert "admin key" not in str(error.value)


def test_the_wait_that_openai_asks_for_is_kept(serve: Callable[..., Any], files: Files) -> None:
    waits: list[float] = []

    async def slept(seconds: float) -> None:
        waits.append(seconds)

    async def asked(url: str) -> int:
        async with HttpClient(Credentials(), Bounds(), Gate(), NOW, sleep=slept, rng=Random(1)) as http:  # noqa: S311 - no secret
            found = [each async for each in fetch(Reach(http, files), Settings(url, asks=("models",)), WINDOW)]
        return len(found)

    throttled = {"status": 429, "body": "{}", "headers": {"retry-after-ms": "1250", "retry-after": "2"}}
    served = serve(throttled, {"status": 200, "body": '{"data": []}'})
    assert asyncio.run(asked(served.url())) == 1
    assert waits == [1.25]
