"""Read GitLab: merge requests that touch declared paths and wait for approval, and deployments that are blocked.

GitLab says itself how many approvals are left (Premium); where it wants none, ``approvals`` of the options do. They are
not bound to a commit here: whether a push takes them away is a setting of the project. The hash of the newest commit
guards what was seen. Those merged or closed since the last run are read too, so that both are told apart. A project
without environments, or a token without the right, refuses the list of deployments: that fails the run after everything
else was read, as nobody can know whether something waits; ``environments = []`` says that nothing does.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, timedelta
from typing import Final

from collectors.answers import find, moment, need, parse_json, table, whole
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.changes import PathRule, parts
from collectors.gitlab import deployments, merges
from collectors.gitlab.asking import Asking, touched
from collectors.gitlab.settings import Settings
from collectors.questions import each_in_turn
from collectors.shape import bundled, written
from store.records import Parsed

__all__ = ["KIND", "PathRule", "Settings", "fetch", "parse"]

KIND: Final = Kind(
    "changes",
    needs="the scope read_api, for a member with the role Reporter (Developer where environments are protected)",
    limits="3 requests a project, 1 for every 30 files of a merge request, 2 more for an open one that touches a "
    "declared path, 1 for a blocked deployment; approval rules need Premium; 1,000 at each collection (limits.pages)",
    first=timedelta(days=1),
    snapshot=True,
)

_OPEN: Final = {"state": "opened", "scope": "all", "order_by": "created_at", "sort": "asc"}
_BLOCKED: Final = {"status": "blocked", "order_by": "id", "sort": "asc"}
_ENDS: Final = {"merged": "merged_at", "closed": "closed_at"}


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask project by project for all that waits now, and for what was merged or closed in the window."""
    asked = [Asking(reach.http, settings, project) for project in settings.projects]
    async for answer in each_in_turn(part for ask in asked for part in (_merges(ask, window), _blocked(ask, window))):
        yield answer


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give the changes of one merge request or of one deployment."""
    body = table(parse_json(answer.body), "the answer")
    read = merges.changes if answer.about == "merge" else deployments.changes
    yield from read(body, source, settings)


async def _merges(ask: Asking, window: Window) -> AsyncIterator[Answer]:
    if not ask.settings.paths:
        return
    async for merge in ask.listed("merge_requests", _OPEN):
        if True not in (find(merge, "draft"), find(merge, "work_in_progress")):
            async for answer in _merge(ask, window, merge, is_open=True):
                yield answer
    since = window.start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    async for merge in ask.listed("merge_requests", {**_OPEN, "state": "all", "updated_after": since}):
        ended = find(merge, _ENDS.get(str(find(merge, "state")), ""))
        if ended is not None and moment(ended, "closed_at") >= window.start:
            async for answer in _merge(ask, window, merge, is_open=False):
                yield answer


async def _merge(ask: Asking, window: Window, merge: object, *, is_open: bool) -> AsyncIterator[Answer]:
    """Ask for the files; only when one of them is of a declared path, for more."""
    number = whole(need(merge, "iid"), "iid", low=1)
    files, is_cut = await ask.files(number)
    if not is_cut and not parts(map(touched, files), ask.settings.paths):
        return
    told = {"project": ask.project, "merge": merge, "files": files, "is_cut": is_cut}
    told |= await ask.standing(number) if is_open else {}
    yield Answer(written(told), window, "merge", f"{ask.project}!{number}")


async def _blocked(ask: Asking, window: Window) -> AsyncIterator[Answer]:
    if not ask.settings.environments:
        return
    async for row in ask.listed("deployments", _BLOCKED):
        number = whole(need(row, "id"), "deployments[].id", low=1)
        deployment = await ask.one(f"deployments/{number}")
        body = bundled({"project": written(ask.project), "deployment": deployment})
        yield Answer(body, window, "deployment", f"{ask.project} deployment {number}")
