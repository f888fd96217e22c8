"""See that what evaluates decays: a judge that nobody calibrates, one that always says the same, a stale golden set.

None of this is a failure of the system, so it raises no alarm: it makes what rests on the scores see less. Where the
configuration names no judge at all it says nothing of calibration, and the scores are taken as they come: if every
cell of everybody were degraded for want of a table, degraded would mean nothing. From the first ``[[judges]]`` entry on
every judge must be among them.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, takewhile
from typing import Final

from operations.baselines import Baseline
from operations.distributions import beta_cdf
from operations.evaluators import NONE, Doubt, Evaluators, GateSettings, evaluators
from operations.suite_runs import dim_of
from operations.tracks import Track
from operations.words import counted, figure
from store.database import Reader

_KEPT: Final = timedelta(days=400)
_CHANCE: Final = 1e-4
"""The chance below which what a judge does is not taken for chance."""

_UNKNOWN: Final = 0.25
"""The chance of a repeat where nobody knows how finely a score is told: 7 in a row are then too many."""

_LATELY: Final = 28
"""Runs over which a judge's spread is held against that of its baseline."""

_FACTOR: Final = 4.0
_LARGEST: Final = 9
_FREEDOM: Final = 0.6
"""Degrees of freedom that a step between runs is worth: neighbours share a run, and the largest are left out."""

_LEAST: Final = 0.25  # variance that rounding a count leaves, in items squared
_REMEDY: Final = "look at what the judge says of single answers, and calibrate it again"

# One row per system, suite, scorer and judge whose scores are tracks.
_SCORERS: Final = """
select distinct system, suite, scorer, judge, judge_version
from evaluations
where slice = '' and seen >= $since
order by all
"""


@dataclass(frozen=True, slots=True)
class Believed:
    """How far scores can be believed for who gave them; where a judge did, its own steadiness is looked at too."""

    doubt: Doubt = NONE
    is_judged: bool = False


USUAL: Final = Believed()
"""What is believed of anything that no judge and no suite stands behind."""


@dataclass(frozen=True, slots=True)
class _Scorer:
    system: str
    suite: str
    scorer: str
    judge: str
    judge_version: str


def believing(reader: Reader, settings: GateSettings, now: datetime) -> dict[str, dict[str, Believed]]:
    """Say of every system, by the dimension of the track, how far its scores can be believed."""
    known = evaluators(reader)
    found: defaultdict[str, dict[str, Believed]] = defaultdict(dict)
    for each in reader.rows(_Scorer, _SCORERS, {"since": now - _KEPT}):
        dim = dim_of(each.suite, each.scorer, each.judge, each.judge_version)
        found[each.system][dim] = Believed(_doubt(each, known, settings, now), bool(each.judge))
    return found


def decayed(track: Track, baseline: Baseline, believed: Believed) -> tuple[str, str]:
    """Say what is wrong with scores whatever they say, and what would help; empty when nothing is."""
    if believed.doubt.words or not believed.is_judged:
        return believed.doubt.words, believed.doubt.remedy
    words = _stuck(track, baseline) or _unsteady(track, baseline)
    return words, _REMEDY if words else ""


def _doubt(each: _Scorer, known: Evaluators, settings: GateSettings, now: datetime) -> Doubt:
    if each.judge and known.judges:
        doubt = known.doubt_of_judge(each.judge, each.judge_version, settings, now.date())
        if doubt.words:
            return doubt
    return known.doubt_of_suite(each.suite, each.system, settings, now.date())


def _stuck(track: Track, baseline: Baseline) -> str:
    """Find a judge that says the same too often in a row for how much it used to vary (detection.md 1.8)."""
    shown = _rates(track)
    repeats = sum(1 for _ in takewhile(lambda rate: rate == shown[-1], reversed(shown)))
    if repeats < 2 or repeats * math.log(_repeat(track, baseline, shown[-1])) >= math.log(_CHANCE):
        return ""
    return f"its judge said exactly {figure(shown[-1])} in {counted(repeats, 'run')} in a row"


def _repeat(track: Track, baseline: Baseline, rate: float) -> float:
    """Give the chance that a run says one certain value, and no less than the share of repeats in the baseline.

    Of a count it is that of a normal of its spread: the further from what is usual, the less.
    """
    shown = _rates(track)
    steps = [shown[a] == shown[b] for a, b in pairwise(_places(track, baseline))]
    repeated = (sum(steps) + 0.5) / (len(steps) + 1)
    if track.form != "count":
        return max(_UNKNOWN, repeated)
    n, share = track.counts[-1], baseline.usual
    variance = max(baseline.phi * n * share * (1 - share), _LEAST)
    off = n * (rate - share)
    return max(math.exp(-off * off / (2 * variance)) / math.sqrt(math.tau * variance), repeated)


def _unsteady(track: Track, baseline: Baseline) -> str:
    """Find a judge whose scores vary much less or much more from run to run than they did, and not by chance."""
    lately = track.days[-_LATELY:]
    if len(lately) < _LATELY or lately[0] <= baseline.last:
        return ""
    held = _places(track, baseline)
    before, now = _spread(track, held), _spread(track, range(len(track.days) - _LATELY, len(track.days)))
    if not before:
        return ""
    times = now / before
    factor, free = max(times, 1 / times if times else math.inf), (_FREEDOM * (len(held) - 1), _FREEDOM * (_LATELY - 1))
    if factor < _FACTOR or (times and _f_tail(factor, *free) > _CHANCE):
        return ""
    return f"the variance of its judge is {figure(times, digits=2)} times what it was"


def _f_tail(ratio: float, free_above: float, free_below: float) -> float:
    """Give the chance that a ratio of two variances of one scale is above a value (Fisher's F)."""
    return beta_cdf(free_below / (free_below + free_above * ratio), free_below / 2, free_above / 2)


def _spread(track: Track, places: Sequence[int]) -> float:
    """Give half the mean square of the steps between runs (von Neumann 1941), but for the largest ninth of them.

    A level that changes makes one large step, which says nothing of the judge. Of shares, each step is told in what
    counting alone makes of it: a share nearer to 1 is not steadier for that.
    """
    shown = _rates(track)
    steps = []
    for before, after in pairwise(places):
        step = (shown[after] - shown[before]) ** 2 / 2
        if track.form == "count":
            k, n = (values[before] + values[after] for values in (track.passes(), track.counts))
            share = (k + 0.5) / (n + 1)
            step *= n / 2 / (share * (1 - share))
        steps.append(step)
    usual = sorted(steps)[: len(steps) - len(steps) // _LARGEST]
    return math.fsum(usual) / len(usual) if usual else 0.0


def _places(track: Track, baseline: Baseline) -> list[int]:
    """Give the places of the runs that the baseline was frozen from."""
    return [place for place, day in enumerate(track.days) if baseline.first <= day <= baseline.last]


def _rates(track: Track) -> Sequence[float]:
    """Give the values of a track, of a count its shares."""
    if track.form != "count":
        return track.values
    return [k / n if n else 0.0 for k, n in zip(track.passes(), track.counts, strict=True)]
