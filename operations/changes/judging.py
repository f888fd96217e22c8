"""Say at each collection where every change stands, so that screens and the command line read it ready."""

from dataclasses import dataclass
from datetime import datetime

from operations.changes.classes import needs
from operations.changes.decisions import Rules
from operations.changes.evidence import items
from operations.changes.freezes import freezes, frozen_for
from operations.changes.ledger import Entry, decisions, entries
from operations.changes.states import DONE, Circumstances, standing
from store.change_records import ChangeStanding, Decision, EvidenceItem
from store.database import Reader

_SETTLED = DONE | {"withdrawn", "rejected"}


@dataclass(frozen=True, slots=True)
class Standings:
    """Where every change stands, and the evidence of those that are not settled."""

    standings: tuple[ChangeStanding, ...]
    items: tuple[EvidenceItem, ...]


def stand(reader: Reader, rules: Rules, now: datetime) -> Standings:
    """Judge every change; of those that are settled the evidence is not looked at again."""
    said, frozen = decisions(reader), freezes(reader, rules.settings, now)
    found = [
        _one(
            reader,
            entry,
            said.get(change_id, ()),
            rules,
            frozen_for(entry, frozen, rules.settings),
            now,
        )
        for change_id, entry in entries(reader).items()
    ]
    return Standings(tuple(each for each, _ in found), tuple(item for _, many in found for item in many))


def _one(
    reader: Reader, entry: Entry, said: tuple[Decision, ...], rules: Rules, frozen: str, now: datetime
) -> tuple[ChangeStanding, tuple[EvidenceItem, ...]]:
    needed = needs(entry, entry.tier, rules.settings)
    bare = standing(entry, said, Circumstances(needed, (), frozen, rules.settings), now)
    if bare.state in _SETTLED:
        return bare, ()
    found = items(reader, entry, needed.evidence, said, rules.settings, rules.gates, now)
    return standing(entry, said, Circumstances(needed, found, frozen, rules.settings), now), found
