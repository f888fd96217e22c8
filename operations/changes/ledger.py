"""Read the change ledger: changes with their requests, what people said of them, and what still waits in events."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from store.change_records import Decision
from store.database import Reader
from store.records import ChangeClass, ChangeState, Event

_ENTRIES: Final = """
select change_id, source, kind, target, external_id, system, change_class, title, source_state, author, requester,
    editor, from_ref, to_ref, content_hash, has_content, reason, rollback, evidence, incident, risk, url, waiting_since,
    settled, tier, owner, deputy, first_seen, watched, watched_how, watched_seen, watch_result, watch_words, proposal,
    state
from change_ledger
where $all or change_id in (select unnest($ids::varchar[]))
order by waiting_since, change_id
"""
_DECISIONS: Final = """
select * from decisions
where $all or change_id in (select unnest($ids::varchar[]))
order by decided, written, event_id
"""
_UNDECIDED: Final = """
select * from events e
where starts_with(subject, 'change:') and list_contains($kinds::varchar[], kind)
    and not exists (select 1 from decisions d where d.event_id = e.event_id)
order by written, event_id
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of the ledger, without its content; ``kind`` and ``target`` are those of the source it came from.

    ``evidence`` is what its requester gave, JSON by item; ``tier``, ``owner`` and ``deputy`` are of its system. What
    begins with ``watch`` is what became of it once it was applied (``operations.changes.watching``); ``state`` is
    where the last judging saw it.
    """

    change_id: str
    source: str
    kind: str
    target: str
    external_id: str
    system: str
    change_class: ChangeClass
    title: str
    source_state: ChangeState
    author: str
    requester: str
    editor: str
    from_ref: str
    to_ref: str
    content_hash: str
    has_content: bool
    reason: str
    rollback: str
    evidence: str
    incident: str
    risk: str
    url: str
    waiting_since: datetime
    settled: datetime | None
    tier: int
    owner: str
    deputy: str
    first_seen: datetime
    watched: datetime | None = None
    watched_how: str = ""
    watched_seen: str = ""
    watch_result: str = ""
    watch_words: str = ""
    proposal: str = ""
    state: str = ""

    @property
    def by(self) -> str:
        """Say whose change it is: of a request who requested it, for anybody can say who wrote it."""
        return self.requester or self.author


def entries(reader: Reader, ids: Sequence[str] | None = None) -> Mapping[str, Entry]:
    """Give changes by id, the longest waiting first: these, or all."""
    found = reader.rows(Entry, _ENTRIES, {"all": ids is None, "ids": list(ids or ())})
    return {each.change_id: each for each in found}


def decisions(reader: Reader, ids: Sequence[str] | None = None) -> Mapping[str, tuple[Decision, ...]]:
    """Give what people said of changes, by change, in the order of deciding: of these, or of all."""
    found: defaultdict[str, list[Decision]] = defaultdict(list)
    for each in reader.rows(Decision, _DECISIONS, {"all": ids is None, "ids": list(ids or ())}):
        found[each.change_id].append(each)
    return {change_id: tuple(each) for change_id, each in found.items()}


def undecided(reader: Reader, kinds: Sequence[str]) -> list[Event]:
    """Give the stored events of changes that nothing was decided on yet, oldest first."""
    return reader.rows(Event, _UNDECIDED, {"kinds": list(kinds)})
