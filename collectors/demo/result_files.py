"""Write evaluation results as promptfoo and Inspect AI leave them on disk, one file a night and suite."""

import io
import json
import os
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from collectors.demo import evaluations, noise
from collectors.demo.evaluations import Score
from collectors.demo.portfolio import SYSTEMS, DemoSystem, cost_per_request
from collectors.demo.registry import REGISTERED
from collectors.demo.world import World

FOLDER: Final = "results"
_PROMPTFOO_SCORES: Final = ("correctness", "schema")
_TASKS: Final = {"golden": ("correctness", "groundedness"), "red-team": ("refused_attacks", "benign_answered")}
_FAILED_NIGHT: Final = timedelta(days=17)
# Coprime with the number of cases: spreads the failing ones over the suite.
_STRIDE: Final = 37


def write(world: World, folder: Path, now: datetime) -> list[Path]:
    """Write the results of every night so far; a file is as old as its run."""
    written = []
    for system in SYSTEMS:
        if system.suites in ("promptfoo", "inspect_ai"):
            place = folder / system.suites / system.name
            place.mkdir(parents=True, exist_ok=True)
            for night in evaluations.nights(world, system, now):
                results = (
                    _promptfoo(world, system, night) if system.suites == "promptfoo" else _inspect(world, system, night)
                )
                for name, content in results:
                    path = place / name
                    path.write_bytes(content)
                    os.utime(path, (night.timestamp() + 600,) * 2)
                    written.append(path)
    return written


def _promptfoo(world: World, system: DemoSystem, night: datetime) -> Iterator[tuple[str, bytes]]:
    """Give the one output of a night."""
    scores = [evaluations.score(world, system, signal, night) for signal in _PROMPTFOO_SCORES]
    key = noise.key_of(world.seed, system.name, "promptfoo")
    version = _version_in_use(world, system, night)
    prompt = {
        "id": noise.hex_id(key, version, 64),
        "raw": f"{system.title}: {{{{document}}}}",
        "label": f"{system.name} v{version}",
        "provider": f"{system.provider}:{system.model}",
    }
    rows = [_row(world, system, prompt, scores, case) for case in range(scores[0].cases)]
    passed = sum(row["success"] for row in rows)
    usage = _usage(system, len(rows))
    stamp = f"{night:%Y-%m-%dT%H:%M:%S}"
    counts = {"successes": passed, "failures": len(rows) - passed, "errors": 0}
    metrics = {
        "score": sum(row["score"] for row in rows),
        "testPassCount": passed,
        "testFailCount": len(rows) - passed,
        "testErrorCount": 0,
        "assertPassCount": sum(score.passes for score in scores),
        "assertFailCount": sum(score.cases - score.passes for score in scores),
        "totalLatencyMs": sum(row["latencyMs"] for row in rows),
        "tokenUsage": usage,
        "namedScores": {score.scorer: score.passes for score in scores},
        "namedScoresCount": {score.scorer: score.cases for score in scores},
        "namedScoreWeights": {score.scorer: score.cases for score in scores},
        "cost": len(rows) * cost_per_request(system),
    }
    content = {
        "evalId": f"eval-{noise.hex_id(key, world.hour_of(night), 3)}-{stamp}",
        "results": {
            "version": 3,
            "timestamp": f"{stamp}.000Z",
            "prompts": [{**prompt, "metrics": metrics}],
            "results": rows,
            "stats": {**counts, "tokenUsage": usage, "durationMs": 184_000, "evaluationDurationMs": 184_000},
        },
        "config": {
            "description": f"golden set for {system.name}",
            "prompts": [prompt["raw"]],
            "providers": [{"id": prompt["provider"]}],
            "tags": {"system": system.name, "suite": "golden"},
        },
        "shareableUrl": None,
        "metadata": {
            "promptfooVersion": "0.121.20",
            "exportedAt": f"{stamp}.900Z",
            "evaluationCreatedAt": f"{stamp}.000Z",
        },
        "vars": ["document"],
        "runtimeOptions": {"cache": False, "maxConcurrency": 4},
    }
    yield f"{system.name}-{night:%Y-%m-%d}.json", json.dumps(content).encode()


def _row(world: World, system: DemoSystem, prompt: dict[str, str], scores: list[Score], case: int) -> dict[str, Any]:
    """Give one case: which of its assertions passed, without any text of the answer."""
    named = {score.scorer: float(case * _STRIDE % score.cases < score.passes) for score in scores}
    passed = all(named.values())
    key = noise.key_of(world.seed, system.name, "case")
    return {
        "cost": cost_per_request(system),
        "gradingResult": {
            "pass": passed,
            "score": sum(named.values()) / len(named),
            "reason": "All assertions passed" if passed else "Assertion failed",
            "namedScores": named,
        },
        "id": noise.hex_id(key, case),
        "latencyMs": round(system.latency * 1000 * (0.7 + 0.8 * noise.uniform(key, case))),
        "namedScores": named,
        "promptId": prompt["id"],
        "promptIdx": 0,
        "provider": {"id": prompt["provider"], "label": prompt["provider"]},
        "score": sum(named.values()) / len(named),
        "success": passed,
        "testCase": {"vars": {"document": f"case-{case:03}"}},
        "testIdx": case,
        "vars": {"document": f"case-{case:03}"},
        "failureReason": 0 if passed else 1,
    }


def _inspect(world: World, system: DemoSystem, night: datetime) -> Iterator[tuple[str, bytes]]:
    """Give a JSON log of the golden set and an ``.eval`` log of the red team; one golden run fails."""
    for task, signals in _TASKS.items():
        failed = task == "golden" and night.date() == (world.anchor - _FAILED_NIGHT).date()
        scores = [evaluations.score(world, system, signal, night) for signal in signals]
        log = _log(world, system, night, task, scores)
        if failed:
            del log["results"]
            log |= {
                "status": "error",
                "error": {"message": "ConnectionError: the judge did not answer", "traceback": ""},
            }
        name = f"{night:%Y-%m-%dT%H-%M-%S}-00-00_{task}_{log['eval']['task_id'][:8]}"
        body = json.dumps(log, indent=1).encode()
        yield (f"{name}.json", body) if task == "golden" else (f"{name}.eval", _zipped(body, night))


def _log(world: World, system: DemoSystem, night: datetime, task: str, scores: list[Score]) -> dict[str, Any]:
    """Write the header of a log: what ran, what came out."""
    key = noise.key_of(world.seed, system.name, task)
    hour = world.hour_of(night)
    cases = scores[0].cases
    times = {"started_at": night.isoformat(), "completed_at": (night + timedelta(minutes=9)).isoformat()}
    usage = {"input_tokens": int(cases * system.tokens_in), "output_tokens": int(cases * system.tokens_out)}
    return {
        "version": 2,
        "status": "success",
        "eval": {
            "eval_id": noise.hex_id(key, hour, 22),
            "run_id": noise.hex_id(key, hour + 5000, 22),
            "created": night.isoformat(),
            "task": task,
            "task_id": noise.hex_id(key, 0, 22),
            "task_version": 4,
            "task_file": f"evals/{task}.py",
            "tags": ["nightly"],
            "dataset": {"name": f"{system.name}-{task}", "samples": cases, "shuffled": False},
            "model": f"{system.provider}/{system.model}",
            "config": {"epochs": 1, "fail_on_error": True, "log_samples": False},
            "packages": {"inspect_ai": "0.3.285"},
            "metadata": {"system": system.name},
            "scorers": [{"name": score.scorer, "options": {}} for score in scores],
        },
        "plan": {"name": "plan", "steps": [{"solver": "generate", "params": {}}], "config": {}},
        "results": {
            "total_samples": cases,
            "completed_samples": cases,
            "scores": [_scored(score) for score in scores],
        },
        "stats": {**times, "model_usage": {f"{system.provider}/{system.model}": usage}},
        "invalidated": False,
        "tags": ["nightly"],
        "metadata": {"system": system.name},
    }


def _scored(score: Score) -> dict[str, Any]:
    """Write one scorer's result."""
    share = score.share
    values = {"accuracy": share, "stderr": (share * (1 - share) / (score.cases - 1)) ** 0.5}
    return {
        "name": score.scorer,
        "scorer": score.scorer,
        "scored_samples": score.cases,
        "unscored_samples": 0,
        "params": {},
        "metrics": {name: {"name": name, "value": value, "params": {}} for name, value in values.items()},
    }


def _zipped(header: bytes, night: datetime) -> bytes:
    """Pack a header as older ``.eval`` files are: a zip with deflate."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("_journal/start.json", b"{}"), ("summaries.json", b"[]"), ("header.json", header)):
            archive.writestr(zipfile.ZipInfo(name, night.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _version_in_use(world: World, system: DemoSystem, night: datetime) -> int:
    """Give the prompt version in production at a time: the newest that is not newer than the alias and was there."""
    versions = next(model.versions for model in REGISTERED if model.system == system.name and model.is_prompt)
    promoted = next(version.number for version in versions if version.alias)
    there = [v.number for v in versions if v.number <= promoted and world.anchor - v.age <= night]
    return max(there, default=versions[0].number)


def _usage(system: DemoSystem, cases: int) -> dict[str, int]:
    prompt, completion = int(cases * system.tokens_in), int(cases * system.tokens_out)
    return {"total": prompt + completion, "prompt": prompt, "completion": completion, "cached": 0, "numRequests": cases}
