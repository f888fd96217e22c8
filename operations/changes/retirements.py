"""Put on record that a vendor retires a model, for each system that uses it: a change from outside, to be acknowledged.

A date that moves is another announcement and another change.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from operations.changes.acts import Proposal, hashed
from operations.changes.decisions import Rules
from operations.changes.ledger import entries
from operations.models import SOON
from store.change_records import Requested
from store.database import Reader
from store.ledger import PROPOSER, request_id
from store.records import Change
from store.signatures import canonical

_NAMESPACE: Final = uuid.UUID("7f1d5a5e-2c55-5d0f-8f4b-b7c1f0a4d3e6")
_ENDING: Final = """
select system, model, retires_on, replacement, source, provider
from model_calendar
where retires_on <= $soon
order by retires_on, system, model
"""


@dataclass(frozen=True, slots=True)
class _Ending:
    system: str
    model: str
    retires_on: date
    replacement: str
    source: str
    provider: str


def retirements(reader: Reader, rules: Rules, now: datetime) -> list[tuple[Change, Requested]]:
    """Give the retirements that are near and not on record yet, of systems that stay."""
    staying = {system.name for system in rules.systems if system.stage != "retiring"}
    soon = (now + timedelta(days=SOON)).date()
    made = [_request(each, now) for each in reader.rows(_Ending, _ENDING, {"soon": soon}) if each.system in staying]
    known = entries(reader, [request.change_id for _, request in made])
    return [(change, request) for change, request in made if request.change_id not in known]


def _request(ending: _Ending, now: datetime) -> tuple[Change, Requested]:
    event_id = uuid.uuid5(_NAMESPACE, canonical([ending.system, ending.model, ending.retires_on.isoformat()])).hex
    told = f"{ending.model} retires on {ending.retires_on.isoformat()}"
    after = f"the vendor names {ending.replacement} instead" if ending.replacement else "no replacement is named"
    content = f"{told}; {after}. From that day calls to it fail.\n"
    change = Proposal(
        change_class="external",
        system=ending.system,
        title=told,
        content=content,
        content_hash=hashed(content.encode("utf-8", "surrogatepass")),
        author=ending.provider,
        from_ref=ending.model,
        to_ref=ending.replacement,
    ).change(event_id, now)
    return change, Requested(
        change_id=request_id(event_id),
        event_id=event_id,
        requester=PROPOSER,
        requester_uid=-1,
        editor=PROPOSER,
        reason=f"announced by {ending.provider or 'its vendor'}, as {ending.source} says",
        rollback="none: a vendor does not take it back",
        evidence="{}",
        incident="",
        written=now,
        edited=now,
    )
