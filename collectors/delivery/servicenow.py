"""Answer a change request at ServiceNow in the person's own approval (Change Management API)."""

import re
from typing import Final
from urllib.parse import quote

from collectors.answers import find, need, parse_json, rows
from collectors.changes import said
from collectors.delivery.base import Action, Decision, Door, Outside, Seen, Subject
from collectors.kinds.servicenow import Settings

WHOLE: Final = False

_TARGET: Final = "servicenow approval"
_ID: Final = re.compile(r"[0-9a-f]{32}")
_STATES: Final = {"approve": "approved", "reject": "rejected"}
_ACCEPT: Final = {"Accept": "application/json"}
_MINE: Final = "approver=javascript:gs.getUserID()"


def fits(subject: Subject) -> re.Match[str] | None:
    """Read a sys_id."""
    return _ID.fullmatch(subject.external_id)


def plan(subject: Subject, decision: Decision, options: Settings) -> Action | Outside:
    """Answer for whoever the token belongs to; the record's last update is the guard."""
    if decision.verdict == "roll back":
        return Outside(_TARGET, f"carry out the backout plan of the change request at {subject.url}")
    url = f"{options.url.rstrip('/')}/api/sn_chg_rest/change/{subject.external_id}/approvals"
    body = {"state": _STATES[decision.verdict], "comments": decision.reason}
    return Action(_TARGET, "PATCH", url, body, f"updated {subject.content_hash}", _ACCEPT)


async def read(door: Door, subject: Subject, decision: Decision, options: Settings) -> Seen:
    """Look what this account answered, then whether the record is as it was shown: an answer itself moves it on."""
    query = f"sysapproval={subject.external_id}^{_MINE}"
    mine = await _asked(door, options, "sysapproval_approver", {"sysparm_query": query, "sysparm_fields": "state"})
    states = [said(each, "state") for each in rows(find(mine, "result") or [], "result")]
    if _STATES[decision.verdict] in states:
        return Seen("done", f"the approval of this account is {_STATES[decision.verdict]}")
    fields = {"sysparm_fields": "sys_updated_on,sys_mod_count"}
    record = need(
        await _asked(door, options, f"{quote(options.table, safe='')}/{subject.external_id}", fields), "result"
    )
    mark = f"{said(record, 'sys_updated_on')} #{said(record, 'sys_mod_count')}"
    if mark != subject.content_hash:
        return Seen("moved", f"the change request was updated {mark}, shown was {subject.content_hash}")
    if "requested" not in states:
        return Seen("moved", "no approval of this account is asked for")
    return Seen("waiting", "the approval of this account is asked for")


async def _asked(door: Door, options: Settings, path: str, params: dict[str, str]) -> object:
    stored = {"sysparm_display_value": "false", "sysparm_exclude_reference_link": "true"}
    return parse_json(await door.get(f"{options.url.rstrip('/')}/api/now/table/{path}", params | stored, _ACCEPT))
