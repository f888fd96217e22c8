"""Put questions to AWS services that speak JSON over one address: the operation is named in a header."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from collectors.answers import parse_json, table, text, upstream_error
from collectors.base import Http

CLOUDWATCH: Final = ("GraniteServiceVersion20100801", "application/x-amz-json-1.0")
COST_EXPLORER: Final = ("AWSInsightsIndexService", "application/x-amz-json-1.1")

Page = tuple[bytes, Mapping[str, object]]


async def pages(
    http: Http, url: str, service: tuple[str, str], operation: str, question: Mapping[str, Any], token: str
) -> AsyncIterator[Page]:
    """Give each page as it came and as it reads, until there is no next token or one comes twice."""
    headers = {"X-Amz-Target": f"{service[0]}.{operation}", "Content-Type": service[1]}
    sent, met = dict(question), {""}
    while True:
        body = await http.post(url, json=sent, headers=headers)
        found = parse_json(body)
        upstream_error(found)
        page = table(found, "the answer")
        yield body, page
        following = text(page.get(token) or "", token)
        if following in met:
            return
        met.add(following)
        sent = {**question, token: following}
