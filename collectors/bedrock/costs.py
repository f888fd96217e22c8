"""Ask Cost Explorer for what Bedrock costs by day and turn it into cost lines.

Models of other makers are sold through the marketplace: on the bill they are services of their own (``... (Amazon
Bedrock Edition)``), so a question for the service Amazon Bedrock alone misses most of the money.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from collectors.answers import find, moment, raw, rows, table, text
from collectors.base import Answer, Http, Source, Window
from collectors.bedrock.asking import COST_EXPLORER, pages
from collectors.bedrock.settings import Settings
from collectors.billing import days
from collectors.numbers import wrong
from collectors.shape import counted, priced
from store.errors import SourceError
from store.records import CostLine, Parsed, Rejected, Unrouted

_UTC: Final = ZoneInfo("UTC")
_SETTLED_ON: Final = 10
_TOKEN: Final = "NextPageToken"  # noqa: S105 - the name of a field
_EDITION: Final = re.compile(r"(.+) \(Amazon Bedrock(?: Edition)?\)")
_KINDS: Final = {
    "cache_read": re.compile(r"cache[-_ ]?read", re.IGNORECASE),
    "cache_write": re.compile(r"cache[-_ ]?write", re.IGNORECASE),
    "input": re.compile(r"input", re.IGNORECASE),
    "output": re.compile(r"output", re.IGNORECASE),
}


async def ask(http: Http, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for the days of the window and those that may still change; each page is a request that costs money."""
    start, end = (when.date().isoformat() for when in days(window, _SETTLED_ON))
    period = {"Start": start, "End": end}
    services = list(settings.services) or [each async for each in _services(http, settings, period)]
    if not services:
        return
    second = {"Type": "TAG", "Key": settings.tag} if settings.tag else {"Type": "DIMENSION", "Key": "USAGE_TYPE"}
    question: dict[str, Any] = {
        "TimePeriod": period,
        "Granularity": "DAILY",
        "Metrics": ["UnblendedCost", "UsageQuantity"],
        "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}, second],
        "Filter": {"Dimensions": {"Key": "SERVICE", "Values": services}},
    }
    async for body, _ in pages(http, settings.costs_url, COST_EXPLORER, "GetCostAndUsage", question, _TOKEN):
        yield Answer(body, window, "costs")


def lines(page: Mapping[str, object], source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give one cost line a day and group."""
    for entry in rows(page.get("ResultsByTime"), "ResultsByTime"):
        day = table(entry, "ResultsByTime[]")
        for group in rows(day.get("Groups") or [], "Groups"):
            try:
                yield _line(day, table(group, "Groups[]"), source, settings)
            except SourceError as error:
                yield Rejected(str(error), raw(group))


async def _services(http: Http, settings: Settings, period: Mapping[str, str]) -> AsyncIterator[str]:
    """Look up the names under which Bedrock stands on the bill."""
    question = {"TimePeriod": period, "Dimension": "SERVICE", "SearchString": "Bedrock"}
    async for _, page in pages(http, settings.costs_url, COST_EXPLORER, "GetDimensionValues", question, _TOKEN):
        for entry in rows(page.get("DimensionValues"), "DimensionValues"):
            yield text(table(entry, "DimensionValues[]").get("Value"), "DimensionValues[].Value")


def _line(day: Mapping[str, object], group: Mapping[str, object], source: Source, settings: Settings) -> Parsed:
    service, second = _keys(group)
    if settings.tag:
        second = second.partition("$")[2]  # written key$value
    name = settings.tag or "usage_type"
    labels = {"service": service} | ({name: second} if second else {})
    system = source.system_of(labels)
    if system is None:
        return Unrouted(labels.get(source.route.label, f"no {source.route.label} on {service}"))
    start, end = (moment(find(day, "TimePeriod", each), each, zone=_UTC) for each in ("Start", "End"))
    if not isinstance(estimated := day.get("Estimated"), bool) or end <= start:
        raise wrong("ResultsByTime[]", "Estimated, and an End after its Start", "something else")
    cost, used = find(group, "Metrics", "UnblendedCost"), find(group, "Metrics", "UsageQuantity")
    edition = _EDITION.fullmatch(service)
    unit = "" if settings.tag else str(find(used, "Unit") or "")
    return CostLine(
        system=system,
        basis="provider_usage",
        charge_period_start=start,
        charge_period_end=end,
        line=f"service={service}, {name}={second}",
        billing_currency=text(find(cost, "Unit"), "UnblendedCost.Unit"),
        billed_cost=priced(find(cost, "Amount"), "UnblendedCost.Amount"),
        service_provider_name="AWS",
        service_name=service,
        model=edition[1] if edition else "",
        token_type="" if settings.tag else _kind(second),
        # Quantities of several usage types are of several units, and their sum is of none.
        consumed_quantity=None
        if settings.tag or used is None
        else counted(find(used, "Amount"), "UsageQuantity.Amount"),
        consumed_unit="" if unit == "N/A" else unit,
        is_final=not estimated,
    )


def _keys(group: Mapping[str, object]) -> tuple[str, str]:
    keys = [text(each, "Keys[]") for each in rows(group.get("Keys"), "Keys")]
    if len(keys) != 2:
        raise wrong("Keys", "a service and a usage type or tag", f"{len(keys)} keys")
    return keys[0], keys[1]


def _kind(usage_type: str) -> str:
    """Read the kind of token from a usage type such as ``USE1-NovaLite-input-tokens``."""
    return next((kind for kind, words in _KINDS.items() if words.search(usage_type)), "")
