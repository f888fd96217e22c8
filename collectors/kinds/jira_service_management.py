"""Read Jira Service Management: requests with an approval that waits, or that was given a short while ago.

Cloud answers JQL at ``/rest/api/3/search/jql`` with a page token (the older search was removed there in 2025); Data
Center still at ``/rest/api/2/search`` with a start. The approvals of each request found are asked for one by one and
decide its state; where they cannot be read, what JQL says counts: it waits. The guard is the time of the last update.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal
from urllib.parse import quote

from collectors.access import Access
from collectors.answers import Doubtful, find, moment, need, parse_json, raw, rows, table, text, upstream_error, whole
from collectors.base import Answer, Http, Kind, Reach, Source, Window
from collectors.changes import WordRule, class_of, said, worded
from collectors.questions import if_allowed, numbered
from collectors.shape import written
from store.records import Change, ChangeClass, ChangeState, Parsed, Rejected, Unrouted

__all__ = ["KIND", "Settings", "WordRule", "fetch", "parse"]

KIND: Final = Kind(
    "changes",
    needs="a user (on Cloud with an API token) who may browse the projects as an agent of their service desks",
    limits="1 request for every 50 requests found and 1 for each of them; 1,000 at each collection (limits.pages)",
    first=timedelta(days=1),
    snapshot=True,
)

_PAGE: Final = 50
_FIELDS: Final = (
    *("summary", "created", "updated", "reporter", "issuetype", "project", "status", "priority", "labels"),
    "components",
)
_CREATED: Final = ("createdDate", "epochMillis")
_DECLINED: Final = "declined"
_CLASSES: Final = (
    WordRule("emergency", "type", ("*emergency*",)),
    WordRule("standard", "type", ("*standard*",)),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``; ``jql`` says which requests are meant, ``risk`` which field holds the risk.

    A row is routed by ``project`` (its key), ``type``, ``status``, ``priority``, ``component`` (the first), one of the
    fields named in ``labels`` (by their ids), or by a label such as ``system:checkout``. ``classes`` are tried in turn;
    what none fits is of ``default_class``.
    """

    url: str
    edition: Literal["cloud", "data_center"] = "cloud"
    jql: str = "approvals = pending() OR (approvals = approved() AND updated >= -1d) ORDER BY created"
    labels: tuple[str, ...] = ()
    classes: tuple[WordRule, ...] = _CLASSES
    default_class: ChangeClass = "config"
    risk: str = ""
    access: Access = field(default_factory=Access)


async def fetch(reach: Reach, settings: Settings, window: Window) -> AsyncIterator[Answer]:
    """Ask for the requests, and for the approvals of each."""
    search = _of_cloud if settings.edition == "cloud" else _of_data_center
    async for issue in search(reach.http, settings):
        key = text(need(issue, "key"), "issues[].key")
        approvals = await if_allowed(_approvals(reach.http, settings, key))
        yield Answer(written({"issue": issue, "approvals": approvals}), window, name=key)


def parse(answer: Answer, source: Source, settings: Settings) -> Iterator[Parsed]:
    """Give the change that a request asks to approve."""
    body = table(parse_json(answer.body), "the answer")
    issue, approvals = need(body, "issue"), body.get("approvals")
    labels = _labels(issue, settings)
    system = source.system_of(labels)
    if system is None:
        yield Unrouted(labels.get(source.route.label) or labels["project"])
        return
    try:
        yield _change(issue, None if approvals is None else _in_order(approvals), system, labels, settings)
    except Doubtful as error:
        yield Rejected(str(error), raw({"key": find(issue, "key"), "created": find(issue, "fields", "created")}))


async def _of_cloud(http: Http, settings: Settings) -> AsyncIterator[object]:
    """Follow the page tokens until there is none or one comes again."""
    place, token = f"{settings.url.rstrip('/')}/rest/api/3/search/jql", ""
    met = {token}
    while True:
        sent = _search(settings) | ({"nextPageToken": token} if token else {})
        found = parse_json(await http.get(place, sent))
        upstream_error(found)
        for issue in rows(need(found, "issues"), "issues"):
            yield issue
        token = said(found, "nextPageToken")
        if token in met:
            return
        met.add(token)


async def _of_data_center(http: Http, settings: Settings) -> AsyncIterator[object]:
    place = f"{settings.url.rstrip('/')}/rest/api/2/search"

    async def ask(page: int) -> bytes:
        return await http.get(place, _search(settings) | {"startAt": str(page * _PAGE)})

    async for issue in numbered(ask, _PAGE, "issues"):
        yield issue


def _search(settings: Settings) -> dict[str, str]:
    fields = [*_FIELDS, *settings.labels, *([settings.risk] if settings.risk else [])]
    return {"jql": settings.jql, "fields": ",".join(dict.fromkeys(fields)), "maxResults": str(_PAGE)}


async def _approvals(http: Http, settings: Settings, key: str) -> list[object]:
    place = f"{settings.url.rstrip('/')}/rest/servicedeskapi/request/{quote(key, safe='')}/approval"

    async def ask(page: int) -> bytes:
        sent = {"start": str(page * _PAGE), "limit": str(_PAGE)}
        return await http.get(place, sent, {"X-ExperimentalApi": "opt-in"})  # older Data Centers want it

    return [row async for row in numbered(ask, _PAGE, "values")]


def _labels(issue: object, settings: Settings) -> dict[str, str]:
    fields = need(issue, "fields")
    tags = [text(each, "labels[]") for each in rows(find(fields, "labels") or [], "labels")]
    own = {name: _word(find(fields, name)) for name in settings.labels}
    known = {
        "project": text(need(fields, "project", "key"), "project.key"),
        "type": said(fields, "issuetype", "name"),
        "status": said(fields, "status", "name"),
        "priority": said(fields, "priority", "name"),
        "component": said(fields, "components", 0, "name"),
    }
    return worded(tags) | {name: word for name, word in (own | known).items() if word}


def _change(
    issue: object, approvals: list[object] | None, system: str, labels: Mapping[str, str], settings: Settings
) -> Change:
    fields, key = need(issue, "fields"), text(need(issue, "key"), "key")
    waiting = [each for each in approvals or [] if _decision(each) == "pending"]
    since = find(waiting[-1], *_CREATED) if waiting else None
    created = need(fields, "created")
    return Change(
        system=system,
        external_id=key,
        change_class=class_of(labels, settings.classes, settings.default_class),
        title=f"{key} {text(need(fields, 'summary'), 'summary')}",
        state=_state(approvals),
        author=said(fields, "reporter", "displayName"),
        requested=_time(created) if since is None else moment(since, "createdDate.epochMillis", unit="ms"),
        content_hash=said(fields, "updated"),
        content="\n".join(_words(approvals, labels)),
        risk=_word(find(fields, settings.risk)) if settings.risk else "",
        url=f"{settings.url.rstrip('/')}/browse/{quote(key, safe='')}",
    )


def _state(approvals: list[object] | None) -> ChangeState:
    """Give the state that the approvals are in; without any to see, JQL's word counts."""
    decisions = [_decision(each) for each in approvals or []]
    if not decisions or "pending" in decisions:
        return "pending"
    return "rejected" if decisions[-1] == _DECLINED else "approved"


def _words(approvals: list[object] | None, labels: Mapping[str, str]) -> Iterator[str]:
    yield ", ".join(f"{name} {labels[name]}" for name in ("type", "status", "priority") if name in labels)
    if approvals is None:
        yield "approvals: this account may not read them"
    for each in approvals or []:
        yield f"approval {said(each, 'name') or 'without a name'}: {_decision(each)}"
        for one in rows(find(each, "approvers") or [], "approvers"):
            who = said(one, "approver", "displayName") or said(one, "approver", "name")
            yield f"  {who}: {said(one, 'approverDecision') or 'pending'}"


def _in_order(approvals: object) -> list[object]:
    """Give the approvals from the oldest to the newest: the newest word counts."""
    return sorted(rows(approvals, "approvals"), key=lambda each: whole(find(each, *_CREATED) or 0, "createdDate"))


def _decision(approval: object) -> str:
    return text(need(approval, "finalDecision"), "finalDecision")


def _word(value: object) -> str:
    """Read a field of any type: text, an option, something with a name, or the first of several."""
    if isinstance(value, list):
        return _word(value[0]) if value else ""
    if isinstance(value, dict):
        return said(value, "value") or said(value, "name") or said(value, "displayName")
    return text(value, "a field") if isinstance(value, str) else ""


def _time(written: object) -> datetime:
    """Read a time as Jira writes it, with an offset that lacks its colon."""
    found = text(written, "created")
    return moment(f"{found[:-2]}:{found[-2:]}" if found[-5:-4] in ("+", "-") else found, "created")
