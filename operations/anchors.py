"""Accept what an intended change brought: freeze the baselines anew after it, and let the breach rest.

Only a recorded change does this, and only where what speaks began with it. The breach stays open for a week, so that
there is time to roll back or to object; facts (another id, an attack that got through) are never accepted, and neither
is an alarm that somebody called true. Without such a change no baseline rolls, however long a breach lasts.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from operations.baselines import Baseline, freeze, frozen_runs
from operations.episodes import Episodes, ranked, speaking
from operations.evidence import BESIDE, Bench, Evidence
from operations.findings import since
from operations.signals import SIGNALS
from operations.tracks import Key

_TO_OBJECT: Final = timedelta(days=7)
"""For so long a breach is open before it can be accepted."""


def accepted(
    bench: Bench, episodes: Episodes, disputed: frozenset[str], said: Mapping[str, Sequence[Evidence]], day: date
) -> dict[str, tuple[date, dict[Key, Baseline]]]:
    """Give of each open mode that a change explains the day of the change, and the baselines that stand after it."""
    found: dict[str, tuple[date, dict[Key, Baseline]]] = {}
    for mode, opened in episodes.opened.items():
        told = ranked(speaking(said.get(mode, ())))
        if mode in disputed or not told or day - opened < _TO_OBJECT:
            continue
        change = _cause(bench, told, day)
        renewed = {} if change is None else _renewed(bench, told, change, day)
        if change is not None and (told[0].signal, told[0].dim) in renewed:
            found[mode] = (change, renewed)
    return found


def _cause(bench: Bench, told: Sequence[Evidence], day: date) -> date | None:
    """Give the newest recorded change with which the loudest began; ``None`` where a fact speaks or none is near."""
    known = [each for each in bench.history.changes if each <= day]
    if not known or any(each.kind in {"event", "age"} for each in told):
        return None
    begun = since(told[0], bench, day)
    near = [each for each in known if begun and begun[0] - BESIDE <= each <= begun[2] + BESIDE]
    return max(near, default=None)


def _renewed(bench: Bench, told: Sequence[Evidence], change: date, day: date) -> dict[Key, Baseline]:
    """Freeze what speaks anew, from the day after a change on; of what is too young for that nothing is given."""
    names = {name for each in told for name in each.signals or (each.signal,)}
    found: dict[Key, Baseline] = {}
    for key, track in bench.history.tracks.items():
        start, until = bisect_right(track.days, change), bench.until(key, day)
        runs = frozen_runs(until - start)
        if key[0] in names and runs:
            signal = SIGNALS[key[0]]
            made = freeze(track, start, start + runs, least=signal.least, is_suite=signal.is_suite)
            found |= {key: made} if made else {}
    return found
