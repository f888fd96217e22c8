"""Replay six real switches of vendor models to see whether a small canary finds the first day, and no day before.

The data has one answer a question and model. A suite asks the same questions every day; that one in ten of its answers
differs from the usual one is made here by giving such a question the answer to another of the same model and month.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from typing import Final

from bench.detection.measure import BUDGET, Effort, Row, absent, folder, spread
from operations.baselines import RUNS
from operations.detection import frozen, limit_for
from operations.detectors import vendor_change
from operations.evidence import Bench
from operations.tracks import History, Key, Track
from store.database import open_paths, quoted

SIZES: Final = (20, 50)
_SEED: Final = 2023
_BEFORE, _AFTER = "2023-03", "2023-06"
_RESTLESS: Final = 0.1
_FOUND: Final = 0.9
_SERIES: Final = 80 * 37
_START: Final = date(2023, 3, 1)
_MEASURES: Final = {size: f"LLMDrift: switches found on day one by {size} questions, of 6" for size in SIZES}
_NULL: Final = "LLMDrift: false alarms in days of the same model"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: whether it passes, how long it is, and its class."""

    passes: bool
    chars: int
    kind: str


@dataclass(frozen=True, slots=True)
class Switch:
    """The answers to the same questions before and after a vendor changed a model."""

    name: str
    before: Sequence[Answer]
    after: Sequence[Answer]


def rows(effort: Effort) -> list[Row]:
    """Give how many switches each size of canary finds on the first day, and how many days of the old model alarm."""
    data = folder("llmdrift")
    if data is None:
        return absent((*_MEASURES.values(), _NULL), "llmdrift")
    switches = read(data / "llmdrift_dev.parquet")
    limit = limit_for(_SERIES, BUDGET)
    tried = [(switch, size, number) for switch in switches for size in SIZES for number in range(effort.replicates)]
    found = spread(partial(replicate, limit), tried, effort)
    shares: defaultdict[int, dict[str, float]] = defaultdict(dict)
    for size in SIZES:
        for switch in switches:
            hits = [hit for (hit, _), each in zip(found, tried, strict=True) if each[:2] == (switch, size)]
            shares[size][switch.name] = sum(hits) / len(hits)
    goals = {20: (None, 5.0), 50: (5.0, 5.0)}
    told = {size: ", ".join(f"{name} {share:.2f}" for name, share in shares[size].items()) for size in SIZES}
    return [
        *(
            Row(
                _MEASURES[size], sum(share >= _FOUND for share in shares[size].values()),
                f"in at least {_FOUND:.0%} of {effort.replicates} draws of questions (seed {_SEED}), limit "
                f"{limit:.2f}; share of draws: {told[size]}", *goals[size],
            )
            for size in SIZES
        ),
        Row(
            _NULL, sum(false for _, false in found), f"of {len(found):,} days, both sizes", 0, 0, is_more_better=False
        ),
    ]  # fmt: skip


def read(file: Path) -> list[Switch]:
    """Read the switches; questions that only one of two months has are left out."""
    sql = f"""
        select b.task || ' ' || b.base, list((b.score, b.chars, b.answer_class, a.score, a.chars, a.answer_class)
            order by b.item, b.score, b.chars, a.chars)
        from read_parquet({quoted(file)}) b join read_parquet({quoted(file)}) a using (task, base, item)
        where b.month = '{_BEFORE}' and a.month = '{_AFTER}'
        group by all order by all
    """  # noqa: S608 - a path that is quoted, and constants
    with open_paths([file], [f"create view answers as {sql}"], memory="1GB") as session:
        found = session.execute("select * from answers")
    return [
        Switch(name, [_answer(*each[:3]) for each in pairs], [_answer(*each[3:]) for each in pairs])
        for name, pairs in found
    ]


def replicate(limit: float, tried: tuple[Switch, int, int]) -> tuple[bool, bool]:
    """Draw questions once, ask them for the baseline and one day more; say whether the new model and the old alarm."""
    switch, size, number = tried
    rng = Random(f"{_SEED}/{switch.name}/{size}/{number}")
    asked = rng.sample(range(len(switch.before)), size)
    days = [_day(switch.before, asked, rng) for _ in range(RUNS + 2)]
    usual = [Counter(kinds).most_common(1)[0][0] for kinds in zip(*([a.kind for a in d] for d in days), strict=True)]
    alike = _alarms([*days, _day(switch.before, asked, rng)], usual, limit)
    return _alarms([*days, _day(switch.after, asked, rng)], usual, limit), alike


def _day(answers: Sequence[Answer], asked: Sequence[int], rng: Random) -> list[Answer]:
    """Ask the questions once; some are answered otherwise than usual."""
    return [answers[rng.randrange(len(answers)) if rng.random() < _RESTLESS else each] for each in asked]


def _alarms(days: Sequence[Sequence[Answer]], usual: Sequence[str], limit: float) -> bool:
    """Say whether anything of the last day speaks for another model louder than its limit."""
    tracks = _tracks(days, usual)
    baselines = {key: frozen(key, track, RUNS + 1) for key, track in tracks.items()}
    known = {key: each for key, each in baselines.items() if each is not None}
    bench = Bench(History("canary", tracks), known, limit)
    last = _START + timedelta(days=len(days) - 1)
    return any(
        each.margin > 0 for each in vendor_change.judge(bench, vendor_change.Settings(), last, last - timedelta(days=1))
    )


def _tracks(days: Sequence[Sequence[Answer]], usual: Sequence[str]) -> Mapping[Key, Track]:
    """Give the signals of a canary: passed, length, each class that was seen before, changed."""
    calendar = [_START + timedelta(days=day) for day in range(len(days))]
    size = [float(len(usual))] * len(days)
    classes = sorted({each.kind for day in days[:-1] for each in day})
    counts: dict[Key, list[float]] = {
        ("canary_pass", ""): [sum(each.passes for each in day) for day in days],
        ("canary_changed", ""): [sum(a.kind != b for a, b in zip(day, usual, strict=True)) for day in days],
        **{("canary_class", kind): [sum(each.kind == kind for each in day) for day in days] for kind in classes},
    }
    tracks = {key: Track("count", calendar, values, size) for key, values in counts.items()}
    lengths = Track("log", calendar, [median(each.chars for each in day) for day in days])
    return {**tracks, ("canary_chars_p50", ""): lengths}


def _answer(score: int, chars: int, kind: str) -> Answer:
    return Answer(bool(score), chars, kind)
