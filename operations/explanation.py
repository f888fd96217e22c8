"""Explain a breach: what speaks for it, since when, what changed near its start, who shares its cause, what would help.

Changes near the start come with the base rate: how often a moment chosen by chance has one as near. At one change a
week a quarter of all moments have one within 48 hours.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from operations.modes import modes
from operations.rows import BreachRow, Mark, Point
from operations.sizes import smallest_drop
from operations.words import counted
from store.database import Reader
from store.detection_records import Cell, Spoken

NEAR: Final = timedelta(hours=48)
"""A change within so much of the start is named."""

_EPOCH: Final = date(1970, 1, 1)
_RATE_OVER: Final = timedelta(days=180)
_RUNS: Final = 7

_BREACH: Final = "from breach_list where breach_id = $breach"
_CHILDREN: Final = "from breach_list where head = $breach and breach_id <> $breach order by severity, since, breach_id"
_EVIDENCE: Final = "from evidence where breach_id = $breach order by place"
_CELL: Final = "from cells where system = $system and mode = $mode"
_CHANGES: Final = """
select
    change_id, change_class, title, state, author, moved as seen,
    (epoch(moved) - epoch($since::timestamp))::double as after
from change_moments
where system = $system and moved between $since - interval 48 hour and $since + interval 48 hour
order by abs(after), change_id
"""
_INCIDENTS: Final = """
select seen, kind, text
from system_marks
where system = $system and kind = 'incident' and seen >= $since
order by seen, text
"""
_RATE: Final = """
select count(*) as changes, least(coalesce($now - min(moved), interval 0 day), interval 180 day) as span
from change_moments
where system = $system and moved >= $now - interval 180 day
"""
_SHARING: Final = """
with mine as (
    select trim(unnest(string_split(depends_on, ','))) as thing from systems where name = $system
),
theirs as (
    select name, trim(unnest(string_split(depends_on, ','))) as thing from systems where name <> $system
)
select t.name as system, t.thing, coalesce(b.severity, '') as severity, b.since
from theirs t
join mine m on m.thing = t.thing and m.thing <> ''
left join open_breaches b on b.system = t.name and b.mode = $mode
order by b.since is null, b.since, t.name, t.thing
"""


@dataclass(frozen=True, slots=True)
class NearChange:
    """A change near the start; ``after`` is in seconds, below 0 where it came before."""

    change_id: str
    change_class: str
    title: str
    state: str
    author: str
    seen: datetime
    after: float


@dataclass(frozen=True, slots=True)
class Sharing:
    """Another system that depends on the same thing, with its own breach of the mode, if there is one."""

    system: str
    thing: str
    severity: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that is known of a breach.

    ``chance`` is how often a moment chosen by chance has a change as near as those named; ``None`` where the system
    has no recorded change.
    ``incidents`` are what other tools told of the system since half a year before. ``visible`` is the smallest fall of
    the loudest share that a week of its runs can see.
    """

    breach: BreachRow
    evidence: tuple[Spoken, ...]
    children: tuple[BreachRow, ...]
    changes: tuple[NearChange, ...]
    incidents: tuple[Mark, ...]
    chance: float | None
    sharing: tuple[Sharing, ...]
    cell: Cell | None
    visible: float | None
    response: str
    surer: tuple[str, ...]

    @property
    def points(self) -> tuple[Point, ...]:
        """The last runs of the loudest signal."""
        return trend(self.evidence[0].trend) if self.evidence else ()


@dataclass(frozen=True, slots=True)
class _Rate:
    changes: int
    span: timedelta


def explanation(reader: Reader, breach_id: str, now: datetime) -> Explanation | None:
    """Explain one breach; ``None`` where the store does not know it."""
    found = reader.rows(BreachRow, _BREACH, {"breach": breach_id})
    if not found:
        return None
    breach = found[0]
    evidence = tuple(reader.rows(Spoken, _EVIDENCE, {"breach": breach_id}))
    about = {"system": breach.system, "mode": breach.mode}
    cells = reader.rows(Cell, _CELL, about)
    changes = tuple(reader.rows(NearChange, _CHANGES, {"system": breach.system, "since": breach.since}))
    known = modes(reader).get(breach.mode)
    visible = _visible(evidence)
    return Explanation(
        breach=breach,
        evidence=evidence,
        children=tuple(reader.rows(BreachRow, _CHILDREN, {"breach": breach_id})),
        changes=changes,
        incidents=tuple(reader.rows(Mark, _INCIDENTS, {"system": breach.system, "since": breach.since - _RATE_OVER})),
        chance=_chance(reader, breach.system, now),
        sharing=tuple(reader.rows(Sharing, _SHARING, about)) if breach.mode else (),
        cell=cells[0] if cells else None,
        visible=visible,
        response=known.response if known else "",
        surer=_surer(evidence, cells),
    )


def trend(content: str) -> tuple[Point, ...]:
    """Read the runs that evidence keeps; a run stands at the end of its day."""
    start = datetime.fromisoformat("1970-01-02T00:00:00+00:00")
    return tuple(Point(start + timedelta(days=day), value, None, None) for day, value in json.loads(content))


def _chance(reader: Reader, system: str, now: datetime) -> float | None:
    """Give how often a moment chosen by chance has a change within 48 hours, by the system's own rate."""
    rate = reader.rows(_Rate, _RATE, {"system": system, "now": now})[0]
    span = max(rate.span, timedelta(days=14))
    return 1 - math.exp(-rate.changes * (2 * NEAR / span)) if rate.changes else None


def _visible(evidence: Sequence[Spoken]) -> float | None:
    """Give the smallest fall that a week of runs of the loudest share can see."""
    shares = [each for each in evidence if each.low is not None and each.usual is not None and each.n]
    if not shares:
        return None
    each = shares[0]
    return smallest_drop(each.usual or 0.0, round((each.n or 0.0) / max(each.runs, 1) * _RUNS))


def _surer(evidence: Sequence[Spoken], cells: Sequence[Cell]) -> tuple[str, ...]:
    """Say what would make it surer: what the detector misses, and time where the evidence is thin."""
    missing = [cell.remedy for cell in cells if cell.remedy]
    thin = bool(evidence) and evidence[0].score - evidence[0].score_limit < 2
    wait = f"wait for {counted(2, 'more run')}: the evidence lies just over its limit"
    return (*([wait] if thin else []), *missing)
