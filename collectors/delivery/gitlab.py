"""Ask GitLab as the person who decides."""

from urllib.parse import quote

from collectors.answers import need, parse_json, text
from collectors.delivery.base import Door
from collectors.gitlab.settings import Settings


def address(options: Settings, project: str, path: str) -> str:
    """Write the address of a path below a project."""
    return f"{options.url.rstrip('/')}/api/v4/projects/{quote(project, safe='')}/{path}"


async def asked(door: Door, url: str) -> object:
    """Give one answer."""
    return parse_json(await door.get(url))


async def me(door: Door, options: Settings) -> str:
    """Name the account that the token belongs to."""
    return text(need(await asked(door, f"{options.url.rstrip('/')}/api/v4/user"), "username"), "username")
