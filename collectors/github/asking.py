"""Ask GitHub's REST API: its version, its pages, and the few questions that a pull request costs."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from collectors.answers import find, need, parse_json, text, whole
from collectors.base import Http
from collectors.changes import Touched, said
from collectors.github.settings import Settings
from collectors.questions import if_allowed, numbered

_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Asking:
    """One repository's questions."""

    http: Http
    settings: Settings
    repository: str

    async def one(self, path: str, params: Mapping[str, str] | None = None) -> bytes:
        """Ask for one answer below the repository."""
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": self.settings.api_version}
        url = f"{self.settings.url.rstrip('/')}/repos/{self.repository}/{path}"
        return await self.http.get(url, params or {}, headers)

    async def listed(
        self, path: str, params: Mapping[str, str] | None = None, key: str = "", size: int = _PAGE
    ) -> AsyncIterator[object]:
        """Ask page by page for a list."""

        async def ask(page: int) -> bytes:
            return await self.one(path, {**(params or {}), "per_page": str(size), "page": str(page + 1)})

        async for row in numbered(ask, size, key):
            yield row

    async def files(self, number: int) -> tuple[list[Any], bool]:
        """Give the files of a pull request without their lines, and whether there are more than were wanted."""
        limit, found = self.settings.files, list[Any]()
        async for row in self.listed(f"pulls/{number}/files", size=min(_PAGE, limit + 1)):
            if len(found) == limit:
                return found, True
            known = ("filename", "previous_filename", "additions", "deletions")
            found.append({name: find(row, name) for name in known})
        return found, False

    async def checks(self, sha: str) -> dict[str, Any]:
        """Give the checks and statuses of a commit; ``None`` for those that the token may not read."""
        place = f"commits/{quote(sha, safe='')}"

        async def runs() -> object:
            return [row async for row in self.listed(f"{place}/check-runs", key="check_runs")]

        async def statuses() -> object:
            return find(parse_json(await self.one(f"{place}/status", {"per_page": str(_PAGE)})), "statuses")

        return {"checks": await if_allowed(runs()), "statuses": await if_allowed(statuses())}


def touched(file: object) -> Touched:
    """Read one file of a pull request."""
    return Touched(
        path=text(need(file, "filename"), "files[].filename"),
        before=said(file, "previous_filename"),
        added=whole(need(file, "additions"), "files[].additions", low=0),
        removed=whole(need(file, "deletions"), "files[].deletions", low=0),
    )
