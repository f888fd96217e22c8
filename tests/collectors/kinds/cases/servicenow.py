"""ServiceNow: change requests asked for, approved and rejected, and the approvals of the one that waits."""

import json

from collectors.kinds.servicenow import Settings
from store.records import Change, Parsed
from tests.collectors.kinds.case import FIXTURES, Case, exchanged, routed
from tests.collectors.kinds.played import played

_PLAY = exchanged(FIXTURES / "servicenow" / "exchange.json")


def _field(value: str, shown: str | None = None) -> dict[str, str]:
    return {"value": value, "display_value": value if shown is None else shown}


def _hostile(name: str) -> tuple[bytes, str]:
    known = {"sys_id": "a" * 32, "number": "CHG1", "approval": "approved", "sys_created_on": "2026-11-20 08:30:00"}
    row = {key: _field(value) for key, value in known.items()} | {"cmdb_ci": _field(name)}
    row |= {key: _field("", name) for key in ("short_description", "description", "requested_by", "risk", "type")}
    return json.dumps({"changes": [row], "approvals": []}).encode(), ""


def _shown(record: Parsed) -> str:
    return record.title.removeprefix("CHG1 ") if isinstance(record, Change) else str(record)


CASE = Case(
    make=Settings,
    answers=lambda: played("servicenow", Settings("https://example.service-now.com"), _PLAY),
    hostile=_hostile,
    play=_PLAY,
    silent=lambda _: b'{"result":[]}',
    source=routed("cmdb_ci"),
    shown=_shown,
)
