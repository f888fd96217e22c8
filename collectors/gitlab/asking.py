"""Ask GitLab's REST API: its pages, and the few questions that a merge request costs."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from collectors.answers import find, need, parse_json, text
from collectors.base import Http
from collectors.changes import Touched, said
from collectors.gitlab.settings import Settings
from collectors.questions import if_allowed, numbered

_PAGE: Final = 100
_DIFFS: Final = 30
"""GitLab gives at most so many diffs a page, whatever is asked for."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One project's questions."""

    http: Http
    settings: Settings
    project: str

    async def one(self, path: str, params: Mapping[str, str] | None = None) -> bytes:
        """Ask for one answer below the project."""
        place = f"{self.settings.url.rstrip('/')}/api/v4/projects/{quote(self.project, safe='')}"
        return await self.http.get(f"{place}/{path}", params or {})

    async def listed(
        self, path: str, params: Mapping[str, str] | None = None, size: int = _PAGE
    ) -> AsyncIterator[object]:
        """Ask page by page for a list."""

        async def ask(page: int) -> bytes:
            return await self.one(path, {**(params or {}), "per_page": str(size), "page": str(page + 1)})

        async for row in numbered(ask, size):
            yield row

    async def files(self, number: int) -> tuple[list[Any], bool]:
        """Give the files of a merge request with their lines counted, and whether there are more than were wanted."""
        limit, found = self.settings.files, list[Any]()
        async for row in self.listed(f"merge_requests/{number}/diffs", size=_DIFFS):
            if len(found) == limit:
                return found, True
            found.append({"new_path": find(row, "new_path"), "old_path": find(row, "old_path"), **_lines(row)})
        return found, False

    async def standing(self, number: int) -> dict[str, Any]:
        """Give the approvals and the pipeline of a merge request; ``None`` for what the token may not read."""

        async def answer(path: str) -> object:
            return parse_json(await self.one(path))

        approvals = await if_allowed(answer(f"merge_requests/{number}/approvals"))
        return {"approvals": approvals, "single": await if_allowed(answer(f"merge_requests/{number}"))}


def touched(file: object) -> Touched:
    """Read one file of a merge request."""
    added, removed = find(file, "added"), find(file, "removed")
    return Touched(
        path=text(need(file, "new_path"), "diffs[].new_path"),
        before=said(file, "old_path"),
        added=added if isinstance(added, int) else None,
        removed=removed if isinstance(removed, int) else None,
    )


def _lines(row: object) -> dict[str, int]:
    """Count the lines of a diff that was not held back; the lines themselves go no further."""
    if find(row, "collapsed") is True or find(row, "too_large") is True:
        return {}
    lines = said(row, "diff").split("\n")
    return {name: sum(line.startswith(sign) for line in lines) for name, sign in (("added", "+"), ("removed", "-"))}
