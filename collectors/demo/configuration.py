"""Write the configuration of the demonstration, whole: people, systems, sources, thresholds, store."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from collectors.demo import costs, model_calendar, result_files
from collectors.demo.portfolio import ANSWERED, PEOPLE, PORTFOLIO, SYSTEMS, DemoSystem, cost_per_request
from store.accounts import own_name

STORE: Final = "store"
TOKEN_FILE: Final = "vendor-portal.token"  # noqa: S105 - the name of a file
_HEADLINES: Final[Mapping[str, str]] = {
    "claims-triage": "groundedness",
    "legal-search": "groundedness",
    "contract-summary": "schema",
    "meeting-notes": "",
}
_SCORERS: Final = (
    ("correctness/v1/mean", "correctness"),
    ("groundedness/v1/mean", "groundedness"),
    ("groundedness", "groundedness"),
    ("user_thumb", "user_thumb"),
)
_TABLES: Final = (
    # source, table of the service, metric, stat, column of the value, column of n
    ("index-age", "retrieval", "llmops.index.age", "last", "index_age_seconds", ""),
    ("retrieval", "retrieval", "llmops.retrieval.empty_ratio", "ratio", "empty_ratio", "searches"),
    ("guardrails", "guardrails", "llmops.guardrail.block_ratio", "ratio", "block_ratio", "requests"),
    (
        *("guardrail-categories", "guardrail-categories", "llmops.guardrail.category_block_ratio"),
        *("ratio", "block_ratio", "requests"),
    ),
    ("tools", "tools", "llmops.tool.empty_ratio", "ratio", "empty_ratio", "calls"),
    ("outcomes", "tools", "llmops.outcome.confirmed_ratio", "ratio", "confirmed_ratio", "reported_success"),
)
_CALLS: Final = "gen_ai_client_operation_duration_seconds_count"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers of the demonstration listen."""

    gateway: str
    engine: str
    mlflow: str
    stats: str
    portal: str
    alerts: str


def text(folder: Path, addresses: Addresses, now: datetime) -> str:
    """Write the whole file."""
    parts = (_head(), _people(), _systems(), _sources(folder, addresses), _thresholds(now))
    return "\n".join(line for part in parts for line in part) + "\n"


def _head() -> Iterator[str]:
    yield "# Written by llmops-tui demo: everything in it is invented, every server in it is on this machine."
    yield from _table("[portfolio]", name=PORTFOLIO, timezone="UTC", currency="USD")
    yield from _table("[store]", folder=STORE)
    yield from _table("[collection]", concurrency=8, per_host=4)


def _people() -> Iterator[str]:
    """Let whoever runs it decide as the first of them, so that an approval can be tried."""
    for person in PEOPLE:
        account = {"os_user": own_name()} if person is PEOPLE[0] else {}
        yield from _table("[[people]]", name=person.name, title=person.title, roles=list(person.roles), **account)


def _systems() -> Iterator[str]:
    for system in SYSTEMS:
        yield from _table(
            "[[systems]]",
            name=system.name,
            title=system.title,
            owner=system.owner,
            deputy=system.deputy,
            tier=system.tier,
            data_class=system.data_class,
            depends_on=[*system.depends_on, f"model:{system.model}"],
            monthly_budget=system.budget,
            headline=_HEADLINES.get(system.name, "correctness"),
        )


def _sources(folder: Path, addresses: Addresses) -> Iterator[str]:
    """Give every source with its schedule, its way to the systems and its questions."""
    yield from _source("gateway", "prometheus", "2,32 * * * *", first="60d")
    yield from _table("[sources.limits]", read="60s", total="120s", source="600s")  # sixty days, on any machine
    asked = {"step": "30m", "points": 720, "presets": ["otel"], "by": ["system"]}
    yield from _table("[sources.options]", url=addresses.gateway, **asked)
    for query in _gateway_queries():
        yield from _table("[[sources.options.queries]]", **query)
    yield from _source("code-engine", "prometheus_scrape", "* * * * *", system="code-assist")
    yield from _table("[sources.options]", url=f"{addresses.engine}/metrics")
    yield from _source("mlflow", "mlflow", "*/15 * * * *", first="60d")
    experiments = {"experiments": ["*/nightly-eval"], "traces": ["*/traces"]}
    yield from _table("[sources.options]", url=addresses.mlflow, interval="6h", **experiments)
    for metric, name in _SCORERS:
        yield from _table("[[sources.options.scorers]]", metric=metric, name=name)
    yield from _files(folder)
    yield from _source("alertmanager", "alertmanager", "*/5 * * * *")
    yield from _table("[sources.options]", url=addresses.alerts)
    for name, place, metric, stat, value, n in _TABLES:
        yield from _service(name, f"{addresses.stats}/v1/{place}", metric, (stat, value, n))
    portal = f"{addresses.portal}/v1/retrieval"
    quota = ("last", "index_age_seconds", "")
    yield from _service("vendor-portal", portal, "llmops.vendor.quota_used", quota, system="hr-assistant")
    yield from _table("[sources.options.access]", token=f"file:{folder / TOKEN_FILE}")


def _files(folder: Path) -> Iterator[str]:
    """Give the sources that are files."""
    results, charged = folder / result_files.FOLDER, folder / costs.FOLDER
    yield from _source("promptfoo", "promptfoo", "20 * * * *")
    yield from _table("[sources.options]", path=f"{results}/promptfoo/**/*.json", suite="golden")
    yield from _source("inspect", "inspect_ai", "25 * * * *")
    yield from _table("[sources.options]", path=f"{results}/inspect_ai/**/*.*")
    for vendor, ending in (("meridian", "csv"), ("halcyon", "parquet"), ("northgrid", "csv")):
        yield from _source(f"costs-{vendor}", "focus", "40 * * * *")
        yield from _table("[sources.options]", path=f"{charged}/focus-{vendor}-*.{ending}", basis="provider_usage")
    yield from _source("model-calendar", "model_calendar", "30 5 * * *", system=SYSTEMS[0].name)  # of no system
    yield from _table("[sources.options]", path=str(folder / model_calendar.FILE))


def _service(name: str, url: str, metric: str, value: tuple[str, str, str], system: str = "") -> Iterator[str]:
    """Give one table of the statistics service as a source: which metric, which columns."""
    stat, column, n = value
    by_category = name == "guardrail-categories"
    fields = {"time": "hour_end", "value": column} | ({"n": n} if n else {})
    labels = {"system": "system"} | ({"category": "category"} if by_category else {})
    yield from _source(name, "http_json", "5 * * * *", first="60d", system=system)
    yield from _table("[sources.options]", url=url, rows="rows", params={"since": "$start", "until": "$end"})
    yield from _table(
        "[sources.options.map]",
        record="sample",
        metric=metric,
        stat=stat,
        unit="s" if column.endswith("_seconds") else "1",
        period="1h" if stat == "ratio" else "0s",
        time_is="end",
        fields=fields,
        labels=labels,
        dims=["category"] if by_category else [],
    )


def _gateway_queries() -> Iterator[Mapping[str, object]]:
    """Ask the gateway what the preset does not: cost, answering models, and the shares that tell the failure modes."""
    spend = "sum by (system{}) (increase(llm_cost_usd_total[$window]))"
    yield {"metric": "llmops.cost", "stat": "sum", "unit": "USD", "query": spend.format("")}
    yield {"record": "cost", "query": spend.format(", model")}
    answered = f'sum by (system, gen_ai_response_model) (increase({_CALLS}{{error_type=""}}[$window]))'
    every = f'sum by (system) (increase({_CALLS}{{error_type=""}}[$window]))'
    yield {
        "metric": "llmops.model.response_share",
        "stat": "ratio",
        "window": "1h",
        "query": f"{answered} / on (system) group_left () {every}",
        "count": f"0 * {answered} + on (system) group_left () {every}",
    }
    for metric, name, label, part in (
        ("llmops.query.uncovered_ratio", "llm_queries_total", "coverage", "uncovered"),
        ("llmops.truncated_ratio", "llm_responses_total", "finish_reason", "length"),
        ("llmops.schema_valid_ratio", "llm_schema_checks_total", "outcome", "valid"),
        ("llmops.feedback.thumbs_down_ratio", "llm_feedback_total", "rating", "down"),
    ):
        whole = f"sum by (system) (increase({name}[$window]))"
        share = f'sum by (system) (increase({name}{{{label}="{part}"}}[$window])) / {whole}'
        yield {"metric": metric, "stat": "ratio", "window": "1h", "query": share, "count": whole}


def _source(name: str, kind: str, schedule: str, *, system: str = "", first: str = "") -> Iterator[str]:
    """Begin a source; without a system its rows go where their label ``system`` says."""
    yield from _table("[[sources]]", name=name, kind=kind, schedule=schedule)
    yield from (f"{key} = {_value(value)}" for key, value in (("system", system), ("first", first)) if value)
    if not system:
        yield from _table("[sources.route]", label="system", systems={each.name: each.name for each in SYSTEMS})


def _thresholds(now: datetime) -> Iterator[str]:
    """Give the rules that are data, then those that follow from each system."""
    review = f"{now + timedelta(days=91):%Y-%m-%d}"
    yield ""
    yield Path(__file__).with_name("thresholds.toml").read_text(encoding="utf-8").replace("{review}", review)
    for system in SYSTEMS:
        for rule in (_pinned(system), _unit_cost(system), _daily_cost(system)):
            yield from _table("[[thresholds]]", **rule, systems=[system.name], owner=PEOPLE[0].name)
            yield f"review_by = {review}"


def _pinned(system: DemoSystem) -> dict[str, object]:
    return {
        "name": "answered-model",
        "mode": "FM1",
        "domain": "changes",
        "metric": "llmops.model.response_share",
        "dims": {"gen_ai.response.model": ANSWERED[system.model]},
        "stat": "ratio",
        "direction": "below",
        "warning": 0.99,
        "critical": 0.5,
        "window": "1h",
        "min_n": 20,
        "rationale": "the golden set was passed by this model and no other",
    }


def _unit_cost(system: DemoSystem) -> dict[str, object]:
    usual = cost_per_request(system)
    return {
        "name": "cost-per-request",
        "mode": "FM7",
        "domain": "costs",
        "metric": "llmops.cost_per_request",
        "stat": "ratio",
        "direction": "above",
        "warning": round(usual * 1.5, 6),
        "critical": round(usual * 2.5, 6),
        "window": "1h",
        "min_n": 20,
        "source": "gateway",
        "rationale": f"1.5 and 2.5 times the ordinary ${usual:.5f}: a loop or a longer prompt, not more users",
    }


def _daily_cost(system: DemoSystem) -> dict[str, object]:
    usual = cost_per_request(system) * system.requests * 24
    return {
        "name": "daily-cost",
        "mode": "FM7",
        "domain": "costs",
        "metric": "cost",
        "stat": "sum",
        "direction": "above",
        "warning": round(usual * 2.6, 2),
        "critical": round(usual * 5, 2),
        "window": "1d",
        "confirm": "1 of 1",
        "stale_after": "3d",
        "rationale": "twice an ordinary day can be a campaign, two and a half times cannot",
    }


def _table(head: str, **values: object) -> Iterator[str]:
    """Write a table."""
    yield ""
    yield head
    yield from (f"{key} = {_value(value)}" for key, value in values.items())


def _value(value: object) -> str:
    """Write a value as TOML; its basic strings are those of JSON."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_value(each)}" for key, each in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
