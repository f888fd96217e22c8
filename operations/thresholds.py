"""Judge one rule on what its windows hold: ok, warning, critical or, with too little to go on, unknown.

Everything here is pure. A value equal to its limit is not a breach. What was not measured is unknown, never ok.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from operations.rules import Rule
from operations.settings import Threshold
from operations.words import compared, figure, length, span, subject
from store.records import State, Verdict

_COUNTS = frozenset({"sum", "count"})


@dataclass(frozen=True, slots=True)
class Reading:
    """What one window holds. ``is_whole`` is false where periods are missing, so that a sum is only a lower bound."""

    start: datetime
    value: float | None = None
    n: int | None = None
    low: float | None = None
    high: float | None = None
    is_floor: bool = False
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about a rule's subject: its last windows, newest first, and how its source is doing.

    ``trouble`` says in words why the source's last collection failed; ``cadence`` is the source's own rhythm in
    seconds; ``problem`` says why nothing can be computed although rows exist.
    """

    readings: tuple[Reading, ...] = ()
    seen: datetime | None = None
    unit: str = "1"
    window: int = 0
    cadence: int = 0
    source: str = ""
    trouble: str = ""
    problem: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class WindowState:
    """What one window says alone; ``is_recovered`` when its value has crossed back over the recovery limit."""

    start: datetime
    state: State
    value: float | None
    is_recovered: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with the windows behind it, newest first; ``is_confirmed`` when enough windows agree on a breach."""

    verdict: Verdict
    windows: tuple[WindowState, ...] = ()
    is_confirmed: bool = False


def judge(rule: Rule, evidence: Evidence, now: datetime) -> Judgement:
    """Say what one rule says of its system now."""
    if reason := _missing(rule.threshold, evidence, now):
        return _without_data(rule, evidence, now, reason)
    windows = tuple(window_state(rule.threshold, reading) for reading in _asked(rule.threshold, evidence))
    newest = evidence.readings[0]
    state, note, is_confirmed = _confirmed(rule.threshold, evidence, windows)
    remark = f"; {evidence.remark}" if evidence.remark else ""
    verdict = _verdict(rule, evidence, now, state, note + remark, newest)
    return Judgement(verdict, windows, is_confirmed)


def window_state(threshold: Threshold, reading: Reading) -> WindowState:
    """Judge one window alone."""
    value = reading.value
    if value is None or _too_few(threshold, reading):
        return WindowState(reading.start, "unknown", None, is_recovered=False)
    state: State = "ok"
    for severity, limit in _limits(threshold):
        if passes(threshold.direction, value, limit):
            state = severity
            break
    if not _is_certain(threshold, reading, state):
        return WindowState(reading.start, "unknown", value, is_recovered=False)
    recover = threshold.recover
    crossed = recover is None or not passes(threshold.direction, value, recover)
    return WindowState(reading.start, state, value, is_recovered=state == "ok" and crossed)


def passes(direction: Literal["above", "below"], value: float, limit: float) -> bool:
    """Say whether a value lies on the wrong side of a limit; on the limit it does not."""
    return value > limit if direction == "above" else value < limit


def stale_after(threshold: Threshold, evidence: Evidence) -> timedelta:
    """Say how old data may get: as declared, or three windows, or two rhythms of its source, whichever is longer."""
    if threshold.stale_after is not None:
        return threshold.stale_after.delta
    return timedelta(seconds=max(3 * max(evidence.window, threshold.window.seconds), 2 * evidence.cadence))


def _asked(threshold: Threshold, evidence: Evidence) -> tuple[Reading, ...]:
    """Give exactly the windows that confirmation asks for; those before the first sample hold nothing."""
    held = evidence.readings[: threshold.confirm.of]
    step = timedelta(seconds=evidence.window)
    missing = threshold.confirm.of - len(held)
    return (*held, *(Reading(held[-1].start - step * (place + 1)) for place in range(missing)))


def _limits(threshold: Threshold) -> list[tuple[Literal["critical", "warning"], float]]:
    limits: list[tuple[Literal["critical", "warning"], float]] = []
    if threshold.critical is not None:
        limits.append(("critical", threshold.critical))
    if threshold.warning is not None:
        limits.append(("warning", threshold.warning))
    return limits


def _too_few(threshold: Threshold, reading: Reading) -> bool:
    """Say whether a window rests on too few; a sum over nothing is truly zero unless the rule asks for more."""
    if threshold.min_n <= 1 and (threshold.stat in _COUNTS or reading.n is None):
        return False
    return reading.n is None or reading.n < threshold.min_n


def _is_certain(threshold: Threshold, reading: Reading, state: State) -> bool:
    """Say whether a value that may be too low can be judged: one above a limit is certain, one not above is not."""
    if reading.is_floor:
        return (state != "ok") == (threshold.direction == "above")
    return reading.is_whole or threshold.direction == "above" or state == "ok"


def _missing(threshold: Threshold, evidence: Evidence, now: datetime) -> str:
    """Say why there is nothing to judge; empty when there is."""
    trouble = f"; {evidence.trouble}" if evidence.trouble else ""
    if evidence.problem:
        return evidence.problem + trouble
    if evidence.seen is None:
        return f"no data for {subject(threshold.metric, threshold.stat)}{trouble}"
    allowed = stale_after(threshold, evidence)
    if now - evidence.seen > allowed:
        return f"no data for {length(now - evidence.seen)} (allowed {length(allowed)}){trouble}"
    return (
        "" if evidence.readings else f"no window of {subject(threshold.metric, threshold.stat)} could be read{trouble}"
    )


def _without_data(rule: Rule, evidence: Evidence, now: datetime, reason: str) -> Judgement:
    """Apply the rule's policy for missing data."""
    state = "unknown" if evidence.problem else rule.threshold.no_data
    note = reason if state == "unknown" else f"{reason}; the rule calls that {state}"
    return Judgement(_verdict(rule, evidence, now, state, note, None), (), is_confirmed=state != "unknown")


def _confirmed(threshold: Threshold, evidence: Evidence, windows: tuple[WindowState, ...]) -> tuple[State, str, bool]:
    """Count the windows that fail: enough of them alarm, too few do not, and where windows miss nobody can tell."""
    newest, reading = windows[0], evidence.readings[0]
    asked = threshold.confirm
    failing = sum(window.state in {"warning", "critical"} for window in windows)
    critical = sum(window.state == "critical" for window in windows)
    blind = sum(window.state == "unknown" for window in windows)
    size = f"{asked.of} windows of {span(evidence.window)}" if asked.of > 1 else f"a window of {span(evidence.window)}"
    if newest.state == "unknown":
        return "unknown", _why_unknown(threshold, reading, evidence.unit), False
    if newest.state == "ok":
        return "ok", _ok_note(threshold, evidence, failing), False
    severity: State = "critical" if newest.state == "critical" and critical >= asked.hits else "warning"
    words = _breach_words(threshold, evidence, severity)
    count = f"in {failing if severity == 'warning' else critical} of {size}" if asked.of > 1 else f"in {size}"
    if failing >= asked.hits:
        return severity, f"{words} {count}{_n(reading)}", True
    if failing + blind >= asked.hits:
        return (
            "unknown",
            f"{words} {count}, {blind} without enough data: cannot confirm {asked} yet{_n(reading)}",
            False,
        )
    return "ok", f"{words} {count}, not confirmed ({asked} asked){_n(reading)}", False


def _breach_words(threshold: Threshold, evidence: Evidence, severity: State) -> str:
    """Compare the newest value with the limit of the severity said, or the only one there is."""
    value = evidence.readings[0].value
    limits = dict(_limits(threshold))
    limit = limits["critical"] if severity == "critical" or "warning" not in limits else limits["warning"]
    shown, at_limit = compared(value or 0.0, limit, evidence.unit)
    side = "over" if threshold.direction == "above" else "under"
    return f"{subject(threshold.metric, threshold.stat)} {shown} {side} {at_limit}"


def _ok_note(threshold: Threshold, evidence: Evidence, failing: int) -> str:
    reading = evidence.readings[0]
    value = reading.value or 0.0
    name = subject(threshold.metric, threshold.stat)
    limits = [limit for _, limit in reversed(_limits(threshold))]
    if value in limits:
        note = f"{name} {figure(value, evidence.unit)} is exactly the limit, which is no breach"
    elif limits:
        shown, at_limit = compared(value, limits[0], evidence.unit)
        note = f"{name} {shown}, limit {at_limit}"
    else:
        note = f"{name} {figure(value, evidence.unit)}, no limit is declared"
    before = f"; {failing} of the last {threshold.confirm.of} windows failed" if failing else ""
    return f"{note}{before}{_n(reading)}"


def _why_unknown(threshold: Threshold, reading: Reading, unit: str) -> str:
    name = subject(threshold.metric, threshold.stat)
    if reading.value is not None and not _too_few(threshold, reading):
        why = "the source's largest bucket" if reading.is_floor else "periods are missing"
        return f"{name} is at least {figure(reading.value, unit)} ({why}): cannot tell"
    if reading.n is None:
        return f"{name}: n is not known, the rule needs {threshold.min_n}"
    return f"{name}: n={reading.n}, the rule needs {threshold.min_n}"


def _n(reading: Reading) -> str:
    return "" if reading.n is None else f", n={reading.n}"


def _verdict(rule: Rule, evidence: Evidence, now: datetime, state: State, note: str, newest: Reading | None) -> Verdict:
    threshold = rule.threshold
    reading = newest or Reading(now)
    return Verdict(
        system=rule.system.name,
        rule=threshold.name,
        domain=threshold.domain,
        metric=threshold.metric,
        state=state,
        judged=now,
        direction=threshold.direction,
        value=reading.value,
        warning=threshold.warning,
        critical=threshold.critical,
        n=reading.n,
        low=reading.low,
        high=reading.high,
        seen=evidence.seen,
        unit=evidence.unit,
        mode=threshold.mode,
        note=note,
        stat=threshold.stat,
    )
