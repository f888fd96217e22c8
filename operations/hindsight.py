"""Give the history of a system as it was known on each past day.

Nearly always that is today's, cut at the day. Where something was late or was restated later, the days from the first
of these on are read anew as they were known.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from operations.findings import midnight
from operations.given import Given
from operations.signal_runs import history, recorded, told
from operations.then import Then
from operations.told import Told, form_of, made
from operations.tracks import History, Key, Track
from store.database import Reader

_EPOCH: Final = date(1970, 1, 1)
_DAY: Final = timedelta(days=1)

# One row per UTC day of a system and later day on which something became known of it. A score that was restated may
# have moved to another day: the first one counts.
_MOVED: Final = """
select distinct system, day, known
from sample_versions
where known > day and day >= (select first from whole_days)
union
select system, first as day, known
from (
    select
        system, known, min(day) over (partition by source, system, eval_run, suite, scorer, slice) as first
    from evaluation_versions
)
where known > first
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """A day of which something became known on a later day only: a row that was late, or was restated."""

    system: str
    day: date
    known: date


@dataclass(frozen=True, slots=True)
class Past:
    """What is stored of a system from a day on, and what of it became known late."""

    reader: Reader
    given: Sequence[Given]
    system: str
    since: date
    now: Mapping[Key, Told]
    moved: Sequence[Moved]

    def unlike(self, day: date) -> date | None:
        """Give the first day of which something else was known at the end of a day than is now; ``None`` if none."""
        return min((each.day for each in self.moved if each.day <= day < each.known), default=None)

    def told(self, day: date) -> Mapping[Key, Told]:
        """Give what was told at the end of a day; days after it may be there too where nothing was late."""
        first = self.unlike(day)
        if first is None:
            return self.now
        first = max(first, self.since)
        then, until = Then(self.reader, self.system, first, day), midnight(day + _DAY)
        found = {key: _part(each, 0, bisect_left(each.days, _number(first))) for key, each in self.now.items()}
        for each in told(then, self.given, midnight(first), until, [self.system])[self.system]:
            key, new = (each.signal, each.dim), _part(each, bisect_left(each.days, _number(first)), len(each.days))
            found[key] = _joined(found.get(key, _part(each, 0, 0)), new)
        return {key: each for key, each in found.items() if each.days}


@dataclass(frozen=True, slots=True)
class Hindsight:
    """The history of a system as it was known at the end of a last day, and on each day before."""

    history: History
    past: Past
    last: date

    def days(self) -> Iterator[tuple[date, History]]:
        """Give the days at whose end there was anything new, in order, each with what was known then."""
        own = (day for track in self.history.tracks.values() for day in track.days)
        late = (each.known for each in self.past.moved)
        tracks, ends = self.history.tracks, date.min
        for day in sorted({day for day in (*own, *late) if self.past.since <= day <= self.last}):
            if day > ends:
                ends = min((each.known for each in self.past.moved if each.known > day), default=date.max) - _DAY
                tracks = self._tracks(min(ends, self.last))
            yield day, self._until(tracks, day)

    def on(self, day: date) -> History:
        """Give the history as it was known at the end of one day."""
        return self._until(self._tracks(day), day)

    def _tracks(self, day: date) -> Mapping[Key, Track]:
        """Give what was known at the end of a day, each track in the form that it has at the last."""
        if self.past.unlike(day) is None:
            return self.history.tracks
        forms = {key: track.form for key, track in self.history.tracks.items()}
        return {key: made(each, forms.get(key) or form_of(each)) for key, each in self.past.told(day).items()}

    def _until(self, tracks: Mapping[Key, Track], day: date) -> History:
        known = {key: _cut(track, day) for key, track in tracks.items() if track.days and track.days[0] <= day}
        return replace(self.history, tracks=known, changes=[each for each in self.history.changes if each <= day])


def hindsight(
    reader: Reader, given: Sequence[Given], systems: Sequence[str], since: date, last: date
) -> dict[str, Hindsight]:
    """Read what is stored of each of these systems from a day to another, and what of it became known late."""
    found = told(reader, given, midnight(since), midnight(last + _DAY), systems)
    changes, moved = recorded(reader), defaultdict[str, list[Moved]](list)
    for each in reader.rows(Moved, _MOVED):
        moved[each.system].append(each)
    made_of = dict[str, Hindsight]()
    for name in systems:
        now = {(each.signal, each.dim): each for each in found[name]}
        past = Past(reader, given, name, since, now, moved[name])
        made_of[name] = Hindsight(history(name, past.told(last).values(), changes.get(name, ())), past, last)
    return made_of


def _cut(track: Track, day: date) -> Track:
    """Leave of a track the runs up to a day."""
    ends = bisect_right(track.days, day)
    if ends == len(track.days):
        return track
    return Track(track.form, track.days[:ends], track.values[:ends], track.counts[:ends], track.texts[:ends])


def _part(each: Told, begins: int, ends: int) -> Told:
    """Leave of what is told the days between two places."""
    return replace(
        each,
        days=each.days[begins:ends],
        values=each.values[begins:ends],
        counts=each.counts[begins:ends],
        texts=each.texts[begins:ends],
    )


def _joined(before: Told, after: Told) -> Told:
    """Put two stretches of one signal together."""
    return replace(
        after,
        days=before.days + after.days,
        values=before.values + after.values,
        counts=before.counts + after.counts,
        texts=before.texts + after.texts,
    )


def _number(day: date) -> int:
    """Count the days since 1970."""
    return (day - _EPOCH).days
