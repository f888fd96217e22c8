"""Ask GitHub as the person who decides: who that is, and lists page by page."""

from collections.abc import AsyncIterator, Mapping
from typing import Final

from collectors.answers import need, parse_json, text
from collectors.delivery.base import Door
from collectors.github.settings import Settings
from collectors.questions import numbered

_PAGE: Final = 100


def headers(options: Settings) -> dict[str, str]:
    """Give what every request of GitHub's REST API carries."""
    return {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": options.api_version}


def address(options: Settings, path: str) -> str:
    """Write the address of a path of the API."""
    return f"{options.url.rstrip('/')}/{path}"


async def asked(door: Door, options: Settings, path: str, params: Mapping[str, str] | None = None) -> object:
    """Give one answer."""
    return parse_json(await door.get(address(options, path), params or {}, headers(options)))


async def listed(door: Door, options: Settings, path: str) -> AsyncIterator[object]:
    """Give the rows of a list."""

    async def ask(page: int) -> bytes:
        params = {"per_page": str(_PAGE), "page": str(page + 1)}
        return await door.get(address(options, path), params, headers(options))

    async for row in numbered(ask, _PAGE):
        yield row


async def me(door: Door, options: Settings) -> str:
    """Name the account that the token belongs to."""
    return text(need(await asked(door, options, "user"), "login"), "login")
