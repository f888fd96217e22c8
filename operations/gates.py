"""Say whether a new version of a system scores no worse than the current one: pass, fail, or that nobody can tell.

The newest complete run of each version is taken, of one suite and suite version, by one judge and judge version: scores
by different judges are never compared. Cases are held against each other one by one where both runs have them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from operations.comparisons import Comparison, Method, State, Terms, paired, unpaired
from operations.evaluators import NONE, Doubt, Evaluators, GateSettings, evaluators
from operations.gate_runs import Cases, Pair, Run, cases, matched, runs
from operations.statistics import rounded
from operations.words import counted
from store.database import Reader

__all__ = ["Gate", "GateSettings", "Gating", "gates"]

_EVALUATED: Final = "select distinct system, system_version as version from evaluations where system_version <> ''"

_MATCHED: Final = 0.9
"""Share of the cases of the smaller run that must be found in the other for the two to be held case by case."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What the evaluations of two versions say of one suite, scorer and slice.

    ``difference``, ``low`` and ``high`` are new less current, in the scorer's own unit; ``smallest_drop`` is the
    smallest change for the worse that would have been called a fail. ``gates`` is false where the judge is not
    calibrated: then the state is told and must decide nothing. ``kind`` is that of the suite's ``[[suites]]`` entry,
    empty without one.
    """

    suite: str
    scorer: str
    slice: str
    state: State
    gates: bool
    n_current: int | None = None
    n_new: int | None = None
    value_current: float | None = None
    value_new: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    method: Method | None = None
    smallest_drop: float | None = None
    note: str = ""
    kind: str = ""


def gates(
    reader: Reader, system: str, current: str, new: str, settings: GateSettings, now: datetime
) -> tuple[Gate, ...]:
    """Give the gate of every suite, scorer and slice in which either version of a system was evaluated."""
    known, asking = evaluators(reader), _Asking(reader, system, settings, now.date())
    return tuple(asking.gate(found, current, new, known) for found in runs(reader, system, current, new, now))


class Gating:
    """The gates of many versions, asked for only where an evaluation names one: most were never evaluated."""

    def __init__(self, settings: GateSettings) -> None:
        """Take the settings; what is evaluated is read once, at the first question."""
        self._settings = settings
        self._evaluated: frozenset[tuple[str, str]] | None = None

    def __call__(self, reader: Reader, system: str, current: str, new: str, now: datetime) -> tuple[Gate, ...]:
        """Give the gates of a system's new version beside its current one."""
        if self._evaluated is None:
            self._evaluated = frozenset((each.system, each.version) for each in reader.rows(_Evaluated, _EVALUATED))
        if self._evaluated.isdisjoint({(system, current), (system, new)}):
            return ()
        return gates(reader, system, current, new, self._settings, now)


@dataclass(frozen=True, slots=True)
class _Evaluated:
    system: str
    version: str


@dataclass(frozen=True, slots=True)
class _Asking:
    reader: Reader
    system: str
    settings: GateSettings
    today: date

    def gate(self, found: Sequence[Run], current: str, new: str, known: Evaluators) -> Gate:
        """Answer for one suite, scorer and slice; the newest run of it comes first."""
        pair, words = matched(found, current, new)
        newest = pair[1] if pair else found[0]
        doubt, suite = self._doubt(newest, known), known.suite(newest.suite, self.system)
        kind = "" if suite is None else suite.kind
        if pair is None:
            named = (newest.suite, newest.scorer, newest.slice)
            return Gate(*named, "inconclusive", not doubt.words, note=words, kind=kind)
        margin = self.settings.max_drop if suite is None or suite.max_drop is None else suite.max_drop
        return replace(self._compared(pair, margin, doubt, [words] if words else []), kind=kind)

    def _doubt(self, run: Run, known: Evaluators) -> Doubt:
        """Say whether the judge may decide; a score that names none is counted, not judged."""
        if not run.judge:
            return NONE
        return known.doubt_of_judge(run.judge, run.judge_version, self.settings, self.today)

    def _compared(self, pair: Pair, margin: float, doubt: Doubt, notes: list[str]) -> Gate:
        terms = Terms(self.settings.level, margin, self.settings.power)
        held = cases(self.reader, self.system, pair)
        found, how = _comparison(pair, held, terms)
        why = self._short(found, pair)
        state: State = "inconclusive" if found is None or why else found.state(margin)
        if found is not None and state == "pass" and (missing := _missing(found, pair, held, margin)):
            state, why = "inconclusive", missing
        elif found is not None and not why and state == "inconclusive" and found.smallest_drop is not None:
            drop = found.smallest_drop * (pair[0].scale_max - pair[0].scale_min)
            why = f"a drop of {drop:.3g} is the smallest that it could see"
        only = f"reports only: {doubt.words}" if doubt.words else ""
        note = "; ".join(words for words in (*notes, how, why, only) if words)
        return _told(pair, found, state, note, gates=not doubt.words)

    def _short(self, found: Comparison | None, pair: Pair) -> str:
        """Say that there are too few cases, or that nobody knows how many there are."""
        known = [found.n_current, found.n_new] if found else [run.n for run in pair if run.n is not None]
        if len(known) < 2:
            return "its n is not known; collect the number of cases with it"
        least = self.settings.min_n
        return f"{counted(min(known), 'case')}, {least} are wanted" if min(known) < least or found is None else ""


def _comparison(pair: Pair, held: Cases | None, terms: Terms) -> tuple[Comparison | None, str]:
    """Hold the runs against each other, case by case where they have the same cases; say what it rests on."""
    matched = 0 if held is None else len(held.current)
    fewest = 0 if held is None else min(held.of_current, held.of_new)
    if held is not None and matched >= _MATCHED * fewest:
        pairs = list(zip(held.current, held.new, strict=True))
        worse, better = sum(b < a for a, b in pairs), sum(b > a for a, b in pairs)
        return paired(
            held.current, held.new, terms
        ), f"of {counted(matched, 'case')} {worse} got worse, {better} better"
    found = unpaired(pair[0].score(), pair[1].score(), terms)
    if held is not None:
        return found, f"only {matched} of {counted(fewest, 'case')} are in both runs"
    is_wide = found is not None and found.method == "two-proportion" and any(run.passes is None for run in pair)
    return found, "taken as yes or no in each case, since no narrower spread is known" if is_wide else ""


def _missing(found: Comparison, pair: Pair, held: Cases | None, margin: float) -> str:
    """Say that cases without a score of the new version could hide the drop that a pass rules out."""
    lost = held.of_current - found.n_new if held is not None and found.method == "paired" else 0
    missing = max(pair[1].errors or 0, lost)
    total = found.n_new + missing
    if missing <= margin * total:
        return ""
    return f"{missing} of {total} cases have no score of the new version, which could hide such a drop"


def _told(pair: Pair, found: Comparison | None, state: State, note: str, *, gates: bool) -> Gate:
    """Write a comparison in the scorer's own unit and direction."""
    before, after = pair
    named = (before.suite, before.scorer, before.slice, state, gates)
    if found is None:
        return Gate(*named, before.n, after.n, before.value, after.value, note=note)
    scale = before.scale_max - before.scale_min
    low, high = (found.low, found.high) if before.higher_is_better else (-found.high, -found.low)
    current, new = (_untold(before, value) for value in (found.current, found.new))
    return Gate(
        *named, found.n_current, found.n_new, current, new,
        difference=rounded(new - current), low=low * scale, high=high * scale, method=found.method,
        smallest_drop=None if found.smallest_drop is None else found.smallest_drop * scale, note=note,
    )  # fmt: skip


def _untold(run: Run, share: float) -> float:
    """Give a share of the scale as a value on it."""
    up = share if run.higher_is_better else 1 - share
    return rounded(run.scale_min + up * (run.scale_max - run.scale_min))
