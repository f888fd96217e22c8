"""Read GitHub: pull requests that touch declared paths and wait for review, and deployments that wait for approval.

A pull request is guarded by the hash of its newest commit: approvals of older commits are told and do not count. One
whose reviewer asked for changes waits for its author and is ``rejected`` until the review is asked for again; drafts
wait for nobody. Those closed since the last run are read too, so that merged and given up are told apart. Checks that
the token may not read are named as such. What a repository refuses fails the run after all others have been read.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Final

from collectors.answers import find, moment, need, parse_json, table, text, whole
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.changes import PathRule, parts
from collectors.github import deployments, pulls
from collectors.github.asking import Asking, touched
from collectors.github.settings import Settings
from collectors.questions import each_in_turn
from collectors.shape import bundled, written
from store.records import Parsed

__all__ = ["KIND", "PathRule", "Settings", "fetch", "parse"]

KIND: Final = Kind(
    "changes",
    needs="read access to Pull requests, Checks, Commit statuses and Actions (fine-grained token), or repo (classic)",
    limits="3 requests a repository, 1 a pull request, 3 more for an open one that touches a declared path, 1 for a "
    "waiting run; 5,000 an hour a token (GitHub) and 1,000 at each collection (limits.pages)",
    first=timedelta(days=1),
    snapshot=True,
)

_OPEN: Final = {"state": "open", "sort": "created", "direction": "asc"}
_CLOSED: Final = {"state": "closed", "sort": "updated", "direction": "desc"}


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask repository by repository for all that waits now, and for what was closed in the window."""
    asked = [Asking(reach.http, settings, repository) for repository in settings.repositories]
    async for answer in each_in_turn(
        part for ask in asked for part in (_pulls(ask, window), _deployments(ask, window))
    ):
        yield answer


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give the changes of one pull request or of one waiting run."""
    body = table(parse_json(answer.body), "the answer")
    read = pulls.changes if answer.about == "pull" else deployments.changes
    yield from read(body, source, settings)


async def _pulls(ask: Asking, window: Window) -> AsyncIterator[Answer]:
    if not ask.settings.paths:
        return
    async for pull in ask.listed("pulls", _OPEN):
        if find(pull, "draft") is not True:
            async for answer in _pull(ask, window, pull, is_open=True):
                yield answer
    async for pull in ask.listed("pulls", _CLOSED):
        if moment(need(pull, "updated_at"), "updated_at") < window.start:
            return
        if moment(need(pull, "closed_at"), "closed_at") >= window.start:
            async for answer in _pull(ask, window, pull, is_open=False):
                yield answer


async def _pull(ask: Asking, window: Window, pull: object, *, is_open: bool) -> AsyncIterator[Answer]:
    """Ask for the files; only when one of them is of a declared path, for more."""
    number = whole(need(pull, "number"), "number", low=1)
    files, is_cut = await ask.files(number)
    if not is_cut and not parts(map(touched, files), ask.settings.paths):
        return
    told = {"repository": ask.repository, "pull": pull, "files": files, "is_cut": is_cut}
    if is_open:
        told["reviews"] = [row async for row in ask.listed(f"pulls/{number}/reviews")]
        told |= await ask.checks(text(need(pull, "head", "sha"), "head.sha"))
    yield Answer(written(told), window, "pull", f"{ask.repository}#{number}")


async def _deployments(ask: Asking, window: Window) -> AsyncIterator[Answer]:
    if not ask.settings.environments:
        return
    async for run in ask.listed("actions/runs", {"status": "waiting"}, "workflow_runs"):
        number = whole(need(run, "id"), "workflow_runs[].id", low=1)
        pending = await ask.one(f"actions/runs/{number}/pending_deployments")
        body = bundled({"repository": written(ask.repository), "run": written(run), "pending": pending})
        yield Answer(body, window, "deployment", f"{ask.repository} run {number}")
