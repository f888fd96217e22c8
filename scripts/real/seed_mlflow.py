"""Fill an MLflow server as three teams would: ``seed_mlflow.py URL``, run in MLflow's own environment.

Forty nightly evaluations of three systems (a score that falls twelve days ago, one NaN, one FAILED run), registered
models with a version that waits for approval, prompts whose newest version is not yet in production, and traces with
tokens, cost and judgements.
"""

import random
import sys
import time
from dataclasses import dataclass

import mlflow  # type: ignore[import-not-found,unused-ignore]  # lives in the server's own environment
from mlflow.entities import AssessmentSource, Metric, Param  # type: ignore[import-not-found,unused-ignore]

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
NIGHTS = 40
NIGHT_OF_NAN = 20
NIGHT_OF_FAILURE = 7
NIGHT_OF_FALL = 12
CASES = 250
TRACES = 24
SEED = 20


@dataclass(frozen=True, slots=True)
class Team:
    """One system as its team keeps it in MLflow."""

    system: str
    score: float
    falls_by: float
    model: str


TEAMS = (
    Team("support-bot", 0.92, 0.14, "gpt-4o-mini"),
    Team("claims-triage", 0.89, 0.0, "gpt-4o-2024-08-06"),
    Team("legal-search", 0.85, 0.0, "gpt-4o-mini"),
)


def main(url: str) -> None:
    """Fill the server with every team's evaluations, models, prompts and traces."""
    rng = random.Random(SEED)
    mlflow.set_tracking_uri(url)
    now = int(time.time() * 1000)
    for team in TEAMS:
        evaluations(team, rng, now)
        models(team)
        prompts(team)
        traces(team, rng, now)


def evaluations(team: Team, rng: random.Random, now: int) -> None:
    """Write one nightly run a night, each backdated, its scores named as MLflow's own evaluation names them."""
    client = mlflow.MlflowClient()
    experiment = client.create_experiment(f"{team.system}/nightly", tags={"system": team.system})
    for night in range(NIGHTS, 0, -1):
        started = now - night * DAY_MS
        run = client.create_run(
            experiment,
            start_time=started,
            run_name=f"nightly-{NIGHTS - night + 1:02d}",
            tags={"suite": "golden", "suite_version": "12", "model": team.model, "system": team.system},
        )
        client.log_batch(
            run.info.run_id,
            metrics=[Metric(name, value, started + 60_000, 0) for name, value in scores(team, rng, night).items()],
            params=[Param("judge", "gpt-4o-mini"), Param("dataset", "golden-12")],
        )
        status = "FAILED" if night == NIGHT_OF_FAILURE else "FINISHED"
        client.set_terminated(run.info.run_id, status=status, end_time=started + 300_000)


def scores(team: Team, rng: random.Random, night: int) -> dict[str, float]:
    """Give what one night measured; the NaN is what a judge without an answer leaves behind."""
    level = team.score - (team.falls_by if night <= NIGHT_OF_FALL else 0.0)
    faithfulness = min(1.0, level + rng.gauss(0, 0.01))
    return {
        "faithfulness/v1/mean": float("nan") if night == NIGHT_OF_NAN else faithfulness,
        "answer_relevance/v1/mean": min(1.0, team.score + 0.02 + rng.gauss(0, 0.01)),
        "pass_ratio": round(min(1.0, level + rng.gauss(0, 0.012)), 4),
        "cases": CASES,
        "latency/mean": 1.4 + rng.random() * 0.3,
        "cost_usd": 0.42 + rng.random() * 0.05,
    }


def models(team: Team) -> None:
    """Register three versions of the system's bundle: the second runs, the third waits for approval."""
    client = mlflow.MlflowClient()
    client.create_registered_model(team.system, tags={"system": team.system}, description="Prompt, model and retriever")
    for version, approval in enumerate(("approved", "approved", "pending"), start=1):
        client.create_model_version(
            team.system,
            source=f"s3://bundles/{team.system}/{version}",
            description=f"release {version}",
            tags={"approval": approval, "change_ticket": f"CHG-{100 + version}", "author": "maria"},
        )
    client.set_registered_model_alias(team.system, "production", "2")
    client.set_registered_model_alias(team.system, "champion", "2")


def prompts(team: Team) -> None:
    """Write three versions of the system's prompt; production stays on the second."""
    name = f"{team.system}-system"
    for version in range(1, 4):
        mlflow.genai.register_prompt(
            name=name,
            template=f"You answer for {team.system}, revision {version}. Question: {{{{question}}}}",
            commit_message=f"revision {version}: shorter refusals",
            tags={"author": "jonas", "system": team.system},
        )
    mlflow.genai.set_prompt_alias(name, alias="production", version=2)


def traces(team: Team, rng: random.Random, now: int) -> None:
    """Answer some questions under tracing, fewer the longer ago, one in eight with an error, and judge each answer."""
    mlflow.set_experiment(f"{team.system}/traces")
    seen = [_trace(team, rng, number, now - (number * number + 2) * HOUR_MS) for number in range(TRACES)]
    mlflow.flush_trace_async_logging()
    judge = AssessmentSource(source_type="LLM_JUDGE", source_id="gpt-4o-mini")
    person = AssessmentSource(source_type="HUMAN", source_id="reviewer")
    for number, trace in enumerate(seen):
        score = round(rng.uniform(0.6, 1.0), 2)
        mlflow.log_feedback(trace_id=trace, name="faithfulness", value=score, source=judge)
        if number % 4 == 0:
            mlflow.log_feedback(trace_id=trace, name="thumb", value=bool(number % 8), source=person)


def _trace(team: Team, rng: random.Random, number: int, asked: int) -> str:
    """Record one question answered at a time with the tokens it took; MLflow prices them itself."""
    given, made, took = rng.randint(300, 900), rng.randint(40, 300), rng.randint(600, 4_000)
    began, ended = asked * 1_000_000, (asked + took) * 1_000_000
    root = mlflow.start_span_no_context(
        "answer", span_type="CHAIN", inputs={"question": f"question {number}"}, start_time_ns=began
    )
    chat = mlflow.start_span_no_context(
        "chat",
        span_type="CHAT_MODEL",
        parent_span=root,
        inputs={"messages": [{"role": "user", "content": f"question {number}"}]},
        attributes={
            "mlflow.chat.tokenUsage": {"input_tokens": given, "output_tokens": made, "total_tokens": given + made},
            "mlflow.llm.model": team.model,
            "mlflow.llm.provider": "openai",
        },
        start_time_ns=began,
    )
    chat.end(outputs={"choices": [{"message": {"role": "assistant", "content": "done"}}]}, end_time_ns=ended)
    status = "ERROR" if number % 8 == 0 else "OK"
    root.end(outputs={"answer": "done"}, status=status, end_time_ns=ended)
    trace: str = root.trace_id
    return trace


if __name__ == "__main__":
    main(sys.argv[1])
