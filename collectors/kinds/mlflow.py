"""Read an MLflow server: evaluation runs, aggregates of traces, and registered versions that wait for production.

Prompts and models newer than the version that the production alias names are pending changes. No text of users is
asked for: traces are read as aggregates only. Late assessments are found by asking the last week again.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from datetime import timedelta
from typing import Final

from collectors.answers import parse_json, rows, table, text, upstream_error
from collectors.base import Answer, Http, Kind, Reach, Source, Window
from collectors.mlflow.registry import PROMPT, changes, newest_of, production_of
from collectors.mlflow.runs import evaluations
from collectors.mlflow.settings import Settings, base
from collectors.mlflow.traces import COUNT, DAILY, HOURLY, PIECE, Question, days_of, records
from collectors.scorers import Scorer, is_any
from collectors.shape import bundled, pairs, written
from store.records import Parsed

__all__ = ["KIND", "Scorer", "Settings", "fetch", "parse"]

KIND: Final = Kind(
    "evaluations, metrics, costs, changes",
    needs="READ on the experiments and registered models (a user of basic auth, or a token)",
    limits="MLflow 3: trace metrics are asked as aggregates, prompts and answers are never read",
    finality="estimates that MLflow computes from its own price list; never invoiced",
    restate=timedelta(days=7),
    snapshot=True,
)

_DAY: Final = 86_400
_PAGE: Final = 1_000
_IDS_A_CALL: Final = 100
_EVERY_PROMPT: Final = f"tags.`{PROMPT}` = 'true'"

_Page = tuple[bytes, Mapping[str, object]]


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for the runs that ended in the window, for its traces, and for all that is registered now."""
    experiments = [each async for each in _experiments(reach.http, settings)]
    wanted = [each for each in experiments if is_any(str(each["name"]), settings.experiments)]
    for start in range(0, len(wanted), _IDS_A_CALL):
        async for answer in _runs(reach.http, settings, window, wanted[start : start + _IDS_A_CALL]):
            yield answer
    for search in ("", _EVERY_PROMPT):
        async for answer in _registered(reach.http, settings, window, search):
            yield answer
    for each in experiments:
        if is_any(str(each["name"]), settings.traces):
            async for answer in _traces(reach.http, settings, window, each):
                yield answer


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give evaluations, samples, cost lines and changes."""
    body = table(parse_json(answer.body), "the answer")
    for part in body.values():
        upstream_error(part)
    if answer.about == "runs":
        yield from evaluations(body, source, settings)
    elif answer.about == "registered":
        yield from changes(body, source, settings)
    else:
        yield from records(body, source, settings, answer.about, answer.window.end)


async def _experiments(http: Http, settings: Settings) -> AsyncIterator[Mapping[str, object]]:
    async def ask(token: str) -> bytes:
        sent = {"max_results": _PAGE} | ({"page_token": token} if token else {})
        return await http.post(f"{base(settings, '2.0')}/experiments/search", json=sent)

    async for _, page in _pages(ask):
        for entry in rows(page.get("experiments", []), "experiments"):
            experiment = table(entry, "experiments[]")
            text(experiment.get("experiment_id"), "experiments[].experiment_id")
            text(experiment.get("name"), "experiments[].name")
            yield experiment


async def _runs(
    http: Http, settings: Settings, window: Window, experiments: list[Mapping[str, object]]
) -> AsyncIterator[Answer]:
    start, end = (int(each.timestamp() * 1000) for each in (window.start, window.end))
    question = {
        "experiment_ids": [each["experiment_id"] for each in experiments],
        "filter": f"attributes.end_time >= {start} and attributes.end_time < {end}",
        "order_by": ["attributes.end_time ASC"],
        "max_results": _PAGE,
    }

    async def ask(token: str) -> bytes:
        sent = question | ({"page_token": token} if token else {})
        return await http.post(f"{base(settings, '2.0')}/runs/search", json=sent)

    async for body, _ in _pages(ask):
        yield Answer(bundled({"experiments": written(experiments), "runs": body}), window, "runs")


async def _registered(http: Http, settings: Settings, window: Window, search: str) -> AsyncIterator[Answer]:
    async def ask(token: str) -> bytes:
        params = {"max_results": str(_PAGE)} | ({"filter": search} if search else {})
        params |= {"page_token": token} if token else {}
        return await http.get(f"{base(settings, '2.0')}/registered-models/search", params)

    async for _, page in _pages(ask):
        for entry in rows(page.get("registered_models", []), "registered_models"):
            model = table(entry, "registered_models[]")
            name = text(model.get("name"), "registered_models[].name")
            production = production_of(model, settings)
            if production is None or not is_any(name, settings.models):
                continue
            versions = [each async for each in _versions(http, settings, model, production)]
            yield Answer(bundled({"model": written(model), "versions": written(versions)}), window, "registered", name)


async def _versions(
    http: Http, settings: Settings, model: Mapping[str, object], production: int
) -> AsyncIterator[object]:
    """Give the versions that matter: the list is asked for only when the newest is not the one in production."""
    if newest_of(model) <= production:
        for each in rows(model.get("latest_versions") or [], "latest_versions"):
            yield each
        return
    name = str(model["name"])
    quote = '"' if "'" in name else "'"
    search = f"name={quote}{name}{quote}"
    if PROMPT in pairs(model.get("tags"), "registered_models[].tags"):
        search += f" and {_EVERY_PROMPT}"  # without it a server of 3.17 leaves out versions of prompts

    async def ask(token: str) -> bytes:
        params = {"filter": search, "max_results": str(_PAGE)}
        params |= {"page_token": token} if token else {}
        return await http.get(f"{base(settings, '2.0')}/model-versions/search", params)

    async for _, page in _pages(ask):
        for each in rows(page.get("model_versions", []), "model_versions"):
            yield each


async def _traces(
    http: Http, settings: Settings, window: Window, experiment: Mapping[str, object]
) -> AsyncIterator[Answer]:
    step = settings.interval.seconds
    start, end = int(window.start.timestamp()) // _DAY * _DAY, int(window.end.timestamp())
    known = written(experiment)
    days = await _days(http, settings, experiment, (start, end))
    for begin in range(start, end // step * step, step * PIECE):  # from midnight: the same days as their costs
        grid = (step, begin, min(begin + step * PIECE, end // step * step))
        if not any(grid[1] < day + _DAY and day < grid[2] for day in days):
            continue
        bodies = {"experiment": known}
        for name, question in HOURLY.items():
            bodies[name] = await _asked(http, settings, experiment, question, grid)
        yield Answer(bundled(bodies), window, "hours")
    for begin in range(start, end if days else start, _DAY * PIECE):
        body = await _asked(http, settings, experiment, DAILY, (_DAY, begin, min(begin + _DAY * PIECE, end)))
        yield Answer(bundled({"experiment": known, "total_cost": body}), window, "days")


async def _days(
    http: Http, settings: Settings, experiment: Mapping[str, object], stretch: tuple[int, int]
) -> list[float]:
    """Give the days that have traces at all: most experiments have none, and are asked nothing more."""
    start, end = stretch
    days: list[float] = []
    for begin in range(start, end, _DAY * PIECE):
        body = await _asked(http, settings, experiment, COUNT, (_DAY, begin, min(begin + _DAY * PIECE, end)))
        found = parse_json(body)
        upstream_error(found)
        days += days_of(table(found, "the answer"))
    return days


async def _asked(
    http: Http, settings: Settings, experiment: Mapping[str, object], question: Question, grid: tuple[int, int, int]
) -> bytes:
    sent = question.body(str(experiment["experiment_id"]), *grid)
    return await http.post(f"{base(settings, '3.0')}/traces/metrics", json=sent) or b"{}"


async def _pages(ask: Callable[[str], Awaitable[bytes]]) -> AsyncIterator[_Page]:
    """Follow the page tokens until there is none or one comes again."""
    token = ""
    met = {token}
    while body := await ask(token):
        found = parse_json(body)
        upstream_error(found)
        page = table(found, "the answer")
        yield body, page
        token = text(page.get("next_page_token") or "", "next_page_token")
        if token in met:
            return
        met.add(token)
