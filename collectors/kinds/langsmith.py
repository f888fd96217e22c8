"""Read LangSmith: statistics of projects, feedback, experiments, and prompt commits ahead of the production tag.

No run is read, only statistics of them: no text of users is asked for. LangSmith's statistics begin at a time and end
now; the end of a day is a filter on when runs began. Feedback counts for the day of its run, so late feedback is found
by asking the last week again. The API of version 2 is asked: that of version 1 ends on 2027-07-01.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from collectors.answers import parse_json, rows, table, text, upstream_error
from collectors.base import Answer, Http, Kind, Reach, Source, Window
from collectors.langsmith.experiments import began, evaluations
from collectors.langsmith.projects import records
from collectors.langsmith.prompts import changes, hash_of
from collectors.langsmith.settings import Settings
from collectors.langsmith.spans import earliest, spans
from collectors.scorers import Scorer, is_any
from collectors.shape import bundled, written
from store.records import Parsed

__all__ = ["KIND", "Scorer", "Settings", "fetch", "parse"]

KIND: Final = Kind(
    "metrics, costs, evaluations, changes",
    needs="a service key of the workspace role Viewer; X-Tenant-Id beside it for a key of several workspaces",
    limits="statistics reach 31 days back; one question a day asked for and one an interval, for all projects together",
    finality="estimates that LangSmith computes from its own price list; final here a day after the day ended",
    restate=timedelta(days=7),
    snapshot=True,
)

_PAGE: Final = 100
_EXPERIMENTS: Final = 50
_ROOTS: Final = "eq(is_root, true)"

_Params = Mapping[str, str | Sequence[str]]
_Row = dict[str, object]


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for the statistics of each day, for experiments begun in the window, and for all prompts there are now."""
    kinds = {"type": ["PROJECT", "AGENT"], "page_size": str(_PAGE)}
    for span in spans(window, settings):
        async for body, _ in _pages(reach.http, f"{settings.api}/v2/sessions", kinds | span.params(settings.scope)):
            yield Answer(bundled({"span": written(span.written()), "answer": body}), window, "projects")
    async for answer in _experiments(reach.http, settings, window):
        yield answer
    async for repo in _listed(reach.http, f"{settings.api}/v1/repos", "repos", {"is_public": "false"}):
        if is_any(text(repo.get("repo_handle"), "repos[].repo_handle"), settings.prompts):
            async for answer in _commits(reach.http, settings, window, repo):
                yield answer


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give samples, cost lines, evaluations and changes."""
    body = table(parse_json(answer.body), "the answer")
    upstream_error(body.get("answer"))
    if answer.about == "projects":
        yield from records(body, source, settings, answer.window.end)
    elif answer.about == "experiments":
        yield from evaluations(body, source, settings, answer.window)
    else:
        yield from changes(body, source, settings)


async def _experiments(http: Http, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    params = {
        "type": "EXPERIMENT",
        "page_size": str(_EXPERIMENTS),
        "sort_by": "START_TIME",
        "sort_order": "desc",
        "include_stats": "true",
        "stats_start_time": earliest(window).isoformat(),
        "stats_filter": _ROOTS,
    }
    async for body, page in _pages(http, f"{settings.api}/v2/sessions", params):
        found = [table(entry, "items[]") for entry in rows(page.get("items"), "items")]
        ids = sorted({str(each["reference_dataset_id"]) for each in found if each.get("reference_dataset_id")})
        datasets: list[object] = []
        if ids:
            asked: _Params = {"id": ids, "page_size": str(_PAGE), "exclude": "example_count"}
            async for _, listed in _pages(http, f"{settings.api}/v2/datasets", asked):
                datasets += rows(listed.get("items"), "items")
        yield Answer(bundled({"datasets": written(datasets), "answer": body}), window, "experiments")
        if any(began(each) < earliest(window) for each in found):
            return  # the newest come first


async def _commits(http: Http, settings: Settings, window: Window, repo: _Row) -> AsyncIterator[Answer]:
    """Ask for the commits down to the one in production; a prompt that has none there is left out."""
    owner = text(repo.get("owner") or "-", "repos[].owner")  # "-" is the workspace of the key
    name = text(repo.get("repo_handle"), "repos[].repo_handle")
    place = f"{settings.api}/v1/commits/{quote(owner, safe='')}/{quote(name, safe='')}"
    tags = repo.get("commit_tags")
    known = (
        settings.production if tags is None else [each for each in settings.production if each in rows(tags, "tags")]
    )
    production = ""
    for tag in known:
        tagged = await _page(http, place, {"tag": tag, "limit": "1"})
        for entry in rows(tagged.get("commits"), "commits"):
            production = production or hash_of(table(entry, "commits[]"))
    if not production:
        return
    commits = []
    async with aclosing(_listed(http, place, "commits", {})) as listed:
        async for commit in listed:
            commits.append(commit)
            if hash_of(commit) == production:
                break
    parts = {"repo": written(repo), "production": written(production), "commits": written(commits)}
    yield Answer(bundled(parts), window, "commits", name)


async def _pages(http: Http, url: str, params: _Params) -> AsyncIterator[tuple[bytes, _Row]]:
    """Follow the cursors until there is none or one comes again."""
    cursor = ""
    met = {cursor}
    while True:
        body = await http.get(url, {**params, "cursor": cursor} if cursor else params)
        page = _read(body)
        yield body, page
        cursor = text(page.get("next_cursor") or "", "next_cursor")
        if cursor in met:
            return
        met.add(cursor)


async def _listed(http: Http, url: str, key: str, params: _Params) -> AsyncGenerator[_Row, None]:
    """Go through a list by offset, up to a page that is not full or comes again."""
    before: list[object] = []
    offset = 0
    while True:
        page = await _page(http, url, {**params, "limit": str(_PAGE), "offset": str(offset)})
        found = rows(page.get(key), key)
        if found == before:
            return
        for entry in found:
            yield table(entry, f"{key}[]")
        if len(found) < _PAGE:
            return
        before = found
        offset += _PAGE


async def _page(http: Http, url: str, params: _Params) -> _Row:
    return _read(await http.get(url, params))


def _read(body: bytes) -> _Row:
    page = parse_json(body)
    upstream_error(page)
    return table(page, "the answer")
