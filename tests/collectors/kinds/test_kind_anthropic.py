"""Anthropic: cents as text, cached input apart, two sets of reports, limits old and new, retirement that is overdue."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from collectors.access import Access, credentials_of
from collectors.base import Files, Reach, Route, Source, Window
from collectors.bounds import Bounds
from collectors.gate import Gate
from collectors.http import HttpClient
from collectors.kinds.anthropic import Settings, fetch
from collectors.secrets import SecretRef
from store.errors import SourceError
from store.records import CostLine, ModelDates, Parsed, Rejected, Sample, Unrouted
from tests.collectors.kinds.case import NOW, WINDOW
from tests.collectors.kinds.cases.anthropic import CASE

URL = "https://anthropic.example"
EMPTY = b'{"data": [], "has_more": false, "next_page": null}'
MODEL = "claude-quill-9"
Gather = Callable[..., list[Parsed]]
Read = Callable[..., list[Parsed]]


@pytest.fixture
def collected(replay: Any, gather: Gather) -> list[Parsed]:
    """Give all that the recorded organisation says."""
    return gather("anthropic", CASE.make(URL), WINDOW, CASE.source, replay(CASE.play))


@pytest.fixture
def analysed(replay: Any, gather: Gather) -> list[Parsed]:
    """Give what its analytics reports say."""
    return gather("anthropic", Settings(URL, api="analytics"), WINDOW, CASE.source, replay(CASE.play))


def _of(found: list[Parsed], kind: type[Any]) -> list[Any]:
    return [each for each in found if isinstance(each, kind)]


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _window(start: str, end: str) -> Window:
    return Window(_utc(start), _utc(end), _utc(end))


def _day(*rows: Any) -> bytes:
    bucket = {"starting_at": "2026-11-21T00:00:00Z", "ending_at": "2026-11-22T00:00:00Z", "results": list(rows)}
    return json.dumps({"data": [bucket]}).encode()


def test_cents_become_dollars_exactly(collected: list[Parsed]) -> None:
    found = [
        (each.charge_period_start.day, each.system, each.effective_cost, each.model, each.token_type, each.is_final)
        for each in _of(collected, CostLine)
    ]
    assert found == [
        (19, "support-bot", Decimal("1.2345"), MODEL, "input", True),
        (19, "support-bot", Decimal("0.005"), MODEL, "cache_write", True),
        (19, "claims-triage", Decimal(25), MODEL, "output", True),
        (23, "support-bot", Decimal("8.90125"), "", "", False),
    ]
    first, *_, last = _of(collected, CostLine)
    assert first.line == (
        "workspace_id=wrkspc_support, Claude Quill 9 Usage - Input Tokens, tokens, claude-quill-9, "
        "uncached_input_tokens, standard, 0-200k, global"
    )
    assert (first.basis, first.billing_currency, first.list_cost) == ("provider_usage", "USD", None)
    assert last.service_name == "Code Execution Usage"
    assert last.charge_period_end - last.charge_period_start == timedelta(days=1)


@pytest.mark.parametrize(("end", "final"), [("2026-11-24T23:59:59", False), ("2026-11-25", True)])
def test_a_day_is_final_three_days_after_its_end(end: str, final: bool, read_one: Read, one_system: Source) -> None:  # noqa: FBT001 - what is expected
    window = _window("2026-11-20", end)
    (line,) = read_one("anthropic", _day({"amount": "1"}), Settings(), one_system, window, "costs")
    assert isinstance(line, CostLine)
    assert line.is_final is final


def test_cached_input_is_part_of_the_input(collected: list[Parsed]) -> None:
    found = {
        (each.seen.hour, each.dims["workspace_id"], each.dims["gen_ai.token.type"]): each.value
        for each in _of(collected, Sample)
        if each.metric == "gen_ai.client.token.usage"
    }
    assert found == {
        (14, "wrkspc_support", "input"): 105_000,
        (14, "wrkspc_support", "cache_read"): 25_000,
        (14, "wrkspc_support", "cache_write"): 5_000,
        (14, "wrkspc_support", "output"): 18_000,
        (14, "default", "input"): 100,
        (14, "default", "cache_read"): 0,
        (14, "default", "cache_write"): 0,
        (14, "default", "output"): 40,
    }  # the hour from 16 on is still open; the idle hour is absent and not zero
    assert not [each for each in _of(collected, Sample) if each.metric == "llmops.requests"]


def test_a_workspace_of_no_system_is_counted(collected: list[Parsed]) -> None:
    assert _of(collected, Unrouted) == [Unrouted("wrkspc_other")]
    assert _of(collected, Rejected) == []


def test_the_analytics_reports_know_list_prices_and_requests(analysed: list[Parsed]) -> None:
    costs = [
        (
            each.charge_period_start.day,
            each.effective_cost,
            each.list_cost,
            each.model,
            each.service_name,
            each.is_final,
        )
        for each in _of(analysed, CostLine)
    ]
    assert costs == [
        (19, Decimal("10.432"), Decimal(12), MODEL, "tokens", True),
        (22, Decimal("0.0375"), Decimal("0.0375"), "", "code_execution", False),
    ]
    samples = {(each.seen.hour, each.dims.get("gen_ai.token.type", "")): each.value for each in _of(analysed, Sample)}
    assert samples == {
        (14, ""): 88,
        (14, "input"): 1_500,
        (14, "cache_read"): 400,
        (14, "cache_write"): 100,
        (14, "output"): 600,
    }  # the hour that ends at 15 was not fully counted at 14:20


def test_the_admin_reports_are_asked_for_whole_buckets(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(lambda _: EMPTY)
    window = _window("2026-11-19T10:30", "2026-11-23T11:20")
    assert gather("anthropic", Settings(), window, one_system, http) == []
    assert [(each.path, each.sent, each.headers) for each in http.asked] == [
        (
            "/v1/organizations/cost_report",
            {
                "starting_at": "2026-11-19T00:00:00Z",
                "ending_at": "2026-11-24T00:00:00Z",
                "bucket_width": "1d",
                "limit": "31",
                "group_by[]": ["workspace_id", "description"],
            },
            {"anthropic-version": "2023-06-01"},
        ),
        (
            "/v1/organizations/usage_report/messages",
            {
                "starting_at": "2026-11-19T10:00:00Z",
                "ending_at": "2026-11-23T11:00:00Z",
                "bucket_width": "1h",
                "limit": "168",
                "group_by[]": ["workspace_id", "model"],
            },
            {"anthropic-version": "2023-06-01"},
        ),
    ]


def test_the_analytics_reports_are_asked_in_months(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(lambda _: EMPTY)
    settings = Settings(api="analytics", by=("api_key_id",))
    gather("anthropic", settings, _window("2026-10-10T10:30", "2026-11-23T11:20"), one_system, http)
    asked = [(each.path.rpartition("/")[2], each.sent["starting_at"], each.sent["ending_at"]) for each in http.asked]
    assert asked == [
        ("cost", "2026-10-10T00:00:00Z", "2026-11-10T00:00:00Z"),
        ("cost", "2026-11-10T00:00:00Z", "2026-11-24T00:00:00Z"),
        ("usage", "2026-10-10T10:00:00Z", "2026-11-10T10:00:00Z"),
        ("usage", "2026-11-10T10:00:00Z", "2026-11-23T11:00:00Z"),
    ]
    assert http.asked[0].sent["group_by[]"] == ["api_key_id", "model", "cost_type", "token_type"]
    assert http.asked[3].sent["group_by[]"] == ["api_key_id", "model"]
    assert {each.sent["time_bucket_width"] for each in http.asked} == {"1d", "1h"}
    assert {each.headers["anthropic-beta"] for each in http.asked} == {"analytics-usage-cost-2026-08-24"}


def test_the_analytics_reports_begin_with_2026_and_a_minute_is_asked_by_the_day(
    replay: Any, gather: Gather, one_system: Source
) -> None:
    http = replay(lambda _: EMPTY)
    settings = Settings(api="analytics", asks=("usage",), interval="1m")
    gather("anthropic", settings, _window("2025-12-01", "2026-01-02T12:00"), one_system, http)
    assert [(each.sent["starting_at"], each.sent["ending_at"]) for each in http.asked] == [
        ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
        ("2026-01-02T00:00:00Z", "2026-01-02T12:00:00Z"),
    ]
    http = replay(lambda _: EMPTY)
    settings = Settings(api="analytics", asks=("costs",))
    gather("anthropic", settings, _window("2026-01-01", "2027-02-01"), one_system, http)
    assert http.asked[0].sent["starting_at"] == "2026-02-02T00:00:00Z"  # nothing older than a year is asked


def test_usage_of_a_day_that_is_not_over_is_not_asked(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(lambda _: EMPTY)
    settings = Settings(asks=("usage",), interval="1d")
    gather("anthropic", settings, _window("2026-11-23T10:30", "2026-11-23T11:20"), one_system, http)
    assert http.asked == []


def test_costs_by_key_are_in_the_analytics_reports_alone() -> None:
    with pytest.raises(ValueError, match="analytics"):
        Settings(by=("api_key_id",))
    assert Settings(by=("api_key_id",), asks=("usage",)).by == Settings(by=("api_key_id",), api="analytics").by


def test_use_of_the_console_has_no_key(read_one: Read) -> None:
    row = {"uncached_input_tokens": 1, "cache_read_input_tokens": 0, "output_tokens": 2, "api_key_id": None}
    row["cache_creation"] = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}  # type: ignore[assignment]  # JSON
    source = Source("s", Route(label="api_key_id", systems={"none": "support-bot"}))
    settings = Settings(by=("api_key_id",), asks=("usage",))
    found = read_one("anthropic", _day(row), settings, source, WINDOW, "usage")
    assert [each.system for each in _of(found, Sample)] == ["support-bot"] * 4
    assert "gen_ai.request.model" not in _of(found, Sample)[0].dims


def _limits(found: list[Parsed]) -> dict[Any, float]:
    return {
        (
            each.metric.removeprefix("llmops.limit."),
            each.dims.get("gen_ai.request.model") or each.dims["group"],
            each.dims.get("gen_ai.token.type", ""),
        ): each.value
        for each in _of(found, Sample)
        if each.metric.startswith("llmops.limit.") and each.seen == NOW
    }


def test_limits_of_a_workspace_are_those_that_hold(collected: list[Parsed]) -> None:
    assert _limits(collected) == {
        ("requests_per_minute", MODEL, ""): 500,
        ("tokens_per_minute", MODEL, "input"): 900_000,
        ("tokens_per_minute", MODEL, "input_uncached"): 2_000_000,
    }


@pytest.mark.parametrize(
    ("name", "models", "expected"),
    [
        (
            "rate_limits.json",
            (MODEL,),
            {
                ("requests_per_minute", MODEL, ""): 4_000,
                ("tokens_per_minute", MODEL, "input_uncached"): 2_000_000,
                ("tokens_per_minute", MODEL, "output"): 400_000,
                ("requests_per_minute", "token_count", ""): 8_000,
            },
        ),
        (
            "rate_limits_2025.json",
            ("*",),
            {
                ("requests_per_minute", "claude-quill-8", ""): 1_000,
                ("tokens_per_minute", "claude-quill-8", ""): 80_000,
            },
        ),
    ],
)
def test_limits_of_the_organisation_are_asked_where_rows_are_not_split_by_workspace(
    name: str,
    models: Any,
    expected: dict[Any, float],
    replay: Any,
    gather: Gather,
    one_system: Source,
    fixtures: Path,
) -> None:
    http = replay(lambda _: (fixtures / "anthropic" / name).read_bytes())
    found = gather("anthropic", Settings(asks=("limits",), by=(), models=models), WINDOW, one_system, http)
    assert [(each.path, each.sent) for each in http.asked] == [("/v1/organizations/rate_limits", {})]
    assert _limits(found) == expected


def test_workspaces_are_listed_or_named(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(lambda _: EMPTY)
    gather("anthropic", Settings(asks=("limits",), workspaces=("w/1",)), WINDOW, one_system, http)
    assert [(each.path, each.sent) for each in http.asked] == [
        ("/v1/organizations/workspaces/w%2F1/rate_limits", {"include_inherited": "true"})
    ]
    http = replay(CASE.play)
    gather("anthropic", Settings(URL, asks=("limits",)), WINDOW, one_system, http)
    assert (http.asked[0].path, http.asked[0].sent) == (
        "/v1/organizations/workspaces",
        {"limit": "1000", "include_default": "true"},
    )


def test_dates_of_models_are_what_is_announced(collected: list[Parsed], replay: Any, gather: Gather) -> None:
    assert _of(collected, ModelDates) == [
        ModelDates("anthropic", "claude-quill-9", date(2026, 4, 1)),
        ModelDates("anthropic", "claude-quill-8", date(2025, 3, 1), date(2026, 9, 1), date(2027, 3, 1)),
        ModelDates("anthropic", "claude-quill-1", None, date(2025, 1, 10), date(2025, 7, 10)),
    ]
    http = replay(CASE.play)
    found = gather("anthropic", Settings(URL, asks=("models",), models=("*-1",)), WINDOW, CASE.source, http)
    assert [each.model for each in _of(found, ModelDates)] == ["claude-quill-1"]
    assert http.asked[0].sent == {"limit": "1000", "lifecycle[]": ["active", "deprecated", "retired"]}


def test_a_bad_row_is_set_aside_and_the_others_are_not(read_one: Read, one_system: Source) -> None:
    def reasons(about: str, body: bytes, **options: Any) -> list[str]:
        found = read_one("anthropic", body, Settings(**options), one_system, WINDOW, about)
        assert not _of(found, Sample)
        return [each.reason.split(",")[0] for each in _of(found, Rejected)]

    costs = [{"amount": "2"}, {}, {"amount": "1,5"}, 3]
    assert reasons("costs", _day(*costs)) == [
        "amount: expected an amount",
        "amount: expected an amount",
        "a row: expected a table",
    ]
    assert reasons("usage", _day({"uncached_input_tokens": 1})) == ["cache_creation: expected a table"]
    flat = {"data": [{"group": {}}, {"group": {}, "usage": {}}, 4]}
    assert reasons("usage", json.dumps(flat).encode(), api="analytics") == [
        "usage: expected a table",
        "data[]: expected a table",
        "starting_at: expected a time",
    ]
    assert reasons("costs", b'{"data": [{}]}') == ["starting_at: expected a time"]
    assert reasons("models", b'{"data": [{"id": "m", "retires_at": "soon"}]}') == [
        "retires_at: expected a time such as 2026-01-31T08:00:00Z"
    ]
    limit = {"group": {"type": "batch"}, "limits": [{"type": "requests_per_minute"}]}
    assert reasons("limits", json.dumps({"data": [limit]}).encode()) == ["limits[].value: expected a whole number"]


def test_a_cursor_that_comes_again_ends_the_pages(replay: Any, gather: Gather, one_system: Source) -> None:
    http = replay(CASE.play)
    gather("anthropic", Settings(URL, asks=("costs",)), WINDOW, one_system, http)
    assert [each.sent.get("page") for each in http.asked] == [None, "page_BBBB"]
    http = replay(lambda _: b'{"data": [], "has_more": true, "next_page": "again"}')
    gather("anthropic", Settings(URL, asks=("costs",)), WINDOW, one_system, http)
    assert [each.sent.get("page") for each in http.asked] == [None, "again"]


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        ({"asks": ("costs",)}, "an Admin key"),
        ({"asks": ("limits",), "by": ()}, "an Admin key"),
        ({"api": "analytics"}, "read:analytics"),
        ({"asks": ("models",)}, "an ordinary API key"),
    ],
)
@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_comes_with_a_remedy(
    status: int,
    options: Any,
    remedy: str,
    serve: Callable[..., Any],
    collect_really: Gather,
    one_system: Source,
) -> None:
    said = {"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}}
    url = serve({"status": status, "body": json.dumps(said)}).url()
    with pytest.raises(SourceError, match=remedy) as error:
        collect_really("anthropic", Settings(url, **options), WINDOW, one_system)
    assert error.value.cause == "auth"
    assert "invalid x-api-key" in str(error.value)
    assert 'token_header = "x-api-key"' in str(error.value)


def test_the_key_goes_into_its_header_and_the_wait_that_is_asked_for_is_kept(
    serve: Callable[..., Any], files: Files
) -> None:
    waits: list[float] = []

    async def slept(seconds: float) -> None:
        waits.append(seconds)

    access = Access(token=SecretRef.from_toml("env:KEY"), token_header="x-api-key", token_scheme="")
    credentials = credentials_of(access, {"KEY": "sk-ant-admin-1"})

    async def asked(url: str) -> int:
        async with HttpClient(credentials, Bounds(), Gate(), NOW, sleep=slept, rng=Random(1)) as http:  # noqa: S311 - no secret
            found = [each async for each in fetch(Reach(http, files), Settings(url, asks=("costs",)), WINDOW)]
        return len(found)

    throttled = {"status": 429, "body": "{}", "headers": {"retry-after": "1.5"}}
    served = serve(throttled, {"status": 200, "body": EMPTY.decode()})
    assert asyncio.run(asked(served.url())) == 1
    assert waits == [2.0]
    sent = served.asked[0].decode().lower()
    assert "\r\nx-api-key: sk-ant-admin-1\r\n" in sent
    assert "\r\nanthropic-version: 2023-06-01\r\n" in sent
    assert "authorization" not in sent
    assert "group_by%5b%5d=workspace_id&group_by%5b%5d=description" in sent
