"""Let the detectors go through the days that are new in the store, and say what became of cells and breaches.

Judging the same day twice changes nothing. Baselines are frozen once and stored; breaches close on calm days only and
become unknown where data stops.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from operations import silences
from operations.baselines import RUNS, Baseline
from operations.cells import cells, is_stale
from operations.decay import Believed, believing
from operations.detection import DETECTORS, Day, Settings, Watched, advance, limit_for, scanned
from operations.episodes import Episodes, ranked, speaking
from operations.evaluators import GateSettings
from operations.evidence import Evidence
from operations.findings import breach, midnight, moved, rows
from operations.given import Given
from operations.modes import modes
from operations.remembered import Known, fits, frozen_row, remembered
from operations.settings import System
from operations.signal_runs import histories
from operations.silences import MaintenanceWindow
from operations.told import Told
from operations.tracks import History, Key
from operations.urgent import MODE, now_judged, todays_hours
from operations.vendors import folded
from store.database import Reader
from store.detection_records import EpisodeState, ModeRecord, Spoken
from store.judgements import Detected
from store.records import Breach

_RECENT: Final = timedelta(days=45)
_ALL: Final = timedelta(days=400)
_GATES: Final = GateSettings()


@dataclass(slots=True)
class _Breaches:
    """The breaches of one system by mode, those that closed, and what speaks for those that moved."""

    standing: dict[str, Breach]
    closed: list[Breach] = field(default_factory=list)
    evidence: dict[str, list[Spoken]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Basis:
    """What every system is judged by: what is remembered, limits, modes in the owner's words, judges, the time."""

    known: Known
    settings: Settings
    limit: float
    modes: Mapping[str, ModeRecord]
    believed: Mapping[str, Mapping[str, Believed]]
    now: datetime


def detect(
    reader: Reader,
    systems: Sequence[System],
    given: Sequence[Given],
    settings: Settings,
    now: datetime,
    maintenance: Sequence[MaintenanceWindow] = (),
    gates: GateSettings = _GATES,
) -> Detected:
    """Judge every system by all detectors on every whole day that was not judged yet."""
    names, known = [system.name for system in systems], remembered(reader)
    found = _histories(reader, given, known, midnight(now.date()), names)
    series = sum(map(scanned, found.values()))
    limit, believed = limit_for(series, settings.alarms_per_week), believing(reader, gates, now)
    basis = _Basis(known, settings, limit, modes(reader), believed, now)
    hours = todays_hours(reader, given, now, names)
    parts = [_judged(system, found[system.name], hours.get(system.name), basis) for system in systems]
    gone = known.held.keys() - {system.name for system in systems}
    left = [_closed(each, now, "the system left the portfolio") for name in gone for each in known.held[name].values()]
    breaches = [*folded([each for part in parts for each in part.breaches], systems), *left]
    return Detected(
        cells=[each for part in parts for each in part.cells],
        episodes=[each for part in parts for each in part.episodes],
        baselines=[each for part in parts for each in part.baselines],
        breaches=[*silences.mark(reader, breaches, (), maintenance, now)],
        evidence=[each for part in parts for each in part.evidence],
        limit=basis.limit,
        series=series,
    )


def _histories(
    reader: Reader, given: Sequence[Given], known: Known, until: datetime, systems: Sequence[str]
) -> dict[str, History]:
    """Read the last weeks of every system; all that is kept where a baseline is not whole or days went by unjudged."""
    found = histories(reader, given, until - _RECENT, until, systems)
    behind = [
        name
        for name, history in found.items()
        if not _is_whole(known.baselines.get(name, {}), history) or _has_paused(known.episodes.get(name, ()), history)
    ]
    return {**found, **histories(reader, given, until - _ALL, until, behind)} if behind else found


def _has_paused(states: Sequence[EpisodeState], history: History) -> bool:
    newest = max((track.days[-1] for track in history.tracks.values()), default=None)
    return bool(states) and newest is not None and newest - states[0].day > timedelta(days=1)


def _is_whole(held: Mapping[Key, Baseline], history: History) -> bool:
    return all(
        key in held and held[key].runs >= RUNS and fits(held[key], track) for key, track in history.tracks.items()
    )


def _judged(system: System, history: History, today: Told | None, basis: _Basis) -> Detected:
    """Judge one system, also by the hours of today."""
    before, watched = basis.known.baselines.get(system.name, {}), _watched(history, basis.known)
    breaches = _Breaches(dict(basis.known.held.get(system.name, {})))
    for day in advance(watched, history, basis.settings, basis.limit):
        _follow(system, day, watched.episodes, breaches, basis)
    urgent = now_judged(watched, history, today, basis.settings, basis.limit)
    if urgent is not None and watched.episodes.heads[MODE] == MODE:
        _tell(system, MODE, ranked(speaking(urgent.spoken[MODE])), urgent, watched.episodes, breaches, basis)
    seen = history if urgent is None else urgent.bench.history
    standing = [_aged(each, seen, basis.now) for each in breaches.standing.values()]
    return Detected(
        cells=[*cells(history, watched.baselines, DETECTORS, basis.now, basis.believed.get(system.name, {}))],
        episodes=[*_states(system.name, watched)],
        baselines=[
            frozen_row(system.name, key, baseline, basis.now)
            for key, baseline in watched.baselines.items()
            if before.get(key) != baseline
        ],
        breaches=[*breaches.closed, *standing],
        evidence=[each for told in breaches.evidence.values() for each in told],
    )


def _watched(history: History, known: Known) -> Watched:
    """Take up a system where the last judging left it, but for baselines of what is no longer told in their form."""
    states, episodes = known.episodes.get(history.system, ()), Episodes(history.system)
    for state in states:
        if state.opened is not None:
            episodes.opened[state.mode] = state.opened
            episodes.heads[state.mode] = state.head
            episodes.calm[state.mode] = state.calm
            episodes.rests[state.mode] = frozenset(state.rests.split())
        if state.handled is not None:
            episodes.since[state.mode] = state.handled
    baselines = {
        key: baseline
        for key, baseline in known.baselines.get(history.system, {}).items()
        if key not in history.tracks or fits(baseline, history.tracks[key])
    }
    held = known.held.get(history.system, {})
    disputed = frozenset(mode for mode, each in held.items() if each.breach_id in known.disputed)
    return Watched(episodes, baselines, states[0].day if states else None, disputed)


def _states(system: str, watched: Watched) -> Iterator[EpisodeState]:
    if watched.day is None:
        return
    episodes = watched.episodes
    for detector in DETECTORS:
        mode = detector.MODE
        yield EpisodeState(
            system, mode, watched.day, episodes.since.get(mode), episodes.opened.get(mode), episodes.calm.get(mode, 0),
            episodes.heads.get(mode, ""), " ".join(sorted(episodes.rests.get(mode, ()))),
        )  # fmt: skip


def _follow(system: System, day: Day, episodes: Episodes, breaches: _Breaches, basis: _Basis) -> None:
    """Bring the breaches of a system to what a day says: opened, moved on or closed."""
    for head in dict.fromkeys((*breaches.standing, *episodes.heads.values())):
        under = episodes.under(head)
        if not under:
            ended = min(midnight(day.day + timedelta(days=1)), basis.now)
            breaches.closed.append(_closed(breaches.standing.pop(head), ended, _why(day, head)))
            continue
        own_first = sorted(under, key=lambda mode: mode != head)
        told = [each for mode in own_first for each in ranked(speaking(day.spoken.get(mode, ())))]
        if told:
            _tell(system, head, told, day, episodes, breaches, basis)
        else:
            breaches.standing[head] = replace(breaches.standing[head], state="closing", judged=basis.now)


def _why(day: Day, head: str) -> str:
    """Say why a breach closes: a change explains it, or nothing speaks for it any more."""
    change = day.accepted.get(head)
    if change is None:
        return "nothing speaks for it any more"
    return f"accepted by {day.bench.history.labels.get(change, f'the change of {change}')}; new baseline from after it"


def _tell(
    system: System,
    head: str,
    told: Sequence[Evidence],
    day: Day,
    episodes: Episodes,
    breaches: _Breaches,
    basis: _Basis,
) -> None:
    """Open the breach of a mode, or carry it on, with what speaks for it on a day."""
    held, opened = breaches.standing.get(head), episodes.opened.get(head, day.day)
    made = breach(system, basis.modes[head], opened, told, day.bench, day.day, basis.now)
    breaches.standing[head] = made if held is None else moved(held, made)
    identity = breaches.standing[head].breach_id
    breaches.evidence[identity] = rows(identity, told, day.bench, day.day)


def _closed(held: Breach, ended: datetime, note: str) -> Breach:
    return replace(held, state="closed", closed=ended, judged=ended, note=f"{held.note}; closed: {note}")


def _aged(held: Breach, history: History, now: datetime) -> Breach:
    """Make a breach unknown whose signal nobody tells of any more; silence is no recovery."""
    if all(is_stale(history.tracks[key], now.date()) for key in history.dims(held.metric)):
        return replace(held, state="unknown", judged=now)
    return replace(held, judged=now, state="open" if held.state == "unknown" else held.state)
