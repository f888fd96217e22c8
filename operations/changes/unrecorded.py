"""Find changes that were observed and that nobody recorded, and say who might know; each stays until a record names it.

What moved is what detectors know as a fact (``Bench.moved``): a name that is not one of the baseline's and came without
a recorded change within two days. Parts that no detector watches are held to the same question, and so are prices.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from operations.baselines import Baseline, freeze, frozen_runs
from operations.changes.decisions import Rules
from operations.changes.knowing import might_know
from operations.changes.ledger import Entry, entries
from operations.changes.parts import CLASSES, PRICE, TITLES, named, speaks_for
from operations.changes.prices import prices
from operations.evidence import Bench
from operations.findings import midnight
from operations.refs import names
from operations.remembered import remembered
from operations.signal_runs import history, recorded
from operations.signal_runs import names as named_days
from operations.told import Told
from operations.told import made as made_track
from operations.tracks import Track
from store.change_records import Unrecorded
from store.database import Reader

_REACH: Final = timedelta(days=400)
_BESIDE: Final = timedelta(days=2)
_NAMESPACE: Final = uuid.UUID("4b1f2c0e-93a7-5f0c-9a35-6c1a7e2d9b11")
_NO_RECORD: Final = frozenset({"rejected", "withdrawn", "expired"})
_HELD: Final = "select * from unrecorded_changes where closed is null"


@dataclass(frozen=True, slots=True)
class Moved:
    """What was observed: a part of a system went from one name (or price) to another; ``subject`` is what moved."""

    system: str
    signal: str
    subject: str
    from_ref: str
    to_ref: str
    since: datetime
    seen: datetime

    @property
    def finding_id(self) -> str:
        """Give the stable id of the finding: the same one however often it is found."""
        told = f"{self.system}\0{self.signal}\0{self.subject}\0{self.since.isoformat()}"
        return uuid.uuid5(_NAMESPACE, told).hex[:12]


def unrecorded(reader: Reader, rules: Rules, now: datetime) -> list[Unrecorded]:
    """Give the findings as they stand: new ones, those that are still seen, and those that a record closes."""
    ledger = entries(reader)
    held = {each.finding_id: each for each in reader.rows(Unrecorded, _HELD)}
    made = {}
    for moved in _moved(reader, rules, now):
        known = held.get(moved.finding_id)
        if known is not None:
            made[moved.finding_id] = replace(known, seen=moved.seen)
        elif not _record(moved.system, moved.signal, moved.to_ref, ledger.values()):
            system = next(each for each in rules.systems if each.name == moved.system)
            made[moved.finding_id] = _new(moved, might_know(system, moved, ledger.values()), now)
    return [_closed(each, ledger.values(), now) for each in ({**held, **made}).values()]


def _moved(reader: Reader, rules: Rules, now: datetime) -> Iterator[Moved]:
    """Give everything that moved with no recorded change near it, names first; whole days alone are looked at."""
    frozen, on_record = remembered(reader).baselines, recorded(reader)
    wanted, until = [system.name for system in rules.systems], midnight(now.date())
    told: defaultdict[str, list[Told]] = defaultdict(list)
    for each in named_days(reader, named(rules.given), until - _REACH, until, wanted):
        told[each.system].append(each)
    for name, own in told.items():
        tracks = {(each.signal, each.dim): made_track(each, "name") for each in own}
        past = replace(history(name, (), on_record.get(name, ())), tracks=tracks)
        found = {key: frozen.get(name, {}).get(key) or _first(track) for key, track in past.tracks.items()}
        bench = Bench(past, {key: baseline for key, baseline in found.items() if baseline is not None}, 0.0)
        for signal, _ in past.tracks:
            for step in bench.moved(signal, until.date()):
                seen = min(midnight(step.seen + timedelta(days=1)), now)
                yield Moved(name, signal, step.name, step.before, step.name, midnight(step.begun), seen)
    for price in prices(reader, wanted, now):
        days = history(price.system, (), on_record.get(price.system, ())).changes
        if not any(abs(day - price.since) <= _BESIDE for day in days):
            yield Moved(
                price.system,
                PRICE,
                price.subject,
                price.before,
                price.after,
                midnight(price.since),
                min(price.seen, now),
            )


def _first(told: Track) -> Baseline | None:
    """Freeze the first days of a name that no detector watches."""
    runs = frozen_runs(len(told.days)) or int(len(told.days) > 1)
    return freeze(told, 0, runs) if runs else None


def _record(system: str, signal: str, to_ref: str, ledger: Iterable[Entry]) -> str:
    """Give the change that names what was observed, as far as one is on record; nothing when none is."""
    for each in ledger:
        is_of_it = each.system == system and (signal == PRICE or speaks_for(signal, each.change_class))
        if is_of_it and each.state not in _NO_RECORD and names(each.to_ref, to_ref, each.content_hash):
            return each.change_id
    return ""


def _new(moved: Moved, known: Sequence[tuple[str, str]], now: datetime) -> Unrecorded:
    title = TITLES[moved.signal]
    words = f"{title}: {moved.from_ref} -> {moved.to_ref} with no recorded change"
    return Unrecorded(
        moved.finding_id, moved.system, CLASSES.get(moved.signal, "external"), moved.signal, moved.from_ref,
        moved.to_ref, moved.since, moved.seen, now, None, "", json.dumps(known, ensure_ascii=False), words,
    )  # fmt: skip


def _closed(finding: Unrecorded, ledger: Iterable[Entry], now: datetime) -> Unrecorded:
    """Close a finding that a change names since."""
    by = _record(finding.system, finding.signal, finding.to_ref, ledger)
    return replace(finding, closed=now, closed_by=by) if by else finding
