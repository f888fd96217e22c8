"""Read Anthropic: costs by day, usage by model and workspace, rate limits, deprecation and retirement of models.

Amounts are cents written as decimals: "123.45" is USD 1.2345. Costs of Priority Tier are in no report; code execution
is in costs only. Nobody's prompt is in any of it, and nothing is split by person.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

from collectors.answers import parse_json, rows, table, text, upstream_error
from collectors.anthropic.records import SETTLING, costs, limits, models, usage
from collectors.anthropic.settings import Settings
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.cursors import Page, Params, pages
from collectors.reports import DAY, ceiled, floored
from store.records import Parsed

__all__ = ["KIND", "Settings", "fetch", "parse"]

KIND: Final = Kind(
    "costs, metrics, dates of models",
    needs=(
        'with `api = "analytics"` a key limited to `read:analytics`; else, and for `limits`, an Admin key '
        "(`sk-ant-admin...`), which can also write; for `models` an ordinary API key"
    ),
    limits=(
        "costs by UTC day only; one may ask once a minute; accounts of one person have no reports, and organisations "
        "with HIPAA readiness no analytics"
    ),
    finality=(
        "none is published, and most is there within five minutes: four days are asked again at each run, and a day is "
        "taken as final three days after its end"
    ),
    restate=SETTLING + DAY,
)

_VERSION: Final = {"anthropic-version": "2023-06-01"}
_BETA: Final = {**_VERSION, "anthropic-beta": "analytics-usage-cost-2026-08-24"}
_WIDTHS: Final[Mapping[str, tuple[timedelta, str, timedelta]]] = {
    "1m": (timedelta(minutes=1), "1440", DAY),
    "1h": (timedelta(hours=1), "168", 31 * DAY),
    "1d": (DAY, "31", 31 * DAY),
}
"""Widths with the most buckets of a page (admin) and the longest stretch of a question (analytics)."""
_OLDEST: Final = 364 * DAY
_FIRST: Final = datetime(2026, 1, 1, tzinfo=UTC)
_PLACE: Final = 'set token_header = "x-api-key" and token_scheme = ""'
_ADMIN: Final = f"this needs an Admin key (sk-ant-admin..., made by an admin of the organisation); {_PLACE}"
_ANALYTICS: Final = f"this needs a key with the scope read:analytics, or an Admin key; {_PLACE}"
_MODELS: Final = f"the list of models needs an ordinary API key, not an Admin key; {_PLACE}"


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for whole buckets of the window, and for what is so now."""
    if "costs" in settings.asks:
        stretch = (floored(window.start, DAY), ceiled(window.end, DAY))
        async for body in _report(reach, settings, window, "cost", stretch):
            yield Answer(body, window, "costs")
    width = _WIDTHS[settings.interval][0]
    stretch = (floored(window.start, width), floored(window.end, width))
    if "usage" in settings.asks and stretch[0] < stretch[1]:
        async for body in _report(reach, settings, window, "usage", stretch):
            yield Answer(body, window, "usage")
    if "limits" in settings.asks:
        for name, path in await _limited(reach, settings):
            async for body, _ in _asked(reach, settings, path, {"include_inherited": "true"} if name else {}):
                yield Answer(body, window, "limits", name)
    if "models" in settings.asks:
        params = {"limit": "1000", "lifecycle[]": ["active", "deprecated", "retired"]}
        async for body, _ in _asked(reach, settings, "models", params, "after_id", _MODELS):
            yield Answer(body, window, "models")


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give cost lines, samples and the dates of models."""
    found = parse_json(answer.body)
    upstream_error(found)
    page = table(found, "the answer")
    if answer.about == "models":
        yield from models(page, settings)
    else:
        made = {"costs": costs, "usage": usage, "limits": limits}[answer.about]
        yield from made(page, source, settings, answer)


async def _report(
    reach: Reach, settings: Settings, window: Window, measure: str, stretch: tuple[datetime, datetime]
) -> AsyncIterator[bytes]:
    """Ask one report for a stretch; the analytics reports answer for a month at most, and for the last year."""
    interval = "1d" if measure == "cost" else settings.interval
    width, most, longest = _WIDTHS[interval]
    start, end = stretch
    if settings.api == "admin":
        path, split = ("cost_report", "description") if measure == "cost" else ("usage_report/messages", "model")
        params = _between(start, end) | {
            "bucket_width": interval,
            "limit": most,
            "group_by[]": [*settings.by, split],
        }
        async for body, _ in _asked(reach, settings, f"organizations/{path}", params):
            yield body
        return
    start = max(start, _FIRST, ceiled(window.now - _OLDEST, width))
    while start < end:
        params = _between(start, min(start + longest, end)) | {
            "time_bucket_width": interval,
            "limit": "1000",
            "order_by": "time",
            "order": "asc",
            "group_by[]": [*settings.by, "model", *(("cost_type", "token_type") if measure == "cost" else ())],
        }
        path = f"organizations/analytics/{measure}"
        async for body, _ in _asked(reach, settings, path, params, "page", _ANALYTICS, _BETA):
            yield body
        start += longest


def _asked(
    reach: Reach,
    settings: Settings,
    path: str,
    params: Params,
    cursor: str = "page",
    remedy: str = _ADMIN,
    headers: Mapping[str, str] = _VERSION,
) -> AsyncIterator[Page]:
    return pages(reach.http, f"{settings.url.rstrip('/')}/v1/{path}", params, cursor, headers, remedy)


async def _limited(reach: Reach, settings: Settings) -> list[tuple[str, str]]:
    """Give workspaces with the place of their limits; the organisation's own where rows are not split by workspace."""
    if "workspace_id" not in settings.by:
        return [("", "organizations/rate_limits")]
    params = {"limit": "1000", "include_default": "true"}
    names = [*settings.workspaces] or [
        text(table(entry, "data[]").get("id"), "data[].id")
        async for _, page in _asked(reach, settings, "organizations/workspaces", params, "after_id")
        for entry in rows(page.get("data"), "data")
    ]
    return [(name, f"organizations/workspaces/{quote(name, safe='')}/rate_limits") for name in names]


def _between(start: datetime, end: datetime) -> dict[str, str | list[str]]:
    return {"starting_at": f"{start:%Y-%m-%dT%H:%M:%SZ}", "ending_at": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
