"""Run the detectors over stored history, each past day with only the data that was known on it.

A day of a source is known from the first of its collections that ended after it. What was collected later as a whole,
before the source was ever asked, counts by its own day, and the answer says so. Settings may be others than those in
force: that is how a change of them is tried.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from operations.detection import Settings, Watched, advance
from operations.episodes import Alarm, Episodes
from operations.findings import note
from operations.modes import modes
from operations.tracks import History, Track
from store.database import Reader

_RUNS: Final = """
select source, finished
from runs
where state in ('complete', 'partial')
order by finished
"""
_INCIDENTS: Final = """
select system, title, started, source
from incident_list
where system = $system and started < $until and started >= $since
order by started
"""
_BREACHES: Final = """
select system, rule, mode, opened
from breach_list
where system = $system and opened >= $since and opened < $until
order by opened
"""


@dataclass(frozen=True, slots=True)
class Fired:
    """One alarm that would have been given, and what was known otherwise.

    ``incident`` is the nearest incident of another tool within a month and ``lead`` how many days before its start the
    alarm would have come (below 0: after it). ``recorded`` is when a breach of the mode really opened, if one did.
    """

    system: str
    mode: str
    day: date
    words: str
    also: tuple[str, ...]
    incident: str
    lead: int | None
    recorded: datetime | None


@dataclass(frozen=True, slots=True)
class Replay:
    """What the detectors would have said of a system from a day to a day; ``backfilled`` names what came later."""

    system: str
    first: date
    last: date
    fired: tuple[Fired, ...]
    backfilled: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    source: str
    finished: datetime


@dataclass(frozen=True, slots=True)
class _Incident:
    system: str
    title: str
    started: datetime
    source: str


@dataclass(frozen=True, slots=True)
class _Opened:
    system: str
    rule: str
    mode: str
    opened: datetime


_MONTH: Final = timedelta(days=30)


def replay(reader: Reader, history: History, settings: Settings, limit: float, first: date, last: date) -> Replay:
    """Replay one system from one day to another, both included."""
    runs = _runs(reader)
    known = {key: _known(track, runs.get(history.sources.get(key, ""), ())) for key, track in history.tracks.items()}
    watched = Watched(Episodes(history.system))
    alarms: list[Alarm] = []
    days = sorted({day for track in history.tracks.values() for day in track.days if day <= last})
    for day in days:
        then = _as_of(history, known, day)
        passed = advance(watched, then, settings, limit)
        alarms += [replace(each.alarm, day=day) for each in passed if each.alarm is not None]  # late data, late alarm
    within = [alarm for alarm in alarms if first <= alarm.day <= last]
    bounds = {"since": _midnight(first) - _MONTH, "until": _midnight(last) + _MONTH, "system": history.system}
    incidents = reader.rows(_Incident, _INCIDENTS, bounds)
    opened = reader.rows(_Opened, _BREACHES, bounds)
    titles = {name: each.title for name, each in modes(reader).items()}
    return Replay(
        history.system,
        first,
        last,
        tuple(_fired(alarm, titles[alarm.mode], incidents, opened) for alarm in within),
        tuple(sorted({source for source in history.sources.values() if _is_backfilled(history, source, runs)})),
    )


def _runs(reader: Reader) -> Mapping[str, Sequence[datetime]]:
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    for run in reader.rows(_Run, _RUNS):
        found[run.source].append(run.finished)
    return found


def _known(track: Track, runs: Sequence[datetime]) -> list[date]:
    """Give the day from which on each run of a track was known."""
    begun = runs[0].date() if runs else None
    out, place = [], 0
    for day in track.days:
        ended = _midnight(day + timedelta(days=1))
        while place < len(runs) and runs[place] < ended:
            place += 1
        if begun is None or day < begun - timedelta(days=1) or place == len(runs):
            out.append(day)
        else:
            # what was collected on the day after is what a judging of that day sees
            out.append(max(day, runs[place].date() - timedelta(days=1)))
    return out


def _as_of(history: History, known: Mapping[tuple[str, str], Sequence[date]], day: date) -> History:
    """Leave of a history what was known on a day."""
    tracks = {}
    for key, track in history.tracks.items():
        kept = [place for place, since in enumerate(known[key]) if since <= day and track.days[place] <= day]
        if kept:
            tracks[key] = _taken(track, kept)
    return replace(history, tracks=tracks, changes=[each for each in history.changes if each <= day])


def _taken(track: Track, places: Sequence[int]) -> Track:
    if len(places) == len(track.days):
        return track
    return Track(
        track.form,
        [track.days[place] for place in places],
        [track.values[place] for place in places] if track.values else (),
        [track.counts[place] for place in places] if track.counts else (),
        [track.texts[place] for place in places] if track.texts else (),
    )


def _is_backfilled(history: History, source: str, runs: Mapping[str, Sequence[datetime]]) -> bool:
    """Say whether a source tells of days from before it was ever asked."""
    begun = runs[source][0].date() if runs.get(source) else None
    days = [track.days[0] for key, track in history.tracks.items() if history.sources.get(key) == source]
    return begun is not None and min(days) < begun - timedelta(days=1)


def _fired(alarm: Alarm, title: str, incidents: Iterable[_Incident], opened: Iterable[_Opened]) -> Fired:
    ended = _midnight(alarm.day + timedelta(days=1))
    near = [each for each in incidents if abs(each.started - ended) <= _MONTH]
    nearest = min(near, key=lambda each: abs(each.started - ended), default=None)
    recorded = [each.opened for each in opened if each.mode == alarm.mode and abs(each.opened - ended) <= _MONTH]
    return Fired(
        system=alarm.system,
        mode=alarm.mode,
        day=alarm.day,
        words=note(title, alarm.evidence),
        also=alarm.also,
        incident=f"{nearest.title} ({nearest.source})" if nearest else "",
        lead=(nearest.started - ended).days if nearest else None,
        recorded=min(recorded, default=None),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
