"""Replay a rule over what is stored: how often would it have fired, when, for how long, had it been so before.

Every window of the period is judged as a collection at its end would have judged it, by the same functions; breaches
open and close as they do. Nothing is stored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal

from operations import charges, rollups, scores, series
from operations.breaches import advance
from operations.judging import question_of
from operations.rules import Rule, subject
from operations.thresholds import Evidence, Reading, judge
from store.database import Reader
from store.records import Breach
from store.values import Confirm

MOST: Final = 100_000
"""So many windows are replayed at most, newest first."""


@dataclass(frozen=True, slots=True)
class Fired:
    """One breach that would have been; ``ended`` is ``None`` where it would last until now."""

    since: datetime
    fired: datetime
    ended: datetime | None
    severity: Literal["warning", "critical"]
    worst: float | None


@dataclass(frozen=True, slots=True)
class Replay:
    """What a rule would have said of a period; windows without enough data are ``unknown``, never ok.

    ``from_raw`` and ``from_rollups`` say what its windows were read from. Days without data count for nothing.
    """

    rule: str
    warning: float | None
    critical: float | None
    window: int
    confirm: str
    unit: str
    source: str
    begins: datetime | None
    ends: datetime | None
    windows: int
    unknown: int
    from_raw: int
    from_rollups: int
    fired: tuple[Fired, ...]
    in_breach: timedelta
    days: int
    days_in_breach: int
    share_of_days: float | None
    note: str


@dataclass(frozen=True, slots=True)
class _Held:
    """What is stored of a rule's subject: evidence with all windows of the period, and how many are of raw samples."""

    evidence: Evidence
    raw: int


def replay(reader: Reader, rule: Rule, length: timedelta, now: datetime) -> Replay:
    """Replay one rule over the length of time before now."""
    held = _held(reader, rule, now - length, now)
    evidence = held.evidence
    step = timedelta(seconds=evidence.window)
    found, unknown = _followed(rule, evidence, step)
    ends = [reading.start + step for reading in evidence.readings]
    days = {end.date() for end, reading in zip(ends, evidence.readings, strict=True) if _holds(reading)}
    fired = tuple(_fired(breach) for breach in found)
    last = ends[0] if ends else now
    touched = len(days & set(_touched(fired, last)))
    return Replay(
        rule=rule.threshold.name,
        warning=rule.threshold.warning,
        critical=rule.threshold.critical,
        window=evidence.window,
        confirm=str(rule.threshold.confirm),
        unit=evidence.unit,
        source=evidence.source,
        begins=evidence.readings[-1].start if ends else None,
        ends=last if ends else None,
        windows=len(ends),
        unknown=unknown,
        from_raw=held.raw,
        from_rollups=len(ends) - held.raw,
        fired=fired,
        in_breach=sum(((each.ended or last) - each.fired for each in fired), timedelta()),
        days=len(days),
        days_in_breach=touched,
        share_of_days=touched / len(days) if days else None,
        note=evidence.problem or _gap(evidence, now - length),
    )


def _held(reader: Reader, rule: Rule, since: datetime, now: datetime) -> _Held:
    """Read all windows of the period, trimmed to those in which something is known first."""
    if subject(rule.threshold) == "samples":
        return _sampled(reader, rule, since, now)
    asked = max(1, min(MOST, int((now - since) / rule.threshold.window.delta)))
    wide = replace(rule, threshold=replace(rule.threshold, confirm=Confirm(1, asked)))
    read = charges.read if subject(rule.threshold) == "costs" else scores.read
    evidence = read(reader, [wide], now)[rule.key]
    kept = _trimmed([reading for reading in evidence.readings if reading.start >= since])
    return _Held(replace(evidence, readings=kept), len(kept))


def _sampled(reader: Reader, rule: Rule, since: datetime, now: datetime) -> _Held:
    question = question_of(rule, series.read(reader, rule.system.name), now)
    if question is None:
        return _Held(Evidence(window=rule.threshold.window.seconds, problem="nothing is stored of this metric"), 0)
    since = max(since, question.ends - timedelta(seconds=question.length * MOST))
    readings, raw = rollups.reach_back(reader, question, since)
    kept = _trimmed(readings)
    first = question.chosen.parts[0]
    unit = "1" if question.chosen.wholes else first.unit
    return _Held(Evidence(kept, question.ends, unit, question.length, source=first.source), min(raw, len(kept)))


def _trimmed(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Leave out what lies before the first window that holds anything."""
    oldest = max((place for place, reading in enumerate(readings) if _holds(reading)), default=-1)
    return tuple(readings[: oldest + 1])


def _holds(reading: Reading) -> bool:
    return reading.value is not None or reading.n is not None


def _followed(rule: Rule, evidence: Evidence, step: timedelta) -> tuple[list[Breach], int]:
    """Judge window after window, oldest first; give the breaches that opened, and how many windows told nothing.

    As in a collection, a window without data leaves what was said before standing until that is too old.
    """
    readings, asked = evidence.readings, rule.threshold.confirm.of
    found: list[Breach] = []
    held: Breach | None = None
    known = len(readings) - 1
    unknown = 0
    for place in range(len(readings) - 1, -1, -1):
        known = place if _holds(readings[place]) else known
        piece = replace(evidence, readings=readings[known : known + asked], seen=readings[known].start + step)
        judgement = judge(rule, piece, readings[place].start + step)
        unknown += judgement.verdict.state == "unknown"
        held = advance(held, rule, judgement)
        if held is not None and held.state == "closed":
            found += [held] if held.opened else []
            held = None
    return [*found, *([held] if held is not None and held.opened else [])], unknown


def _fired(breach: Breach) -> Fired:
    return Fired(breach.since, breach.opened or breach.judged, breach.closed, breach.severity, breach.worst)


def _touched(fired: Iterable[Fired], last: datetime) -> Iterable[date]:
    """Give the days on which a breach was open."""
    for each in fired:
        first = each.fired.date()
        for number in range(((each.ended or last).date() - first).days + 1):
            yield first + timedelta(days=number)


def _gap(evidence: Evidence, since: datetime) -> str:
    """Say where what is stored does not reach back over the whole period."""
    begins = evidence.readings[-1].start if evidence.readings else None
    if begins is None:
        return "nothing is stored of this metric"
    slack = timedelta(seconds=evidence.window) + timedelta(days=1)
    return f"nothing to judge before {begins:%Y-%m-%d %H:%M}Z" if begins - since > slack else ""
