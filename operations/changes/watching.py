"""Watch changes once they are applied: seen or said, compared with before, verified, rolled back, or nobody can tell.

A change is verified when its window is over, nothing is worse, and at least half of what was told before is told again.
A window in which nothing was told verifies nothing: the change stays watched until somebody can tell.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from operations.changes.classes import needs
from operations.changes.comparing import HARM, compared
from operations.changes.decisions import Rules
from operations.changes.evidence import suite_of
from operations.changes.ledger import Entry, decisions, entries
from operations.changes.parts import TITLES, speaks_for
from operations.changes.rollbacks import of_counted, proposal_id, proposed, rolled_back
from operations.changes.sightings import Sighting, sightings
from operations.changes.slices import sides
from operations.changes.states import application, of, watch_until
from operations.gates import Gate
from operations.refs import names
from operations.scan import REACH
from operations.words import counted as count
from store.change_records import ChangeWatch, Decision, How, WatchedSignal, WatchResult
from store.database import Reader
from store.ledger import PROPOSER, Watched

_HELD: Final = "select * from change_watches"
_LONGEST: Final = timedelta(days=REACH)
"""How long after its application a change is compared at most; what nobody could tell by then, nobody will."""

_NAMED: Final = 3
_OVER: Final = frozenset({"rolled back", "not watched"})


@dataclass(frozen=True, slots=True)
class _Known:
    """What all changes are judged by: the ledger, what was said, what was seen, what was watched before."""

    reader: Reader
    rules: Rules
    entries: Mapping[str, Entry]
    said: Mapping[str, tuple[Decision, ...]]
    seen: Mapping[str, Sequence[Sighting]]
    held: Mapping[str, ChangeWatch]
    now: datetime


@dataclass(frozen=True, slots=True)
class _Applied:
    """One applied change: since when, how that is known, until when it is watched, and whether that time is over."""

    entry: Entry
    counted: Sequence[Decision]
    since: datetime
    how: How
    seen: str
    until: datetime | None
    is_over: bool


def watch(reader: Reader, rules: Rules, now: datetime) -> Watched:
    """Say of every applied change what became of it; rollbacks that are proposed are new ones only."""
    known = _Known(
        reader, rules, entries(reader), decisions(reader),
        sightings(reader, rules.given, [system.name for system in rules.systems], now),
        {each.change_id: each for each in reader.rows(ChangeWatch, _HELD)}, now,
    )  # fmt: skip
    found = [(applied.entry, *_watched(known, applied)) for applied in _applied(known)]
    fresh = [each for each in found if each[1].proposal and each[1].proposal not in known.entries]
    return Watched(
        [made for _, made, _ in found],
        [each for _, _, told in found for each in told],
        [proposed(reader, entry, [each for each in told if each.verdict == "worse"], now) for entry, _, told in fresh],
    )


def _applied(known: _Known) -> Iterator[_Applied]:
    """Give the changes that are applied and whose answer is not final, or that may yet be rolled back."""
    for change_id, entry in known.entries.items():
        held, counted = known.held.get(change_id), of_counted(known.said.get(change_id, ()))
        if (held is not None and held.result in _OVER) or of(counted, "withdraw"):
            continue
        when = _when(entry, counted, known.seen.get(entry.system, ()))
        if when is None or (held is None and entry.source_state == "withdrawn"):
            continue
        settings = known.rules.settings
        until = watch_until(when[0], needs(entry, entry.tier, settings))
        is_over = len(of(counted, "review")) >= settings.reviewers if until is None else known.now >= until
        yield _Applied(entry, counted, *when, until, is_over)


def _when(entry: Entry, counted: Sequence[Decision], seen: Sequence[Sighting]) -> tuple[datetime, How, str] | None:
    """Say since when a change is applied: seen in telemetry, else as somebody or its source says."""
    told = application(entry, counted)
    if told is not None and entry.watched_how == "observed":
        return (*told, entry.watched_seen)
    found = _observed(entry, seen)
    is_waiting = entry.change_class == "external" and told is None
    if found is not None and not is_waiting:
        return found.begun, "observed", f"{TITLES[found.signal]} is {found.name}"
    return None if told is None else (*told, entry.watched_seen)


def _observed(entry: Entry, seen: Sequence[Sighting]) -> Sighting | None:
    """Give the first stretch of a name that the change names, of those that stood after it was asked for."""
    fitting = [
        each
        for each in seen
        if each.seen > entry.waiting_since
        and speaks_for(each.signal, entry.change_class)
        and names(entry.to_ref, each.name, entry.content_hash)
    ]
    return min(fitting, key=lambda each: each.begun, default=None)


def _watched(known: _Known, applied: _Applied) -> tuple[ChangeWatch, Sequence[WatchedSignal]]:
    """Give the watch of one change as it stands now, with what signals say where they were asked again."""
    entry, held = applied.entry, known.held.get(applied.entry.change_id)
    seen = known.seen.get(entry.system, ()) if held is None or held.result != "verified" else ()
    back = rolled_back(entry, applied.since, applied.counted, seen, known.entries, known.said)
    if back:
        return _made(known, applied, "rolled back", back, is_final=True), ()
    if held is not None and held.ended is not None:
        return held, ()
    told, result = _compared(known, applied)
    if result == "cannot tell" and applied.until is not None and applied.until < entry.first_seen:
        words = f"its window was over before it was first seen; {_words(told, result)}"
        return _made(known, applied, "not watched", words, is_final=True), told
    is_late = known.now >= applied.since + _LONGEST
    is_final = result == "verified" or (applied.is_over and (result == "worse" or is_late))
    return _made(known, applied, result, _words(told, result), is_final=is_final), told


def _compared(known: _Known, applied: _Applied) -> tuple[list[WatchedSignal], WatchResult]:
    """Ask the signals: up to the end of the window and, where nobody can tell by then, up to now."""
    entry, rules, now = applied.entry, known.rules, known.now
    until = now if applied.until is None else min(now, applied.until)
    gates = _gates(known, applied)
    latest = min(now, applied.since + _LONGEST)
    for ends in dict.fromkeys((until, max(until, latest))):
        window = ends - applied.since
        tracks = sides(known.reader, rules.given, entry.system, applied.since, ends, window)
        told = compared(entry.change_id, tracks, gates, rules.settings.watching, is_over=applied.is_over)
        result = _result(told, is_over=applied.is_over)
        if result != "cannot tell":
            break
    return told, result


def _gates(known: _Known, applied: _Applied) -> list[Gate]:
    """Give the evaluations of both versions, but for what somebody waived: that was known before."""
    entry, rules = applied.entry, known.rules
    if not entry.to_ref:
        return []
    waived = {item for each in of(applied.counted, "waive") for item in each.items.split()}
    found = rules.gates(known.reader, entry.system, entry.from_ref, entry.to_ref, known.now)
    return [gate for gate in found if suite_of(gate.suite, rules.settings) not in waived]


def _result(told: Sequence[WatchedSignal], *, is_over: bool) -> WatchResult:
    """Sum up: one that is worse is enough; at the end at least half of what was told before must be told again."""
    if any(each.verdict == "worse" for each in told):
        return "worse"
    if not is_over:
        return "watching"
    asked = _asked(told)
    answered = sum(each.verdict in {"no worse", "better"} for each in asked)
    return "verified" if answered and 2 * answered >= len(asked) else "cannot tell"


def _asked(told: Sequence[WatchedSignal]) -> list[WatchedSignal]:
    """Give the signals that were told before; evaluations alone say nothing of the time since."""
    return [each for each in told if each.signal in HARM and each.n_before is not None]


def _words(told: Sequence[WatchedSignal], result: WatchResult) -> str:
    """Say what the signals say, in one line."""
    asked = _asked(told)
    better = sum(each.verdict == "better" for each in asked)
    answered = better + sum(each.verdict == "no worse" for each in asked)
    summed = f"{answered} of {count(len(asked), 'signal')} no worse" + (f", {better} of them better" if better else "")
    if result == "worse":
        return "worse: " + "; ".join(each.words for each in told if each.verdict == "worse")
    if result == "cannot tell":
        lacking = "; ".join([each.words for each in told if each.verdict == "cannot tell"][:_NAMED])
        return f"cannot tell: {lacking or 'nothing is told of this system'}"
    if result == "watching":
        return f"so far {summed}" if asked else "nothing is told of it yet"
    return summed


def _made(known: _Known, applied: _Applied, result: WatchResult, words: str, *, is_final: bool) -> ChangeWatch:
    entry, held = applied.entry, known.held.get(applied.entry.change_id)
    proposal = "" if held is None else held.proposal
    if result == "worse" and not proposal and _may_go_back(known, applied):
        proposal = proposal_id(entry.change_id)
    told = f"{words}; rollback proposed: change {proposal}" if proposal and result == "worse" else words
    ended = known.now if is_final else None
    return ChangeWatch(
        entry.change_id, applied.since, applied.how, applied.seen, applied.until, result, told, proposal, ended,
        known.now,
    )  # fmt: skip


def _may_go_back(known: _Known, applied: _Applied) -> bool:
    """Say whether a rollback can be proposed: of what is ours, and still the newest of its class on its system."""
    entry = applied.entry
    if entry.change_class == "external" or entry.requester == PROPOSER:
        return False
    rivals = (
        each
        for each in known.entries.values()
        if (each.system, each.change_class) == (entry.system, entry.change_class) and each.change_id != entry.change_id
    )
    later = (application(each, of_counted(known.said.get(each.change_id, ()))) for each in rivals)
    return not any(found is not None and found[0] > applied.since for found in later)
