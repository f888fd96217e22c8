"""Hold what a signal is after a change against what it was before: better, no worse, worse, or that nobody can tell.

Runs are whole days counted from the application, so that each holds every hour of the day. What was is frozen as
detectors freeze it (``operations.baselines``), with its own dispersion, spread and memory. Shares that chance explains
get the two-proportion interval of Newcombe (Statistics in Medicine 17, 1998, method 10), their items divided by the
dispersion; all else Student's t of the days since against the baseline, as the scan of the detectors has it.

Of many signals some differ by chance: the level is shared between all that are told (Bonferroni), and while the window
lasts, when it is looked at often, a thousandth is shared (Haybittle and Peto). Harm counts from a margin on, so that
much data makes no alarm of nothing.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import NormalDist
from typing import Final

from operations.baselines import STEPS, Baseline, freeze
from operations.changes.settings import Watching
from operations.distributions import student_quantile
from operations.gates import Gate
from operations.scan import REACH, Scan, Side
from operations.signals import SIGNALS
from operations.statistics import rounded, wilson
from operations.tracks import Key, Track
from operations.words import counted
from store.change_records import SignalVerdict, WatchedSignal

HARM: Final[Mapping[str, Side]] = {
    "canary_pass": "down", "golden_pass": "down", "grounded": "down", "thumbs_down": "up", "uncovered": "up",
    "retrieval_empty": "up", "top_sim_p50": "down", "schema_valid": "down", "finish_length": "up", "block": "both",
    "refusal": "both", "benign_canary_refused": "up", "red_team_passed": "up", "unit_cost": "up",
    "tokens_in_p50": "up", "tokens_out_p50": "up", "latency_p50": "up", "calls_per_task": "up", "tool_empty": "up",
    "outcome": "both", "confirmed": "down",
}  # fmt: skip
"""The signals that a change is held against, each with the side on which harm lies."""

APPLIED: Final = date(1970, 1, 1)
"""The day by which a run is told to lie after the application: the whole days since are counted from here."""

_DAYS: Final = min(STEPS)
_INTERIM: Final = 0.001
_RANK: Final[Mapping[SignalVerdict, int]] = {"worse": 0, "cannot tell": 1, "no worse": 2, "better": 3}
_OF_GATES: Final[Mapping[str, SignalVerdict]] = {"pass": "no worse", "fail": "worse", "inconclusive": "cannot tell"}
_WIDEST: Final = 50.0


@dataclass(frozen=True, slots=True)
class _Found:
    """Two levels of a signal with the interval of the difference: points of a share, else parts of what was usual."""

    before: float
    after: float
    change: float
    low: float
    high: float


def compared(
    change_id: str, tracks: Mapping[Key, Track], gates: Sequence[Gate], settings: Watching, *, is_over: bool
) -> list[WatchedSignal]:
    """Answer for every signal and gate, the worst first; the order in which they come does not matter."""
    sides = {key: _Sides(key, track, settings) for key, track in tracks.items() if key[0] in HARM}
    told = sum(not each.lacks for each in sides.values())
    level = (settings.level if is_over else min(settings.level, _INTERIM)) / max(told, 1)
    answers = [each.answer(level) for each in sides.values()]
    answers += [_of_gate(gate) for gate in gates]
    answers.sort(key=lambda each: (_RANK[each.verdict], each.signal, each.dim))
    return [replace(each, change_id=change_id, place=place) for place, each in enumerate(answers)]


class _Sides:
    """One track parted where the change was applied; ``lacks`` says in words what keeps it from an answer."""

    def __init__(self, key: Key, track: Track, settings: Watching) -> None:
        self.key, self.track, self.settings = key, track, settings
        self.split = bisect_left(track.days, APPLIED)
        self.since = min(len(track.days) - self.split, REACH)
        self.until = self.split + self.since
        signal = SIGNALS[key[0]]
        self.baseline: Baseline | None = None
        if self.split >= _DAYS:
            self.baseline = freeze(track, 0, self.split, least=signal.least, is_suite=signal.is_suite)
        self.lacks = self._lacks()

    def _lacks(self) -> str:
        if self.baseline is None:
            return f"{counted(self.split, 'run')} before, {_DAYS} are needed"
        if not self.since:
            return "nothing was told since"
        if self.track.form == "count" and self._items() < self.settings.min_n:
            return f"n {self._items():.0f} since, {self.settings.min_n} are needed"
        return ""

    def _items(self) -> float:
        """Count the items of a share since, else the runs."""
        if self.track.form == "count":
            return math.fsum(self.track.counts[self.split : self.until])
        return float(self.since)

    def answer(self, level: float) -> WatchedSignal:
        """Say what the signal is since, at a level of chance on either side."""
        base = self.baseline
        found = None if self.lacks or base is None else self._found(base, level)
        n_before = None if base is None else base.n or float(self.split)
        n_after = self._items() if self.since else None
        if found is None:
            why = self.lacks or "of nothing there is no part"
            words = f"{SIGNALS[self.key[0]].title}{_where(self.key[1])}: {why}"
            return WatchedSignal(
                "", 0, *self.key, "cannot tell", n_before, n_after, None, None, None, None, None, words
            )
        is_share = self.track.form == "count"
        verdict = _verdict(found, HARM[self.key[0]], self.settings.points if is_share else self.settings.parts)
        return WatchedSignal(
            "", 0, *self.key, verdict, n_before, n_after, found.before, found.after, found.change, found.low,
            found.high, _words(self.key, found, n_before or 0.0, n_after or 0.0, is_share=is_share),
        )  # fmt: skip

    def _found(self, base: Baseline, level: float) -> _Found | None:
        scan = Scan(self.track, base, "both", holds_outliers=False)
        if base.form == "count":
            now = scan.level(self.until, self.since)
            return _of_shares(base, now.value, now.n, NormalDist().inv_cdf(1 - level))
        shift = scan.shift(self.until, self.since)
        if shift is None:
            return None
        half = student_quantile(level, shift.freedom) * shift.error
        return _of_levels(base, shift.moved - half, shift.moved, shift.moved + half)


def _of_shares(base: Baseline, share: float, n: float, z: float) -> _Found:
    """Hold two shares against each other by Newcombe's hybrid of two Wilson intervals."""
    usual = base.usual
    low_b, high_b = _wilson(usual, base.n / base.phi, z)
    low_a, high_a = _wilson(share, n / base.phi, z)
    change = share - usual
    down, up = math.hypot(share - low_a, high_b - usual), math.hypot(high_a - share, usual - low_b)
    return _Found(usual, share, change, change - down, change + up)


def _wilson(share: float, n: float, z: float) -> tuple[float, float]:
    items = max(round(n), 1)
    return wilson(share * items, items, z) or (0.0, 1.0)


def _of_levels(base: Baseline, low: float, moved: float, high: float) -> _Found | None:
    """Turn a shift in the scale of the baseline into the signal's own unit."""
    if base.form == "logit":
        usual, at = _share(base.level), [_share(base.level + each) for each in (low, moved, high)]
        return _Found(usual, at[1], *(each - usual for each in (at[1], at[0], at[2])))
    usual = base.usual
    if not usual:
        return None
    if base.form == "log":
        parts = [math.expm1(min(each, _WIDEST)) for each in (moved, low, high)]
    else:
        parts = [each / abs(usual) for each in (moved, low, high)]
    return _Found(usual, usual + abs(usual) * parts[0], *parts)


def _share(log_odds: float) -> float:
    return 1 / (1 + math.exp(-min(max(log_odds, -_WIDEST), _WIDEST)))


def _verdict(found: _Found, harm: Side, margin: float) -> SignalVerdict:
    """Judge by the interval: worse is no chance and over the margin, no worse is where harm over it is ruled out."""
    change, low, high = rounded(found.change), found.low, found.high
    if harm == "down":
        change, low, high = -change, -high, -low
    if change > margin and low > 0:
        return "worse"
    if harm == "both":
        if -change > margin and high < 0:
            return "worse"
        return "no worse" if high < margin and low > -margin else "cannot tell"
    if high < 0:
        return "better"
    return "no worse" if high < margin else "cannot tell"


def _of_gate(gate: Gate) -> WatchedSignal:
    """Give what evaluations of both versions say; one whose judge is not calibrated reports and tells nothing."""
    verdict = _OF_GATES[gate.state] if gate.gates else "cannot tell"
    dim = "/".join(filter(None, (gate.scorer, gate.slice)))
    told = "" if gate.difference is None else f" {gate.difference:+.3g}"
    spread = f" ({gate.low:+.3g} to {gate.high:+.3g})" if gate.low is not None and gate.high is not None else ""
    note = f"; {gate.note}" if gate.note else ""
    return WatchedSignal(
        "", 0, gate.suite, dim, verdict, gate.n_current, gate.n_new, None, None, gate.difference, gate.low, gate.high,
        f"{gate.suite} {dim} of both versions: {gate.state}{told}{spread}{note}",
    )  # fmt: skip


def _where(dim: str) -> str:
    return f" ({dim})" if dim else ""


def _words(key: Key, found: _Found, n_before: float, n_after: float, *, is_share: bool) -> str:
    """Say a comparison in one line: both values, the interval, and what stands behind each."""
    write: Callable[[float], str] = (lambda value: f"{value:.1%}") if is_share else (lambda value: f"{value:.3g}")
    spread = f"{100 * found.low:+.3g} to {100 * found.high:+.3g} {'points' if is_share else '%'}"
    kind = "n" if is_share else "days"
    return (
        f"{SIGNALS[key[0]].title}{_where(key[1])}: {write(found.before)} -> {write(found.after)} ({spread}),"
        f" {kind} {n_before:,.0f} and {n_after:,.0f}"
    )
