"""Say what each detector can see of a system: armed, degraded or blind, always with the reason and what would help.

This follows from the declared signals alone. Blind is never green: a system whose answers nobody evaluates is not known
to work. A signal that was there once and is not told any more degrades even where another serves instead.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from types import ModuleType
from typing import Final

from operations.baselines import RUNS, STEPS, Baseline, frozen_runs
from operations.decay import USUAL, Believed, decayed
from operations.signals import SIGNALS
from operations.tracks import History, Key, Track
from operations.words import counted
from store.detection_records import Cell, Sight

_STALE: Final = timedelta(days=3)
_GAPS: Final = 2.5
_FEW: Final = 50.0
_SUITES: Final = 20.0
_ALL: Final[Mapping[str, Believed]] = {}


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a signal, or a need of a detector, finds: how well it is served, by what, and what is wrong with it."""

    state: Sight
    signals: tuple[str, ...] = ()
    newest: date | None = None
    trouble: str = ""
    remedy: str = ""
    has_stopped: bool = False


def cells(
    history: History,
    baselines: Mapping[Key, Baseline],
    detectors: Sequence[ModuleType],
    now: datetime,
    believed: Mapping[str, Believed] = _ALL,
) -> Iterator[Cell]:
    """Give the cell of every detector; a system without any history is blind in all.

    ``believed`` says of scores, by the dimension of their track, how far they can be believed.
    """
    sight = _Sight(history, baselines, believed, now.date())
    for detector in detectors:
        seen = [sight.need(need) for need in detector.NEEDS]
        troubles = [each for each in seen if each.trouble]
        yield Cell(
            system=history.system,
            mode=detector.MODE,
            state=_state([each.state for each in seen]),
            reason="; ".join(each.trouble for each in troubles) or f"sees {_listed(seen)}",
            remedy="; ".join(dict.fromkeys(each.remedy for each in troubles)),
            signals=_listed(seen),
            newest=max((each.newest for each in seen if each.newest is not None), default=None),
            judged=now,
        )


def is_stale(track: Track, today: date) -> bool:
    """Say whether a track's newest run is older than its own rhythm allows, three days at least."""
    return today - track.days[-1] > _allowed(track)


def _allowed(track: Track) -> timedelta:
    gaps = [(later - earlier).days for earlier, later in pairwise(track.days[-15:])]
    return max(_STALE, timedelta(days=_GAPS * median(gaps))) if gaps else _STALE


@dataclass(frozen=True, slots=True)
class _Sight:
    """All that cells of one system follow from."""

    history: History
    baselines: Mapping[Key, Baseline]
    believed: Mapping[str, Believed]
    today: date

    def need(self, need: tuple[str, ...]) -> _Seen:
        """Look for the best of the signals that would serve a need; one of them that stopped is missed all the same."""
        known = [each for signal in need if (each := self._signal(signal)) is not None]
        if not known:
            names = " or ".join(need)
            return _Seen("blind", trouble=f"no source gives {names}", remedy=f"{names}: {SIGNALS[need[0]].gives}")
        best = min(known, key=lambda each: (_RANK[each.state], each.has_stopped))
        stopped = [each for each in known if each.has_stopped]
        if best.state == "armed" and stopped:
            best = replace(best, state="degraded", trouble=stopped[0].trouble, remedy=stopped[0].remedy)
        return replace(best, signals=tuple(signal for each in known for signal in each.signals))

    def _signal(self, signal: str) -> _Seen | None:
        """Give the best of a signal's tracks, those too of which only the baseline is left; ``None`` without any."""
        keys = dict.fromkeys((*self.history.dims(signal), *(key for key in self.baselines if key[0] == signal)))
        return min(map(self._track, keys), key=lambda each: (_RANK[each.state], each.has_stopped), default=None)

    def _track(self, key: Key) -> _Seen:
        """Say how well one track serves: stopped and too short are blind, a short baseline or few items degrade."""
        track, baseline = self.history.tracks.get(key), self.baselines.get(key)
        name = f"{key[0]} ({key[1]})" if key[1] else key[0]
        if track is None or is_stale(track, self.today):
            newest = None if track is None else track.days[-1]
            since = "any more" if newest is None else f"for {counted((self.today - newest).days, 'day')}"
            words, remedy = f"{name}: nothing {since}", f"{name}: see the Collection screen"
            return _Seen("blind", (), newest, words, remedy, has_stopped=True)
        if track.form == "hour":
            return _hours(name, track)
        trouble, remedy = _trouble(key, track, baseline)
        if baseline is not None and not trouble:
            trouble, remedy = decayed(track, baseline, self.believed.get(key[1], USUAL))
        state: Sight = "blind" if baseline is None else "degraded" if trouble else "armed"
        served = () if baseline is None else (key[0],)
        return _Seen(state, served, track.days[-1], trouble and f"{name}: {trouble}", remedy and f"{name}: {remedy}")


def _hours(name: str, track: Track) -> _Seen:
    """Say whether the newest day has an hour of which it is known what is usual; no baseline is asked for."""
    if track.texts[-1]:
        return _Seen("armed", (name,), track.days[-1])
    words = "what an hour of the week usually costs is known after three weeks"
    return _Seen("blind", (), track.days[-1], f"{name}: {words}", f"{name}: wait for more hours")


def _trouble(key: Key, track: Track, baseline: Baseline | None) -> tuple[str, str]:
    """Say what keeps a track from serving in full, and what would help; empty when nothing does."""
    signal, runs = SIGNALS[key[0]], len(track.days)
    if baseline is None and (frozen_runs(runs) or (signal.form == "name" and runs > 1)):
        return "no baseline is frozen while a breach is open", "see to the breach first"
    if baseline is None:
        least = 1 if signal.form == "name" else STEPS[-1]
        return f"{counted(runs, 'run')}, more than {least} are needed", "wait for more runs"
    if signal.form != "name" and baseline.runs < RUNS:
        return f"baseline of {counted(baseline.runs, 'run')}, {RUNS} are wanted", "wait for more runs"
    if signal.form == "count" and track.form != "count":
        return "its n is not known", "collect the number of items with it"
    wanted = _SUITES if signal.is_suite else _FEW
    items = median(track.counts[-7:]) if track.form == "count" else wanted
    if items < wanted:
        return f"{items:.0f} items a run, {wanted:.0f} are wanted", "evaluate more"
    return "", ""


_RANK: Final[Mapping[Sight, int]] = {"armed": 0, "degraded": 1, "blind": 2}


def _state(states: Sequence[Sight]) -> Sight:
    """Roll the needs of a detector up: all served is armed, none is blind, anything between degraded."""
    if all(state == "armed" for state in states):
        return "armed"
    return "blind" if all(state == "blind" for state in states) else "degraded"


def _listed(seen: Sequence[_Seen]) -> str:
    return ", ".join(dict.fromkeys(signal for each in seen for signal in each.signals))
