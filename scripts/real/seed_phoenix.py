"""Fill a Phoenix server as two teams would: ``seed_phoenix.py URL``, run where the server can be reached.

Nine days of traces with tokens, errors and judgements up to yesterday, a few unjudged ones of the last hours, a golden
data set with three experiments (a whole one, one with a failed run, one with runs missing), and a prompt whose newest
version is not in production. One model has no price. All numbers follow from the place in the list: no chance.
"""

import json
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

TEAMS: Final = ("support-bot", "claims-triage")
DAYS: Final = 9
TRACES_A_DAY: Final = 12
CASES: Final = 10
EXPERIMENTS: Final[Mapping[str, tuple[int, int]]] = {"nightly-1": (0, 0), "nightly-2": (1, 0), "nightly-3": (1, 2)}
"""How many runs of each experiment failed and are missing."""


def main(url: str) -> None:
    """Fill the server with every team's traces, judgements, experiments and prompts."""
    now = datetime.now(UTC)
    for team in TEAMS:
        _post(url, "/v1/projects", {"name": team})
        asked = list(_moments(now))
        spans = [span for number, began in enumerate(asked) for span in _trace(team, number, began)]
        _post(url, f"/v1/projects/{team}/spans", {"data": spans})
        _wait_for(url, team, len(spans))
        judged = range(DAYS * TRACES_A_DAY)
        found = [each for number in judged for each in _judgements(team, number)]
        _post(url, "/v1/span_annotations?sync=true", {"data": found})
        solved = [_judged({"trace_id": _trace_id(team, n)}, "solved", n % 8 > 0, "CODE") for n in judged if n % 4 == 0]
        _post(url, "/v1/trace_annotations?sync=true", {"data": solved})
        _experiments(url, team, now)
        _prompts(url, team)


def _moments(now: datetime) -> Iterator[datetime]:
    """Give when each trace began: through nine whole days up to midnight, then thrice in the last two hours."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(DAYS, 0, -1):
        for number in range(TRACES_A_DAY):
            yield midnight - timedelta(days=day) + timedelta(minutes=97 * number)
    for number in range(3, 0, -1):
        yield now - timedelta(minutes=40 * number)


def _trace(team: str, number: int, began: datetime) -> Iterator[dict[str, Any]]:
    """Record one question: a chain and the call of a model inside it, one in nine with an error."""
    given, made = 400 + 13 * (number % 17), 60 + 7 * (number % 11)
    span = {
        "start_time": began.isoformat(),
        "end_time": (began + timedelta(milliseconds=900 + 130 * (number % 23))).isoformat(),
        "status_code": "ERROR" if number % 9 == 0 else "OK",
    }
    trace_id, chain = _trace_id(team, number), _span_id(team, number)
    yield span | {
        "name": "answer",
        "context": {"trace_id": trace_id, "span_id": chain},
        "span_kind": "CHAIN",
        "attributes": {"input.value": f"question {number}", "output.value": "done"},
    }
    yield span | {
        "name": "chat",
        "context": {"trace_id": trace_id, "span_id": _span_id(team, number, "f")},
        "parent_id": chain,
        "span_kind": "LLM",
        "attributes": {
            "llm.model_name": ("gpt-4o-mini", "gpt-4o-2024-08-06", "house-7b")[number % 3],
            "llm.provider": "openai",
            "llm.token_count.prompt": given,
            "llm.token_count.completion": made,
            "llm.token_count.total": given + made,
        },
    }


def _judgements(team: str, number: int) -> Iterator[dict[str, Any]]:
    """Judge every second answer by a model, every sixth by a person."""
    span = {"span_id": _span_id(team, number)}
    if number % 2 == 0:
        yield _judged(span, "faithfulness", 0.7 + 0.02 * (number % 13), "LLM")
    if number % 6 == 0:
        yield _judged(span, "thumb", number % 12 == 0, "HUMAN")


def _judged(whose: Mapping[str, str], name: str, score: float, by: str) -> dict[str, Any]:
    return {**whose, "name": name, "annotator_kind": by, "result": {"score": float(score), "label": "seen"}}


def _experiments(url: str, team: str, now: datetime) -> None:
    """Run the golden set three times and score every run that ended well."""
    sent = {
        "action": "create",
        "name": f"{team}/golden",
        "inputs": [{"question": f"case {case}"} for case in range(CASES)],
        "outputs": [{"answer": f"answer {case}"} for case in range(CASES)],
    }
    golden = _post(url, "/v1/datasets/upload?sync=true", sent)["data"]["dataset_id"]
    examples = _get(url, f"/v1/datasets/{golden}/examples")["data"]["examples"]
    times = {"start_time": now.isoformat(), "end_time": (now + timedelta(seconds=1)).isoformat()}
    for name, (failed, missing) in EXPERIMENTS.items():
        about = {"name": name, "metadata": {"model": "gpt-4o-mini", "judge": "gpt-4o", "revision": 7}}
        experiment = _post(url, f"/v1/datasets/{golden}/experiments", about)["data"]["id"]
        for case, example in enumerate(examples[missing:]):
            run = {"dataset_example_id": example["id"], "output": "done", "repetition_number": 1, **times}
            error = {"error": "timed out"} if case < failed else {}
            made = _post(url, f"/v1/experiments/{experiment}/runs", run | error)["data"]["id"]
            if error:
                continue
            result = {"score": 0.5 + 0.05 * case, "label": "right"}
            score = {"experiment_run_id": made, "name": "correctness", "annotator_kind": "LLM", "result": result}
            _post(url, "/v1/experiment_evaluations", score | times)


def _prompts(url: str, team: str) -> None:
    """Write three versions of the system's prompt; production stays on the second."""
    for number in range(1, 4):
        version = {
            "description": f"revision {number}",
            "model_provider": "OPENAI",
            "model_name": "gpt-4o-mini",
            "template_type": "CHAT",
            "template_format": "MUSTACHE",
            "template": {
                "type": "chat",
                "messages": [{"role": "system", "content": f"You answer for {team}, revision {number}."}],
            },
            "invocation_parameters": {"type": "openai", "openai": {"temperature": 0}},
        }
        made = _post(url, "/v1/prompts", {"prompt": {"name": f"{team}-system"}, "version": version})["data"]["id"]
        if number == 2:
            _post(url, f"/v1/prompt_versions/{made}/tags", {"name": "production"})


def _wait_for(url: str, team: str, spans: int) -> None:
    """Wait until the spans are stored: they are taken first and written a moment later."""
    project = _get(url, f"/v1/projects/{team}")["data"]["id"]
    query = {
        "query": "query($id: ID!) { node(id: $id) { ... on Project { recordCount } } }",
        "variables": {"id": project},
    }
    deadline = time.monotonic() + 60
    while _post(url, "/graphql", query)["data"]["node"]["recordCount"] < spans:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the spans of {team} were not stored within a minute")
        time.sleep(0.2)


def _trace_id(team: str, number: int) -> str:
    return f"{1 + TEAMS.index(team):08x}{number:024x}"


def _span_id(team: str, number: int, kind: str = "a") -> str:
    return f"{kind}{1 + TEAMS.index(team):07x}{number:08x}"


def _get(url: str, path: str) -> Any:
    with urllib.request.urlopen(f"{url}{path}", timeout=30) as answer:  # noqa: S310 -- our own server on loopback
        return json.load(answer)


def _post(url: str, path: str, sent: Mapping[str, Any]) -> Any:
    request = urllib.request.Request(  # noqa: S310 -- our own server on loopback
        f"{url}{path}", data=json.dumps(sent).encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- the same
        return json.loads(answer.read() or b"null")


if __name__ == "__main__":
    main(sys.argv[1])
