"""A real Phoenix, collected by the real program inside its own network: what is stored is what its API says."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from scripts.real import configuration, namespaces
from scripts.real.processes import Server
from scripts.real.site import Site

pytestmark = pytest.mark.real

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def ask(phoenix: Server, namespace: str) -> Ask:
    """Ask the server's API directly, as curl would."""

    def asked(path: str, sent: object = None) -> Any:
        return namespaces.asked(namespace, f"{phoenix.url}{path}", sent)

    return asked


@pytest.fixture(scope="module")
def site(phoenix: Server, namespace: str, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Give a site after one collection, run where the server can be reached."""
    folder = tmp_path_factory.mktemp("phoenix-site")
    environ = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "XDG_CACHE_HOME": str(folder / "cache")}
    config = configuration.write_phoenix(folder / "config.toml", folder / "store", phoenix.url)
    site = Site(config, folder / "store", environ, tuple(namespaces.inside(namespace)))
    site.run("collect")
    return site


@pytest.fixture(scope="module")
def project(ask: Ask) -> str:
    """Give the id of the project that the tests look at."""
    projects = ask("/v1/projects")["data"]
    return next(str(each["id"]) for each in projects if each["name"] == "support-bot")


def summed(ask: Ask, project: str, fields: str) -> Any:
    """Ask for whole numbers of one project over the nine days that are over."""
    span = {"start": (TODAY - timedelta(days=9)).isoformat(), "end": TODAY.isoformat()}
    query = f"query($id: ID!, $span: TimeRange!) {{ node(id: $id) {{ ... on Project {{ {fields} }} }} }}"
    return ask("/graphql", {"query": query, "variables": {"id": project, "span": span}})["data"]["node"]


def added(site: Site, metric: str, dims: str = "%") -> float:
    """Add up a metric's samples of the nine days that are over."""
    found = site.rows(
        """select sum(value) from samples join series using (series_id)
        where system = 'support-bot' and metric = ? and stat = 'sum' and dims like ? and seen > ? and seen <= ?""",
        *(metric, dims, (TODAY - timedelta(days=9)).replace(tzinfo=None), TODAY.replace(tzinfo=None)),
    )
    value: float = found[0][0]
    return value


def test_the_collection_is_complete(site: Site) -> None:
    assert site.rows("select state, cause, rejected, unrouted from runs") == [("complete", "", 0, 0)]


def test_traces_tokens_and_their_cost_add_up_to_what_the_api_says(site: Site, ask: Ask, project: str) -> None:
    said = summed(
        ask,
        project,
        "traceCount(timeRange: $span) tokenCountPrompt(timeRange: $span) tokenCountCompletion(timeRange: $span)"
        " costSummary(timeRange: $span) { total { cost } }",
    )
    assert (added(site, "llmops.requests"), said["traceCount"]) == (108, 108)
    assert added(site, "gen_ai.client.token.usage", "%input%") == said["tokenCountPrompt"]
    assert added(site, "gen_ai.client.token.usage", "%output%") == said["tokenCountCompletion"]
    assert added(site, "llmops.cost") == pytest.approx(said["costSummary"]["total"]["cost"])
    assert added(site, "llmops.errors") == 12


def test_costs_by_day_and_model_add_up_to_what_the_api_says(site: Site, ask: Ask, project: str) -> None:
    models = (
        "topModelsByCost(timeRange: $span) { name costSummary(projectId: $id, timeRange: $span) { total { cost } } }"
    )
    said = {
        each["name"]: each["costSummary"]["total"]["cost"] for each in summed(ask, project, models)["topModelsByCost"]
    }
    stored = site.rows(
        """select model, sum(effective_cost), count(*), bool_and(basis = 'trace_estimate') from costs
        where system = 'support-bot' and charge_period_end <= ? group by model""",
        TODAY.replace(tzinfo=None),
    )
    assert {model for model, *_ in stored} == set(said) == {"gpt-4o-mini", "gpt-4o-2024-08-06"}
    for model, cost, days, is_estimate in stored:
        assert cost == pytest.approx(Decimal(str(said[model])), abs=Decimal("1e-8"))
        assert (days, is_estimate) == (9, True)


def test_latency_is_that_of_the_hour_with_its_number(site: Site, ask: Ask, project: str) -> None:
    ((seen, value, n),) = site.rows(
        """select seen, value, n from samples join series using (series_id) where system = 'support-bot'
        and metric = 'gen_ai.client.operation.duration' and stat = 'p95' order by seen limit 1"""
    )
    end = seen.replace(tzinfo=UTC)
    hour = {"start": (end - timedelta(hours=1)).isoformat(), "end": end.isoformat()}
    query = """query($id: ID!, $hour: TimeRange!) { node(id: $id) { ... on Project {
        latencyMsQuantile(probability: 0.95, timeRange: $hour) traceCount(timeRange: $hour) } } }"""
    said = ask("/graphql", {"query": query, "variables": {"id": project, "hour": hour}})["data"]["node"]
    assert (value, n) == (pytest.approx(said["latencyMsQuantile"] / 1000), said["traceCount"])


def test_scores_of_a_day_are_those_of_the_api_with_their_number(site: Site, ask: Ask, project: str) -> None:
    stored = site.rows(
        """select suite, scorer, value, n from evaluations where system = 'support-bot' and suite like 'online%'
        and seen = ? order by all""",
        TODAY.replace(tzinfo=None),
    )
    day = {"start": (TODAY - timedelta(days=1)).isoformat(), "end": TODAY.isoformat()}
    query = """query($id: ID!, $day: TimeRange!) { node(id: $id) { ... on Project {
        faithfulness: spanAnnotationSummary(annotationName: "faithfulness", timeRange: $day) { meanScore scoreCount }
        thumb: spanAnnotationSummary(annotationName: "thumb", timeRange: $day) { meanScore scoreCount }
        solved: traceAnnotationSummary(annotationName: "solved", timeRange: $day) { meanScore scoreCount } } } }"""
    said = ask("/graphql", {"query": query, "variables": {"id": project, "day": day}})["data"]["node"]
    suites = {"faithfulness": "online", "thumb": "online", "solved": "online traces"}
    assert stored == [
        (suites[name], name, pytest.approx(said[name]["meanScore"]), said[name]["scoreCount"])
        for name in ("faithfulness", "thumb", "solved")
    ]


def test_experiments_carry_their_failed_and_missing_runs_as_errors(site: Site, ask: Ask) -> None:
    stored = site.rows(
        """select eval_run, value, n, errors, status, judge, system_version from evaluations
        where system = 'support-bot' and suite = 'support-bot/golden' order by errors"""
    )
    assert [row[2:] for row in stored] == [
        (10, 0, "ok", "gpt-4o", "gpt-4o-mini"),
        (9, 1, "ok", "gpt-4o", "gpt-4o-mini"),
        (7, 3, "partial", "gpt-4o", "gpt-4o-mini"),
    ]
    for run, value, n, *_ in stored:
        rows = ask(f"/v1/experiments/{run}/json")
        scores = [each["score"] for row in rows for each in row["annotations"]]
        assert (value, n) == (pytest.approx(sum(scores) / len(scores)), len(scores))


def test_the_version_after_production_is_pending(site: Site, ask: Ask) -> None:
    stored = site.rows("select external_id, state, content from changes where system = 'support-bot' order by all")
    assert [row[:2] for row in stored] == [
        ("prompt support-bot-system 2", "applied"),
        ("prompt support-bot-system 3", "pending"),
    ]
    said = ask("/v1/prompts/support-bot-system/tags/production")["data"]["template"]["messages"][0]["content"]
    assert (said in stored[0][2], said in stored[1][2]) == (True, False)


def test_a_second_collection_changes_nothing(site: Site) -> None:
    asked = site.asked()
    before = site.held(asked)
    assert {name for name, rows in before.items() if rows} == {
        f"{table} of phoenix" for table in ("samples", "evaluations", "costs", "changes")
    }
    site.run("collect")
    assert site.held(asked) == before


def test_no_text_of_users_is_stored(site: Site) -> None:
    kept = [path for path in site.store.rglob("*") if path.is_file()]
    assert kept
    assert all(text not in path.read_bytes() for path in kept for text in (b"question 7", b"case 3", b"timed out"))
