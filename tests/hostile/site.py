"""Serve and store a portfolio in which every text that others choose is one of a given list.

A loopback server answers as Prometheus, MLflow and any JSON API do; result and cost files lie beside it; the real
``collect`` command takes it all into a real store.
"""

import csv
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.hostile.texts import mended
from tests.tui.pty_terminal import ROOT

COMMAND = (sys.executable, "-c", "import sys; from tui.cli import main; sys.exit(main())")
FAULTY = 40
"""Sources that fail, each with a text of the list in its complaint."""

FEW = 120
"""Texts that go through the kinds whose records others bring too."""

Texts = Sequence[str]


def text_of(texts: Texts, place: int) -> str:
    """Give the text of a place, counted round."""
    return texts[place % len(texts)]


class Answers:
    """What the server says, by path."""

    def __init__(self, texts: Texts, now: datetime) -> None:
        """Take the texts and the time from which the rows look back."""
        self.texts = texts
        self.now = now
        self.seen = now - timedelta(hours=2)

    def find(self, path: str, asked: Mapping[str, Any]) -> tuple[int, object]:
        """Give status and content of an answer."""
        if path.startswith("/faulty/"):
            return self._fault(int(path.rsplit("/", 1)[1]))
        table: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
            "/changes": self._changes,
            "/scores": self._scores,
            "/usage": self._usage,
            "/costs": self._costs,
            "/api/v2/alerts": self._alerts,
            "/api/v1/query_range": self._matrix,
            "/api/v1/query": self._matrix,
            "/api/v1/label/__name__/values": lambda _: {"status": "success", "data": list(self.texts[:200])},
            "/api/2.0/mlflow/experiments/search": self._experiments,
            "/api/2.0/mlflow/runs/search": self._runs,
            "/api/2.0/mlflow/registered-models/search": self._models,
            "/api/2.0/mlflow/model-versions/search": lambda _: {},
            "/api/3.0/mlflow/traces/metrics": lambda _: {},
        }
        return (200, table[path](asked)) if path in table else (404, {"message": path})

    def at(self, place: int) -> str:
        return text_of(self.texts, place)

    def _fault(self, place: int) -> tuple[int, object]:
        """Complain in the ways that servers know."""
        words = self.at(place * (len(self.texts) // FAULTY))
        ways: tuple[tuple[int, object], ...] = (
            (500, {"error": words}),
            (200, {"status": "error", "errorType": "bad_data", "error": words}),
            (403, {"message": words, "error_code": words}),
            (200, {"data": {words: words}}),
        )
        return ways[place % len(ways)]

    def _changes(self, _: Mapping[str, Any]) -> object:
        return [
            {
                "id": f"c-{place}", "app": "desk", "title": text, "author": f"n{place}", "from": self.at(place + 2),
                "to": text, "content": f"{text}\n{self.at(place + 3)}", "risk": self.at(place + 4), "url": text,
                "when": self.seen.isoformat(),
            }
            for place, text in enumerate(self.texts)
        ]  # fmt: skip

    def _scores(self, _: Mapping[str, Any]) -> object:
        return [
            {
                "id": text or "none", "app": "desk", "suite": text, "scorer": self.at(place + 1), "slice": f"{place}",
                "judge": self.at(place + 2), "version": self.at(place + 3), "url": text, "value": 0.5, "n": 10,
                "when": self.seen.isoformat(),
            }
            for place, text in enumerate(self.texts)
        ]  # fmt: skip

    def _usage(self, _: Mapping[str, Any]) -> object:
        return [
            {"app": "desk", "model": text, "place": f"{place}", "value": place, "when": self.seen.isoformat()}
            for place, text in enumerate(self.texts)
        ]

    def _costs(self, _: Mapping[str, Any]) -> object:
        day = (self.now - timedelta(days=1)).date().isoformat()
        return [
            {"app": text_of(("desk", text), place % 2), "model": text, "kind": self.at(place + 1), "id": f"{place}",
             "value": "1.25", "when": day}
            for place, text in enumerate(self.texts)
        ]  # fmt: skip

    def _alerts(self, _: Mapping[str, Any]) -> object:
        return [
            {
                "fingerprint": f"{place} {text}", "startsAt": self.seen.isoformat(), "generatorURL": self.at(place + 1),
                "status": {"state": ("active", "suppressed")[place % 2]}, "annotations": {"summary": self.at(place + 2)},
                "labels": {"alertname": text, "severity": self.at(place + 3), text or "x": text},
            }
            for place, text in enumerate(self.texts)
        ]  # fmt: skip

    def _matrix(self, asked: Mapping[str, Any]) -> object:
        end = int(float(asked.get("end", asked.get("time", ["0"]))[0]))
        result = [
            {"metric": {"app": "desk", "model": text, "reason": self.at(place + 1), text or "x": "v", "error_type": f"{place}"},
             "values": [[end, str(place)]], "value": [end, str(place)]}
            for place, text in enumerate(self.texts)
        ]  # fmt: skip
        return {"status": "success", "data": {"resultType": "matrix", "result": result}}

    def _experiments(self, _: Mapping[str, Any]) -> object:
        return {"experiments": [{"experiment_id": "1", "name": "desk/[bold]\x1b]0;P\x07"}]}

    def _runs(self, _: Mapping[str, Any]) -> object:
        end = int(self.seen.timestamp() * 1000)
        runs = [
            {"info": {"run_id": f"r-{place}", "experiment_id": "1", "status": "FINISHED", "start_time": end, "end_time": end},
             "data": {"metrics": [{"key": text or "x", "value": 0.5}],
                      "tags": [{"key": "suite", "value": self.at(place + 1)}, {"key": "judge", "value": text}]}}
            for place, text in enumerate(self.texts[:FEW])
        ]  # fmt: skip
        return {"runs": runs}

    def _models(self, asked: Mapping[str, Any]) -> object:
        if "filter" in asked:
            return {}
        made = int(self.seen.timestamp() * 1000)
        models = []
        for place, text in enumerate(self.texts[:FEW]):
            known = {
                "current_stage": "None",
                "creation_timestamp": made,
                "last_updated_timestamp": made,
                "status": "READY",
            }
            version = {
                "name": text, "version": "1", "description": self.at(place + 1), "source": text,
                "tags": [{"key": "author", "value": text}, {"key": "approval", "value": "pending"}],
            }  # fmt: skip
            models.append({"name": f"desk {text}", "aliases": [{"alias": "production", "version": "1"}],
                           "latest_versions": [known | version]})  # fmt: skip
        return {"registered_models": models}


class Server(ThreadingHTTPServer):
    """A loopback server that gives these answers."""

    def __init__(self, answers: Answers) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a question in the address."""
        parts = urlsplit(self.path)
        self._answer(parts.path, parse_qs(parts.query))

    def do_POST(self) -> None:
        """Answer a question in the body."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(urlsplit(self.path).path, json.loads(body) if body.startswith("{") else parse_qs(body))

    def _answer(self, path: str, asked: Mapping[str, Any]) -> None:
        server: Any = self.server
        status, content = server.answers.find(path, asked)
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


class Site:
    """One folder: configuration, result files, store, and everything that programs wrote."""

    def __init__(self, folder: Path, texts: Texts, now: datetime) -> None:
        """Lay the files and write the configuration of a server that speaks these texts."""
        self.folder = folder
        self.texts = texts
        self.server = Server(Answers(texts, now))
        self.config = folder / "config.toml"
        (folder / "files").mkdir()
        _promptfoo(folder / "files", texts, now)
        _focus(folder / "files" / "bill.csv", texts, now)
        (folder / "models.json").write_text(json.dumps({text: _ends(now) for text in texts}))
        self.report: subprocess.CompletedProcess[bytes] | None = None
        self.config.write_text(_configuration(self.server.url, folder), encoding="utf-8")

    @property
    def store(self) -> Path:
        """Where the store is."""
        return self.folder / "store"

    def close(self) -> None:
        """End the server."""
        self.server.shutdown()
        self.server.server_close()

    @staticmethod
    def clean(home: Path, config: Path) -> dict[str, str]:
        """Give a clean environment, in which no coverage is traced: nobody without the corpora would have it."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_STATE_HOME": str(home / "state"),
            "PYTHONPATH": str(ROOT),
            "LANG": "C.UTF-8",
            "LLMOPS_TUI_CONFIG": str(config),
        }

    @classmethod
    def command(cls, home: Path, config: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run a command of the program over a configuration."""
        environ = cls.clean(home, config)
        return subprocess.run((*COMMAND, *arguments), env=environ, cwd=ROOT, capture_output=True, check=False)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run a command over this site."""
        return self.command(self.folder, self.config, *arguments)


def _ends(now: datetime) -> dict[str, str]:
    """Give an entry of a map of models."""
    return {"litellm_provider": "maker", "deprecation_date": f"{now + timedelta(days=30):%Y-%m-%d}"}


def _promptfoo(folder: Path, texts: Texts, now: datetime) -> None:
    """Write one result file in which every text is a prompt's label and provider and the name of a score."""
    prompts = [
        {"label": text, "provider": text_of(texts, place + 1),
         "metrics": {"score": 1, "testPassCount": 1, "testFailCount": 0, "testErrorCount": 0, "namedScores": {text: 1}}}
        for place, text in enumerate(texts[:FEW])
    ]  # fmt: skip
    content = {
        "evalId": texts[0] or "x", "config": {"description": texts[-1], "tags": {"app": "desk"}}, "shareableUrl": texts[1],
        "results": {"version": 3, "timestamp": (now - timedelta(hours=3)).isoformat(), "stats": {"successes": 1}, "prompts": prompts},
    }  # fmt: skip
    (folder / "result.json").write_text(json.dumps(content))
    (folder / "broken \x1b]0;P\x07 [@click=app.quit]x[\u202e.json").write_text("{")


def _focus(path: Path, texts: Texts, now: datetime) -> None:
    day = (now - timedelta(days=2)).strftime("%Y-%m-%dT00:00:00Z")
    after = (now - timedelta(days=1)).strftime("%Y-%m-%dT00:00:00Z")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("ChargePeriodStart", "ChargePeriodEnd", "BillingCurrency", "EffectiveCost", "ServiceName",
                         "ProviderName", "x_Model", "SkuMeter", "SubAccountId", "ConsumedUnit"))  # fmt: skip
        for place, text in enumerate(map(mended, texts)):
            other = mended(text_of(texts, place + 1))
            writer.writerow(
                (day, after, other if place % 50 == 0 else "USD", "1.5", text, other, text, other, text, text)
            )


def _configuration(url: str, folder: Path) -> str:
    faulty = "".join(
        f'[[sources]]\nname = "faulty-{place}"\nkind = "http_json"\nsystem = "desk"\n'
        f'[sources.options]\nurl = "{url}/faulty/{place}"\n[sources.options.map]\nrecord = "change"\n'
        f'fields = {{ id = "id", title = "title" }}\n[sources.limits]\ntries = 1\n'
        for place in range(FAULTY)
    )
    return _PLAN.replace("URL", url).replace("FOLDER", str(folder)) + faulty


_PLAN = """
[portfolio]
name = "Acme"
[[people]]
name = "Ada"
[[systems]]
name = "desk"
owner = "Ada"
headline = "groundedness"
[store]
folder = "FOLDER/store"
[collection]
per_host = 8
[[thresholds]]
name = "usage"
metric = "llmops.usage"
stat = "last"
direction = "above"
warning = 1
critical = 2
window = "6h"
confirm = "1 of 1"
[[sources]]
name = "changes"
kind = "http_json"
system = "desk"
[sources.options]
url = "URL/changes"
[sources.options.map]
record = "change"
fields = { id = "id", title = "title", author = "author", from_ref = "from", to_ref = "to", content = "content", risk = "risk", url = "url", time = "when" }
[[sources]]
name = "scores"
kind = "http_json"
system = "desk"
[sources.options]
url = "URL/scores"
[sources.options.map]
record = "evaluation"
fields = { id = "id", suite = "suite", scorer = "scorer", slice = "slice", judge = "judge", system_version = "version", url = "url", value = "value", n = "n", time = "when" }
suite = "none"
scorer = "none"
[[sources]]
name = "usage"
kind = "http_json"
system = "desk"
[sources.options]
url = "URL/usage"
[sources.options.map]
record = "sample"
metric = "llmops.usage"
fields = { value = "value", time = "when" }
labels = { "gen_ai.request.model" = "model", place = "place" }
dims = ["gen_ai.request.model", "place"]
[[sources]]
name = "costs"
kind = "http_json"
[sources.route]
label = "app"
systems = { desk = "desk" }
[sources.options]
url = "URL/costs"
[sources.options.map]
record = "cost"
period = "1d"
timezone = "UTC"
fields = { value = "value", time = "when", model = "model", token_type = "kind", id = "id" }
labels = { app = "app" }
[[sources]]
name = "metrics"
kind = "prometheus"
system = "desk"
first = "1h"
[sources.options]
url = "URL"
by = ["app"]
[[sources.options.queries]]
query = "requests_total"
metric = "llmops.requests"
[[sources.options.queries]]
query = "other_total"
metric = "llmops.other"
dims = ["model", "error_type", "reason"]
[[sources]]
name = "alerts"
kind = "alertmanager"
system = "desk"
[sources.options]
url = "URL"
[[sources]]
name = "models"
kind = "model_calendar"
system = "desk"
[sources.options]
path = "FOLDER/models.json"
[[sources]]
name = "mlflow"
kind = "mlflow"
first = "1d"
system = "desk"
[sources.options]
url = "URL"
[[sources]]
name = "promptfoo"
kind = "promptfoo"
system = "desk"
[sources.options]
path = "FOLDER/files/*.json"
[[sources]]
name = "focus"
kind = "focus"
system = "desk"
[sources.options]
path = "FOLDER/files/*.csv"
"""
