"""Hold what the configuration says of evaluation files, and what the scores of one file share."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from math import sqrt
from pathlib import PurePath
from statistics import fmean, stdev
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from collectors.answers import Doubtful, moment, number
from collectors.base import Answer, Source
from collectors.words import plain
from store.errors import SourceError
from store.records import CaseScores, Evaluation, Rejected, Unrouted

PASS_RATE: Final = "pass_rate"  # noqa: S105 - the name of a scorer
"""The scorer of passes among cases that ran, where a format counts them."""

_TIME: Final = re.compile(
    r"(?<!\d)(20\d\d)-?(0[1-9]|1[0-2])-?([0-3]\d)[T_-]?([01]\d|2[0-3])[-:]?([0-5]\d)[-:]?([0-5]\d)(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the configuration says of the files: their suite, the scales of their scores, which scorers count."""

    suite: str = ""
    scale_min: float = 0.0
    scale_max: float = 1.0
    scales: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    scorers: tuple[str, ...] = ()
    timezone: str = ""

    @property
    def zone(self) -> ZoneInfo | None:
        """Give the zone of times that are written without one."""
        return zone_of(self.timezone)

    def keeps(self, scorer: str) -> bool:
        """Say whether a scorer's scores are wanted."""
        return not self.scorers or scorer in self.scorers

    def scale(self, scorer: str, own: tuple[float, float] | None = None) -> tuple[float, float]:
        """Give the scale of a scorer: the configured one, else the one its format knows, else that of all."""
        low, high = self.scales.get(scorer) or own or (self.scale_min, self.scale_max)
        return low, high


@dataclass(frozen=True, slots=True)
class Score:
    """One score of a run; passes are counted only where the value is their share."""

    scorer: str
    value: float | None
    n: int | None = None
    passes: int | None = None
    errors: int | None = None
    stderr: float | None = None
    slice: str = ""
    judge: str = ""
    higher_is_better: bool = True
    is_partial: bool = False
    scale: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What the scores of one run share; a run is identified by its own id or by the content of its file."""

    file: str
    system: str
    eval_run: str
    suite: str
    seen: datetime
    rules: Rules
    suite_version: str = ""
    system_version: str = ""

    def give(self, score: Score) -> Iterator[Evaluation | Rejected]:
        """Give the evaluation of a score that is wanted; one outside its scale is set aside with the remedy."""
        if not self.rules.keeps(score.scorer):
            return
        low, high = self.rules.scale(score.scorer, score.scale)
        if score.value is not None and not low <= score.value <= high:
            yield Rejected(
                f"{self.file}: {plain(score.scorer, 60)}: {score.value:g} is outside {low:g} to {high:g}; "
                "give its scale under scales, or name the scorers that count under scorers",
                self.file,
            )
            return
        yield Evaluation(
            system=self.system,
            eval_run=self.eval_run,
            suite=self.suite,
            scorer=score.scorer,
            seen=self.seen,
            value=score.value,
            slice=score.slice,
            suite_version=self.suite_version,
            judge=score.judge,
            system_version=self.system_version,
            n=score.n,
            passes=score.passes,
            errors=score.errors,
            stderr=score.stderr,
            scale_min=low,
            scale_max=high,
            higher_is_better=score.higher_is_better,
            status=_status(score),
        )

    def give_cases(self, scorer: str, scores: Iterable[tuple[object, float]], place: str = "") -> Iterator[CaseScores]:
        """Give the scores of cases by what identifies them; none where one lies outside the scale or none is wanted."""
        low, high = self.rules.scale(scorer)
        found = case_means((case_key(identity), score) for identity, score in scores)
        if found and self.rules.keeps(scorer) and all(low <= each <= high for each in found.values()):
            yield CaseScores(self.system, self.eval_run, self.suite, scorer, self.seen, found, slice=place)


def zone_of(name: str) -> ZoneInfo | None:
    """Give a zone by its name, none for no name."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"expected a time zone such as Europe/Berlin, found {name!r}") from error


def file_labels(name: str) -> dict[str, str]:
    """Give the labels that every file has: its name without ending, and its folder."""
    path = PurePath(name)
    return {"file": path.stem, "folder": path.parent.name}


def suite_of(name: str) -> str:
    """Name the suite of a file that names none: the file without its time, else its folder."""
    path = PurePath(name)
    return _TIME.sub("", path.stem).strip("_-. ") or path.parent.name


def content_id(*facts: object) -> str:
    """Identify a run that has no id by what its file holds, or by what it measured."""
    return sha256(facts[0] if isinstance(facts[0], bytes) else repr(facts).encode()).hexdigest()


def case_key(identity: object) -> str:
    """Name a case by what identifies it, so that its text is never kept: enough of a hash that no two share one."""
    return sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()[:32]


def case_means(scores: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Give one score a case: the mean of those of one that ran several times."""
    found: dict[str, list[float]] = {}
    for key, score in scores:
        found.setdefault(key, []).append(score)
    return {key: fmean(each) for key, each in found.items()}


def unrouted(source: Source, labels: Mapping[str, str]) -> Unrouted:
    """Say which label names no system here."""
    return Unrouted(labels.get(source.route.label, f"no label {source.route.label}"))


def written_at(answer: Answer, rules: Rules) -> datetime:
    """Say when a file without a time inside was written: by its name where a zone is set, else by its last change."""
    found = _TIME.search(PurePath(answer.name).name)
    if found and rules.zone:
        year, month, day, *clock = found.groups()
        return moment(f"{year}-{month}-{day}T{':'.join(clock)}", "the file's name", zone=rules.zone)
    if not answer.about:
        raise Doubtful("nothing says when it ran; name the file with its time (20261122_020000) and set timezone")
    return moment(answer.about, "the file's last change")


def mean_of(values: list[float]) -> tuple[float | None, float | None]:
    """Give the mean of scores and its standard error; no score has neither, one score no error."""
    if not values:
        return None, None
    return fmean(values), stdev(values) / sqrt(len(values)) if len(values) > 1 else None


def is_number(value: object) -> bool:
    """Tell scores from the words and tables that stand among them."""
    try:
        number(value, "")
    except SourceError:
        return False
    return True


def _status(score: Score) -> Literal["ok", "error", "partial"]:
    if score.value is None:
        return "error"
    return "partial" if score.is_partial else "ok"
