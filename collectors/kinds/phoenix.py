"""Read an Arize Phoenix server: traces as aggregates, annotation scores, experiments, and prompts ahead of production.

Aggregates come from GraphQL (``POST /graphql``, read only), whose errors arrive with status 200. No text of users is
asked for: no span, no annotation's explanation, no run's output. Phoenix bins annotations by when their trace began,
so late ones are found by asking the last week again. Costs exist only for models that Phoenix has a price for.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from collectors.answers import find, moment, need, parse_json, rows, table, text, upstream_error
from collectors.base import Answer, Http, Kind, Reach, Source, Window
from collectors.phoenix import questions
from collectors.phoenix.experiments import evaluations
from collectors.phoenix.projects import records
from collectors.phoenix.prompts import changes, production_of
from collectors.phoenix.settings import Settings
from collectors.scorers import Scorer, is_any
from collectors.shape import bundled, written
from store.records import Parsed

__all__ = ["KIND", "Scorer", "Settings", "fetch", "parse"]

KIND: Final = Kind(
    "metrics, costs, evaluations, changes",
    needs="an API key of a user with the role Viewer (none where authentication is off)",
    limits="Phoenix 20 and newer; 100 versions a prompt are looked at, spans and runs are never read",
    finality="estimates that Phoenix computes from its own price list; final here a day after the day ended",
    restate=timedelta(days=7),
    snapshot=True,
)

_LIMIT: Final = "100"
_AT_ONCE: Final = 20

_Row = dict[str, object]


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for the traces of every project, for experiments begun in the window, and for all prompts there are now."""
    async for project in _listed(reach.http, f"{settings.base}/v1/projects"):
        if is_any(text(project.get("name"), "data[].name"), settings.projects):
            async for answer in _traces(reach.http, settings, window, project):
                yield answer
    async for dataset in _listed(reach.http, f"{settings.base}/v1/datasets"):
        if is_any(text(dataset.get("name"), "data[].name"), settings.datasets):
            async for answer in _experiments(reach.http, settings, window, dataset):
                yield answer
    async for prompt in _prompts(reach.http, settings):
        if is_any(text(prompt.get("name"), "prompts[].name"), settings.prompts) and production_of(prompt, settings):
            place = f"{settings.base}/v1/prompts/{_id(prompt)}/versions"
            body = await reach.http.get(place, {"limit": _LIMIT})
            yield Answer(bundled({"prompt": written(prompt), "answer": body}), window, "prompt")


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give samples, cost lines, evaluations and changes."""
    body = table(parse_json(answer.body), "the answer")
    upstream_error(body.get("answer"))
    if answer.about == "project":
        yield from records(body, source, settings, answer.window)
    elif answer.about == "experiments":
        yield from evaluations(body, source, settings)
    else:
        yield from changes(body, source, settings)


async def _traces(http: Http, settings: Settings, window: Window, project: _Row) -> AsyncIterator[Answer]:
    for piece in questions.pieces(window):
        question = questions.project(text(project.get("id"), "data[].id"), piece, settings)
        body = await http.post(f"{settings.base}/graphql", json=question)
        days = {key: day.isoformat() for key, day in piece.days.items()}
        parts = {"project": written(project), "days": json.dumps(days).encode(), "answer": body}
        yield Answer(bundled(parts), window, "project")


async def _experiments(http: Http, settings: Settings, window: Window, dataset: _Row) -> AsyncIterator[Answer]:
    found = []
    async with aclosing(_listed(http, f"{settings.base}/v1/datasets/{_id(dataset)}/experiments")) as experiments:
        async for each in experiments:
            created = moment(each.get("created_at"), "data[].created_at")
            if created < window.start:
                break  # the newest come first
            if created < window.end:
                found.append(each)
    for start in range(0, len(found), _AT_ONCE):
        part = found[start : start + _AT_ONCE]
        question = questions.scores([text(each.get("id"), "data[].id") for each in part])
        body = await http.post(f"{settings.base}/graphql", json=question)
        parts = {"dataset": written(dataset), "experiments": written(part), "answer": body}
        yield Answer(bundled(parts), window, "experiments")


async def _prompts(http: Http, settings: Settings) -> AsyncIterator[_Row]:
    after: str | None = None
    met = {after}
    while True:
        sent = {"query": questions.PROMPTS, "variables": {"after": after}}
        found = parse_json(await http.post(f"{settings.base}/graphql", json=sent))
        upstream_error(found)
        page = table(need(found, "data", "prompts"), "data.prompts")
        for edge in rows(page.get("edges"), "prompts.edges"):
            yield table(need(edge, "node"), "prompts.edges[].node")
        after = text(find(page, "pageInfo", "endCursor") or "", "pageInfo.endCursor")
        if find(page, "pageInfo", "hasNextPage") is not True or after in met:
            return
        met.add(after)


async def _listed(http: Http, url: str) -> AsyncGenerator[_Row, None]:
    """Follow the cursors of a list until there is none or one comes again."""
    cursor = ""
    met = {cursor}
    while True:
        page = table(
            parse_json(await http.get(url, {"limit": _LIMIT} | ({"cursor": cursor} if cursor else {}))), "page"
        )
        upstream_error(page)
        for entry in rows(page.get("data"), "data"):
            yield table(entry, "data[]")
        cursor = text(page.get("next_cursor") or "", "next_cursor")
        if cursor in met:
            return
        met.add(cursor)


def _id(entry: Mapping[str, object]) -> str:
    return quote(text(entry.get("id"), "id"), safe="")
