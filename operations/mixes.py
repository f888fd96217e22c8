"""Say how far a mix as a whole has moved, and how far chance alone moves one of as many items."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from operations.evidence import Bench, Evidence
from operations.sizes import psi, psi_cut

TAIL: Final = 0.001
"""How often chance alone passes the limit that is shown."""


@dataclass(frozen=True, slots=True)
class Shift:
    """The population stability index of a window beside its baseline, and what chance exceeds once in a thousand.

    ``n`` items were in the window, ``kinds`` kinds make the mix.
    """

    index: float
    limit: float
    n: float
    kinds: int

    @property
    def words(self) -> str:
        """Say it in a few words."""
        by_chance = f"chance alone stays under {self.limit:.3g} at n={self.n:,.0f}"
        return f"the whole mix moved by a PSI of {self.index:.3g}, where {by_chance}"


def shift(bench: Bench, each: Evidence, day: date) -> Shift | None:
    """Hold all shares of a signal in the window of one of them against the baseline; ``None`` where n is not known.

    What none of the shares names is a kind of its own, and a kind that came later was nothing before.
    """
    begins = bench.history.tracks[each.signal, each.dim].days[bench.place(each, day) - each.length]
    counted = list(_counted(bench, each.signal, begins, day))
    n, m = (max((whole[place] for _, whole in counted), default=0.0) for place in (0, 1))
    current, reference = ([parts[place] for parts, _ in counted] for place in (0, 1))
    rest = [max(n - math.fsum(current), 0.0), max(m - math.fsum(reference), 0.0)]
    if max(rest) >= 0.5:
        current.append(rest[0])
        reference.append(rest[1])
    index = psi(current, reference)
    if index is None or len(current) < 2:
        return None
    return Shift(index, psi_cut(len(current), n, m, TAIL), n, len(current))


def _counted(
    bench: Bench, signal: str, begins: date, day: date
) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Give of each share how many items were of its kind, and of how many, in the window and in the baseline."""
    for key in bench.history.dims(signal):
        track, baseline = bench.history.tracks[key], bench.baselines.get(key)
        if track.form == "count":
            inside = [place for place, seen in enumerate(track.days) if begins <= seen <= day]
            k, n = (math.fsum(part[place] for place in inside) for part in (track.passes(), track.counts))
            yield (k, baseline.k if baseline else 0.0), (n, baseline.n if baseline else 0.0)
