"""Judge every rule of every system with a few set-based reads; the collection writes the result in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from operations import breaches, charges, scores, series, silences, windows
from operations.breaches import FAILING
from operations.onset import stretch, widened
from operations.rules import Rule, Subject, rules, subject
from operations.series import Catalogue
from operations.settings import System, Threshold
from operations.silences import MaintenanceWindow
from operations.thresholds import Evidence, Judgement, stale_after
from operations.thresholds import judge as judge_rule
from operations.windows import Question
from store.database import Reader
from store.records import Breach, Verdict

Key = tuple[str, str]

_HELD: Final = """
select *
from breaches
where state <> 'closed' and not starts_with(rule, 'detector:')
order by since, breach_id
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """All verdicts, and the breaches that are to be written over those held."""

    verdicts: tuple[Verdict, ...]
    breaches: tuple[Breach, ...]


@dataclass(frozen=True, slots=True)
class SourceState:
    """How one source is doing: its last run, and the seconds between its slots where they are known."""

    source: str
    state: str
    cause: str
    detail: str
    systems: str
    cadence: int


_SOURCES: Final = """
select source, state, cause, detail, systems,
    coalesce(greatest(epoch(next_slot) - epoch(last_slot), 0), 0)::bigint as cadence
from source_health
"""


def judge(
    session: Reader,
    thresholds: Iterable[Threshold],
    systems: Iterable[System],
    now: datetime,
    maintenance: Sequence[MaintenanceWindow] = (),
) -> Judged:
    """Say what every rule says of every system it reaches, and what became of the breaches."""
    standing = rules(thresholds, systems)
    sources = {state.source: state for state in session.rows(SourceState, _SOURCES)}
    evidence = _evidence(session, standing, sources, now)
    judgements = {rule.key: judge_rule(rule, evidence[rule.key], now) for rule in standing}
    held = {(breach.system, breach.rule): breach for breach in session.rows(Breach, _HELD)}
    traced = _traced(session, standing, judgements, held, evidence, sources, now)
    advanced = silences.mark(session, _advanced(standing, traced, held, now), standing, maintenance, now)
    return Judged(tuple(each.verdict for each in judgements.values()), advanced)


def _evidence(
    session: Reader, standing: Sequence[Rule], sources: Mapping[str, SourceState], now: datetime
) -> dict[Key, Evidence]:
    """Read what every rule rests on, each kind of rows once."""
    by_subject: defaultdict[Subject, list[Rule]] = defaultdict(list)
    for rule in standing:
        by_subject[subject(rule.threshold)].append(rule)
    found = dict(_samples(session, by_subject["samples"], sources, now))
    found.update(scores.read(session, by_subject["evaluations"], now))
    found.update(charges.read(session, by_subject["costs"], now))
    return {rule.key: _with_source(rule, found[rule.key], sources) for rule in standing}


def _samples(
    session: Reader, standing: Sequence[Rule], sources: Mapping[str, SourceState], now: datetime
) -> Mapping[Key, Evidence]:
    """Choose the series of each rule, leave out those that ended too long ago, and read the windows of the others."""
    if not standing:
        return {}
    known = series.read(session)
    found, questions = dict.fromkeys((rule.key for rule in standing), Evidence()), []
    for rule in standing:
        question = question_of(rule, known, now)
        if question is None:
            continue
        first = question.chosen.parts[0]
        cadence = sources[first.source].cadence if first.source in sources else 0
        unit = "1" if question.chosen.wholes else first.unit
        base = Evidence((), question.ends, unit, question.length, cadence, first.source)
        found[rule.key] = base
        if now - question.ends <= stale_after(rule.threshold, base):
            questions.append(question)
    for key, readings in windows.read(session, questions).items():
        found[key] = replace(found[key], readings=readings)
    return found


def question_of(rule: Rule, known: Catalogue, now: datetime) -> Question | None:
    """Ask for the windows of a rule, never shorter than the period of the samples themselves."""
    chosen = known.choose(rule, now)
    if chosen is None:
        return None
    return Question(rule, chosen, min(chosen.seen, now), max(rule.threshold.window.seconds, chosen.window, 1))


def _with_source(rule: Rule, evidence: Evidence, sources: Mapping[str, SourceState]) -> Evidence:
    """Add why the source's last collection failed, and its rhythm, for the words of a verdict without data."""
    named = evidence.source or rule.threshold.source
    feeding = [sources[named]] if named in sources else [
        state for state in sources.values() if not named and rule.system.name in _names(state.systems)
    ]  # fmt: skip
    troubles = [words for state in feeding if (words := _trouble(state))]
    cadence = max([evidence.cadence, *(state.cadence for state in feeding)])
    return replace(evidence, trouble="; ".join(troubles), cadence=cadence)


def _trouble(state: SourceState) -> str:
    """Say in words what is wrong with a source's last collection; empty when nothing is."""
    if state.state == "never":
        return f"source {state.source} was never collected"
    if state.state in {"failed", "interrupted"}:
        cause = f" ({state.cause})" if state.cause else ""
        return f"source {state.source} {state.state}{cause}"
    return ""


def _names(systems: str) -> list[str]:
    return [name.strip() for name in systems.split(",")]


def _traced(
    session: Reader,
    standing: Sequence[Rule],
    judgements: Mapping[Key, Judgement],
    held: Mapping[Key, Breach],
    evidence: Mapping[Key, Evidence],
    sources: Mapping[str, SourceState],
    now: datetime,
) -> dict[Key, Judgement]:
    """Give rules that start to fail now the windows of a month, so that their breaches know since when."""
    found = dict(judgements)
    fresh = [
        rule
        for rule in standing
        if rule.key not in held and judgements[rule.key].windows and judgements[rule.key].verdict.state in FAILING
    ]
    wide = _evidence(session, [widened(rule, evidence[rule.key].window) for rule in fresh], sources, now)
    for rule in fresh:
        windows = stretch(rule.threshold, wide[rule.key].readings)
        if len(windows) > len(found[rule.key].windows):
            found[rule.key] = replace(found[rule.key], windows=windows)
    return found


def _advanced(
    standing: Sequence[Rule], judgements: Mapping[Key, Judgement], held: Mapping[Key, Breach], now: datetime
) -> tuple[Breach, ...]:
    """Give each rule's breach after this judging; those of rules that are gone are closed."""
    moved = [breaches.advance(held.get(rule.key), rule, judgements[rule.key]) for rule in standing]
    gone = [breaches.withdraw(breach, now) for key, breach in held.items() if key not in judgements]
    return (*(breach for breach in moved if breach is not None), *gone)
