"""Fold what reaches several systems of one vendor's model at once into one event."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from operations.settings import System
from store.database import Reader
from store.records import Breach

LEAST: Final = 3
"""Systems on one model whose breaches open within a day are one event of its vendor."""

_TOGETHER: Final = timedelta(days=1)
_MODEL: Final = "model:"
_VENDORS: Final = "FM1"


@dataclass(frozen=True, slots=True)
class SharedEvent:
    """One event that is breached in several systems and not over; ``systems`` names them."""

    event: str
    mode: str
    since: datetime
    is_critical: bool
    systems: str
    system_count: int


def shared_events(reader: Reader) -> tuple[SharedEvent, ...]:
    """Give the events that reach several systems now, the worst and oldest first."""
    return tuple(reader.rows(SharedEvent, "from open_events order by not is_critical, since, event"))


def folded(breaches: Sequence[Breach], systems: Iterable[System]) -> list[Breach]:
    """Give the breaches, those of three or more systems on one model that opened within a day named as one event."""
    models = {system.name: [d for d in system.depends_on if d.startswith(_MODEL)] for system in systems}
    by_model: defaultdict[str, list[tuple[datetime, Breach]]] = defaultdict(list)
    for each in breaches:
        if each.mode == _VENDORS and each.opened is not None and each.state != "closed":
            for model in models.get(each.system, ()):
                by_model[model].append((each.opened, each))
    events: dict[str, str] = {}
    for model, found in sorted(by_model.items()):
        events.update(dict.fromkeys(_within_a_day(found), model.removeprefix(_MODEL)))
    return [
        replace(each, event=f"model {events[each.breach_id]}") if each.breach_id in events and not each.event else each
        for each in breaches
    ]


def _within_a_day(found: Sequence[tuple[datetime, Breach]]) -> set[str]:
    """Give the ids of those of which three or more opened within a day of each other."""
    out: set[str] = set()
    for opened, _ in found:
        near = [each for other, each in found if timedelta(0) <= other - opened <= _TOGETHER]
        if len({each.system for each in near}) >= LEAST:
            out.update(each.breach_id for each in near)
    return out
