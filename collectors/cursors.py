"""Follow the pages of a list: an answer's cursor goes into the next question, until there is none or it comes twice.

Vendors name the next page (``next_page``) or leave it to the last id of the page (``has_more`` with ``last_id``).
"""

from collections.abc import AsyncIterator, Mapping, Sequence

from collectors.answers import parse_json, table, text, upstream_error
from collectors.base import Http
from store.errors import SourceError

Params = Mapping[str, str | Sequence[str]]
Page = tuple[bytes, Mapping[str, object]]


async def pages(
    http: Http, url: str, params: Params, cursor: str, headers: Mapping[str, str], remedy: str
) -> AsyncIterator[Page]:
    """Give each page as it came and as it reads; ``cursor`` names where the next one is asked for.

    ``remedy`` is said when the key was refused: which key the question needs, in the vendor's own words.
    """
    asked, met = params, {""}
    while body := await _asked(http, url, asked, headers, remedy):
        found = parse_json(body)
        upstream_error(found)
        page = table(found, "the answer")
        yield body, page
        following = _next(page)
        if following in met:
            return
        met.add(following)
        asked = {**params, cursor: following}


async def _asked(http: Http, url: str, params: Params, headers: Mapping[str, str], remedy: str) -> bytes:
    try:
        return await http.get(url, params, headers)
    except SourceError as error:
        if error.cause != "auth":
            raise
        raise SourceError("auth", f"{error}; {remedy}") from None


def _next(page: Mapping[str, object]) -> str:
    if page.get("has_more") is False:
        return ""
    if named := page.get("next_page"):
        return text(named, "next_page")
    if not page.get("has_more"):
        return ""
    return text(page.get("last_id"), "has_more without next_page, last_id")
