"""Read an OpenRouter account: activity of finished UTC days, credits, limits of keys, and the end of models.

The list of days is thirty long: what was not collected in that time is lost, and that is said. The running day is not
among them, so what keys spent since midnight stands in for it. Budgets of workspaces come without what was spent of
them and are not read.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from collectors.access import Access
from collectors.answers import Doubtful, find, moment, need, parse_json, raw, rows, table, text, upstream_error
from collectors.base import Answer, Http, Kind, Reach, Source, Window
from collectors.openrouter.activity import DAY, UTC_ZONE, activity
from collectors.openrouter.money import credits_left, key_of, keys
from collectors.shape import bundled, written
from store.records import Missing, ModelDates, Parsed, Rejected

KIND: Final = Kind(
    "costs, requests, tokens, budgets, model dates",
    needs="a management key: it cannot call models, but it can change keys; there is none that only reads",
    limits="the last 30 finished UTC days",
    finality="the account's own meter; two days after the day",
    restate=timedelta(days=2),
)

_KEPT: Final = timedelta(days=30)
_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``; ``read`` names what to read."""

    url: str = "https://openrouter.ai/api/v1"
    read: tuple[Literal["activity", "budgets", "models"], ...] = ("activity", "budgets", "models")
    access: Access = field(default_factory=Access)


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for the finished days of the window one by one, for credits and keys, and for all models."""
    http, url = reach.http, settings.url.rstrip("/")
    if {"activity", "budgets"}.intersection(settings.read):
        found = [each async for each in _listed(http, f"{url}/workspaces", {"limit": str(_PAGE)})]
        slugs = {text(need(each, "id"), "id"): text(need(each, "slug"), "slug") for each in found}
        named = written(slugs)
    if "activity" in settings.read:
        async for answer in _days(http, url, named, window):
            yield answer
    if "budgets" in settings.read:
        body = await http.get(f"{url}/credits")
        yield Answer(bundled({"workspaces": named, "credits": body}), window, "credits")
        asked = [{"include_disabled": "true", "workspace_id": each} for each in slugs]
        owned = [key_of(each) for params in asked async for each in _listed(http, f"{url}/keys", params)]
        yield Answer(bundled({"workspaces": named, "keys": written(owned)}), window, "keys")
    if "models" in settings.read:
        yield Answer(await http.get(f"{url}/models", {"output_modalities": "all"}), window, "models")


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:  # noqa: ARG001 - as every kind
    """Give cost lines, samples and dates of models."""
    body = table(parse_json(answer.body), "the answer")
    for part in (body, *body.values()):
        upstream_error(part)
    now = answer.window.now
    if answer.about == "activity":
        yield from activity(body, source, now)
    elif answer.about == "credits":
        yield from credits_left(body, source, now)
    elif answer.about == "keys":
        yield from keys(body, source, now)
    elif answer.about == "gone":
        yield Missing(f"activity before {answer.name}: OpenRouter keeps {_KEPT.days} days")
    else:
        yield from _dates(body)


async def _days(http: Http, url: str, named: bytes, window: Window) -> AsyncIterator[Answer]:
    today = window.now.replace(hour=0, minute=0, second=0, microsecond=0)
    day = window.start.replace(hour=0, minute=0, second=0, microsecond=0)
    if day < today - _KEPT:
        day = today - _KEPT
        yield Answer(b"{}", window, "gone", f"{day:%Y-%m-%d}")
    while day < min(window.end, today):
        body = await http.get(f"{url}/activity", {"date": f"{day:%Y-%m-%d}", "group_by": "workspace"})
        yield Answer(bundled({"workspaces": named, "activity": body}), window, "activity")
        day += DAY


async def _listed(http: Http, address: str, params: Mapping[str, str]) -> AsyncIterator[object]:
    """Follow offsets until a page is empty or comes again; how long a page is, is the server's to say."""
    offset, before = 0, b""
    while (body := await http.get(address, {**params, "offset": str(offset)})) != before:
        found = parse_json(body)
        upstream_error(found)
        page = rows(need(found, "data"), "data")
        if not page:
            return
        for each in page:
            yield each
        offset, before = offset + len(page), body


def _dates(body: Mapping[str, object]) -> Iterator[ModelDates | Rejected]:
    """Give every model: an end that is no longer announced is one that is not there."""
    for entry in rows(body.get("data"), "data"):
        row = table(entry, "data[]")
        name, end = text(row.get("id"), "id"), find(row, "expiration_date")
        try:
            yield ModelDates(
                provider=name.split("/", 1)[0].removeprefix("~"),  # ~author/name-latest is an alias
                model=name,
                released_on=moment(row.get("created"), "created", unit="s").date(),
                retires_on=None if end is None else moment(end, "expiration_date", zone=UTC_ZONE).date(),
            )
        except Doubtful as error:
            yield Rejected(
                f"{name}: {error}", raw({each: find(row, each) for each in ("id", "created", "expiration_date")})
            )
