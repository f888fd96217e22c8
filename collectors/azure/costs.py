"""Ask Cost Management for costs by day and turn its columns and rows into cost lines."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from collectors.answers import find, moment, parse_json, raw, rows, table, text, upstream_error, whole
from collectors.azure.settings import Settings, named
from collectors.base import Answer, Http, Source, Window
from collectors.billing import DAY, days, is_settled
from collectors.links import linked
from collectors.numbers import wrong
from collectors.shape import priced
from store.errors import SourceError
from store.records import CostLine, Parsed, Rejected, Unrouted

_API: Final = "2025-03-01"
_CHUNK: Final = timedelta(days=28)  # by days, the vendor gives at most a month and cuts the rest in silence
_SETTLED_ON: Final = 5
_UTC: Final = ZoneInfo("UTC")
_AMOUNTS: Final = ("cost", "totalcost", "pretaxcost")
_KINDS: Final = {
    "cache_read": re.compile(r"cach", re.IGNORECASE),
    "input": re.compile(r"\b(?:inp|input|prompt)\b", re.IGNORECASE),
    "output": re.compile(r"\b(?:outp|opt|output|completion)\b", re.IGNORECASE),
}

_Columns = Mapping[str, int]


async def ask(http: Http, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for the days of the window and those that may still change, page by page."""
    url = f"{settings.address(settings.costs)}/Microsoft.CostManagement/query?api-version={_API}"
    start, end = days(window, _SETTLED_ON)
    while start < end:
        stop = min(start + _CHUNK, end)
        question, page, met = _question(settings, start, stop), url, {""}
        while page not in met and (body := await http.post(page, json=question)):
            met.add(page)
            found = table(parse_json(body), "the answer")
            upstream_error(found)
            yield Answer(body, window, "costs")
            link = find(found, "properties", "nextLink")
            page = linked(url, text(link, "nextLink")) if link else ""
        start = stop


def lines(body: Mapping[str, object], source: Source, settings: Settings, now: datetime) -> Iterator[Parsed]:
    """Give one cost line a row."""
    properties = table(body.get("properties"), "properties")
    columns = {
        text(table(each, "columns[]").get("name"), "columns[].name").lower(): index
        for index, each in enumerate(rows(properties.get("columns"), "columns"))
    }
    for entry in rows(properties.get("rows"), "rows"):
        try:
            yield _line(rows(entry, "rows[]"), columns, source, settings, now)
        except SourceError as error:
            yield Rejected(str(error), raw(entry))


def _question(settings: Settings, start: datetime, stop: datetime) -> dict[str, Any]:
    """Write the question; both its ends are inclusive."""
    first = {"type": "TagKey", "name": settings.tag} if settings.tag else {"type": "Dimension", "name": "ResourceId"}
    dataset: dict[str, Any] = {
        "granularity": "Daily",
        "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}},
        "grouping": [first, {"type": "Dimension", "name": "Meter"}],
    }
    if settings.resource_types:
        kinds = {"name": "ResourceType", "operator": "In", "values": list(settings.resource_types)}
        dataset["filter"] = {"dimensions": kinds}
    last = stop - timedelta(seconds=1)
    period = {"from": start.strftime("%Y-%m-%dT%H:%M:%SZ"), "to": last.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return {"type": "ActualCost", "timeframe": "Custom", "timePeriod": period, "dataset": dataset}


def _line(row: Sequence[object], columns: _Columns, source: Source, settings: Settings, now: datetime) -> Parsed:
    meter = text(_cell(row, columns, "meter"), "Meter")
    if settings.tag:
        value = str(_cell(row, columns, "tagvalue") or "")
        labels, place = ({settings.tag: value} if value else {}), f"{settings.tag}={value}"
    else:
        resource = text(_cell(row, columns, "resourceid"), "ResourceId").lower()
        labels, place = {"resource": named(resource)}, f"resource={resource}"
    system = source.system_of(labels)
    if system is None:
        return Unrouted(labels.get(source.route.label, f"no {source.route.label} on {meter}"))
    day = _day(_cell(row, columns, "usagedate"))
    return CostLine(
        system=system,
        basis="provider_usage",
        charge_period_start=day,
        charge_period_end=day + DAY,
        line=f"{place}, meter={meter}",
        billing_currency=text(_cell(row, columns, "currency"), "Currency").upper(),
        billed_cost=priced(_cell(row, columns, *_AMOUNTS), "Cost"),
        service_provider_name="Microsoft",
        service_name=meter,
        token_type=next((kind for kind, words in _KINDS.items() if words.search(meter)), ""),
        is_final=is_settled(day, now, _SETTLED_ON),
    )


def _cell(row: Sequence[object], columns: _Columns, *names: str) -> object:
    """Take a cell by the name of its column: their order is the vendor's to choose."""
    index = next((columns[name] for name in names if name in columns), None)
    if index is None or index >= len(row):
        raise wrong(names[0], "a column of this name", "none")
    return row[index]


def _day(value: object) -> datetime:
    """Read a day written as the number 20261121, or as a time."""
    if isinstance(value, str) and not value.isdecimal():
        return moment(value, "UsageDate", zone=_UTC, fold=0)
    number = whole(value, "UsageDate", text_ok=True, low=20_000_101, high=20_991_231)
    try:
        return datetime(number // 10_000, number // 100 % 100, number % 100, tzinfo=UTC)
    except ValueError:
        raise wrong("UsageDate", "a day that exists", str(number)) from None
