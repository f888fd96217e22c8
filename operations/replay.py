"""Run the detectors over stored history, each past day with only the data that was known on it.

What the first of a source's collections to ask so far back brought counts by its own days, and the answer says so:
history is imported so that it can be replayed. What came later is known from the first collection that brought it, and
what was restated says until then what it said before. Settings may be others than those in force: that is how a change
of them is tried.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from operations.detection import Settings, Watched, advance
from operations.episodes import Alarm, Episodes
from operations.findings import midnight, note
from operations.hindsight import Hindsight
from operations.modes import modes
from operations.tracks import History
from store.database import Reader

# One row per source: when the first collection that brought anything ended.
_FIRST: Final = """
select source, min(finished) as finished
from runs
where new_rows > 0
group by source
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

# One row per alarm that somebody called true: since when that is known, and when the breach closed.
_DISPUTED: Final = """
select b.mode, min(e.written) as said, any_value(b.closed) as closed
from events e
join breaches b on b.breach_id = e.subject
where e.kind = 'verdict' and e.reason = 'true' and b.system = $system and starts_with(b.rule, 'detector:')
group by b.breach_id, b.mode
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
class _First:
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


@dataclass(frozen=True, slots=True)
class _Disputed:
    mode: str
    said: datetime
    closed: datetime | None


_MONTH: Final = timedelta(days=30)


def replay(reader: Reader, past: Hindsight, settings: Settings, limit: float, first: date) -> Replay:
    """Replay one system from one day to the last of its past, both included."""
    history, last = past.history, past.last
    alarms = [alarm for alarm in _alarms(reader, past, settings, limit) if alarm.day >= first]
    bounds = {"since": midnight(first) - _MONTH, "until": midnight(last) + _MONTH, "system": history.system}
    incidents = reader.rows(_Incident, _INCIDENTS, bounds)
    opened = reader.rows(_Opened, _BREACHES, bounds)
    titles = {name: each.title for name, each in modes(reader).items()}
    begun = {each.source: each.finished.date() for each in reader.rows(_First, _FIRST)}
    return Replay(
        history.system,
        first,
        last,
        tuple(_fired(alarm, titles[alarm.mode], incidents, opened) for alarm in alarms),
        tuple(sorted({source for source in history.sources.values() if _is_backfilled(history, source, begun)})),
    )


def _alarms(reader: Reader, past: Hindsight, settings: Settings, limit: float) -> Iterator[Alarm]:
    """Go through the days; what was late alarms late."""
    watched = Watched(Episodes(past.history.system))
    told_true = reader.rows(_Disputed, _DISPUTED, {"system": past.history.system})
    for day, then in past.days():
        ended = midnight(day + timedelta(days=1))
        watched.disputed = frozenset(
            each.mode for each in told_true if each.said < ended and (each.closed is None or each.closed >= ended)
        )
        for passed in advance(watched, then, settings, limit):
            if passed.alarm is not None:
                yield replace(passed.alarm, day=day)


def _is_backfilled(history: History, source: str, begun: Mapping[str, date]) -> bool:
    """Say whether a source tells of days from before it was ever asked."""
    days = [track.days[0] for key, track in history.tracks.items() if history.sources.get(key) == source]
    return source in begun and min(days) < begun[source] - timedelta(days=1)


def _fired(alarm: Alarm, title: str, incidents: Iterable[_Incident], opened: Iterable[_Opened]) -> Fired:
    ended = midnight(alarm.day + timedelta(days=1))
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
