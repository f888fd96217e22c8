"""OpenRouter: what a finished day cost and whom, what is left, the day so far, and when models end."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collectors.base import Source, Window
from collectors.kinds.openrouter import Settings
from store.errors import SourceError
from store.records import CostLine, Missing, ModelDates, Parsed, Rejected, Sample, Unrouted
from tests.collectors.kinds.case import ONE, WINDOW, Asked, case, routed
from tests.collectors.kinds.cases.openrouter import play
from tests.collectors.kinds.conftest import Replay

URL = "https://openrouter.example/api/v1"
BY_WORKSPACE = routed("workspace")
DAY = datetime(2026, 11, 22, tzinfo=UTC)
ONE_ID, TWO_ID = "0b6f1c1e-0000-4000-8000-000000000001", "0b6f1c1e-0000-4000-8000-000000000002"


def costs(found: list[Parsed]) -> dict[tuple[str, str, str], Decimal | None]:
    """Give cost by system, basis and line."""
    lines = [each for each in found if isinstance(each, CostLine)]
    return {(each.system, each.basis, each.line): each.effective_cost for each in lines}


def values(found: list[Parsed]) -> dict[tuple[str, ...], float]:
    """Give values by system, metric and dimensions."""
    samples = [each for each in found if isinstance(each, Sample)]
    return {(each.system, each.metric, *each.dims.values()): each.value for each in samples}


@pytest.fixture
def read(read_one: Callable[..., list[Parsed]]) -> Callable[..., list[Parsed]]:
    """Read one recorded part, changed or not."""

    def of(
        about: str,
        change: Callable[[dict[str, Any]], object] = lambda _: None,
        source: Source = BY_WORKSPACE,
        window: Window = WINDOW,
    ) -> list[Parsed]:
        (recorded,) = (each.body for each in case("openrouter").answers() if each.about == about)
        body: dict[str, Any] = json.loads(recorded)
        change(body)
        return read_one("openrouter", json.dumps(body).encode(), Settings(URL), source, window, about)

    return of


def test_credits_spent_are_the_vendors_meter_and_spend_elsewhere_is_an_estimate(
    read: Callable[..., list[Parsed]],
) -> None:
    gpt = f"workspace={ONE_ID}, model=openai/gpt-4.1-2025-04-14"
    sonnet = f"workspace={TWO_ID}, model=anthropic/claude-4.5-sonnet-20250929, endpoint=ep-3"
    assert costs(read("activity")) == {
        ("support-bot", "provider_usage", f"{gpt}, endpoint=ep-1"): Decimal("12.345678901"),
        ("support-bot", "provider_usage", f"{gpt}, endpoint=ep-2"): Decimal("3.500000000"),
        ("claims-triage", "provider_usage", sonnet): Decimal("0.250000000"),
        ("claims-triage", "gateway_estimate", sonnet): Decimal("5.750000000"),
    }


def test_a_line_names_the_model_that_was_asked_and_who_hosts_it(read: Callable[..., list[Parsed]]) -> None:
    lines = [each for each in read("activity") if isinstance(each, CostLine)]
    assert [(each.model, each.service_provider_name, each.service_name) for each in lines] == [
        ("openai/gpt-4.1", "OpenRouter", "OpenAI"),
        ("openai/gpt-4.1", "OpenRouter", "Azure"),
        ("anthropic/claude-sonnet-4.5", "OpenRouter", "Anthropic"),
        ("anthropic/claude-sonnet-4.5", "Anthropic", "Anthropic"),
    ]
    assert (lines[0].charge_period_start, lines[0].charge_period_end) == (DAY, DAY + timedelta(days=1))
    assert (lines[0].consumed_quantity, lines[0].consumed_unit) == (Decimal(1_290_000), "{token}")


def test_requests_and_tokens_of_a_day_are_added_up_by_system(read: Callable[..., list[Parsed]]) -> None:
    found = read("activity")
    support = {key[1:]: value for key, value in values(found).items() if key[0] == "support-bot"}
    assert support == {
        ("llmops.requests",): 1_000,
        ("gen_ai.client.token.usage", "input"): 1_440_000,
        ("gen_ai.client.token.usage", "output"): 108_000,
        ("gen_ai.client.token.usage", "cache_read"): 300_000,
        ("gen_ai.client.token.usage", "reasoning"): 0,
    }
    assert {(each.seen, each.period) for each in found if isinstance(each, Sample)} == {
        (DAY + timedelta(days=1), 86_400)
    }


@pytest.mark.parametrize(("hours", "is_final"), [(71, False), (72, True)])
def test_a_day_is_final_two_days_after_its_end(
    read: Callable[..., list[Parsed]], hours: int, *, is_final: bool
) -> None:
    now = DAY + timedelta(hours=hours)
    found = read("activity", window=Window(DAY, now, now))
    assert {each.is_final for each in found if isinstance(each, CostLine)} == {is_final}


def test_a_restated_day_keeps_the_identity_of_its_lines(read: Callable[..., list[Parsed]]) -> None:
    before = costs(read("activity"))
    after = costs(read("activity", lambda body: body["activity"]["data"][1].update(usage=4, requests=170)))
    assert before.keys() == after.keys()
    assert before != after


def test_models_and_hosts_route_too_and_an_account_of_one_system_needs_no_workspace(
    read: Callable[..., list[Parsed]], by_label: Callable[..., Source]
) -> None:
    assert {key[0] for key in costs(read("activity", source=by_label("provider", "Azure")))} == {"Azure"}
    assert {key[0] for key in costs(read("activity", source=by_label("model", "openai/gpt-4.1")))} == {"openai/gpt-4.1"}
    without = read("activity", lambda body: [each.pop("workspace_id") for each in body["activity"]["data"]], ONE)
    assert len(costs(without)) == 4


def test_an_amount_below_zero_is_set_aside_and_the_others_are_not(read: Callable[..., list[Parsed]]) -> None:
    found = read("activity", lambda body: body["activity"]["data"][0].update(usage=-1))
    (rejected,) = (each for each in found if isinstance(each, Rejected))
    assert "usage: -1 is below 0" in rejected.reason
    assert len(costs(found)) == 3


@pytest.mark.parametrize("name", ["date", "model", "model_permaslug", "endpoint_id", "provider_name", "usage"])
def test_a_row_without_a_required_field_is_an_error_that_names_it(read: Callable[..., list[Parsed]], name: str) -> None:
    with pytest.raises(SourceError, match=f"^{name}: "):
        read("activity", lambda body: body["activity"]["data"][0].pop(name))


def test_the_end_of_the_credits_is_every_systems_end(read: Callable[..., list[Parsed]]) -> None:
    assert values(read("credits")) == {
        (system, f"llmops.budget.{name}", "account"): value
        for system in ("support-bot", "claims-triage")
        for name, value in {"limit": 500.0, "remaining": 44.5, "enforced": 1.0}.items()
    }
    alone = read("credits", lambda body: body.update(workspaces={}), ONE)
    assert {key[0] for key in values(alone)} == {"support-bot"}


def test_the_key_with_the_least_left_speaks_for_its_system_unless_it_is_disabled(
    read: Callable[..., list[Parsed]],
) -> None:
    assert values(read("keys")) == {
        ("support-bot", "llmops.budget.limit", "key"): 50.0,
        ("support-bot", "llmops.budget.remaining", "key"): 4.5,
        ("support-bot", "llmops.budget.enforced", "key"): 1.0,
    }


def test_the_running_day_is_what_keys_spent_since_midnight(read: Callable[..., list[Parsed]]) -> None:
    found = read("keys")
    assert costs(found) == {
        ("support-bot", "provider_usage", f"workspace={ONE_ID}, the day so far"): Decimal("1.850000000"),
        ("claims-triage", "gateway_estimate", f"workspace={TWO_ID}, the day so far"): Decimal("2.000000000"),
    }
    for line in found:
        if isinstance(line, CostLine):
            assert line.charge_period_start == datetime(2026, 11, 23, tzinfo=UTC)
            assert not line.is_final


def test_a_key_that_cannot_be_or_belongs_to_nobody_is_no_record(read: Callable[..., list[Parsed]]) -> None:
    found = read("keys", lambda body: body["keys"][0].update(limit=-1))
    assert [each.reason for each in found if isinstance(each, Rejected)] == ["limit: -1 is outside 0 to inf"]
    strange = read("keys", lambda body: body["keys"][3].update(workspace_id="elsewhere"))
    assert [each for each in strange if isinstance(each, Unrouted)] == [Unrouted("no label workspace")]


def test_models_have_their_day_or_none(read: Callable[..., list[Parsed]]) -> None:
    assert read("models") == [
        ModelDates("openai", "openai/gpt-4.1", date(2025, 4, 14), retires_on=date(2027, 4, 14)),
        ModelDates("anthropic", "anthropic/claude-sonnet-4.5", date(2025, 9, 29)),
        ModelDates("openai", "~openai/gpt-latest", date(2026, 2, 13)),
    ]


def test_a_day_of_no_calendar_is_set_aside(read: Callable[..., list[Parsed]]) -> None:
    found = read("models", lambda body: body["data"][0].update(expiration_date="0001-01-01"))
    assert [type(each) for each in found] == [Rejected, ModelDates, ModelDates]


def asked_days(http: Replay) -> list[str]:
    """Give the days of activity that were asked for."""
    return [asked.sent["date"] for asked in http.asked if asked.path.endswith("/activity")]


def test_finished_days_are_asked_one_by_one_and_the_running_one_never(
    replay: Callable[..., Replay], gather: Callable[..., list[Parsed]], window: Callable[..., Window]
) -> None:
    http = replay(play)
    found = gather("openrouter", Settings(f"{URL}/"), window("2026-11-23T16:00", days=2), BY_WORKSPACE, http)
    assert asked_days(http) == ["2026-11-21", "2026-11-22"]
    assert {asked.sent["group_by"] for asked in http.asked if asked.path.endswith("/activity")} == {"workspace"}
    assert {type(each) for each in found} == {CostLine, Sample, ModelDates}
    assert {asked.method for asked in http.asked} == {"GET"}


def test_days_that_are_no_longer_kept_are_missing(
    replay: Callable[..., Replay], gather: Callable[..., list[Parsed]], window: Callable[..., Window]
) -> None:
    http = replay(play)
    settings = Settings(URL, read=("activity",))
    found = gather("openrouter", settings, window("2026-11-23T16:00", days=40), BY_WORKSPACE, http)
    assert [each for each in found if isinstance(each, Missing)] == [
        Missing("activity before 2026-10-24: OpenRouter keeps 30 days")
    ]
    assert (len(asked_days(http)), asked_days(http)[0]) == (30, "2026-10-24")


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("activity", {"workspaces", "activity"}),
        ("budgets", {"workspaces", "credits", "keys"}),
        ("models", {"models"}),
    ],
)
def test_only_what_is_to_be_read_is_asked(
    replay: Callable[..., Replay],
    gather: Callable[..., list[Parsed]],
    window: Callable[..., Window],
    part: Any,
    names: set[str],
) -> None:
    http = replay(play)
    gather("openrouter", Settings(URL, read=(part,)), window("2026-11-23T16:00", days=1), BY_WORKSPACE, http)
    assert {asked.path.rsplit("/", 1)[-1] for asked in http.asked} == names


def test_lists_are_followed_to_their_end_and_a_page_that_comes_again_is_the_last(
    replay: Callable[..., Replay], gather: Callable[..., list[Parsed]], window: Callable[..., Window]
) -> None:
    def stuck(asked: Asked) -> bytes:
        return play(Asked(asked.method, asked.path, {**asked.sent, "offset": "0"}))

    settings, day = Settings(URL, read=("budgets",)), window("2026-11-23T16:00", days=1)
    for answer in (play, stuck):
        http = replay(answer)
        found = gather("openrouter", settings, day, BY_WORKSPACE, http)
        assert [asked.sent["offset"] for asked in http.asked if asked.path.endswith("/workspaces")] == ["0", "2"]
        assert [asked.sent["offset"] for asked in http.asked if asked.path.endswith("/keys")] == ["0", "3", "0", "1"]
        assert costs(found)["support-bot", "provider_usage", f"workspace={ONE_ID}, the day so far"] == Decimal("1.85")


def test_names_and_hashes_of_keys_are_not_passed_on(
    replay: Callable[..., Replay], gather: Callable[..., list[Parsed]], window: Callable[..., Window]
) -> None:
    def spoilt(asked: Asked) -> bytes:
        return play(asked).replace(b'"limit": 100.0', b'"limit": -100.0')

    settings = Settings(URL, read=("budgets",))
    found = gather("openrouter", settings, window("2026-11-23T16:00", days=1), BY_WORKSPACE, replay(spoilt))
    assert [each for each in found if isinstance(each, Rejected)]
    assert "sk-or" not in repr(found)
    assert "user_1" not in repr(found)


@pytest.mark.parametrize("name", ["workspaces", "activity", "credits", "models"])
def test_an_error_inside_a_200_is_the_vendors(
    replay: Callable[..., Replay], gather: Callable[..., list[Parsed]], window: Callable[..., Window], name: str
) -> None:
    error = b'{"error":{"code":502,"message":"upstream went away"}}'
    http = replay(lambda asked: error if asked.path.endswith(name) else play(asked))
    with pytest.raises(SourceError, match="upstream went away") as caught:
        gather("openrouter", Settings(URL), window("2026-11-23T16:00", days=1), BY_WORKSPACE, http)
    assert caught.value.cause == "upstream"


@pytest.mark.parametrize(("status", "cause"), [(401, "auth"), (403, "auth"), (404, "status"), (429, "throttled")])
def test_a_refusal_has_its_cause_and_the_vendors_own_hint(
    serve: Callable[..., Any],
    collect_really: Callable[..., list[Parsed]],
    window: Callable[..., Window],
    status: int,
    cause: str,
) -> None:
    headers = {"Content-Type": "application/json", "retry-after-ms": "3600000"}
    body = f'{{"error":{{"code":{status},"message":"only management keys can do this"}}}}'
    place = serve({"status": status, "headers": headers, "body": body}).url().rstrip("/")
    with pytest.raises(SourceError, match="only management keys can do this") as caught:
        collect_really("openrouter", Settings(place), window("2026-11-23T16:00", days=1), BY_WORKSPACE)
    assert caught.value.cause == cause
    assert caught.value.retry_after == (3600.0 if status == 429 else None)
