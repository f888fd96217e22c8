"""Read ServiceNow: change requests whose approval is asked for or was given, and who is asked (Table API).

Every field comes with its value and its display value: times are read from the value, which is UTC whatever zone the
account has, people and items from the display value. Rows that the account may not see are left out of a page by the
server, so only an empty page is the last one. The guard is the time and number of the record's last update. Approved
and rejected ones are listed as long as they are active; what is no longer listed was closed or cancelled.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from collectors.access import Access
from collectors.answers import Doubtful, find, moment, need, parse_json, raw, rows, table, text
from collectors.base import Answer, Http, Kind, Reach, Source, Window
from collectors.changes import WordRule, class_of, said
from collectors.questions import if_allowed, numbered
from collectors.shape import written
from store.records import Change, ChangeClass, ChangeState, Parsed, Rejected, Unrouted

__all__ = ["KIND", "Settings", "WordRule", "fetch", "parse"]

KIND: Final = Kind(
    "changes",
    needs="the roles itil and approver_user, or read ACLs on change_request and sysapproval_approver",
    limits="2 requests for every 100 change requests; rows hidden by ACLs are not seen and not counted",
    first=timedelta(days=1),
    snapshot=True,
)

_PAGE: Final = 100
_UTC: Final = ZoneInfo("UTC")
_STATES: Final[Mapping[str, ChangeState]] = {
    "requested": "pending",
    "approved": "approved",
    "rejected": "rejected",
}
_FIELDS: Final = (
    *("sys_id", "number", "short_description", "description", "approval", "state", "type", "risk"),
    *("requested_by", "opened_by", "start_date", "end_date", "sys_created_on", "sys_updated_on", "sys_mod_count"),
)
_OF_APPROVALS: Final = "sysapproval,approver,state,sys_created_on"
_CLASSES: Final = (
    WordRule("emergency", "type.value", ("emergency",)),
    WordRule("standard", "type.value", ("standard",)),
)
_RISKS: Final = {"1": "critical", "2": "high", "3": "moderate", "4": "low"}


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``; ``query`` is an encoded query that says which change requests are meant.

    ``labels`` are the fields that route a row or tell its class: under their name what people see, under
    ``name.value`` what is stored (a sys_id, a choice's value). ``classes`` are tried in turn; what none fits is of
    ``default_class``. ``risks`` translates stored values of the field risk; others are shown as they are displayed.
    """

    url: str
    table: str = "change_request"
    query: str = "active=true^approvalINrequested,approved,rejected"
    labels: tuple[str, ...] = ("type", "category", "cmdb_ci", "business_service", "assignment_group")
    classes: tuple[WordRule, ...] = _CLASSES
    default_class: ChangeClass = "config"
    risks: Mapping[str, str] = field(default_factory=lambda: dict(_RISKS))
    access: Access = field(default_factory=Access)


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask page by page for the change requests, and for the approvals that those which wait have asked for."""
    fields = ",".join(dict.fromkeys((*_FIELDS, *settings.labels)))
    query = f"{settings.query}^ORDERBYsys_created_on^ORDERBYsys_id"
    page: list[object] = []
    async for row in _listed(reach.http, settings, settings.table, query, fields):
        page.append(row)
        if len(page) == _PAGE:
            yield await _answer(reach.http, settings, window, page)
            page = []
    if page:
        yield await _answer(reach.http, settings, window, page)


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give one change a change request whose approval is asked for or was given."""
    body = table(parse_json(answer.body), "the answer")
    approvals = body.get("approvals")
    for row in rows(body.get("changes"), "result"):
        state = _STATES.get(text(need(row, "approval", "value"), "approval"))
        if state is None:
            continue
        labels = _labels(row, settings)
        system = source.system_of(labels)
        if system is None:
            yield Unrouted(labels.get(source.route.label) or f"no {source.route.label}")
            continue
        try:
            waiting = None if approvals is None else _waiting(row, rows(approvals, "approvals"))
            yield _change(row, system, state, labels, waiting, settings)
        except Doubtful as error:
            yield Rejected(str(error), raw({name: find(row, name) for name in ("number", "sys_created_on")}))


async def _listed(http: Http, settings: Settings, name: str, query: str, fields: str) -> AsyncIterator[object]:
    sent = {
        "sysparm_query": query,
        "sysparm_fields": fields,
        "sysparm_display_value": "all",
        "sysparm_exclude_reference_link": "true",
        "sysparm_limit": str(_PAGE),
    }
    place = f"{settings.url.rstrip('/')}/api/now/table/{quote(name, safe='')}"

    async def ask(page: int) -> bytes:
        return await http.get(place, sent | {"sysparm_offset": str(page * _PAGE)}, {"Accept": "application/json"})

    async for row in numbered(ask, 1, "result"):
        yield row


async def _answer(http: Http, settings: Settings, window: Window, page: list[object]) -> Answer:
    waiting = [_value(row, "sys_id") for row in page if _STATES.get(_value(row, "approval")) == "pending"]
    query = f"state=requested^sysapprovalIN{','.join(waiting)}^ORDERBYsys_id"

    async def asked() -> object:
        name = "sysapproval_approver"
        return [row async for row in _listed(http, settings, name, query, _OF_APPROVALS)] if waiting else []

    body: dict[str, Any] = {"changes": page, "approvals": await if_allowed(asked())}
    return Answer(written(body), window)


def _labels(row: object, settings: Settings) -> dict[str, str]:
    shown = {name: _shown(row, name) for name in settings.labels}
    stored = {f"{name}.value": _value(row, name) for name in (*settings.labels, "type")}
    return {name: word for name, word in (shown | stored).items() if word}


def _waiting(row: object, approvals: list[object]) -> list[tuple[datetime, str]]:
    """Give since when whose approval of this change request is asked for."""
    mine = _value(row, "sys_id")
    return sorted(
        (_time(each, "sys_created_on"), _shown(each, "approver"))
        for each in approvals
        if _value(each, "sysapproval") == mine
    )


def _change(
    row: object,
    system: str,
    state: ChangeState,
    labels: Mapping[str, str],
    waiting: list[tuple[datetime, str]] | None,
    settings: Settings,
) -> Change:
    identity = text(need(row, "sys_id", "value"), "sys_id")
    words = [text(need(row, "number", "display_value"), "number"), _shown(row, "short_description")]
    return Change(
        system=system,
        external_id=identity,
        change_class=class_of(labels, settings.classes, settings.default_class),
        title=" ".join(filter(None, words)),
        state=state,
        author=_shown(row, "requested_by") or _shown(row, "opened_by"),
        requested=waiting[0][0] if waiting else _time(row, "sys_created_on"),
        content_hash=f"{_value(row, 'sys_updated_on')} #{_value(row, 'sys_mod_count')}",
        content="\n".join(_words(row, waiting)),
        risk=settings.risks.get(_value(row, "risk"), _shown(row, "risk")),
        url=f"{settings.url.rstrip('/')}/nav_to.do?uri={quote(f'{settings.table}.do?sys_id={identity}', safe='')}",
    )


def _words(row: object, waiting: list[tuple[datetime, str]] | None) -> Iterator[str]:
    yield f"type {_shown(row, 'type') or 'not stated'}, state {_shown(row, 'state') or 'not stated'}"
    if _value(row, "start_date") and _value(row, "end_date"):
        yield f"planned from {_value(row, 'start_date')} to {_value(row, 'end_date')} UTC"
    if waiting is None:
        yield "approvals: this account may not read them"
    elif waiting:
        yield f"approval asked of {', '.join(who for _, who in waiting)}"
    if description := _shown(row, "description"):
        yield from ("", description)


def _value(row: object, name: str) -> str:
    return said(row, name, "value")


def _shown(row: object, name: str) -> str:
    return said(row, name, "display_value")


def _time(row: object, name: str) -> datetime:
    return moment(need(row, name, "value"), name, zone=_UTC)
