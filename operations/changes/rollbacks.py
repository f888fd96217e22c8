"""Tell that a change was rolled back, and propose to do so where it made something worse; nobody is decided for."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from operations.changes.acts import Proposal, hashed
from operations.changes.ledger import Entry
from operations.changes.parts import TITLES, speaks_for
from operations.changes.sightings import Sighting
from operations.changes.states import application, of
from operations.refs import names
from store.change_records import Decision, Requested, WatchedSignal
from store.database import Reader
from store.ledger import PROPOSER, request_id
from store.records import Change
from store.signatures import canonical

_NAMESPACE: Final = uuid.UUID("0d5b7c52-4a8e-5d1e-8a55-1f2f0a0c9d42")
_CONTENT: Final = """
select content
from changes
where system = $system and change_class = $class and to_ref = $ref and content <> '' and $ref <> ''
order by first_seen desc
limit 1
"""


@dataclass(frozen=True, slots=True)
class _Content:
    content: str


def proposal_id(change_id: str) -> str:
    """Give the id of the change that rolls another back: the same one however often it is proposed."""
    return request_id(_event_id(change_id))


def rolled_back(
    entry: Entry,
    applied: datetime,
    counted: Sequence[Decision],
    seen: Sequence[Sighting],
    others: Mapping[str, Entry],
    said: Mapping[str, Sequence[Decision]],
) -> str:
    """Say how it is known that an applied change was taken back; nothing where it was not."""
    told = of(counted, "rolledback")
    if told:
        return f"rolled back, said {told[0].person}: {told[0].reason}"
    back = proposal_id(entry.change_id)
    if back in others and application(others[back], of_counted(said.get(back, ()))) is not None:
        return f"rolled back by change {back}"
    if entry.watched_how == "source" and entry.source_state in {"pending", "approved", "withdrawn"}:
        return "rolled back: its source does not show it as applied any more"
    return _seen_back(entry, applied, seen)


def of_counted(said: Sequence[Decision]) -> list[Decision]:
    """Give what counts of all that was said."""
    return [each for each in said if each.state == "counted"]


def proposed(reader: Reader, entry: Entry, worse: Sequence[WatchedSignal], now: datetime) -> tuple[Change, Requested]:
    """Propose to go back: a change of the same class, with what it goes back to and the evidence for it."""
    event_id, told = _event_id(entry.change_id), "; ".join(each.words for each in worse)
    target = entry.from_ref or "what it replaced, which no record names"
    held = reader.rows(_Content, _CONTENT, {"system": entry.system, "class": entry.change_class, "ref": entry.from_ref})
    content = held[0].content if held else f"Go back from {entry.to_ref or entry.title} to {target}.\n"
    made = Proposal(
        change_class=entry.change_class,
        system=entry.system,
        title=f"Roll back: {entry.title}",
        content=content,
        content_hash=hashed(content.encode("utf-8", "surrogatepass")),
        from_ref=entry.to_ref,
        to_ref=entry.from_ref,
        risk=entry.risk,
        url=entry.url,
    )
    request = Requested(
        change_id=proposal_id(entry.change_id),
        event_id=event_id,
        requester=PROPOSER,
        requester_uid=-1,
        editor=PROPOSER,
        reason=f"change {entry.change_id} made something worse: {told}",
        rollback=f"apply {entry.to_ref or entry.title} again (change {entry.change_id})",
        evidence=canonical({"tests": f"the watch of change {entry.change_id}"}),
        incident=entry.incident,
        written=now,
        edited=now,
    )
    return made.change(event_id, now), request


def _event_id(change_id: str) -> str:
    return uuid.uuid5(_NAMESPACE, change_id).hex


def _seen_back(entry: Entry, applied: datetime, seen: Sequence[Sighting]) -> str:
    """Look for the earlier version: it stands now, and the change's own did between."""
    for signal in dict.fromkeys(each.signal for each in seen):
        stretches = [each for each in seen if each.signal == signal]
        last = stretches[-1]
        came = any(names(entry.to_ref, each.name, entry.content_hash) for each in stretches if each.seen > applied)
        if (
            speaks_for(signal, entry.change_class)
            and came
            and last.begun > applied
            and names(entry.from_ref, last.name)
        ):
            return f"rolled back: {TITLES[signal]} is {last.name} again since {last.begun:%Y-%m-%d %H:%M}Z"
    return ""
