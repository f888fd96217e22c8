"""Read OpenAI: costs by day, usage by model and project, rate limits of projects, shutdown dates of models.

Dollars come as numbers or as text. Costs and usage are two counts and need not agree to the cent. ``input_tokens``
includes the cached ones; audio tokens are counted again under kinds of their own. The day that is not over is read and
restated. Nobody's prompt is in any of it, and nothing is split by user.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from collectors.answers import parse_json, rows, table, text, upstream_error
from collectors.base import Answer, Kind, Reach, Source, Window
from collectors.cursors import Page, Params, pages
from collectors.openai.records import costs, limits, models, settled_at, usage
from collectors.openai.settings import Settings
from collectors.reports import DAY, ceiled, floored
from store.records import Parsed

__all__ = ["KIND", "Settings", "fetch", "parse"]

KIND: Final = Kind(
    "costs, metrics, dates of models",
    needs="an admin key (`sk-admin-...`) that may read usage, for limits also projects; for `models` a project's key",
    limits="costs by UTC day only; how often one may ask is not published, so once an hour is plenty",
    finality=(
        "none is published: the last week, and until the sixth the whole month before, are asked again at each run; "
        "then a month is taken as final"
    ),
    restate=timedelta(days=7),
)

_LIST: Final = {"limit": "100"}
_COST_BUCKETS: Final = "180"
_USAGE_BUCKETS: Final[Mapping[str, tuple[timedelta, str]]] = {
    "1m": (timedelta(minutes=1), "1440"),
    "1h": (timedelta(hours=1), "168"),
    "1d": (DAY, "31"),
}
"""Widths with the most buckets that one page may have; without a limit it would be a week, a day or an hour."""
_ADMIN: Final = (
    "the organisation's costs, usage and limits need an admin key (sk-admin-..., made by an owner under Organization, "
    "Admin keys) that may read usage and projects; the key of a project is refused"
)
_PROJECT: Final = "the list of models needs the key of a project that may list models; an admin key is refused"


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for whole buckets of the window, and for what is so now."""
    if "costs" in settings.asks:
        stretch = (_costs_from(window), ceiled(window.end, DAY))
        params = _params(settings, "1d", _COST_BUCKETS, "line_item", stretch)
        async for body, _ in _asked(reach, settings, "organization/costs", params):
            yield Answer(body, window, "costs")
    width, most = _USAGE_BUCKETS[settings.interval]
    stretch = (floored(window.start, width), floored(window.end, width))
    for report in settings.usage if "usage" in settings.asks and stretch[0] < stretch[1] else ():
        params = _params(settings, settings.interval, most, "model", stretch)
        async for body, _ in _asked(reach, settings, f"organization/usage/{report}", params):
            yield Answer(body, window, report)
    for project in await _projects(reach, settings):
        path = f"organization/projects/{quote(project, safe='')}/rate_limits"
        async for body, _ in _asked(reach, settings, path, _LIST, "after"):
            yield Answer(body, window, "limits", project)
    if "models" in settings.asks:
        async for body, _ in _asked(reach, settings, "models", {}, "after", _PROJECT):
            yield Answer(body, window, "models")


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give cost lines, samples and the dates of models."""
    found = parse_json(answer.body)
    upstream_error(found)
    page = table(found, "the answer")
    if answer.about == "models":
        yield from models(page, settings)
    elif answer.about == "limits":
        yield from limits(page, source, settings, answer)
    elif answer.about == "costs":
        yield from costs(page, source, settings, answer)
    else:
        yield from usage(page, source, settings, answer)


def _asked(
    reach: Reach, settings: Settings, path: str, params: Params, cursor: str = "page", remedy: str = _ADMIN
) -> AsyncIterator[Page]:
    return pages(reach.http, f"{settings.url.rstrip('/')}/{path}", params, cursor, {}, remedy)


async def _projects(reach: Reach, settings: Settings) -> list[str]:
    """Give the projects whose limits are wanted: those of the configuration, else all that are not archived."""
    if "limits" not in settings.asks:
        return []
    if settings.projects:
        return [*settings.projects]
    return [
        text(table(entry, "data[]").get("id"), "data[].id")
        async for _, page in _asked(reach, settings, "organization/projects", _LIST, "after")
        for entry in rows(page.get("data"), "data")
    ]


def _costs_from(window: Window) -> datetime:
    """Give the first day to ask costs for: with the whole month before, unless a run has already seen it final."""
    this_month = floored(window.end, DAY).replace(day=1)
    last_month = (this_month - DAY).replace(day=1)
    start = floored(window.start, DAY)
    # the last run ended a week after this window's start: had that month settled by then?
    return start if window.start + KIND.restate >= settled_at(last_month) else min(start, last_month)


def _params(
    settings: Settings, width: str, most: str, split: str, stretch: tuple[datetime, datetime]
) -> dict[str, str | list[str]]:
    start, end = (str(int(each.timestamp())) for each in stretch)
    params: dict[str, str | list[str]] = {
        "start_time": start,
        "end_time": end,
        "bucket_width": width,
        "limit": most,
        "group_by[]": [*settings.by, split],
    }
    return params | ({"project_ids[]": [*settings.projects]} if settings.projects else {})
