"""Answer as an MLflow 3.17 tracking server does: experiments, runs, traces, registered models and prompts."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from collectors.demo.mlflow_filter import FilterError, clauses
from collectors.demo.mlflow_runs import EXPERIMENTS, facts_of, runs
from collectors.demo.mlflow_traces import AskError, data_points
from collectors.demo.registry import REGISTERED, Registered, Version, model_json, version_json
from collectors.demo.web import Question, Reply, json_reply
from collectors.demo.world import World

VERSION: Final = "3.17.2"
_MOST_RUNS: Final = 50_000
_NOT_FOUND: Final = (
    b"<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not "
    b"found on the server. If you entered the URL manually please check your spelling and try again.</p>\n"
)
_PROMPT: Final = "mlflow.prompt.is_prompt"


class _RefusedError(Exception):
    """Refuse a request with MLflow's error code."""

    def __init__(self, message: str, code: str = "INVALID_PARAMETER_VALUE", status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class Mlflow:
    """The server: runs and traces of the world, and the registry."""

    def __init__(self, world: World, clock: Callable[[], datetime]) -> None:
        """Take the world to show and the clock that says how far it has come."""
        self.world = world
        self.clock = clock

    def answer(self, question: Question) -> Reply:
        """Answer any request."""
        if question.path == "/health":
            return Reply(b"OK", content_type="text/plain; charset=utf-8")
        if question.path == "/version":
            return Reply(VERSION.encode(), content_type="text/html; charset=utf-8")
        route = _ROUTES.get((question.method, question.path))
        if route is None:
            return Reply(_NOT_FOUND, 404, "text/html; charset=utf-8")
        try:
            return json_reply(route(self, question), indent=2)
        except (FilterError, AskError, ValueError) as error:
            return _refused(_RefusedError(str(error)))
        except _RefusedError as error:
            return _refused(error)


def _experiments(server: Mlflow, question: Question) -> object:
    ask = question.json()
    most = int(ask.get("max_results", 0))
    if most <= 0:
        raise _RefusedError(f"Invalid value {most} for parameter 'max_results' supplied. It must be a positive integer")
    wanted = clauses(str(ask.get("filter", "")))
    created = server.world.start
    found = [
        experiment.content(created)
        for experiment in reversed(EXPERIMENTS)
        if all(clause.accepts(experiment.facts()) for clause in wanted)
    ]
    return _paged("experiments", found, most, str(ask.get("page_token", "")))


def _experiment_by_name(server: Mlflow, question: Question) -> object:
    name = question.param("experiment_name")
    for experiment in EXPERIMENTS:
        if experiment.name == name:
            return {"experiment": experiment.content(server.world.start)}
    raise _RefusedError(f"Could not find experiment with name '{name}'", "RESOURCE_DOES_NOT_EXIST", 404)


def _runs(server: Mlflow, question: Question) -> object:
    ask = question.json()
    most = int(ask.get("max_results", 1000))
    if not 0 < most <= _MOST_RUNS:
        hint = " Hint: Value was of type 'int'. See the API docs for more information about request parameters."
        raise _RefusedError(f"Invalid value {most} for parameter 'max_results' supplied: {hint}")
    wanted = clauses(str(ask.get("filter", "")))
    now = server.clock()
    found = []
    for experiment in EXPERIMENTS:
        if experiment.number in [str(number) for number in ask.get("experiment_ids", [])]:
            every = ((run, facts_of(run)) for run in runs(server.world, experiment, now))
            found += [run for run, facts in every if all(clause.accepts(facts) for clause in wanted)]
    order = " ".join(str(each) for each in ask.get("order_by", []))
    found.sort(key=lambda run: int(run["info"]["start_time"]), reverse="ASC" not in order.upper())
    return _paged("runs", found, most, str(ask.get("page_token", "")))


def _run(server: Mlflow, question: Question) -> object:
    wanted = question.param("run_id")
    for experiment in EXPERIMENTS:
        for run in runs(server.world, experiment, server.clock()):
            if run["info"]["run_id"] == wanted:
                return {"run": run}
    raise _RefusedError(f"Run with id={wanted} not found", "RESOURCE_DOES_NOT_EXIST", 404)


def _trace_metrics(server: Mlflow, question: Question) -> object:
    ask = question.json()
    numbers = [str(number) for number in ask.get("experiment_ids", [])]
    systems = [each.system for each in EXPERIMENTS if each.number in numbers and each.kind == "traces"]
    points = data_points(server.world, systems, ask, server.clock())
    return {"data_points": points} if points else {}


def _models(server: Mlflow, question: Question) -> object:
    wanted = clauses(question.param("filter"))
    prompts = any(clause.key == f"tags.{_PROMPT}" for clause in wanted)
    rest = [clause for clause in wanted if clause.key != f"tags.{_PROMPT}"]
    found = [
        model_json(model, server.world.anchor)
        for model in sorted(REGISTERED, key=lambda model: model.name)
        if model.is_prompt == prompts
        and all(clause.accepts({"attributes.name": model.name, "tags.system": model.system}) for clause in rest)
    ]
    return _paged("registered_models", found, int(question.param("max_results", "100")), question.param("page_token"))


def _model(server: Mlflow, question: Question) -> object:
    return {"registered_model": model_json(_named(question.param("name")), server.world.anchor)}


def _alias(server: Mlflow, question: Question) -> object:
    model, alias = _named(question.param("name")), question.param("alias")
    for version in model.versions:
        if version.alias == alias:
            return {"model_version": version_json(model, version, server.world.anchor, with_alias=True)}
    raise _RefusedError(f"Registered model alias {alias} not found.")


def _versions(server: Mlflow, question: Question) -> object:
    wanted = clauses(question.param("filter"))
    prompts = any(clause.key == f"tags.{_PROMPT}" for clause in wanted)
    by_name = any(clause.key == "attributes.name" for clause in wanted)
    found = [
        version_json(model, version, server.world.anchor)
        for model in REGISTERED
        for version in reversed(model.versions)
        if (by_name or model.is_prompt == prompts)
        and all(clause.accepts(_version_facts(model, version)) for clause in wanted)
    ]
    return _paged("model_versions", found, int(question.param("max_results", "200")), question.param("page_token"))


def _version_facts(model: Registered, version: Version) -> dict[str, str | float]:
    """Give what a filter may ask about a version."""
    facts: dict[str, str | float] = {
        "attributes.name": model.name,
        "attributes.version_number": float(version.number),
        "tags.author": version.author,
        "tags.system": model.system,
        "tags.change_ticket": version.ticket,
    }
    if model.is_prompt:
        facts[f"tags.{_PROMPT}"] = "true"
    return facts | {f"tags.{key}": value for key, value in version.tags.items()}


def _named(name: str) -> Registered:
    for model in REGISTERED:
        if model.name == name:
            return model
    raise _RefusedError(f"Registered Model with name={name} not found", "RESOURCE_DOES_NOT_EXIST", 404)


def _paged(name: str, rows: Sequence[Any], most: int, token: str) -> dict[str, Any]:
    """Give one page; nothing at all is an empty object, and the last page has no token."""
    try:
        offset = int(json.loads(base64.b64decode(token, validate=True))["offset"]) if token else 0
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise _RefusedError("Invalid page token, could not base64-decode") from error
    page: dict[str, Any] = {name: list(rows[offset : offset + most])} if rows else {}
    if offset + most < len(rows):
        page["next_page_token"] = base64.b64encode(json.dumps({"offset": offset + most}).encode()).decode()
    return page


def _refused(error: _RefusedError) -> Reply:
    content = {"error_code": error.code, "message": str(error), "sqlstate": "KAM00", "error_class": error.code}
    return json_reply(content, error.status)


_OLD: Final = "/api/2.0/mlflow"
_ROUTES: Final[dict[tuple[str, str], Callable[[Mlflow, Question], object]]] = {
    ("POST", f"{_OLD}/experiments/search"): _experiments,
    ("GET", f"{_OLD}/experiments/get-by-name"): _experiment_by_name,
    ("POST", f"{_OLD}/runs/search"): _runs,
    ("GET", f"{_OLD}/runs/get"): _run,
    ("POST", "/api/3.0/mlflow/traces/metrics"): _trace_metrics,
    ("GET", f"{_OLD}/registered-models/search"): _models,
    ("GET", f"{_OLD}/registered-models/get"): _model,
    ("GET", f"{_OLD}/registered-models/alias"): _alias,
    ("GET", f"{_OLD}/model-versions/search"): _versions,
}
