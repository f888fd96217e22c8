"""Build a real store for the screens: eight systems, two days of samples, costs, scores, changes, incidents, one failed source."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from collectors.settings import Collection, SourceSettings
from operations.settings import Portfolio, System, Threshold
from store.folder import Folder
from store.records import Change, CostLine, Evaluation, Incident, ModelDates, Outcome, Record, Run, Sample
from store.settings import StoreSettings
from store.values import Confirm, Duration
from tui import collecting
from tui.settings import Config, InterfaceSettings

NOW = datetime(2026, 3, 10, 14, 30, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_LATENCY = "gen_ai.client.operation.duration"
NAMES = (
    ("support-bot", "Ada Byron", 1, "9000"),
    ("claims-triage", "Grace Hopper", 1, "7000"),
    ("contract-summary", "Ada Byron", 2, "4400"),
    ("hr-assistant", "Katherine Johnson", 2, "4200"),
    ("search-answers", "Alan Turing", 2, "3000"),
    ("code-review", "Barbara Liskov", 3, ""),
    ("meeting-notes", "Barbara Liskov", 3, "2600"),
    ("translation", "Alan Turing", 3, "1500"),
)
PROMPT = (
    "--- prompt v7\n+++ prompt v8\n@@ -1,3 +1,3 @@\n You answer customers of Acme.\n"
    "-Refuse when the sources do not say it.\n+Answer as well as you can.\u200b\n Cite the clause.\n"
)


def config(folder: Path) -> Config:
    """Configure the portfolio."""
    systems = tuple(
        System(
            name=name,
            title=name.replace("-", " ").capitalize(),
            owner=owner,
            deputy="Edsger Dijkstra",
            tier=tier,  # type: ignore[arg-type]  # 1, 2 or 3
            headline="groundedness",
            depends_on=("model:north-large-2026-02-01", "model:north-embed") if name == "support-bot" else (),
            monthly_budget=Decimal(budget) if budget else None,
        )
        for name, owner, tier, budget in NAMES
    )
    thresholds = (
        Threshold("latency", _LATENCY, "above", 2.0, 4.0, stat="p95", confirm=Confirm(2, 3), window=Duration(3600)),
        Threshold(
            "groundedness", "evaluation:groundedness", "below", 0.85, 0.75, domain="evaluation", mode="FM3",
            window=Duration(6 * 3600), confirm=Confirm(1, 1), min_n=50,
        ),
        Threshold("errors", "llmops.error_ratio", "above", 0.02, 0.05, stat="ratio", domain="incidents"),
    )  # fmt: skip
    sources = (
        SourceSettings("prometheus-prod", "prometheus", "*/15 * * * *", system="support-bot"),
        SourceSettings("mlflow-prod", "mlflow", "0 * * * *", system="support-bot"),
        SourceSettings("focus-export", "focus", "0 6 * * *", system="support-bot"),
    )
    return Config(
        portfolio=Portfolio("Acme Assurance"),
        people=(),
        systems=systems,
        sources=sources,
        thresholds=thresholds,
        store=StoreSettings(folder=folder),
        interface=InterfaceSettings(),
        path=folder / "config.toml",
        collection=Collection(),
    )


def build(folder: Path, now: datetime = NOW) -> Folder:
    """Make the store, publish it and leave its snapshot, as a collection does."""
    store = Folder(folder)
    store.create()
    outcomes = [
        Outcome(_run("prometheus-prod", "prometheus", now), tuple(_samples(now))),
        Outcome(_run("mlflow-prod", "mlflow", now), (*_evaluations(now), *_changes(now)), snapshot=True),
        Outcome(
            _run("focus-export", "focus", now, "failed", "auth", "401 from billing.example: the token has expired")
        ),
        Outcome(_run("gateway", "focus", now), tuple(_costs(now))),
        Outcome(_run("bill", "focus", now), tuple(_bill(now))),
        Outcome(_run("alerts", "alertmanager", now), tuple(_incidents(now)), snapshot=True),
        Outcome(_run("model-map", "model_calendar", now), tuple(_model_dates())),
    ]
    collecting.store(config(folder), store, outcomes, now)
    return store


def collect_again(store: Folder, records: tuple[Record, ...], now: datetime) -> None:
    """Publish another copy with more records."""
    run = replace(_run("prometheus-prod", "prometheus", now), run_id=f"again-{now.timestamp():.0f}")
    collecting.store(config(store.root), store, [Outcome(run, records)], now)


def _run(source: str, kind: str, now: datetime, state: str = "complete", cause: str = "", detail: str = "") -> Run:
    return Run(
        run_id=f"run-{source}",
        source=source,
        kind=kind,
        state=state,  # type: ignore[arg-type]  # states as text
        cause=cause,
        detail=detail,
        window_start=now - 48 * _HOUR,
        window_end=now,
        started=now - timedelta(minutes=2),
        finished=now - timedelta(minutes=1),
        skew_seconds=0.2,
    )


def _samples(now: datetime) -> Iterator[Sample]:
    for place, (name, *_) in enumerate(NAMES):
        if name == "hr-assistant":
            continue
        for hour in range(48, 0, -1):
            seen = now - hour * _HOUR + timedelta(minutes=20)
            wave = math.sin((hour + place) / 4) * 0.2
            slow = 3.9 if name == "claims-triage" and hour <= 9 else 0.0
            yield Sample(name, _LATENCY, "p95", seen, 1.1 + place * 0.05 + wave + slow, "s", 400 + place, 3600)
            yield Sample(name, "llmops.error_ratio", "ratio", seen, 0.003 + wave / 200, "1", 400, 3600)
            yield Sample(name, "gen_ai.usage.tokens", "sum", seen, 120_000 + 9_000 * wave, "token", None, 3600,
                         {"gen_ai.token.type": "input"})  # fmt: skip


def _evaluations(now: datetime) -> Iterator[Evaluation]:
    for place, (name, *_) in enumerate(NAMES):
        if name in {"hr-assistant", "code-review"}:
            continue
        for step in range(12, -1, -1):
            fall = 0.02 * (12 - step) if name == "support-bot" else 0.0
            value = 0.95 - fall - place * 0.004
            yield Evaluation(
                system=name, eval_run=f"{name}-{step}", suite="golden", scorer="groundedness", seen=now - step * 4 * _HOUR - timedelta(minutes=40),
                value=value, n=410, passes=round(410 * value), suite_version="v12", judge="judge-large", judge_version="3", system_version="2026.3",
            )  # fmt: skip


def _changes(now: datetime) -> Iterator[Change]:
    yield Change("support-bot", "prompt-8", "prompt", "Answer more often", "pending", "mallory", now - timedelta(days=6, hours=2),
                 "v7", "v8", "sha256:1f3a", PROMPT, "high", "https://git.example/acme/prompts/pull/8")  # fmt: skip
    yield Change("search-answers", "model-3", "model", "Move to the new embedding model", "pending", "alan",
                 now - timedelta(days=1), "embed-2", "embed-3", "", "", "", "https://mlflow.example/models/3")  # fmt: skip
    yield Change("translation", "cfg-9", "config", "Raise the output cap to 2,048 tokens", "pending", "barbara",
                 now - timedelta(hours=3), "", "", "", "max_tokens: 2048\n", "low", "")  # fmt: skip


def _costs(now: datetime) -> Iterator[CostLine]:
    midnight = now.replace(hour=0, minute=0)
    for place, (name, *_) in enumerate(NAMES):
        if name == "code-review":
            continue
        for day in range(20, 0, -1):
            start = midnight - timedelta(days=day)
            amount = Decimal(str(round(310 / (place + 1) + day % 3, 2)))
            yield CostLine(
                name,
                "gateway_estimate",
                start,
                start + timedelta(days=1),
                "input",
                effective_cost=amount,
                model="m-large",
            )


def _bill(now: datetime) -> Iterator[CostLine]:
    """Give what the vendor invoices of one system so far, in two currencies."""
    begins = now.replace(day=1, hour=0, minute=0)
    for currency, amount in (("USD", "2911.40"), ("CHF", "120")):
        yield CostLine(
            "support-bot", "invoice", begins, begins + timedelta(days=9), currency, currency, Decimal(amount)
        )


def _incidents(now: datetime) -> Iterator[Incident]:
    yield Incident("support-bot", "2cf66d7ef19cc900", "SpendFast: spend is 3.4 times the plan", now - timedelta(hours=31),
                   "page", "critical", "open", url="https://prom.example/graph?g0.expr=spend")  # fmt: skip
    yield Incident("support-bot", "41af8486398028a1", "SlowAnswers: p95 over 4 s", now - timedelta(hours=3),
                   "warning", "warning", "acknowledged", now - timedelta(hours=2))  # fmt: skip
    yield Incident("support-bot", "3089bf07af22d884", "GatewayRestarts", now - timedelta(days=4),
                   "ticket", "info", "suppressed")  # fmt: skip
    yield Incident("translation", "77aa", "QueueLong", now - timedelta(minutes=50), "", "info")


def _model_dates() -> Iterator[ModelDates]:
    yield ModelDates(
        "north", "north-large-2026-02-01", date(2026, 2, 1), None, date(2026, 5, 20), "north-large-2026-04-15"
    )
    yield ModelDates("azure", "north-large-2026-02-01", None, None, date(2026, 8, 31))
    yield ModelDates("north", "m-large", date(2025, 3, 1), date(2026, 1, 15), None)
