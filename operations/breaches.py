"""Follow a breach from candidate to closed: it opens when confirmed and closes on data that recovered, not on silence.

``advance`` is pure; judging the same data twice changes nothing. One breach at most per system and rule is not closed.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Literal

from operations.rows import BreachRow
from operations.rules import Rule
from operations.thresholds import Judgement, WindowState
from store.database import Reader
from store.records import Breach, Verdict

_NAMESPACE: Final = uuid.UUID("0d7f3c52-8e0b-5b6f-9c39-4a5f0f1b8e21")
FAILING: Final = frozenset({"warning", "critical"})
_JUST_CLOSED: Final = timedelta(hours=24)

Severity = Literal["warning", "critical"]

_LIST: Final = """
from breach_list
where head = breach_id and (state <> 'closed' or (closed > $closed_since and opened is not null))
order by
    case when state = 'closed' then 3 when silenced_until is not null then 2 when state = 'candidate' then 1 else 0 end,
    severity = 'warning', acknowledged_at is not null, tier, since, breach_id
"""


def breaches(reader: Reader, now: datetime) -> tuple[BreachRow, ...]:
    """Give the heads of breaches that are not over, worst first; then candidates, silenced ones, those just closed."""
    return tuple(reader.rows(BreachRow, _LIST, {"closed_since": now - _JUST_CLOSED}))


def as_events(rows: Sequence[BreachRow]) -> tuple[BreachRow, ...]:
    """Fold the breaches of one event into its first; its systems stand for the system, and all are its ``children``."""
    found: dict[str, BreachRow] = {}
    for row in rows:
        key = row.event if row.event_systems else row.breach_id
        if key in found:
            found[key] = replace(found[key], children=found[key].children + row.children + 1)
        else:
            found[key] = row
    return tuple(_as_event(row) if row.event_systems else row for row in found.values())


def _as_event(row: BreachRow) -> BreachRow:
    names = row.event_systems.split(", ")
    return replace(row, system=f"{len(names)} systems: {row.event_systems}")


def advance(held: Breach | None, rule: Rule, judgement: Judgement) -> Breach | None:
    """Give what becomes of a rule's breach after one more judging; ``None`` when there is none."""
    verdict = judgement.verdict
    if held is None:
        return _first(rule, judgement)
    if verdict.state in FAILING:
        return _alarmed(held, verdict)
    if verdict.state == "unknown":
        return _doubtful(held, judgement)
    if _has_recovered(rule, judgement.windows, held):
        return _carried(held, verdict, state="closed", closed=verdict.judged)
    if held.opened is None:
        return _carried(held, verdict, state="candidate")
    newest = judgement.windows[0]
    return _carried(held, verdict, state="closing" if newest.is_recovered else "open")


def withdraw(held: Breach, now: datetime) -> Breach:
    """Close the breach of a rule that is no longer declared for its system."""
    return replace(held, state="closed", closed=now, judged=now, note="the rule is no longer declared")


def identity(system: str, rule: str, since: datetime) -> str:
    """Give the stable id of a breach: the same one however often it is judged."""
    return uuid.uuid5(_NAMESPACE, f"{system}\0{rule}\0{since.isoformat()}").hex


def _first(rule: Rule, judgement: Judgement) -> Breach | None:
    """Start a breach: open at once where the rule is confirmed, a candidate where its newest window fails alone."""
    verdict, windows = judgement.verdict, judgement.windows
    is_failing = bool(windows) and windows[0].state in FAILING
    if verdict.state not in FAILING and not is_failing:
        return None
    since = _since(verdict, windows)
    is_open = verdict.state in FAILING
    return Breach(
        breach_id=identity(verdict.system, verdict.rule, since),
        system=verdict.system,
        rule=verdict.rule,
        domain=verdict.domain,
        metric=verdict.metric,
        severity=_severity(verdict, windows),
        state="open" if is_open else "candidate",
        direction=verdict.direction,
        since=since,
        judged=verdict.judged,
        opened=verdict.judged if is_open else None,
        value=verdict.value,
        worst=_worst(rule.threshold.direction, [window.value for window in windows if window.state in FAILING]),
        warning=verdict.warning,
        critical=verdict.critical,
        n=verdict.n,
        unit=verdict.unit,
        mode=verdict.mode,
        note=verdict.note,
    )


def _since(verdict: Verdict, windows: Sequence[WindowState]) -> datetime:
    """Give the start of the first window that failed, or the time at which data stopped."""
    failing = [window.start for window in windows if window.state in FAILING]
    return min(failing) if failing else verdict.seen or verdict.judged


def _severity(verdict: Verdict, windows: Sequence[WindowState]) -> Severity:
    state = verdict.state if verdict.state in FAILING else windows[0].state
    return "critical" if state == "critical" else "warning"


def _alarmed(held: Breach, verdict: Verdict) -> Breach:
    """Open, or keep open, and raise the severity; it does not sink while the breach lasts."""
    is_critical = verdict.state == "critical" or (held.opened is not None and held.severity == "critical")
    return replace(
        _carried(held, verdict, state="open"),
        severity="critical" if is_critical else "warning",
        opened=held.opened or verdict.judged,
    )


def _doubtful(held: Breach, judgement: Judgement) -> Breach:
    """Keep a breach about which nothing can be told; a candidate whose newest window fails stays one."""
    is_failing = bool(judgement.windows) and judgement.windows[0].state in FAILING
    verdict = judgement.verdict
    if is_failing:
        return _carried(held, verdict, state="candidate" if held.opened is None else "open")
    return replace(held, state="unknown", judged=verdict.judged, note=verdict.note)


def _has_recovered(rule: Rule, windows: Sequence[WindowState], held: Breach) -> bool:
    """Say whether as many windows as alarm are back past the recovery limit, and none that can be read is not."""
    known = [window for window in windows if window.state != "unknown"]
    enough = rule.threshold.confirm.hits if held.worst is not None else 1
    return windows[0].is_recovered and len(known) >= enough and all(window.is_recovered for window in known)


def _carried(
    held: Breach,
    verdict: Verdict,
    *,
    state: Literal["candidate", "open", "closing", "closed"],
    closed: datetime | None = None,
) -> Breach:
    """Bring the figures of a breach up to date and keep its worst value."""
    seen = [value for value in (held.worst, _failing_value(verdict)) if value is not None]
    return replace(
        held,
        state=state,
        judged=verdict.judged,
        closed=closed,
        domain=verdict.domain,
        value=verdict.value,
        worst=_worst(verdict.direction, seen),
        direction=verdict.direction,
        warning=verdict.warning,
        critical=verdict.critical,
        n=verdict.n,
        unit=verdict.unit,
        mode=verdict.mode,
        note=verdict.note,
    )


def _failing_value(verdict: Verdict) -> float | None:
    return verdict.value if verdict.state != "ok" else None


def _worst(direction: Literal["above", "below"], values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    return max(known) if direction == "above" else min(known)
