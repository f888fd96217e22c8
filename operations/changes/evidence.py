"""Say item by item which evidence a change has: present, missing, failing or inconclusive, each in words."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import Final

from operations.changes.acts import hashed
from operations.changes.classes import Needs
from operations.changes.ledger import Entry
from operations.changes.settings import EvidenceName, Settings, SuiteName
from operations.deltas import Delta, deltas
from operations.gates import Gate
from operations.words import figure
from store.change_records import Decision, EvidenceItem, ItemState
from store.database import Reader
from store.signatures import canonical

Gates = Callable[[Reader, str, str, str, datetime], Sequence[Gate]]
"""Give the gates of a system's new version beside its current one: reader, system, current, new, now."""

TITLES: Final[Mapping[EvidenceName, str]] = {
    "diff": "diff", "golden": "golden set", "canary": "canary", "benign_canary": "benign canary",
    "red_team": "red team", "retrieval": "retrieval evaluation", "cost": "cost delta", "latency": "latency delta",
    "retirement": "retirement date", "freshness": "freshness", "access_test": "access test", "tests": "tests",
    "rollback": "rollback plan", "impact": "impact note", "incident": "incident",
}  # fmt: skip
_SUITES: Final[tuple[SuiteName, ...]] = ("benign_canary", "red_team", "canary", "retrieval", "golden")
"""A suite counts for the first of these whose names it fits, so that a benign canary is no canary."""

_ITEM_STATES: Final[Mapping[str, ItemState]] = {"pass": "present", "fail": "failing", "inconclusive": "inconclusive"}
_MEASURES: Final[Mapping[EvidenceName, str]] = {"cost": "unit cost", "latency": "p95 latency"}
_RANK: Final = {"fail": 0, "inconclusive": 1, "pass": 2}
_RETIRES: Final = """
select min(retires_on) as retires_on, count(*) as announcements
from model_dates
where model = $model and settled is null
"""


@dataclass(frozen=True, slots=True)
class _Retires:
    retires_on: date | None
    announcements: int


def no_gates(reader: Reader, system: str, current: str, new: str, now: datetime) -> Sequence[Gate]:  # noqa: ARG001
    """Say that nothing was evaluated, where no gates are known."""
    return ()


def items(
    reader: Reader,
    entry: Entry,
    needed: Needs,
    said: Sequence[Decision],
    settings: Settings,
    gates: Gates,
    now: datetime,
) -> tuple[EvidenceItem, ...]:
    """Give every item that the change needs, in their order; a waiver holds for the content it was given for."""
    wanted = needed.all_evidence
    links = _links(entry, said)
    found = gates(reader, entry.system, entry.from_ref, entry.to_ref, now) if set(wanted) & set(_SUITES) else ()
    moved = _deltas(reader, entry, now) if set(wanted) & set(_MEASURES) else {}
    waived = _waivers(entry, said, now)
    made = []
    for place, name in enumerate(wanted):
        if name in _SUITES:
            state, words = _evaluated(entry, name, found, settings)
        elif name == "retirement":
            state, words = _retirement(reader, entry, now)
        elif name in moved and name not in links:
            state, words = _moved(moved[name])
        else:
            state, words = _given(entry, name, links)
        told = f"{TITLES[name]}{' (afterwards)' if name in needed.afterwards else ''}: {words}"
        made.append(EvidenceItem(entry.change_id, place, name, state, told, waived.get(name)))
    return tuple(made)


def is_ready(found: Sequence[EvidenceItem]) -> bool:
    """Say whether every item is there and passes, or is waived."""
    return all(each.state == "present" or each.waived is not None for each in found)


def lacking(found: Sequence[EvidenceItem]) -> str:
    """Say in words what stands against an approval; nothing when the evidence is ready."""
    return "; ".join(each.words for each in found if each.state != "present" and each.waived is None)


def evidence_hash(found: Sequence[EvidenceItem]) -> str:
    """Give the hash of the evidence as shown: items, states and words, without who waived what."""
    return hashed(canonical([[each.item, each.state, each.words] for each in found]).encode("ascii"))


def suite_of(suite: str, settings: Settings) -> SuiteName | None:
    """Say which item of evidence a suite's runs are, by its name in any case."""
    name = suite.casefold()
    return next(
        (item for item in _SUITES if any(fnmatchcase(name, glob.casefold()) for glob in _patterns(settings, item))),
        None,
    )


def _patterns(settings: Settings, name: SuiteName) -> tuple[str, ...]:
    found: tuple[str, ...] = getattr(settings.suites, name)
    return found


def _links(entry: Entry, said: Sequence[Decision]) -> dict[str, str]:
    """Give what people gave as evidence, by item: the requester first, what was said later over it.

    Whoever acknowledges an external change says with it what follows: that is its impact note.
    """
    found = {str(name): str(link) for name, link in json.loads(entry.evidence).items()}
    for each in said:
        if each.decision in {"attach", "acknowledge"} and each.state == "counted":
            items = each.items.split() if each.decision == "attach" else ["impact"]
            found.update(dict.fromkeys(items, f"{each.reason} ({each.person})"))
    return found


def _waivers(entry: Entry, said: Sequence[Decision], now: datetime) -> dict[str, datetime]:
    """Give until when each item is waived; of several waivers the one that ends last."""
    found: dict[str, datetime] = {}
    for each in said:
        is_of_this = each.decision == "waive" and each.state == "counted" and each.content_hash == entry.content_hash
        if is_of_this and each.expires is not None and each.expires > now:
            for item in each.items.split():
                found[item] = max(each.expires, found.get(item, each.expires))
    return found


def _evaluated(entry: Entry, name: SuiteName, found: Sequence[Gate], settings: Settings) -> tuple[ItemState, str]:
    """Say what evaluation runs show; a judge that is not calibrated reports and gates nothing."""
    if not entry.to_ref:
        return "missing", "the change names no version that could have been evaluated"
    fitting = [gate for gate in found if suite_of(gate.suite, settings) == name]
    counting = sorted((gate for gate in fitting if gate.gates), key=lambda gate: _RANK[gate.state])
    if counting:
        more = f" (and {len(counting) - 1} more)" if len(counting) > 1 else ""
        return _ITEM_STATES[counting[0].state], f"{_gate(counting[0])}{more}"
    if fitting:
        return "missing", f"{fitting[0].suite} reports only: {fitting[0].note or 'its judge is not calibrated'}"
    like = " or ".join(_patterns(settings, name)) or "that is configured"
    return (
        "missing",
        f"no run of a suite like {like} on version {entry.to_ref} beside {entry.from_ref or 'the current'}",
    )


def _gate(gate: Gate) -> str:
    part = f"/{gate.slice}" if gate.slice else ""
    size = f", n {gate.n_current} and {gate.n_new}" if gate.n_current is not None and gate.n_new is not None else ""
    moved = "" if gate.difference is None else f", {gate.difference:+.3g}"
    spread = f" ({gate.low:+.3g} to {gate.high:+.3g})" if gate.low is not None and gate.high is not None else ""
    note = f"; {gate.note}" if gate.note else ""
    return f"{gate.state}: {gate.suite} {gate.scorer}{part}{size}{moved}{spread}{note}"


def _deltas(reader: Reader, entry: Entry, now: datetime) -> dict[EvidenceName, Delta]:
    """Compare what the two versions cost and how long they take, by item; a change without versions has nothing."""
    if not entry.from_ref or not entry.to_ref:
        return {}
    found = {each.measure: each for each in deltas(reader, entry.system, entry.from_ref, entry.to_ref, now)}
    return {name: found[measure] for name, measure in _MEASURES.items() if measure in found}


def _moved(delta: Delta) -> tuple[ItemState, str]:
    """Say how far a measure moved; of too little nobody can tell."""
    if delta.current is None or delta.new is None:
        return "missing", f"nothing was given, and {delta.note}"
    change = "" if delta.change is None else f" ({delta.change:+.1%})"
    words = f"{figure(delta.current, delta.unit)} to {figure(delta.new, delta.unit)}{change}"
    return ("inconclusive", f"{words}; {delta.note}") if delta.note else ("present", words)


def _retirement(reader: Reader, entry: Entry, now: datetime) -> tuple[ItemState, str]:
    """Say when the new model ends, as sources announce it; of sources that disagree the earliest counts."""
    (found,) = reader.rows(_Retires, _RETIRES, {"model": entry.to_ref})
    if not found.announcements:
        return "missing", f"no source speaks of {entry.to_ref or 'the new model'}"
    if found.retires_on is None:
        return "present", f"nothing is announced for {entry.to_ref}"
    state: ItemState = "present" if found.retires_on > now.date() else "failing"
    return state, f"{entry.to_ref} ends on {found.retires_on.isoformat()}"


def _given(entry: Entry, name: EvidenceName, links: Mapping[str, str]) -> tuple[ItemState, str]:
    """Say what people gave: the content itself, a plan, a link."""
    own = {"diff": f"content {entry.content_hash[:12]}" if entry.has_content else "", "rollback": entry.rollback,
           "incident": entry.incident}  # fmt: skip
    words = own.get(name, "") or links.get(name, "")
    if words:
        return "present", words
    return "missing", "nothing was given"
