"""Say at each collection where every change stands, so that screens and the command line read it ready."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime
from typing import Final

from operations.changes.asking import Asking
from operations.changes.classes import needs
from operations.changes.decisions import Rules
from operations.changes.evidence import evidence_hash, items
from operations.changes.freezes import freezes, frozen_for
from operations.changes.ledger import decisions, entries
from operations.changes.states import DONE, Circumstances, standing
from store.change_records import ChangeStanding, ChangeWait, EvidenceItem
from store.database import Reader
from store.ledger import Standings

_SETTLED = DONE | {"withdrawn", "rejected"}
_HELD: Final = "select * from change_evidence order by change_id, place"


def stand(reader: Reader, rules: Rules, now: datetime) -> Standings:
    """Judge every change; the evidence of those that are settled and reviewed stays as it was last seen."""
    said, frozen, held = decisions(reader), freezes(reader, rules.settings, now), _held(reader)
    found: list[ChangeStanding] = []
    evidence: list[EvidenceItem] = []
    waits: Counter[str] = Counter()
    for change_id, entry in entries(reader).items():
        needed = needs(entry, entry.tier, rules.settings)
        about = Circumstances(needed, (), frozen_for(entry, frozen, rules.settings), rules.settings)
        mine = said.get(change_id, ())
        stands = standing(entry, mine, about, now)
        if stands.state in _SETTLED and stands.review_due is None:
            seen = held.get(change_id, ())
            stands = replace(stands, evidence_hash=evidence_hash(seen))
        else:
            seen = items(reader, entry, needed, mine, rules.settings, rules.gates, now)
            stands = standing(entry, mine, replace(about, items=seen), now)
        counted = [each for each in mine if each.state == "counted"]
        waits.update(Asking(entry, stands, needed, counted, rules.settings).waits_for(rules.people))
        found.append(stands)
        evidence += seen
    return Standings(found, evidence, [ChangeWait(*each) for each in sorted(waits.items())])


def _held(reader: Reader) -> dict[str, tuple[EvidenceItem, ...]]:
    """Give the evidence as it was last seen, by change."""
    found: defaultdict[str, list[EvidenceItem]] = defaultdict(list)
    for each in reader.rows(EvidenceItem, _HELD):
        found[each.change_id].append(each)
    return {change_id: tuple(each) for change_id, each in found.items()}
