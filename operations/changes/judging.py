"""Say at each collection where every change stands, so that screens and the command line read it ready."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from operations.changes.classes import needs
from operations.changes.decisions import Rules
from operations.changes.evidence import evidence_hash, items
from operations.changes.freezes import freezes, frozen_for
from operations.changes.ledger import Entry, decisions, entries
from operations.changes.states import DONE, Circumstances, standing
from store.change_records import ChangeStanding, Decision, EvidenceItem
from store.database import Reader

_SETTLED = DONE | {"withdrawn", "rejected"}
_HELD: Final = "select * from change_evidence order by change_id, place"


@dataclass(frozen=True, slots=True)
class Standings:
    """Where every change stands, and the evidence of each: of those that are settled as it was before they were."""

    standings: tuple[ChangeStanding, ...]
    items: tuple[EvidenceItem, ...]


def stand(reader: Reader, rules: Rules, now: datetime) -> Standings:
    """Judge every change; the evidence of those that are settled and reviewed stays as it was last seen."""
    said, frozen, held = decisions(reader), freezes(reader, rules.settings, now), _held(reader)
    found = [
        _one(
            reader,
            entry,
            said.get(change_id, ()),
            rules,
            frozen_for(entry, frozen, rules.settings),
            held.get(change_id, ()),
            now,
        )
        for change_id, entry in entries(reader).items()
    ]
    return Standings(tuple(each for each, _ in found), tuple(item for _, many in found for item in many))


def _held(reader: Reader) -> dict[str, tuple[EvidenceItem, ...]]:
    """Give the evidence as it was last seen, by change."""
    found: defaultdict[str, list[EvidenceItem]] = defaultdict(list)
    for each in reader.rows(EvidenceItem, _HELD):
        found[each.change_id].append(each)
    return {change_id: tuple(each) for change_id, each in found.items()}


def _one(
    reader: Reader,
    entry: Entry,
    said: tuple[Decision, ...],
    rules: Rules,
    frozen: str,
    held: tuple[EvidenceItem, ...],
    now: datetime,
) -> tuple[ChangeStanding, tuple[EvidenceItem, ...]]:
    needed = needs(entry, entry.tier, rules.settings)
    bare = standing(entry, said, Circumstances(needed, (), frozen, rules.settings), now)
    if bare.state in _SETTLED and bare.review_due is None:
        return replace(bare, evidence_hash=evidence_hash(held)), held
    found = items(reader, entry, needed, said, rules.settings, rules.gates, now)
    return standing(entry, said, Circumstances(needed, found, frozen, rules.settings), now), found
