"""A real LiteLLM proxy: what is stored equals its own page, spend tracking is off, and no model was called by collecting."""

import os
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from scripts.real import configuration
from scripts.real.processes import Server
from scripts.real.site import Site
from store.errors import EXIT_UNREACHABLE
from tests.conftest import LITELLM_KEY

pytestmark = pytest.mark.real

CALLS = {"support-chat": 3, "triage": 2, "broken": 2, "local": 2}
ENTRY = {"Authorization": f"Bearer {LITELLM_KEY}"}
PATIENCE = 60.0


def page(proxy: Server) -> list[str]:
    """Read the proxy's page as a person would."""
    return httpx.get(f"{proxy.url}/metrics/", headers=ENTRY, timeout=30).text.splitlines()


def total(lines: list[str], name: str, *models: str) -> float:
    """Add up what a page says of a name for the models that callers ask for."""
    wanted = [f'requested_model="{model}"' for model in models]
    found = [line for line in lines if line.startswith(f"{name}{{") and any(word in line for word in wanted)]
    return sum(float(line.rsplit(" ", 1)[1]) for line in found)


@pytest.fixture(scope="module")
def called(litellm: Server) -> list[str]:
    """Send calls through the proxy and give its page once it has counted and priced them all."""

    def call(model: str) -> int:
        body = {"model": model, "max_tokens": 8, "messages": [{"role": "user", "content": "How do I reset it?"}]}
        return httpx.post(f"{litellm.url}/v1/chat/completions", json=body, headers=ENTRY, timeout=120).status_code

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(call, [model for model, times in CALLS.items() for _ in range(times)]))
    assert (answers.count(200), answers.count(429)) == (7, 2)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        lines = page(litellm)
        counted = total(lines, "litellm_proxy_total_requests_metric_total", *CALLS)
        if counted == sum(CALLS.values()) and total(lines, "litellm_spend_metric_total", "local"):
            return lines
        time.sleep(0.2)
    pytest.fail("the proxy did not count what it was asked")


@pytest.fixture(scope="module")
def new_gateway(litellm: Server, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Site]:
    """Give a maker of sites that collect from the proxy with a key."""

    def make(key: str) -> Site:
        folder = tmp_path_factory.mktemp("gateway")
        environ = {**os.environ, "XDG_STATE_HOME": str(folder), "XDG_CACHE_HOME": str(folder), "LITELLM_KEY": key}
        config = configuration.write_gateway(folder / "config.toml", folder / "store", litellm.url)
        return Site(config, folder / "store", environ)

    return make


@pytest.fixture(scope="module")
def gateway(new_gateway: Callable[[str], Site], called: list[str]) -> Site:
    """Give a site after one collection, partial because the proxy has no database."""
    assert called
    site = new_gateway(LITELLM_KEY)
    site.run("collect", codes=(1,))
    return site


def stored(site: Site, system: str, metric: str, dims: str = "%") -> list[float]:
    """Give the newest reading of one series."""
    found = site.rows(
        """select value from samples join series using (series_id) where system = ? and metric = ?
        and stat in ('counter', 'last') and dims like ? order by seen desc limit 1""",
        *(system, metric, dims),
    )
    return [value for (value,) in found]


SYSTEMS = {"support-bot": ("support-chat", "broken"), "claims-triage": ("triage",), "smollm-desk": ("local",)}


@pytest.mark.parametrize("system", SYSTEMS)
def test_requests_cost_and_tokens_equal_what_the_proxys_page_says(
    gateway: Site, called: list[str], system: str
) -> None:
    models = SYSTEMS[system]
    assert stored(gateway, system, "llmops.requests") == [sum(CALLS[model] for model in models)]
    cost = total(called, "litellm_spend_metric_total", *models)
    assert cost > 0
    assert stored(gateway, system, "llmops.cost") == [pytest.approx(cost, rel=1e-12)]
    for kind in ("input", "output"):
        tokens = total(called, f"litellm_{kind}_tokens_metric_total", *models)
        assert stored(gateway, system, "gen_ai.client.token.usage", f"%{kind}%") == [tokens]


def test_a_model_that_always_rate_limits_is_errors(gateway: Site) -> None:
    assert stored(gateway, "support-bot", "llmops.errors") == [CALLS["broken"]]
    assert stored(gateway, "claims-triage", "llmops.errors") == []


def test_latency_is_read_as_buckets_up_to_infinity(gateway: Site, called: list[str]) -> None:
    top = gateway.rows(
        """select value from samples join series using (series_id) where system = 'smollm-desk'
        and metric = 'gen_ai.client.operation.duration' and dims like '%+Inf%'"""
    )
    assert top == [(total(called, "litellm_request_total_latency_metric_count", "local"),)]


def test_spend_tracking_is_said_to_be_off_and_nothing_costs_zero(gateway: Site) -> None:
    ((state, detail),) = gateway.rows("select state, detail from runs")
    assert state == "partial"
    assert "spend tracking: it is off, the proxy has no database" in detail
    assert gateway.rows("select count(*) from costs") == [(0,)]


def test_the_retirement_that_the_proxy_announces_is_stored(gateway: Site) -> None:
    found = gateway.rows("select provider, model, retires_on::varchar, replacement from model_dates")
    assert found == [("openai", "gpt-4o-mini", "2027-03-31", "support-chat")]


def test_no_label_of_people_or_keys_is_stored(gateway: Site) -> None:
    names = "api_key|client_ip|user|email|127.0.0.1"
    assert not [dims for (dims,) in gateway.rows("select dims from series") if re.search(names, dims)]


def test_a_wrong_key_is_a_matter_of_the_key_and_no_error_of_a_system(
    new_gateway: Callable[[str], Site], gateway: Site
) -> None:
    wrong = new_gateway("sk-wrong")
    wrong.run("collect", codes=(EXIT_UNREACHABLE,))
    assert wrong.rows("select state, cause from runs") == [("failed", "auth")]
    gateway.run("collect", codes=(1,))
    assert stored(gateway, "support-bot", "llmops.errors") == [CALLS["broken"]]


def test_collecting_never_calls_a_model(gateway: Site, litellm: Server, called: list[str]) -> None:
    gateway.run("collect", codes=(1,))
    asked = re.findall(r'"[A-Z]+ (/\S*) HTTP', litellm.log.read_text())
    assert asked.count("/metrics/") > 1
    assert [path for path in asked if path.startswith("/health") and path != "/health/liveliness"] == []
    now = page(litellm)
    assert "litellm-internal-health-check" not in "\n".join(now)
    for name in ("litellm_spend_metric_total", "litellm_output_tokens_metric_total"):
        assert total(now, name, *CALLS) == total(called, name, *CALLS)
