"""Say which breaches are silenced, until when and by whom: they stay what they are, but wait for nobody meanwhile.

People declare silences with a reason and an end; planned work silences what starts to fail while it lasts. A silence
that is over, was ended, or cannot be read covers nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol, Self

from operations.rows import BreachRow, SilenceRow, SilenceState
from operations.rules import Rule
from store.database import Reader
from store.records import Breach, Event
from store.spool import LONGEST_SILENCE

_TOLERANCE: Final = timedelta(days=1)
"""An event may be dated a little after the collection that stores it began."""

_DAY: Final = timedelta(days=1)
"""The window of a detector, which judges whole days."""

_ALL: Final = "select * from silences order by expires desc, written, silence_id"

Kind = Literal["system", "rule", "mode", "breach"]
_KINDS: Final[dict[str, Kind]] = {"system": "system", "rule": "rule", "mode": "mode", "breach": "breach"}


class Silenceable(Protocol):
    """What a silence can cover: a breach, as it is stored or as it is shown."""

    @property
    def breach_id(self) -> str: ...  # noqa: D102 - as in the record
    @property
    def system(self) -> str: ...  # noqa: D102
    @property
    def rule(self) -> str: ...  # noqa: D102
    @property
    def mode(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Scope:
    """What a silence covers: a whole system, one of its rules or failure modes, or a single breach."""

    kind: Kind
    name: str
    of: str = ""

    @classmethod
    def parse(cls, subject: str) -> Self | None:
        """Read ``system:bot``, ``rule:bot/slow``, ``mode:bot/FM3`` or ``breach:ID``; ``None`` for anything else."""
        word, _, rest = subject.partition(":")
        name, _, of = rest.partition("/")
        kind = _KINDS.get(word)
        if kind is None or not name or (kind in {"rule", "mode"}) != bool(of):
            return None
        return cls(kind, name, of)

    def __str__(self) -> str:
        """Write it as an event's subject."""
        return f"{self.kind}:{self.name}/{self.of}" if self.of else f"{self.kind}:{self.name}"

    def covers(self, breach: Silenceable) -> bool:
        """Say whether a breach falls under it."""
        if self.kind == "breach":
            return breach.breach_id == self.name
        found = {"system": "", "rule": breach.rule, "mode": breach.mode}
        return breach.system == self.name and found[self.kind] == self.of


@dataclass(frozen=True, slots=True)
class Silence:
    """One row of the view ``silences``."""

    silence_id: str
    subject: str
    reason: str
    actor: str
    written: datetime
    expires: datetime | None
    ended: datetime | None
    ended_by: str

    def is_in_force(self, now: datetime) -> bool:
        """Say whether it holds now: neither over nor ended, and of no later end than anybody may ask for."""
        return (
            self.ended is None and self.expires is not None and now < self.expires <= now + LONGEST_SILENCE + _TOLERANCE
        )


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """Planned work that is under way: on which systems, since when and until when."""

    name: str
    reason: str
    systems: frozenset[str]
    begins: datetime
    ends: datetime

    @property
    def actor(self) -> str:
        """Say who silences: the work by its name."""
        return f"maintenance {self.name}"

    def covers(self, breach: Breach, window: timedelta) -> bool:
        """Say whether a breach began inside: the first window that failed ended after the work began."""
        return breach.system in self.systems and breach.since + window > self.begins


def mark(
    reader: Reader,
    breaches: Iterable[Breach],
    standing: Iterable[Rule],
    maintenance: Sequence[MaintenanceWindow],
    now: datetime,
) -> tuple[Breach, ...]:
    """Give the breaches with what silences each now; of several silences the one that ends last."""
    scopes = [(scope, each) for each in _in_force(reader, now) if (scope := Scope.parse(each.subject))]
    lengths = {rule.key: rule.threshold.window.delta for rule in standing}
    return tuple(_marked(breach, scopes, maintenance, lengths) for breach in breaches)


def silences(reader: Reader, waiting: Sequence[Event], now: datetime) -> tuple[SilenceRow, ...]:
    """Give every silence that was ever declared, those in force first; ``waiting`` is what the spool still holds."""
    ends = {event.subject: event for event in waiting if event.kind == "unsilence"}
    stored = [_row(each, now) for each in reader.rows(Silence, _ALL)]
    pending = [_row(_pending(event), now, is_stored=False) for event in waiting if event.kind == "silence"]
    rows = [
        replace(row, state="ending", ended_by=ends[row.silence_id].actor)
        if row.silence_id in ends and row.state in _HOLDS
        else row
        for row in (*pending, *stored)
    ]
    return tuple(sorted(rows, key=lambda row: row.state not in _HOLDS))


_HOLDS: Final = frozenset({"in force", "pending", "ending"})


def covering(reader: Reader, breach: BreachRow, now: datetime) -> list[SilenceRow]:
    """Give the silences in force that cover a breach."""
    held = [(Scope.parse(each.subject), each) for each in _in_force(reader, now)]
    return [_row(each, now) for scope, each in held if scope is not None and scope.covers(breach)]


def planned(each: MaintenanceWindow) -> SilenceRow:
    """Give planned work that is under way as a silence among others."""
    covers = f"systems: {', '.join(sorted(each.systems))}"
    return SilenceRow("", covers, "planned", each.actor, each.reason, each.begins, each.ends, None, "")


def _in_force(reader: Reader, now: datetime) -> list[Silence]:
    return [each for each in reader.rows(Silence, _ALL) if each.is_in_force(now)]


def _marked(
    breach: Breach,
    scopes: Sequence[tuple[Scope, Silence]],
    maintenance: Sequence[MaintenanceWindow],
    lengths: Mapping[tuple[str, str], timedelta],
) -> Breach:
    if breach.state == "closed":
        return replace(breach, silenced_until=None, silenced_by="", silence_reason="")
    said = [(each.expires, each.actor, each.reason) for scope, each in scopes if scope.covers(breach) and each.expires]
    length = lengths.get((breach.system, breach.rule), _DAY)
    said += [(each.ends, each.actor, each.reason) for each in maintenance if each.covers(breach, length)]
    until, by, why = max(said, default=(None, "", ""))
    return replace(breach, silenced_until=until, silenced_by=by, silence_reason=why)


def _pending(event: Event) -> Silence:
    return Silence(event.event_id, event.subject, event.reason, event.actor, event.written, event.expires, None, "")


def _row(each: Silence, now: datetime, *, is_stored: bool = True) -> SilenceRow:
    return SilenceRow(
        silence_id=each.silence_id,
        covers=each.subject,
        state=_state(each, now, is_stored=is_stored),
        by=each.actor,
        reason=each.reason,
        declared=each.written,
        until=each.expires,
        ended=each.ended,
        ended_by=each.ended_by,
    )


def _state(each: Silence, now: datetime, *, is_stored: bool) -> SilenceState:
    if Scope.parse(each.subject) is None:
        return "unreadable"
    if each.ended is not None:
        return "ended"
    if each.is_in_force(now):
        return "in force" if is_stored else "pending"
    return "over"
