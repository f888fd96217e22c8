"""Ask one LiteLLM proxy, and tell its refusals apart: a page it does not have, no database, a key that is not its own.

Seen at 1.108: without a database, endpoints that need one answer 400 or 500 with "DB not connected", and a wrong key
is 400 "No connected db" everywhere but on the metrics page.
"""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from collectors.answers import find, parse_json, rows, upstream_error, whole
from collectors.base import Http
from collectors.litellm.owners import key_of, team_of
from store.errors import SourceError

_OFF: Final = re.compile(r"\b(?:db|database) not connected", re.IGNORECASE)
_MASTER_ONLY: Final = "No connected db"
_ABSENT: Final = "answered 404"
_KEYS: Final = {"return_full_object": "true", "size": "100"}
_ROWS: Final = {"page_size": "1000"}


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy and the way to it."""

    http: Http
    url: str

    async def page_if_any(self, path: str, headers: Mapping[str, str]) -> bytes:
        """Give a page that a proxy may not have; then it is empty."""
        try:
            return await self._asked(path, {}, headers)
        except SourceError as error:
            if _ABSENT not in str(error):
                raise
            return b""

    async def teams_if_any(self) -> list[object] | None:
        """Give all teams, as only an administrator may ask; ``None`` without a database."""
        try:
            body = await self._asked("/team/list", {})
        except SourceError as error:
            if not _OFF.search(str(error)):
                raise
            return None
        return [team_of(each) for each in rows(parse_json(body), "the answer")]

    async def all_keys(self) -> AsyncIterator[object]:
        """Give all keys."""

        def has_more(page: object, number: int) -> bool:
            return number < whole(find(page, "total_pages") or 0, "total_pages")

        async for _, page in self._pages("/key/list", _KEYS, has_more):
            for each in rows(find(page, "keys"), "keys"):
                yield key_of(each)

    async def activity(self, day: str) -> AsyncIterator[bytes]:
        """Give the pages of one day's activity as they came."""

        def has_more(page: object, _: int) -> bool:
            return find(page, "metadata", "has_more") is True

        question = _ROWS | {"start_date": day, "end_date": day}
        async for body, _ in self._pages("/user/daily/activity", question, has_more):
            yield body

    async def _pages(
        self, path: str, params: Mapping[str, str], has_more: Callable[[object, int], bool]
    ) -> AsyncIterator[tuple[bytes, object]]:
        """Follow page numbers until the last one, or until a page comes again."""
        number, before = 1, b""
        while (body := await self._asked(path, {**params, "page": str(number)})) != before:
            page = parse_json(body)
            upstream_error(page)
            yield body, page
            if not has_more(page, number):
                return
            number, before = number + 1, body

    async def _asked(self, path: str, params: Mapping[str, str], headers: Mapping[str, str] | None = None) -> bytes:
        try:
            return await self.http.get(f"{self.url}{path}", params, headers)
        except SourceError as error:
            if _MASTER_ONLY not in str(error):
                raise
            words = f"{error}; without a database the proxy knows its master key alone"
            raise SourceError("auth", words) from None
