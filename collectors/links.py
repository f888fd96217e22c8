"""Follow links to next pages, and only to the server that was asked: the token would go along."""

from urllib.parse import urljoin

from collectors.words import origin, place
from store.errors import SourceError


def linked(url: str, link: str) -> str:
    """Give the address of a link that stood in the answer of ``url``; elsewhere is an error that names it."""
    try:
        target = urljoin(url, link)
        is_same = origin(target) == origin(url)
    except ValueError:
        target, is_same = "", False
    if not is_same:
        raise SourceError(
            "redirect", f"the next page is elsewhere: {place(target)}; only links of the same server are followed"
        )
    return target
