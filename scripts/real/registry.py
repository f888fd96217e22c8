"""Keep prompts and evaluations in a real MLflow as a team does: by its REST interface, over plain HTTP on loopback."""

import json
import time
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

_PROMPT = "mlflow.prompt.is_prompt"
_TEXT = "mlflow.prompt.text"


@dataclass(frozen=True, slots=True)
class Registry:
    """One prompt of a registry and the experiment that its versions are evaluated in."""

    url: str
    prompt: str
    system: str

    def ask(self, path: str, body: object = None, method: str | None = None, **params: str) -> Any:
        """Ask the server; with a body it is posted, or what the method says."""
        content = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"}
        url = f"{self.url}/api/2.0/mlflow/{path}?{urlencode(params)}"
        request = urllib.request.Request(url, content, sent, method=method)  # noqa: S310 -- our own server on loopback
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 -- our own server on loopback
            return json.loads(answer.read() or b"{}")

    def create(self) -> None:
        """Register the prompt, without versions."""
        self.ask("registered-models/create", {"name": self.prompt, "tags": _tags({_PROMPT: "true"})})

    def version(self, text: str, author: str, message: str) -> str:
        """Write the next version and name it."""
        tags = _tags({_PROMPT: "true", _TEXT: text, "author": author})
        body = {"name": self.prompt, "source": "prompt-template", "description": message, "tags": tags}
        return str(self.ask("model-versions/create", body)["model_version"]["version"])

    def move(self, version: str) -> None:
        """Let the production alias name a version."""
        self.ask("registered-models/alias", {"name": self.prompt, "alias": "production", "version": version})

    def production(self) -> str:
        """Say which version the production alias names."""
        found = self.ask("registered-models/alias", name=self.prompt, alias="production")
        return str(found["model_version"]["version"])

    def experiment(self) -> str:
        """Make the experiment and give its id."""
        body = {"name": f"{self.system}/golden-{time.time_ns()}", "tags": _tags({"system": self.system})}
        return str(self.ask("experiments/create", body)["experiment_id"])

    def evaluate(self, experiment: str, version: str, passed: int, cases: int) -> str:
        """Log a run of the golden set on a version and give its id: how many of so many cases passed."""
        now = int(time.time() * 1000)
        tags = _tags({"suite": "golden", "suite_version": "7", "system_version": version})
        run = self.ask("runs/create", {"experiment_id": experiment, "start_time": now, "tags": tags})
        run_id = str(run["run"]["info"]["run_id"])
        told = {"pass_rate": passed / cases, "cases": float(cases)}
        metrics = [{"key": key, "value": value, "timestamp": now, "step": 0} for key, value in told.items()]
        self.ask("runs/log-batch", {"run_id": run_id, "metrics": metrics})
        self.ask("runs/update", {"run_id": run_id, "status": "FINISHED", "end_time": int(time.time() * 1000)})
        return run_id

    def remove(self, experiment: str) -> None:
        """Leave the server as it was for whoever shares it."""
        self.ask("registered-models/delete", {"name": self.prompt}, "DELETE")
        self.ask("experiments/delete", {"experiment_id": experiment})


def _tags(pairs: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in pairs.items()]
