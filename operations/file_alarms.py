"""Run the detectors over the whole history of systems and say what each alarm rests on."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from operations.detection import Settings, Watched, advance
from operations.episodes import Alarm, Episodes
from operations.findings import sentence, since
from operations.signals import SIGNALS
from operations.tracks import History, Key, Track
from store.runs import Runs


@dataclass(frozen=True, slots=True)
class Replayed:
    """An alarm of the past: what it rests on, in words, and the day from which on that stands."""

    alarm: Alarm
    since: date
    words: Sequence[str]


def of_runs(runs: Iterable[Runs], changes: Mapping[str, Sequence[date]]) -> list[History]:
    """Put the runs of systems together as their histories."""
    found: defaultdict[str, dict[Key, Track]] = defaultdict(dict)
    for each in runs:
        form = SIGNALS[each.metric].form
        found[each.system][each.metric, each.dim] = Track(
            form,
            each.days,
            () if form == "name" else each.values,
            each.counts if form == "count" else (),
            each.texts if form == "name" else (),
        )
    return [History(system, tracks, changes.get(system, ())) for system, tracks in found.items()]


def replay(history: History, settings: Settings, limit: float) -> Iterator[Replayed]:
    """Give the alarms of one system, in order; none rests on a later day."""
    for day in advance(Watched(Episodes(history.system)), history, settings, limit):
        if day.alarm is not None:
            told = day.alarm.evidence
            begins = since(told[0], day.bench, day.day)
            yield Replayed(day.alarm, begins[1] if begins else day.day, [sentence(each) for each in told])
