"""List MLflow's experiments and evaluation runs: one golden-set run a night for each system that is evaluated there."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from collectors.demo import evaluations, noise
from collectors.demo.mlflow_filter import Facts
from collectors.demo.portfolio import SYSTEMS, DemoSystem, cost_per_request
from collectors.demo.world import World

SIGNALS: Final = ("correctness", "groundedness")
JUDGE: Final = "halcyon-pro"
JUDGE_VERSION: Final = "4.1"
DATASET_VERSION: Final = "v12"
_LASTS: Final = timedelta(minutes=6)
# One run that failed and one whose judge answered nonsense: both happen, neither is a zero.
_FAILED: Final = ("policy-qa", timedelta(days=20))
_NAN: Final = ("marketing-copy", timedelta(days=14))


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment: nightly evaluations or traces of a system."""

    number: str
    system: DemoSystem
    kind: str

    @property
    def name(self) -> str:
        """Give its name as people see it."""
        return f"{self.system.name}/{self.kind}"

    def content(self, created: datetime) -> dict[str, Any]:
        """Write it as the API does."""
        stamp = round(created.timestamp() * 1000)
        return {
            "experiment_id": self.number,
            "name": self.name,
            "artifact_location": f"mlflow-artifacts:/{self.number}",
            "lifecycle_stage": "active",
            "last_update_time": stamp,
            "creation_time": stamp,
            "tags": [{"key": "system", "value": self.system.name}],
            "workspace": "default",
        }

    def facts(self) -> Facts:
        """Give what a filter may ask."""
        return {"attributes.name": self.name, "tags.system": self.system.name}


EXPERIMENTS: Final = tuple(
    Experiment(str(number), system, kind)
    for number, (system, kind) in enumerate(
        [
            *((system, "nightly-eval") for system in SYSTEMS if system.suites == "mlflow"),
            *((system, "traces") for system in SYSTEMS if system.traces),
        ],
        1,
    )
)


def runs(world: World, experiment: Experiment, now: datetime) -> Iterator[dict[str, Any]]:
    """Give the experiment's runs, oldest first."""
    if experiment.kind == "nightly-eval":
        for night in evaluations.nights(world, experiment.system, now):
            yield _run(world, experiment, night)


def facts_of(run: dict[str, Any]) -> Facts:
    """Give what a filter may ask about a run."""
    info, content = run["info"], run["data"]
    facts: dict[str, str | float] = {f"attributes.{name}": value for name, value in info.items()}
    facts |= {f"metrics.{each['key']}": each["value"] for each in content["metrics"] if each["value"] != "NaN"}
    facts |= {f"params.{each['key']}": each["value"] for each in content["params"]}
    return facts | {f"tags.{each['key']}": each["value"] for each in content["tags"]}


def _run(world: World, experiment: Experiment, night: datetime) -> dict[str, Any]:
    """Write one run with its metrics, params and tags."""
    system = experiment.system
    failed = _is_night_of(world, system, night, _FAILED)
    start, end = (round(time.timestamp() * 1000) for time in (night, night + _LASTS))
    run_id = evaluations.run_id(world, system, "golden", night)
    name = f"nightly-{night:%Y-%m-%d}"
    params = {
        "judge": JUDGE, "judge_version": JUDGE_VERSION, "temperature": "0",
        "dataset": f"golden-{system.name}", "dataset_version": DATASET_VERSION,
    }  # fmt: skip
    tags = {"mlflow.source.name": "eval/nightly.py", "suite": "golden", "system": system.name,
            "model": system.model, "mlflow.runName": name}  # fmt: skip
    return {
        "info": {
            "run_uuid": run_id,
            "experiment_id": experiment.number,
            "run_name": name,
            "user_id": "nightly",
            "status": "FAILED" if failed else "FINISHED",
            "start_time": start,
            "end_time": end,
            "artifact_uri": f"mlflow-artifacts:/{experiment.number}/{run_id}/artifacts",
            "lifecycle_stage": "active",
            "run_id": run_id,
        },
        "data": {
            "metrics": [] if failed else _metrics(world, system, night, end),
            "params": [{"key": key, "value": value} for key, value in params.items()],
            "tags": [{"key": key, "value": value} for key, value in tags.items()],
        },
        "inputs": {},
        "outputs": {},
    }


def _metrics(world: World, system: DemoSystem, night: datetime, stamp: int) -> list[dict[str, Any]]:
    """Measure: passes by judged signal, how many cases, latency and cost of the run."""
    scores = [evaluations.score(world, system, signal, night) for signal in SIGNALS]
    cases = scores[0].cases
    key = noise.key_of(world.seed, system.name, "run")
    values: dict[str, float] = {
        **{f"{score.scorer}/v1/mean": score.share for score in scores},
        "cases": float(cases),
        "errors": float(int(noise.uniform(key, world.hour_of(night)) * 2.2)),
        "latency/mean": system.latency * (1.16 + 0.05 * noise.normal(key, world.hour_of(night) + 7)),
        "cost_usd": cases * cost_per_request(system),
    }
    if _is_night_of(world, system, night, _NAN):
        values[f"{SIGNALS[1]}/v1/mean"] = math.nan
    return [
        {"key": name, "value": "NaN" if math.isnan(value) else value, "timestamp": stamp, "step": 0}
        for name, value in values.items()
    ]


def _is_night_of(world: World, system: DemoSystem, night: datetime, event: tuple[str, timedelta]) -> bool:
    """Say whether something is told of this system's run of this night."""
    name, before = event
    return system.name == name and night.date() == (world.anchor - before).date()
