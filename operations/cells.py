"""Say what each detector can see of a system: armed, degraded or blind, always with the reason and what would help.

This follows from the declared signals alone. Blind is never green: a system whose answers nobody evaluates is not known
to work.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from types import ModuleType
from typing import Final

from operations.baselines import RUNS, Baseline
from operations.signals import SIGNALS
from operations.tracks import History, Key, Track
from operations.words import counted
from store.records import Cell, Sight

_STALE: Final = timedelta(days=3)
_GAPS: Final = 2.5
_FEW: Final = 50.0
_SUITES: Final = 20.0


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one need of a detector finds: how well it is served, by which signals, and what is wrong with it."""

    state: Sight
    signals: tuple[str, ...] = ()
    newest: date | None = None
    trouble: str = ""
    remedy: str = ""


def cells(
    system: str,
    history: History | None,
    baselines: Mapping[Key, Baseline],
    detectors: Sequence[ModuleType],
    now: datetime,
) -> Iterator[Cell]:
    """Give the cell of every detector; a system without any history is blind in all."""
    known = history or History(system, {})
    for detector in detectors:
        seen = [_seen(need, known, baselines, now) for need in detector.NEEDS]
        state = _state([each.state for each in seen])
        troubles = [each for each in seen if each.trouble]
        yield Cell(
            system=system,
            mode=detector.MODE,
            state=state,
            reason="; ".join(each.trouble for each in troubles) or _armed(seen),
            remedy="; ".join(dict.fromkeys(each.remedy for each in troubles if each.remedy)),
            signals=", ".join(dict.fromkeys(signal for each in seen for signal in each.signals)),
            newest=max((each.newest for each in seen if each.newest is not None), default=None),
            judged=now,
        )


def is_stale(track: Track, today: date) -> bool:
    """Say whether a track's newest run is older than its own rhythm allows, three days at least."""
    return today - track.days[-1] > _allowed(track)


def _allowed(track: Track) -> timedelta:
    recent = track.days[-15:]
    gaps = [(later - earlier).days for earlier, later in pairwise(recent)]
    return max(_STALE, timedelta(days=_GAPS * median(gaps))) if gaps else _STALE


def _seen(need: tuple[str, ...], history: History, baselines: Mapping[Key, Baseline], now: datetime) -> _Seen:
    """Look for the best of the signals that would serve a need."""
    found = [
        _track(key, history.tracks[key], baselines.get(key), now) for signal in need for key in history.dims(signal)
    ]
    if not found:
        names = " or ".join(need)
        return _Seen("blind", trouble=f"no source gives {names}", remedy=f"{names}: {SIGNALS[need[0]].gives}")
    best = min(found, key=lambda each: _RANK[each.state])
    signals = tuple(dict.fromkeys(signal for each in found if each.state != "blind" for signal in each.signals))
    newest = max(each.newest for each in found if each.newest is not None)
    return _Seen(best.state, signals or best.signals, newest, best.trouble, best.remedy)


def _track(key: Key, track: Track, baseline: Baseline | None, now: datetime) -> _Seen:
    """Say how well one track serves: stale and too short are blind, a short baseline or few items degrade."""
    name, newest = _named(key), track.days[-1]
    if is_stale(track, now.date()):
        age = (now.date() - newest).days
        return _Seen(
            "blind", (), newest, f"{name}: nothing for {counted(age, 'day')}", f"{name}: see the Collection screen"
        )
    if baseline is None:
        runs = counted(len(track.days), "run")
        return _Seen("blind", (), newest, f"{name}: {runs}, more than 7 are needed", f"{name}: wait for more runs")
    signal = SIGNALS[key[0]]
    if signal.form != "name" and baseline.runs < RUNS:
        words = f"{name}: baseline of {baseline.runs} runs, {RUNS} are wanted"
        return _Seen("degraded", (key[0],), newest, words, f"{name}: wait for more runs")
    if signal.form == "count" and track.form != "count":
        words = f"{name}: its n is not known"
        return _Seen("degraded", (key[0],), newest, words, f"{name}: collect the number of items with it")
    wanted = _SUITES if signal.is_suite else _FEW
    if track.form == "count" and median(track.counts[-7:]) < wanted:
        few = f"{median(track.counts[-7:]):.0f}"
        words = f"{name}: {few} items a run, {wanted:.0f} are wanted"
        return _Seen("degraded", (key[0],), newest, words, f"{name}: evaluate more")
    return _Seen("armed", (key[0],), newest)


_RANK: Final[Mapping[Sight, int]] = {"armed": 0, "degraded": 1, "blind": 2}


def _state(states: Sequence[Sight]) -> Sight:
    """Roll the needs of a detector up: all served is armed, none is blind, anything between degraded."""
    if all(state == "armed" for state in states):
        return "armed"
    return "blind" if all(state == "blind" for state in states) else "degraded"


def _armed(seen: Sequence[_Seen]) -> str:
    names = dict.fromkeys(signal for each in seen for signal in each.signals)
    return f"sees {', '.join(names)}"


def _named(key: Key) -> str:
    return f"{key[0]} ({key[1]})" if key[1] else key[0]
