"""Say whom evaluations can be believed from: judges held against people, and golden sets that get new cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from operations.statistics import wilson
from operations.words import counted, length
from store.database import Reader
from store.evaluator_records import JudgeRecord, SuiteRecord
from store.values import Duration

SuiteKind = Literal["golden", "canary", "red_team", "retrieval", "benign"]

_QUARTER: Final = Duration(90 * 86_400)
_CALIBRATE: Final = "hold it against people's verdicts, then write calibrated, agreement and n under [[judges]]"


@dataclass(frozen=True, slots=True)
class Judge:
    """One ``[[judges]]`` entry: what scores answers, and how far it agreed with people when it was last held to them.

    ``name`` and ``version`` are those that evaluations carry; a new version is another judge. ``agreement`` is the
    share of ``n`` answers on which judge and people said the same.
    """

    name: str
    version: str = ""
    calibrated: date | None = None
    agreement: float | None = None
    n: int | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """One ``[[suites]]`` entry: a set of cases, when it last got a new one, and the drop that its gate bears.

    ``name`` is the one that evaluations carry. Without ``systems`` it is that of all. ``max_drop`` replaces the one of
    ``[gates]``.
    """

    name: str
    kind: SuiteKind = "golden"
    systems: tuple[str, ...] = ()
    refreshed: date | None = None
    owner: str = ""
    max_drop: float | None = None


@dataclass(frozen=True, slots=True)
class GateSettings:
    """Options under ``[gates]``: how sure a gate must be, which drop it bears, and when judges and suites are too old.

    ``level`` is the chance of a wrong pass, and of a wrong fail; ``max_drop`` a share of the scorer's scale; ``power``
    the chance with which the smallest visible drop would be seen. A judge must have agreed with people in at least
    ``min_agreement``, by the lower end of its 95% interval.
    """

    level: float = 0.05
    max_drop: float = 0.02
    power: float = 0.8
    min_n: int = 20
    min_agreement: float = 0.75
    calibration_age: Duration = _QUARTER
    refresh_age: Duration = _QUARTER


@dataclass(frozen=True, slots=True)
class Doubt:
    """What speaks against a score whatever it says, and what would help; no words where nothing does."""

    words: str = ""
    remedy: str = ""


NONE: Final = Doubt()


@dataclass(frozen=True, slots=True)
class Evaluators:
    """The judges and suites as they are configured."""

    judges: Sequence[JudgeRecord]
    suites: Sequence[SuiteRecord]

    def suite(self, name: str, system: str) -> SuiteRecord | None:
        """Give the suite of a name that serves a system; one that names the system goes first."""
        named = [each for each in self.suites if each.name == name]
        own = [each for each in named if system in each.systems.split(", ")]
        return next(iter((*own, *(each for each in named if not each.systems))), None)

    def doubt_of_judge(self, name: str, version: str, settings: GateSettings, today: date) -> Doubt:
        """Say why a judge must not decide: never calibrated in this version, long ago, or with too little agreement."""
        shown = f"judge {name} {version}".rstrip()
        held = next((each for each in self.judges if (each.name, each.version) == (name, version)), None)
        if held is None:
            others = [each.version or "no version" for each in self.judges if each.name == name]
            known = f", {', '.join(others)} is" if others else ""
            return Doubt(f"{shown} is not calibrated{known}", _CALIBRATE)
        if held.calibrated is None or held.agreement is None or not held.n:
            return Doubt(f"{shown} was never calibrated", _CALIBRATE)
        if words := _aged(held.calibrated, settings.calibration_age, today):
            return Doubt(f"{shown} was calibrated {words}", _CALIBRATE)
        low = (wilson(held.agreement * held.n, held.n) or (0.0, 1.0))[0]
        if low < settings.min_agreement:
            words = f"{shown} agreed with people in {held.agreement:.2f} of {held.n}, surely in {low:.2f}"
            remedy = "calibrate it on more answers, or mend its prompt"
            return Doubt(f"{words}; {settings.min_agreement:g} is wanted", remedy)
        return NONE

    def doubt_of_suite(self, name: str, system: str, settings: GateSettings, today: date) -> Doubt:
        """Say whether a golden set is stale; others are meant to stay as they are."""
        held = self.suite(name, system)
        if held is None or held.kind != "golden":
            return NONE
        remedy = "add cases from incidents and new topics, then write refreshed under [[suites]]"
        if held.refreshed is None:
            return Doubt(f"nobody said when golden set {name} got its last case", remedy)
        words = _aged(held.refreshed, settings.refresh_age, today)
        return Doubt(f"golden set {name} got its last case {words}", remedy) if words else NONE


def evaluators(reader: Reader) -> Evaluators:
    """Read the judges and suites of the last collection."""
    return Evaluators(
        reader.rows(JudgeRecord, "select * from judges order by name, version"),
        reader.rows(SuiteRecord, "select * from suites order by name"),
    )


def described(judges: Sequence[Judge], suites: Sequence[Suite]) -> tuple[list[JudgeRecord], list[SuiteRecord]]:
    """Say what the configuration says of them, in the store's words."""
    return (
        [JudgeRecord(each.name, each.version, each.calibrated, each.agreement, each.n, each.owner) for each in judges],
        [
            SuiteRecord(each.name, each.kind, ", ".join(each.systems), each.refreshed, each.owner, each.max_drop)
            for each in suites
        ],
    )


def _aged(when: date, allowed: Duration, today: date) -> str:
    """Say how long ago a day was when that is too long; a day to come is a slip of the pen, and proves nothing."""
    if when > today:
        return f"on {when.isoformat()}, which is yet to come"
    age = (today - when).days
    return f"{counted(age, 'day')} ago, {length(allowed.delta)} are allowed" if age > allowed.delta.days else ""
