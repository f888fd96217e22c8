"""Read Opik (Comet): metrics of projects by hour, costs and feedback scores by day, experiments.

Metrics are aggregates, asked one by one; no trace and no text of users is read. Opik gives the mean of a feedback
score without its number: the traces that have the score are counted by a question of their own. Scores count for the
day of their trace, so late ones are found by asking the last week again.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from collectors.answers import parse_json, rows, table, text, upstream_error
from collectors.base import Answer, Http, Kind, Reach, Source, Window
from collectors.opik import questions
from collectors.opik.experiments import created, evaluations
from collectors.opik.projects import records
from collectors.opik.settings import Settings
from collectors.scorers import Scorer, is_any
from collectors.shape import bundled, written
from collectors.steps import Step, floor
from store.records import Parsed

__all__ = ["KIND", "Scorer", "Settings", "fetch", "parse"]

KIND: Final = Kind(
    "metrics, costs, evaluations",
    needs="an API key of a user who may see the workspace; an open source server asks for none",
    limits="eight questions a project with traces, and one for each feedback score",
    finality="estimates that Opik computes from its own price list; final here a day after the day ended",
    restate=timedelta(days=7),
)

_PAGE: Final = 100

_Row = dict[str, object]


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for the metrics of every project and for the experiments created in the window."""
    async for _, projects in _pages(reach.http, settings, "projects"):
        for project in projects:
            if is_any(text(project.get("name"), "content[].name"), settings.projects):
                async for answer in _project(reach.http, settings, window, project):
                    yield answer
    async for body, experiments in _pages(reach.http, settings, "experiments"):
        yield Answer(body, window, "experiments")
        if any(created(each) < window.start for each in experiments):
            return  # the newest come first


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give samples, cost lines and evaluations."""
    body = _read(answer.body)
    for part in (*body.values(), *table(body.get("metrics") or {}, "metrics").values()):
        upstream_error(part)
    if answer.about == "experiments":
        yield from evaluations(body, source, settings, answer.window)
    else:
        yield from records(body, source, settings, answer.window.end)


async def _project(http: Http, settings: Settings, window: Window, project: _Row) -> AsyncIterator[Answer]:
    start, end = floor(window.start, "day"), window.end
    over = floor(end, settings.interval)
    place = questions.project_metrics(quote(text(project.get("id"), "content[].id"), safe=""), settings)

    async def asked(metric: str, step: Step, end: datetime, *filters: Mapping[str, str]) -> bytes:
        if start >= end:
            return b"{}"
        question = questions.question(metric, step, start, end, *filters)
        return await http.post(place, json=question, headers=settings.headers)

    if not questions.single(_read(await asked("TRACE_COUNT", "day", end)), "traces"):
        return
    metrics = {
        name: await asked(metric, settings.interval, over, *filters)
        for name, (metric, filters) in questions.METRICS.items()
    }
    scores = await asked("FEEDBACK_SCORES", "day", end)
    scored = []
    for name in questions.series(_read(scores), "scores"):
        if settings.scorer(name):
            counted = await asked("TRACE_COUNT", "day", end, questions.scored(name))
            scored.append(bundled({"name": written(name), "answer": counted}))
    parts = {
        "project": written(project),
        "metrics": bundled(metrics),
        "scores": scores,
        "scored": b"[" + b",".join(scored) + b"]",
        "costs": await asked("COST", "day", end),
    }
    yield Answer(bundled(parts), window, "project")


async def _pages(http: Http, settings: Settings, what: str) -> AsyncIterator[tuple[bytes, list[_Row]]]:
    """Follow page numbers up to a page that is not full or that comes again."""
    number = 1
    before: list[_Row] = []
    while True:
        params = {"page": str(number), "size": str(_PAGE)}
        body = await http.get(f"{settings.base}/{what}", params, settings.headers)
        found = [table(entry, "content[]") for entry in rows(_read(body).get("content"), "content")]
        if found == before:
            return
        yield body, found
        if len(found) < _PAGE:
            return
        before = found
        number += 1


def _read(body: bytes) -> _Row:
    found = parse_json(body)
    upstream_error(found)
    return table(found, "the answer")
