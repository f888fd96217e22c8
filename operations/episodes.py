"""Follow each failure mode of a system from candidate to closed, one breach at most per mode, cause before symptom.

A breach opens when something speaks louder than its limit, and closes when for three runs nothing speaks half as loud.
Only runs of what spoke last are counted: it never closes because data stopped. What it rested on is then handled: later
windows begin after it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain
from typing import Final

from operations.evidence import NEAR, Evidence

_CALM: Final = 3
"""Runs without half the limit's evidence after which a breach closes."""

_LATELY: Final = timedelta(days=7)
"""For so long after a cause opened, its symptoms open under it."""

CAUSES: Final[Mapping[str, tuple[str, ...]]] = {
    "FM3": ("FM4", "FM5", "FM1", "FM2"),
    "FM5": ("FM1",),
    "FM7": ("FM1",),
}
"""What a mode may be a symptom of: empty retrieval makes answers ungrounded, another model writes longer ones."""

_ORDER: Final = ("FM1", "FM4", "FM5", "FM2", "FM8", "FM7", "FM6", "FM3")


@dataclass(frozen=True, slots=True)
class Alarm:
    """One mode of one system that opened on a day, with everything that spoke for it, loudest first.

    ``also`` names modes that opened with it and are taken for its symptoms.
    """

    system: str
    day: date
    mode: str
    evidence: tuple[Evidence, ...]
    also: tuple[str, ...] = ()


@dataclass(slots=True)
class Episodes:
    """The open modes of one system: since when, under which breach, how long calm, and what was handled until when.

    ``rests`` names the signals that last spoke for an open mode.
    """

    system: str
    opened: dict[str, date] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    calm: dict[str, int] = field(default_factory=dict)
    rests: dict[str, frozenset[str]] = field(default_factory=dict)
    since: dict[str, date] = field(default_factory=dict)

    def step(
        self, day: date, spoken: Mapping[str, Sequence[Evidence]], ran: Iterable[str], limit: float
    ) -> Alarm | None:
        """Take one more day's evidence by mode and the signals that ran on it; give the alarm, if one opens."""
        margins = {mode: max((each.margin for each in found), default=-limit) for mode, found in spoken.items()}
        new = [mode for mode in _ORDER if margins.get(mode, -limit) > 0 and mode not in self.opened]
        alarm = self._open(day, new, spoken, margins) if new else None
        for mode in list(self.opened):
            loud = _loud(spoken.get(mode, ()), limit)
            self.rests[mode] = loud or self.rests[mode]
            self.calm[mode] = 0 if loud else self.calm[mode] + (not self.rests[mode].isdisjoint(ran))
            if self.calm[mode] >= _CALM:
                self.close(mode, day)
        return alarm

    def close(self, mode: str, day: date) -> None:
        """Close a mode: what it rested on is handled."""
        del self.opened[mode], self.calm[mode], self.heads[mode], self.rests[mode]
        self.since[mode] = day

    def under(self, head: str) -> list[str]:
        """Give the open modes that belong to one breach."""
        return [mode for mode, its in self.heads.items() if its == head]

    def _open(
        self, day: date, new: Sequence[str], spoken: Mapping[str, Sequence[Evidence]], margins: Mapping[str, float]
    ) -> Alarm | None:
        """Open new modes under their cause: one that opened lately, one that is a candidate, or the first of them."""
        causes = CAUSES.get(new[0], ())
        lately = next((cause for cause in causes if cause in self.opened and day - self.opened[cause] <= _LATELY), None)
        if lately is not None:
            self._take(day, new, self.heads[lately])
            return None
        near = (cause for cause in causes if margins.get(cause, -NEAR) > -NEAR and cause not in self.opened)
        named = next(near, new[0])
        modes = dict.fromkeys((named, *new))
        self._take(day, modes, named)
        told = chain.from_iterable(ranked(speaking(spoken.get(mode, ()))) for mode in modes)
        return Alarm(self.system, day, named, tuple(told), tuple(mode for mode in modes if mode != named))

    def _take(self, day: date, modes: Iterable[str], head: str) -> None:
        for mode in modes:
            self.opened.setdefault(mode, day)
            self.heads.setdefault(mode, head)
            self.calm.setdefault(mode, 0)
            self.rests.setdefault(mode, frozenset())


def ranked(found: Iterable[Evidence]) -> list[Evidence]:
    """Put evidence in order: facts, then the loudest; what several say together after what alarms by itself."""
    return sorted(
        found, key=lambda each: (each.kind != "event", each.kind == "together" or each.margin <= 0, -each.margin)
    )


def speaking(found: Iterable[Evidence]) -> list[Evidence]:
    """Give what is at least a candidate."""
    return [each for each in found if each.margin > -NEAR]


def _loud(found: Iterable[Evidence], limit: float) -> frozenset[str]:
    """Give the signals that speak at least half as loud as the limit asks."""
    return frozenset(signal for each in found if each.margin > -limit / 2 for signal in each.signals or (each.signal,))
