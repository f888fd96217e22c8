"""Follow each failure mode of a system from candidate to closed, one breach at most per mode, cause before symptom.

A breach opens when something speaks louder than its limit, and closes when for three runs nothing speaks half as loud.
It never closes because data stopped. What it rested on is then handled: later windows begin after it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Final

from operations.evidence import Evidence

NEAR: Final = 2.0
"""Nats under the limit from which on a mode is a candidate."""

_CALM: Final = 3
"""Runs without half the limit's evidence after which a breach closes."""

CAUSES: Final[Mapping[str, tuple[str, ...]]] = {
    "FM3": ("FM4", "FM5", "FM2"),
    "FM5": ("FM1",),
}
"""What a mode may be a symptom of: emptied retrieval makes answers ungrounded, another model breaks the contract."""

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
    """The open modes of one system, and since when each may be found again."""

    system: str
    opened: dict[str, date] = field(default_factory=dict)
    since: dict[str, date] = field(default_factory=dict)
    _calm: dict[str, int] = field(default_factory=dict)

    def step(self, day: date, spoken: Mapping[str, Sequence[Evidence]], limit: float) -> Iterator[Alarm]:
        """Take one more day's evidence by mode; give the alarm, if one opens."""
        margins = {mode: max((each.margin for each in found), default=-limit) for mode, found in spoken.items()}
        new = [mode for mode in _ORDER if margins.get(mode, -limit) > 0 and mode not in self.opened]
        if new:
            yield self._alarm(day, new, spoken, margins)
        for mode in list(self.opened):
            self._calm[mode] = 0 if margins.get(mode, -limit) > -limit / 2 else self._calm.get(mode, 0) + 1
            if self._calm[mode] >= _CALM:
                del self.opened[mode], self._calm[mode]
                self.since[mode] = day

    def _alarm(
        self, day: date, new: Sequence[str], spoken: Mapping[str, Sequence[Evidence]], margins: Mapping[str, float]
    ) -> Alarm:
        """Name the cause: a candidate that the first of the new modes may be a symptom of, else that mode itself."""
        named = next((cause for cause in CAUSES.get(new[0], ()) if margins.get(cause, -NEAR) > -NEAR), new[0])
        modes = dict.fromkeys((named, *new))
        for mode in modes:
            self.opened.setdefault(mode, day)
        told = sorted(chain.from_iterable(_speaking(spoken.get(mode, ())) for mode in modes), key=lambda e: -e.margin)
        return Alarm(self.system, day, named, tuple(told), tuple(mode for mode in modes if mode != named))


def _speaking(found: Iterable[Evidence]) -> list[Evidence]:
    return [each for each in found if each.margin > -NEAR]
