"""A LiteLLM proxy: what it spent by day, its budgets, its page, the dates of its models, and what it says without a database."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Source, Window
from collectors.kinds.litellm import Settings
from store.errors import SourceError
from store.records import CostLine, Missing, ModelDates, Parsed, Rejected, Sample, Unrouted
from tests.collectors.kinds.case import WINDOW, Asked, case, routed
from tests.collectors.kinds.cases.litellm import play
from tests.collectors.kinds.conftest import Replay

URL = "http://proxy.example"
TEAMS = routed("team_alias")
DAY = datetime(2026, 11, 22, tzinfo=UTC)
TODAY = Window(DAY, DAY + timedelta(days=1, hours=16), DAY + timedelta(days=1, hours=16))

ReadOne = Callable[..., list[Parsed]]


def bundle(about: str) -> dict[str, Any]:
    """Give what is read of one part, decoded."""
    (body,) = (each.body for each in case("litellm").answers() if each.about == about)
    found: dict[str, Any] = json.loads(body)
    return found


def costs(found: list[Parsed]) -> dict[tuple[str, str], Decimal | None]:
    """Give cost by system and line."""
    return {(each.system, each.line): each.effective_cost for each in found if isinstance(each, CostLine)}


def values(found: list[Parsed]) -> dict[tuple[str, ...], float]:
    """Give values by system, metric, statistic and dimensions."""
    return {
        (each.system, each.metric, each.stat, *each.dims.values()): each.value
        for each in found
        if isinstance(each, Sample)
    }


@pytest.fixture
def spend(read_one: ReadOne) -> Callable[..., list[Parsed]]:
    """Read one day of spend, changed or not."""

    def read(
        source: Source = TEAMS,
        change: Callable[[dict[str, Any]], object] = lambda _: None,
        settings: Settings = Settings(URL),  # noqa: B008 - frozen
        window: Window = WINDOW,
    ) -> list[Parsed]:
        body = bundle("spend")
        change(body)
        return read_one("litellm", json.dumps(body).encode(), settings, source, window, "spend")

    return read


@pytest.fixture
def budgets(read_one: ReadOne) -> Callable[..., list[Parsed]]:
    """Read the budgets, changed or not."""

    def read(source: Source = TEAMS, change: Callable[[dict[str, Any]], object] = lambda _: None) -> list[Parsed]:
        body = bundle("budgets")
        change(body)
        return read_one("litellm", json.dumps(body).encode(), Settings(URL), source, WINDOW, "budgets")

    return read


def test_keys_of_a_team_and_pages_of_a_day_are_added_up_by_model(spend: Callable[..., list[Parsed]]) -> None:
    assert costs(spend()) == {
        ("support-bot", "team=t-1, model=gpt-4o"): Decimal("1.750000000"),
        ("support-bot", "team=t-1, model=gpt-4o-mini"): Decimal("0.000150000"),
        ("support-bot", "team=t-1, model="): Decimal("0.100000000"),
        ("claims-triage", "team=t-2, model=gpt-4o"): Decimal("2.000000000"),
    }


def test_a_line_is_a_gateways_estimate_of_one_utc_day_with_its_tokens(spend: Callable[..., list[Parsed]]) -> None:
    line = next(each for each in spend() if isinstance(each, CostLine))
    assert (line.basis, line.billing_currency, line.model, line.service_name) == (
        "gateway_estimate", "USD", "gpt-4o", "support-bot",
    )  # fmt: skip
    assert (line.charge_period_start, line.charge_period_end) == (DAY, DAY + timedelta(days=1))
    assert (line.consumed_quantity, line.consumed_unit) == (Decimal(168_000), "{token}")
    assert not line.is_final


def test_a_key_without_a_team_belongs_to_nobody_when_teams_are_routed(spend: Callable[..., list[Parsed]]) -> None:
    assert [each for each in spend() if not isinstance(each, CostLine)] == [Unrouted("no label team_alias")]


@pytest.mark.parametrize(("hours", "is_final"), [(71, False), (72, True)])
def test_a_day_is_final_two_days_after_its_end(
    spend: Callable[..., list[Parsed]], hours: int, *, is_final: bool
) -> None:
    now = DAY + timedelta(hours=hours)
    lines = [each for each in spend(window=Window(DAY, now, now)) if isinstance(each, CostLine)]
    assert {line.is_final for line in lines} == {is_final}


def test_a_restated_day_keeps_the_identity_of_its_lines(spend: Callable[..., list[Parsed]]) -> None:
    def restate(body: dict[str, Any]) -> None:
        day = body["pages"][0]["results"][0]["breakdown"]
        for keys in (day["models"]["gpt-4o"]["api_key_breakdown"], day["api_keys"]):
            keys["aaaaaaaa"]["metrics"]["spend"] = 1.5

    before, after = costs(spend()), costs(spend(change=restate))
    assert before.keys() == after.keys()
    assert after["support-bot", "team=t-1, model=gpt-4o"] == Decimal("2.000000000")


def test_keys_and_the_names_that_callers_ask_for_route_too(
    spend: Callable[..., list[Parsed]], by_label: Callable[..., Source]
) -> None:
    assert costs(spend(by_label("api_key_alias", "triage"))) == {
        ("triage", "team=t-2, model=gpt-4o"): Decimal("2.000000000")
    }
    assert costs(spend(by_label("requested_model", "fast"))) == {
        ("fast", "team=t-1, model=fast"): Decimal("0.000150000")
    }
    assert costs(spend(by_label("team", "t-2"))) == {("t-2", "team=t-2, model=gpt-4o"): Decimal("2.000000000")}


def test_noise_of_the_proxys_floats_is_no_spend_without_a_model(spend: Callable[..., list[Parsed]]) -> None:
    def disturb(body: dict[str, Any]) -> None:
        body["pages"].pop()
        body["pages"][0]["results"][0]["breakdown"]["api_keys"]["aaaaaaaa"]["metrics"]["spend"] = 1.2500000000000002

    found = costs(spend(change=disturb))
    assert found == {("support-bot", "team=t-1, model=gpt-4o"): Decimal("1.750000000")}


def test_requests_and_tokens_come_by_finished_day_when_the_page_is_not_read(spend: Callable[..., list[Parsed]]) -> None:
    without = Settings(URL, read=("spend",))
    found = [each for each in spend(settings=without, window=TODAY) if isinstance(each, Sample)]
    support = {key[1:]: value for key, value in values([*found]).items() if key[0] == "support-bot"}
    assert support == {
        ("llmops.requests", "sum"): 438,
        ("llmops.errors", "sum"): 5,
        ("llmops.error_ratio", "ratio"): 5 / 438,
        ("gen_ai.client.token.usage", "sum", "input"): 140_900,
        ("gen_ai.client.token.usage", "sum", "output"): 28_025,
        ("gen_ai.client.token.usage", "sum", "cache_read"): 40_000,
    }
    assert {(each.seen, each.period) for each in found} == {(DAY + timedelta(days=1), 86_400)}
    assert {each.n for each in found if each.stat == "ratio"} == {438, 402}
    running = Window(DAY, DAY + timedelta(hours=23), DAY + timedelta(hours=23))
    assert not [each for each in spend(settings=without, window=running) if isinstance(each, Sample)]
    assert not [each for each in spend() if isinstance(each, Sample)]


def test_a_day_without_requests_has_no_share_of_errors(spend: Callable[..., list[Parsed]]) -> None:
    def silence(body: dict[str, Any]) -> None:
        body["pages"] = body["pages"][:1]
        breakdown = body["pages"][0]["results"][0]["breakdown"]
        for keys in (breakdown["models"]["gpt-4o"]["api_key_breakdown"], breakdown["api_keys"]):
            for key in keys.values():
                key["metrics"] = {"spend": 0.5}

    found = values(spend(change=silence, settings=Settings(URL, read=("spend",))))
    assert found["support-bot", "llmops.requests", "sum"] == 0
    assert ("support-bot", "llmops.error_ratio", "ratio") not in found


def test_an_amount_that_cannot_be_is_set_aside_and_the_rest_of_its_key_is_not_guessed(
    spend: Callable[..., list[Parsed]],
) -> None:
    def spoil(body: dict[str, Any]) -> None:
        models = body["pages"][1]["results"][0]["breakdown"]["models"]
        models["gpt-4o-mini"]["api_key_breakdown"]["aaaaaaaa"]["metrics"]["spend"] = -1

    found = spend(change=spoil)
    (rejected,) = (each for each in found if isinstance(each, Rejected))
    assert "spend: -1 is below 0" in rejected.reason
    assert "support-web" not in rejected.raw
    assert ("support-bot", "team=t-1, model=") not in costs(found)


def test_a_proxy_that_could_not_look_up_its_keys_makes_the_run_partial(spend: Callable[..., list[Parsed]]) -> None:
    def lose(body: dict[str, Any]) -> None:
        key = body["pages"][0]["results"][0]["breakdown"]["api_keys"]["aaaaaaaa"]
        key["metadata"] = dict.fromkeys(key["metadata"])

    assert [each for each in spend(change=lose) if isinstance(each, Missing)] == [
        Missing("the teams of keys: the proxy could not look them up")
    ]


@pytest.mark.parametrize("name", ["date", "breakdown"])
def test_a_day_without_a_required_field_is_an_error_that_names_it(
    spend: Callable[..., list[Parsed]], name: str
) -> None:
    with pytest.raises(SourceError, match=name):
        spend(change=lambda body: body["pages"][0]["results"][0].pop(name))


def test_the_budget_with_the_least_left_speaks_for_its_system(budgets: Callable[..., list[Parsed]]) -> None:
    assert values(budgets()) == {
        ("support-bot", "llmops.budget.limit", "last", "team"): 100,
        ("support-bot", "llmops.budget.remaining", "last", "team"): 58.5,
        ("support-bot", "llmops.budget.enforced", "last", "team"): 1,
        ("claims-triage", "llmops.budget.limit", "last", "team"): 10,
        ("claims-triage", "llmops.budget.remaining", "last", "team"): -2,
        ("claims-triage", "llmops.budget.enforced", "last", "team"): 0,
        ("support-bot", "llmops.budget.limit", "last", "key"): 25,
        ("support-bot", "llmops.budget.remaining", "last", "key"): 3.5,
        ("support-bot", "llmops.budget.enforced", "last", "key"): 1,
        ("claims-triage", "llmops.budget.limit", "last", "key"): 40,
        ("claims-triage", "llmops.budget.remaining", "last", "key"): 28,
        ("claims-triage", "llmops.budget.enforced", "last", "key"): 1,
    }


def test_a_budget_of_unknown_spend_has_a_limit_and_no_remainder(budgets: Callable[..., list[Parsed]]) -> None:
    found = values(budgets(change=lambda body: body["teams"][0].pop("spend")))
    assert found["support-bot", "llmops.budget.limit", "last", "team"] == 100
    assert ("support-bot", "llmops.budget.remaining", "last", "team") not in found


def test_a_budget_that_cannot_be_is_set_aside_without_the_name_of_its_key(budgets: Callable[..., list[Parsed]]) -> None:
    found = budgets(change=lambda body: body["keys"][0].update(max_budget=-5))
    (rejected,) = (each for each in found if isinstance(each, Rejected))
    assert "max_budget" in rejected.reason
    assert "support-web" not in rejected.raw


def test_the_page_counts_calls_and_not_wrong_keys_on_its_own_pages(fixtures: Path, read_one: ReadOne) -> None:
    body = (fixtures / "litellm" / "metrics.txt").read_bytes()
    found = values(read_one("litellm", body, Settings(URL), TEAMS, WINDOW, "metrics"))
    assert found["support-bot", "llmops.requests", "counter"] == 4
    assert found["support-bot", "llmops.errors", "counter"] == 2
    assert found["claims-triage", "llmops.requests", "counter"] == 1
    assert found["support-bot", "llmops.cost", "counter"] == 0.00045000000000000004
    assert found["support-bot", "gen_ai.client.token.usage", "counter", "output"] == 40
    assert found["support-bot", "gen_ai.client.operation.duration", "bucket", "5.0"] == 2


def test_labels_are_kept_as_asked_and_none_of_people_or_keys(fixtures: Path, read_one: ReadOne) -> None:
    body = (fixtures / "litellm" / "metrics.txt").read_bytes()
    found = values(read_one("litellm", body, Settings(URL, dims=("requested_model",)), TEAMS, WINDOW, "metrics"))
    assert found["support-bot", "llmops.requests", "counter", "broken"] == 1
    with pytest.raises(ValueError, match="no person and no key, found client_ip"):
        Settings(URL, dims=("client_ip",))


def test_a_models_day_is_stored_once_by_the_name_that_spend_has(read_one: ReadOne) -> None:
    rows = [
        {"model_name": "fast", "litellm_model": "openai/gpt-4o-mini", "deprecation_date": "2027-03-31"},
        {"model_name": "mini", "litellm_model": "gpt-4o-mini", "litellm_provider": "openai", "deprecation_date": "2027-02-28"},
        {"model_name": "own", "deprecation_date": "2027-01-31", "successor_model": "fast"},
        {"model_name": "old", "deprecation_date": "0001-01-01"},
    ]  # fmt: skip
    body = json.dumps({"deprecated": [], "imminent": rows[3:], "upcoming": rows[:3]}).encode()
    found = read_one("litellm", body, Settings(URL), TEAMS, WINDOW, "models")
    assert [each for each in found if isinstance(each, ModelDates)] == [
        ModelDates("openai", "gpt-4o-mini", retires_on=date(2027, 2, 28)),
        ModelDates("", "own", retires_on=date(2027, 1, 31), replacement="fast"),
    ]
    assert len([each for each in found if isinstance(each, Rejected)]) == 1


def test_everything_is_asked_and_health_never(
    replay: Callable[..., Replay], gather: Callable[..., list[Parsed]]
) -> None:
    http = replay(play)
    found = gather("litellm", Settings(f"{URL}/"), TODAY, TEAMS, http)
    assert {type(each) for each in found} == {Sample, CostLine, ModelDates, Unrouted}
    paths = [asked.path for asked in http.asked]
    assert paths == ["/metrics/", "/model/deprecations", "/team/list", "/key/list", *["/user/daily/activity"] * 3]
    days = [(asked.sent["start_date"], asked.sent["end_date"], asked.sent["page"]) for asked in http.asked[4:]]
    assert days == [
        ("2026-11-22", "2026-11-22", "1"),
        ("2026-11-22", "2026-11-22", "2"),
        ("2026-11-23", "2026-11-23", "1"),
    ]
    assert http.asked[0].headers == {"Accept": "text/plain;version=0.0.4"}


@pytest.mark.parametrize(
    ("part", "paths"),
    [
        ("metrics", {"/metrics/"}),
        ("models", {"/model/deprecations"}),
        ("budgets", {"/team/list", "/key/list"}),
        ("spend", {"/team/list", "/user/daily/activity"}),
    ],
)
def test_only_what_is_to_be_read_is_asked(
    replay: Callable[..., Replay], gather: Callable[..., list[Parsed]], part: Any, paths: set[str]
) -> None:
    http = replay(play)
    gather("litellm", Settings(URL, read=(part,)), TODAY, TEAMS, http)
    assert {asked.path for asked in http.asked} == paths


def test_keys_come_in_pages_and_no_name_or_hash_of_theirs_is_passed_on(
    replay: Callable[..., Replay], gather: Callable[..., list[Parsed]]
) -> None:
    def paged(asked: Asked) -> bytes:
        if asked.path != "/key/list":
            return play(asked)
        one = {"token": "hash", "key_alias": "a", "team_id": "t-1", "spend": int(asked.sent["page"]), "max_budget": 10}
        return json.dumps({"keys": [one], "total_pages": 3}).encode()

    http = replay(paged)
    found = gather("litellm", Settings(URL, read=("budgets",)), TODAY, TEAMS, http)
    assert [asked.sent["page"] for asked in http.asked[1:]] == ["1", "2", "3"]
    assert values(found)["support-bot", "llmops.budget.remaining", "last", "key"] == 7
    assert "hash" not in repr(found)


def test_a_page_that_comes_again_is_the_last(
    replay: Callable[..., Replay], gather: Callable[..., list[Parsed]]
) -> None:
    http = replay(lambda asked: play(replace(asked, sent={**asked.sent, "page": "1"})))
    found = gather("litellm", Settings(URL, read=("spend",)), TODAY, TEAMS, http)
    assert costs(found) == {("support-bot", "team=t-1, model=gpt-4o"): Decimal("1.750000000")}
    assert len(http.asked) == 4


def refusing(**refusals: str) -> Callable[[Asked], bytes]:
    """Play the proxy, and refuse some paths with these words."""

    def answer(asked: Asked) -> bytes:
        name = asked.path.strip("/").replace("/", "_")
        if name in refusals:
            raise SourceError("status", refusals[name])
        return play(asked)

    return answer


def test_a_page_that_the_proxy_does_not_have_is_missing_and_the_rest_is_read(
    replay: Callable[..., Replay], gather: Callable[..., list[Parsed]]
) -> None:
    http = replay(refusing(metrics="answered 404: there is no such thing", model_deprecations="answered 404"))
    found = gather("litellm", Settings(URL), TODAY, TEAMS, http)
    missing = [each.what for each in found if isinstance(each, Missing)]
    assert missing == [
        "/metrics/: this proxy does not have it; leave it out of `read`",
        "/model/deprecations: this proxy does not have it; leave it out of `read`",
    ]
    assert len(costs(found)) == 4


@pytest.mark.parametrize(
    "words",
    [
        "answered 400: the question was not understood: DB not connected. This endpoint needs a database",
        "answered 500: Database not connected. Connect a database to your proxy",
    ],
)
def test_without_a_database_spend_tracking_is_off_and_never_zero(
    replay: Callable[..., Replay], gather: Callable[..., list[Parsed]], words: str
) -> None:
    found = gather("litellm", Settings(URL), TODAY, TEAMS, replay(refusing(team_list=words)))
    assert [each for each in found if isinstance(each, Missing)] == [
        Missing("spend tracking: it is off, the proxy has no database")
    ]
    assert costs(found) == {}
    assert ("support-bot", "llmops.cost", "counter") in values(found)


@pytest.mark.parametrize(("path", "words"), [("team_list", "answered 502"), ("metrics", "answered 503")])
def test_any_other_refusal_is_an_error(
    replay: Callable[..., Replay], gather: Callable[..., list[Parsed]], path: str, words: str
) -> None:
    with pytest.raises(SourceError, match=words):
        gather("litellm", Settings(URL), TODAY, TEAMS, replay(refusing(**{path: words})))


def test_the_words_of_a_real_refusal_are_understood(
    serve: Callable[..., Any], fixtures: Path, collect_really: Callable[..., list[Parsed]]
) -> None:
    off = {"status": 400, "body": (fixtures / "litellm" / "off.json").read_text()}
    settings = Settings(serve(off).url().rstrip("/"), read=("spend",))
    assert collect_really("litellm", settings, TODAY, TEAMS) == [
        Missing("spend tracking: it is off, the proxy has no database")
    ]


def test_a_wrong_key_of_a_proxy_without_a_database_is_a_matter_of_the_key(
    serve: Callable[..., Any], fixtures: Path, collect_really: Callable[..., list[Parsed]]
) -> None:
    wrong = {"status": 400, "body": (fixtures / "litellm" / "wrong_key.json").read_text()}
    for part in ("models", "spend"):
        settings = Settings(serve(wrong).url().rstrip("/"), read=(part,))
        with pytest.raises(SourceError, match="knows its master key alone") as caught:
            collect_really("litellm", settings, TODAY, TEAMS)
        assert caught.value.cause == "auth"


def test_an_error_inside_a_page_of_spend_is_the_proxys(
    replay: Callable[..., Replay], gather: Callable[..., list[Parsed]]
) -> None:
    http = replay(lambda asked: b'{"error":"Failed to fetch"}' if "daily" in asked.path else play(asked))
    with pytest.raises(SourceError, match="Failed to fetch") as caught:
        gather("litellm", Settings(URL, read=("spend",)), TODAY, TEAMS, http)
    assert caught.value.cause == "upstream"
